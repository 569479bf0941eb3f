package publish_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

// stores are the kinds of stores that a publication meets.
var stores = []struct {
	name   string
	set    func(*storagetest.Faulty)
	atomic bool // a table's folder is swapped in one step
}{
	{"exchange", func(*storagetest.Faulty) {}, true},
	{"rename", func(f *storagetest.Faulty) { f.HideExchange = true }, false},
	{"objects", func(f *storagetest.Faulty) { f.HideFolders = true }, false},
}

var scenarios = []struct {
	name         string
	before       map[string]string // date → content published
	date         string
	content      string
	latestBefore string
	latestAfter  string
}{
	{"first", nil, day, "A", "", day},
	{"next day", map[string]string{dayBefore: "B"}, day, "A", dayBefore, day},
	{"replace", map[string]string{day: "A"}, day, "B", day, day},
	{"backfill", map[string]string{dayAfter: "C", day: "A"}, day, "B", dayAfter, dayAfter},
}

// trial runs one scenario with a plan of faults and checks what readers see: after the faulty run, after another run
// without faults, and after a repair.
func trial(t *testing.T, template world, store int, scenario int, plan func(storagetest.Op) storagetest.Fault, again func(storagetest.Op) storagetest.Fault) {
	t.Helper()
	s := scenarios[scenario]
	w := newWorld(t)
	if err := os.CopyFS(w.dir, os.DirFS(template.dir)); err != nil {
		t.Fatal(err)
	}
	old := s.before[s.date]

	for _, plan := range []func(storagetest.Op) storagetest.Fault{plan, again} {
		if plan == nil {
			continue
		}
		f := storagetest.NewFaulty(storage.NewLocal(), plan)
		stores[store].set(f)
		runErr := run(context.Background(), f, w.dir, s.date, s.content, true)
		f.Exit()

		seen, err := readWhole(storage.NewLocal(), w.dir, s.date)
		if err != nil {
			t.Fatalf("run: %v\nreader of manifests sees %q: %v\n%s", runErr, seen, err, strings.Join(w.files(t), "\n"))
		}
		if seen != old && seen != s.content {
			t.Fatalf("run: %v\nreader of manifests sees %q", runErr, seen)
		}
		published := runErr == nil || errors.Is(runErr, publish.ErrUnfinished) || errors.Is(runErr, publish.ErrAlreadyDone)
		if published && seen != s.content {
			t.Fatalf("run said it published (%v); reader sees %q", runErr, seen)
		}
		if runErr == nil {
			w.settled(t, s.date, s.content)
		}
		latest, err := readWhole(storage.NewLocal(), w.dir, publish.Latest)
		if err != nil {
			t.Fatalf("run: %v\nreader of LATEST sees %q: %v", runErr, latest, err)
		}
		if p, err := publish.Open(context.Background(), storage.NewLocal(), w.dir, publish.Latest); err == nil && p.Pointer.Date != s.latestBefore && p.Pointer.Date != s.latestAfter {
			t.Fatalf("run: %v\nLATEST is %s", runErr, p.Pointer.Date)
		}
		for _, table := range []string{"scores", "mql", "breakdown", "_state"} {
			switch got := w.globbed(t, table, s.date); got {
			case "", "A", "B", "C":
				if stores[store].atomic && table == "scores" && old != "" && got != old && got != s.content {
					t.Fatalf("run: %v\nreader of globs sees %q of %s", runErr, got, table)
				}
			default:
				if store != 2 { // object stores have their moment
					t.Fatalf("run: %v\nreader of globs sees %s of %s", runErr, got, table)
				}
			}
		}
	}

	f := storagetest.NewFaulty(storage.NewLocal(), nil)
	stores[store].set(f)
	if err := run(context.Background(), f, w.dir, s.date, s.content, true); err != nil && !errors.Is(err, publish.ErrAlreadyDone) {
		t.Fatalf("run again: %v", err)
	}
	w.settled(t, s.date, s.content)
	for date, content := range s.before {
		if date != s.date {
			w.settled(t, date, content)
		}
	}
	if p, err := publish.Open(context.Background(), storage.NewLocal(), w.dir, publish.Latest); err != nil || p.Pointer.Date != s.latestAfter || p.Pointer.Date == s.date && p.Manifest.Model.Name != s.content {
		t.Fatalf("LATEST is %+v, %v", p, err)
	}
	w.tidyUp(t, stores[store].name != "objects") // which have no folders to be removed
	w.settled(t, s.date, s.content)
	if err := os.RemoveAll(filepath.Dir(w.dir)); err != nil {
		t.Fatal(err)
	}
}

