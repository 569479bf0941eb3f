// Package pipeline moves the data: it reads the inputs, spreads them over buckets by contact, evaluates bucket after bucket
// and publishes the tables. It has the only I/O and the only goroutines; what things mean is in transforms.
//
//	contacts ──▶ statics, as bits ─────┐ shuffle    people of a bucket ─┐
//	lists ─────▶ memberships ──────────┤──────────▶                     ├─ evaluate ─▶ results ─ write ─▶ publish
//	engagements ─ scan ─▶ signatures ──┘ by id      records of a bucket ┘
//
// Every engagement passes four stations. The scan reads only the columns that the model tests; it tests each dictionary entry
// once and adds the classes of the columns up to the row's signature (classes.go). The shuffle appends the row to its
// contact's bucket; there its id is looked up in a table that fits the processor's cache, and what remains of the row is a
// word of 8 bytes (shuffle.go). A row that no rule asks for ends there. What does not fit the memory budget goes to disk
// (spool.go). The evaluation sorts a bucket's words and hands them to score.Evaluator, which knows nothing of where they
// come from. The writer puts the buckets of a part in the order of their ids and writes whole columns (write.go).
//
// Buckets are pieces of parts, by the hash of the id. How many parts there are follows from the number of contacts alone;
// how many buckets, threads and bytes of memory there are changes no byte of the result.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/publish"
	"leadscore/transforms/diag"
	"leadscore/transforms/score"
)

// run is one execution of the job: the state that its stations share.
type run struct {
	spec    Spec
	watch   Watcher
	threads int
	asOf    int64 // unix seconds
	limits  parquetio.Limits

	sources     [inputTables]*source // lists may be nil
	listsColumn bool                 // a contacts column stands in for the lists
	events      bool                 // engagements have ids of their own
	ids         idKind
	idType      encode.Type
	fileNames   []string

	program *score.Program
	options score.Options
	wants   map[string]bool
	payload []payloadColumn

	layout   layout
	memory   *memory
	contacts *spool
	members  *spool // nil: no lists input
	previous *spool // ids of the previous run's MQLs; nil: not asked for
	narrow   *spool
	wide     *spool
	whole    *spool
	rejects  rejects

	late       bool // people are assembled bucket by bucket at the evaluation, not before the scan
	people     []*people
	placeBits  int
	columns    []*tested
	signatures *signatures
	listsSeen  []bool

	counts      counts
	publication *publish.Publication
	earlier     *publish.Published // the newest run of an earlier date, where the mql table is asked for; nil: none
	mu          sync.Mutex
	tables      map[string]*TableSummary
	timings     []StageTiming
}

// Run executes the job once: it publishes all tables that spec asks for, or nothing. A run that was published before does
// nothing and says so in the summary. Errors have an ExitCode; nothing is left behind by a run that fails or whose context ends.
func Run(ctx context.Context, spec Spec, watch Watcher) (summary *Summary, err error) {
	r, err := open(ctx, spec, watch)
	if err != nil {
		return nil, withCode(err)
	}
	published := false
	defer func() {
		left := r.close()
		if r.publication != nil {
			left = errors.Join(left, r.publication.Abort())
		}
		if published && left != nil {
			watch.Warn(fmt.Sprintf("the run is published, but did not tidy up behind itself: %v", left))
			left = nil
		}
		err = withCode(errors.Join(err, left))
	}()
	found, err := r.check()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }) {
		return nil, &DiagnosticsError{found}
	}
	defer r.tuneCollector()()
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if done, err := r.begin(ctx); done != nil || err != nil {
		return done, err
	}
	e, err := r.execute(ctx)
	if err != nil {
		return nil, err
	}
	found = append(found, r.unseen()...)
	summary = r.summary(e, found)
	for _, note := range summary.Notes {
		watch.Warn(note)
	}
	if err := r.commit(ctx, summary); err != nil {
		return nil, err
	}
	published = true
	return summary, nil
}

// Check opens the inputs of a run and says what is wrong or suspicious about its model, given their columns. It reads no rows.
func Check(ctx context.Context, spec Spec) ([]diag.Diagnostic, error) {
	r, err := open(ctx, spec, Unwatched{})
	if err != nil {
		return nil, withCode(err)
	}
	found, err := r.check()
	return found, withCode(err)
}

