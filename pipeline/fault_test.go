package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

// storeKind is a kind of store, made of the local disk.
type storeKind struct {
	name                                 string
	HideFolders, HideExchange, HideLocks bool
	exchanges                            bool // a table's folder is swapped in one step
}

var storeKinds = []storeKind{
	{name: "exchange", exchanges: true},
	{name: "rename", HideExchange: true},
	{name: "objects", HideFolders: true, HideLocks: true},
}

// changing are the operations that have an effect.
var changing = []string{"Create", "Write", "Finish", "Abort", "Swap", "Copy", "Delete", "MakeFolder", "ExchangeFolders", "MoveFolder", "RemoveFolder", "PruneFolder", "TryLock", "Unlock"}

// tidying are the operations that clear up behind a run: when one of them fails, something may stay until the next run.
var tidying = []string{"Abort", "Delete", "MoveFolder", "RemoveFolder", "PruneFolder", "Unlock"}

func among(names ...string) func(storagetest.Op) bool {
	return func(op storagetest.Op) bool { return slices.Contains(names, op.Name) }
}

func whatever(storagetest.Op) bool { return true }

// faultMode is a way in which an operation can fail, and the operations that can fail so. The effect of what has none need not be told
// from its lack.
type faultMode struct {
	name  string
	fault storagetest.Fault
	meets func(storagetest.Op) bool
	codes []int // that the run may end with; a run that survives has none
}

var faultModes = []faultMode{
	{"error before", storagetest.Before, whatever, []int{75}},
	{"error after", storagetest.After, among(changing...), []int{75}},
	{"timeout before", storagetest.Fault{Kind: storage.ErrUnavailable, Hang: true}, whatever, []int{75}},
	{"timeout after", storagetest.Fault{Kind: storage.ErrUnavailable, Hang: true, Effect: true}, among(changing...), []int{75}},
	{"short read", storagetest.Fault{Short: true}, among("ReadAt"), []int{75}},
	{"wrong bytes", storagetest.Fault{Wrong: true}, among("ReadAt", "Read"), []int{1, 2, 3, 75}},
	{"412 on own retry", storagetest.Refused, among("Finish", "Swap", "Copy"), nil},
	{"no space", storagetest.Fault{Kind: storage.ErrNoSpace}, among("Create", "Write", "Finish", "Swap", "Copy", "MakeFolder", "MoveFolder"), []int{1, 75}},
	{"killed before", storagetest.DieBefore, whatever, nil},
	{"killed after", storagetest.DieAfter, among(changing...), nil},
}

// tally counts trials, and what came of them.
type tally struct {
	sync.Mutex
	operations, trials, violations int
	modes                          map[string]int
	survived                       map[string]int // published in spite of the fault
	unseen                         map[string]int // wrong bytes that nobody could tell, by input
}

func newTally() *tally {
	return &tally{modes: map[string]int{}, survived: map[string]int{}, unseen: map[string]int{}}
}

func (c *tally) log(t *testing.T) {
	t.Logf("%d operations, %d trials, %d violations", c.operations, c.trials, c.violations)
	for _, name := range slices.Sorted(maps.Keys(c.modes)) {
		t.Logf("%6d %s, %d of them published at once", c.modes[name], name, c.survived[name])
	}
	for name, n := range c.unseen {
		t.Logf("wrong bytes of %s were published %d times", name, n)
	}
}

// trial is one run of a scenario in which an operation fails, and what comes after it.
type trial struct {
	*faultWorld
	*template
	kind   *storeKind
	folder string
	mode   faultMode
	op     storagetest.Op
	count  *tally
}

// stacked gives a context in which all stores are the faulty one.
func stacked(ctx context.Context, kind *storeKind, plan func(storagetest.Op) storagetest.Fault) (context.Context, *storagetest.Faulty) {
	f := storagetest.NewFaulty(storage.NewLocal(), plan)
	f.HideFolders, f.HideExchange, f.HideLocks = kind.HideFolders, kind.HideExchange, kind.HideLocks
	return storage.WithDecorator(ctx, func(storage.Store) storage.Store { return f }), f
}

