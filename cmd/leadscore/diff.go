package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"leadscore/jobs"
	"leadscore/pipeline/export"
	"leadscore/pipeline/published"
)

const diffText = `Tells what changed from one published date to another: which contacts have another score, band or MQL state, who is new and who is
gone, and by what that came about.

What moved a score is one of: new_engagement, what the contact did; expiry, what ran out; field_change and list_change, what is known of
it; model_change, what marketing decided; late_data, engagements of the time before that were not there then. The nights' changes, which
each run publishes in the table score_changes, are added up, and for every contact they are held to its scores on the two dates: they
add up exactly. Who came back to where it was is not listed, whatever happened between.

A run is compared with the run before it when it is published. Where that one was replaced later, or score_changes was not published,
what cannot be known stands in the column unexplained, and a note says which date to publish again.

Without --from it is the published date before, so that leadscore diff OUT tells of the last night. --where, --columns and --sort are
written as for leadscore list, over the columns contact_id, as_of, previous_as_of, previous_score, score, change, previous_band, band,
was_mql, is_mql, the causes, and unexplained. Without --sort the greatest changes come first, either way. The sums are of all contacts
that the filter finds, whatever the --limit.`

const diffExamples = `  leadscore diff demo/published
  leadscore diff demo/published --from 2026-11-01 --to 2026-11-08 --where 'is_mql and not was_mql' --file gained.xlsx
  leadscore diff demo/published --where 'contact_id == 105614'
  leadscore diff gs://leads/published --from 2026-11-01 --format csv --sort expiry`

// diffRows is how many contacts a diff shows where nobody says.
const diffRows = 20

