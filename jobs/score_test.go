package jobs

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// TestNamesAreThoseOfTheRun holds the names that job files may use to what a real run counts and publishes.
func TestNamesAreThoseOfTheRun(t *testing.T) {
	type person struct {
		ID    string `parquet:"contact_id"`
		Email string `parquet:"email"`
	}
	type activity struct {
		Contact string `parquet:"contact_id"`
		At      int64  `parquet:"occurred_at,timestamp(millisecond)"`
		Channel string `parquet:"channel"`
		Action  string `parquet:"action"`
	}
	type member struct {
		Contact string `parquet:"contact_id"`
		List    string `parquet:"list"`
	}
	folder := t.TempDir()
	o := Options{
		Job: filepath.Join(folder, "job.yaml"), AsOf: "2026-11-01",
		Contacts:    []string{write(t, folder, "c.parquet", []person{{"a", "a@x.example"}})},
		Engagements: []string{write(t, folder, "e.parquet", []activity{{"a", 1, "email", "clicked"}})},
		Lists:       []string{write(t, folder, "l.parquet", []member{{"a", "Partners"}})},
	}
	for name, text := range map[string]string{
		"job.yaml":   "model: model.yaml\noutput: {path: out, mql_columns: [email]}\n",
		"model.yaml": "name: M\nscore: {mql: 0}\nsets: [{set: A, rules: [{rule: R, points: 1, when: {email: clicked}}]}]\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := Score(t.Context(), plan, Unwatched{})
	if err != nil {
		t.Fatal(err)
	}

	counted := make(map[string][]string)
	for table, problems := range summary.Counts {
		counted[table] = slices.DeleteFunc(slices.Sorted(maps.Keys(problems)), func(p string) bool { return p == "rows" })
	}
	known := make(map[string][]string)
	for _, p := range inputProblems {
		known[p.table] = append(known[p.table], p.problem)
	}
	for _, problems := range known {
		slices.Sort(problems)
	}
	if diff := cmp.Diff(counted, known); diff != "" {
		t.Errorf("what the run counts, and what limits can name: %s", diff)
	}

	parts, err := filepath.Glob(filepath.Join(folder, "out/mql/dt=2026-11-01/*.parquet"))
	if err != nil || len(parts) != 1 {
		t.Fatalf("found %v (%v)", parts, err)
	}
	in, err := os.Open(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(in, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, f := range file.Schema().Fields() {
		columns = append(columns, f.Name())
	}
	if diff := cmp.Diff(append(ownColumns("mql"), "email"), columns); diff != "" {
		t.Errorf("the columns of mql: %s", diff)
	}
	for _, table := range summary.Tables {
		if !slices.Contains(outputTables, table.Table) {
			t.Errorf("the run publishes %s, which no job can name", table.Table)
		}
	}
	if unnamed := 1; len(summary.Tables) != len(outputTables)-unnamed { // that of the contacts has no columns here
		t.Errorf("the run publishes %d tables of %d", len(summary.Tables), len(outputTables))
	}
}

// TestPrepareOverrides holds that every flag takes the place of what the job file says.
func TestPrepareOverrides(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"job.yaml": "model: a.yaml\ninputs: {contacts: {path: c, columns: {contact_id: id}}, engagements: {path: e}, lists: {path: l}}\n" +
			"output: {path: out, tables: [scores], history: 30d, mql_columns: [email]}\n",
		"a.yaml": "name: A\ntime_zone: Europe/Stockholm\nsets: [{set: S, rules: []}]\n",
		"b.yaml": "name: B\nsets: [{set: S, rules: []}]\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(folder, name) }
	plan, err := Prepare(t.Context(), Options{Job: in("job.yaml"), AsOf: "2026-11-01"})
	if err != nil {
		t.Fatal(err)
	}
	s := plan.Spec
	got := []any{s.Model.Name, s.AsOf.Format("2006-01-02T15:04"), s.Contacts.Paths, s.Lists.Paths, s.Output, s.Tables, s.History.Hours(), s.Threads, s.Memory, s.Replace}
	want := []any{"A", "2026-10-31T23:00", []string{in("c")}, []string{in("l")}, in("out"), []string{"scores"}, 720.0, 0, int64(0), false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	plan, err = Prepare(t.Context(), Options{Job: in("job.yaml"), Model: in("b.yaml"), AsOf: "2026-11-01", Contacts: []string{"x", "y"}, Engagements: []string{"z"},
		Lists: []string{"w"}, Out: "elsewhere", Tables: []string{"mql", "scores"}, History: "2w", Threads: 3, Memory: "64MiB", Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	s = plan.Spec
	got = []any{s.Model.Name, s.AsOf.Format("2006-01-02T15:04"), s.Contacts.Paths, s.Contacts.Columns["contact_id"].Column, s.Engagements.Paths, s.Lists.Paths, s.Output,
		s.Tables, s.History.Hours(), s.Threads, s.Memory, s.Replace, s.MQLColumns}
	want = []any{"B", "2026-11-01T00:00", []string{"x", "y"}, "id", []string{"z"}, []string{"w"}, "elsewhere", []string{"mql", "scores"}, 336.0, 3, int64(64 << 20), true, []string{"email"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, o := range []Options{
		{Tables: []string{"score"}}, {Tables: []string{"mql", "mql"}}, {History: "90"}, {History: "0d"}, {Threads: -1}, {Memory: "much"}, {Memory: "0"}, {Memory: "1"}, {Memory: "63.9MiB"}, {AsOf: "yesterday"},
		{Model: in("none.yaml")}, {Model: folder},
	} {
		o.Job = in("job.yaml")
		if _, err := Prepare(t.Context(), o); ExitCode(err) != ExitUsage {
			t.Errorf("%+v: %v, want a usage error", o, err)
		}
	}
}

// TestSourceIsText holds that of a file that is no text nothing is shown.
func TestSourceIsText(t *testing.T) {
	for text, shown := range map[string]bool{"name: A\n": true, "PAR1\x15\x00": false, "PAR1 alone": false, "n\x00a\x00": false} {
		file := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if got := Source(file) != nil; got != shown {
			t.Errorf("%q is shown: %v", text, got)
		}
	}
}
