package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadscore/pipeline"
)

// outlook says what a run would do: as JSON where that was asked for, else for people.
func (u *ui) outlook(o *pipeline.Outlook) error {
	if u.json {
		return u.printJSON(o)
	}
	if !u.quiet {
		u.showOutlook(u.stdout, o)
	}
	return nil
}

func (u *ui) showOutlook(w io.Writer, o *pipeline.Outlook) {
	fmt.Fprintf(w, "A dry run: nothing was written. Run %s of %s, as of %s, would read\n", o.RunID, o.Date, instant(o.AsOf))
	t := u.listing("input", "files", "row groups", "rows", "bytes needed", "of", "columns")
	alignRight(t, 2, 6)
	for _, in := range o.Inputs {
		t.AppendRow(table.Row{in.Input, grouped(int64(in.Files)), grouped(int64(in.RowGroups)), grouped(in.Rows), bytesText(in.Needed), bytesText(in.Bytes),
			visible(strings.Join(in.Columns, ", "))})
	}
	showTable(w, t)
	for _, in := range o.Inputs {
		if in.Previous != "" {
			fmt.Fprintf(w, "\ndt=previous of the %s is %s.\n", in.Input, in.Previous)
		}
	}
	fmt.Fprintf(w, "\nand publish %s to %s, dt=%s.\n", strings.Join(slices.Concat(o.Tables, o.Extracts), ", "), visible(o.Output), o.Date)
	if o.Previous != "" {
		fmt.Fprintf(w, "It would be compared with the run of %s.\n", o.Previous)
	}
	fmt.Fprintln(w, map[string]string{
		pipeline.DateFree:     "Nothing is published for that date yet.",
		pipeline.DateDone:     "The same run is published already: it would do nothing.",
		pipeline.DateDamaged:  "The same run is published already, but parts of it are missing: it would be published again.",
		pipeline.DateReplaced: "It would take the place of run " + o.Standing + ", which is published for that date.",
		pipeline.DateTaken:    strings.TrimSpace("Run "+o.Standing) + " is published for that date from other inputs, model or job: the run would be refused without --replace.",
	}[o.State])
	if o.BecomesLatest && o.State != pipeline.DateTaken && o.State != pipeline.DateDone {
		fmt.Fprintln(w, "LATEST.json would name it.")
	}
}
