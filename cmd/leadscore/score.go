package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"leadscore/jobs"
)

const scoreText = `Scores all contacts for one instant and publishes the tables.

The job file says where the model and the inputs lie, how their columns are named, and where the tables go. Flags of the
same names override it; paths in the job file are relative to it, those in flags to the working directory. Without a job
file --model, --contacts, --engagements and --out say the least that a run needs.

A run publishes all of its tables or none. The same run again finds its work done and ends at once with exit code 0. A run
of a date that was published with other inputs, another model or another job is refused unless --replace says that it may
take the old run's place.

--memory bounds what the run itself takes: its buffers and tables. What does not fit goes to temporary files, at the place that
TMPDIR names. The engagements of any single contact have to fit. The program and the pages in hand come on top, so the peak that
the system measures may exceed a small budget by some tens of MiB. At least 64MiB.`

const scoreExamples = `  leadscore score job.yaml
  leadscore score job.yaml --as-of 2026-11-01 --tables scores,mql
  leadscore score --model model.yaml --contacts contacts.parquet --engagements 'events/**/*.parquet' --out published`

func newScore(ui *ui) *cobra.Command {
	var o jobs.Options
	cmd := &cobra.Command{
		Use:     "score [JOB.yaml] [flags]",
		Short:   "score all contacts and publish the tables",
		Long:    scoreText,
		Example: scoreExamples,
		Args:    wants(0, 1, "at most one job file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.Job = args[0]
			}
			plan, err := jobs.Prepare(cmd.Context(), o)
			if err != nil {
				return err
			}
			watch := ui.watch()
			summary, err := jobs.Score(cmd.Context(), plan, watch)
			watch.finish()
			if err != nil {
				return err
			}
			return ui.summary(summary)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Model, "model", "", "model `FILE`")
	inputFlags(flags, &o)
	flags.StringVar(&o.AsOf, "as-of", "", "instant to score for, an RFC 3339 `TIME` or a date (default now)")
	flags.StringVar(&o.Out, "out", "", "`FOLDER` to publish to")
	flags.StringSliceVar(&o.Tables, "tables", nil, "`TABLES` to publish, with commas between them (default all)")
	flags.StringVar(&o.History, "history", "", "how far score_history goes back, a `SPAN` such as 90d (default "+jobs.DefaultHistory+")")
	flags.IntVar(&o.Threads, "threads", 0, "`NUMBER` of threads (default one for each processor)")
	flags.StringVar(&o.Memory, "memory", "", "`SIZE` of the run's buffers and tables, from 64MiB on (default a quarter of the machine's memory, at most 4GiB)")
	retryFlag(flags, &o)
	flags.BoolVar(&o.Replace, "replace", false, "take the place of a run of the same date")
	outputFlags(flags, ui)
	return cmd
}

// inputFlags are the flags that name inputs.
func inputFlags(flags *pflag.FlagSet, o *jobs.Options) {
	flags.StringArrayVar(&o.Contacts, "contacts", nil, "`FILES` of the contacts, a path or glob; may be repeated")
	flags.StringArrayVar(&o.Engagements, "engagements", nil, "`FILES` of the engagements; may be repeated")
	flags.StringArrayVar(&o.Lists, "lists", nil, "`FILES` of the list memberships; may be repeated")
}

// retryFlag is the flag of how patient a command is with object stores.
func retryFlag(flags *pflag.FlagSet, o *jobs.Options) {
	flags.StringVar(&o.RetryFor, "retry-for", "", "`TIME` for which an object store that does not answer is tried again, such as 30s or 10m (default 2m)")
}

// outputFlags are the flags of how a command speaks.
func outputFlags(flags *pflag.FlagSet, ui *ui) {
	flags.BoolVar(&ui.json, "json", false, "speak JSON: logs on stderr, the result on stdout")
	flags.BoolVar(&ui.quiet, "quiet", false, "say nothing but warnings and errors")
}
