package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"leadscore/jobs"
)

const reportText = `Reports on a published run: what it came to as a whole.

The distribution of the scores; contacts by band, and by fit and engagement; the marketing qualified leads of each published date, with
how many of them are new, have returned, were ones on the published date before, or are none any more; what moved the scores since the
run before, by cause; what made and ended MQLs; who is suppressed, by reason; the rules by contacts, by points and by the MQLs that they
decide; what expires within 30 days if nobody does anything more; what was wrong with the input rows; and the warnings of the model.

The run is read where it is published, only the columns that this takes and only some of their rows at a time; the inputs are not
needed. A run that has published some tables only shows what they know, and says what is missing.

--html writes a page for a browser that is whole in itself: without a script, and without anything from a network. Beside every chart
stands its table.`

const reportExamples = `  leadscore report demo/published
  leadscore report demo/published --date 2026-11-01 --html report.html
  leadscore report gs://leads/published --json`

func newReport(ui *ui) *cobra.Command {
	var date, page string
	cmd := &cobra.Command{
		Use:     "report OUT [flags]",
		Short:   "report on a run: scores, MQLs, rules, what expires, data quality",
		Long:    reportText,
		Example: reportExamples,
		Args:    wants(1, 1, "the folder that runs publish to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := jobs.ReportRun(cmd.Context(), args[0], date)
			if err != nil {
				return err
			}
			if page != "" {
				return writePage(page, func(w io.Writer) error { return renderReport(w, report) })
			}
			if ui.json {
				return ui.printJSON(report)
			}
			ui.showReport(ui.stdout, report)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&date, "date", "", "`DATE` of the run (default the newest)")
	flags.StringVar(&page, "html", "", "write a page for a browser to `FILE` instead")
	flags.BoolVar(&ui.json, "json", false, "write all of it as JSON")
	return cmd
}

// writePage writes a page to a file, whole or not at all.
func writePage(file string, render func(io.Writer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return err
	}
	return jobs.WriteFile(file, func(f *os.File) error {
		_, err := f.Write(b.Bytes())
		return err
	})
}

// showReport writes a report for people.
func (u *ui) showReport(w io.Writer, r *jobs.Report) {
	fmt.Fprintf(w, "The run of %s, as of %s UTC, by the model %s.\n", r.Date, minute(&r.AsOf), visible(modelName(r.Model, r.ModelVersion)))
	for _, s := range chapters(r) {
		fmt.Fprintf(w, "\n%s\n", strings.ToUpper(s.Title))
		for _, t := range s.Texts {
			fmt.Fprintln(w, visible(t))
		}
		for _, t := range s.Tables {
			u.showSheet(w, t)
		}
		for _, warning := range s.Warnings {
			fmt.Fprintln(w, visible(warning.What))
			if warning.Why != "" {
				fmt.Fprintf(w, "  why: %s\n", visible(warning.Why))
			}
			if warning.Fix != "" {
				fmt.Fprintf(w, "  fix: %s\n", visible(warning.Fix))
			}
		}
		for _, note := range s.Notes {
			fmt.Fprintf(w, "  %s\n", visible(note))
		}
	}
	fmt.Fprintf(w, "\nRead %s of the %s that the run has published.\n", bytesText(r.Cost.Bytes), bytesText(r.Cost.Of))
}

// showSheet writes a table of a report, with bars where it has them.
func (u *ui) showSheet(w io.Writer, s sheet) {
	most := int64(1)
	for _, n := range s.bars {
		most = max(most, n)
	}
	var header []any
	var configs []table.ColumnConfig
	for i, h := range s.Header {
		header = append(header, h.Name)
		if h.Number {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight})
		}
	}
	if s.bars != nil {
		header = append(header, "")
	}
	t := u.table(header...)
	if !u.outIsTerminal {
		t.Style().Size.WidthMax = 0
	}
	t.SetColumnConfigs(configs)
	for i, cells := range s.Rows {
		var row table.Row
		for _, cell := range cells {
			row = append(row, visible(cell))
		}
		if s.bars != nil {
			row = append(row, bar(s.bars[i], most))
		}
		t.AppendRow(row)
	}
	fmt.Fprintf(w, "\n%s:", s.Caption)
	showTable(w, t)
}
