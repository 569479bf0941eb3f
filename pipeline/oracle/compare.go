package oracle

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
)

// TableNames are the tables of SPEC.md section 5, and what a run keeps for the next one.
var TableNames = []string{"scores", "set_scores", "breakdown", "mql", "score_history", "mql_events", "score_changes", "rule_stats",
	"rejects", "_state"}

// statics is how the names of those columns begin that are not compared.
const statics = "statics_"

// shownRows is how many differing rows of a table a comparison shows.
const shownRows = 3

// keys are the columns that tell the rows of a table apart.
var keys = map[string][]string{
	"scores": {"contact_id"}, "set_scores": {"contact_id", "set"}, "breakdown": {"contact_id", "kind", "set", "rule"},
	"mql": {"contact_id"}, "score_history": {"contact_id", "changed_at"}, "rule_stats": {"set", "rule"},
	"mql_events": {"contact_id", "at", "event"}, "score_changes": {"contact_id"}, "_state": {"contact_id"}, "rejects": {"table", "file", "row"},
}

// Compare tells how the tables published below outDir for a date (YYYY-MM-DD) differ from what they must be: "" when in
// nothing. For the first differing rows of each table it shows the contact, its events and the rule. tables limits the
// comparison; none means all.
func Compare(want *Result, outDir, date string, tables ...string) string {
	if len(tables) == 0 {
		tables = TableNames
	}
	var b strings.Builder
	for _, name := range tables {
		if difference := compareTable(want, outDir, name, date); difference != "" {
			fmt.Fprintf(&b, "== %s ==\n%s", name, difference)
		}
	}
	return b.String()
}

// wantedTable is a table as it must be: its columns, and its rows as text.
type wantedTable struct {
	names []string
	types []string // as published* describes them; empty: any
	rows  [][]string
}

// row is one row to compare: its cells as text, under their column's name.
type row map[string]string

func compareTable(want *Result, outDir, name, date string) string {
	parts, err := readTable(outDir, name, date)
	if err != nil {
		return err.Error() + "\n"
	}
	wanted := want.table(name)
	var b strings.Builder
	for _, part := range parts {
		if d := cmp.Diff(wanted.names, part.names); d != "" {
			return fmt.Sprintf("%s: columns (-want +got):\n%s", part.path, d)
		}
		for i, t := range part.types {
			if got := describe(t); wanted.types[i] != "" && wanted.types[i] != got {
				fmt.Fprintf(&b, "%s: column %s is %s, want %s\n", part.path, part.names[i], got, wanted.types[i])
			}
		}
		b.WriteString(checkOrder(part))
	}
	b.WriteString(checkOneHome(parts))
	wantRows, twice := byKey(name, wanted.names, wanted.rows)
	b.WriteString(twice)
	var texts [][]string
	for _, part := range parts {
		for _, cells := range part.rows {
			var text []string
			for i, v := range cells {
				text = append(text, namedCell(wanted.names[i], v))
			}
			texts = append(texts, text)
		}
	}
	gotRows, twice := byKey(name, wanted.names, texts)
	b.WriteString(twice)
	b.WriteString(diffRows(want, wantRows, gotRows))
	return b.String()
}

// diffRows shows rows that are missing, too many or different.
func diffRows(want *Result, wantRows, gotRows map[string]row) string {
	all := map[string]bool{}
	for key := range wantRows {
		all[key] = true
	}
	for key := range gotRows {
		all[key] = true
	}
	var differing []string
	for key := range all {
		if !cmp.Equal(wantRows[key], gotRows[key]) {
			differing = append(differing, key)
		}
	}
	sort.Strings(differing)
	var b strings.Builder
	for i, key := range differing {
		if i == shownRows {
			fmt.Fprintf(&b, "… and %d more rows\n", len(differing)-shownRows)
			break
		}
		w, wanted := wantRows[key]
		g, got := gotRows[key]
		switch {
		case !got:
			fmt.Fprintf(&b, "row is missing: %v\n", w)
		case !wanted:
			fmt.Fprintf(&b, "row is too many: %v\n", g)
		default:
			fmt.Fprintf(&b, "row %s differs:\n", key)
			for name := range w {
				if w[name] != g[name] {
					fmt.Fprintf(&b, "  %s: want %s, got %s\n", name, w[name], g[name])
				}
			}
		}
		shown := w
		if !wanted {
			shown = g
		}
		if want.explain != nil {
			b.WriteString(want.explainRow(shown))
		}
	}
	return b.String()
}

// explainRow shows the contact and the rule of a row.
func (r *Result) explainRow(shown row) string {
	plain := func(cell string) string {
		if text, err := strconv.Unquote(cell); err == nil {
			return text
		}
		return cell
	}
	return indent(r.explain(plain(shown["contact_id"]), plain(shown["set"]), plain(shown["rule"])))
}

func indent(s string) string {
	return "    | " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    | ") + "\n"
}

