package pipeline_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
)

func from(theirs string) pipeline.Source { return pipeline.Source{Column: theirs} }

func always(value string) pipeline.Source { return pipeline.Source{Value: &value} }

// Columns may have other names, one value for all rows, other words for the same values, and texts that mean missing.
func TestMapping(t *testing.T) {
	plain := newBase(t).write(t)
	run(t, plain)
	want := pick(t, plain.Output, "breakdown", "contact_id", "rule", "points", "since", "occurrences")

	b := newBase(t)
	b.contacts = []column{texts("id", "ann", "bob", "cyd", "dan"), texts("contact_id", "x", "y", "z", "z"), texts("Land", "SE", "DE", "Select", "no ")}
	b.model = strings.ReplaceAll(b.model, "country, in: [SE, NO]}", "country, in: [SE, NO, Select]}")
	b.engagements[0].name, b.engagements[1].name, b.engagements[3].name = "who", "at", "what"
	b.engagements[2].values = []any{"Mail", " mail", "MAIL", "mail", "web", "email", "mail"}
	b.lists[0].name, b.lists[1] = "Kontakt", texts("unused", "", "")
	b.lists[0].values = []any{"dan", "dan"}
	spec := b.write(t)
	spec.Contacts.Columns = map[string]pipeline.Source{"contact_id": from("id"), "country": from("Land")}
	spec.Contacts.NullValues = []string{"SELECT ", "-"}
	spec.Engagements.Columns = map[string]pipeline.Source{"contact_id": from("who"), "occurred_at": from("at"), "action": from("what")}
	spec.Engagements.Values = map[string]map[string]string{"channel": {"Mail": "email", "web": "website"}}
	spec.Lists.Columns = map[string]pipeline.Source{"contact_id": from("Kontakt"), "list": always(" partners")}
	run(t, spec)
	if d := cmp.Diff(want, pick(t, spec.Output, "breakdown", "contact_id", "rule", "points", "since", "occurrences")); d != "" {
		t.Error(d)
	}
}

// One value for all rows, of an engagement column: a source of one channel.
func TestOneValueForAllRows(t *testing.T) {
	b := newBase(t)
	b.engagements = b.engagements[:2]
	spec := b.write(t)
	spec.Engagements.Columns = map[string]pipeline.Source{"channel": always("Email"), "action": always("clicked")}
	run(t, spec)
	if got := pick(t, spec.Output, "set_scores", "contact_id", "set", "score"); !slices.Contains(got, "bob Behaviour 20") {
		t.Errorf("set_scores %v", got)
	}
}

