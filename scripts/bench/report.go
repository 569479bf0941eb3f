package main

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// result is a case with all its runs.
type result struct {
	work
	outcomes map[string][]outcome // by the contender's name
}

// report prints one line for each case.
func report(w io.Writer, results []result, runs int) {
	t := newTable(w, table.Row{"case", "engagements", "contacts", "rules", "engagements/s", "wall", "CPU", "peak memory", "bare scan", "wall, of the scan", "read", "published", "rows"})
	for _, r := range results {
		t.AppendRow(r.row())
	}
	t.Render()
	fmt.Fprintf(w, "\nTimes are medians of %d runs, memory is the greatest peak. %s/%s, %d processors, %s.\n", runs, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

// newTable makes a table of which the first column is text and all others are figures.
func newTable(w io.Writer, header table.Row) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.AppendHeader(header)
	right := make([]table.ColumnConfig, len(header)-1)
	for i := range right {
		right[i] = table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	t.SetColumnConfigs(right)
	return t
}

func (r result) row() table.Row {
	ours := r.outcomes["leadscore"]
	wall := median(ours, func(o outcome) time.Duration { return o.Wall })
	row := table.Row{
		r.Name, r.Data.Engagements, r.Data.Contacts, r.Rules,
		int64(float64(r.Data.Engagements) / wall.Seconds()),
		seconds(wall), seconds(median(ours, func(o outcome) time.Duration { return o.CPU })), mebibytes(greatestPeak(ours)),
		"-", "-",
		mebibytes(r.ReadBytes), mebibytes(ours[0].Bytes), ours[0].Rows,
	}
	if scans := r.outcomes["page scan"]; len(scans) > 0 {
		scan := median(scans, func(o outcome) time.Duration { return o.Wall })
		row[8], row[9] = seconds(scan), times(wall, scan)
	}
	return row
}

func greatestPeak(runs []outcome) int64 {
	peak := int64(0)
	for _, o := range runs {
		peak = max(peak, o.Peak)
	}
	return peak
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// mebibytes writes a number of bytes; 0 is unknown.
func mebibytes(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}
