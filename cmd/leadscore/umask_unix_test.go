//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// withUmask becomes another program, whose files have the permissions that a mask leaves: umask MASK PROGRAM ARGUMENTS…
func withUmask(args []string) error {
	mask, err := strconv.ParseInt(args[0], 8, 0)
	if err != nil {
		return err
	}
	syscall.Umask(int(mask))
	program, err := exec.LookPath(args[1])
	if err != nil {
		return fmt.Errorf("umask: %w", err)
	}
	return syscall.Exec(program, args[1:], os.Environ())
}