// What the inputs lack or have wrongly is told before anything is read, with the table, the column and a way out.
func TestInputsThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(b *base, spec *pipeline.Spec)
		words  []string
	}{
		{"mapped column missing", func(_ *base, s *pipeline.Spec) {
			s.Contacts.Columns = map[string]pipeline.Source{"email": from("mail")}
		}, []string{"contacts.email", `"mail"`, "contact_id, country"}},
		{"no contact_id", func(b *base, _ *pipeline.Spec) { b.contacts[0].name = "id" }, []string{"contacts", `"contact_id"`, "columns: {contact_id: its name}", "id, country"}},
		{"no occurred_at", func(b *base, _ *pipeline.Spec) { b.engagements[1].name = "at" }, []string{"engagements", `"occurred_at"`}},
		{"no action", func(b *base, _ *pipeline.Spec) { b.engagements[3].name = "at" }, []string{"engagements", `"action"`}},
		{"no list", func(b *base, _ *pipeline.Spec) { b.lists[1].name = "group" }, []string{"lists", `"list"`}},
		{"one contact for all", func(_ *base, s *pipeline.Spec) {
			s.Engagements.Columns = map[string]pipeline.Source{"contact_id": always("x")}
		}, []string{"engagements", "contact_id", "one value"}},
		{"one id for all contacts", func(_ *base, s *pipeline.Spec) {
			s.Contacts.Columns = map[string]pipeline.Source{"contact_id": always("x")}
		}, []string{"contacts", "contact_id", "one value"}},
		{"times are texts", func(b *base, _ *pipeline.Spec) { b.engagements[1].typ = arrow.BinaryTypes.String }, []string{"engagements", "occurred_at", "engagements.parquet", "timestamp"}},
		{"boolean ids", func(b *base, _ *pipeline.Spec) {
			b.contacts[0] = column{"contact_id", arrow.FixedWidthTypes.Boolean, []any{true, false, true, false}}
		}, []string{"contacts", "contact_id", "contacts.parquet", "text or an integer"}},
		{"answers twice", func(b *base, s *pipeline.Spec) {
			s.Engagements.Columns = map[string]pipeline.Source{"answers": from("channel"), "question": from("action")}
		}, []string{"answers", "question"}},
		{"lists twice", func(b *base, s *pipeline.Spec) {
			s.Contacts.Columns = map[string]pipeline.Source{"lists": from("country")}
		}, []string{"lists", "keep one"}},
		{"lists that are texts", func(b *base, s *pipeline.Spec) {
			s.Lists, s.Contacts.Columns = nil, map[string]pipeline.Source{"lists": from("country")}
		}, []string{"lists", "lists of names"}},
		{"latest by what is not there", func(_ *base, s *pipeline.Spec) { s.Contacts.KeepLatest = "changed" }, []string{"contacts", `"changed"`, "contact_id, country"}},
		{"mql column that is not there", func(_ *base, s *pipeline.Spec) { s.MQLColumns = []string{"phone"} }, []string{"mql_columns", `"phone"`, "contact_id, country"}},
		{"mql column twice", func(_ *base, s *pipeline.Spec) { s.MQLColumns = []string{"score"} }, []string{"mql_columns", `"score"`}},
		{"a field that the model tests", func(b *base, _ *pipeline.Spec) { b.contacts[1].name = "land" }, []string{"the model does not fit the data"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBase(t)
			probe := b.write(t)
			c.change(b, &probe)
			spec := b.write(t)
			spec.Contacts.Columns, spec.Contacts.KeepLatest = probe.Contacts.Columns, probe.Contacts.KeepLatest
			spec.Engagements.Columns, spec.MQLColumns = probe.Engagements.Columns, probe.MQLColumns
			if probe.Lists == nil {
				spec.Lists = nil
			}
			fails(t, spec, 2, c.words...)
		})
	}
	spec := newBase(t).write(t)
	spec.Engagements.Paths = []string{filepath.Join(filepath.Dir(spec.Output), "in", "*.csv")}
	fails(t, spec, 1, "engagements", "*.csv")
}

