package encode

import (
	"cmp"
	"fmt"
	"slices"
)

// codeSource writes a column whose values are given by positions in a dictionary. The dictionary that is written has only the
// values that occur, in ascending order: so the bytes do not depend on how the given one was put together, and the least
// and the greatest position of a page are its bounds. Where hardly any value repeats, the values are written as PLAIN.
type codeSource[C Code] struct {
	t      target
	codes  []C
	given  values
	size   int      // of the given dictionary, as far as codes reach
	order  []uint32 // given codes by position
	table  []uint32 // from given codes to positions, and one more
	nulls  int
	coded  bool
	s      *scratch
	length int // bytes of the dictionary as PLAIN
}

const unused = ^uint32(0)

func openCodes[C Code](t target, c Codes[C], s *scratch) (source, error) {
	if t.kind != kindBytes || t.list {
		return nil, mismatch(t, c)
	}
	if t.physical == physicalFixed {
		for i, text := range c.Dictionary {
			if len(text) != t.width {
				return nil, fmt.Errorf("dictionary entry %d has %d bytes, but %s takes %d", i, len(text), t.name, t.width)
			}
		}
	}
	texts := c.Dictionary
	if texts == nil {
		texts = []string{}
	}
	src, err := newCodeSource(t, c.Codes, values{leaf: t.leaf, texts: texts}, len(texts), s)
	if err != nil {
		return nil, err
	}
	src.coded = src.paysOff()
	return src, nil
}

func openIntCodes[C Code](t target, c IntCodes[C], s *scratch) (source, error) {
	if t.kind != kindInt || t.list {
		return nil, mismatch(t, c)
	}
	for _, v := range c.Dictionary {
		if err := t.checkRange(v, v, false); err != nil {
			return nil, err
		}
	}
	src, err := newCodeSource(t, c.Codes, values{leaf: t.leaf, numbers: c.Dictionary}, len(c.Dictionary), s)
	if err != nil {
		return nil, err
	}
	src.coded = src.paysOff()
	return src, nil
}

// newCodeSource finds out which values occur and puts them in order.
func newCodeSource[C Code](t target, codes []C, given values, size int, s *scratch) (*codeSource[C], error) {
	size = min(size, int(^C(0)))
	table := sized(s.table, size+1) // the last entry is for all codes beyond the dictionary
	s.table = table
	for i := range table {
		table[i] = unused
	}
	for _, code := range codes {
		table[min(int(code), size)] = 0
	}
	src := &codeSource[C]{t: t, codes: codes, given: given, size: size, table: table, coded: true, s: s}
	if table[size] != unused {
		if err := src.countNulls(); err != nil {
			return nil, err
		}
	}
	src.rank()
	return src, nil
}

// countNulls counts the codes for null, and fails where they may not be or where a code is neither.
func (src *codeSource[C]) countNulls() error {
	null, beyond := ^C(0), 0
	for _, code := range src.codes {
		src.nulls += one(code == null)
		beyond += one(int(code) >= src.size)
	}
	if src.nulls == beyond && src.t.nullable {
		return nil
	}
	for i, code := range src.codes {
		switch {
		case code == null && !src.t.nullable:
			return src.t.nullError(i)
		case code != null && int(code) >= src.size:
			return fmt.Errorf("row %d has code %d, but the dictionary has %d entries", i, code, src.size)
		}
	}
	return nil
}

// rank fills the table with the positions of used codes in the dictionary to be written, equal values at one position.
func (src *codeSource[C]) rank() {
	order := src.s.order[:0]
	for code, use := range src.table[:src.size] {
		if use != unused {
			order = append(order, uint32(code))
		}
	}
	compare := func(a, b uint32) int {
		x, y := src.given.at(int(a)), src.given.at(int(b))
		switch {
		case src.t.less(x, y):
			return -1
		case src.t.less(y, x):
			return 1
		}
		return cmp.Compare(a, b)
	}
	if !slices.IsSortedFunc(order, compare) {
		slices.SortFunc(order, compare)
	}
	src.s.order = order
	kept := 0
	for i, code := range order {
		if i == 0 || src.t.less(src.given.at(int(order[kept-1])), src.given.at(int(code))) {
			order[kept] = code
			kept++
			src.length += src.t.plainSize(src.given.at(int(code)))
		}
		src.table[code] = uint32(kept - 1)
	}
	src.order = order[:kept]
}

// paysOff tells whether a dictionary and positions take fewer bytes than PLAIN would, taking an entry's mean size for all.
func (src *codeSource[C]) paysOff() bool {
	entries, rows := len(src.order), len(src.codes)-src.nulls
	if entries == 0 {
		return false
	}
	positions := rows * int(bitWidth(entries)) / 8
	return src.length+positions < src.length*rows/entries
}

func (src *codeSource[C]) dictionary() dictionary {
	if !src.coded {
		return dictionary{}
	}
	return dictionary{entries: len(src.order), sorted: true, append: func(dst []byte) []byte {
		dst = slices.Grow(dst, src.length)
		for _, code := range src.order {
			dst = src.t.appendPlain(dst, src.given.at(int(code)))
		}
		return dst
	}}
}

func (src *codeSource[C]) end(from, to int) int {
	if src.coded || src.t.kind != kindBytes {
		return to
	}
	size := 0
	for i, code := range src.codes[from:to] {
		if size > maxPageBytes {
			return from + i
		}
		if int(code) < src.size {
			size += src.t.plainSize(src.given.at(int(code)))
		}
	}
	return to
}

func (src *codeSource[C]) page(p *page, from, to int) error {
	indexes := src.indexes(p, from, to)
	if len(indexes) > 0 {
		low, high := indexes[0], indexes[0]
		for _, x := range indexes {
			low, high = min(low, x), max(high, x)
		}
		p.low, p.high = src.given.at(int(src.order[low])), src.given.at(int(src.order[high]))
		p.bounded = true
	}
	if src.coded {
		// Readers look for the width before they know that a page has nulls only.
		width := bitWidth(len(src.order))
		p.body = appendHybrid(append(p.body, byte(width)), indexes, width)
		return nil
	}
	for _, x := range indexes {
		p.body = src.t.appendPlain(p.body, src.given.at(int(src.order[x])))
	}
	return nil
}

// indexes appends levels and gives the positions of the values that are not null.
func (src *codeSource[C]) indexes(p *page, from, to int) []uint32 {
	rows := to - from
	indexes := sized(src.s.indexes, rows)
	src.s.indexes = indexes
	if src.nulls == 0 {
		p.allPresent(src.t, rows)
		for i, code := range src.codes[from:to] {
			indexes[i] = src.table[code]
		}
		return indexes
	}
	mask := sized(src.s.mask, (rows+7)/8)
	src.s.mask = mask
	n, codes := 0, src.codes[from:to]
	for at := range mask {
		var bits byte
		for i, code := range codes[8*at : min(8*at+8, rows)] {
			indexes[n] = src.table[min(int(code), src.size)]
			is := one(int(code) < src.size)
			n += is
			bits |= byte(is) << i
		}
		mask[at] = bits
	}
	p.entries, p.present = rows, n
	p.body = appendMask(p.body, mask, rows)
	return indexes[:n]
}

func (src *codeSource[C]) distinct() (int, func(add func(bound))) {
	return len(src.order), func(add func(bound)) {
		for _, code := range src.order {
			add(src.given.at(int(code)))
		}
	}
}