// run makes the trial.
func (t *trial) run(ctx context.Context) error {
	if err := t.copyTo(ctx, t.template, t.folder); err != nil {
		return err
	}
	temp, err := t.temporary()
	if err != nil {
		return err
	}
	failing, cancel := context.WithCancel(ctx)
	defer cancel()
	met := storagetest.Op{}
	failing, f := stacked(failing, t.kind, func(op storagetest.Op) storagetest.Fault {
		if op.Number != t.op.Number || !t.mode.meets(op) { // concurrent operations may change places
			return storagetest.Pass
		}
		met = op
		if t.mode.fault.Hang {
			cancel() // as the scheduler's patience ends
		}
		return t.mode.fault
	})
	outcome := t.execute(failing, t.dates, t.folder, temp)
	t.op = met
	dead := f.Dead()
	f.Exit()
	if err := t.ended(ctx, outcome, dead, temp); err != nil {
		return fmt.Errorf("the run ended with %w\n%w", orNone(outcome), err)
	}
	if err := t.after(ctx, outcome); err != nil {
		return fmt.Errorf("the run ended with %w\n%w", orNone(outcome), err)
	}
	if outcome == nil {
		t.count.Lock()
		t.count.survived[t.mode.name]++
		t.count.Unlock()
	}
	return nil
}

var errNone = errors.New("success")

func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}

// ended holds how the run ended and what it left.
func (t *trial) ended(ctx context.Context, outcome error, dead bool, temp string) error {
	if dead {
		return os.RemoveAll(temp) // the operating system does it: these files have no name
	}
	if err := emptied(temp); err != nil {
		return err
	}
	coded := interface{ ExitCode() int }(nil)
	if outcome != nil && (!errors.As(outcome, &coded) || !slices.Contains(t.mode.codes, coded.ExitCode())) {
		return fmt.Errorf("its exit code is not one of %v", t.mode.codes)
	}
	if outcome == nil || slices.Contains(tidying, t.op.Name) || errors.Is(outcome, publish.ErrUnfinished) || errors.Is(outcome, publish.ErrUnknown) {
		return nil
	}
	left, err := t.names(ctx, t.folder, "_staging/*/*/begun.json", "_staging/**/*.parquet", "**/*.tmp", "**/.*.tmp", "_runs/**/.*.tmp", "_staging/**/.*.tmp", "**/.*.probe")
	if len(left) > 0 {
		return fmt.Errorf("though it lived on it left %q", left)
	}
	return err
}

// after holds what is there after the run, and what those that follow make of it.
func (t *trial) after(ctx context.Context, outcome error) error {
	seen, err := t.look(ctx, t.template, t.folder, t.kind)
	if t.mode.fault.Wrong && slices.Contains(t.inputs, t.op.Path) && err != nil && outcome == nil {
		return t.deceived(ctx)
	}
	if err != nil {
		return err
	}
	if outcome == nil && !maps.Equal(without(seen, publish.Latest), t.final) {
		return fmt.Errorf("it said that all is published, but readers see %v, want %v", seen, t.final)
	}
	calm, f := stacked(ctx, t.kind, nil)
	defer f.Exit()
	if t.op.Number%2 == 0 { // a clean-up comes first
		if err := t.clean(calm, seen); err != nil {
			return err
		}
	}
	if err := t.minutesLater(ctx); err != nil {
		return err
	}
	temp, err := t.temporary()
	if err != nil {
		return err
	}
	if err := t.execute(calm, t.dates, t.folder, temp); err != nil {
		return fmt.Errorf("the next run fails: %w", err)
	}
	if err := emptied(temp); err != nil {
		return err
	}
	if err := t.clean(calm, nil); err != nil {
		return err
	}
	return t.settled(ctx, t.template, t.folder, t.kind)
}

// clean cleans up without any grace, and holds that readers see what they saw.
func (t *trial) clean(ctx context.Context, before map[string]string) error {
	if err := t.minutesLater(ctx); err != nil {
		return err
	}
	if _, err := pipeline.Clean(ctx, t.at+"/"+t.folder, 0, false); err != nil {
		return fmt.Errorf("a clean-up fails: %w", err)
	}
	after, err := t.look(ctx, t.template, t.folder, t.kind)
	if err != nil {
		return fmt.Errorf("after a clean-up %w", err)
	}
	// What was published for LATEST may only now be so.
	if before != nil && !maps.Equal(without(before, publish.Latest), without(after, publish.Latest)) {
		return fmt.Errorf("readers saw %v before a clean-up and see %v after it", before, after)
	}
	return nil
}

