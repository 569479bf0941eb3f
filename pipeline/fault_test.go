package pipeline_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

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
	codes []int // that the run may end with when it does not publish
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

// stacked gives a context in which all stores are the faulty one.
func stacked(ctx context.Context, kind *storeKind, plan func(storagetest.Op) storagetest.Fault) (context.Context, *storagetest.Faulty) {
	f := storagetest.NewFaulty(storage.NewLocal(), plan)
	f.HideFolders, f.HideExchange, f.HideLocks = kind.HideFolders, kind.HideExchange, kind.HideLocks
	return storage.WithDecorator(ctx, func(storage.Store) storage.Store { return f }), f
}

// diskTrial is a trial in which one operation on the local disk fails.
func diskTrial(w *faultWorld, tp *template, kind *storeKind, mode faultMode, number int) *trial {
	t := &trial{faultWorld: w, template: tp, kind: kind, mode: mode.name, codes: mode.codes, wrong: mode.fault.Wrong}
	t.folder = fmt.Sprintf("%s %s %d %s", tp.name, kind.name, number, mode.name)
	t.fail = func(ctx context.Context) (context.Context, func() (storagetest.Op, bool)) {
		ctx, cancel := context.WithCancel(ctx)
		met := storagetest.Op{}
		ctx, f := stacked(ctx, kind, func(op storagetest.Op) storagetest.Fault {
			if op.Number != number || !mode.meets(op) { // concurrent operations may change places
				return storagetest.Pass
			}
			met = op
			return mode.fault
		})
		f.Hangs = cancel // as a scheduler's patience ends
		return ctx, func() (storagetest.Op, bool) {
			cancel()
			dead := f.Dead()
			f.Exit()
			return met, dead
		}
	}
	t.calm = func(ctx context.Context) (context.Context, func()) {
		ctx, f := stacked(ctx, kind, nil)
		return ctx, f.Exit
	}
	return t
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
	stride := 61
	if exhaustive {
		stride = 1
	}
	queues := make([][]*trial, 48) // what hangs waits for a clock
	count, n := newTally(), 0
	for _, s := range faultScenarios {
		tp := w.template(t, t.Context(), s)
		for k := range storeKinds {
			kind := &storeKinds[k]
			ops := w.operations(t, tp, kind)
			count.operations += len(ops)
			for _, op := range ops {
				for _, mode := range faultModes {
					if !mode.meets(op) {
						continue
					}
					if n++; n%stride == 0 {
						i := n / stride % len(queues)
						queues[i] = append(queues[i], diskTrial(w, tp, kind, mode, op.Number))
					}
				}
			}
		}
	}
	battery(t, count, queues)
}
