package pipeline_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

const nightsModel = `name: nights
score: {range: {min: 0, max: 100}, mql: MQL, bands: {cold: 0, hot: 10}}
suppress: [{reason: No consent, when: {field: consent, equals: "no"}}]
sets:
  - set: s
    rules:
OTHERS
      - {rule: click, points: 10, when: {email: clicked, within: 10d}}
      - {rule: title, points: TITLE, when: {field: title, equals: CEO}}
      - {rule: vip, points: 5, when: {list: VIP}}
`

// night is what the exports of a date have.
type night struct {
	date     string
	contacts string // name title consent; _ is nothing
	clicks   string // name instant
	vips     string
	mql      int
	title    int

	events, changes, mqls []string // what has to be published
}

// A chain of nights in which engagements, fields, lists and the model change, contacts go and return, and some are suppressed for a while.
// Every line is worked out by hand.
var nights = []night{
	{
		date: "2026-11-01", mql: 10, title: 7,
		contacts: "ann _ yes,bob CEO yes,cyd _ yes,eve _ yes", clicks: "ann 2026-10-30T00:00:00Z", vips: "cyd",
		events: []string{"ann 2026-10-30T00:00:00Z became 10 2026-10-30T00:00:00Z 1 engagement (null)"},
		mqls:   []string{"ann 10 new 2026-10-30T00:00:00Z 1"},
	},
	{
		date: "2026-11-02", mql: 10, title: 7,
		contacts: "ann _ yes,bob CEO yes,cyd CEO yes,eve _ yes", clicks: "ann 2026-10-30T00:00:00Z,bob 2026-11-01T12:00:00Z", vips: "cyd",
		events: []string{
			"bob 2026-11-01T12:00:00Z became 17 2026-11-01T12:00:00Z 1 engagement (null)",
			"cyd 2026-11-02T00:00:00Z became 12 2026-11-02T00:00:00Z 1 field_change (null)",
		},
		changes: []string{
			"bob 7 17 cold hot false true 10 0 0 0 0 0",
			"cyd 5 12 cold hot false true 0 0 7 0 0 0",
		},
		mqls: []string{
			"ann 10 retained 2026-10-30T00:00:00Z 1", "bob 17 new 2026-11-01T12:00:00Z 1", "cyd 12 new 2026-11-02T00:00:00Z 1",
		},
	},
	{
		date: "2026-11-03", mql: 10, title: 7,
		contacts: "ann _ no,bob CEO yes,dan CEO yes,eve _ yes", vips: "dan,bob",
		clicks: "ann 2026-10-30T00:00:00Z,bob 2026-11-01T12:00:00Z,eve 2026-10-28T00:00:00Z",
		events: []string{
			"cyd 2026-11-03T00:00:00Z lapsed (null) 2026-11-02T00:00:00Z 1 field_change (null)",
			"dan 2026-11-03T00:00:00Z became 12 2026-11-03T00:00:00Z 1 field_change (null)",
			"eve 2026-11-03T00:00:00Z became 10 2026-11-03T00:00:00Z 1 engagement (null)",
		},
		changes: []string{
			"bob 17 22 hot hot true true 0 0 0 5 0 0",
			"cyd 12 (null) hot (null) true (null) 0 0 -12 0 0 0",
			"dan (null) 12 (null) hot (null) true 0 0 12 0 0 0",
			"eve 0 10 cold hot false true 0 0 0 0 0 10",
		},
		mqls: []string{
			"bob 22 retained 2026-11-01T12:00:00Z 1", "dan 12 new 2026-11-03T00:00:00Z 1", "eve 10 new 2026-11-03T00:00:00Z 1",
		},
	},
	{
		date: "2026-11-05", mql: 10, title: 7, // nothing happens, but one consents again, and one takes it back
		contacts: "ann _ yes,bob CEO no,dan CEO yes,eve _ yes", vips: "dan,bob",
		clicks: "ann 2026-10-30T00:00:00Z,bob 2026-11-01T12:00:00Z,eve 2026-10-28T00:00:00Z",
		mqls: []string{
			"ann 10 returned 2026-10-30T00:00:00Z 1", "dan 12 retained 2026-11-03T00:00:00Z 1", "eve 10 retained 2026-11-03T00:00:00Z 1",
		},
	},
	{
		date: "2026-11-09", mql: 12, title: 8,
		contacts: "ann _ yes,bob CEO no,cyd CEO yes,dan CEO yes,eve _ yes", vips: "dan,bob,cyd",
		clicks: "ann 2026-10-30T00:00:00Z,bob 2026-11-01T12:00:00Z,eve 2026-10-28T00:00:00Z",
		events: []string{
			"ann 2026-11-09T00:00:00Z lapsed 0 2026-10-30T00:00:00Z 1 model_change (null)",
			"cyd 2026-11-09T00:00:00Z returned 13 2026-11-02T00:00:00Z 2 field_change (null)",
			"eve 2026-11-09T00:00:00Z lapsed 0 2026-11-03T00:00:00Z 1 model_change (null)",
		},
		changes: []string{
			"ann 10 0 hot cold true false 0 -10 0 0 0 0",
			"bob 22 23 hot hot true true 0 0 0 0 1 0",
			"cyd (null) 13 (null) hot (null) true 0 0 13 0 0 0",
			"dan 12 13 hot hot true true 0 0 0 0 1 0",
			"eve 10 0 hot cold true false 0 -10 0 0 0 0",
		},
		mqls: []string{"cyd 13 returned 2026-11-02T00:00:00Z 2", "dan 13 retained 2026-11-03T00:00:00Z 1"},
	},
	{
		date: "2026-11-12", mql: 12, title: 8, // bob's click expires within the night, eve clicks
		contacts: "ann _ yes,bob CEO yes,cyd CEO yes,dan CEO yes,eve CEO yes", vips: "dan,cyd",
		clicks: "ann 2026-10-30T00:00:00Z,bob 2026-11-01T12:00:00Z,eve 2026-10-28T00:00:00Z,eve 2026-11-11T23:00:00Z",
		events: []string{
			"bob 2026-11-11T12:00:00Z lapsed 8 2026-11-01T12:00:00Z 1 expiry (null)",
			"eve 2026-11-11T23:00:00Z returned 18 2026-11-03T00:00:00Z 2 engagement (null)",
		},
		changes: []string{
			"bob 23 8 hot cold true false 0 -10 0 -5 0 0",
			"eve 0 18 cold hot false true 10 0 8 0 0 0",
		},
		mqls: []string{
			"cyd 13 retained 2026-11-02T00:00:00Z 2", "dan 13 retained 2026-11-03T00:00:00Z 1", "eve 18 returned 2026-11-03T00:00:00Z 2",
		},
	},
}

