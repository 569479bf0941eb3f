package encode

import (
	"encoding/binary"
	"math"
)

// rowGroup is what the footer says about a row group.
type rowGroup struct {
	rows   int64
	at     int64
	chunks []chunkMeta
}

// footer appends the file's metadata, its length and the closing magic. The column indexes start at columnIndexAt and the
// offset indexes at offsetIndexAt, in the order of row groups and columns.
func (w *Writer) footer(dst []byte, columnIndexAt, offsetIndexAt int64) []byte {
	start := len(dst)
	t := thrift{buf: dst}
	t.begin()
	t.i32(1, 1) // version: what every reader takes
	t.schema(2, w.columns)
	t.i64(3, w.rows)
	t.list(4, thriftStruct, len(w.groups))
	for i := range w.groups {
		g := &w.groups[i]
		var uncompressed, size int64
		t.begin()
		t.list(1, thriftStruct, len(g.chunks))
		for j := range g.chunks {
			m := &g.chunks[j]
			uncompressed += m.uncompressed
			size += m.size
			t.columnChunk(&w.columns[j], m, columnIndexAt, offsetIndexAt)
			columnIndexAt += int64(m.columnIndex)
			offsetIndexAt += int64(m.offsetIndex)
		}
		t.i64(2, uncompressed)
		t.i64(3, g.rows)
		if w.options.SortedBy >= 0 {
			t.list(4, thriftStruct, 1)
			t.begin()
			t.i32(1, int32(w.options.SortedBy))
			t.boolean(2, false) // not descending
			t.boolean(3, false) // nulls last
			t.end()
		}
		t.i64(5, g.at)
		t.i64(6, size)
		if i <= math.MaxInt16 {
			t.i16(7, int16(i))
		}
		t.end()
	}
	if n := len(w.options.Metadata); n > 0 {
		t.list(5, thriftStruct, n)
		for _, pair := range w.options.Metadata {
			t.begin()
			t.text(1, pair[0])
			t.text(2, pair[1])
			t.end()
		}
	}
	t.text(6, w.options.CreatedBy)
	t.list(7, thriftStruct, len(w.columns))
	for range w.columns {
		t.begin()
		t.empty(1) // least and greatest are in the order of the column's type
		t.end()
	}
	t.end()
	t.buf = binary.LittleEndian.AppendUint32(t.buf, uint32(len(t.buf)-start))
	return append(t.buf, magic...)
}

func (t *thrift) columnChunk(c *column, m *chunkMeta, columnIndexAt, offsetIndexAt int64) {
	encoding := int64(encodingPlain)
	if m.dictionaryAt >= 0 {
		encoding = encodingRLEDictionary
	}
	t.begin()
	t.i64(2, 0) // the metadata stands here and nowhere else
	t.structure(3)
	t.i32(1, c.leaf.physical)
	if m.dictionaryAt >= 0 {
		t.list(2, thriftI32, 3)
		t.number(encodingPlain) // of the dictionary
	} else {
		t.list(2, thriftI32, 2)
	}
	t.number(encodingRLE) // of the levels
	t.number(encoding)
	t.list(3, thriftBinary, len(c.path))
	for _, name := range c.path {
		t.element(name)
	}
	t.i32(4, codecZstd)
	t.i64(5, m.entries)
	t.i64(6, m.uncompressed)
	t.i64(7, m.size)
	t.i64(9, m.dataAt)
	if m.dictionaryAt >= 0 {
		t.i64(11, m.dictionaryAt)
	}
	t.structure(12)
	t.i64(3, m.nulls)
	if m.bounded {
		t.buf = append(t.buf, m.statistics...)
		t.last = 8
	}
	t.end()
	if m.dictionaryAt >= 0 {
		t.list(13, thriftStruct, 2)
		t.encodingStats(dictionaryPage, encodingPlain, 1)
	} else {
		t.list(13, thriftStruct, 1)
	}
	t.encodingStats(dataPage, int32(encoding), int32(m.pages))
	if m.bloomSize > 0 {
		t.i64(14, m.bloomAt)
		t.i32(15, m.bloomSize)
	}
	t.end()
	t.i64(4, offsetIndexAt)
	t.i32(5, m.offsetIndex)
	if m.columnIndex > 0 {
		t.i64(6, columnIndexAt)
		t.i32(7, m.columnIndex)
	}
	t.end()
}

// encodingStats writes how many pages of a kind have an encoding.
func (t *thrift) encodingStats(page, encoding, count int32) {
	t.begin()
	t.i32(1, page)
	t.i32(2, encoding)
	t.i32(3, count)
	t.end()
}
