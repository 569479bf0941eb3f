package publish_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

// beginAndStage begins a run and leaves it with one finished part and one that is being written.
func beginAndStage(t *testing.T, store storage.Store, out, date string) *publish.Publication {
	t.Helper()
	p, err := publish.Begin(context.Background(), store, out, date, key("A"), true)
	if err != nil {
		t.Fatal(err)
	}
	for number, finish := range []bool{true, false} {
		part, err := p.Create(context.Background(), "scores", number)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		if finish {
			if err := part.Finish(1); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

// age makes everything in staging look old.
func (w world) age(t *testing.T, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	for _, file := range w.files(t) {
		if strings.HasPrefix(file, "_staging/") {
			if err := os.Chtimes(filepath.Join(w.dir, file), then, then); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (w world) staged(t *testing.T) int {
	t.Helper()
	n := 0
	for _, file := range w.files(t) {
		if strings.HasPrefix(file, "_staging/") {
			n++
		}
	}
	return n
}

// The next run, of whatever date, removes what a dead one left, and nothing of one that lives. A lease that is free does
// not prove a death, so there it waits for the grace period.
func TestStagingOfDeadRuns(t *testing.T) {
	for _, test := range []struct{ dead, leases, goesYoung, goesOld bool }{
		{dead: false, leases: false},
		{dead: true, leases: false, goesYoung: true, goesOld: true},
		{dead: true, leases: true, goesYoung: false, goesOld: true},
	} {
		w := newWorld(t)
		f := storagetest.NewFaulty(storage.NewLocal(), nil)
		p := beginAndStage(t, f, w.dir, day)
		if test.dead {
			f.Exit()
		}
		before := w.staged(t)
		next := func(date, content string, goes bool) {
			t.Helper()
			store := storagetest.NewFaulty(storage.NewLocal(), nil)
			store.HideLocks = test.leases
			if err := run(t.Context(), store, w.dir, date, content, false); err != nil {
				t.Fatal(err)
			}
			want := before
			if goes {
				want = 0
			}
			if got := w.staged(t); got != want {
				t.Errorf("%+v: staging went from %d to %d files, want %d", test, before, got, want)
			}
		}
		next(dayAfter, "B", test.goesYoung)
		w.age(t, publish.DefaultGrace+time.Hour)
		next(dayBefore, "C", test.goesOld)
		if !test.dead {
			if err := p.Abort(); err != nil {
				t.Error(err)
			}
		}
		if !test.leases { // which leave their small objects
			w.tidy(t)
		}
	}
}

// The next Begin of the same date removes at once what a killed run left, wherever it was killed, also when there is nothing
// else to do for it. The parts of a run that was published stay for their grace period.
func TestKilledRunIsClearedByTheNextOfItsDate(t *testing.T) {
	for _, killed := range []struct {
		name string
		at   func(storagetest.Op) bool
		how  storagetest.Fault
	}{
		{"while it wrote a part", func(op storagetest.Op) bool {
			return op.Name == "Write" && strings.Contains(op.Path, "/scores/part-00001")
		}, storagetest.DieAfter},
		{"while it tried the places", func(op storagetest.Op) bool {
			return op.Name == "MoveFolder" && strings.Contains(op.Path, "/scores/dt=")
		}, storagetest.DieAfter},
		{"before its commit point", func(op storagetest.Op) bool { return op.Name == "Swap" }, storagetest.DieBefore},
	} {
		for _, next := range []struct {
			content string
			replace bool
			want    error
			stands  string
		}{
			{"C", true, nil, "C"},
			{"B", true, publish.ErrAlreadyDone, "B"},
			{"C", false, publish.ErrDatePublished, "B"},
		} {
			t.Run(killed.name+"/"+next.content, func(t *testing.T) {
				w := newWorld(t)
				w.publish(t, day, "A", false)
				w.publish(t, day, "B", true)
				old, err := filepath.Glob(filepath.Join(w.dir, "_staging", day, publish.RunID(key("A"))+"-*", "*", "*.parquet"))
				if err != nil || len(old) != 4 {
					t.Fatalf("superseded parts are %q, %v", old, err)
				}
				// A process that is killed while it tries the places may leave the folder of a new table, empty.
				files := func() []string {
					return slices.DeleteFunc(w.files(t), func(file string) bool { return file == "mql/" })
				}
				before := files()
				f := storagetest.NewFaulty(storage.NewLocal(), func(op storagetest.Op) storagetest.Fault {
					if killed.at(op) {
						return killed.how
					}
					return storagetest.Pass
				})
				if err := run(t.Context(), f, w.dir, day, "C", true); err == nil || !f.Dead() {
					t.Fatalf("the run was not killed: %v", err)
				}
				left := func() int { return strings.Count(strings.Join(w.files(t), "\n"), publish.RunID(key("C"))) }
				if left() == 0 {
					t.Fatal("the killed run left nothing")
				}
				if err := run(t.Context(), storage.NewLocal(), w.dir, day, next.content, next.replace); !errors.Is(err, next.want) {
					t.Fatal(err)
				}
				w.settled(t, day, next.stands)
				if next.want != nil {
					if diff := cmp.Diff(before, files()); diff != "" {
						t.Errorf("-before +after:\n%s", diff)
					}
				}
				for _, part := range old {
					if _, err := os.Stat(part); err != nil {
						t.Errorf("a superseded part is gone: %v", err)
					}
				}
				w.tidy(t)
			})
		}
	}
}

// A run that died after its commit is finished by the next one of another date, long before any grace period ends.
func TestUnsettledRunIsFinishedByAnotherDate(t *testing.T) {
	w := newWorld(t)
	w.publish(t, dayBefore, "A", false)
	swaps := 0
	f := storagetest.NewFaulty(storage.NewLocal(), func(op storagetest.Op) storagetest.Fault {
		if op.Name == "Swap" {
			swaps++
			return storagetest.DieAfter // the first is the commit
		}
		return storagetest.Pass
	})
	if err := run(context.Background(), f, w.dir, day, "B", false); err == nil || swaps != 1 {
		t.Fatal(err, swaps)
	}
	if got, err := readWhole(storage.NewLocal(), w.dir, day); err != nil || got != "B" {
		t.Fatalf("reader of manifests sees %q, %v", got, err)
	}
	if got := w.globbed(t, "scores", day); got != "" {
		t.Fatalf("the swap was not cut short: %s", got)
	}
	w.publish(t, "2026-11-01", "C", false)
	w.settled(t, day, "B")
	w.settled(t, dayBefore, "A")
	if got := w.latest(t); got != day+" B" {
		t.Errorf("LATEST is %s", got)
	}
	w.tidy(t)
}