// spec writes a night's exports and gives its run.
func (n *night) spec(t testing.TB, dir string) pipeline.Spec {
	t.Helper()
	b := newBase(t)
	b.dir = filepath.Join(dir, n.date)
	// Rules that nobody fulfils make more tests of fields than a word has bits, in another order for each title.
	var others []string
	for i := range 70 {
		others = append(others, fmt.Sprintf("      - {rule: other %d, points: 1, when: {field: title, equals: other %d}}", i, i*n.title%71))
	}
	b.model = strings.NewReplacer("MQL", fmt.Sprint(n.mql), "TITLE", fmt.Sprint(n.title), "OTHERS", strings.Join(others, "\n")).Replace(nightsModel)
	b.contacts = []column{texts("contact_id"), texts("title"), texts("consent")}
	for row := range strings.SplitSeq(n.contacts, ",") {
		for i, cell := range strings.Fields(row) {
			var value any = cell
			if cell == "_" {
				value = nil
			}
			b.contacts[i].values = append(b.contacts[i].values, value)
		}
	}
	b.engagements = []column{texts("contact_id"), times("occurred_at"), texts("channel"), texts("action")}
	for row := range strings.SplitSeq(n.clicks, ",") {
		name, at, _ := strings.Cut(row, " ")
		for i, value := range []any{name, at, "email", "clicked"} {
			b.engagements[i].values = append(b.engagements[i].values, value)
		}
	}
	b.lists = []column{texts("contact_id"), texts("list")}
	for name := range strings.SplitSeq(n.vips, ",") {
		b.lists[0].values, b.lists[1].values = append(b.lists[0].values, name), append(b.lists[1].values, "VIP")
	}
	spec := b.write(t)
	at, err := time.Parse(time.DateOnly, n.date)
	if err != nil {
		t.Fatal(err)
	}
	spec.AsOf, spec.Output = at, filepath.Join(dir, "out")
	return spec
}

