// Command bench measures how fast leadscore scores, on data that it makes itself, with nothing but Go:
//
//	go run ./scripts/bench                                   # the cases that count, of those that fit the machine
//	go run ./scripts/bench -engagements 2000000 -contacts 100000 -rules 25
//	go run ./scripts/bench -case all                         # the cases of cases.go
//	go run ./scripts/bench peers -runs 3                     # against DuckDB, which takes Node.js
//
// What it does, and in which process:
//
//	                 ┌ bench generate ─▶ DIR/data/…/{contacts,lists,engagements/*}.parquet   once, then kept
//	case ─▶ bench ───┼ leadscore score ─▶ DIR/run/CASE/out      ┐
//	                 ├ peers           ─▶ DIR/run/CASE/duckdb   │ in turn, as often as -runs says,
//	                 └ bench scan      ─▶ nothing               ┘ each measured by the operating system
//	                      └─▶ one line of the table
//
// The bare page scan reads, decompresses and decodes the pages of the engagement columns that the model needs and does
// nothing with them. It is the limit that scoring can come close to: "wall, of the scan" says how close it comes. Times
// and CPU are medians, memory is the greatest peak. Only ratios of runs taken in turn on one machine mean anything.
//
// A peer is another engine that scores by the same rules, in the fastest way that is known for it, and publishes scores
// and breakdown. What it published is compared with the job's, row by row, before it is measured a second time. Peers
// are brought into DIR/peers when they run for the first time.
//
// Generating is a process of its own because a child's peak memory is reported as no less than what its parent had when
// it was started.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		stop()
		os.Exit(1)
	}
}

// run is main without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "generate":
			return generateCommand(ctx, args[1:], stderr)
		case "scan":
			return scanCommand(ctx, args[1:], stdout, stderr)
		case "peers":
			return benchCommand(ctx, args[1:], true, stdout, stderr)
		}
	}
	return benchCommand(ctx, args, false, stdout, stderr)
}

// settings are what the flags of bench say.
type settings struct {
	dir    string
	runs   int
	cases  []benchCase
	noScan bool
}

func parseSettings(args []string, stderr io.Writer) (settings, error) {
	var s settings
	own := benchCase{Name: "flags"}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.dir, "dir", ".bench", "folder for data that is kept, and for results")
	flags.IntVar(&s.runs, "runs", 5, "how often each case runs")
	flags.BoolVar(&s.noScan, "no-scan", false, "leave out the bare page scan")
	names := flags.String("case", "", "named cases, parted by commas, or all; where no flag describes one: "+strings.Join(targets, ","))
	datasetFlags(flags, &own.Data)
	flags.IntVar(&own.Rules, "rules", 100, "number of rules")
	tables := flags.String("tables", "scores,breakdown", "tables to publish, parted by commas; all for all")
	flags.IntVar(&own.Threads, "threads", 0, "threads of the job; 0: its own choice")
	flags.StringVar(&own.Memory, "memory", "", "memory of the job, like 1GiB; empty: its own choice")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unexpected %q", flags.Arg(0))
	}
	if *tables != "all" {
		own.Tables = strings.Split(*tables, ",")
	}
	if s.runs < 1 || own.Rules < 1 || own.Threads < 0 {
		return s, errors.New("-runs and -rules must be at least 1, -threads at least 0")
	}
	s.cases = []benchCase{own}
	if *names == "" && !describesCase(flags) {
		*names = strings.Join(targets, ",")
	}
	if *names != "" {
		chosen, err := named(*names)
		if err != nil {
			return s, err
		}
		s.cases = nil
		for _, c := range chosen {
			s.cases = append(s.cases, changed(c, own, flags))
		}
	}
	for _, c := range s.cases {
		if err := c.Data.check(); err != nil {
			return s, err
		}
	}
	dir, err := filepath.Abs(s.dir)
	s.dir = dir
	return s, err
}

// describesCase tells whether a flag that was given makes a case of its own, rather than say how all are measured.
func describesCase(flags *flag.FlagSet) bool {
	describes := false
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "dir", "runs", "no-scan", "case":
		default:
			describes = true
		}
	})
	return describes
}

// changed gives a named case, with those things from own that a flag named. A flag that says how the job runs goes
// with a named case; one that says what it works on makes it another case, which then says so.
func changed(c, own benchCase, flags *flag.FlagSet) benchCase {
	flags.Visit(func(f *flag.Flag) {
		before := c
		switch f.Name {
		case "engagements":
			c.Data.Engagements = own.Data.Engagements
		case "contacts":
			c.Data.Contacts = own.Data.Contacts
		case "layout":
			c.Data.Layout = own.Data.Layout
		case "ids":
			c.Data.IDs = own.Data.IDs
		case "rules":
			c.Rules = own.Rules
		case "tables":
			c.Tables = own.Tables
		case "threads":
			c.Threads = own.Threads
		case "memory":
			c.Memory = own.Memory
		}
		if before.Data != c.Data || before.Rules != c.Rules || before.Threads != c.Threads || before.Memory != c.Memory ||
			strings.Join(before.Tables, ",") != strings.Join(c.Tables, ",") {
			c.Name += " -" + f.Name + " " + f.Value.String()
		}
	})
	return c
}

func datasetFlags(flags *flag.FlagSet, d *dataset) {
	flags.Int64Var(&d.Engagements, "engagements", 20_000_000, "number of engagements")
	flags.Int64Var(&d.Contacts, "contacts", 1_000_000, "number of contacts")
	flags.StringVar(&d.Layout, "layout", byTime, "time: 14 files in the order of time; contact: one file sorted by contact")
	flags.StringVar(&d.IDs, "ids", text8, "shape of contact ids: "+strings.Join(idShapes, ", "))
}

// generateCommand makes a data set, as a process of its own.
func generateCommand(ctx context.Context, args []string, stderr io.Writer) error {
	var d dataset
	flags := flag.NewFlagSet("bench generate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	datasetFlags(flags, &d)
	dir := flags.String("dir", ".bench", "folder to make it in")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	return d.generate(ctx, *dir)
}
