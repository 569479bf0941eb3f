package parquetio

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

const (
	// maxBatchRows bounds the rows of a batch, whatever the caller asks for.
	maxBatchRows = 1 << 17
	// streamBytes is how much of a chunk is read at a time.
	streamBytes = 1 << 20
	// bytesPerValue is what a value of a nested column takes at least while its rows are put together.
	bytesPerValue = 8
)

// Records reads top-level columns of any type from one row group, as Arrow batches of at most batchRows rows (0: 8,192),
// the columns in the order asked for, none twice. Flat text columns come as dictionary arrays where the row group has a
// dictionary for them, and INT96 columns as microseconds where nanoseconds cannot hold them, so the schema of the batches
// can differ between row groups. src must hold the same bytes as the file that f was
// opened from; it is read twice, once for the page headers.
//
// A batch is the visitor's only until visit returns, unless it retains it. All work is done in the calling goroutine. The
// rows of all batches add up to the row group's, or Records gives an *Error; an error of visit or of ctx is handed back as it is.
func (f *File) Records(ctx context.Context, src io.ReaderAt, columns []int, rowGroup, batchRows int, visit func(arrow.RecordBatch) error) (err error) {
	r := recordsReader{file: f, src: src, group: rowGroup, visit: visit, at: &Error{File: f.name, RowGroup: rowGroup, Row: -1}}
	if rowGroup < 0 || rowGroup >= f.RowGroups() {
		return r.at.with(&fault{what: "there is no such row group"})
	}
	if batchRows <= 0 {
		batchRows = 8192
	}
	defer func() {
		if p := recover(); p != nil {
			if r.visiting {
				panic(p) // the caller's own
			}
			why, ok := p.(*fault)
			if !ok {
				why = broken("the data cannot be decoded: %v", p).(*fault)
			}
			err = r.at.with(why)
		}
	}()
	if len(columns) == 0 || f.RowGroupRows(rowGroup) == 0 {
		return nil
	}
	if err := r.inspect(ctx, columns); err != nil {
		return err
	}
	r.at.Column = ""
	if len(columns) == 1 {
		r.at.Column = f.columns[columns[0]].Name
	}
	err = r.read(ctx, min(batchRows, maxBatchRows))
	if err == nil || r.stopped || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err
	}
	r.at.reached(r.seen)
	if r.failed != nil {
		return r.at.with(r.failed)
	}
	var f2 *fault
	if !errors.As(err, &f2) {
		err = broken("the data cannot be decoded: %v", err)
	}
	return r.at.with(err)
}

// recordsReader is the state of one call of Records. It stands between arrow-go and the storage, so that an error of the
// storage is known as such.
type recordsReader struct {
	file     *File
	src      io.ReaderAt
	group    int
	visit    func(arrow.RecordBatch) error
	at       *Error
	leaves   []int // that arrow-go reads, as it numbers them
	int96    []*int96Column
	names    []string
	places   []int // column of a batch → column of arrow-go's, or ^index into int96
	texts    []int // of leaves: those to be had as dictionaries
	rows     int64 // read
	seen     int64 // handed over
	visiting bool
	stopped  bool  // by visit
	failed   error // what the storage said
}

// ReadAt reads from the storage.
func (r *recordsReader) ReadAt(b []byte, offset int64) (int, error) {
	n, err := r.src.ReadAt(b, offset)
	if n == len(b) {
		return n, nil
	}
	if err != nil && err != io.EOF {
		r.failed = failedRead(offset, len(b), err)
	}
	return n, err
}

// Seek and Read are never called, since arrow-go is given the metadata; they are part of what it asks of a file.
func (r *recordsReader) Seek(int64, int) (int64, error) { return 0, errors.ErrUnsupported }
func (r *recordsReader) Read([]byte) (int, error)       { return 0, errors.ErrUnsupported }