// hold compares what is published for a night with what has to be.
func (n *night) hold(t testing.TB, out string) {
	t.Helper()
	for _, table := range []struct {
		name, columns string
		want          []string
	}{
		{"mql_events", "contact_id at event score first_mql_at times cause suppressed", n.events},
		{"score_changes", "contact_id previous_score score previous_band band was_mql is_mql new_engagement expiry field_change list_change model_change late_data", n.changes},
		{"mql", "contact_id score status first_mql_at times_mql", n.mqls},
	} {
		got := pickDate(t, out, table.name, n.date, strings.Fields(table.columns)...)
		if d := cmp.Diff(append([]string{}, table.want...), got); d != "" {
			t.Errorf("%s, %s:\n%s", n.date, table.name, d)
		}
	}
	v, err := pipeline.Verify(t.Context(), out, n.date, pipeline.Unwatched{})
	if err != nil || len(v.Faults) > 0 {
		t.Errorf("%s: %v, %+v", n.date, err, v)
	}
}

func TestNights(t *testing.T) {
	dir := t.TempDir()
	for i := range nights {
		n := &nights[i]
		summary := run(t, n.spec(t, dir))
		n.hold(t, filepath.Join(dir, "out"))
		count := map[string]int64{"became": 0, "returned": 0, "lapsed": 0}
		for _, e := range n.events {
			count[strings.Fields(e)[2]]++
		}
		fresh := int64(0)
		for _, m := range n.mqls {
			if strings.Contains(m, " new ") {
				fresh++
			}
		}
		if d := cmp.Diff(count, summary.Events); d != "" || summary.NewMQLs != fresh || *summary.MQLs != int64(len(n.mqls))+summary.Suppressed[0].MQLs {
			t.Errorf("%s: %+v\n%s", n.date, summary, d)
		}
		if slices.ContainsFunc(summary.Tables, func(t pipeline.TableSummary) bool { return strings.HasPrefix(t.Table, "_") }) {
			t.Errorf("internal tables are shown: %+v", summary.Tables)
		}
	}
}

// However many threads and buckets: the same bytes, night after night, under the same names.
func TestNightsInOtherBuckets(t *testing.T) {
	dir := t.TempDir()
	var specs []pipeline.Spec
	for i := range nights {
		specs = append(specs, nights[i].spec(t, dir))
	}
	var want map[string][]byte
	for _, buckets := range []int{1, 32} {
		for _, threads := range []int{1, 4} {
			out := filepath.Join(dir, fmt.Sprint("out", threads, buckets))
			for _, spec := range specs {
				spec.Threads, spec.Buckets, spec.Output = threads, buckets, out
				run(t, spec)
			}
			got := parts(t, out, "no run id")
			if want == nil {
				want = got
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%d threads, %d buckets:\n%s", threads, buckets, d)
			}
		}
	}
}

// A date that is replaced does not give events other names, and says which dates have to follow it.
func TestNightsReplaced(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	for i := range nights[:4] {
		run(t, nights[i].spec(t, dir))
	}
	ids := pick(t, out, "mql_events", "contact_id", "event", "times", "event_id")
	spec := nights[1].spec(t, filepath.Join(dir, "again")) // other files, so another run
	spec.Output, spec.Replace = out, true
	if summary := run(t, spec); !slices.ContainsFunc(summary.Notes, func(note string) bool {
		return strings.Contains(note, "run of 2026-11-03") && strings.Contains(note, "to 2026-11-05") && strings.Contains(note, "--replace")
	}) {
		t.Errorf("nothing is said of later dates: %q", summary.Notes)
	}
	for i := 2; i < 4; i++ {
		spec := nights[i].spec(t, dir)
		spec.Replace = true
		if summary := run(t, spec); summary.AlreadyDone || (len(summary.Notes) > 0) != (i == 2) {
			t.Errorf("%s: %+v", summary.Date, summary)
		}
		nights[i].hold(t, out)
	}
	if d := cmp.Diff(ids, pick(t, out, "mql_events", "contact_id", "event", "times", "event_id")); d != "" {
		t.Error(d)
	}
}