// What the model mentions and the data does not have is a warning; the run goes on.
func TestUnseen(t *testing.T) {
	b := newBase(t)
	b.model = `
name: m
score: {}
sets:
  - set: s
    rules:
      - {rule: a, points: 1, when: {email: clicked, within: 9d}}
      - {rule: b, points: 2, when: {sms: clicked, within: 9d}}
      - {rule: c, points: 3, when: {email: clicked, asset: Newsletter, within: 9d}}
      - {rule: d, points: -4, when: {list: VIP}}
      - {rule: e, points: 5, when: {list: "others "}}
      - {rule: f, points: 6, when: {engagement: {channel: website, action: submitted}, within: 9d}}
`
	b.engagements = append(b.engagements, texts("asset", "News", nil, nil, nil, nil, nil, nil))
	spec := b.write(t)
	alone, err := pipeline.Unseen(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	summary := run(t, spec)
	var got []string
	for _, w := range summary.Warnings {
		got = append(got, w.What)
	}
	for _, w := range alone {
		if !slices.Contains(got, w.What) {
			t.Errorf("without a run there is the warning %s", w.What)
		}
	}
	if len(alone) != 4 {
		t.Errorf("without a run there are %d warnings", len(alone))
	}
	for _, want := range []string{`the data has no channel "sms"`, `the data has no asset "Newsletter"`, `the data has no list "VIP"`, `the data has no action "submitted"`} {
		if !slices.Contains(got, want) {
			t.Errorf("no warning %s in %q", want, got)
		}
	}
	for _, w := range got {
		if strings.Contains(w, "others") || strings.Contains(w, `"email"`) || strings.Contains(w, `"clicked"`) {
			t.Errorf("warning %s", w)
		}
	}
}

// Tables without rows are one part without rows; files without rows are no reason to fail.
func TestEmptyInputs(t *testing.T) {
	empty := func(columns []column) (none []column) {
		for _, c := range columns {
			none = append(none, column{c.name, c.typ, nil})
		}
		return none
	}
	for _, c := range []struct {
		name                         string
		contacts, engagements, lists bool
		scores                       int
		unknown                      int64
	}{
		{"contacts", true, false, false, 0, 7}, {"engagements", false, true, false, 4, 0}, {"lists", false, false, true, 4, 0}, {"all", true, true, true, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBase(t)
			if c.contacts {
				b.contacts = empty(b.contacts)
			}
			if c.engagements {
				b.engagements = empty(b.engagements)
			}
			if c.lists {
				b.lists = empty(b.lists)
			}
			spec := b.write(t)
			spec.ContactColumns = []string{"country"}
			summary := run(t, spec)
			if len(summary.Tables) != len(pipeline.Tables) || summary.Counts["engagements"]["unknown_contact"] != c.unknown {
				t.Errorf("%+v", summary)
			}
			for _, table := range pipeline.Tables {
				names, _, rows := readTable(t, spec.Output, table)
				if len(names) == 0 || table == "scores" && len(rows) != c.scores || table == "rule_stats" && len(rows) != 4 {
					t.Errorf("%s has columns %v, rows %v", table, names, rows)
				}
			}
			if share := pick(t, spec.Output, "rule_stats", "share")[0]; (share == "(null)") != c.contacts {
				t.Errorf("share %s", share)
			}
		})
	}
	b := newBase(t)
	spec := b.write(t)
	none := writeFile(t, filepath.Join(b.dir, "in", "a first file.parquet"), 10, empty(b.engagements)...)
	spec.Engagements.Paths = append(spec.Engagements.Paths, none, spec.Engagements.Paths[0])
	run(t, spec)
	if got := pick(t, spec.Output, "scores", "contact_id", "score")[0]; got != "ann 25" {
		t.Errorf("with an empty file, and a file named twice: %s", got)
	}
}

