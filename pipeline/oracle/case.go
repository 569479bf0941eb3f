package oracle

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// Case is a small base with a model and what must come out, computed by hand. A case file is a txtar archive:
//
//	the sentence of the contract that it shows, and how the expectation was worked out
//	-- model.yaml --
//	-- contacts.csv --, -- engagements.csv --, -- lists.csv --   see csv.go for their cells
//	-- options --       lines "key: value": as_of (required), run_before, history, mql_columns, …; see caseOptions
//	-- 2026-11-21/contacts.csv --, -- 2026-11-21/model.yaml -- …   what the run_before of that date had instead
//	-- scores --        and any other table: the columns that matter, separated by |, one line a row; all rows of
//	                    the table in any order; "-" is null, times are UTC, seconds and midnights left out
//	-- counts --        table | problem | rows: all that are not 0
//	-- refused --       instead of tables: why nothing is published, for people
type Case struct {
	Name    string
	Comment string
	CaseNight
	Before  []CaseNight // runs of earlier dates that were published before, in their order
	Refused bool
	Want    []WantTable
}

// CaseNight is a run of a case.
type CaseNight struct {
	Model   *model.Model
	Tables  Tables
	Options Options
}

// WantTable is what a case says of a table.
type WantTable struct {
	Name    string
	Columns []string
	Rows    [][]string
}

