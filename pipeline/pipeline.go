// Package pipeline moves the data: it reads the inputs, spreads them over buckets by contact, evaluates bucket after bucket
// and publishes the tables. It has the only I/O and the only goroutines; what things mean is in transforms.
//
//	contacts ──▶ statics, as bits ─────┐ shuffle    people of a bucket ─┐
//	lists ─────▶ memberships ──────────┤──────────▶                     ├─ evaluate ─▶ results ─ write ─▶ publish
//	engagements ─ scan ─▶ signatures ──┘ by id      records of a bucket ┘
//
// Every engagement passes four stations. The scan reads only the columns that the model tests; it tests each dictionary entry
// once and adds the classes of the columns up to the row's signature (classes.go). The shuffle appends the row to its
// contact's bucket, whose people are there already (assemble.go, join.go); there its id is looked up in a table that fits the processor's
// cache, and what remains of the row is a record of 6 or 8 bytes (shuffle.go, record.go). A row that no rule asks for ends there. What does not fit the memory budget goes to disk
// (spool.go). The evaluation sorts a bucket's records (gather.go) and hands them to score.Evaluator, which knows nothing of where
// they come from. What the run before has published of a bucket's contacts is read back for it (earlier.go, recall.go), and
// what the next run has to know is published beside the tables (state.go). The writer puts the buckets of a part in the
// order of their ids and writes whole columns (write.go). Extracts are read off the written tables before these are published
// (extract.go). Many as-of instants can be read off the same buckets
// (backfill.go).
//
// What a run costs, measured on one thread of a slow machine with 20 million engagements, 1 million contacts and 100 rules
// (make bench BENCH="-case one-thread", and a profile of it; the stations each have a benchmark):
//
//	an engagement       150 ns to scan: 55 to unpack and decode its pages, which a bare scan takes too, 45 to test and
//	                    class its columns and times, 50 to look up its contact and keep 6 bytes; 15 ns to sort. UUIDs of 36
//	                    bytes cost 180 ns more than ids of up to 8 bytes and integers, e-mail addresses 150
//	a contact           0.7 µs to read, test and place, with two memberships; 26 bytes, its id, and 24 in tables while rows are looked up
//	a rule              nothing for a contact that lacks what it asks for; else about 100 ns: of 100 rules 18 are looked at and 8 have
//	                    points, in 1.8 µs a contact, of 300 rules 42 and 20. The history of all contacts doubles that
//	a breakdown row     150 ns and 12 bytes of its file; a row of scores 450 ns
//	a second as-of      all of this but the scan
//	too little memory   6 bytes an engagement to disk and back: 1.1 times the time of all. Where the contacts alone take more than half
//	                    of it, 24 bytes, compressed: 1.5 to 1.7 times
//
// Two threads take 1/1.7 to 1/1.9 of the time of one: they share the processor's memory, and nothing else.
//
// Buckets are pieces of parts, by the hash of the id. How many parts there are follows from the number of contacts alone;
// how many buckets, threads and bytes of memory there are changes no byte of the result.
package pipeline

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
	"leadscore/transforms/score"
)

// run is one execution of the job, for one as-of instant. What it has from its inputs it may share with the runs of other
// instants (backfill.go).
type run struct {
	*intake
	spec    Spec
	asOf    int64 // unix seconds
	options score.Options

	counts      *counts
	rejects     *rejects
	store       storage.Store // of the output
	folder      string        // to publish to, in it
	contentKey  string
	publication *publish.Publication
	earlier     *earlier // the newest run of an earlier date, where a table speaks of it; nil: none
	later       []string // what is to be said of dates after this one
	written     *written
	extracts    []*extract
	lineage     *lineage // what streams and lists go on from
	anew        bool     // whatever the run that stands for the date went on from
	streams     *streams // nil: there are none
	listed      *lists   // nil: there are none
	finishing   *helpers // of parts; nil: whoever writes one finishes it
	timings     []StageTiming
}

// intake is the inputs: as they are found, and as they lie in buckets once they are read.
type intake struct {
	watch   Watcher
	threads int
	limits  parquetio.Limits
	newest  int64 // the latest as-of instant that the inputs are read for, unix seconds
	several bool  // they are read for several: buckets keep what they hold, and every row of a known contact

	sources     [inputTables]*source // lists may be nil
	listsColumn bool                 // a contacts column stands in for the lists
	events      bool                 // engagements have ids of their own
	ids         idKind
	idType      encode.Type
	fileNames   []string

	program *score.Program
	wants   map[string]bool
	payload []payloadColumn

	layout   layout
	memory   *memory
	contacts *spool
	members  *spool // nil: no lists input
	narrow   *spool
	wide     *spool
	whole    *spool

	late       bool // people are assembled bucket by bucket at the evaluation, not before the scan
	people     []*people
	held       atomic.Int64 // bytes of people, counted as used
	form       recordForm
	columns    []*tested
	signatures *signatures
	listsSeen  []bool
}

// written is what was written of each table.
type written struct {
	sync.Mutex
	tables map[string]*TableSummary
}

