package pipeline_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
)

// dirty is a base with one or two rows of every problem.
func dirty(t *testing.T) *base {
	b := newBase(t)
	b.contacts = []column{
		texts("contact_id", "ann", "bob", nil, "ann", " ", "cyd"), texts("country", "SE", "DE", "NO", "NO", "NO", "SE"),
		times("changed", "2026-01-02", "2026-01-01", nil, "2026-01-03", nil, nil),
	}
	b.engagements = []column{
		texts("contact_id", "ann", nil, "bob", "ann", "eve", "ann", "bob", "ann"),
		times("occurred_at", "2026-10-30", "2026-10-30", nil, "2026-10-29", "2026-10-29", "2026-11-02", "2026-10-01", "2026-10-30"),
		texts("channel", "email", "email", "email", "email", "email", "email", "email", "email"),
		texts("action", "clicked", "clicked", "clicked", "clicked", "clicked", "clicked", "clicked", "clicked"),
		texts("event_id", "e1", "e2", "e3", "e1", "e1", "e4", "e1", nil),
	}
	b.lists = []column{
		texts("contact_id", "ann", nil, "bob", "eve", "cyd"), texts("list", "Partners", "Partners", " ", "Partners", "Others"),
		times("added_at", nil, nil, nil, nil, "2026-11-02"),
	}
	return b
}

func few(limits ...pipeline.Limit) []pipeline.Limit {
	return append([]pipeline.Limit{{Table: "contacts", Problem: "null_id", Count: 2}, {Table: "contacts", Problem: "duplicate", Count: 1}}, limits...)
}

func TestCountsAndRejects(t *testing.T) {
	for _, memory := range []int64{1 << 30, 1} {
		b := dirty(t)
		spec := b.write(t)
		spec.Limits, spec.Memory = few(), memory
		summary := run(t, spec)
		want := map[string]map[string]int64{
			"contacts":    {"rows": 6, "null_id": 2, "duplicate": 1},
			"engagements": {"rows": 8, "null_id": 1, "null_time": 1, "time_out_of_range": 0, "repeated_event_id": 1, "unknown_contact": 1, "after_as_of": 1},
			"lists":       {"rows": 5, "null_id": 1, "null_list": 1, "unknown_contact": 1, "after_as_of": 1},
		}
		if d := cmp.Diff(want, summary.Counts); d != "" {
			t.Error(d)
		}
		got := pick(t, spec.Output, "rejects", "contact_id", "table", "file", "row", "reason")
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], filepath.Join(b.dir, "in")+string(filepath.Separator), "")
		}
		if d := cmp.Diff([]string{
			"(null) contacts contacts.parquet 2 null_id",
			"(null) contacts contacts.parquet 4 null_id",
			"(null) engagements engagements.parquet 1 null_id",
			"(null) lists lists.parquet 1 null_id",
			"ann contacts contacts.parquet 3 duplicate",
			"ann engagements engagements.parquet 0 repeated_event_id",
			"bob engagements engagements.parquet 2 null_time",
			"bob lists lists.parquet 2 null_list",
		}, got); d != "" {
			t.Error(d)
		}
		nothingIn(t, spec.TempDir)
	}
}

// Without limits only contacts without an id and contacts that stand twice fail the run, each with an example.
func TestProblemsThatFailTheRun(t *testing.T) {
	for _, memory := range []int64{1 << 30, 1} {
		spec := dirty(t).write(t)
		spec.Memory = memory
		fails(t, spec, 3, "contacts", "2 rows", "null_id", "row 2 of ", "contacts.parquet", "nothing was published", "limits: {contacts.null_id")
		spec.Limits = few()[:1]
		fails(t, spec, 3, "contacts", "1 row", "duplicate", "row 3 of ", `contact "ann"`, "duplicates: {keep: latest")
		spec.Contacts.KeepLatest = "changed"
		run(t, spec)
		if got := pick(t, spec.Output, "breakdown", "contact_id", "rule"); !slices.Contains(got, "ann Country") {
			t.Errorf("breakdown %v", got)
		}
		if got := pick(t, spec.Output, "rejects", "contact_id", "row", "reason"); !slices.Contains(got, "ann 0 duplicate") {
			t.Errorf("the earlier row was kept: rejects %v", got)
		}
	}
}

