package publish_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

// neglected is a folder with published runs, one that was superseded, one that died behind its commit point, and one that died before it.
func neglected(t *testing.T, kind int) world {
	w := newWorld(t)
	publishing := func(date, content string, die storagetest.Fault) {
		t.Helper()
		f := storagetest.NewFaulty(storage.NewLocal(), func(op storagetest.Op) storagetest.Fault {
			if op.Name == "Swap" && strings.HasSuffix(op.Path, date+".json") {
				return die
			}
			return storagetest.Pass
		})
		stores[kind].set(f)
		if err := run(t.Context(), f, w.dir, date, content, true); (err == nil) != (die == storagetest.Pass) {
			t.Fatal(err)
		}
		f.Exit()
	}
	publishing(day, "A", storagetest.Pass)
	publishing(day, "B", storagetest.Pass)
	publishing(dayAfter, "C", storagetest.Pass)
	publishing(dayBefore, "A", storagetest.DieAfter)
	publishing("2026-11-20", "A", storagetest.DieBefore)
	return w
}

// Every operation of a clean-up fails in turn, or reads a wrong byte, or its process dies there: what is published stays whole, and the next clean-up
// finishes.
func TestCleanFails(t *testing.T) {
	published := map[string]string{dayBefore: "A", day: "B", dayAfter: "C", publish.Latest: "C"}
	trial := func(t *testing.T, template world, kind int, plan func(storagetest.Op) storagetest.Fault) (operations []storagetest.Op) {
		t.Helper()
		w := newWorld(t)
		if err := os.CopyFS(w.dir, os.DirFS(template.dir)); err != nil {
			t.Fatal(err)
		}
		f := storagetest.NewFaulty(storage.NewLocal(), plan)
		stores[kind].set(f)
		_, faulty := publish.Clean(t.Context(), f, w.dir, 0, false)
		operations = f.Ops()
		f.Exit()
		for date, content := range published {
			if got, err := readWhole(storage.NewLocal(), w.dir, date); err != nil || got != content {
				t.Fatalf("the clean-up ended with %v; a reader of %s sees %q, %v", faulty, date, got, err)
			}
		}
		f = storagetest.NewFaulty(storage.NewLocal(), nil)
		stores[kind].set(f)
		if _, err := publish.Clean(t.Context(), f, w.dir, 0, false); err != nil {
			t.Fatal(err)
		}
		for date, content := range published {
			if date != publish.Latest {
				w.settled(t, date, content)
			}
		}
		w.tidyUp(t, stores[kind].name != "objects")
		return operations
	}
	stride := 4
	if exhaustive {
		stride = 1
	}
	for kind := range stores {
		t.Run(stores[kind].name, func(t *testing.T) {
			template, trials := neglected(t, kind), 0
			for i, target := range trial(t, template, kind, nil) {
				for name, fault := range map[string]storagetest.Fault{
					"before": storagetest.Before, "after": storagetest.After, "die before": storagetest.DieBefore, "die after": storagetest.DieAfter, "wrong": {Wrong: true},
				} {
					if name == "wrong" && target.Name != "Read" || (i+len(name))%stride != 0 {
						continue
					}
					t.Run(fmt.Sprintf("%s %d %s", name, target.Number, target.Name), func(t *testing.T) {
						trial(t, template, kind, func(op storagetest.Op) storagetest.Fault {
							if op.Number != target.Number {
								return storagetest.Pass
							}
							return fault
						})
					})
					trials++
				}
			}
			t.Logf("%d trials", trials)
		})
	}
}

// Runs of one date, and clean-ups without any grace, all at once: each run publishes or finds the date held, and nothing that
// is published is ever removed.
func TestCleanBesideRuns(t *testing.T) {
	onEachKind(t, func(t *testing.T, store storage.Store, w world) {
		if err := run(t.Context(), store, w.dir, day, "A", false); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		all := pool.New().WithErrors()
		all.Go(func() error {
			for {
				select {
				case <-done:
					return nil
				default:
				}
				if _, err := publish.Clean(t.Context(), store, w.dir, 0, false); err != nil {
					return fmt.Errorf("clean-up: %w", err)
				}
			}
		})
		all.Go(func() error {
			defer close(done)
			for i := range 20 {
				err := run(t.Context(), store, w.dir, day, []string{"B", "C", "A"}[i%3], true)
				if err != nil && !errors.Is(err, publish.ErrBusy) {
					return fmt.Errorf("run %d: %w", i, err)
				}
				p, err := publish.Open(t.Context(), store, w.dir, day)
				if err != nil {
					return fmt.Errorf("after run %d: %w", i, err)
				}
				for _, output := range p.Manifest.Outputs { // nobody else publishes
					if err := p.Verify(t.Context(), output); err != nil {
						return fmt.Errorf("after run %d: %w", i, err)
					}
				}
			}
			return nil
		})
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever byte of a pointer is read wrong, a clean-up takes nothing that is live.
func TestCleanReadsWrongPointers(t *testing.T) {
	w := newWorld(t)
	w.publish(t, day, "A", false)
	path := filepath.Join(w.dir, "_runs", day+".json")
	pointer, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range pointer {
		wrong := bytes.Clone(pointer)
		wrong[i] ^= 1
		if err := os.WriteFile(path, wrong, 0o666); err != nil {
			t.Fatal(err)
		}
		_, _ = publish.Clean(t.Context(), storage.NewLocal(), w.dir, 0, false) // an error is as good
		if err := os.WriteFile(path, pointer, 0o666); err != nil {
			t.Fatal(err)
		}
		if content, err := readWhole(storage.NewLocal(), w.dir, day); err != nil || content != "A" {
			t.Fatalf("byte %d of the pointer was read wrong (%q): a reader sees %q, %v", i, wrong, content, err)
		}
	}
	w.settled(t, day, "A")
}