// A run without the tables that speak of the run before leaves nothing for the next one, which says so.
func TestNightsBroken(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	first := nights[0].spec(t, dir)
	first.Tables = []string{"scores", "breakdown"}
	run(t, first)
	if found, _ := filepath.Glob(filepath.Join(out, "_state", "*")); len(found) > 0 {
		t.Errorf("a run of scores alone has published %v", found)
	}
	var warned warnings
	if _, err := pipeline.Run(t.Context(), nights[1].spec(t, dir), &warned); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(warned, func(w string) bool { return strings.Contains(w, "2026-11-01") && strings.Contains(w, "counts as new") }) {
		t.Errorf("warned %q", warned)
	}
	if d := cmp.Diff([]string{"ann became", "bob became", "cyd became"}, pickDate(t, out, "mql_events", "2026-11-02", "contact_id", "event")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{}, pickDate(t, out, "score_changes", "2026-11-02", "contact_id")); d != "" {
		t.Error(d)
	}
	second, err := publish.Open(t.Context(), storage.NewLocal(), out, "2026-11-02")
	if err != nil {
		t.Fatal(err)
	}
	if p := second.Manifest.Previous; p != nil {
		t.Errorf("it was compared with nothing, and its manifest names %+v", p)
	}
	if summary := run(t, first); !summary.AlreadyDone {
		t.Errorf("%+v", summary)
	}
	first.History, first.Replace = 24*time.Hour, true
	if summary := run(t, first); summary.AlreadyDone || len(summary.Notes) > 0 {
		t.Errorf("a run that leaves nothing to compare with changes nothing for the next: %q", summary.Notes)
	}
}

// Who is gone keeps an id that the tables of today have to hold; ids of another kind are no one's.
func TestNightsOfOtherIDs(t *testing.T) {
	b := newBase(t)
	b.lists[0] = ints("contact_id", 4, 2)
	big := column{"contact_id", arrow.PrimitiveTypes.Int64, []any{int64(5_000_000_000), 2, 3, 4}}
	b.contacts[0], b.engagements[0] = big, ints("contact_id", int64(5_000_000_000), int64(5_000_000_000), 2, int64(5_000_000_000), 2, 3, int64(5_000_000_000))
	spec := b.write(t)
	run(t, spec)
	next := func(contacts, engagements column) pipeline.Spec {
		b.dir = t.TempDir()
		b.contacts[0], b.engagements[0] = contacts, engagements
		other := b.write(t)
		other.Output, other.AsOf = spec.Output, spec.AsOf.Add(24*time.Hour)
		return other
	}
	small := column{"contact_id", arrow.PrimitiveTypes.Int32, []any{1, 2, 3, 4}}
	_, err := pipeline.Run(t.Context(), next(small, ints("contact_id", 1, 1, 2, 1, 2, 3, 1)), pipeline.Unwatched{})
	if err == nil || !strings.Contains(err.Error(), "5000000000") || !strings.Contains(err.Error(), "export contact_id") {
		t.Errorf("an id that does not fit: %v", err)
	}
	var warned warnings
	b.lists[0] = texts("contact_id", "4", "2")
	text := texts("contact_id", "1", "2", "3", "4")
	if _, err := pipeline.Run(t.Context(), next(text, texts("contact_id", "1", "1", "2", "1", "2", "3", "1")), &warned); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(warned, func(w string) bool { return strings.Contains(w, "ids of another kind") }) {
		t.Errorf("warned %q", warned)
	}
}

// warnings keeps what a run warns of.
type warnings []string

func (w *warnings) Stage(string, int64, string) {}
func (w *warnings) Advance(string, int64)       {}
func (w *warnings) Done(string)                 {}
func (w *warnings) Warn(text string)            { *w = append(*w, text) }