// inspect walks the page headers of all chunks to be read and holds them to the limits.
func (r *recordsReader) inspect(ctx context.Context, columns []int) error {
	var w window
	f, asked := r.file, map[int]bool{}
	for _, column := range columns {
		if column < 0 || column >= len(f.columns) || asked[column] {
			return r.at.with(&fault{what: "there is no such column, or it is asked for twice"})
		}
		asked[column] = true
		r.at.Column = f.columns[column].Name
		if why := f.leftOut[column]; why != nil {
			return r.at.with(why)
		}
		r.names = append(r.names, r.at.Column)
		t := f.foot.tops[column]
		flat := f.columns[column].Leaf >= 0
		if flat && f.foot.leaves[t.first].typ == typeInt96 {
			c, err := readInt96(f, r.src, r.group, column)
			if err != nil {
				return f.named(err, r.at)
			}
			r.places, r.int96 = append(r.places, ^len(r.int96)), append(r.int96, c)
			continue
		}
		r.places = append(r.places, len(r.places)-len(r.int96))
		for leaf := t.first; leaf < t.first+t.count; leaf++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.at.Column = f.foot.leaves[leaf].name
			if err := f.inspectChunk(&w, r.src, r.group, leaf); err != nil {
				return r.at.with(err)
			}
			r.leaves = append(r.leaves, f.leafHere[leaf])
			if f.wantsDictionary(r.group, leaf) {
				r.texts = append(r.texts, f.leafHere[leaf])
			}
		}
	}
	return nil
}

// named gives err as an *Error: as it is where it is one, else at the given place.
func (f *File) named(err error, at *Error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return at.with(err)
}

// inspectChunk walks the page headers of a chunk: sizes within the limits and the chunk, values that add up, checksums that
// are right.
func (f *File) inspectChunk(w *window, src io.ReaderAt, rowGroup, leaf int) error {
	k, l := &f.foot.groups[rowGroup].chunks[leaf], &f.foot.leaves[leaf]
	if err := k.readable(); err != nil {
		return err
	}
	if l.repeated && k.values > f.limits.MaxPageBytes/bytesPerValue {
		return tooBig("the lists of the row group hold %d values, more than the limit of %d", k.values, f.limits.MaxPageBytes/bytesPerValue)
	}
	at, end, seen, dictionaries := k.start(), k.start()+k.compressed, int64(0), 0
	rows := int64(0) // of lists
	w.reset(src, at, k.compressed, min(streamBytes, f.limits.WindowBytes))
	for seen < k.values {
		if at >= end {
			return broken("the column chunk ends after %d of %d values", seen, k.values)
		}
		h, length, err := w.header(at)
		if err != nil {
			return err
		}
		at += length
		if err := h.check(f.limits, end-at, k.values-seen); err != nil {
			return err
		}
		if h.hasCRC {
			if err := w.checksum(at, int64(h.packed), h.crc); err != nil {
				return err
			}
		}
		switch h.kind {
		case pageData, pageDataV2:
			seen += int64(h.values)
			if err := f.inspectPage(w, k, l, &h, at, &rows); err != nil {
				return err
			}
		case pageDictionary:
			if dictionaries++; dictionaries > 1 || seen > 0 {
				return errDictionary
			}
		}
		at += int64(h.packed)
	}
	if l.repeated && rows != f.RowGroupRows(rowGroup) {
		return broken("the lists of the column chunk make %d rows, the row group has %d", rows, f.RowGroupRows(rowGroup))
	}
	return nil
}

// checksum holds that the n bytes at offset have the checksum crc, without having them all in memory.
func (w *window) checksum(offset, n int64, crc uint32) error {
	sum := uint32(0)
	for at := offset; at < offset+n; {
		k := min(offset+n-at, max(w.width, 1))
		b, err := w.slice(at, int(k))
		if err != nil {
			return err
		}
		sum = crc32.Update(sum, crc32.IEEETable, b)
		at += k
	}
	if sum != crc {
		return broken("the checksum of the page at offset %d is wrong", offset)
	}
	return nil
}

