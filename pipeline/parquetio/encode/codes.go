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
	entry  []uint32 // from codes to positions in given; nil: they are the same
	given  values
	size   int      // codes below it may have a value
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
	size := len(texts)
	if c.Entries != nil {
		size = len(c.Entries)
		for i, entry := range c.Entries {
			if entry != unused && int(entry) >= len(texts) {
				return nil, fmt.Errorf("entry %d is %d, but the dictionary has %d", i, entry, len(texts))
			}
		}
	}
	src, err := newCodeSource(t, c, values{leaf: t.leaf, texts: texts}, size, s)
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
	src, err := newCodeSource(t, Codes[C]{Codes: c.Codes}, values{leaf: t.leaf, numbers: c.Dictionary}, len(c.Dictionary), s)
	if err != nil {
		return nil, err
	}
	src.coded = src.paysOff()
	return src, nil
}

// newCodeSource finds out which values occur and puts them in order. Of c it needs codes and entries.
func newCodeSource[C Code](t target, c Codes[C], given values, size int, s *scratch) (*codeSource[C], error) {
	size = min(size, int(^C(0)))
	table := sized(s.table, size+1) // the last entry is for all codes beyond the dictionary
	s.table = table
	for i := range table {
		table[i] = unused
	}
	nulls, beyond := 0, 0
	for _, code := range c.Codes {
		table[min(int(code), size)] = 0
		nulls += one(code == ^C(0))
		beyond += one(int(code) >= size)
	}
	src := &codeSource[C]{t: t, codes: c.Codes, entry: c.Entries, given: given, size: size, table: table, nulls: nulls, coded: true, s: s}
	order, entries := s.order[:0], true
	for code, use := range table[:size] {
		switch {
		case use == unused:
		case src.entry != nil && src.entry[code] == unused:
			entries, table[code] = false, unused
		default:
			order = append(order, uint32(code))
		}
	}
	table[size] = unused
	s.order = order
	src.rank(order)
	if entries && beyond == nulls && (nulls == 0 || t.nullable) {
		return src, nil
	}
	return src, src.countNulls()
}

// at gives the value of a code.
func (src *codeSource[C]) at(code uint32) bound {
	if src.entry != nil {
		code = src.entry[code]
	}
	return src.given.at(int(code))
}

// countNulls counts the codes for null, those by their entry too, and fails where they may not be or where a code is neither.
func (src *codeSource[C]) countNulls() error {
	beyond := 0
	src.nulls = 0
	for _, code := range src.codes {
		src.nulls += one(src.table[min(int(code), src.size)] == unused)
		beyond += one(int(code) >= src.size && code != ^C(0))
	}
	if beyond == 0 && src.t.nullable {
		return nil
	}
	for i, code := range src.codes {
		switch {
		case int(code) >= src.size && code != ^C(0):
			return fmt.Errorf("row %d has code %d, but the dictionary has %d entries", i, code, src.size)
		case src.table[min(int(code), src.size)] == unused && !src.t.nullable:
			return src.t.nullError(i)
		}
	}
	return nil
}

// rank puts used codes in the order of the dictionary to be written and fills the table with their positions in it, equal
// values at one position.
func (src *codeSource[C]) rank(order []uint32) {
	compare := func(a, b uint32) int {
		x, y := src.at(a), src.at(b)
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
	kept := 0
	for i, code := range order {
		if i == 0 || src.t.less(src.at(order[kept-1]), src.at(code)) {
			order[kept] = code
			kept++
			src.length += src.t.plainSize(src.at(code))
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
			dst = src.t.appendPlain(dst, src.at(code))
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
		if int(code) < src.size && src.table[code] != unused {
			size += src.t.plainSize(src.at(uint32(code)))
		}
	}
	return to
}

func (src *codeSource[C]) page(p *page, from, to int) error {
	if len(src.order) == 1 && src.nulls == 0 && src.coded {
		p.allPresent(src.t, to-from)
		p.low = src.at(src.order[0])
		p.high, p.bounded = p.low, true
		p.body = appendRun(append(p.body, 1), 0, to-from, 1)
		return nil
	}
	indexes, low, high := src.indexes(p, from, to)
	if len(indexes) > 0 {
		p.low, p.high, p.bounded = src.at(src.order[low]), src.at(src.order[high]), true
	}
	if src.coded {
		// Readers look for the width before they know that a page has nulls only.
		width := bitWidth(len(src.order))
		p.body = appendHybrid(append(p.body, byte(width)), indexes, width)
		return nil
	}
	for _, x := range indexes {
		p.body = src.t.appendPlain(p.body, src.at(src.order[x]))
	}
	return nil
}

// indexes appends levels and gives the positions of the values that are not null, and the least and greatest of them.
func (src *codeSource[C]) indexes(p *page, from, to int) (indexes []uint32, low, high uint32) {
	rows, codes := to-from, src.codes[from:to]
	indexes = sized(src.s.indexes, rows)
	src.s.indexes = indexes
	low = unused
	if src.nulls == 0 {
		p.allPresent(src.t, rows)
		for i, code := range codes {
			x := src.table[code]
			low, high = min(low, x), max(high, x)
			indexes[i] = x
		}
		return indexes, low, high
	}
	mask := sized(src.s.mask, (rows+7)/8)
	src.s.mask = mask
	n := 0
	table := src.table[:src.size+1]
	for at := range mask {
		var bits byte
		for i, code := range codes[8*at : min(8*at+8, rows)] {
			x := table[min(int(code), len(table)-1)]
			low, high = min(low, x), max(high, x+1) // a null is the greatest of all, and one more is 0
			indexes[n] = x
			is := one(x != unused)
			n += is
			bits |= byte(is) << (i & 7)
		}
		mask[at] = bits
	}
	p.entries, p.present = rows, n
	p.body = appendMask(p.body, mask, rows)
	return indexes[:n], low, high - 1
}

func (src *codeSource[C]) distinct() (int, func(add func(bound))) {
	return len(src.order), func(add func(bound)) {
		for _, code := range src.order {
			add(src.at(code))
		}
	}
}
