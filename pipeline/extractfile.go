package pipeline

import (
	"context"
	"errors"

	"leadscore/pipeline/export"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
)

// extractFile is the file of an extract on its way to be published: the one part of its table.
type extractFile struct {
	table string
	start func() error        // makes the file; nil once that is done
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
	f := r.lateExtract(ctx, table, 0, format, h)
	return f, f.begin()
}

// lateExtract gives a file of an extract that comes into being with its first row, as part number n of its table.
func (r *run) lateExtract(ctx context.Context, table string, n int, format string, h export.Header) *extractFile {
	f := &extractFile{table: table}
	f.start = func() (err error) {
		if f.part, err = r.publication.CreateAs(ctx, table, n, format); err != nil {
			return err
		}
		f.size = &sizeWriter{part: f.part}
		f.out, err = export.New(format, f.size, h)
		return err
	}
	return f
}

// begin makes the file, if that is not done yet.
func (f *extractFile) begin() error {
	if f.start == nil {
		return nil
	}
	err := f.start()
	f.start = nil
	if err != nil {
		return errors.Join(err, f.abort())
	}
	return nil
}

func (f *extractFile) write(columns []*published.Column, rows int) error {
	if rows == 0 {
		return nil
	}
	if err := f.begin(); err != nil {
		return err
	}
	f.rows += int64(rows)
	return f.out.Write(columns, rows)
}

// finish makes the file durable.
func (f *extractFile) finish() (TableSummary, error) {
	if f.start != nil {
		return TableSummary{Table: f.table}, nil
	}
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

// abort throws the file away unless it is finished. It may be repeated.
func (f *extractFile) abort() error {
	if f.part == nil {
		return nil
	}
	return errors.Join(export.Abandon(f.out), f.part.Abort())
}
