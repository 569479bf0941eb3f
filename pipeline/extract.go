package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/export"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
	"leadscore/transforms/filter"
)

// Extracts are the last station before the commit. They read the tables as every reader of the run will, from where they wait to be
// published, and are published in the same commit:
//
//	staged tables ─ Select, where ─▶ rows, some at a time ─ less the suppressed ─ admit ─▶ order, limit ─ deliver ─▶ file
//	                                                                             └───── delivery, if any ─────┘
//
// A delivery (delivery.go) decides which of the matching contacts are written, and how.

// extract is an extract of a run: what it asks, read and found to fit.
type extract struct {
	Extract
	where      *filter.Filter // nil: all
	refs       []filter.Ref   // that are read: those of the columns, then what else is needed, contact_id among them
	columns    []outColumn
	orders     []filter.Order // empty: as stored
	suppressed int            // among refs: why a contact is in no hand-off; -1: the contacts are those of mql, of whom nobody is suppressed
	schema     *filter.Schema
	idType     arrow.DataType // of contact_id
	summary    ExtractSummary
}

// outColumn is a column of the file.
type outColumn struct {
	name  string
	from  int // among refs; -1: a constant
	value string
	key   string // of the job file
}

// table is the name of the extract's table, which is its folder below the output folder.
func (x Extract) table() string { return path.Join(publish.ExtractsFolder, x.Slug) }

// rejectsTable is the name of the table of those that an extract matches and its receiver would not take.
func (x Extract) rejectsTable() string { return x.table() + "_rejects" }

// format is what the file is.
func (x Extract) format() string {
	switch {
	case x.Format != "":
		return x.Format
	case x.SuperOffice != nil:
		return "xlsx"
	case x.AddToList != "" || x.RemoveFromList != "":
		return publish.Parquet
	}
	return export.Formats[0]
}

// need gives the place of a column among those that are read.
func (x *extract) need(ref filter.Ref) int {
	i := slices.Index(x.refs, ref)
	if i < 0 {
		i = len(x.refs)
		x.refs = append(x.refs, ref)
	}
	return i
}

func (x *extract) batch(columns []*published.Column, rows int) *extractRows {
	batch := &extractRows{read: columns, ids: columns[slices.Index(x.refs, contactRef)], rows: rows}
	if len(columns) > len(x.refs) {
		batch.note = columns[len(x.refs)]
	}
	return batch
}

// contactRef is the column that says who the contact is.
var contactRef = filter.Ref{Column: "contact_id"}

// suppressedRef is the column that says why a contact is in no hand-off, null for who may be in one.
var suppressedRef = filter.Ref{Column: "suppressed"}

// extractAll writes all extracts.
func (r *run) extractAll(ctx context.Context) error {
	if len(r.extracts) == 0 && !r.lineage.streams {
		return nil
	}
	return r.timed("extracts", func() (err error) {
		// Read anew, as filters may count from the as-of instant, and a backfill has many.
		if wrong, err := r.checkExtracts(); err != nil || len(wrong) > 0 {
			return errors.Join(err, &DiagnosticsError{wrong})
		}
		r.watch.Stage("extracts", int64(len(r.extracts)), "extracts")
		defer r.watch.Done("extracts")
		staged := published.New(r.publication.Staged(publish.Manifest{EngineVersion: EngineVersion, AsOf: r.spec.AsOf}), PartOf)
		defer func() { err = errors.Join(err, staged.Close()) }()
		if err := r.openStreams(ctx); err != nil {
			return err
		}
		if err := r.openLists(ctx); err != nil {
			return err
		}
		// Who is taken off a list has to be known before its members are written.
		for _, removes := range []bool{true, false} {
			for _, x := range r.extracts {
				if removes != (x.RemoveFromList != "") {
					continue
				}
				if err := r.extract(ctx, staged, x); err != nil {
					return fmt.Errorf("extract %q: %w", x.Name, err)
				}
				r.watch.Advance("extracts", 1)
			}
		}
		return r.closeStreams(ctx)
	})
}

