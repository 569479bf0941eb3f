package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"leadscore/jobs"
	"leadscore/pipeline"
)

const cleanText = `Removes what no reader of a folder needs any more: runs that were superseded by another run of their date, what runs left that
died, and orphaned parts among the published ones that are of no published run. It also finishes runs that were killed after they
were published. It never removes a published date, nor anything of a run that is published or in progress, and it may be run beside
anything else.

--keep is how long superseded runs and orphaned parts stay readable. What a dead run left goes at once where a lock tells that it
is dead, which it does on a local disk; elsewhere it stays for 24 hours at least. Every leadscore score does the same for what is
older than 24 hours, but for orphaned parts, so this command is for folders that are to be clean sooner, or that no run comes to any
more.

To take a date out of sight for good, delete its pointer _runs/DATE.json first: its parts are orphans then. Where it is the latest,
publish another date first.`

const cleanExamples = `  leadscore clean published --keep 30d --dry-run
  leadscore clean published --keep 30d`

func newClean(ui *ui) *cobra.Command {
	keep, dry := "", false
	cmd := &cobra.Command{
		Use:     "clean OUT [--keep SPAN] [--dry-run]",
		Short:   "remove superseded and orphaned parts, and what dead runs left",
		Long:    cleanText,
		Example: cleanExamples,
		Args:    wants(1, 1, "the folder that runs publish to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			done, err := jobs.Clean(cmd.Context(), args[0], keep, dry)
			if done == nil {
				return err
			}
			if ui.json { // also where it came to an end before all was done
				if writing := ui.printJSON(done); err == nil {
					err = writing
				}
			} else if !ui.quiet {
				ui.showCleaned(ui.stdout, done)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&keep, "keep", jobs.DefaultKeep, "how long what is superseded or orphaned stays, a `SPAN` such as 30d")
	flags.BoolVar(&dry, "dry-run", false, "say what would be removed, and remove nothing")
	outputFlags(flags, ui)
	return cmd
}

// showCleaned writes a line for each thing that was removed, or that stays.
func (u *ui) showCleaned(w io.Writer, c *pipeline.Cleaned) {
	removed := "removed"
	if c.DryRun {
		removed = "would be removed"
	}
	if len(c.Leftovers) > 0 {
		t := u.listing("date", "what", "", "objects", "bytes", "last touched", "run", "why")
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 4, Align: text.AlignRight}, {Number: 5, Align: text.AlignRight}})
		for _, l := range c.Leftovers {
			done := "stays"
			if l.Removed {
				done = removed
			}
			t.AppendRow(table.Row{l.Date, l.Kind, done, l.Objects, bytesText(l.Bytes), instant(l.Touched), visible(l.Attempt), l.Why})
		}
		showTable(w, t)
		fmt.Fprintln(w)
	}
	if c.Runs == 0 {
		fmt.Fprintf(w, "nothing to remove in %s\n", visible(c.Output))
		return
	}
	fmt.Fprintf(w, "%s in %s: %s objects, %s\n", removed, visible(c.Output), grouped(int64(c.Objects)), bytesText(c.Bytes))
}
