package pipeline

import (
	"context"

	"leadscore/pipeline/export"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
)

// extractFile is the file of an extract on its way to be published: the one part of its table.
type extractFile struct {
	table string
	part  *publish.PartWriter // nil once it is finished
	size  *sizeWriter
	out   export.Writer
	rows  int64
}

// sizeWriter counts what it passes on.
type sizeWriter struct {
	part  *publish.PartWriter
	bytes int64
}

func (w *sizeWriter) Write(b []byte) (int, error) {
	n, err := w.part.Write(b)
	w.bytes += int64(n)
	return n, err
}

// createExtract starts the file of an extract, which is there also when it has no rows.
func (r *run) createExtract(ctx context.Context, table, format string, h export.Header) (*extractFile, error) {
	part, err := r.publication.CreateAs(ctx, table, 0, format)
	if err != nil {
		return nil, err
	}
	f := &extractFile{table: table, part: part, size: &sizeWriter{part: part}}
	if f.out, err = export.New(format, f.size, h); err != nil {
		part.Abort() // the other error says more
		return nil, err
	}
	return f, nil
}

func (f *extractFile) write(columns []*published.Column, rows int) error {
	if rows == 0 {
		return nil
	}
	f.rows += int64(rows)
	return f.out.Write(columns, rows)
}

// finish makes the file durable.
func (f *extractFile) finish() (TableSummary, error) {
	err := f.out.Close()
	if err == nil {
		err = f.part.Finish(f.rows)
	}
	if err != nil {
		return TableSummary{}, err
	}
	f.part = nil
	return TableSummary{Table: f.table, Rows: f.rows, Parts: 1, Bytes: f.size.bytes}, nil
}

// abort throws the file away unless it is finished.
func (f *extractFile) abort() error {
	if f.part == nil {
		return nil
	}
	return f.part.Abort()
}
