package main

import (
	"bufio"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"leadscore/jobs"
)

// atmost holds how long something took: atmost $took 10s
func atmost(ts *testscript.TestScript, _ bool, args []string) {
	took, err := time.ParseDuration(args[0])
	ts.Check(err)
	most, err := time.ParseDuration(args[1])
	ts.Check(err)
	if took > most {
		ts.Fatalf("it took %v", took)
	}
}

// started gives a program to run as the script does.
func started(ts *testscript.TestScript, name string, args ...string) *exec.Cmd {
	program := ""
	for _, folder := range filepath.SplitList(ts.Getenv("PATH")) {
		if found, err := exec.LookPath(filepath.Join(folder, name)); err == nil && program == "" {
			program = found
		}
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TESTSCRIPT_COMMAND"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	return cmd
}

// interrupt runs a program, waits for a line on stderr that contains a text, sends the signal, and holds the exit code. How long it
// then took to end is left in $took:
//
//	interrupt TERM 'stage=engagements' leadscore demo folder
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: interrupt SIGNAL TEXT PROGRAM ARGUMENTS…")
	}
	signal, ok := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}[args[0]]
	if !ok {
		ts.Fatalf("unknown signal %s", args[0])
	}
	cmd := started(ts, args[2], args[3:]...)
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines, sent, said := bufio.NewScanner(stderr), time.Time{}, []string{}
	for lines.Scan() {
		said = append(said, lines.Text())
		if sent.IsZero() && strings.Contains(lines.Text(), args[1]) {
			sent = time.Now()
			ts.Check(cmd.Process.Signal(signal))
		}
	}
	err = cmd.Wait()
	if sent.IsZero() {
		ts.Fatalf("never said %q:\n%s", args[1], strings.Join(said, "\n"))
	}
	ts.Setenv("took", time.Since(sent).String())
	exited := (*exec.ExitError)(nil)
	if want := (jobs.Interrupted{Signal: signal}).ExitCode(); !errors.As(err, &exited) || exited.ExitCode() != want {
		ts.Fatalf("ended with %v, want exit code %d:\n%s", err, want, strings.Join(said, "\n"))
	}
	if last := said[len(said)-1]; !strings.Contains(last, "interrupted") && !strings.Contains(last, "terminated") {
		ts.Fatalf("the last line says nothing of the signal: %s", last)
	}
}
