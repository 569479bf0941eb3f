package parquetio

import (
	"io"
)

// Indexes are the page indexes of a file: where the pages of each column chunk are, which rows they have and what values they
// can hold. They may be used by many goroutines at once.
type Indexes struct {
	file *File
	at   int64 // offset of b in the file
	b    []byte
}

// PageIndex is what the indexes say about a flat column of a row group. Pages are numbered in the order of the rows.
type PageIndex struct {
	First []int64 // the first row of each page; one more than there are pages: the last is the number of rows
	// Low and High bound the values of each page: no value is below or above. They are PLAIN, texts without their length, and
	// empty where Vacant. Both are nil where the file has no bounds.
	Low, High [][]byte
	Vacant    []bool // pages of nulls alone
	places    []stretch
}

// Pages is the number of data pages.
func (x *PageIndex) Pages() int { return len(x.places) }

// Indexes reads the page indexes of all columns with one read. A file without any gives Indexes whose Column gives nil.
func (f *File) Indexes(src io.ReaderAt) (*Indexes, error) {
	x, at := &Indexes{file: f}, &Error{File: f.name, RowGroup: -1, Row: -1}
	begin, end := f.size, int64(0)
	for i := range f.foot.groups {
		for j := range f.foot.groups[i].chunks {
			k := &f.foot.groups[i].chunks[j]
			for _, s := range []stretch{k.offsetIndex, k.columnIndex} {
				if s.length > 0 {
					if s.at < int64(len(magic)) || s.at > f.size-int64(s.length) {
						return nil, at.with(broken("a page index should be the %d bytes at offset %d, but the file has %d", s.length, s.at, f.size))
					}
					begin, end = min(begin, s.at), max(end, s.at+int64(s.length))
				}
			}
		}
	}
	if end == 0 {
		return x, nil
	}
	if end-begin > f.limits.MaxFooterBytes {
		return nil, at.with(tooBig("the page indexes have %d bytes, more than the limit of %d", end-begin, f.limits.MaxFooterBytes))
	}
	x.at, x.b = begin, make([]byte, end-begin)
	if err := readFull(src, x.b, begin); err != nil {
		return nil, at.with(err)
	}
	return x, nil
}

// Column gives the index of a flat column of a row group, nil where there is none.
func (x *Indexes) Column(rowGroup, column int) (*PageIndex, error) {
	f := x.file
	leaf := f.columns[column].Leaf
	if leaf < 0 {
		return nil, nil
	}
	g := &f.foot.groups[rowGroup]
	k := &g.chunks[leaf]
	if k.offsetIndex.length <= 0 || k.encrypted || k.elsewhere {
		return nil, nil
	}
	index := &PageIndex{}
	at := &Error{File: f.name, RowGroup: rowGroup, Row: -1, Column: f.columns[column].Name}
	if err := index.parseOffsets(x.slice(k.offsetIndex), k, g.rows); err != nil {
		return nil, at.with(err)
	}
	if k.columnIndex.length > 0 {
		if err := index.parseBounds(x.slice(k.columnIndex)); err != nil {
			return nil, at.with(err)
		}
	}
	return index, nil
}

func (x *Indexes) slice(s stretch) []byte {
	from := s.at - x.at
	return x.b[from : from+int64(s.length)]
}

// parseOffsets reads where the pages are and holds that they lie within the chunk, one after the other, and have its rows.
func (x *PageIndex) parseOffsets(b []byte, k *chunk, rows int64) error {
	c := cursor{b: b}
	end := k.data
	c.fields(func(id int16, typ byte) {
		if id != 1 || typ != thriftList {
			c.skip(typ)
			return
		}
		for i := c.structList(); i > 0 && c.err == nil; i-- {
			place, first := stretch{at: -1}, int64(-1)
			c.fields(func(id int16, typ byte) {
				switch {
				case id == 1 && typ == thriftI64:
					place.at = c.i64()
				case id == 2 && typ == thriftI32:
					place.length = c.i32()
				case id == 3 && typ == thriftI64:
					first = c.i64()
				default:
					c.skip(typ)
				}
			})
			switch n := len(x.First); {
			case c.err != nil:
				return
			case place.at < end || place.length <= 0 || place.at+int64(place.length) > k.start()+k.compressed:
				c.fail("the page index names a page outside of its column chunk")
			case n == 0 && first != 0 || n > 0 && first <= x.First[n-1] || first >= rows:
				c.fail("the rows of the page index do not ascend")
			}
			end = place.at + int64(place.length)
			x.places, x.First = append(x.places, place), append(x.First, first)
		}
	})
	if c.err == nil && len(x.places) == 0 && rows > 0 {
		return broken("the page index names no page")
	}
	x.First = append(x.First, rows)
	return c.err
}

// parseBounds reads what values the pages can hold.
func (x *PageIndex) parseBounds(b []byte) error {
	c := cursor{b: b}
	texts := func() [][]byte {
		n, elem := c.list()
		if elem != thriftBinary && n > 0 {
			c.fail("the bounds of the page index are not binary")
			return nil
		}
		list := make([][]byte, 0, min(n, len(x.places)))
		for i := 0; i < n && c.err == nil; i++ {
			list = append(list, c.bytes())
		}
		return list
	}
	c.fields(func(id int16, typ byte) {
		switch {
		case id == 1 && typ == thriftList:
			n, elem := c.list()
			if elem != thriftTrue && elem != thriftFalse && n > 0 {
				c.fail("the page index does not say which pages are of nulls alone")
			}
			for i := 0; i < n && c.err == nil; i++ {
				x.Vacant = append(x.Vacant, c.byte() == 1)
			}
		case id == 2 && typ == thriftList:
			x.Low = texts()
		case id == 3 && typ == thriftList:
			x.High = texts()
		default:
			c.skip(typ)
		}
	})
	if n := len(x.places); c.err != nil || len(x.Vacant) != n || len(x.Low) != n || len(x.High) != n {
		x.Low, x.High, x.Vacant = nil, nil, nil // some writers leave out the bounds of pages that have none
	}
	return c.err
}
