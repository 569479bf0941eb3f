package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

// benchCommand runs the cases and prints the table. A case that fails does not keep the others from running; the table
// of the rest is printed all the same.
func benchCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parseSettings(args, stderr)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	program, err := build(ctx, s.dir)
	if err != nil {
		return err
	}
	contenders := []contender{leadscore(program)}
	if !s.noScan {
		contenders = append(contenders, bareScan(self))
	}
	var results []result
	var failed []error
	for _, c := range s.cases {
		r, err := c.measure(ctx, s, self, contenders, stderr)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("case %s: %w", c.Name, err))
			continue
		}
		results = append(results, r)
	}
	if len(results) > 0 {
		report(stdout, results, s.runs)
	}
	return errors.Join(failed...)
}

// build makes the program that is measured, as a user would build it.
func build(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "bin", "leadscore")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "leadscore/cmd/leadscore").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build leadscore/cmd/leadscore: %w\n%s", err, out)
	}
	return program, nil
}

// measure makes the data of a case where it is missing, and lets the contenders run in turn.
func (c benchCase) measure(ctx context.Context, s settings, self string, contenders []contender, progress io.Writer) (result, error) {
	if !c.Data.exists(s.dir) {
		took, _, err := measure(ctx, self, "generate", "-dir", s.dir,
			"-engagements", strconv.FormatInt(c.Data.Engagements, 10), "-contacts", strconv.FormatInt(c.Data.Contacts, 10),
			"-layout", c.Data.Layout, "-ids", c.Data.IDs)
		if err != nil {
			return result{}, err
		}
		fmt.Fprintf(progress, "%s: generated %s in %.1f s\n", c.Name, c.Data.folder(s.dir), took.Wall.Seconds())
	}
	w, err := c.prepare(s.dir)
	if err != nil {
		return result{}, err
	}
	// So that the first run finds the files as warm as the others do.
	if _, err := bareScan(self).run(ctx, w); err != nil {
		return result{}, err
	}
	r := result{work: w, outcomes: make(map[string][]outcome)}
	for run := range s.runs {
		for _, contender := range contenders {
			o, err := contender.run(ctx, w)
			if err != nil {
				return result{}, err
			}
			r.outcomes[contender.Name] = append(r.outcomes[contender.Name], o)
			fmt.Fprintf(progress, "%s, run %d, %s: %.2f s wall, %.2f s CPU, %s%s\n",
				c.Name, run+1, contender.Name, o.Wall.Seconds(), o.CPU.Seconds(), mebibytes(o.Peak), o.Stages)
		}
	}
	return r, nil
}
