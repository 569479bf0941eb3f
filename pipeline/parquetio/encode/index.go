package encode

// The page indexes let a reader that looks for one contact fetch the pages that can hold it and no others: the column
// index has the bounds of each page, the offset index where the page is and which rows it has. They stand together behind
// the last row group, first all column indexes, then all offset indexes.

// index appends both indexes of a chunk to those that Close writes.
func (w *Writer) index(m *chunkMeta, l *leaf, pages []pageEntry) {
	before := len(w.columnIndexes)
	if indexable(pages) {
		w.columnIndexes = appendColumnIndex(w.columnIndexes, l, pages)
	}
	m.columnIndex = int32(len(w.columnIndexes) - before)

	t := thrift{buf: w.offsetIndexes}
	before = len(t.buf)
	t.begin()
	t.list(1, thriftStruct, len(pages))
	for _, p := range pages {
		t.begin()
		t.i64(1, p.at)
		t.i32(2, p.size)
		t.i64(3, p.firstRow)
		t.end()
	}
	t.end()
	w.offsetIndexes = t.buf
	m.offsetIndex = int32(len(w.offsetIndexes) - before)
}

// indexable tells whether all pages with values have bounds; pages of NaN have none, and then the format has no index.
func indexable(pages []pageEntry) bool {
	for _, p := range pages {
		if p.present > 0 && !p.bounded {
			return false
		}
	}
	return true
}

func appendColumnIndex(dst []byte, l *leaf, pages []pageEntry) []byte {
	t := thrift{buf: dst}
	t.begin()
	t.list(1, thriftTrue, len(pages))
	for _, p := range pages {
		t.truth(p.present == 0)
	}
	var buf []byte
	t.list(2, thriftBinary, len(pages))
	for _, p := range pages {
		if buf = buf[:0]; p.present > 0 {
			buf, _ = l.lowest(buf, p.low)
		}
		t.element(textOf(buf))
	}
	t.list(3, thriftBinary, len(pages))
	for _, p := range pages {
		if buf = buf[:0]; p.present > 0 {
			buf, _ = l.highest(buf, p.high)
		}
		t.element(textOf(buf))
	}
	t.i32(4, boundaryOrder(l, pages))
	t.list(5, thriftI64, len(pages))
	for _, p := range pages {
		t.number(p.nulls)
	}
	t.end()
	return t.buf
}

// boundaryOrder tells whether the bounds of pages with values ascend (1), descend (2) or neither (0). Bounds that are cut
// need not ascend where whole ones do: an order is claimed only without them.
func boundaryOrder(l *leaf, pages []pageEntry) int32 {
	ascend, descend := true, true
	var before *pageEntry
	for i := range pages {
		p := &pages[i]
		if p.present == 0 {
			continue
		}
		if l.kind == kindBytes && max(len(p.low.text), len(p.high.text)) > maxBoundBytes {
			return 0
		}
		if before != nil {
			ascend = ascend && !l.less(p.low, before.low) && !l.less(p.high, before.high)
			descend = descend && !l.less(before.low, p.low) && !l.less(before.high, p.high)
		}
		before = p
	}
	switch {
	case ascend:
		return 1
	case descend:
		return 2
	}
	return 0
}