func (r *recordsReader) read(ctx context.Context, batchRows int) error {
	want := r.file.RowGroupRows(r.group)
	if len(r.leaves) == 0 {
		for r.seen < want {
			if err := r.hand(ctx, nil, min(want-r.seen, int64(batchRows))); err != nil {
				return err
			}
		}
		return nil
	}
	props := parquet.NewReaderProperties(memory.DefaultAllocator)
	props.BufferedStreamEnabled = true
	props.BufferSize = streamBytes
	props.MaxCompressedPageSize = r.file.limits.MaxPageBytes
	props.MaxUncompressedPageSize = r.file.limits.MaxPageBytes
	budget := &batchMemory{limit: batchMemoryPages * r.file.limits.MaxPageBytes}
	pf, err := file.NewParquetReader(r, file.WithMetadata(r.file.meta), file.WithReadProps(props))
	if err != nil {
		return err
	}
	arrowProps := pqarrow.ArrowReadProperties{BatchSize: int64(batchRows)}
	for _, leaf := range r.texts {
		arrowProps.SetReadDict(leaf, true)
	}
	fr, err := pqarrow.NewFileReader(pf, arrowProps, budget)
	if err != nil {
		return err
	}
	rr, err := fr.GetRecordReader(ctx, r.leaves, []int{r.group})
	if err != nil {
		return err
	}
	defer rr.Release()
	for budget.used = 0; rr.Next(); budget.used = 0 {
		batch := rr.RecordBatch()
		if r.rows += batch.NumRows(); r.rows > want {
			break
		}
		if err := r.hand(ctx, batch, batch.NumRows()); err != nil {
			return err
		}
	}
	if err := rr.Err(); err != nil {
		return err
	}
	if r.rows != want {
		return broken("%d rows could be read, the row group declares %d", r.rows, want)
	}
	return nil
}

// hand gives the visitor n rows: those of batch, which may be nil, beside those of the INT96 columns.
func (r *recordsReader) hand(ctx context.Context, batch arrow.RecordBatch, n int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(r.int96) > 0 {
		columns, fields := make([]arrow.Array, len(r.places)), make([]arrow.Field, len(r.places))
		for i, place := range r.places {
			if place >= 0 {
				columns[i], fields[i] = batch.Column(place), batch.Schema().Field(place)
				continue
			}
			columns[i] = r.int96[^place].slice(r.seen, n)
			defer columns[i].Release()
			fields[i] = arrow.Field{Name: r.names[i], Type: columns[i].DataType(), Nullable: true}
		}
		batch = array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, n)
		defer batch.Release()
	}
	if batch != nil {
		for _, column := range batch.Columns() {
			if err := checkCodes(column); err != nil {
				return err
			}
		}
	}
	r.visiting = true
	err := r.visit(batch)
	r.visiting = false
	r.seen += n
	r.stopped = err != nil
	return err
}

// checkCodes holds that the codes of a dictionary array lie in its dictionary, which arrow-go leaves to its readers.
func checkCodes(a arrow.Array) error {
	d, ok := a.(*array.Dictionary)
	if !ok {
		return nil
	}
	codes, ok := d.Indices().(*array.Int32)
	if !ok {
		return fmt.Errorf("a dictionary has codes of type %s", d.Indices().DataType())
	}
	entries := uint32(d.Dictionary().Len())
	for i, code := range codes.Int32Values() {
		if uint32(code) >= entries && d.IsValid(i) {
			return outside(uint32(code), int(entries))
		}
	}
	return nil
}

// wantsDictionary tells whether a leaf is flat text that is mostly dictionary-encoded in the row group.
func (f *File) wantsDictionary(rowGroup, leaf int) bool {
	l, k := &f.foot.leaves[leaf], &f.foot.groups[rowGroup].chunks[leaf]
	const coded = 1<<encodingPlainDictionary | 1<<encodingRLEDictionary
	return l.flat && l.typ == typeByteArray && isText(f.columns[l.top].Arrow) &&
		k.encodings&coded != 0 && !(k.counted && k.plainPages)
}
