package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/conc"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

// tally counts trials, and what came of them.
type tally struct {
	sync.Mutex
	operations, trials, violations int
	modes, places                  map[string]int // trials
	survived                       map[string]int // published in spite of the fault
	unseen                         map[string]int // wrong bytes that nobody could tell, by input
}

func newTally() *tally {
	return &tally{modes: map[string]int{}, places: map[string]int{}, survived: map[string]int{}, unseen: map[string]int{}}
}

func (c *tally) log(t *testing.T) {
	t.Logf("%d operations, %d trials, %d violations", c.operations, c.trials, c.violations)
	for _, name := range slices.Sorted(maps.Keys(c.modes)) {
		t.Logf("%6d %s, %d of them published at once", c.modes[name], name, c.survived[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.places)) {
		t.Logf("%6d %s", c.places[name], name)
	}
	for name, n := range c.unseen {
		t.Logf("wrong bytes of %s were published %d times", name, n)
	}
}

// trial is one run of a scenario in which something fails, and what comes after it.
type trial struct {
	*faultWorld
	*template
	kind   *storeKind
	folder string
	mode   string
	codes  []int // that a run may end with that does not publish
	wrong  bool  // bytes were changed
	count  *tally

	// fail gives the context in which the run fails; end stops that, and tells what failed and whether the process died of it.
	fail func(context.Context) (failing context.Context, end func() (met storagetest.Op, dead bool))
	// calm gives the context of what comes after.
	calm func(context.Context) (calm context.Context, end func())

	met  storagetest.Op
	gone bool          // the store, so that nobody could tidy up
	slow time.Duration // it took longer than it may; 0: it did not
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
	failing, end := t.fail(ctx)
	outcome := t.execute(failing, t.dates, t.folder, temp)
	met, dead := end()
	t.met = met
	if err := t.ended(ctx, outcome, dead, temp); err != nil {
		return fmt.Errorf("the run ended with %w\n%w", orNone(outcome), err)
	}
	if err := t.after(ctx, outcome); err != nil {
		return fmt.Errorf("the run ended with %w\n%w", orNone(outcome), err)
	}
	if outcome == nil {
		t.count.Lock()
		t.count.survived[t.mode]++
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
	if t.slow > 0 {
		return fmt.Errorf("it took %v", t.slow)
	}
	coded := interface{ ExitCode() int }(nil)
	if outcome != nil && (!errors.As(outcome, &coded) || !slices.Contains(t.codes, coded.ExitCode())) {
		return fmt.Errorf("its exit code is not one of %v", t.codes)
	}
	// While it is unknown whether a request to commit may yet arrive, parts are kept out of sight.
	unknown := t.met.Name == "Swap" && strings.HasPrefix(t.mode, "timeout")
	if outcome == nil || unknown || t.gone || slices.Contains(tidying, t.met.Name) || errors.Is(outcome, publish.ErrUnfinished) || errors.Is(outcome, publish.ErrUnknown) {
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
	if t.wrong && slices.Contains(t.inputs, t.met.Path) && err != nil && outcome == nil {
		return t.deceived(ctx)
	}
	if err != nil {
		return err
	}
	if outcome == nil && !maps.Equal(without(seen, publish.Latest), t.final) {
		return fmt.Errorf("it said that all is published, but readers see %v, want %v", seen, t.final)
	}
	calm, end := t.calm(ctx)
	defer end()
	if t.met.Number%2 == 0 { // a clean-up comes first
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
	t.count.unseen[t.met.Path[strings.LastIndex(t.met.Path, "/")+1:]]++
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

// battery makes trials, those of a queue one after the other and the queues side by side, and holds that none finds a violation.
func battery(t *testing.T, count *tally, queues [][]*trial) {
	planned, random := 0, rand.New(rand.NewPCG(1, 1))
	for _, queue := range queues {
		planned += len(queue)
		random.Shuffle(len(queue), func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
	}
	until, limited := t.Deadline()
	var workers conc.WaitGroup
	for _, queue := range queues {
		workers.Go(func() {
			for _, one := range queue {
				if limited && time.Until(until) < 2*time.Minute {
					return
				}
				one.count = count
				count.begin(one)
				err := one.run(t.Context())
				if err == nil {
					err = one.remove(t.Context(), one.folder)
				}
				if err != nil {
					count.Lock()
					count.violations++
					count.Unlock()
					t.Errorf("%s on %s, met by %v:\n%v", one.folder, one.kind.name, one.met, err)
				}
			}
		})
	}
	workers.Wait()
	count.log(t)
	if count.trials < planned {
		t.Errorf("there was time for %d of %d trials; give -timeout more", count.trials, planned)
	}
}

// begin counts a trial.
func (c *tally) begin(one *trial) {
	c.Lock()
	defer c.Unlock()
	c.trials++
	c.modes[one.mode]++
	c.places[one.name+" on "+one.kind.name]++
}
