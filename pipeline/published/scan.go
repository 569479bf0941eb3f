package published

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
)

// Scan gives some columns of all rows of a table, some rows at a time, in the order in which they are stored. Nothing else of the table is
// read, and no more of it stands in memory than a part for each thread. give gets the columns in the order asked for and owns them; it is
// called by one goroutine at a time. A table that the run has not published has no rows.
func (r *Run) Scan(ctx context.Context, table string, names []string, give func(columns []*Column, rows int) error) error {
	return r.scan(ctx, table, names, func(publish.Output) bool { return true }, give)
}

// scan is Scan of some parts.
func (r *Run) scan(ctx context.Context, table string, names []string, wanted func(publish.Output) bool, give func(columns []*Column, rows int) error) error {
	outputs := slices.DeleteFunc(slices.Clone(r.run.Parts(table)), func(o publish.Output) bool { return !wanted(o) })
	return r.stream(ctx, outputs, 0, func(ctx context.Context, o publish.Output) ([]selected, error) { return r.scanPart(ctx, o, names) }, give)
}

func (r *Run) scanPart(ctx context.Context, o publish.Output, names []string) (all []selected, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := r.open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.release(p.number)) }()
	reader := parquetio.NewReader()
	for n := range p.file.RowGroups() {
		s := selected{rows: int(p.file.RowGroupRows(n))}
		for _, name := range names {
			c, ok := p.newColumn(name)
			if !ok {
				return nil, fmt.Errorf("%s has no column %s", p.file.Name(), name)
			}
			if err := p.read(ctx, reader, n, c, 0, int64(s.rows)); err != nil {
				return nil, err
			}
			s.columns = append(s.columns, c)
		}
		if s.rows > 0 {
			all = append(all, s)
		}
	}
	return all, nil
}
