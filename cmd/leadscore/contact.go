package main

import (
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"leadscore/jobs"
)

const contactText = `Shows all that a published run says about one contact.

Who it is, as far as the run has published that (columns of the contacts are published of MQLs, those that the job file names
as mql_columns); score, band, grade and since when it is a marketing qualified lead; whether it is suppressed, and why; what moved its
score since the run before; when it became an MQL and lapsed, by the newest 7 published dates; the score of each set; the score over time;
which rules and limits make the score, with their points, since when, until when, and what the points become then; the forecast if
the contact does nothing more; and, for who is no MQL yet, which rules would bring the missing points.

The run is read where it is published, a few pages of each table; the inputs are not needed. A run that has published some
tables only shows what they know, and says what is missing. All times are UTC.

The id is written as the contacts have it. A contact that the run does not have ends with exit code 1, and where an id that the run
does have is only a slip of the finger away it is named.`

const contactExamples = `  leadscore contact 105614 --out demo/published
  leadscore contact 105614 --out demo/published --date 2026-11-01 --html card.html
  leadscore contact C-0042 --json`

func newContact(ui *ui) *cobra.Command {
	var out, date, page string
	cmd := &cobra.Command{
		Use:     "contact ID [flags]",
		Short:   "show all that a run says about one contact",
		Long:    contactText,
		Example: contactExamples,
		Args:    wants(1, 1, "one contact id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			card, err := jobs.Contact(cmd.Context(), out, date, args[0])
			if err != nil {
				return err
			}
			if page != "" {
				return writePage(page, func(w io.Writer) error { return renderPage(w, card) })
			}
			if ui.json {
				return ui.printJSON(card)
			}
			ui.showCard(ui.stdout, card)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	runFlags(flags, &out, &date)
	flags.StringVar(&page, "html", "", "write a page for a browser to `FILE` instead")
	flags.BoolVar(&ui.json, "json", false, "write all of it as JSON")
	return cmd
}

// runFlags are the flags that say which published run is read.
func runFlags(flags *pflag.FlagSet, out, date *string) {
	flags.StringVar(out, "out", "", "`FOLDER` that the run is published to (default "+jobs.DefaultOut+")")
	flags.StringVar(date, "date", "", "`DATE` of the run (default the newest)")
}
