package pipeline

import (
	"context"
	"errors"
	"fmt"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
)

// The exit codes that a failed run asks for.
const (
	exitFailed = 1
	exitUsage  = 2 // the model or the job file does not fit the data
	exitLimits = 3 // the input data is over its limits
	exitLater  = 75
)

// Error is a failed run: what is wrong, and the code for the scheduler to act on.
type Error struct {
	Code int
	Err  error
}

// Error gives the cause's message.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ExitCode is the process's exit code: 1 failed, 2 model or job file wrong, 3 data over its limits, 75 try again later.
func (e *Error) ExitCode() int { return e.Code }

// DiagnosticsError is a model that does not fit the inputs.
type DiagnosticsError struct{ List []diag.Diagnostic }

// Error counts what is wrong; the diagnostics say it.
func (e *DiagnosticsError) Error() string {
	n := 0
	for _, d := range e.List {
		if d.Severity == diag.Error {
			n++
		}
	}
	return fmt.Sprintf("the model does not fit the data: %d errors", n)
}

// ExitCode is that of a wrong model.
func (e *DiagnosticsError) ExitCode() int { return exitUsage }

func failed(code int, format string, args ...any) error {
	return &Error{Code: code, Err: fmt.Errorf(format, args...)}
}

// withCode gives an error that has no exit code of its own the one for its kind.
func withCode(err error) error {
	var coded interface{ ExitCode() int }
	switch {
	case err == nil || errors.As(err, &coded):
		return err
	case errors.Is(err, storage.ErrUnavailable), errors.Is(err, storage.ErrBusy), errors.Is(err, publish.ErrSuperseded),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: exitLater, Err: err}
	}
	return &Error{Code: exitFailed, Err: err}
}
