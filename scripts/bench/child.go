package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// usage is what a process took.
type usage struct {
	Wall time.Duration
	CPU  time.Duration // of all its threads, in the program and in the system
	Peak int64         // bytes of memory that were resident at once; 0: the system does not say
}

// measure runs a program to its end, see measureCommand.
func measure(ctx context.Context, name string, args ...string) (usage, []byte, error) {
	return measureCommand(exec.CommandContext(ctx, name, args...))
}

// measureCommand runs a command to its end and gives what it took and what it wrote to stdout. When it fails, the error
// holds the end of what it wrote to stderr.
func measureCommand(command *exec.Cmd) (usage, []byte, error) {
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	start := time.Now()
	err := command.Run()
	wall := time.Since(start)
	if err != nil {
		said := strings.TrimSpace(complaints.String())
		said = said[max(0, len(said)-2000):]
		return usage{}, nil, fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, said)
	}
	state := command.ProcessState
	return usage{Wall: wall, CPU: state.UserTime() + state.SystemTime(), Peak: peak(state)}, out.Bytes(), nil
}
