package pipeline

import (
	"context"
	"sync"
	"sync/atomic"

	"leadscore/pipeline/publish"
	"leadscore/transforms/model"
	"leadscore/transforms/score"
)

// evaluation turns buckets into results, and the results of a part's buckets into parts of the tables. Buckets are taken
// part by part, so that only few parts are under way at a time.
type evaluation struct {
	run   *run
	parts []partState
	stats *score.Stats
	mu    sync.Mutex // guards stats and what follows
	free  []*score.Results
	total totals
}

// partState is a part whose buckets are being evaluated.
type partState struct {
	left    atomic.Int32
	people  []*people
	results []*score.Results
	lives   []*life // nil each, where no table speaks of the run before
}

// totals are what the summary says of all contacts.
type totals struct {
	contacts, mqls, newMQLs int64
	bands                   []int64
	suppressed              []publish.Suppressed
	events                  [3]int64 // by MQLEvents
}

func newTotals(m *model.Model) totals {
	t := totals{bands: make([]int64, len(m.Score.Bands))}
	for _, s := range m.Suppress {
		t.suppressed = append(t.suppressed, publish.Suppressed{Reason: s.Reason})
	}
	return t
}

func (t *totals) add(o *totals) {
	t.contacts += o.contacts
	t.mqls += o.mqls
	t.newMQLs += o.newMQLs
	for i := range o.bands {
		t.bands[i] += o.bands[i]
	}
	for i, s := range o.suppressed {
		t.suppressed[i].Contacts += s.Contacts
		t.suppressed[i].MQLs += s.MQLs
	}
	for i, n := range o.events {
		t.events[i] += n
	}
}

// evaluator evaluates buckets in one goroutine.
type evaluator struct {
	*evaluation
	gather gatherer
	engine *score.Evaluator
	stats  *score.Stats
	writer *tableWriter
}

// evaluateAll evaluates all buckets and writes all tables.
func (r *run) evaluateAll(ctx context.Context) (*evaluation, error) {
	e := &evaluation{run: r, parts: make([]partState, r.layout.parts()), stats: score.NewStats(r.program), total: newTotals(r.spec.Model)}
	for i := range e.parts {
		from, to := r.layout.bucketsOf(i)
		p := &e.parts[i]
		p.left.Store(int32(to - from))
		p.people, p.results, p.lives = make([]*people, to-from), make([]*score.Results, to-from), make([]*life, to-from)
	}
	r.watch.Stage("evaluate", int64(r.layout.buckets()), "buckets")
	defer r.watch.Done("evaluate")
	return e, crew(ctx, r.threads, r.layout.buckets(),
		func() (*evaluator, error) {
			stats := score.NewStats(r.program)
			return &evaluator{
				evaluation: e, gather: gatherer{run: r}, stats: stats, writer: newTableWriter(r),
				engine: score.NewEvaluator(r.program, r.options, stats),
			}, nil
		},
		func(ctx context.Context, w *evaluator, i int) error {
			return w.bucket(ctx, r.layout.turn(i, r.threads))
		},
		func(w *evaluator) error {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.stats.Add(w.stats)
			e.total.add(&w.writer.total)
			return nil
		})
}

func (w *evaluator) bucket(ctx context.Context, bucket int) error {
	r := w.run
	people, in, err := w.gather.gather(bucket)
	if err != nil {
		return err
	}
	life, err := r.recall(bucket, people)
	if err != nil {
		return err
	}
	if life != nil {
		in.Prior = life.prior
	}
	out := w.results()
	w.engine.Evaluate(in, &r.signatures.list, out)
	if r.options.Need.Breakdown {
		if c := out.Unbalanced(); c >= 0 {
			return failed(exitFailed, "the breakdown of contact %s does not add up to its score; this is a fault of leadscore, nothing was published", showID(r.ids, people.id(c)))
		}
	}
	if life != nil {
		life.live(out, r.wants[mqlTable])
		if c, what := life.unexplained(out); c >= 0 {
			return failed(exitFailed, what+"; this is a fault of leadscore, nothing was published", showID(r.ids, people.id(c)))
		}
	}
	part := r.layout.part(bucket)
	from, _ := r.layout.bucketsOf(part)
	p := &w.parts[part]
	p.people[bucket-from], p.results[bucket-from], p.lives[bucket-from] = people, out, life
	if p.left.Add(-1) == 0 {
		if err := w.writer.part(ctx, part, p); err != nil {
			return err
		}
		w.recycle(p)
	}
	r.watch.Advance("evaluate", 1)
	return nil
}

func (e *evaluation) results() *score.Results {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.free); n > 0 {
		out := e.free[n-1]
		e.free = e.free[:n-1]
		return out
	}
	return &score.Results{}
}

func (e *evaluation) recycle(p *partState) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.free = append(e.free, p.results...)
	p.people, p.results, p.lives = nil, nil, nil
}
