package parquetio

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
)

const (
	magic          = "PAR1"
	magicEncrypted = "PARE"
	tailLength     = 8 // footer length and magic
)

// readFooter finds the footer and gives its bytes.
func readFooter(r io.ReaderAt, size int64, limits Limits) ([]byte, error) {
	if size < int64(len(magic))+tailLength {
		if size == 0 {
			return nil, unsupported("remove it, or write it again: was the upload interrupted?", "the file is empty")
		}
		return nil, unsupported(fixNotParquet, "the file has %d bytes, too few for a Parquet file", size)
	}
	var head [len(magic)]byte
	if err := readFull(r, head[:], 0); err != nil {
		return nil, err
	}
	var tail [tailLength]byte
	if err := readFull(r, tail[:], size-tailLength); err != nil {
		return nil, err
	}
	switch begin, end := string(head[:]), string(tail[4:]); {
	case end == magicEncrypted:
		return nil, unsupported(fixEncrypted, "the file is encrypted")
	case begin != magic && end != magic:
		return nil, unsupported(fixNotParquet, "this is not a Parquet file: it neither begins nor ends with %s", magic)
	case end != magic:
		return nil, unsupported("was the upload interrupted? write it again", "the file begins as Parquet but has no footer at its end")
	case begin != magic:
		return nil, broken("the file ends as Parquet but does not begin so")
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	if length > size-tailLength-int64(len(magic)) {
		return nil, unsupported("was the upload interrupted? write it again",
			"the footer should have %d bytes, more than the whole file of %d", length, size)
	}
	if length > limits.MaxFooterBytes {
		return nil, tooBig("the footer has %d bytes, more than the limit of %d", length, limits.MaxFooterBytes)
	}
	b := make([]byte, length)
	return b, readFull(r, b, size-tailLength-length)
}

// readFull reads len(b) bytes at offset. That fewer came is the file's fault, any other error the storage's.
func readFull(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return unsupported("was it replaced or cut short while it was read? run again",
			"the file ends after %d of %d bytes at offset %d", n, len(b), offset)
	default:
		return failedRead(offset, len(b), err)
	}
}

// preflight holds that the footer agrees with itself and with the file: footerAt is where the footer begins.
func (f *footer) preflight(size, footerAt int64) *Error {
	if limit := maxRowsFree + satMul(size, maxRowsPerByte); f.rows > limit {
		return (&Error{RowGroup: -1, Row: -1}).with(tooBig("the file of %d bytes declares %d rows", size, f.rows))
	}
	sum := int64(0)
	for i := range f.groups {
		g := &f.groups[i]
		f.extend(g, footerAt)
		at := &Error{RowGroup: i, Row: -1}
		if g.rows > maxRowGroupRows {
			return at.with(tooBig("the row group declares %d rows, more than %d", g.rows, maxRowGroupRows))
		}
		sum += g.rows
		for j := range g.chunks {
			if err := f.checkChunk(g, j, footerAt); err != nil {
				at.Column = f.leaves[j].name
				return at.with(err)
			}
		}
	}
	if sum != f.rows {
		return (&Error{RowGroup: -1, Row: -1}).with(broken("the file declares %d rows, its row groups %d", f.rows, sum))
	}
	return f.checkOverlaps()
}

// checkOverlaps holds that no two chunks claim the same bytes, which no writer makes: one of them would be read as what it
// is not. Chunks that reach further than the footer gives them are let off.
func (f *footer) checkOverlaps() *Error {
	type place struct {
		start, end  int64
		group, leaf int
	}
	var places []place
	for i, g := range f.groups {
		for j, k := range g.chunks {
			if k.values > 0 && k.compressed > 0 && !k.encrypted && !k.elsewhere && f.slack == 0 {
				places = append(places, place{k.start(), k.start() + k.compressed, i, j})
			}
		}
	}
	byStart := func(a, b place) int { return cmp.Compare(a.start, b.start) }
	if !slices.IsSortedFunc(places, byStart) {
		slices.SortStableFunc(places, byStart)
	}
	for i := 1; i < len(places); i++ {
		if a, b := places[i-1], places[i]; b.start < a.end {
			at := &Error{RowGroup: b.group, Column: f.leaves[b.leaf].name, Row: -1}
			return at.with(broken("the column chunk overlaps that of column %q of row group %d", f.leaves[a.leaf].name, a.group))
		}
	}
	return nil
}

// extend lets chunks of a writer that forgot a header reach as far as they may.
func (f *footer) extend(g *group, footerAt int64) {
	for j := range g.chunks {
		if k := &g.chunks[j]; f.slack > 0 && k.start() > 0 && k.compressed > 0 {
			k.compressed += clamp(footerAt-k.start()-k.compressed, 0, f.slack)
		}
	}
}

func (f *footer) checkChunk(g *group, j int, footerAt int64) error {
	k, l := &g.chunks[j], &f.leaves[j]
	if k.encrypted || k.elsewhere {
		return nil // an error once the column is read
	}
	switch {
	case k.values < 0 || k.values > math.MaxInt64/16:
		return broken("the column chunk declares %d values", k.values)
	case !l.repeated && k.values != g.rows:
		return broken("the column chunk declares %d values, the row group %d rows", k.values, g.rows)
	case l.repeated && k.values < g.rows:
		return broken("the column chunk declares %d values, fewer than the %d rows", k.values, g.rows)
	case k.values > maxRowsFree+satMul(footerAt, maxRowsPerByte):
		return tooBig("the column chunk declares %d values", k.values)
	case k.compressed < 0 || k.unpacked < 0:
		return broken("the column chunk declares a length of %d bytes, %d unpacked", k.compressed, k.unpacked)
	}
	if k.values == 0 {
		return nil // never read, and some writers leave its offsets at 0
	}
	start := k.start()
	if start < int64(len(magic)) || start > footerAt || k.compressed > footerAt-start {
		return broken("the column chunk should be the %d bytes at offset %d, but the data ends at %d", k.compressed, start, footerAt)
	}
	if k.data-start > k.compressed {
		return broken("the column chunk's first data page lies beyond its end")
	}
	return nil
}

// satMul multiplies without overflow.
func satMul(a, b int64) int64 {
	if a > math.MaxInt64/4/b {
		return math.MaxInt64 / 4
	}
	return a * b
}
