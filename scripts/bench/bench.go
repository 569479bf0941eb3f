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

// benchCommand runs the cases, the peers in turn with the job where they are asked for, and prints the tables. A case
// that fails does not keep the others from running; the table of the rest is printed all the same. So it is with a case
// that does not fit the machine, which is no failure.
func benchCommand(ctx context.Context, args []string, peers bool, stdout, stderr io.Writer) error {
	s, err := parseSettings(args, stderr)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var rivals []contender
	if peers {
		duck, err := installDuckDB(ctx, s.dir, stderr)
		if errors.Is(err, errNoNode) {
			_, err := fmt.Fprintln(stdout, "The peers are skipped:", errNoNode)
			return err
		}
		if err != nil {
			return err
		}
		rivals = []contender{duck.contender()}
	}
	program, err := build(ctx, s.dir)
	if err != nil {
		return err
	}
	contenders := append([]contender{leadscore(program)}, rivals...)
	if !s.noScan {
		contenders = append(contenders, bareScan(self))
	}
	var results []result
	var failed []error
	var skipped []string
	for _, c := range s.cases {
		if reason := c.unfit(machineAt(s.dir), c.Data.exists(s.dir), peers); reason != "" {
			skipped = append(skipped, fmt.Sprintf("case %s is skipped: %s", c.Name, reason))
			continue
		}
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
		for _, rival := range rivals {
			reportRatios(stdout, results, rival.Name)
		}
	}
	for _, line := range skipped {
		fmt.Fprintln(stdout, line)
	}
	return errors.Join(failed...)
}

// build makes the program that is measured, as make build does.
func build(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "bin", "leadscore")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-tags", "disable_grpc_modules", "-o", program, "leadscore/cmd/leadscore").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build leadscore/cmd/leadscore: %w\n%s", err, out)
	}
	return program, nil
}

// measure makes the data of a case where it is missing, and lets the contenders run in turn. After the first turn it
// checks that all of them published the same: a time for something else is worth nothing.
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
		if run > 0 {
			continue
		}
		for _, contender := range contenders {
			if contender.check == nil {
				continue
			}
			if err := contender.check(ctx, w); err != nil {
				return result{}, fmt.Errorf("%s did not publish the same: %w", contender.Name, err)
			}
			fmt.Fprintf(progress, "%s: %s published the same\n", c.Name, contender.Name)
		}
	}
	return r, nil
}
