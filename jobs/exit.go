package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
)

// The codes that the process ends with. What the pipeline refuses carries its own code; these are the ones of this package.
const (
	ExitDone        = 0   // done, or nothing to do
	ExitFailed      = 1   // failed, nothing published
	ExitUsage       = 2   // the command line, the model or the job file is wrong
	ExitOverLimits  = 3   // input data over its limits, nothing published
	ExitTryAgain    = 75  // storage unavailable, or another run holds the date
	ExitInterrupted = 130 // SIGINT; 143 for SIGTERM. Nothing published
)

// ExitCode gives the code that the process must end with for err. The error nearest to the surface that says its own code
// decides; an interrupted context is an interrupt, whatever it was wrapped in.
func ExitCode(err error) int {
	if err == nil {
		return ExitDone
	}
	if coded := interface{ ExitCode() int }(nil); errors.As(err, &coded) {
		return coded.ExitCode()
	}
	if errors.Is(err, context.Canceled) {
		return ExitInterrupted
	}
	if kind := storage.KindOf(err); kind == storage.ErrUnavailable || kind == storage.ErrBusy {
		return ExitTryAgain
	}
	return ExitFailed
}

// Usage is an error of the command line or of a value in it: what is wrong and what to type instead.
type Usage struct {
	What string
	Fix  string // may be empty
}

// Error says what is wrong, and on the next line what to do.
func (u *Usage) Error() string {
	if u.Fix == "" {
		return u.What
	}
	return u.What + "\nfix: " + u.Fix
}

// ExitCode is ExitUsage.
func (u *Usage) ExitCode() int { return ExitUsage }

func usagef(fix, format string, args ...any) *Usage {
	return &Usage{What: fmt.Sprintf(format, args...), Fix: fix}
}

// Refusal says that the model or the job file cannot mean what it says. Diagnostics holds every error and every warning.
type Refusal struct {
	Diagnostics []diag.Diagnostic
}

// Error counts the errors and names the files they stand in.
func (r *Refusal) Error() string {
	errors, files := 0, []string{}
	for _, d := range r.Diagnostics {
		if d.Severity != diag.Error {
			continue
		}
		errors++
		if f := d.Position.File; f != "" && !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	where := ""
	if len(files) > 0 { // there are none where flags are missing
		where = " in " + listed(files)
	}
	return plural(errors, "error") + where + ", nothing was published"
}

// ExitCode is ExitUsage.
func (r *Refusal) ExitCode() int { return ExitUsage }

// Interrupted is the cause of a context that a signal cancelled.
type Interrupted struct{ Signal os.Signal }

// Error names the signal.
func (i Interrupted) Error() string { return "interrupted by " + i.Signal.String() }

// ExitCode is 128 and the signal's number, as shells have it.
func (i Interrupted) ExitCode() int {
	if number, ok := i.Signal.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return ExitInterrupted
}

// plural writes a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Fix says what to do about an error of a kind that has a remedy, and is empty for all others. Errors that say it themselves are none
// of its business.
func Fix(err error) string {
	if absent := (*NotFound)(nil); errors.As(err, &absent) {
		return absent.Fix
	}
	if errors.Is(err, publish.ErrNoRun) {
		return "leadscore runs lists what is published there"
	}
	switch storage.KindOf(err) {
	case storage.ErrNotFound:
		return "check the path; relative paths in a job file start at its folder, those in flags at the working directory"
	case storage.ErrNoMatch:
		return "check the folder and the pattern; * stands for a part of one name, ** for any number of folders"
	case storage.ErrPermission:
		return "give the user who runs this the right to it, or the credentials of one who has it"
	case storage.ErrChanged:
		return "run again once whoever writes the file is done"
	case storage.ErrUnavailable:
		return "run it again later; --retry-for says how long to try"
	case storage.ErrNoSpace:
		return "make room; spilled data goes to the temporary folder, which TMPDIR names"
	}
	return ""
}