// A limit lets happen as much as it says, and not one row more.
func TestLimitsOfCountAndShare(t *testing.T) {
	for _, c := range []struct {
		table, problem string
		count, rows    int64
	}{
		{"contacts", "null_id", 2, 6}, {"contacts", "duplicate", 1, 6},
		{"engagements", "null_id", 1, 8}, {"engagements", "null_time", 1, 8}, {"engagements", "repeated_event_id", 1, 8},
		{"engagements", "unknown_contact", 1, 8}, {"engagements", "after_as_of", 1, 8},
		{"lists", "null_id", 1, 5}, {"lists", "null_list", 1, 5}, {"lists", "unknown_contact", 1, 5}, {"lists", "after_as_of", 1, 5},
	} {
		spec := dirty(t).write(t)
		share := float64(c.count) / float64(c.rows)
		less := share - 0.01
		for _, l := range []pipeline.Limit{{Count: c.count - 1}, {Share: &less}} {
			l.Table, l.Problem = c.table, c.problem
			spec.Limits = few(l)
			fails(t, spec, 3, c.table, c.problem, "more than the limit", "nothing was published")
		}
		for i, l := range []pipeline.Limit{{Count: c.count}, {Share: &share}} {
			l.Table, l.Problem = c.table, c.problem
			spec.Limits, spec.Replace = few(l), i > 0
			run(t, spec)
		}
	}
}

// Of repeated event ids the earliest stays, whoever else has the same id; blank and null ones are none.
func TestEventIDs(t *testing.T) {
	b := newBase(t)
	b.engagements = []column{
		texts("contact_id", "ann", "ann", "bob", "ann", "ann", "ann", "ann"),
		times("occurred_at", "2026-10-30", "2026-10-29", "2026-10-28", "2026-10-30", "2026-10-30", "2026-10-30", "2026-10-29T00:00:00.9Z"),
		texts("channel", "email", "email", "email", "fax", "fax", "fax", "email"),
		texts("action", "clicked", "clicked", "clicked", "sent", "sent", "sent", "clicked"),
		texts("event_id", "1", "1", "1", " ", nil, "N/A", "1"),
	}
	spec := b.write(t)
	spec.Engagements.NullValues = []string{"n/a"}
	spec.Engagements.Paths = append(spec.Engagements.Paths, writeFile(t, filepath.Join(b.dir, "in", "more.parquet"), 100,
		texts("contact_id", "ann", "ann"), times("occurred_at", "2026-10-01", "2026-10-03"), texts("channel", "email", "email"),
		texts("action", "clicked", "clicked"), texts("event_id", "2", "2")))
	summary := run(t, spec)
	if got := summary.Counts["engagements"]["repeated_event_id"]; got != 3 {
		t.Errorf("%d repeated event ids", got)
	}
	if d := cmp.Diff([]string{"ann 0 repeated_event_id", "ann 6 repeated_event_id", "ann 1 repeated_event_id"},
		pick(t, spec.Output, "rejects", "contact_id", "row", "reason")); d != "" {
		t.Error(d)
	}
	b.engagements[4] = column{"event_id", b.engagements[1].typ, []any{nil, nil, nil, nil, nil, nil, nil}}
	spec = b.write(t)
	spec.Output = filepath.Join(t.TempDir(), "out")
	fails(t, spec, 2, "event_id", "engagements.parquet", "text or integers")
}

// An as-of instant beyond all calendars is refused rather than counted wrongly.
func TestAsOfOutOfRange(t *testing.T) {
	spec := newBase(t).write(t)
	for _, asOf := range []time.Time{time.Unix(-1, 0), time.Date(4000, 1, 2, 0, 0, 0, 0, time.UTC)} {
		spec.AsOf = asOf
		fails(t, spec, 2, "as-of")
	}
}

// Engagements of thousands of years ago have no usable time.
func TestAncientEngagements(t *testing.T) {
	b := newBase(t)
	b.engagements[1].values[0] = "0001-01-01T00:00:00Z"
	spec := b.write(t)
	spec.AsOf = time.Date(3900, 1, 1, 0, 0, 0, 0, time.UTC)
	summary := run(t, spec)
	if got := summary.Counts["engagements"]["time_out_of_range"]; got != 1 {
		t.Errorf("%d times out of range", got)
	}
	if got := pick(t, spec.Output, "rejects", "contact_id", "row", "reason"); !slices.Equal(got, []string{"ann 0 time_out_of_range"}) {
		t.Errorf("rejects %v", got)
	}
}
