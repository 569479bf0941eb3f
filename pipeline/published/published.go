// Package published reads what a run has published, as little of it as will do.
//
//	manifest ─▶ Run ─┬─ Contact   id ─ hash ─▶ part ─ bounds of its pages ─▶ pages that hold the id ─▶ its rows of each table
//	                 └─ Select    part by part: columns of the filter ─▶ matching rows ─▶ their other columns ─▶ Rows
//
// A contact's rows stand in one part, the parts of all tables are numbered alike, and within a part rows ascend by
// contact_id: so one contact is found in one part of each table, by the bounds that the page index has, without reading
// ids of others than its neighbours. Which part is a matter of a hash that the caller knows (Guess); where the guess is wrong, as
// with parts that another engine laid out, the bloom filters of the other parts tell. Nothing depends on the guess but speed.
//
// Readers of a manifest see a whole run at every moment, also while it is replaced (see package publish).
package published

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// Guess tells in which of so many parts (a power of two) the rows of a contact stand; integer tells that the ids are whole
// numbers, and the id is one then. It may be wrong.
type Guess func(id string, integer bool, parts int) int

// Run is one published run. It may be used by many goroutines at once.
type Run struct {
	Manifest publish.Manifest
	run      *publish.Published
	guess    Guess
	limits   parquetio.Limits

	bytes, reads atomic.Int64

	mu     sync.Mutex
	parts  map[string]*part          // by path, those that are open
	tables map[string]map[string]int // columns of tables of which a part was opened
}

// Open finds the run published for a date, or for publish.Latest. A nil guess is none. The error is publish.ErrNoRun where no run is
// published.
func Open(ctx context.Context, store storage.Store, out, date string, guess Guess) (*Run, error) {
	run, err := publish.Open(ctx, store, out, date)
	if err != nil {
		return nil, err
	}
	return &Run{Manifest: run.Manifest, run: run, guess: guess, limits: parquetio.DefaultLimits(1 << 30), parts: map[string]*part{},
		tables: map[string]map[string]int{}}, nil
}

// Has tells whether the run has published a table.
func (r *Run) Has(table string) bool { return len(r.run.Parts(table)) > 0 }

// HasColumn tells whether the run has published a table with a column.
func (r *Run) HasColumn(ctx context.Context, table, column string) (bool, error) {
	if !r.Has(table) {
		return false, nil
	}
	r.mu.Lock()
	columns := r.tables[table]
	r.mu.Unlock()
	if columns == nil {
		p, err := r.open(ctx, r.run.Parts(table)[0])
		if err != nil {
			return false, err
		}
		columns = p.columns
	}
	_, ok := columns[column]
	return ok, nil
}

// Rows is the number of rows of a table.
func (r *Run) Rows(table string) int64 {
	rows := int64(0)
	for _, o := range r.run.Parts(table) {
		rows += o.Rows
	}
	return rows
}

// Cost tells what has been read of the parts so far: bytes, and in how many reads.
func (r *Run) Cost() (bytes, reads int64) { return r.bytes.Load(), r.reads.Load() }

// Close closes all parts. The first error counts.
func (r *Run) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var first error
	for _, p := range r.parts {
		if err := p.reader.Close(); err != nil && first == nil {
			first = err
		}
	}
	r.parts = map[string]*part{}
	return first
}

// release closes the parts of a number. What they said of their columns stays good.
func (r *Run) release(number int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var first error
	for path, p := range r.parts {
		if p.number != number {
			continue
		}
		if err := p.reader.Close(); err != nil && first == nil {
			first = err
		}
		delete(r.parts, path)
	}
	return first
}

// part is an open part of a table.
type part struct {
	number  int
	reader  storage.Reader
	src     *counted
	file    *parquetio.File
	indexes *parquetio.Indexes
	columns map[string]int
}

// numberOf gives a part's number.
func numberOf(o publish.Output) (int, error) {
	number, ok := o.Part()
	if !ok {
		return 0, fmt.Errorf("%w: %s is not named as parts are", publish.ErrDamaged, o.Path)
	}
	return number, nil
}

// open opens a part, once.
func (r *Run) open(ctx context.Context, o publish.Output) (*part, error) {
	r.mu.Lock()
	p := r.parts[o.Path]
	r.mu.Unlock()
	if p != nil {
		return p, nil
	}
	number, err := numberOf(o)
	if err != nil {
		return nil, err
	}
	reader, err := r.run.OpenPart(ctx, o)
	if err != nil {
		return nil, err
	}
	p = &part{number: number, reader: reader, columns: map[string]int{}}
	if err := p.prepare(r, o); err != nil {
		reader.Close() // the other error says more
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.parts[o.Path]; other != nil { // somebody was faster
		return other, reader.Close()
	}
	r.parts[o.Path], r.tables[o.Table] = p, p.columns
	return p, nil
}

func (p *part) prepare(r *Run, o publish.Output) (err error) {
	if p.src, err = newCounted(p.reader, r); err != nil {
		return fmt.Errorf("%s: %w", o.Path, err)
	}
	if p.file, err = parquetio.Open(o.Path, p.src, p.reader.Size(), r.limits); err != nil {
		return err
	}
	if p.indexes, err = p.file.Indexes(p.src); err != nil {
		return err
	}
	for i, c := range p.file.Columns() {
		p.columns[c.Name] = i
	}
	return nil
}

// numbers gives the numbers of all parts that any table has, ascending.
func (r *Run) numbers() ([]int, error) {
	var numbers []int
	for _, o := range r.Manifest.Outputs {
		if o.Table == "rule_stats" {
			continue // it is of no contact
		}
		n, err := numberOf(o)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// partCount gives how many parts the contacts are spread over: a power of two, as parts that nobody is in may be missing.
func (r *Run) partCount() (int, error) {
	numbers, err := r.numbers()
	if err != nil {
		return 0, err
	}
	parts := 1
	for len(numbers) > 0 && parts <= numbers[len(numbers)-1] {
		parts *= 2
	}
	return parts, nil
}

// numbered gives the part of a table that has the number; false where the table has none, as it has no rows there.
func (r *Run) numbered(table string, number int) (publish.Output, bool) {
	for _, o := range r.run.Parts(table) {
		if n, ok := o.Part(); ok && n == number {
			return o, true
		}
	}
	return publish.Output{}, false
}
