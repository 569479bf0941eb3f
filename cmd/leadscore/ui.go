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
	list, source := refused(err)
	if u.json {
		line := struct {
			Error       string            `json:"error"`
			Fix         string            `json:"fix,omitempty"`
			ExitCode    int               `json:"exit_code"`
			Diagnostics []diag.Diagnostic `json:"diagnostics,omitempty"`
		}{Error: err.Error(), Fix: jobs.Fix(err), ExitCode: jobs.ExitCode(err), Diagnostics: list}
		encoder := json.NewEncoder(u.stderr)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(line) // when stderr is gone there is nobody left to tell
		return
	}
	if list != nil { // warnings are for check, and for a run that goes on
		u.diagnosticsOf(u.stderr, source, list.Errors())
		fmt.Fprintln(u.stderr)
	}
	fmt.Fprintf(u.stderr, "leadscore: %s\n", visible(err.Error()))
	if fix := jobs.Fix(err); fix != "" {
		fmt.Fprintf(u.stderr, "fix: %s\n", fix)
	}
}

// refused gives what is wrong with what a person wrote, in files or in flags, and how to find its text; nil where that is not what
// is wrong.
func refused(err error) (diag.List, func(name string) []byte) {
	if refusal := (*jobs.Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Diagnostics, jobs.Source
	}
	if question := (*jobs.Question)(nil); errors.As(err, &question) {
		return question.Diagnostics, question.Source
	}
	return nil, nil
}

// mostShown is how many diagnostics a person is shown. A column that is missing can be the cause of thousands, all of them alike.
const mostShown = 50

// diagnostics writes what there is to say about files that a person wrote, with their lines.
func (u *ui) diagnostics(w io.Writer, list diag.List) { u.diagnosticsOf(w, jobs.Source, list) }

func (u *ui) diagnosticsOf(w io.Writer, source func(name string) []byte, list diag.List) {
	shown := foremost(list, mostShown)
	_ = diag.Render(w, source, shown) // as above
	if len(shown) == len(list) {
		return
	}
	var more []string
	if errors := len(list.Errors()) - len(shown.Errors()); errors > 0 {
		more = append(more, counted(errors, "more error"))
	}
	if warnings := len(list.Warnings()) - len(shown.Warnings()); warnings > 0 {
		more = append(more, counted(warnings, "more warning"))
	}
	fmt.Fprintf(w, "\n… and %s; --json lists all\n", strings.Join(more, " and "))
}

// foremost cuts a list down to so many, in their order, warnings first to go.
func foremost(list diag.List, most int) diag.List {
	errors := min(len(list.Errors()), most)
	left := map[diag.Severity]int{diag.Error: errors, diag.Warning: most - errors}
	var some diag.List
	for _, d := range list {
		if left[d.Severity] > 0 {
			left[d.Severity]--
			some = append(some, d)
		}
	}
	return some
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
