package pipeline

import (
	"context"
	"errors"
	"fmt"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/publish"
)

// lateFile is a part that comes into being with its first byte, so that a part without rows leaves nothing.
type lateFile struct {
	create func() (*publish.PartWriter, error)
	part   *publish.PartWriter
}

func (f *lateFile) Write(b []byte) (int, error) {
	if f.part == nil {
		part, err := f.create()
		if err != nil {
			return 0, err
		}
		f.part = part
	}
	return f.part.Write(b)
}

// publishPart writes part number n of a table, unless it has no rows.
func (r *run) publishPart(ctx context.Context, table string, n int, write func(*encode.Writer) error) error {
	return r.part(ctx, table, n, false, write)
}

// writeEmpty writes a part without rows for each table that has no part.
func (r *run) writeEmpty(ctx context.Context) error {
	for _, t := range r.tables() {
		if r.written.tables[t] == nil {
			if err := r.part(ctx, t, 0, true, func(*encode.Writer) error { return nil }); err != nil {
				return err
			}
		}
	}
	return nil
}

// footer is what the footer of every Parquet file says of the run.
func (r *run) footer() [][2]string {
	return [][2]string{{footerRunID, r.publication.RunID()}, {footerModel, r.spec.Model.Digest}, {footerEngine, EngineVersion}}
}

// fieldsOf gives a table's columns.
func (r *run) fieldsOf(table string) []encode.Field {
	if table == stateTable {
		return r.stateFields()
	}
	var contactColumns []encode.Field
	for _, i := range r.carried(table) {
		contactColumns = append(contactColumns, encode.Field{Name: r.payload[i].name, Type: r.payload[i].typ, Nullable: true})
	}
	return Fields(table, r.idType, contactColumns)
}

// tableOf gives a table's columns and what its files have beside them.
func (r *run) tableOf(table string) (fields []encode.Field, o encode.Options) {
	o = encode.Options{
		SortedBy: -1, Bloom: -1, CreatedBy: "leadscore version " + EngineVersion + ".0.0 (build leadscore)", Metadata: r.footer(),
	}
	fields = r.fieldsOf(table)
	if table == stateTable {
		o.Metadata = append(o.Metadata, [2]string{footerStatics, r.staticsNote()})
	}
	for i, f := range fields {
		if f.Name == "contact_id" {
			o.Bloom = i
			if !f.Nullable {
				o.SortedBy = i
			}
		}
	}
	return fields, o
}

func (r *run) part(ctx context.Context, table string, n int, empty bool, write func(*encode.Writer) error) (err error) {
	if r.finishing != nil {
		ctx = r.finishing.ctx // the part may outlive those who write it
	}
	file := &lateFile{create: func() (*publish.PartWriter, error) { return r.publication.Create(ctx, table, n) }}
	defer func() {
		if err != nil && file.part != nil {
			err = errors.Join(err, file.part.Abort())
		}
	}()
	fields, o := r.tableOf(table)
	out := encode.NewWriter(file, fields, o)
	if err := write(out); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	if file.part == nil && !empty {
		return nil
	}
	footer, err := out.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	part := file.part
	file.part = nil // whoever finishes it aborts it
	finish := func() error {
		if err := part.Finish(footer.Rows); err != nil {
			return errors.Join(err, part.Abort())
		}
		r.written.add(table, footer)
		return nil
	}
	if r.finishing == nil {
		return finish()
	}
	r.finishing.do(finish)
	return nil
}

// add counts a part that was written.
func (w *written) add(table string, footer encode.Footer) {
	w.Lock()
	defer w.Unlock()
	t := w.tables[table]
	if t == nil {
		t = &TableSummary{Table: table}
		w.tables[table] = t
	}
	t.Rows += footer.Rows
	t.Bytes += footer.Bytes
	t.Parts++
}
