package published

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/sourcegraph/conc/stream"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
	"leadscore/transforms/filter"
)

// Query asks for contacts.
type Query struct {
	Where   *filter.Filter // nil: all
	Columns []filter.Ref
	Threads int // 0: one for each processor
}

// Select gives the contacts that a query asks for, some at a time, in the order in which they are stored: by part, and within it by
// contact_id. give gets the rows' columns in the order asked for and owns them; it is called by one goroutine at a time. An error of give ends
// it all. A row group in which nobody can match by the bounds of its columns is not read, and columns that only the answer needs are read
// where somebody matches.
func (r *Run) Select(ctx context.Context, q Query, give func(columns []*Column, rows int) error) error {
	table, err := r.base()
	if err != nil {
		return err
	}
	if err := r.know(ctx, table, q); err != nil {
		return err
	}
	return r.stream(ctx, slices.Clone(r.run.Parts(table)), q.Threads, func(ctx context.Context, o publish.Output) ([]selected, error) { return r.selectPart(ctx, q, o) }, give)
}

// know finds the tables of a query's columns before any part is read. A reader of one part must not ask others for that: what it opens ends
// with it.
func (r *Run) know(ctx context.Context, table string, q Query) error {
	base, err := r.open(ctx, r.run.Parts(table)[0])
	if err != nil {
		return err
	}
	refs := q.Columns
	if q.Where != nil {
		refs = append(refs[:len(refs):len(refs)], q.Where.Refs()...)
	}
	for _, ref := range refs {
		if _, err := r.tableOf(ctx, ref, base); err != nil {
			return err
		}
	}
	return nil
}

// stream reads parts of a table on so many threads and gives what is read in the order of their numbers.
func (r *Run) stream(ctx context.Context, outputs []publish.Output, threads int, read func(context.Context, publish.Output) ([]selected, error),
	give func(columns []*Column, rows int) error) error {
	slices.SortFunc(outputs, func(a, b publish.Output) int {
		x, _ := a.Part()
		y, _ := b.Part()
		return x - y
	})
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var first error
	fail := func(err error) {
		if err != nil && first == nil && !errors.Is(err, context.Canceled) {
			first = err
		}
		if err != nil {
			cancel(err)
		}
	}
	work := stream.New().WithMaxGoroutines(threads)
	for _, o := range outputs {
		work.Go(func() stream.Callback {
			batches, err := read(ctx, o)
			return func() {
				for _, b := range batches {
					if err == nil && ctx.Err() == nil {
						err = give(b.columns, b.rows)
					}
				}
				fail(err)
			}
		})
	}
	work.Wait()
	if first == nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return first
}

// selected are the matching rows of a row group.
type selected struct {
	columns []*Column
	rows    int
}

func (r *Run) selectPart(ctx context.Context, q Query, o publish.Output) (all []selected, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := r.open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.release(p.number)) }()
	for n := range p.file.RowGroups() {
		g := &group{run: r, part: p, number: n, rows: int(p.file.RowGroupRows(n)), reader: parquetio.NewReader(), columns: map[filter.Ref]*Column{}}
		rows, err := g.matching(ctx, q.Where)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			continue
		}
		if err := g.load(ctx, q.Columns); err != nil {
			return nil, err
		}
		s := selected{rows: len(rows)}
		for _, ref := range q.Columns {
			from := g.columns[ref]
			c := NewColumn(ref.Column, from.Type)
			c.AppendRows(from, rows)
			s.columns = append(s.columns, c)
		}
		all = append(all, s)
	}
	return all, nil
}

// matching gives the rows of a group for which the filter holds.
func (g *group) matching(ctx context.Context, f *filter.Filter) ([]int32, error) {
	var rows []int32
	if f == nil {
		for row := range g.rows {
			rows = append(rows, int32(row))
		}
		return rows, nil
	}
	if !f.MayHold(g.bounds) {
		return nil, nil
	}
	if err := g.load(ctx, f.Refs()); err != nil {
		return nil, err
	}
	arrays := map[filter.Ref]arrow.Array{}
	holds := f.Eval(func(ref filter.Ref) arrow.Array {
		if arrays[ref] == nil {
			arrays[ref] = g.columns[ref].Array()
		}
		return arrays[ref]
	}, g.rows)
	for row, yes := range holds {
		if yes {
			rows = append(rows, int32(row))
		}
	}
	return rows, nil
}

// bounds gives what the page index says of a column of the group.
func (g *group) bounds(ref filter.Ref) filter.Bounds {
	column, ok := g.part.columns[ref.Column]
	if !ok || ref.Scope != filter.OfContact {
		return filter.Bounds{}
	}
	switch typ := g.part.file.Columns()[column].Arrow.(type) {
	case *arrow.Int64Type, *arrow.Int32Type:
	case *arrow.TimestampType:
		if typ.Unit != arrow.Microsecond {
			return filter.Bounds{}
		}
	default:
		return filter.Bounds{}
	}
	index, err := g.part.indexes.Column(g.number, column)
	if err != nil || index == nil || index.Low == nil {
		return filter.Bounds{} // where the index is broken, reading will tell
	}
	b := filter.Bounds{Low: math.MaxInt64, High: math.MinInt64, Vacant: true, Known: true}
	for i := range index.Pages() {
		if index.Vacant[i] {
			continue
		}
		low, fine := plainInt(index.Low[i])
		high, also := plainInt(index.High[i])
		if !fine || !also {
			return filter.Bounds{}
		}
		b.Low, b.High, b.Vacant = min(b.Low, low), max(b.High, high), false
	}
	return b
}

func plainInt(b []byte) (int64, bool) {
	switch len(b) {
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b))), true
	case 8:
		return int64(binary.LittleEndian.Uint64(b)), true
	}
	return 0, false
}
