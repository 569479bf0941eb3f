package pipeline_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"leadscore/pipeline"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
	"leadscore/pipeline/storage/storagetest/servers"
)

// A path of dt=previous reads the newest date before the run's, wherever it lies, and nothing where there is none.
func TestPreviousDateOfAnInput(t *testing.T) {
	gcs := servers.StartGCS(t)
	for name, at := range map[string]string{"disk": filepath.Join(t.TempDir(), "lake"), "gcs": gcs.Bucket() + "/lake"} {
		t.Run(name, func(t *testing.T) {
			b := newBase(t)
			spec := b.write(t)
			store, root, err := storage.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			put := func(folder string, contact string) {
				file := writeFile(t, filepath.Join(t.TempDir(), "members.parquet"), 10, texts("contact_id", contact), texts("list", "Partners"))
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				storagetest.Put(t, store, storage.Join(root, folder, "part-0.parquet"), data)
			}
			spec.Lists.Paths = []string{at + "/members/dt=previous/*.parquet"}
			partners := func(date string) []string {
				t.Helper()
				spec.AsOf = day(date)
				spec.Output = filepath.Join(b.dir, "out "+date)
				summary := run(t, spec)
				if len(summary.Notes) > 0 && !strings.Contains(summary.Notes[0], "no date before "+date) {
					t.Errorf("%q", summary.Notes)
				}
				return slices.DeleteFunc(pick(t, spec.Output, "breakdown", "rule", "contact_id"), func(row string) bool { return !strings.HasPrefix(row, "Partner ") })
			}
			put("members/dt=2026-11-01", "dan")
			put("members/dt=2026-11-01x", "bob")
			put("members/dt=2026-11-03", "ann")
			put("members/_dt=2026-11-04", "cyd")
			for date, want := range map[string][]string{
				"2026-11-01": nil, "2026-11-02": {"Partner dan"}, "2026-11-03": {"Partner dan"}, "2026-11-04": {"Partner ann"}, "2026-12-24": {"Partner ann"},
			} {
				if got := partners(date); len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
					t.Errorf("%s: %v, want %v", date, got, want)
				}
			}

			// A backfill reads each date's own.
			backfill := spec
			backfill.Output = filepath.Join(b.dir, "all")
			err = pipeline.Backfill(context.Background(), backfill, []time.Time{day("2026-11-01"), day("2026-11-02"), day("2026-11-04")}, pipeline.Unwatched{}, func(*pipeline.Summary) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			rows := slices.DeleteFunc(pick(t, backfill.Output, "breakdown", "rule", "contact_id", "as_of"), func(row string) bool { return !strings.HasPrefix(row, "Partner ") })
			slices.Sort(rows)
			if len(rows) != 2 || !strings.HasPrefix(rows[0], "Partner ann 2026-11-04") || !strings.HasPrefix(rows[1], "Partner dan 2026-11-02") {
				t.Errorf("a backfill gives %q", rows)
			}

			outlook, err := pipeline.Foresee(t.Context(), spec)
			if err != nil || outlook.Inputs[2].Previous == "" && outlook.Inputs[2].Files > 0 {
				t.Errorf("%+v, %v", outlook, err)
			}
			spec.Output = filepath.Join(b.dir, "none")
			spec.Lists.Paths = []string{at + "/dt=previous/dt=previous/*.parquet"}
			fails(t, spec, 2, "twice")
			spec.Lists = nil
			spec.Engagements.Paths = []string{at + "/events/dt=previous/*.parquet"}
			fails(t, spec, 2, "engagements", "no date before")
		})
	}
}

// A backfill whose dates read inputs of their own says nothing of a date that it comes to itself.
func TestReplacedDatesOfTheirOwn(t *testing.T) {
	b := newBase(t)
	spec := b.write(t)
	spec.Lists.Paths = []string{filepath.Join(b.dir, "members", "dt=previous", "*.parquet")}
	notes := func() (all []string) {
		t.Helper()
		instants := []time.Time{day("2026-11-01"), day("2026-11-02"), day("2026-11-03")}
		err := pipeline.Backfill(t.Context(), spec, instants, pipeline.Unwatched{}, func(s *pipeline.Summary) error {
			for _, note := range s.Notes {
				if strings.Contains(note, "compared") {
					all = append(all, note)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	notes()
	spec.History, spec.Replace = 30*24*time.Hour, true // another job
	if all := notes(); len(all) > 0 {
		t.Errorf("%q", all)
	}
}
