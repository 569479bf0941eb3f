package oracle_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/pipeline"
	"leadscore/pipeline/oracle"
)

// Each run of a backfill is the run that would have been made for its instant: the same bytes, under the same names, with the
// same counts. A backfill that finds some of its dates published goes on with the others.
func TestBackfillIsManyRuns(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := oracle.DrawWorld(rt)
		dir, err := os.MkdirTemp(t.TempDir(), "world")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := parsed(rt, w.Model)
		written, err := oracle.DrawLayout(rt).Write(filepath.Join(dir, "in"), w.Tables)
		if err != nil {
			rt.Fatal(err)
		}
		spec := specOf(m, written, w.Options, filepath.Join(dir, "apart"))
		spec.Threads, spec.Buckets = rapid.IntRange(1, 4).Draw(rt, "threads"), rapid.IntRange(1, 8).Draw(rt, "buckets")
		instants := []time.Time{spec.AsOf}
		for range rapid.IntRange(1, 3).Draw(rt, "more instants") {
			apart := time.Duration(rapid.IntRange(25, 24*60).Draw(rt, "hours")) * time.Hour
			instants = append([]time.Time{instants[0].Add(-apart)}, instants...)
		}
		var want []*pipeline.Summary
		for _, at := range instants {
			one := spec
			one.AsOf = at
			summary, err := run(one)
			if err != nil {
				rt.Skip(err) // a world that has to be refused
			}
			want = append(want, summary)
		}
		spec.Output = filepath.Join(dir, "together")
		done := rapid.IntRange(0, len(instants)).Draw(rt, "dates done before")
		for i, n := range []int{done, len(instants)} {
			var got []*pipeline.Summary
			if n == 0 {
				continue
			}
			err := pipeline.Backfill(context.Background(), spec, instants[:n], pipeline.Unwatched{}, func(s *pipeline.Summary) error {
				got = append(got, s)
				return nil
			})
			if err != nil {
				rt.Fatal(err)
			}
			for j, s := range got {
				if s.RunID != want[j].RunID || s.AlreadyDone != (i == 1 && j < done) {
					rt.Fatalf("%s: run %s, already done: %v; want run %s", s.Date, s.RunID, s.AlreadyDone, want[j].RunID)
				}
				if d := cmp.Diff(want[j].Counts, s.Counts); d != "" {
					rt.Fatalf("%s: other counts:\n%s", s.Date, d)
				}
				sameParts(rt, s.Date, parts(rt, want[j], ""), parts(rt, s, ""))
			}
			if len(got) != n {
				rt.Fatalf("%d runs of %d", len(got), n)
			}
		}
	})
}
