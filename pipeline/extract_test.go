package pipeline_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
	"leadscore/pipeline/export"
	"leadscore/pipeline/parquetio/encode"
	readers "leadscore/pipeline/published"
	"leadscore/pipeline/storage"
)

// extracted gives the files of an extract's folder of the date, by name with the run id taken out.
func extracted(t testing.TB, spec pipeline.Spec, slug, runID string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(spec.Output, "extracts", slug, "dt=2026-11-01", "*"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.ReplaceAll(filepath.Base(path), runID, "run")] = bytes.ReplaceAll(data, []byte(runID), []byte("run"))
	}
	return files
}

func constant(text string) *string { return &text }

func TestExtract(t *testing.T) {
	spec := newBase(t).write(t)
	spec.MQLColumns = []string{"country"}
	spec.Extracts = []pipeline.Extract{
		{Name: "All", Slug: "all", Columns: []pipeline.ExtractColumn{
			{Column: "contact_id"}, {Name: "Points", Column: "score"}, {Name: "Source", Value: constant("=leadscore")}, {Column: "country"}}},
		{Name: "Low first", Slug: "low_first", Where: "score < 20", Order: "score", Limit: 2, Format: "jsonl", Columns: []pipeline.ExtractColumn{
			{Column: "contact_id"}, {Column: "score"}}},
		{Name: "As stored", Slug: "as_stored", Order: pipeline.Unsorted, Limit: 3, Format: "tsv", Columns: []pipeline.ExtractColumn{{Column: "contact_id"}}},
		{Name: "Nobody", Slug: "nobody", Where: "score > 1000", Columns: []pipeline.ExtractColumn{{Column: "contact_id"}}},
	}
	summary := run(t, spec)
	for slug, want := range map[string]map[string]string{
		"all":       {"part-00000-run.csv": "contact_id,Points,Source,country\r\nann,25,'=leadscore,SE\r\nbob,10,'=leadscore,\r\ndan,9,'=leadscore,\r\ncyd,-3,'=leadscore,\r\n"},
		"low_first": {"part-00000-run.jsonl": `{"contact_id":"cyd","score":-3}` + "\n" + `{"contact_id":"dan","score":9}` + "\n"},
		"as_stored": {"part-00000-run.tsv": "contact_id\r\nann\r\nbob\r\ncyd\r\n"},
		"nobody":    {"part-00000-run.csv": "contact_id\r\n"},
	} {
		got := map[string]string{}
		for name, data := range extracted(t, spec, slug, summary.RunID) {
			got[name] = string(data)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", slug, d)
		}
	}
	var counts []string
	for _, x := range summary.Extracts {
		counts = append(counts, strings.Join([]string{x.Extract, x.Table, fmt.Sprint(*x.Matching), fmt.Sprint(x.Rows)}, " "))
	}
	if d := cmp.Diff([]string{"All extracts/all 4 4", "Low first extracts/low_first 3 2", "As stored extracts/as_stored 4 3", "Nobody extracts/nobody 0 0"}, counts); d != "" {
		t.Error(d)
	}
	if v := verified(t, spec.Output); len(v.Faults) > 0 {
		t.Errorf("%v", v.Faults)
	}
	again := run(t, spec)
	if !again.AlreadyDone || len(again.Extracts) != 4 || again.Extracts[0].Rows != 4 {
		t.Errorf("the same run again: %+v", again.Extracts)
	}
	spec.Extracts[0].Limit = 1 // another job
	fresh := spec
	fresh.Replace = true
	if other := run(t, fresh); other.RunID == summary.RunID {
		t.Error("another extract is another run")
	}
}