// worldOf publishes what a scenario begins with.
func worldOf(t *testing.T, scenario int) world {
	w := newWorld(t)
	if err := os.MkdirAll(w.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for date, content := range scenarios[scenario].before {
		w.publish(t, date, content, false)
	}
	return w
}

var faults = map[string]storagetest.Fault{
	"before": storagetest.Before, "after": storagetest.After, "refused": storagetest.Refused,
	"die before": storagetest.DieBefore, "die after": storagetest.DieAfter,
	"no space":      {Kind: storage.ErrNoSpace},
	"no permission": {Kind: storage.ErrPermission},
	"short":         {Short: true},
	"wrong":         {Wrong: true},
}

// operations gives what a scenario does when nothing fails.
func operations(t *testing.T, template world, store, scenario int) []storagetest.Op {
	var ops []storagetest.Op
	trial(t, template, store, scenario, func(op storagetest.Op) storagetest.Fault {
		ops = append(ops, op)
		return storagetest.Pass
	}, nil)
	return ops
}

// conditional tells whether an operation can be refused since it took effect before: one's own repeated request.
func conditional(op storagetest.Op) bool {
	return op.Name == "Finish" || op.Name == "Swap" || op.Name == "Copy"
}

// exhaustive is set by LEADSCORE_EXHAUSTIVE=1: each operation fails in each way, which takes a minute; else in some of
// the ways, and which ones differs from operation to operation.
var exhaustive = os.Getenv("LEADSCORE_EXHAUSTIVE") != ""

// Every operation of a publish fails in turn, in each way.
func TestEveryOperationFails(t *testing.T) {
	stride := 5
	if exhaustive {
		stride = 1
	}
	for store := range stores {
		for scenario := range scenarios {
			t.Run(stores[store].name+"/"+scenarios[scenario].name, func(t *testing.T) {
				t.Parallel()
				template := worldOf(t, scenario)
				trials := 0
				for i, target := range operations(t, template, store, scenario) {
					for name, fault := range faults {
						if name == "refused" && !conditional(target) || (name == "short" || name == "wrong") && target.Name != "ReadAt" || (i+len(name))%stride != 0 {
							continue
						}
						t.Run(fmt.Sprintf("%s %d %s", name, target.Number, target.Name), func(t *testing.T) {
							trial(t, template, store, scenario, func(op storagetest.Op) storagetest.Fault {
								if op.Number != target.Number {
									return storagetest.Pass
								}
								return fault
							}, nil)
						})
						trials++
					}
				}
				t.Logf("%d trials", trials)
			})
		}
	}
}

// A storm: any operation may fail in any way, in the run and in the next one too.
func TestStorm(t *testing.T) {
	rounds := 250
	if exhaustive {
		rounds = 5000
	}
	kinds := []storagetest.Fault{storagetest.Before, storagetest.After, storagetest.Refused, storagetest.DieBefore, storagetest.DieAfter, {Kind: storage.ErrOther, Effect: true}}
	templates := make([]world, len(scenarios))
	for i := range scenarios {
		templates[i] = worldOf(t, i)
	}
	for seed := range rounds {
		random := rand.New(rand.NewPCG(uint64(seed), 0))
		storm := func(op storagetest.Op) storagetest.Fault {
			if random.IntN(20) > 0 {
				return storagetest.Pass
			}
			fault := kinds[random.IntN(len(kinds))]
			if fault == storagetest.Refused && !conditional(op) {
				return storagetest.After
			}
			return fault
		}
		trial(t, templates[seed%len(scenarios)], seed%len(stores), seed%len(scenarios), storm, storm)
		if t.Failed() {
			t.Fatal(fmt.Sprint("seed ", seed))
		}
	}
}

// What stands already may be one's own repeated request. Where that cannot be read back, it is the store that is to be tried again, and
// not a name that is taken.
func TestReadBackFails(t *testing.T) {
	w := newWorld(t)
	refused := ""
	f := storagetest.NewFaulty(storage.NewLocal(), func(op storagetest.Op) storagetest.Fault {
		switch {
		case op.Name == "Finish" && strings.HasPrefix(filepath.Base(op.Path), publish.RunID(key("A"))):
			refused = op.Path
			return storagetest.Refused
		case op.Name == "Read" && op.Path == refused:
			return storagetest.Before
		}
		return storagetest.Pass
	})
	err := run(t.Context(), f, w.dir, day, "A", false)
	if refused == "" || !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("the manifest %q: %v", refused, err)
	}
}
