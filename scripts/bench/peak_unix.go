//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peak gives the most memory, in bytes, that a process which has ended held at once.
func peak(state *os.ProcessState) int64 {
	used, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(used.Maxrss) // bytes there, KiB on every other Unix
	}
	return int64(used.Maxrss) << 10
}
