package pipeline_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
)

// More tested columns than a sum has room for.
func TestManyWhereColumns(t *testing.T) {
	const columns = 66
	var model strings.Builder
	model.WriteString("name: m\nscore: {}\nsets:\n  - set: s\n    rules:\n")
	b := newBase(t)
	b.lists = nil
	b.engagements = []column{texts("contact_id", "ann", "bob", "cyd"), times("occurred_at", "2026-10-01", "2026-10-01", "2026-10-01"),
		texts("channel", "x", "x", "x"), texts("action", "y", "y", "y")}
	for i := range columns {
		fmt.Fprintf(&model, "      - {rule: r%d, points: {each: %d}, when: {engagement: any, where: {c%d: yes it is}}}\n", i, 1000+i, i)
		b.engagements = append(b.engagements, texts(fmt.Sprint("c", i), map[bool]any{true: "yes it is"}[i == 0], nil, map[bool]any{true: "yes it is"}[i == columns-1]))
	}
	b.model = model.String()
	spec := b.write(t)
	run(t, spec)
	if d := cmp.Diff([]string{"ann 1000", "bob 0", fmt.Sprint("cyd ", 1000+columns-1), "dan 0"}, pick(t, spec.Output, "scores", "contact_id", "score")); d != "" {
		t.Error(d)
	}
}

// Twenty columns of a few values each.
func TestTwentyWhereColumns(t *testing.T) {
	var columns []string
	for i := range 20 {
		columns = append(columns, fmt.Sprint("c", i))
	}
	b, want := manyClasses(t, 8, 500, columns...)
	spec := b.write(t)
	run(t, spec)
	if d := cmp.Diff(want, pick(t, spec.Output, "scores", "contact_id", "score")); d != "" {
		t.Error(d)
	}
}

// A column of nothing but nulls has no type; it is as if every value were missing.
func TestColumnsOfNulls(t *testing.T) {
	nulls := func(name string, n int) column { return column{name, arrow.Null, make([]any, n)} }
	b := newBase(t)
	b.engagements[1] = nulls("occurred_at", 7)
	b.lists = append(b.lists, nulls("added_at", 2))
	b.contacts[1] = nulls("country", 4)
	spec := b.write(t)
	summary := run(t, spec)
	if got := summary.Counts["engagements"]["null_time"]; got != 7 {
		t.Errorf("%d of 7 engagements without a time were found", got)
	}
	if got := pick(t, spec.Output, "breakdown", "contact_id", "rule", "since"); !slices.Contains(got, "dan Partner (null)") {
		t.Errorf("a membership without added_at holds always: %q", got)
	}
}

// The latest of several rows of a contact is the latest by value, whatever types the files have the column in.
func TestLatestByNumbersOfDifferentTypes(t *testing.T) {
	types := arrow.PrimitiveTypes
	for _, c := range []struct {
		a, b           arrow.DataType
		earlier, later any
	}{
		{types.Int64, types.Float64, 3, 5}, {types.Int64, types.Float64, 5, 3}, {types.Float32, types.Int16, 2.5, 3}, {types.Float32, types.Int16, 3.5, 3},
		{types.Uint64, types.Int8, "18446744073709551615", -1}, {types.Int32, types.Uint8, -3, 2}, {types.Float64, types.Float32, -1.5, -2.5},
	} {
		b := newBase(t)
		b.contacts = []column{texts("contact_id", "ann"), texts("country", "SE"), {"version", c.a, []any{c.earlier}}}
		spec := b.write(t)
		spec.Contacts.KeepLatest = "version"
		spec.Contacts.Paths = append(spec.Contacts.Paths, writeFile(t, filepath.Join(b.dir, "in", "d.parquet"), 10,
			texts("contact_id", "ann"), texts("country", "DE"), column{"version", c.b, []any{c.later}}))
		run(t, spec)
		country := slices.Contains(pick(t, spec.Output, "breakdown", "rule"), "Country") // of the first file
		if want := number(t, c.earlier) > number(t, c.later); country != want {
			t.Errorf("%s %v or %s %v: kept the first: %v", c.a, c.earlier, c.b, c.later, country)
		}
	}
}

// number reads a number as a column holds it.
func number(t testing.TB, v any) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// 29 of 100 rows are not more than 29%.
func TestShareExactly(t *testing.T) {
	for _, n := range []int{1, 29, 57, 58, 99, 100} {
		b := newBase(t)
		b.lists = nil
		b.model = "name: m\nscore: {}\nsets: [{set: s, rules: [{rule: r, points: 1, when: {field: country}}]}]\n"
		for len(b.engagements[0].values) < 100 {
			for i, v := range []any{"ann", "2026-10-01T00:00:00Z", "email", "clicked"} {
				b.engagements[i].values = append(b.engagements[i].values, v)
			}
		}
		for i := range n {
			b.engagements[0].values[i] = "eve"
		}
		spec := b.write(t)
		spec.Tables = []string{"scores"}
		share := float64(n) / 100
		spec.Limits = []pipeline.Limit{{Table: "engagements", Problem: "unknown_contact", Share: &share}}
		run(t, spec)
		less := float64(n-1) / 100
		spec.Limits[0].Share, spec.Output = &less, filepath.Join(b.dir, "less")
		fails(t, spec, 3, "unknown_contact")
	}
}

// Columns that nobody reads may be anything; one that a rule reads has to be of one kind.
func TestColumnsOfOtherTypes(t *testing.T) {
	b := newBase(t)
	b.contacts = append(b.contacts, ints("junk", 1, 2, 3, 4))
	spec := b.write(t)
	spec.Contacts.Paths = append(spec.Contacts.Paths, writeFile(t, filepath.Join(b.dir, "in", "d.parquet"), 10,
		texts("contact_id", "eve"), texts("country", "DE"), texts("junk", "x")))
	run(t, spec)
	spec.Model = parse(t, strings.Replace(smallModel, "field: country, in: [SE, NO]", "field: junk, equals: x", 1))
	spec.Output = filepath.Join(b.dir, "other")
	fails(t, spec, 2)
}

// null_values in the column by which the latest is kept.
func TestLatestNullValues(t *testing.T) {
	b := newBase(t)
	b.contacts = []column{texts("contact_id", "ann", "ann"), texts("country", "SE", "DE"), texts("v", "2026", "n/a")}
	spec := b.write(t)
	spec.Contacts.KeepLatest = "v"
	spec.Contacts.NullValues = []string{"n/a"}
	run(t, spec)
	if !slices.Contains(pick(t, spec.Output, "breakdown", "rule"), "Country") {
		t.Error("the row without a value was kept")
	}
}
