package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"leadscore/jobs"
)

func main() {
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and gives the code to end with. Apart from files and the clock, which belong to the jobs, this
// is all that the process touches.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ui := newUI(env, stdin, stdout, stderr)
	root := newRoot(ui)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return jobs.ExitDone
	}
	err = jobs.Cause(ctx, err)
	ui.fail(err)
	return jobs.ExitCode(err)
}

// interruptible gives a context that the first SIGINT or SIGTERM cancels, so that the run can take back what it has not
// published. The second ends the process at once, for whoever does not want to wait.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cancel(jobs.Interrupted{Signal: <-signals})
		os.Exit(jobs.Interrupted{Signal: <-signals}.ExitCode())
	}()
	return ctx, func() { signal.Stop(signals) }
}
