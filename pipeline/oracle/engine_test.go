package oracle_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"leadscore/pipeline"
	"leadscore/pipeline/oracle"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// run is the engine.
var run = func(spec pipeline.Spec) (*pipeline.Summary, error) {
	return pipeline.Run(context.Background(), spec, pipeline.Unwatched{})
}

// The engine agrees with the oracle on made-up worlds, in every column of every table, in whatever layout they lie, and so
// does a run of the day before, whose MQLs are then retained.
func TestEngineAgreesWithOracle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := oracle.DrawWorld(rt)
		layout := oracle.DrawLayout(rt)
		dir, err := os.MkdirTemp(t.TempDir(), "world")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		written, err := layout.Write(filepath.Join(dir, "in"), w.Tables)
		if err != nil {
			rt.Fatal(err)
		}
		m := parsed(rt, w.Model)
		o := w.Options
		if rapid.Bool().Draw(rt, "a run before") {
			before := o
			before.AsOf -= 24 * 60 * 60
			want := oracle.Run(m, written.Tables, before)
			agrees(rt, want, specOf(m, written, before, filepath.Join(dir, "out")))
			o.Earlier = want.Night
		}
		agrees(rt, oracle.Run(m, written.Tables, o), specOf(m, written, o, filepath.Join(dir, "out")))
	})
}

// The engine agrees with the cases that were computed by hand.
func TestEngineAgreesWithCases(t *testing.T) {
	paths, err := filepath.Glob(casesPattern)
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, err := oracle.LoadCase(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			out := filepath.Join(dir, "out")
			for i, n := range c.Before {
				written, err := oracle.PlainLayout.Write(filepath.Join(dir, strconv.Itoa(i)), n.Tables)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := run(specOf(n.Model, written, n.Options, out)); err != nil {
					t.Fatal(err)
				}
			}
			written, err := oracle.PlainLayout.Write(filepath.Join(dir, "in"), c.Tables)
			if err != nil {
				t.Fatal(err)
			}
			spec := specOf(c.Model, written, c.Options, out)
			summary, err := run(spec)
			if c.Refused {
				if err == nil {
					t.Fatal("published what had to be refused")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := c.CheckPublished(spec.Output, summary.Date, summary.Counts); d != "" {
				t.Errorf("%s\n\n%s", c.Comment, d)
			}
			if d := oracle.Compare(c.Run(written.Tables), spec.Output, summary.Date); d != "" {
				t.Error(d)
			}
		})
	}
}

// casesPattern finds the cases from the folder of this test.
const casesPattern = "../../testdata/cases/*.txtar"

// agrees runs the engine and compares what it published, and counted, with what the oracle says.
func agrees(t *rapid.T, want *oracle.Result, spec pipeline.Spec) {
	summary, err := run(spec)
	if want.Refused != "" {
		if err == nil {
			t.Fatalf("published what had to be refused: %s", want.Refused)
		}
		return
	}
	if err != nil {
		t.Fatalf("the engine failed: %v\n%s", err, spec.Model.Text)
	}
	tables := slices.Clone(spec.Tables)
	if want.Night != nil && len(tables) > 0 {
		tables = append(tables, "_state")
	}
	if d := oracle.Compare(want, spec.Output, summary.Date, tables...); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff(want.Suppressed(), summary.Suppressed, cmpopts.EquateEmpty()); d != "" {
		t.Fatal("suppressed (-want +got)", d)
	}
	for table, problems := range want.Counts {
		for problem, count := range problems {
			if got := summary.Counts[table][problem]; got != count {
				t.Fatalf("%s: %d rows counted as %s, want %d", table, got, problem, count)
			}
		}
	}
}

func parsed(t *rapid.T, text string) *model.Model {
	m, diagnostics := model.Parse("model.yaml", []byte(text))
	for _, d := range diagnostics {
		if d.Severity == diag.Error {
			t.Fatalf("line %d: %s; %s\n%s", d.Position.Line, d.What, d.Why, text)
		}
	}
	return m
}

// specOf makes a job of a world that lies in files.
func specOf(m *model.Model, w oracle.Written, o oracle.Options, out string) pipeline.Spec {
	t := w.Tables
	names := []string{"contact_id"}
	for _, c := range t.Fields {
		names = append(names, c.Name)
	}
	spec := pipeline.Spec{
		Model: m, AsOf: time.Unix(o.AsOf, 0).UTC(), Output: out,
		History: time.Duration(o.History) * time.Second, MQLColumns: o.MQLColumns,
		Contacts: inputOf(w, w.Contacts, names, o.Contacts),
	}
	spec.Contacts.KeepLatest = o.KeepLatest
	for problem := range o.Tolerated {
		spec.Limits = append(spec.Limits, pipeline.Limit{Table: "contacts", Problem: problem, Count: 1 << 40})
	}
	names = []string{"contact_id", "occurred_at", "channel", "action"}
	for _, c := range t.Optional {
		names = append(names, c.Name)
	}
	if t.HasAnswers {
		names = append(names, "answers")
	}
	for _, c := range t.Where {
		names = append(names, c.Name)
	}
	spec.Engagements = inputOf(w, w.Engagements, names, o.Engagements)
	if t.HasLists {
		names = []string{"contact_id", "list"}
		if t.AddedAt != nil {
			names = append(names, "added_at")
		}
		lists := inputOf(w, w.Lists, names, o.Lists)
		spec.Lists = &lists
	}
	return spec
}

func inputOf(w oracle.Written, paths, columns []string, r oracle.Reading) pipeline.Input {
	input := pipeline.Input{Paths: paths, Zone: r.Zone, NullValues: r.NullValues, Values: r.Values, Columns: map[string]pipeline.Source{}}
	for _, name := range columns {
		if theirs := w.Source(name); theirs != name || name == "lists" {
			input.Columns[name] = pipeline.Source{Column: theirs}
		}
	}
	return input
}
