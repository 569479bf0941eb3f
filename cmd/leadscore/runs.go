package main

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"leadscore/jobs"
	"leadscore/pipeline"
)

const runsText = `Lists what is published in a folder, oldest date first: which run, for which instant and model, how many scores, MQLs and bytes,
and which of them LATEST.json names.

A run is damaged where its manifest or some of its parts are missing or have another size, which is said below the list. leadscore
verify also reads what is in them. It is unfinished where it is published, but its tables' folders were not brought up to it, as
its process was killed; the next run of any date does that, and so does leadscore clean.`

const runsExamples = `  leadscore runs published
  leadscore runs published --json | jq -r '.[-1].date'`

func newRuns(ui *ui) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "runs OUT",
		Short:   "list what is published",
		Long:    runsText,
		Example: runsExamples,
		Args:    wants(1, 1, "the folder that runs publish to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, err := jobs.Runs(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if ui.json {
				return ui.printJSON(runs)
			}
			ui.showRuns(ui.stdout, args[0], runs)
			return nil
		},
	}
	cmd.Flags().BoolVar(&ui.json, "json", false, "list them as a JSON array, with the rows and bytes of each table")
	return cmd
}

// showRuns writes a line for each run, and below them what is damaged.
func (u *ui) showRuns(w io.Writer, out string, runs []pipeline.RunInfo) {
	if len(runs) == 0 {
		fmt.Fprintf(w, "nothing is published in %s\n", visible(out))
		return
	}
	t := u.listing("date", "", "run", "as of", "scores", "MQLs", "tables", "bytes", "published at", "model")
	alignRight(t, 5, 8)
	for _, r := range runs {
		state := ""
		if r.State != pipeline.RunPublished {
			state = r.State
		}
		if r.Latest {
			state = joined(state, "latest")
		}
		t.AppendRow(table.Row{r.Date, state, r.RunID, instant(r.AsOf), countOrNone(r.Scores), countOrNone(r.MQLs), len(r.Tables),
			bytesText(r.Bytes), instant(r.PublishedAt), visible(joined(r.Model, r.ModelVersion))})
	}
	showTable(w, t)
	for _, r := range runs {
		for _, damage := range r.Damage {
			fmt.Fprintf(w, "\n%s: %s\n", r.Date, visible(damage))
		}
	}
}

// listing begins a table that is cut off only where a terminal ends.
func (u *ui) listing(header ...any) table.Writer {
	t := u.table(header...)
	if !u.outIsTerminal {
		t.Style().Size.WidthMax = 0
	}
	return t
}

// joined puts two texts side by side, of which either may be empty.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func instant(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format(time.RFC3339)
}

func countOrNone(n *int64) string {
	if n == nil {
		return "–"
	}
	return grouped(*n)
}
