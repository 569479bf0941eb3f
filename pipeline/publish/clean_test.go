package publish_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// The next run, of whatever date, removes what a dead one left, once it is old, and nothing of one that lives.
func TestStagingOfDeadRuns(t *testing.T) {
	for _, dead := range []bool{false, true} {
		w := newWorld(t)
		f := storagetest.NewFaulty(storage.NewLocal(), nil)
		p := beginAndStage(t, f, w.dir, day)
		if dead {
			f.Exit()
		}
		before := w.staged(t)
		w.publish(t, dayAfter, "B", false)
		if got := w.staged(t); got != before {
			t.Errorf("dead: %v; young staging went from %d to %d files", dead, before, got)
		}
		w.age(t, publish.DefaultGrace+time.Hour)
		w.publish(t, dayBefore, "C", false)
		want := before
		if dead {
			want = 0
		}
		if got := w.staged(t); got != want {
			t.Errorf("dead: %v; old staging went from %d to %d files, want %d", dead, before, got, want)
		}
		if !dead {
			if err := p.Abort(); err != nil {
				t.Error(err)
			}
		}
		w.tidy(t)
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
