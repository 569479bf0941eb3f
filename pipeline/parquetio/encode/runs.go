package encode

import (
	"fmt"
	"slices"
)

// runSource writes values that repeat. With a dictionary it costs per value, not per row: a value's repetitions are one
// run of a few bytes. Where values hardly repeat it writes PLAIN.
type runSource struct {
	t       target
	lengths []uint32
	given   values
	coded   bool
	entries int // values with a length above 0
	sorted  bool

	entry    int // where the next page starts: this value,
	left     int // so often,
	position int // at this position of the dictionary
}

func openRuns(t target, c Runs, s *scratch) (source, error) {
	if c.IDs == nil {
		return nil, fmt.Errorf("runs have no values")
	}
	if n := c.IDs.length(); n != len(c.Lengths) {
		return nil, fmt.Errorf("%d run lengths for %d values", len(c.Lengths), n)
	}
	given := values{leaf: t.leaf}
	valid, fits := []bool(nil), false
	unsigned := false
	switch ids := c.IDs.(type) {
	case Int64s:
		given.numbers, valid, fits = ids.Values, ids.Valid, t.kind == kindInt
	case Uint64s:
		given.numbers, valid, fits = signedOf(ids.Values), ids.Valid, t.kind == kindInt && t.unsigned
		unsigned = true
	case Doubles:
		given.floats, valid, fits = ids.Values, ids.Valid, t.kind == kindFloat
	case Texts:
		given.offsets, given.bytes, valid, fits = ids.Offsets, ids.Bytes, ids.Valid, t.kind == kindBytes
		if err := checkOffsets(ids.Offsets, len(ids.Bytes)); err != nil {
			return nil, err
		}
	}
	switch {
	case !fits || t.list:
		return nil, mismatch(t, c.IDs)
	case valid != nil:
		return nil, fmt.Errorf("the values of runs cannot be null")
	}
	src := &runSource{t: t, lengths: c.Lengths, given: given}
	rows, single := 0, true
	for _, n := range c.Lengths {
		if n > 0 {
			src.entries++
		}
		single = single && n == 1
		rows += int(n)
	}
	if single && (t.kind != kindInt || !t.nullable) {
		return open(t, c.IDs, rows, s) // but a run's value is never the Null of a column
	}
	if err := src.check(unsigned); err != nil {
		return nil, err
	}
	src.coded = 2*rows >= 3*src.entries && rows > 0
	src.sorted = t.ascending
	return src, nil
}

// check fails where a value is not one of the type.
func (src *runSource) check(unsigned bool) error {
	for i, v := range src.given.numbers {
		if err := src.t.checkRange(v, v, unsigned); err != nil {
			return fmt.Errorf("value %d: %w", i, err)
		}
	}
	if src.t.physical == physicalFixed {
		for i := range src.lengths {
			if n := len(src.given.at(i).text); n != src.t.width {
				return fmt.Errorf("value %d has %d bytes, but %s takes %d", i, n, src.t.name, src.t.width)
			}
		}
	}
	return nil
}

func (src *runSource) dictionary() dictionary {
	if !src.coded {
		return dictionary{}
	}
	return dictionary{entries: src.entries, sorted: src.sorted, append: func(dst []byte) []byte {
		if src.given.bytes != nil {
			dst = slices.Grow(dst, 4*src.entries+len(src.given.bytes))
		}
		for i, n := range src.lengths {
			if n > 0 {
				dst = src.t.appendPlain(dst, src.given.at(i))
			}
		}
		return dst
	}}
}

// end leaves a page of long texts its number of rows where a dictionary holds them; PLAIN pages end at their size.
func (src *runSource) end(from, to int) int {
	if src.coded || src.t.kind != kindBytes {
		return to
	}
	entry, left, size := src.entry, src.left, 0
	for row := from; row < to; row++ {
		for left == 0 {
			left = int(src.lengths[entry])
			entry++
		}
		if size > maxPageBytes {
			return row
		}
		size += src.t.plainSize(src.given.at(entry - 1))
		left--
	}
	return to
}

func (src *runSource) page(p *page, from, to int) error {
	p.allPresent(src.t, to-from)
	width := bitWidth(src.entries)
	if src.coded {
		p.body = append(p.body, byte(width))
	}
	var first, last bound
	for need := to - from; need > 0; {
		for src.left == 0 {
			src.left = int(src.lengths[src.entry])
			src.entry++
			if src.left > 0 {
				src.position++
			}
		}
		value := src.given.at(src.entry - 1)
		if last = value; need == to-from {
			first = value
		}
		n := min(need, src.left)
		if src.coded {
			p.body = appendRun(p.body, uint32(src.position-1), n, width)
		} else {
			for range n {
				p.body = src.t.appendPlain(p.body, value)
			}
		}
		if !src.t.ascending && value.float == value.float {
			p.widen(src.t.leaf, value)
		}
		need -= n
		src.left -= n
	}
	if src.t.ascending && first.float == first.float {
		p.widen(src.t.leaf, first)
		p.widen(src.t.leaf, last)
	}
	return nil
}

func (src *runSource) distinct() (int, func(add func(bound))) {
	return src.entries, func(add func(bound)) {
		for i, n := range src.lengths {
			if n > 0 {
				add(src.given.at(i))
			}
		}
	}
}