// LoadCase reads a case file.
func LoadCase(path string) (*Case, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	comment, files, err := sections(string(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := &Case{Name: strings.TrimSuffix(filepath.Base(path), ".txtar"), Comment: comment}
	for name, text := range files {
		if slices.Contains(TableNames, name) || name == "counts" {
			want, err := parseWant(name, text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			c.Want = append(c.Want, want)
		} else if !slices.Contains(append([]string{"options", "refused"}, nightFiles...), name) && !slices.Contains(nightFiles, filepath.Base(name)) {
			return nil, fmt.Errorf("%s: unknown section %s", path, name)
		}
	}
	sort.Slice(c.Want, func(i, j int) bool { return c.Want[i].Name < c.Want[j].Name })
	_, c.Refused = files["refused"]
	if c.CaseNight, err = caseNight(files, ""); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for line := range strings.Lines(files["options"]) {
		if date, ok := strings.CutPrefix(strings.TrimSpace(line), "run_before: "); ok {
			before, err := caseNight(files, date)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", path, date, err)
			}
			c.Before = append(c.Before, before)
		}
	}
	return c, nil
}

// nightFiles are the files that a night may have of its own.
var nightFiles = []string{"model.yaml", "contacts.csv", "engagements.csv", "lists.csv"}

// caseNight reads a run of a case: the one that it is about, or that of an earlier date.
func caseNight(files map[string]string, date string) (n CaseNight, err error) {
	own := maps.Clone(files)
	for _, name := range nightFiles {
		if text, ok := files[date+"/"+name]; ok {
			own[name] = text
		}
	}
	m, diagnostics := model.Parse("model.yaml", []byte(own["model.yaml"]))
	for _, d := range diagnostics {
		if d.Severity == diag.Error {
			return n, fmt.Errorf("model.yaml:%d: %s: %s", d.Position.Line, d.What, d.Why)
		}
	}
	n.Model = m
	if n.Options, err = caseOptions(files["options"], m.Zone); err != nil {
		return n, fmt.Errorf("options: %w", err)
	}
	if date != "" {
		at, err := time.ParseInLocation(time.DateOnly, date, m.Zone)
		if err != nil {
			return n, err
		}
		n.Options.AsOf = at.Unix()
	}
	n.Tables, err = caseTables(own, n.Options)
	return n, err
}

// sections takes a txtar archive apart: the comment, and the files by name.
func sections(text string) (comment string, files map[string]string, err error) {
	files = map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if inner, ok := strings.CutPrefix(trimmed, "-- "); ok && strings.HasSuffix(inner, " --") {
			name = strings.TrimSuffix(inner, " --")
			if _, twice := files[name]; twice {
				return "", nil, fmt.Errorf("section %s stands twice", name)
			}
			files[name] = ""
		} else if name == "" {
			comment += line
		} else {
			files[name] += line
		}
	}
	return strings.TrimSpace(comment), files, nil
}

// caseOptions reads the options of a case.
func caseOptions(text string, zone *time.Location) (Options, error) {
	o := Options{History: 90 * day}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if key == "run_before" {
			continue
		}
		if !ok && strings.TrimSpace(line) != "" {
			return o, fmt.Errorf("%q is not key: value", line)
		}
		table, setting, _ := strings.Cut(key, ".")
		reading := map[string]*Reading{"contacts": &o.Contacts, "engagements": &o.Engagements, "lists": &o.Lists}[table]
		var err error
		switch {
		case key == "":
		case key == "as_of":
			var at time.Time
			if at, err = time.Parse(time.RFC3339, value); err != nil {
				at, err = time.ParseInLocation(time.DateOnly, value, zone)
			}
			o.AsOf = at.Unix()
		case key == "history":
			var days int64
			days, err = strconv.ParseInt(strings.TrimSuffix(value, "d"), 10, 64)
			o.History = days * day
		case key == "keep_latest":
			o.KeepLatest = value
		case key == "mql_columns":
			o.MQLColumns = strings.Split(value, ", ")
		case key == "tolerated":
			o.Tolerated = map[string]bool{}
			for _, problem := range strings.Split(value, ", ") {
				o.Tolerated[problem] = true
			}
		case reading != nil && setting == "time_zone":
			reading.Zone, err = time.LoadLocation(value)
		case reading != nil && setting == "null_values":
			reading.NullValues = strings.Split(value, ", ")
		case reading != nil && strings.HasPrefix(setting, "values."):
			from, to, _ := strings.Cut(value, " -> ")
			column := strings.TrimPrefix(setting, "values.")
			if reading.Values == nil {
				reading.Values = map[string]map[string]string{}
			}
			if reading.Values[column] == nil {
				reading.Values[column] = map[string]string{}
			}
			reading.Values[column][from] = to
		default:
			err = fmt.Errorf("unknown option %q", key)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

func parseWant(name, text string) (WantTable, error) {
	w := WantTable{Name: name}
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var cells []string
		for _, c := range strings.Split(strings.TrimRight(line, "\n"), "|") {
			cells = append(cells, strings.TrimSpace(c))
		}
		if w.Columns == nil {
			w.Columns = cells
			continue
		}
		if len(cells) != len(w.Columns) {
			return w, fmt.Errorf("%s: %d cells in a table of %d columns: %s", name, len(cells), len(w.Columns), line)
		}
		w.Rows = append(w.Rows, cells)
	}
	if w.Columns == nil {
		return w, fmt.Errorf("%s: no header", name)
	}
	return w, nil
}

// Run gives what the oracle makes of the case's model on tables, which are those of the case or the same in other files.
func (c *Case) Run(t Tables) *Result {
	o := c.Options
	for _, n := range c.Before {
		n.Options.Earlier = o.Earlier
		o.Earlier = Run(n.Model, n.Tables, n.Options).Night
	}
	return Run(c.Model, t, o)
}

// Check tells how a result differs from what the case says: "" when in nothing.
func (c *Case) Check(r *Result) string {
	if c.Refused || r.Refused != "" {
		if !c.Refused {
			return "refused: " + r.Refused
		}
		if r.Refused == "" {
			return "not refused"
		}
		return ""
	}
	var b strings.Builder
	for _, want := range c.Want {
		if want.Name == "counts" {
			b.WriteString(want.diff([]string{"table", "problem", "rows"}, countRows(r.Counts)))
			continue
		}
		names, rows := r.values(want.Name)
		b.WriteString(want.diff(names, rows))
	}
	return b.String()
}

// CheckPublished tells how the tables published below outDir for a date differ from what the case says: "" when in nothing.
// counts are those of the run: table → problem → rows.
func (c *Case) CheckPublished(outDir, date string, counts map[string]map[string]int64) string {
	var b strings.Builder
	for _, want := range c.Want {
		if want.Name == "counts" {
			b.WriteString(want.diff([]string{"table", "problem", "rows"}, countRows(counts)))
			continue
		}
		parts, err := readTable(outDir, want.Name, date)
		if err != nil {
			return err.Error()
		}
		var rows [][]Value
		for _, part := range parts {
			rows = append(rows, part.rows...)
		}
		b.WriteString(want.diff(parts[0].names, rows))
	}
	return b.String()
}

func countRows(counts map[string]map[string]int64) [][]Value {
	var rows [][]Value
	for table, problems := range counts {
		for problem, count := range problems {
			if count != 0 && problem != "rows" { // rows is the number of rows read, which is no problem
				rows = append(rows, []Value{table, problem, count})
			}
		}
	}
	return rows
}

// diff compares a table, cut down to the columns that the case names, with what the case says.
func (w WantTable) diff(names []string, rows [][]Value) string {
	want, got := []string{}, []string{}
	for _, cells := range w.Rows {
		want = append(want, strings.Join(cells, " | "))
	}
	for _, r := range rows {
		var cells []string
		for _, column := range w.Columns {
			i := slices.Index(names, column)
			if i < 0 {
				return fmt.Sprintf("%s has no column %s\n", w.Name, column)
			}
			cells = append(cells, readable(r[i]))
		}
		got = append(got, strings.Join(cells, " | "))
	}
	sort.Strings(want)
	sort.Strings(got)
	if d := cmp.Diff(want, got); d != "" {
		return fmt.Sprintf("%s: %s (-want +got)\n%s", w.Name, strings.Join(w.Columns, " | "), d)
	}
	return ""
}

// readable writes a value as the tables of a case have it.
func readable(v Value) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case string:
		return v
	case Instant:
		text := strings.Replace(strings.TrimSuffix(v.String(), "Z"), "T", " ", 1)
		return strings.TrimSuffix(strings.TrimSuffix(text, ":00"), " 00:00")
	case []Value:
		var parts []string
		for _, element := range v {
			parts = append(parts, readable(element))
		}
		return strings.Join(parts, "; ")
	}
	return show(v)
}