// Run executes the job once: it publishes all tables that spec asks for, or nothing. A run that was published before does
// nothing and says so in the summary. Errors have an ExitCode; nothing is left behind by a run that fails or whose context ends.
func Run(ctx context.Context, spec Spec, watch Watcher) (summary *Summary, err error) {
	err = runAll(ctx, spec, []time.Time{spec.AsOf}, watch, func(s *Summary) error { summary = s; return nil })
	return summary, err
}

// publish does all that is left to do of a run that has begun and whose inputs are read. found is what is suspicious about the
// model, given the inputs.
func (r *run) publish(ctx context.Context, found []diag.Diagnostic) (*Summary, error) {
	e, err := r.evaluate(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.extractAll(ctx); err != nil {
		return nil, err
	}
	summary := r.summary(e, append(slices.Clip(found), r.unseen()...))
	for _, note := range summary.Notes {
		r.watch.Warn(note)
	}
	if err := r.commit(ctx, summary); err != nil {
		return nil, err
	}
	return summary, nil
}

// Check opens the inputs of a run and says what is wrong or suspicious about its model, given their columns. It reads no rows.
func Check(ctx context.Context, spec Spec) ([]diag.Diagnostic, error) {
	r, err := open(spec.Patient(ctx), spec, Unwatched{})
	if err != nil {
		return nil, withCode(err)
	}
	found, err := r.check()
	return found, withCode(err)
}

// read brings the inputs into buckets.
func (r *run) read(ctx context.Context) error {
	if err := r.timed("contacts", func() error { return r.readContacts(ctx) }); err != nil {
		return err
	}
	if err := r.timed("shuffle", func() error { return r.assembleAll(ctx) }); err != nil {
		return err
	}
	if r.members != nil {
		if err := r.timed("lists", func() error { return r.readLists(ctx) }); err != nil {
			return err
		}
		if err := r.counts.check(listsTable, r.spec.Limits, r.sources[listsTable]); err != nil {
			return err
		}
	}
	if err := r.timed("engagements", func() error { return r.readEngagements(ctx) }); err != nil {
		return err
	}
	return r.checkCounts(!r.late)
}

// evaluate turns the buckets into tables.
func (r *run) evaluate(ctx context.Context) (e *evaluation, err error) {
	if r.earlier != nil {
		if err := r.timed("previous run", func() error { return r.readEarlier(ctx) }); err != nil {
			return nil, err
		}
	}
	// From here on buffers are used again, so that collections are few: at 10 instead of 30 percent the peak of the whole run is
	// lower by 15 of 370 MB, and no time is lost.
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	err = r.timed("evaluate", func() (err error) {
		if e, err = r.evaluateAndWrite(ctx); err != nil {
			return err
		}
		return r.writeEmpty(ctx)
	})
	if err != nil {
		return nil, err
	}
	return e, r.checkCounts(true)
}

// evaluateAndWrite evaluates all buckets and writes what comes of them. Of many threads none waits for the disk, or for the answer of
// a store, to a part that it has written.
func (r *run) evaluateAndWrite(ctx context.Context) (e *evaluation, err error) {
	if r.threads > 1 {
		r.finishing = newHelpers(ctx, 2*r.threads)
		ctx = r.finishing.ctx
		defer func() {
			err = r.finishing.wait(err)
			r.finishing = nil
		}()
	}
	if e, err = r.evaluateAll(ctx); err != nil || !r.wants[statsTable] {
		return e, err
	}
	return e, r.writeStats(ctx, e.stats, e.total.contacts)
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

// assembleAll makes people of all contacts before the scan, when they take at most half of the memory: an eighth more than their
// streams.
func (r *run) assembleAll(ctx context.Context) error {
	if err := r.counts.check(contactsTable, r.spec.Limits, r.sources[contactsTable]); err != nil {
		return err
	}
	total := int64(0)
	for b := range r.layout.buckets() {
		total += r.contacts.bytes(b)
	}
	r.late = r.events || total+total/8 > r.spec.Memory/2
	if r.late {
		return nil
	}
	r.people = make([]*people, r.layout.buckets())
	counted := r
	if r.several { // each instant assembles them anew, for its own lists
		counted = r.scratch()
	}
	err := crew(ctx, r.threads, len(r.people), func() (*assembler, error) { return &assembler{run: counted}, nil },
		func(_ context.Context, a *assembler, b int) error {
			p, err := a.assemble(b)
			if err != nil {
				return err
			}
			r.people[b] = p
			r.hold(p.bytes())
			return nil
		}, nil)
	if err != nil {
		return err
	}
	most := 1
	for _, p := range r.people {
		most = max(most, p.n)
	}
	r.form = newRecordForm(most, len(r.program.Selectors))
	return counted.checkCounts(false)
}

// hold counts bytes of people as used.
func (r *run) hold(bytes int64) {
	r.held.Add(bytes)
	r.memory.used.Add(bytes)
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
	for _, s := range []*spool{r.contacts, r.members, r.narrow, r.wide, r.whole} {
		if s != nil {
			err = errors.Join(err, s.close())
		}
	}
	return errors.Join(err, r.closeOwn())
}

// closeOwn gives back what is not shared with the runs of other instants.
func (r *run) closeOwn() error {
	var err error
	if e := r.earlier; e != nil {
		for _, s := range []*spool{e.state, e.rules} {
			if s != nil {
				err = errors.Join(err, s.close())
			}
		}
	}
	err = errors.Join(err, r.streams.close(), r.listed.close())
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