// A run tells which MQLs were MQLs in the newest run published for an earlier date.
func TestStatus(t *testing.T) {
	b := newBase(t)
	b.engagements[0].values = append(b.engagements[0].values, "bob", "bob", "cyd", "cyd", "cyd")
	b.engagements[1].values = append(b.engagements[1].values,
		"2026-10-31T00:00:00Z", "2026-10-31T00:00:00Z", "2026-10-15T00:00:00Z", "2026-10-15T00:00:00Z", "2026-11-02T00:00:00Z")
	for range 5 {
		b.engagements[2].values, b.engagements[3].values = append(b.engagements[2].values, "email"), append(b.engagements[3].values, "clicked")
	}
	spec := b.write(t)
	at := func(day int, tables ...string) []string {
		t.Helper()
		spec.AsOf, spec.Tables = time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC), tables
		out := spec.Output
		summary := run(t, spec)
		if tables != nil && !slices.Contains(tables, "mql") {
			return nil
		}
		var lines []string
		for _, line := range pick(t, out, "mql", "as_of", "contact_id", "status") {
			if strings.HasPrefix(line, summary.Date) {
				lines = append(lines, line[strings.Index(line, " ")+1:])
			}
		}
		return lines
	}
	check := func(name string, got []string, want ...string) {
		t.Helper()
		for i := range got {
			got[i] = got[i][strings.LastIndex(got[i][:strings.LastIndex(got[i], " ")], " ")+1:]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	check("the first run", at(20), "cyd new")
	check("a later date", at(30), "ann new", "cyd retained")
	at(31, "scores")
	check("after a run that leaves nothing to compare with", at(32), "ann new", "bob new", "cyd new")
	spec.History /= 2
	spec.Replace = true
	check("a date replaced compares with earlier dates only", at(30), "ann new", "cyd retained")
	check("and a later one with the replaced", at(33), "ann retained", "bob retained", "cyd retained")
}

// The run before tells who is new, so a wrong byte in what it published ends the run, also where that byte would decode.
func TestStatusOfADamagedRun(t *testing.T) {
	for _, table := range []string{"mql", "score_changes"} {
		spec := newBase(t).write(t)
		spec.Tables = []string{"mql"}
		run(t, spec)
		parts, err := filepath.Glob(filepath.Join(spec.Output, "_state", "dt=2026-11-01", "*.parquet"))
		if err != nil || len(parts) != 1 {
			t.Fatalf("%q, %v", parts, err)
		}
		sound, err := os.ReadFile(parts[0])
		if err != nil {
			t.Fatal(err)
		}
		spec.AsOf, spec.Tables = spec.AsOf.Add(24*time.Hour), []string{table}
		for at := 0; at < len(sound); at += 1 + len(sound)/12 {
			damaged := slices.Clone(sound)
			damaged[at] ^= 0x10
			if err := os.WriteFile(parts[0], damaged, 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := pipeline.Run(t.Context(), spec, pipeline.Unwatched{})
			var coded interface{ ExitCode() int }
			if !errors.Is(err, publish.ErrDamaged) || !errors.As(err, &coded) || coded.ExitCode() != 1 || !strings.Contains(err.Error(), filepath.Base(parts[0])) || !strings.Contains(err.Error(), "publish that date again") {
				t.Fatalf("%s, byte %d of %d: %v", table, at, len(sound), err)
			}
			nothingIn(t, filepath.Join(spec.Output, table, "dt=2026-11-02"))
		}
		if err := os.WriteFile(parts[0], sound, 0o666); err != nil {
			t.Fatal(err)
		}
		if summary := run(t, spec); summary.NewMQLs != 0 || *summary.MQLs != 1 {
			t.Errorf("%s: %d new of %d", table, summary.NewMQLs, *summary.MQLs)
		}
	}
}

// Engagements may have their times in any unit, or as dates.
func TestUnitsOfTime(t *testing.T) {
	for _, unit := range []arrow.TimeUnit{arrow.Second, arrow.Millisecond, arrow.Microsecond, arrow.Nanosecond} {
		b := newBase(t)
		b.engagements[1].typ = &arrow.TimestampType{Unit: unit, TimeZone: "UTC"}
		spec := b.write(t)
		run(t, spec)
		if got := pick(t, spec.Output, "scores", "contact_id", "score")[0]; got != "ann 25" {
			t.Error(unit, got)
		}
	}
	for _, d := range []arrow.DataType{arrow.FixedWidthTypes.Date32, arrow.FixedWidthTypes.Date64} {
		b := newBase(t)
		b.engagements[1].typ = d
		for i, v := range b.engagements[1].values {
			b.engagements[1].values[i] = v.(string)[:10]
		}
		spec := b.write(t)
		run(t, spec)
		if got := pick(t, spec.Output, "scores", "contact_id", "score")[0]; got != "ann 25" {
			t.Error(d, got)
		}
	}
}

// Columns that their writer kept as dictionaries read as their values do.
func TestDictionaryColumns(t *testing.T) {
	b := newBase(t)
	for i := range b.engagements {
		if i != 1 {
			b.engagements[i].typ = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
		}
	}
	for i := range b.contacts {
		b.contacts[i].typ = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	}
	spec := b.write(t)
	spec.MQLColumns = []string{"country"}
	run(t, spec)
	if got := pick(t, spec.Output, "mql", "contact_id", "score", "country")[0]; got != "ann 25 SE" {
		t.Error(got)
	}
}
