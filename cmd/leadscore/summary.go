package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"leadscore/pipeline"
)

// topRules is how many rules a summary on a terminal shows.
const topRules = 10

// summary says what came out of a run: tables for a person, one line of JSON for a program.
func (u *ui) summary(s *pipeline.Summary) error {
	if u.json || !u.outIsTerminal {
		if u.quiet && !u.json {
			return nil
		}
		encoder := json.NewEncoder(u.stdout)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(s)
	}
	if !u.quiet {
		u.showRun(u.stdout, s)
	}
	return nil
}

// showRun writes a summary for people.
func (u *ui) showRun(w io.Writer, s *pipeline.Summary) {
	if s.AlreadyDone {
		fmt.Fprintf(w, "\n%s was scored before with the same inputs, model and job: nothing to do. What that run published:\n", s.AsOf.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(w, "\nScored %s contacts by %s engagements as of %s.\n", grouped(s.Contacts), grouped(s.Engagements), s.AsOf.UTC().Format(time.RFC3339))
	switch {
	case s.MQLs == nil:
	case s.AlreadyDone && len(s.Bands) == 0: // from its manifest, which does not tell who was new
		fmt.Fprintf(w, "%s are marketing qualified leads.\n", grouped(*s.MQLs))
	default:
		fmt.Fprintf(w, "%s are marketing qualified leads, %s of them new.\n", grouped(*s.MQLs), grouped(s.NewMQLs))
	}
	u.showBands(w, s)
	u.showRules(w, s)
	u.showCounts(w, s)
	u.showTables(w, s)
}

// showBands writes how many contacts are in each band, with bars.
func (u *ui) showBands(w io.Writer, s *pipeline.Summary) {
	if len(s.Bands) == 0 {
		return
	}
	most := int64(1)
	for _, b := range s.Bands {
		most = max(most, b.Contacts)
	}
	t := u.table("band", "contacts", "share", "")
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}, {Number: 3, Align: text.AlignRight}})
	for _, b := range s.Bands {
		t.AppendRow(table.Row{visible(b.Band), grouped(b.Contacts), share(b.Contacts, s.Contacts), bar(b.Contacts, most)})
	}
	showTable(w, t)
}

// bar draws a number beside the greatest one of its column.
func bar(n, most int64) string { return strings.Repeat("█", int((n*30+most-1)/most)) }

// showRules writes the rules that moved most points, either way.
func (u *ui) showRules(w io.Writer, s *pipeline.Summary) {
	rules := slices.DeleteFunc(slices.Clone(s.Rules), func(r pipeline.RuleCount) bool { return !r.Active || r.Contacts == 0 })
	if len(rules) == 0 {
		return
	}
	slices.SortStableFunc(rules, func(a, b pipeline.RuleCount) int {
		return cmp.Compare(max(b.Points, -b.Points), max(a.Points, -a.Points))
	})
	t := u.table("rule", "set", "contacts", "points", "decides MQLs")
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: text.AlignRight}, {Number: 4, Align: text.AlignRight}, {Number: 5, Align: text.AlignRight}})
	for _, r := range rules[:min(len(rules), topRules)] {
		t.AppendRow(table.Row{visible(r.Rule), visible(r.Set), grouped(r.Contacts), grouped(r.Points), grouped(r.DecidesMQL)})
	}
	showTable(w, t)
	if len(rules) > topRules {
		fmt.Fprintf(w, "and %d more rules, all in the table rule_stats\n", len(rules)-topRules)
	}
}

// showCounts writes what was wrong with the input rows.
func (u *ui) showCounts(w io.Writer, s *pipeline.Summary) {
	t := u.table("input", "problem", "rows", "share")
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: text.AlignRight}, {Number: 4, Align: text.AlignRight}})
	for _, name := range sortedKeys(s.Counts) {
		for _, problem := range sortedKeys(s.Counts[name]) {
			if n := s.Counts[name][problem]; n > 0 && problem != "rows" {
				t.AppendRow(table.Row{name, strings.ReplaceAll(problem, "_", " "), grouped(n), share(n, s.Counts[name]["rows"])})
			}
		}
	}
	if t.Length() > 0 {
		showTable(w, t)
	}
}

// showTables writes what was published and how long it took.
func (u *ui) showTables(w io.Writer, s *pipeline.Summary) {
	t := u.table("table", "rows", "parts", "size")
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}, {Number: 3, Align: text.AlignRight}, {Number: 4, Align: text.AlignRight}})
	for _, p := range s.Tables {
		t.AppendRow(table.Row{p.Table, grouped(p.Rows), p.Parts, bytesText(p.Bytes)})
	}
	showTable(w, t)
	u.showExtracts(w, s)
	seconds, stages := 0.0, make([]string, 0, len(s.Stages))
	for _, stage := range s.Stages {
		seconds += stage.Seconds
		stages = append(stages, fmt.Sprintf("%s %.1f", stage.Stage, stage.Seconds))
	}
	fmt.Fprintf(w, "\nPublished to %s, dt=%s, run %s.\n", visible(s.Output), s.Date, s.RunID)
	if len(stages) > 0 {
		fmt.Fprintf(w, "%.1f seconds: %s.\n", seconds, strings.Join(stages, ", "))
	}
}

// showExtracts writes how many contacts the extracts have.
func (u *ui) showExtracts(w io.Writer, s *pipeline.Summary) {
	if len(s.Extracts) == 0 {
		return
	}
	t := u.table("extract", "matching", "delivered", "rows", "rejected", "size", "folder")
	alignRight(t, 2, 6)
	for _, x := range s.Extracts {
		optional := func(n *int64) string {
			if n == nil {
				return ""
			}
			return grouped(*n)
		}
		t.AppendRow(table.Row{visible(x.Extract), countOrNone(x.Matching), optional(x.Delivered), grouped(x.Rows), optional(x.Rejected), bytesText(x.Bytes), x.Table})
	}
	showTable(w, t)
}

// table begins a table in the one style that all tables of leadscore have.
func (u *ui) table(header ...any) table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	style.Format.Header = text.FormatDefault
	if u.colour && u.outIsTerminal {
		style.Color.Header = text.Colors{text.Bold}
	}
	t.SetStyle(style)
	t.Style().Size.WidthMax = u.width()
	t.AppendHeader(header)
	return t
}

// alignRight puts the columns of a table from one number to another to the right, as numbers stand.
func alignRight(t table.Writer, from, to int) {
	var right []table.ColumnConfig
	for number := from; number <= to; number++ {
		right = append(right, table.ColumnConfig{Number: number, Align: text.AlignRight})
	}
	t.SetColumnConfigs(right)
}

// showTable writes a table with an empty line above it and no blanks at the ends of its lines.
func showTable(w io.Writer, t table.Writer) {
	fmt.Fprintln(w)
	for line := range strings.Lines(t.Render()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
}

// grouped writes a number with a comma every three digits.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// share writes part of whole as a percentage.
func share(part, whole int64) string {
	switch {
	case whole == 0:
		return ""
	case part > 0 && float64(part)/float64(whole) < 0.0001:
		return "<0.01%"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(part)/float64(whole))
}

// bytesText writes a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
