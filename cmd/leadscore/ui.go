package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"leadscore/jobs"
	"leadscore/transforms/diag"
)

// The rules of what a person or a program sees, obeyed by every command:
//
//  1. stdout carries results, stderr everything else. A program that reads stdout never has to skip anything.
//  2. Bars and tables are for terminals. stderr decides about bars or logs, stdout about tables or one line of JSON.
//  3. --json makes both machine-readable, wherever they go. --quiet leaves only warnings, errors and, with --json, the summary line.
//  4. Colour is for terminals, and never with NO_COLOR or TERM=dumb. No meaning hangs on colour alone.
//  5. An error is said once, at the end, beginning with "leadscore:", with what to do about it where that is known.
//  6. What comes from files is shown without control characters.

// ui is where a command says things.
type ui struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	outIsTerminal  bool
	errIsTerminal  bool
	colour         bool
	json, quiet    bool // flags, where a command has them
}

func newUI(env []string, stdin io.Reader, stdout, stderr io.Writer) *ui {
	noColour, dumb := false, false
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		noColour = noColour || name == "NO_COLOR" && value != ""
		dumb = dumb || name == "TERM" && value == "dumb"
	}
	return &ui{stdin: stdin, stdout: stdout, stderr: stderr, outIsTerminal: isTerminal(stdout),
		errIsTerminal: isTerminal(stderr) && !dumb, colour: !noColour && !dumb} // a dumb terminal cannot draw bars over each other
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// width is the number of characters of a line of the terminal that stdout is, 100 where it is none.
func (u *ui) width() int {
	if file, ok := u.stdout.(*os.File); ok && u.outIsTerminal {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 100
}

// logger writes logs to stderr.
func (u *ui) logger() *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if u.quiet {
		options.Level = slog.LevelWarn
	}
	if u.json {
		return slog.New(slog.NewJSONHandler(u.stderr, options))
	}
	return slog.New(slog.NewTextHandler(u.stderr, options))
}

// fail says why the command ends without having done what it was asked for.
func (u *ui) fail(err error) {
	if errors.As(err, &silent{}) {
		return
	}
	refusal := (*jobs.Refusal)(nil)
	refused := errors.As(err, &refusal)
	if u.json {
		line := struct {
			Error       string            `json:"error"`
			Fix         string            `json:"fix,omitempty"`
			ExitCode    int               `json:"exit_code"`
			Diagnostics []diag.Diagnostic `json:"diagnostics,omitempty"`
		}{Error: err.Error(), Fix: jobs.Fix(err), ExitCode: jobs.ExitCode(err)}
		if refused {
			line.Diagnostics = refusal.Diagnostics
		}
		encoder := json.NewEncoder(u.stderr)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(line) // when stderr is gone there is nobody left to tell
		return
	}
	if refused { // warnings are for check, and for a run that goes on
		u.diagnostics(u.stderr, diag.List(refusal.Diagnostics).Errors())
		fmt.Fprintln(u.stderr)
	}
	fmt.Fprintf(u.stderr, "leadscore: %s\n", visible(err.Error()))
	if fix := jobs.Fix(err); fix != "" {
		fmt.Fprintf(u.stderr, "fix: %s\n", fix)
	}
}

// diagnostics writes what there is to say about files that a person wrote, with their lines.
func (u *ui) diagnostics(w io.Writer, list []diag.Diagnostic) {
	_ = diag.Render(w, jobs.Source, list) // as above
}

// visible takes control characters out of a text, but for the ends of lines.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}

// printJSON writes v as indented JSON, for people and programs alike.
func (u *ui) printJSON(v any) error {
	encoder := json.NewEncoder(u.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
