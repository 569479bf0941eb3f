package publish_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

// lockless is a store whose locks hold nobody off, as a lease does not that ran out while its process slept: the
// pointer alone has to decide.
type lockless struct{ storage.Local }

type noLock struct{}

func (lockless) TryLock(context.Context, string, string) (storage.Lock, error) { return noLock{}, nil }
func (noLock) Valid() bool                                                     { return true }
func (noLock) EndsWithProcess() bool                                           { return false }
func (noLock) Unlock() error                                                   { return nil }

// Of many that publish one date, all begun before any commits, exactly one succeeds.
func TestCommitRace(t *testing.T) {
	for _, first := range []string{"", "A"} {
		for round := range 4 {
			w := newWorld(t)
			if first != "" {
				w.publish(t, day, first, false)
			}
			var won atomic.Int64
			var winner atomic.Value
			begun := make(chan struct{}, 8)
			start := make(chan struct{})
			all := pool.New().WithErrors()
			for i := range 8 {
				content := []string{"B", "C"}[i%2]
				all.Go(func() error {
					p, err := publish.Begin(t.Context(), lockless{}, w.dir, day, key(content), true)
					begun <- struct{}{}
					if err != nil {
						return err
					}
					for name, data := range partsOf(content) {
						table, number := splitName(name)
						part, err := p.CreateAs(t.Context(), table, int(number[0]-'0'), formatOf(table, content))
						if err != nil {
							return err
						}
						if _, err := part.Write(data); err != nil {
							return err
						}
						if err := part.Finish(int64(len(data))); err != nil {
							return err
						}
					}
					<-start
					err = p.Commit(t.Context(), publish.Manifest{Model: publish.Model{Name: content}})
					switch {
					case err == nil:
						won.Add(1)
						winner.Store(content)
					case errors.Is(err, publish.ErrSuperseded), errors.Is(err, publish.ErrAlreadyDone):
					default:
						return fmt.Errorf("%s: %w", content, err)
					}
					return p.Abort()
				})
			}
			for range 8 {
				<-begun
			}
			close(start)
			if err := all.Wait(); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			if won.Load() != 1 {
				t.Fatalf("round %d: %d published", round, won.Load())
			}
			w.settled(t, day, winner.Load().(string))
			w.tidy(t)
		}
	}
}

// A run that takes the last parts out of a table's folder cannot remove the folder while the probe of another is in it, or is on
// its way there. The other one removes it, so nobody is left with an empty folder.
func TestProbeInEmptiedFolder(t *testing.T) {
	for _, test := range []struct {
		name  string
		date  string // whose run has the table, and is replaced by one that does not
		store storage.Store
	}{
		{"another date", dayBefore, storage.NewLocal()},
		{"the same date", day, lockless{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.publish(t, test.date, "A", false)
			inside, emptied := false, false
			store := storagetest.NewFaulty(test.store, func(op storagetest.Op) storagetest.Fault {
				if op.Name == "MoveFolder" && inside && !emptied {
					emptied = true
					if err := run(t.Context(), test.store, w.dir, test.date, "C", true); err != nil {
						t.Error(err)
					}
				}
				inside = inside || op.Name == "MoveFolder" && strings.HasSuffix(filepath.ToSlash(filepath.Dir(op.Path)), "extracts/hot_leads")
				return storagetest.Pass
			})
			p, err := publish.Begin(t.Context(), store, w.dir, day, key("B"), true)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Ready(t.Context(), "extracts/hot_leads", "scores"); err != nil {
				t.Error(err)
			}
			if err := p.Abort(); err != nil {
				t.Error(err)
			}
			if !emptied {
				t.Fatal("the probe was not in the folder")
			}
			w.settled(t, test.date, "C")
			w.tidy(t)
		})
	}
}

// While a date is published over and over, a reader of manifests sees whole runs at every moment. A reader of globs sees whole
// tables where folders can be exchanged, and elsewhere whole or incomplete ones, never parts of two runs.
func TestReadersDuringSwaps(t *testing.T) {
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			w := newWorld(t)
			w.publish(t, day, "A", false)
			done := make(chan struct{})
			readers := pool.New().WithErrors()
			var reads atomic.Int64
			for range 2 {
				readers.Go(func() error {
					for {
						select {
						case <-done:
							return nil
						default:
						}
						for _, date := range []string{day, publish.Latest} {
							if content, err := readWhole(storage.NewLocal(), w.dir, date); err != nil || content == "" {
								return fmt.Errorf("reader of %s saw %q: %w", date, content, err)
							}
						}
						reads.Add(1)
						entries, err := os.ReadDir(filepath.Join(w.dir, "scores", "dt="+day))
						entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.Name()[0] == '.' })
						if store.atomic && (err != nil || len(entries) != 2) {
							return fmt.Errorf("reader of globs saw %v, %w", entries, err)
						}
						if len(entries) > 2 || len(entries) == 2 && entries[0].Name()[10:] != entries[1].Name()[10:] {
							return fmt.Errorf("reader of globs saw a mixture: %v", entries)
						}
					}
				})
			}
			for i := range 15 {
				f := storagetest.NewFaulty(storage.NewLocal(), nil)
				store.set(f)
				if err := run(t.Context(), f, w.dir, day, []string{"B", "C", "A"}[i%3], true); err != nil {
					t.Error(err)
				}
			}
			close(done)
			if err := readers.Wait(); err != nil {
				t.Error(err)
			}
			t.Logf("%d whole reads", reads.Load())
		})
	}
}