// minutesLater lets the leases of dead processes run out.
func (t *trial) minutesLater(ctx context.Context) error {
	leases, err := t.names(ctx, t.folder, "_runs/.*.lock")
	for _, name := range leases {
		err = errors.Join(err, t.store.Delete(ctx, storage.Join(t.root, t.folder, name)))
	}
	return err
}

// deceived is what comes of wrong bytes of an input that nobody could tell: a run that is whole and balances, of other data.
func (t *trial) deceived(ctx context.Context) error {
	t.count.Lock()
	t.count.unseen[t.op.Path[strings.LastIndex(t.op.Path, "/")+1:]]++
	t.count.Unlock()
	for date := range t.final {
		v, err := pipeline.Verify(ctx, t.at+"/"+t.folder, date, pipeline.Unwatched{})
		if err != nil || len(v.Faults) > 0 || v.Ledger != pipeline.LedgerBalances {
			return fmt.Errorf("wrong bytes of an input were published, and verify says %+v (%w)", v, err)
		}
	}
	return nil
}

func without(m map[string]string, key string) map[string]string {
	m = maps.Clone(m)
	delete(m, key)
	return m
}

// operations counts what a scenario does when nothing fails.
func (w *faultWorld) operations(t *testing.T, tp *template, kind *storeKind) []storagetest.Op {
	if err := w.copyTo(t.Context(), tp, "counted "+kind.name+tp.name); err != nil {
		t.Fatal(err)
	}
	ctx, f := stacked(t.Context(), kind, nil)
	if err := w.execute(ctx, tp.dates, "counted "+kind.name+tp.name, w.dir); err != nil {
		t.Fatal(err)
	}
	f.Exit()
	return f.Ops()
}

// shared gives a folder in memory where there is such a place, as these tests wait for the disk thousands of times.
func shared(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "faults-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Every operation of a run fails in turn, in every way: what its process reads of its inputs, of the runs before and of its own parts,
// and what it writes. Whatever happens, readers see the old run or the new one whole, the next run publishes the very bytes of an
// undisturbed one, and a clean-up takes nothing that is live.
func TestEveryOperationOfARunFails(t *testing.T) {
	w := newFaultWorld(t, shared(t))
	stride, threads := 61, 4
	if exhaustive {
		stride, threads = 1, 16 // most of what hangs waits for a clock
	}
	all := newTally()
	for _, s := range faultScenarios {
		tp := w.template(t, t.Context(), s)
		for k := range storeKinds {
			kind := &storeKinds[k]
			t.Run(s.name+"/"+kind.name, func(t *testing.T) {
				count := newTally()
				workers := pool.New().WithMaxGoroutines(threads)
				ops := w.operations(t, tp, kind)
				count.operations = len(ops)
				n := 0
				for _, op := range ops {
					for _, mode := range faultModes {
						if !mode.meets(op) {
							continue
						}
						if n++; n%stride != 0 {
							continue
						}
						one := &trial{w, tp, kind, fmt.Sprintf("%s %s %d %s", s.name, kind.name, op.Number, mode.name), mode, op, count}
						count.trials++
						count.modes[mode.name]++
						workers.Go(func() {
							err := one.run(t.Context())
							if err == nil {
								err = os.RemoveAll(w.root + "/" + one.folder)
							}
							if err != nil {
								count.Lock()
								count.violations++
								count.Unlock()
								t.Errorf("%s at %v (met %v):\n%v", mode.name, op, one.op, err)
							}
						})
					}
				}
				workers.Wait()
				count.log(t)
				all.add(count)
			})
		}
	}
	all.log(t)
}

func (c *tally) add(other *tally) {
	c.operations, c.trials, c.violations = c.operations+other.operations, c.trials+other.trials, c.violations+other.violations
	for _, m := range []struct{ to, from map[string]int }{{c.modes, other.modes}, {c.survived, other.survived}, {c.unseen, other.unseen}} {
		for name, n := range m.from {
			m.to[name] += n
		}
	}
}