func newDiff(ui *ui) *cobra.Command {
	var o jobs.DiffOptions
	var format, file string
	var raw bool
	cmd := &cobra.Command{
		Use:     "diff OUT [flags]",
		Short:   "tell what changed from one date to another, and by what",
		Long:    diffText,
		Example: diffExamples,
		Args:    wants(1, 1, "the folder that runs publish to"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.Out = args[0]
			if o.Limit < 0 {
				return limitFault(o.Limit)
			}
			if format, err = jobs.FormatOf(format, file); err != nil {
				return err
			}
			if format == "table" && !cmd.Flags().Changed("limit") {
				o.Limit = diffRows
			}
			if export.Binary(format) && file == "" && ui.outIsTerminal {
				return &jobs.Usage{What: format + " is nothing for a terminal", Fix: "name a file with --file"}
			}
			d, err := jobs.NewDiff(cmd.Context(), o)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			switch {
			case format != "table":
				for _, note := range d.Notes { // rows have no room for them
					fmt.Fprintf(ui.stderr, "unexplained: %s\n", visible(note))
				}
				return ui.export(d.Header(), format, file, raw, func(give giver) error {
					_, err := d.Write(cmd.Context(), give)
					return err
				})
			case ui.json:
				return ui.diffJSON(cmd.Context(), d)
			}
			return ui.showDiff(cmd.Context(), d, o.Columns != "")
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.From, "from", "", "`DATE` to compare with (default the published date before)")
	flags.StringVar(&o.To, "to", "", "`DATE` to compare (default the newest)")
	flags.StringVar(&o.Where, "where", "", "`FILTER` that changes have to meet (default all changes)")
	flags.StringVar(&o.Columns, "columns", "", "`COLUMNS` to write, with commas between them")
	flags.StringVar(&o.Sort, "sort", "", "`COLUMNS` to order by, or none for no order (default the greatest changes, either way)")
	flags.IntVar(&o.Limit, "limit", 0, "write the first `ROWS` only; 0 is all")
	flags.StringVar(&format, "format", "", "`FORMAT`: table, csv, tsv, xlsx, jsonl or parquet")
	flags.StringVar(&file, "file", "", "`FILE` to write the contacts that changed to (default stdout)")
	flags.BoolVar(&raw, "raw", false, "csv, tsv: leave texts as they are that a spreadsheet takes for formulas")
	flags.BoolVar(&ui.json, "json", false, "write the sums and the contacts as JSON")
	return cmd
}

// diffJSON writes all of a diff for a program.
func (u *ui) diffJSON(ctx context.Context, d *jobs.Diff) error {
	var lines bytes.Buffer
	out, err := export.New("jsonl", &lines, d.Header())
	if err != nil {
		return err
	}
	sum, err := d.Write(ctx, out.Write)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	rows := []json.RawMessage{}
	for line := range bytes.Lines(lines.Bytes()) {
		rows = append(rows, bytes.TrimSpace(line))
	}
	return u.printJSON(struct {
		*jobs.Diff
		Sum     *jobs.Movement    `json:"sum"`
		Changes []json.RawMessage `json:"changes"`
		Cost    jobs.ReadCost     `json:"read"`
	}{d, sum, rows, d.Cost()})
}

// showDiff writes a diff for people: the sums, and the contacts in a table of their columns, or with a short one where nobody chose them.
func (u *ui) showDiff(ctx context.Context, d *jobs.Diff, columns bool) error {
	t, add := u.shortDiff()
	if columns {
		t, add = u.rowsTable(d.Header())
	}
	shown := 0
	sum, err := d.Write(ctx, func(columns []*published.Column, rows int) error {
		shown += rows
		return add(columns, rows)
	})
	if err != nil {
		return err
	}
	w := u.stdout
	fmt.Fprintf(w, "From %s to %s: %s.\n", d.From.Date, d.To.Date, movedText(sum))
	for _, s := range movementSheets(sum) {
		u.showSheet(w, s)
	}
	for _, note := range d.Notes {
		fmt.Fprintf(w, "\nunexplained: %s\n", visible(note))
	}
	if shown > 0 {
		fmt.Fprint(w, "\nThe contacts:")
		showTable(w, t)
		if int64(shown) < sum.Contacts {
			fmt.Fprintf(w, "\n%s of %s contacts; --limit 0 shows all\n", grouped(int64(shown)), grouped(sum.Contacts))
		}
	}
	cost := d.Cost()
	_, err = fmt.Fprintf(w, "\nRead %s of the %s that the runs have published.\n", bytesText(cost.Bytes), bytesText(cost.Of))
	return err
}

// shortDiff gives a table of changes that fits a terminal, and what adds rows to it.
func (u *ui) shortDiff() (table.Writer, giver) {
	t := u.listing("contact_id", "before", "now", "change", "band", "MQL", "by")
	alignRight(t, 2, 4)
	return t, func(columns []*published.Column, rows int) error {
		by := map[string]*published.Column{}
		for _, c := range columns {
			by[c.Name] = c
		}
		for row := range rows {
			before, now := by["previous_score"].Text(row), by["score"].Text(row)
			if before == "" {
				before = "new"
			}
			if now == "" {
				now = "gone"
			}
			t.AppendRow(table.Row{visible(oneLine(by["contact_id"], row)), before, now, signed(by["change"].Ints[row]),
				visible(fromTo(by["previous_band"].Text(row), by["band"].Text(row))), mqlTurn(by["was_mql"].Text(row), by["is_mql"].Text(row)), causesText(by, row)})
		}
		return nil
	}
}

func fromTo(before, now string) string {
	if before == "" || now == "" || before == now {
		return cmp.Or(now, before)
	}
	return before + " → " + now
}

func mqlTurn(was, is string) string {
	switch {
	case was != "true" && is == "true":
		return "gained"
	case was == "true" && is != "true":
		return "lost"
	case is == "true":
		return "is one"
	}
	return ""
}

// causesText names what moved a score, the greatest first as the columns stand.
func causesText(by map[string]*published.Column, row int) string {
	var said []string
	for _, cause := range append(published.Causes[:len(published.Causes):len(published.Causes)], published.Unexplained) {
		if c := by[cause]; c != nil && c.Ints[row] != 0 {
			said = append(said, causeName(cause)+" "+signed(c.Ints[row]))
		}
	}
	return strings.Join(said, ", ")
}
