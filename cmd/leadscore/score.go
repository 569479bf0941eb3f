package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"leadscore/jobs"
	"leadscore/pipeline"
)

const scoreText = `Scores all contacts for one instant and publishes the tables.

The job file says where the model and the inputs lie, how their columns are named, and where the tables go. Flags of the
same names override it; paths in the job file are relative to it, those in flags to the working directory. Without a job
file --model, --contacts, --engagements and --out say the least that a run needs.

A run publishes all of its tables or none. The same run again finds its work done and ends at once with exit code 0. A run
of a date that was published with other inputs, another model or another job is refused unless --replace says that it may
take the old run's place.

--dry-run reads the footers of the inputs, holds the model against their columns, and says what the run would read and publish, and
whether its date is published already. It writes nothing at all.

--from and --to publish many dates from one reading of the inputs, --every so often: each is a run of its own, as if it had been made
with its --as-of, and published before the next. Broken off, the same command goes on with the dates that are left. The newest
published date stays the latest.

--metrics-file leaves numbers for Prometheus in a file, written in one step, also where the run fails or finds its work done.

--memory bounds what the run itself takes: its buffers and tables. What does not fit goes to temporary files, at the place that
TMPDIR names. The engagements of any single contact have to fit. The program and the pages in hand come on top, so the peak that
the system measures may exceed a small budget by some tens of MiB. At least 64MiB.`

const scoreExamples = `  leadscore score job.yaml
  leadscore score job.yaml --as-of 2026-11-01 --tables scores,mql
  leadscore score job.yaml --from 2026-08-01 --to 2026-11-01 --every 7d
  leadscore score job.yaml --dry-run
  leadscore score --model model.yaml --contacts contacts.parquet --engagements 'events/**/*.parquet' --out published`

func newScore(ui *ui) *cobra.Command {
	var o jobs.Options
	dry, metrics := false, ""
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
			if dry {
				if metrics != "" {
					return &jobs.Usage{What: "--dry-run writes nothing, so it has no use for --metrics-file", Fix: "leave one of them out"}
				}
				return ui.foresee(cmd.Context(), o)
			}
			return ui.score(cmd.Context(), o, metrics)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Model, "model", "", "model `FILE`")
	inputFlags(flags, &o)
	flags.StringVar(&o.AsOf, "as-of", "", "instant to score for, an RFC 3339 `TIME` or a date (default now)")
	flags.StringVar(&o.From, "from", "", "first `TIME` of a backfill, in the forms of --as-of")
	flags.StringVar(&o.To, "to", "", "last `TIME` of a backfill")
	flags.StringVar(&o.Every, "every", "", "`SPAN` between the instants of a backfill, a day or more (default 1d)")
	flags.StringVar(&o.Out, "out", "", "`FOLDER` to publish to")
	flags.StringSliceVar(&o.Tables, "tables", nil, "`TABLES` to publish, with commas between them (default all)")
	flags.StringVar(&o.History, "history", "", "how far score_history goes back, a `SPAN` such as 90d (default "+jobs.DefaultHistory+")")
	flags.IntVar(&o.Threads, "threads", 0, "`NUMBER` of threads (default one for each processor)")
	flags.StringVar(&o.Memory, "memory", "", "`SIZE` of the run's buffers and tables, from 64MiB on (default a quarter of the machine's memory, at most 4GiB)")
	retryFlag(flags, &o)
	flags.BoolVar(&o.Replace, "replace", false, "take the place of a run of the same date")
	flags.BoolVar(&dry, "dry-run", false, "say what would be read and published, and write nothing")
	flags.StringVar(&metrics, "metrics-file", "", "`FILE` to write the run's metrics to, in the text format of Prometheus")
	outputFlags(flags, ui)
	return cmd
}

// score runs the job, and leaves its metrics however it ends.
func (u *ui) score(ctx context.Context, o jobs.Options, metricsFile string) error {
	metrics, err := jobs.NewMetrics(metricsFile)
	if err != nil {
		return err
	}
	var summary *pipeline.Summary
	plan, err := jobs.Prepare(ctx, o)
	watch := u.watch()
	switch {
	case err != nil:
	case plan.Instants == nil:
		summary, err = jobs.Score(ctx, plan, metrics.Watch(watch))
	default:
		err = jobs.Backfill(ctx, plan, metrics.Watch(watch), func(s *pipeline.Summary) error {
			summary = s
			return u.summary(s)
		})
	}
	if problem := metrics.Write(plan, summary, jobs.Cause(ctx, err)); problem != nil {
		watch.Warn("the metrics are not written: " + problem.Error())
	}
	watch.finish()
	if err != nil || plan.Instants != nil {
		return err
	}
	return u.summary(summary)
}

// foresee says what the job would do, for each of its instants.
func (u *ui) foresee(ctx context.Context, o jobs.Options) error {
	plan, err := jobs.Prepare(ctx, o)
	if err != nil {
		return err
	}
	watch := u.watch()
	defer watch.finish()
	for one := range plan.Each() {
		outlook, err := jobs.Foresee(ctx, one, watch)
		if err != nil {
			return err
		}
		if err := u.outlook(outlook); err != nil {
			return err
		}
	}
	return nil
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