func byKey(table string, names []string, rows [][]string) (map[string]row, string) {
	found := map[string]row{}
	twice := ""
	for _, cells := range rows {
		r := row{}
		for i, name := range names {
			r[name] = cells[i]
		}
		var key []string
		for _, name := range keys[table] {
			key = append(key, r[name])
		}
		k := strings.Join(key, " ")
		if _, ok := found[k]; ok {
			twice = fmt.Sprintf("row %s stands twice\n", k)
		}
		found[k] = r
	}
	return found, twice
}

// checkOrder tells whether a part that has contacts is sorted by them.
func checkOrder(part publishedPart) string {
	if len(part.names) == 0 || part.names[0] != "contact_id" {
		return ""
	}
	for i := 1; i < len(part.rows); i++ {
		if compareIDs(part.rows[i-1][0], part.rows[i][0]) > 0 {
			return fmt.Sprintf("%s: row %d, contact %s, is not in the order of contact_id\n", part.path, i, show(part.rows[i][0]))
		}
	}
	return ""
}

// checkOneHome tells whether all rows of a contact are in one part.
func checkOneHome(parts []publishedPart) string {
	homes := map[string]string{}
	for _, part := range parts {
		if len(part.names) == 0 || part.names[0] != "contact_id" {
			continue
		}
		for _, r := range part.rows {
			id := cell(r[0])
			if home, ok := homes[id]; ok && home != part.path {
				return fmt.Sprintf("contact %s has rows in %s and in %s\n", id, home, part.path)
			}
			homes[id] = part.path
		}
	}
	return ""
}

// describe names a type of a published column.
func describe(t arrow.DataType) string {
	if list, ok := t.(*arrow.ListType); ok {
		return "list of " + describe(list.Elem())
	}
	return t.String()
}

// cell writes a value so that equal values, and only those, are equal texts.
func cell(v Value) string {
	if r, ok := v.([]Value); ok {
		parts := []string{}
		for _, element := range r {
			parts = append(parts, cell(element))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return show(v)
}

var digest = regexp.MustCompile(`^[0-9a-f]{32}$`)

// namedCell is cell, but for contact ids that are numbers: they are equal by value, and for ids of events, of which only the form
// is known.
func namedCell(column string, v Value) string {
	text, isText := v.(string)
	switch {
	case column == "contact_id" && v != nil && !isText:
		return idText(v)
	case column == "event_id" && digest.MatchString(text):
		v = anyDigest
	}
	return cell(v)
}

// table gives one of the wanted tables by its name.
func (r *Result) table(name string) wantedTable {
	var w wantedTable
	kind := r.rows(name).Type().Elem()
	for i := range kind.NumField() {
		tag, _, isTime := strings.Cut(kind.Field(i).Tag.Get("column"), ",")
		if tag == "*" {
			for range r.MQLColumns {
				w.types = append(w.types, "")
			}
			continue
		}
		w.types = append(w.types, published(kind.Field(i).Type, isTime))
	}
	names, rows := r.values(name)
	w.names = names
	for _, values := range rows {
		var cells []string
		for i, v := range values {
			cells = append(cells, namedCell(names[i], v))
		}
		w.rows = append(w.rows, cells)
	}
	return w
}

// rows gives the slice of a table's row structs.
func (r *Result) rows(name string) reflect.Value {
	return reflect.ValueOf(map[string]any{
		"scores": r.Scores, "set_scores": r.SetScores, "breakdown": r.Breakdown, "mql": r.MQL,
		"score_history": r.ScoreHistory, "mql_events": r.MQLEvents, "score_changes": r.ScoreChanges,
		"rule_stats": r.RuleStats, "rejects": r.Rejects, "_state": r.State,
	}[name])
}

// values gives a table's columns by name, and its rows.
func (r *Result) values(name string) (names []string, table [][]Value) {
	rows := r.rows(name)
	kind := rows.Type().Elem()
	for f := range kind.NumField() {
		tag, _, _ := strings.Cut(kind.Field(f).Tag.Get("column"), ",")
		if tag != "*" {
			names = append(names, tag)
			continue
		}
		for _, c := range r.MQLColumns {
			names = append(names, c.Name)
		}
	}
	for i := range rows.Len() {
		var values []Value
		for f := range kind.NumField() {
			tag, _, isTime := strings.Cut(kind.Field(f).Tag.Get("column"), ",")
			v := fieldValue(rows.Index(i).Field(f), isTime)
			if tag == "*" {
				values = append(values, v.([]Value)...)
				continue
			}
			values = append(values, v)
		}
		table = append(table, values)
	}
	return names, table
}

// published is the type in which a field of a row struct is published; empty for that of the input.
func published(t reflect.Type, isTime bool) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case isTime:
		return "timestamp[us, tz=UTC]"
	case t.Kind() == reflect.Slice:
		return "list of utf8"
	}
	return map[reflect.Kind]string{reflect.Int64: "int64", reflect.String: "utf8", reflect.Bool: "bool", reflect.Float64: "float64"}[t.Kind()]
}

// fieldValue gives a field of a row struct as a Value.
func fieldValue(v reflect.Value, isTime bool) Value {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case int64:
		if isTime {
			return Instant{Second: x}
		}
		return x
	case []string:
		values := []Value{}
		for _, s := range x {
			values = append(values, s)
		}
		return values
	case []Value:
		return slices.Clone(x)
	default:
		return x
	}
}
