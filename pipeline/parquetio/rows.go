package parquetio

import (
	"hash/crc32"
	"io"
)

// Rows reads the pages of a flat column that hold rows from (inclusive) to to (exclusive) of a row group, and the dictionary
// they refer to, and nothing else. It calls visit for each Page with the row that the Page begins at: the first may begin before
// from and the last may end behind to. All else is as with Pages.
func (r *Reader) Rows(f *File, src io.ReaderAt, rowGroup, column int, index *PageIndex, from, to int64, visit func(first int64, p *Page) error) error {
	at := &Error{File: f.name, RowGroup: rowGroup, Row: -1, Column: f.columns[column].Name}
	c := chunkReader{
		Reader: r, limits: f.limits, leaf: &f.foot.leaves[f.columns[column].Leaf],
		chunk: &f.foot.groups[rowGroup].chunks[f.columns[column].Leaf],
	}
	c.visit = func(p *Page) error { return visit(c.seen, p) }
	return c.guarded(at, func() error { return c.readRows(src, index, from, to) })
}

func (c *chunkReader) readRows(src io.ReaderAt, index *PageIndex, from, to int64) error {
	if err := c.chunk.readable(); err != nil {
		return err
	}
	c.decoder.shared = maxSharedFree + satMul(c.chunk.compressed, maxSharedPerByte)
	first, last := -1, -1
	for i := range index.places {
		if index.First[i+1] > from && index.First[i] < to {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	if start := c.chunk.start(); start < c.chunk.data {
		c.seen = 0
		if err := c.readPage(src, stretch{start, int32(min(c.chunk.data-start, maxRowGroupRows))}, 0); err != nil {
			return err
		}
	}
	for i := first; i <= last; i++ {
		c.seen = index.First[i]
		if err := c.readPage(src, index.places[i], index.First[i+1]-index.First[i]); err != nil {
			return err
		}
	}
	return nil
}

// readPage reads one page: a data page of so many rows, or the dictionary where that is 0.
func (c *chunkReader) readPage(src io.ReaderAt, place stretch, rows int64) error {
	c.window.reset(src, place.at, int64(place.length), int64(place.length))
	h, length, err := c.window.header(place.at)
	if err != nil {
		return err
	}
	if err := h.check(c.limits, int64(place.length)-length, max(rows, c.chunk.values)); err != nil {
		return err
	}
	if data := h.kind == pageData || h.kind == pageDataV2; data != (rows > 0) || data && int64(h.values) != rows {
		return broken("at offset %d there is another page than the index says", place.at)
	}
	body, err := c.window.slice(place.at+length, int(h.packed))
	if err != nil {
		return err
	}
	if h.hasCRC && crc32.ChecksumIEEE(body) != h.crc {
		return broken("the checksum of the page at offset %d is wrong", place.at)
	}
	return c.takePage(&h, body)
}