// An open part can be read to its end although its run is superseded and the part moved meanwhile.
func TestOpenPartIsFollowed(t *testing.T) {
	w := newWorld(t)
	w.publish(t, day, "A", false)
	p, err := publish.Open(t.Context(), storage.NewLocal(), w.dir, day)
	if err != nil {
		t.Fatal(err)
	}
	output := p.Parts("scores")[0]
	r, err := p.OpenPart(t.Context(), output)
	if err != nil {
		t.Fatal(err)
	}
	half := make([]byte, output.Bytes/2)
	if _, err := r.ReadAt(half, 0); err != nil {
		t.Fatal(err)
	}
	w.publish(t, day, "B", true)
	got := make([]byte, output.Bytes)
	if n, err := r.ReadAt(got, 0); int64(n) != output.Bytes || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if string(got) != string(partsOf("A")["scores/0"]) {
		t.Error("other bytes")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// childFolder makes this test binary publish there, over and over, until it is killed.
const childFolder = "LEADSCORE_PUBLISH_UNTIL_KILLED"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		publishUntilKilled(dir)
	}
	os.Exit(m.Run())
}

func publishUntilKilled(dir string) {
	fmt.Println("ready")
	for {
		content := []string{"A", "B", "C"}[rand.IntN(3)]
		date := []string{dayBefore, day}[rand.IntN(2)]
		err := run(context.Background(), storage.NewLocal(), dir, date, content, true)
		switch {
		case err == nil, errors.Is(err, publish.ErrAlreadyDone), errors.Is(err, publish.ErrBusy):
		default:
			fmt.Println("FAILED", err)
			os.Exit(1)
		}
	}
}

// Real processes that publish to one folder are killed at random times. Readers see whole runs after each, and the
// next run succeeds at once, as no lock outlives its process.
func TestKilled(t *testing.T) {
	w := newWorld(t)
	rounds := 12
	if exhaustive {
		rounds = 400
	}
	dates := []string{dayBefore, day, publish.Latest}
	for round := range rounds {
		var children []*exec.Cmd
		var outputs []*strings.Builder
		for range 2 {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), childFolder+"="+w.dir)
			said := &strings.Builder{}
			child.Stdout, child.Stderr = said, said
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			children, outputs = append(children, child), append(outputs, said)
		}
		time.Sleep(time.Duration(20+rand.IntN(80)) * time.Millisecond)
		for _, child := range children {
			if err := child.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
		for i, child := range children {
			if err := child.Wait(); err == nil || strings.Contains(outputs[i].String(), "FAILED") {
				t.Fatalf("round %d: child ended by itself (%v): %s", round, err, outputs[i])
			}
		}
		for _, date := range dates {
			if content, err := readWhole(storage.NewLocal(), w.dir, date); err != nil {
				t.Fatalf("round %d: reader of %s sees %q: %v\n%s", round, date, content, err, strings.Join(w.files(t), "\n"))
			}
		}
		content := []string{"A", "B", "C"}[round%3]
		w.publish(t, day, content, true)
		w.settled(t, day, content)
		if got := w.latest(t); got != day+" "+content {
			t.Fatalf("round %d: LATEST is %s", round, got)
		}
	}
	if _, err := publish.Clean(t.Context(), storage.NewLocal(), w.dir, 0, false); err != nil {
		t.Fatal(err)
	}
	// All that killed processes may leave: the lock and temporary file of a pointer, which the next to use it replaces.
	for _, file := range w.files(t) {
		if strings.Contains(file, "_staging") || strings.Contains(file, ".probe") || strings.HasSuffix(file, ".tmp") && !strings.HasSuffix(file, ".json.tmp") {
			t.Errorf("left behind: %s", file)
		}
	}
	if !slices.Contains(w.files(t), "LATEST.json") {
		t.Error("there is no LATEST.json")
	}
}