// Every format is the same bytes whatever the threads and buckets, and is verified.
func TestExtractFormats(t *testing.T) {
	spec := newBase(t).write(t)
	for _, format := range export.Formats {
		spec.Extracts = append(spec.Extracts, pipeline.Extract{Name: format, Slug: format, Format: format})
	}
	summary := run(t, spec)
	for _, other := range []struct{ threads, buckets int }{{1, 1}, {3, 4}} {
		again := spec
		again.Output, again.Threads, again.Buckets = filepath.Join(t.TempDir(), "out"), other.threads, other.buckets
		run(t, again)
		for _, format := range export.Formats {
			if d := cmp.Diff(extracted(t, spec, format, summary.RunID), extracted(t, again, format, summary.RunID)); d != "" {
				t.Errorf("%s with %+v: %s", format, other, d)
			}
		}
	}
	if v := verified(t, spec.Output); len(v.Faults) > 0 {
		t.Errorf("%v", v.Faults)
	}
	for _, format := range export.Formats {
		for name, data := range extracted(t, spec, format, summary.RunID) {
			path := filepath.Join(spec.Output, "extracts", format, "dt=2026-11-01", strings.ReplaceAll(name, "run", summary.RunID))
			whole, err := os.ReadFile(path)
			if err != nil || len(data) < 10 {
				t.Fatal(err, name)
			}
			whole[len(whole)/2] ^= 1
			if err := os.WriteFile(path, whole, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if v := verified(t, spec.Output); len(v.Faults) != len(export.Formats) {
		t.Errorf("of broken extracts: %v", v.Faults)
	}
}

func TestContactsTable(t *testing.T) {
	b := newBase(t)
	b.contacts = append(b.contacts, texts("email", "ann@a.example", nil, "c@c.example", "dan@d.example"), texts("so_id", "17", "18", " ", "20"))
	spec := b.write(t)
	spec.MQLColumns, spec.ContactColumns = []string{"country"}, []string{"email", "country", "so_id"}
	spec.Extracts = []pipeline.Extract{
		{Name: "Mail", Slug: "mail", Where: `email != nil and score > 0`, Order: "email", Columns: []pipeline.ExtractColumn{{Name: "E-mail", Column: "email"}}},
		{Name: "CRM", Slug: "crm", Format: "csv", Limit: 1, SuperOffice: &pipeline.SuperOffice{Target: "selection", Name: "Hot; leads", ExternalID: "so_id", Email: "email"},
			Columns: []pipeline.ExtractColumn{{Column: "score"}}},
	}
	summary := run(t, spec)
	if d := cmp.Diff([]string{"ann ann@a.example SE 17", "bob (null) DE 18", "cyd c@c.example (null)  ", "dan dan@d.example no  20"},
		pick(t, spec.Output, "contacts", "contact_id", "email", "country", "so_id")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"ann SE"}, pick(t, spec.Output, "mql", "contact_id", "country")); d != "" {
		t.Error(d)
	}
	for slug, want := range map[string]string{
		"mail":        "E-mail\r\nann@a.example\r\ndan@d.example\r\n",
		"crm":         "\ufeffContact: ID;Contact: Email;Selection: Name;score\r\n17;ann@a.example;\"Hot; leads\";25\r\n",
		"crm_rejects": "\ufeffcontact_id;reason\r\nbob;no_email\r\ncyd;no_external_id\r\n",
	} {
		if d := cmp.Diff(want, string(extracted(t, spec, slug, summary.RunID)["part-00000-run.csv"])); d != "" {
			t.Errorf("%s: %s", slug, d)
		}
	}
	if x := summary.Extracts[1]; *x.Matching != 4 || x.Rows != 1 || *x.Rejected != 2 {
		t.Errorf("%+v", x)
	}
	if again := run(t, spec).Extracts[1]; *again.Rejected != 2 || again.Rows != 1 {
		t.Errorf("again: %+v", again)
	}
	if v := verified(t, spec.Output); len(v.Faults) > 0 {
		t.Errorf("%v", v.Faults)
	}
	spec.ContactColumns = []string{"score"}
	spec.Replace = true
	b.contacts[3].name = "score"
	other := b.write(t)
	other.Output, other.ContactColumns = t.TempDir(), []string{"score"}
	fails(t, other, 2, "output.contact_columns", `the scores table has a column "score"`)
}

// A text that a spreadsheet would take for a formula is marked, unless the file is for a program.
func TestExtractRaw(t *testing.T) {
	b := newBase(t)
	b.contacts = append(b.contacts, texts("phone", "+46 8 123", nil, nil, nil))
	spec := b.write(t)
	spec.ContactColumns = []string{"phone"}
	x := pipeline.Extract{Name: "Marked", Slug: "marked", Where: "phone != nil", Columns: []pipeline.ExtractColumn{{Column: "phone"}}}
	raw := x
	raw.Name, raw.Slug, raw.Raw = "Raw", "raw", true
	spec.Extracts = []pipeline.Extract{x, raw}
	summary := run(t, spec)
	for slug, want := range map[string]string{"marked": "phone\r\n'+46 8 123\r\n", "raw": "phone\r\n+46 8 123\r\n"} {
		if d := cmp.Diff(want, string(extracted(t, spec, slug, summary.RunID)["part-00000-run.csv"])); d != "" {
			t.Errorf("%s: %s", slug, d)
		}
	}
}

// Who is suppressed is in no extract, whatever it is for, and not counted among those that match.
func TestExtractSuppressed(t *testing.T) {
	b := newBase(t)
	b.model += "suppress:\n  - {reason: Abroad, when: {not: {field: country, equals: SE}}}\n"
	b.contacts = append(b.contacts, texts("email", "ann@a.example", "bob@b.example", nil, nil))
	spec := b.write(t)
	spec.ContactColumns = []string{"email"}
	columns := []pipeline.ExtractColumn{{Column: "contact_id"}}
	spec.Extracts = []pipeline.Extract{
		{Name: "All", Slug: "all", Columns: columns},
		{Name: "Stored", Slug: "stored", Columns: columns, Order: pipeline.Unsorted},
		{Name: "CRM", Slug: "crm", Format: "csv", Columns: columns, SuperOffice: &pipeline.SuperOffice{Target: "project", Name: "P", ExternalID: "contact_id", Email: "email"}},
	}
	summary := run(t, spec)
	for slug, want := range map[string]string{
		"all": "contact_id\r\nann\r\n", "stored": "contact_id\r\nann\r\n", "crm_rejects": "\ufeffcontact_id;reason\r\n",
		"crm": "\ufeffContact: ID;Contact: Email;Project: Name;contact_id\r\nann;ann@a.example;P;ann\r\n",
	} {
		if d := cmp.Diff(want, string(extracted(t, spec, slug, summary.RunID)["part-00000-run.csv"])); d != "" {
			t.Errorf("%s: %s", slug, d)
		}
	}
	for _, x := range summary.Extracts {
		if *x.Matching != 1 || x.Rows != 1 {
			t.Errorf("%+v", x)
		}
	}
}

// What an extract may ask is known before the tables are there: columns of every type, of every table, from both ends of a run.
func TestExtractEveryColumn(t *testing.T) {
	b := newBase(t)
	typed := func(name string, typ arrow.DataType, values ...any) {
		b.contacts = append(b.contacts, column{name, typ, values})
	}
	typed("age", arrow.PrimitiveTypes.Int16, 30, 40, nil, 50)
	typed("visits", arrow.PrimitiveTypes.Uint64, 1, 2, nil, "18446744073709551615")
	typed("share", arrow.PrimitiveTypes.Float64, 0.5, 1.5, nil, 2.5)
	typed("amount", &arrow.Decimal128Type{Precision: 9, Scale: 2}, "1.25", "2.50", nil, "3.75")
	typed("wealth", &arrow.Decimal128Type{Precision: 30, Scale: 1}, "1.2", "2.5", nil, "99999999999999999999.5")
	typed("joined", arrow.FixedWidthTypes.Date32, "2026-01-01", "2026-02-01", nil, "2026-03-01")
	typed("seen", arrow.FixedWidthTypes.Timestamp_us, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", nil, "2026-03-01T00:00:00Z")
	typed("vip", arrow.FixedWidthTypes.Boolean, true, false, nil, true)
	typed("mail", arrow.BinaryTypes.String, "a@x.example", "b@x.example", nil, "d@x.example")
	names := []string{"age", "visits", "share", "amount", "wealth", "joined", "seen", "vip", "mail"}
	spec := b.write(t)
	spec.ContactColumns = names
	where := map[string]string{
		"age": "age >= 40", "visits": "visits > 1", "share": "share > 1", "amount": "amount >= 2.5", "wealth": "wealth > 2", "joined": `joined > "2026-01-15"`,
		"seen": `seen > "2026-01-15"`, "vip": "not vip and age != nil or age == 50", "mail": `mail in ["B@x.example ", "d@x.example"]`,
		"rule": `rule["Clicked"].points > 1000 or age >= 40`,
		"mql":  `status == nil and reasons == nil and age != nil`, "instants": `as_of > ago("1d") and age >= 40 and (mql_since == nil or mql_since < ahead("1d"))`,
	}
	for _, key := range slices.Sorted(maps.Keys(where)) {
		spec.Extracts = append(spec.Extracts, pipeline.Extract{Name: key, Slug: key, Where: where[key], Order: "contact_id", Columns: []pipeline.ExtractColumn{{Column: "contact_id"}}})
	}
	all := pipeline.Extract{Name: "all", Slug: "all", Order: "-wealth, visits", Format: "parquet"}
	for _, table := range []string{"scores", "mql"} {
		for _, f := range pipeline.Fields(table, encode.Text, nil) {
			if !slices.ContainsFunc(all.Columns, func(c pipeline.ExtractColumn) bool { return c.Column == f.Name }) {
				all.Columns = append(all.Columns, pipeline.ExtractColumn{Column: f.Name})
			}
		}
	}
	for _, name := range names {
		all.Columns = append(all.Columns, pipeline.ExtractColumn{Column: name})
	}
	spec.Extracts = append(spec.Extracts, all)
	summary := run(t, spec)
	for key := range where {
		if d := cmp.Diff("contact_id\r\nbob\r\ndan\r\n", string(extracted(t, spec, key, summary.RunID)["part-00000-run.csv"])); d != "" {
			t.Errorf("%s: %s", where[key], d)
		}
	}
	if v := verified(t, spec.Output); len(v.Faults) > 0 {
		t.Errorf("%v", v.Faults)
	}
}

// An extract of more rows than the memory holds is the same bytes as one that is sorted in it.
func TestExtractSpilled(t *testing.T) {
	b := newBase(t)
	const n = 20_000
	b.contacts, b.groupRows = []column{{"contact_id", arrow.BinaryTypes.String, nil}, {"country", arrow.BinaryTypes.String, nil}}, n
	for i := range n {
		b.contacts[0].values, b.contacts[1].values = append(b.contacts[0].values, fmt.Sprintf("c%06d", i*7919%n)), append(b.contacts[1].values, strings.Repeat("x", i%90))
	}
	spec := b.write(t)
	spec.ContactColumns = []string{"country"}
	spec.Extracts = []pipeline.Extract{{Name: "All", Slug: "all", Order: "country, -contact_id"}}
	want := run(t, spec)
	spec.Output, spec.Memory = filepath.Join(t.TempDir(), "out"), 4<<20
	got := run(t, spec)
	if got.SpilledBytes == 0 || want.SpilledBytes != 0 || got.RunID != want.RunID {
		t.Fatalf("spilled %d and %d bytes", got.SpilledBytes, want.SpilledBytes)
	}
	first := spec
	first.Output = filepath.Join(b.dir, "out")
	if !bytes.Equal(extracted(t, first, "all", want.RunID)["part-00000-run.csv"], extracted(t, spec, "all", want.RunID)["part-00000-run.csv"]) {
		t.Error("other bytes")
	}
	if *got.Extracts[0].Matching != n {
		t.Errorf("%+v", got.Extracts)
	}
	nothingIn(t, spec.TempDir)
}

// An extract may ask what changed since the run before, as a list may.
func TestExtractChanges(t *testing.T) {
	b := newBase(t)
	spec := b.write(t)
	spec.AsOf = spec.AsOf.Add(-36 * time.Hour)
	run(t, spec)
	spec.AsOf = spec.AsOf.Add(36 * time.Hour)
	spec.Extracts = []pipeline.Extract{{Name: "Risen", Slug: "risen", Where: "new_engagement > 0 and score > previous_score", Columns: []pipeline.ExtractColumn{{Column: "contact_id"}, {Column: "new_engagement"}}}}
	summary := run(t, spec)
	if d := cmp.Diff("contact_id,new_engagement\r\nbob,10\r\n", string(extracted(t, spec, "risen", summary.RunID)["part-00000-run.csv"])); d != "" {
		t.Error(d)
	}
}

// Where mql alone lists contacts, none of them is suppressed, whatever a contact column of that name says, and is_mql is not that of score_changes, which has it of few.
func TestExtractOfMQLs(t *testing.T) {
	b := newBase(t)
	b.contacts = append(b.contacts, texts("suppressed", "no", "yes", nil, nil))
	spec := b.write(t)
	spec.Tables, spec.MQLColumns = []string{"mql", "score_changes"}, []string{"suppressed"}
	spec.Extracts = []pipeline.Extract{{Name: "All", Slug: "all", Columns: []pipeline.ExtractColumn{{Column: "contact_id"}, {Column: "suppressed"}}}}
	summary := run(t, spec)
	if d := cmp.Diff("contact_id,suppressed\r\nann,no\r\n", string(extracted(t, spec, "all", summary.RunID)["part-00000-run.csv"])); d != "" {
		t.Error(d)
	}
	spec.Output, spec.Extracts[0].Where = filepath.Join(t.TempDir(), "out"), "is_mql"
	wrong := (*pipeline.DiagnosticsError)(nil)
	if err := fails(t, spec, 2); !errors.As(err, &wrong) || !strings.Contains(wrong.List[0].What, "is_mql") {
		t.Error(err)
	}
}

// Whole numbers in columns of floating point, which is what ids with gaps become in many exports, are written as whole numbers, and are the
// same ids when a later date has them as integers.
func TestNumbersOfFloatingPoint(t *testing.T) {
	types := arrow.PrimitiveTypes
	b := newBase(t)
	dated := func(typ arrow.DataType) pipeline.Spec {
		b.contacts = []column{
			{"contact_id", typ, []any{1234567, 30000000, 3, 4}}, texts("country", "SE", "DE", nil, "no "),
			{"so_id", types.Float64, []any{20000000, 1234567, nil, 2.5}}, texts("email", "a@a.example", "b@b.example", "c@c.example", "d@d.example"),
		}
		b.engagements[0] = column{"contact_id", typ, []any{1234567, 1234567, 30000000, 1234567, 30000000, 3, 1234567}}
		b.lists[0] = column{"contact_id", typ, []any{4, 30000000}}
		spec := b.write(t)
		spec.ContactColumns = []string{"so_id", "email"}
		spec.Extracts = []pipeline.Extract{{Name: "CRM", Slug: "crm", Format: "csv", Columns: []pipeline.ExtractColumn{{Column: "contact_id"}},
			SuperOffice: &pipeline.SuperOffice{Target: "selection", Name: "Hot", ExternalID: "so_id", Email: "email"}}}
		return spec
	}
	spec := dated(types.Float64)
	summary := run(t, spec)
	want := "\ufeffContact: ID;Contact: Email;Selection: Name;contact_id\r\n" +
		"20000000;a@a.example;Hot;1234567\r\n1234567;b@b.example;Hot;30000000\r\n2.5;d@d.example;Hot;4\r\n"
	if d := cmp.Diff(want, string(extracted(t, spec, "crm", summary.RunID)["part-00000-run.csv"])); d != "" {
		t.Error(d)
	}
	later := dated(types.Int64)
	later.Output, later.AsOf = spec.Output, spec.AsOf.Add(24*time.Hour)
	run(t, later)
	var runs []*readers.Run
	for _, date := range []string{"2026-11-01", "2026-11-02"} {
		store, root, err := storage.Open(t.Context(), spec.Output)
		if err != nil {
			t.Fatal(err)
		}
		r, err := readers.Open(t.Context(), store, root, date, pipeline.PartOf)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		runs = append(runs, r)
	}
	c := readers.Comparison{From: runs[0], To: runs[1], Nights: runs[1:], Whole: true}
	err := c.Rows(t.Context(), func(columns []*readers.Column, rows int) error {
		for row := range rows {
			t.Errorf("contact %s has changed", columns[0].Text(row))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
