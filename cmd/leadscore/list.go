package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"leadscore/jobs"
	"leadscore/pipeline/export"
	"leadscore/pipeline/published"
)

const listText = `Lists the contacts of a published run that a filter finds, and writes them for people or for other programs.

A filter compares columns: score >= 50 and band != "cold". Columns are those of the table scores, further ones of mql (with the
columns of the contacts that the job file names; who is no MQL has no value there) and of score_changes (previous_score and what
moved the score; who has not changed since the run before has no value there), set["name"] with the columns of set_scores, and
rule["name"] with those of breakdown; alone they are the set's score and the rule's points. Operators are ==, !=, <, <=, >, >=, in,
contains, startsWith, endsWith and matches, joined by and, or and not; whole numbers can be added and multiplied, and columns compared
with each other. fulfilled("rule") tells whether a rule has points. Dates are text in quotes, ago("7d") or ahead("7d"), counted from
the run's as-of. == nil asks for no value. Text is compared without regard to upper and lower case.

--sort orders by columns, by the greatest first with a minus before one. Without a --limit the table shows the first 100; other
formats have all. --count counts and writes nothing else.

csv and tsv are UTF-8, quoted by RFC 4180, and have an apostrophe before texts that a spreadsheet would take for a formula;
--raw leaves it out. xlsx is one sheet with real dates and numbers. jsonl has one object a line; parquet has the types of the
tables. The format follows from the name of the file that --to names; a file is written whole or not at all.`

const listExamples = `  leadscore list demo/published --where 'score >= 50 and status == "new"'
  leadscore list demo/published --where 'is_mql and mql_expires_at < ahead("7d")' --sort mql_expires_at --to urgent.xlsx
  leadscore list demo/published --where 'is_mql and suppressed == nil and expiry < 0' --sort expiry
  leadscore list demo/published --where 'set["Persona"] >= 20 and not fulfilled("Has gone silent")' --count
  leadscore list demo/published --columns 'contact_id, score, set["Persona"], rule["Mid-market"]' --format csv`

// tableRows is how many rows a table has where nobody says: more are no use to a person.
const tableRows = 100

func newList(ui *ui) *cobra.Command {
	var o jobs.ListOptions
	var format, to string
	var count, raw bool
	cmd := &cobra.Command{
		Use:     "list [FOLDER] [flags]",
		Short:   "list the contacts of a run that a filter finds",
		Long:    listText,
		Example: listExamples,
		Args:    wants(0, 1, "at most one folder"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if len(args) == 1 {
				if o.Out != "" {
					return &jobs.Usage{What: "the folder is named twice, by an argument and by --out", Fix: "leave one of them out"}
				}
				o.Out = args[0]
			}
			if o.Limit < 0 {
				return limitFault(o.Limit)
			}
			if ui.json && format == "" {
				format = "jsonl"
			}
			if count && to != "" {
				return &jobs.Usage{What: "--count writes a number to stdout, and --to names a file for the contacts", Fix: "leave one of them out"}
			}
			if format, err = jobs.FormatOf(format, to); err != nil {
				return err
			}
			if format == "table" && !cmd.Flags().Changed("limit") {
				o.Limit = tableRows
			}
			if export.Binary(format) && to == "" && ui.outIsTerminal && !count {
				return &jobs.Usage{What: format + " is nothing for a terminal", Fix: "name a file with --to"}
			}
			l, err := jobs.NewList(cmd.Context(), o)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, l.Close()) }()
			if count {
				total, err := l.Count(cmd.Context())
				if err == nil {
					_, err = fmt.Fprintln(ui.stdout, total)
				}
				return err
			}
			return ui.list(cmd.Context(), l, format, to, raw)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	runFlags(flags, &o.Out, &o.Date)
	flags.StringVar(&o.Where, "where", "", "`FILTER` that contacts have to meet (default all contacts)")
	flags.StringVar(&o.Columns, "columns", "", "`COLUMNS` to write, with commas between them")
	flags.StringVar(&o.Sort, "sort", "", "`COLUMNS` to order by, or none for no order (default -score, contact_id)")
	flags.IntVar(&o.Limit, "limit", 0, "write the first `ROWS` only; 0 is all")
	flags.BoolVar(&count, "count", false, "write how many contacts there are, and nothing else")
	flags.StringVar(&format, "format", "", "`FORMAT`: table, csv, tsv, xlsx, jsonl or parquet")
	flags.StringVar(&to, "to", "", "`FILE` to write to (default stdout)")
	flags.BoolVar(&raw, "raw", false, "csv, tsv: leave texts as they are that a spreadsheet takes for formulas")
	flags.BoolVar(&ui.json, "json", false, "write jsonl, and errors as JSON")
	return cmd
}