// execute runs the stations one after the other.
func (r *run) execute(ctx context.Context) (*evaluation, error) {
	if err := r.timed("contacts", func() error { return r.readContacts(ctx) }); err != nil {
		return nil, err
	}
	if r.members != nil {
		if err := r.timed("lists", func() error { return r.readLists(ctx) }); err != nil {
			return nil, err
		}
		if err := r.counts.check(listsTable, r.spec.Limits, r.sources[listsTable]); err != nil {
			return nil, err
		}
	}
	if r.previous != nil {
		if err := r.timed("previous MQLs", func() error { return r.readPrevious(ctx) }); err != nil {
			return nil, err
		}
	}
	if err := r.timed("shuffle", func() error { return r.assembleAll(ctx) }); err != nil {
		return nil, err
	}
	if err := r.timed("engagements", func() error { return r.readEngagements(ctx) }); err != nil {
		return nil, err
	}
	if err := r.checkCounts(!r.late); err != nil {
		return nil, err
	}
	var e *evaluation
	err := r.timed("evaluate", func() (err error) {
		if e, err = r.evaluateAll(ctx); err != nil {
			return err
		}
		if r.wants[statsTable] {
			if err := r.writeStats(ctx, e.stats, e.total.contacts); err != nil {
				return err
			}
		}
		return r.writeEmpty(ctx)
	})
	if err != nil {
		return nil, err
	}
	return e, r.checkCounts(true)
}

// checkCounts holds the counts against the limits. What a run finds out late, it holds against them late.
func (r *run) checkCounts(final bool) error {
	if err := r.counts.check(contactsTable, r.spec.Limits, r.sources[contactsTable]); err != nil {
		return err
	}
	if !final {
		return nil
	}
	if r.sources[listsTable] != nil {
		if err := r.counts.check(listsTable, r.spec.Limits, r.sources[listsTable]); err != nil {
			return err
		}
	}
	return r.counts.check(engagementsTable, r.spec.Limits, r.sources[engagementsTable])
}

// assembleAll makes people of all contacts before the scan, when they take only a part of the memory.
func (r *run) assembleAll(ctx context.Context) error {
	if err := r.counts.check(contactsTable, r.spec.Limits, r.sources[contactsTable]); err != nil {
		return err
	}
	total := int64(0)
	for b := range r.layout.buckets() {
		total += r.contacts.bytes(b)
	}
	r.late = r.events || total > r.memory.limit/2
	if r.late {
		return nil
	}
	r.people = make([]*people, r.layout.buckets())
	err := crew(ctx, r.threads, len(r.people), func() (*assembler, error) { return &assembler{run: r}, nil },
		func(_ context.Context, a *assembler, b int) error {
			p, err := a.assemble(b)
			if err != nil {
				return err
			}
			r.people[b] = p
			r.memory.used.Add(p.bytes())
			return nil
		}, nil)
	if err != nil {
		return err
	}
	most := 1
	for _, p := range r.people {
		most = max(most, p.n)
	}
	r.placeBits = log2(int64(most), 1)
	return r.checkCounts(false)
}

// timed runs a stage and notes how long it took. What the stage leaves behind is collected, so that the next one
// uses that memory again and does not take more.
func (r *run) timed(stage string, do func() error) error {
	start := time.Now()
	err := do()
	runtime.GC()
	r.timings = append(r.timings, StageTiming{stage, time.Since(start).Seconds()})
	return err
}

// tuneCollector keeps the garbage collector within the memory budget, and quiet below it; what it gives undoes that.
func (r *run) tuneCollector() (restore func()) {
	limit := debug.SetMemoryLimit(r.spec.Memory)
	// Most of the heap is buffers without pointers, which cost a collection little: at 50 instead of 30 the same run took a
	// tenth more memory, and no less time.
	percent := debug.SetGCPercent(30)
	return func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}
}

// close gives back the files that the run holds.
func (r *run) close() error {
	var err error
	for _, s := range []*spool{r.contacts, r.members, r.previous, r.narrow, r.wide, r.whole} {
		if s != nil {
			err = errors.Join(err, s.close())
		}
	}
	if r.rejects.out != nil {
		err = errors.Join(err, r.rejects.out.spool.close())
	}
	return err
}

// defaultMemory is a quarter of the machine's memory, at most 4 GiB.
func defaultMemory() int64 {
	if total := machineMemory(); total > 0 {
		return min(total/4, 4<<30)
	}
	return 2 << 30
}

func defaultThreads() int { return runtime.GOMAXPROCS(0) }
