package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"leadscore/jobs"
	"leadscore/pipeline"
)

const verifyText = `Reads a published run again, every byte of it, and holds it to its manifest: that all parts are there, their sizes and CRC32C
checksums, their numbers of rows, the run, model and engine that their footers name, and the ledger: for every contact the points
of the breakdown add up to the score. Where scores or breakdown were not published there is no ledger, and that is said.

Without --date it is the latest run. Every fault is named, and any fault makes the command end with exit code 1. It works part by part,
in little memory, and may be run beside anything else.`

const verifyExamples = `  leadscore verify published
  leadscore verify published --date 2026-11-01 --json`

func newVerify(ui *ui) *cobra.Command {
	date := ""
	cmd := &cobra.Command{
		Use:     "verify OUT [--date DATE]",
		Short:   "read a published run again and check all of it",
		Long:    verifyText,
		Example: verifyExamples,
		Args:    wants(1, 1, "the folder that runs publish to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			watch := ui.watch()
			found, err := jobs.Verify(cmd.Context(), args[0], date, watch)
			watch.finish()
			if err != nil {
				return err
			}
			if ui.json {
				err = ui.printJSON(found)
			} else {
				ui.showVerification(ui.stdout, found)
			}
			if err == nil && len(found.Faults) > 0 {
				err = silent{code: jobs.ExitFailed}
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&date, "date", "", "`DATE` of the run, such as 2026-11-01 (default the latest)")
	outputFlags(flags, ui)
	return cmd
}

// showVerification writes what was found, faults also when little is to be said.
func (u *ui) showVerification(w io.Writer, v *pipeline.Verification) {
	for _, fault := range v.Faults {
		fmt.Fprintf(w, "fault: %s\n", visible(fault))
	}
	if u.quiet {
		return
	}
	if len(v.Faults) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "Run %s of %s, published in %s: %s, %s rows, %s.\n", v.RunID, v.Date, visible(v.Output), counted(v.Parts, "part"), grouped(v.Rows), bytesText(v.Bytes))
	switch v.Ledger {
	case pipeline.LedgerBalances:
		fmt.Fprintf(w, "The ledger balances for %s contacts.\n", grouped(v.Contacts))
	default:
		fmt.Fprintf(w, "Ledger: %s.\n", v.Ledger)
	}
	for _, note := range v.Notes {
		fmt.Fprintf(w, "Note: %s.\n", note)
	}
	fmt.Fprintln(w, counted(len(v.Faults), "fault"))
}