func limitFault(limit int) error {
	return &jobs.Usage{What: fmt.Sprintf("--limit: there are no %d rows", limit), Fix: "write a whole number from 1 on; 0 is all rows"}
}

// list writes a list to stdout or to a file.
func (u *ui) list(ctx context.Context, l *jobs.List, format, to string, raw bool) error {
	if format == "table" {
		return u.listTable(ctx, l)
	}
	return u.export(l.Header(), format, to, raw, func(give giver) error {
		_, err := l.Write(ctx, give)
		return err
	})
}

// giver takes rows, some at a time.
type giver = func(columns []*published.Column, rows int) error

// export writes rows to stdout or to a file.
func (u *ui) export(h export.Header, format, to string, raw bool, rows func(give giver) error) error {
	write := func(w io.Writer) (err error) {
		h.Raw = raw
		out, err := export.New(format, w, h)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, export.Abandon(out)) }()
		if err := rows(out.Write); err != nil {
			return err
		}
		return out.Close()
	}
	if to == "" {
		return write(u.stdout)
	}
	return jobs.WriteFile(to, func(f *os.File) error { return write(f) })
}

// listTable writes a list for people.
func (u *ui) listTable(ctx context.Context, l *jobs.List) error {
	t, add := u.rowsTable(l.Header())
	shown := 0
	total, err := l.Write(ctx, func(columns []*published.Column, rows int) error {
		shown += rows
		return add(columns, rows)
	})
	if err != nil {
		return err
	}
	if shown == 0 {
		_, err := fmt.Fprintln(u.stdout, "No contact.")
		return err
	}
	showTable(u.stdout, t)
	switch {
	case total < 0:
		fmt.Fprintf(u.stdout, "\nthe first %s; --limit 0 shows all\n", counted(shown, "contact"))
	case int64(shown) < total:
		fmt.Fprintf(u.stdout, "\n%s of %s contacts; --limit 0 shows all\n", grouped(int64(shown)), grouped(total))
	default:
		fmt.Fprintf(u.stdout, "\n%s\n", counted(shown, "contact"))
	}
	return nil
}

// rowsTable gives a table with a column for each of the header's, and what adds rows to it.
func (u *ui) rowsTable(h export.Header) (table.Writer, giver) {
	header := make([]any, len(h.Names))
	var configs []table.ColumnConfig
	for i, name := range h.Names {
		header[i] = visible(name)
		if arrow.IsInteger(h.Types[i].ID()) || arrow.IsFloating(h.Types[i].ID()) || arrow.IsDecimal(h.Types[i].ID()) {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight})
		}
	}
	t := u.listing(header...)
	t.SetColumnConfigs(configs)
	return t, func(columns []*published.Column, rows int) error {
		for row := range rows {
			cells := make(table.Row, len(columns))
			for i, c := range columns {
				cells[i] = visible(oneLine(c, row))
			}
			t.AppendRow(cells)
		}
		return nil
	}
}

// oneLine writes a value for a line of a table; instants without their seconds, as in a card.
func oneLine(c *published.Column, row int) string {
	if c.Type.ID() == arrow.TIMESTAMP && !c.IsNull(row) {
		at := c.Cell(row).(time.Time)
		return minute(&at)
	}
	return strings.Join(strings.Fields(c.Text(row)), " ")
}