// extract writes one extract.
func (r *run) extract(ctx context.Context, staged *published.Run, x *extract) (err error) {
	d := r.deliveryOf(x)
	if a, ok := d.(aborter); ok {
		defer func() { err = errors.Join(err, a.abort()) }()
	}
	header, err := x.header(ctx, staged)
	if err != nil {
		return err
	}
	header.Metadata = r.footer()
	format := x.format()
	if header, format, err = d.begin(ctx, staged, header, format); err != nil {
		return err
	}
	kept, limit := []publish.Output(nil), x.Limit
	if k, ok := d.(keeper); ok {
		kept, limit = k.keeps()
	}
	file := r.lateExtract(ctx, x.table(), len(kept), format, header)
	if len(kept) == 0 {
		if err := file.begin(); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, file.abort()) }()
	give := func(columns []*published.Column, rows int) error {
		batch := x.batch(columns, rows)
		if err := d.deliver(batch, x.out(batch)); err != nil {
			return err
		}
		return file.write(batch.out, batch.rows)
	}
	if x.summary.Matching, err = r.matching(ctx, staged, x, limit, d, give); err != nil {
		return err
	}
	if err := d.end(ctx, file.write); err != nil {
		return err
	}
	x.summary.Extract = x.Name
	x.summary.TableSummary, err = file.finish()
	for _, output := range kept {
		x.summary.Rows, x.summary.Bytes, x.summary.Parts = x.summary.Rows+output.Rows, x.summary.Bytes+output.Bytes, x.summary.Parts+1
	}
	return err
}

// matching gives the rows of the contacts that match and may be written, in order and up to the limit, and counts those that match.
func (r *run) matching(ctx context.Context, staged *published.Run, x *extract, limit int, d delivery, give func([]*published.Column, int) error) (_ *int64, err error) {
	total, taken := int64(0), 0
	var keys []published.Key
	for _, order := range x.orders {
		keys = append(keys, published.Key{Column: slices.Index(x.refs, order.Ref), Descending: order.Descending})
	}
	// A sort takes up to three times what it holds: columns grow by more than they need, and are copied in order.
	sorted := published.NewSorted(keys, limit, r.spec.Memory/6, func() (*os.File, func() error, error) { return r.memory.spillFile("extract") })
	defer func() {
		r.memory.spilled.Add(sorted.Spilled())
		err = errors.Join(err, sorted.Close())
	}()
	take := func(columns []*published.Column, rows int) error {
		if x.suppressed >= 0 {
			columns, rows = keepRows(columns, rows, columns[x.suppressed].IsNull)
		}
		total += int64(rows)
		batch := x.batch(columns, rows)
		may, err := d.admit(batch)
		if err != nil {
			return err
		}
		if batch.note != nil {
			columns = append(slices.Clip(columns), batch.note)
		}
		if may != nil {
			columns, rows = keepRows(columns, rows, func(row int) bool { return may[row] })
		}
		if len(keys) > 0 {
			return sorted.Add(columns, rows)
		}
		if limit > 0 {
			columns, rows = keepRows(columns, rows, func(row int) bool { return row < limit-taken })
		}
		taken += rows
		return give(columns, rows)
	}
	if err := staged.Select(ctx, published.Query{Where: x.where, Columns: x.refs, Threads: r.threads}, take); err != nil {
		return nil, err
	}
	return &total, sorted.Finish(give)
}

// keepRows gives the rows that are to stay.
func keepRows(columns []*published.Column, rows int, stays func(row int) bool) ([]*published.Column, int) {
	var kept []int32
	for row := range rows {
		if stays(row) {
			kept = append(kept, int32(row))
		}
	}
	if len(kept) == rows {
		return columns, rows
	}
	return published.Take(columns, kept), len(kept)
}

// header describes the columns that the extract asks for.
func (x *extract) header(ctx context.Context, staged *published.Run) (h export.Header, err error) {
	types, err := staged.Types(ctx, x.refs)
	if err != nil {
		return h, err
	}
	h.Raw = x.Raw
	for _, c := range x.columns {
		typ := arrow.DataType(arrow.BinaryTypes.String)
		if c.from >= 0 {
			typ = types[c.from]
		}
		h.Names, h.Types = append(h.Names, c.name), append(h.Types, typ)
	}
	return h, nil
}

// out gives the columns of the file for rows that were read.
func (x *extract) out(batch *extractRows) []*published.Column {
	columns := make([]*published.Column, len(x.columns))
	for i, c := range x.columns {
		if c.from >= 0 {
			columns[i] = batch.read[c.from]
			continue
		}
		columns[i] = published.NewColumn(c.name, arrow.BinaryTypes.String)
		for range batch.rows {
			columns[i].AppendText(c.value)
		}
	}
	return columns
}
