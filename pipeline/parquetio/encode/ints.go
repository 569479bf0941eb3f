package encode

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// ints is a column of integers as it was given: whole or in pieces.
type ints struct {
	rows     int
	values   []int64
	valid    []bool
	unsigned bool // they were given as unsigned, so values has their bits
	pieces   Pieces
	next     int // the piece of the row to read next
	behind   int // and how many of its rows are read
}

// block is how many rows are moved without asking how many there are: most pieces are a contact's rows, and their number cannot be
// foretold.
const block = 8

// read gives the rows from where it ended last; those of pieces stand in memory of s.
func (c *ints) read(from, to int, s *scratch) []int64 {
	if c.pieces.Pieces == nil {
		return c.values[from:to]
	}
	if from == 0 {
		c.next, c.behind = 0, 0
	}
	rows := sized(s.given, to-from)
	s.given = rows
	for n := 0; n < len(rows); c.next++ {
		p := &c.pieces.Pieces[c.next]
		column, from := c.pieces.Columns[p.Column], int(p.From)+c.behind
		few := int(p.To) - from
		switch {
		case few == 1: // many tables have one row a contact
			rows[n] = column[from]
		case few <= block && block <= min(len(rows)-n, len(column)-from):
			// What lies behind goes with them, and is overwritten by the next piece.
			some := *(*[block]int64)(column[from:])
			*(*[block]int64)(rows[n:]) = some
		case few > len(rows)-n:
			c.behind += copy(rows[n:], column[from:])
			return rows
		default:
			copy(rows[n:], column[from:p.To])
		}
		c.behind = 0
		n += few
	}
	return rows
}

// all gives all rows at once.
func (c *ints) all(s *scratch) []int64 {
	if c.pieces.Pieces != nil {
		c.values, c.pieces = slices.Clone(c.read(0, c.rows, s)), Pieces{}
	}
	return c.values
}

// intSource writes integers as PLAIN.
type intSource struct {
	wholePages
	plain
	t        target
	ints     ints
	sentinel bool // Null is null
	nulls    int  // on the pages so far
	s        *scratch
}

// openInts chooses between a dictionary and PLAIN, by the values alone. A sample of them says which is worth a try, so that PLAIN
// pages are made in the one pass that there is over their values.
func openInts(t target, c ints, s *scratch) (source, error) {
	if err := t.checkValid(c.valid, c.rows); err != nil {
		return nil, err
	}
	src := &intSource{t: t, ints: c, s: s, sentinel: t.nullable && c.valid == nil && !c.unsigned}
	sample, err := src.sample()
	if err != nil || len(sample) == 0 {
		return src, err
	}
	low, high := src.span(sample)
	if uint64(high)-uint64(low) < math.MaxUint16 { // it fits an uint64 whatever the signs are
		coded, fits, err := src.offsetCodes(low, high)
		if coded != nil || err != nil {
			return coded, err
		}
		if fits {
			return src, nil
		}
	}
	if s.repetitive(sample) {
		if coded, err := src.hashedCodes(); coded != nil || err != nil {
			return coded, err
		}
	}
	return src, nil
}

// sample gives the values of rows spread evenly, without nulls. It fails where pieces reach beyond the columns.
func (src *intSource) sample() ([]int64, error) {
	s, c := src.s, &src.ints
	sample := s.sample[:0]
	if c.pieces.Pieces != nil {
		if err := s.pieces.of(c.pieces.Pieces, c.rows); err != nil {
			return nil, err
		}
		if err := s.pieces.check(c.pieces.Columns); err != nil {
			return nil, err
		}
		for _, at := range s.pieces.sampled {
			sample = append(sample, c.pieces.Columns[at.column][at.row])
		}
	} else {
		for row := 0; row < c.rows; row += sampleStep(c.rows) {
			if c.valid == nil || c.valid[row] {
				sample = append(sample, c.values[row])
			}
		}
	}
	s.sample = sample
	if src.sentinel {
		sample = slices.DeleteFunc(sample, func(v int64) bool { return v == Null })
	}
	return sample, nil
}

// flip is what turns the order of the values into that of signed integers.
func (c *ints) flip() int64 {
	if c.unsigned {
		return math.MinInt64
	}
	return 0
}

// span finds the least and greatest of some values.
func (src *intSource) span(some []int64) (low, high int64) {
	flip := src.ints.flip()
	low, high = math.MaxInt64, math.MinInt64
	for _, v := range some {
		low, high = min(low, v^flip), max(high, v^flip)
	}
	return low ^ flip, high ^ flip
}

// checkRange fails where a value is outside of what the type can hold.
func (t target) checkRange(low, high int64, unsigned bool) error {
	if unsigned {
		if t.bits < 64 && uint64(high) > uint64(t.high) {
			return fmt.Errorf("%d is more than %s can hold", uint64(high), t.name)
		}
		return nil
	}
	switch {
	case low < t.low:
		return fmt.Errorf("%d is less than %s can hold", low, t.name)
	case high > t.high:
		return fmt.Errorf("%d is more than %s can hold", high, t.name)
	}
	return nil
}

// one turns a truth value into a number without a branch.
func one(b bool) int {
	n := 0
	if b {
		n = 1
	}
	return n
}

// null tells whether the row has no value.
func (src *intSource) null(row int, value int64) bool {
	if src.ints.valid != nil {
		return !src.ints.valid[row]
	}
	return src.sentinel && value == Null
}

// offsetCodes tries a dictionary for values that lie close together: the distance from the least one is the code. From
// low to high is what a sample has; it fits if the other values are not far from there.
func (src *intSource) offsetCodes(low, high int64) (coded source, fits bool, err error) {
	const null = math.MaxUint16
	c := &src.ints
	codes := sized(src.s.narrow, c.rows)
	src.s.narrow = codes
	width := uint64(high) - uint64(low)
	base := low - int64(min(width+16, (null-1-width)/2)) // wraps around where it must: only differences count
	most := uint64(0)
	for from := 0; from < c.rows; from += defaultPageRows {
		given := c.read(from, min(c.rows, from+defaultPageRows), src.s)
		most = max(most, offsets(codes[from:][:len(given)], given, base, src.sentinel))
	}
	for i, ok := range c.valid {
		if !ok {
			codes[i] = null
		}
	}
	if most >= null {
		return nil, false, nil
	}
	numbers := sized(src.s.numbers, int(most)+1)
	src.s.numbers = numbers
	for i := range numbers {
		numbers[i] = base + int64(i)
	}
	coded, err = codedInts(src, codes, numbers)
	return coded, true, err
}

// offsets fills codes with the distances of the values from the base and gives the greatest; Null is all ones if it is a null.
func offsets(codes []uint16, given []int64, base int64, sentinel bool) uint64 {
	most := uint64(0)
	for i, v := range given {
		distance := uint64(v) - uint64(base)
		code := distance
		if sentinel && v == Null {
			distance, code = 0, math.MaxUint16
		}
		most = max(most, distance)
		codes[i] = uint16(code)
	}
	return most
}

// codedInts gives the dictionary source of the codes, or nothing where PLAIN is smaller.
func codedInts[C Code](src *intSource, codes []C, numbers []int64) (source, error) {
	given := values{leaf: src.t.leaf, numbers: numbers}
	coded, err := newCodeSource(src.t, Codes[C]{Codes: codes}, given, len(numbers), src.s)
	if err != nil {
		return nil, err
	}
	for _, code := range coded.order {
		if err := src.t.checkRange(numbers[code], numbers[code], src.ints.unsigned); err != nil {
			return nil, err
		}
	}
	if !coded.paysOff() {
		return nil, nil
	}
	return coded, nil
}

func (src *intSource) page(p *page, from, to int) error {
	dense := src.ints.read(from, to, src.s)
	if src.sentinel || src.ints.valid != nil {
		dense = src.gather(p, dense, from)
	} else {
		p.allPresent(src.t, to-from)
	}
	if len(dense) == 0 {
		return nil
	}
	low, high := src.appendNumbers(p, dense)
	p.low, p.high, p.bounded = bound{number: src.t.stored(low)}, bound{number: src.t.stored(high)}, true
	return src.t.checkRange(low, high, src.ints.unsigned)
}

// gather appends levels and gives the values of a page that are not null.
func (src *intSource) gather(p *page, given []int64, from int) []int64 {
	rows := len(given)
	dense := sized(src.s.numbers, rows+8)
	mask := sized(src.s.mask, (rows+7)/8)
	src.s.numbers, src.s.mask = dense, mask
	n := 0
	for at := range mask {
		group := given[8*at : min(8*at+8, rows)]
		var bits byte
		switch {
		case src.ints.valid != nil:
			for i, ok := range src.ints.valid[from+8*at:][:len(group)] {
				dense[n] = group[i]
				is := one(ok)
				n += is
				bits |= byte(is) << i
			}
		case len(group) == 8:
			var present int
			bits, present = compact((*[8]int64)(dense[n:]), (*[8]int64)(group))
			n += present
		default:
			for i, v := range group {
				dense[n] = v
				is := one(v != Null)
				n += is
				bits |= byte(is) << i
			}
		}
		mask[at] = bits
	}
	src.nulls += rows - n
	if n == rows {
		p.allPresent(src.t, rows)
		return dense[:n]
	}
	p.entries, p.present = rows, n
	p.body = appendMask(p.body, mask, rows)
	return dense[:n]
}

// compact brings the values that are not Null to the front, in order, and gives which and how many they are. Nulls come at
// random, so a branch would be guessed wrong. The compiler does not unroll loops.
func compact(dst, given *[8]int64) (mask byte, n int) {
	dst[0] = given[0]
	n = one(given[0] != Null)
	bits := n
	dst[n&7] = given[1]
	is := one(given[1] != Null)
	n, bits = n+is, bits|is<<1
	dst[n&7] = given[2]
	is = one(given[2] != Null)
	n, bits = n+is, bits|is<<2
	dst[n&7] = given[3]
	is = one(given[3] != Null)
	n, bits = n+is, bits|is<<3
	dst[n&7] = given[4]
	is = one(given[4] != Null)
	n, bits = n+is, bits|is<<4
	dst[n&7] = given[5]
	is = one(given[5] != Null)
	n, bits = n+is, bits|is<<5
	dst[n&7] = given[6]
	is = one(given[6] != Null)
	n, bits = n+is, bits|is<<6
	dst[n&7] = given[7]
	is = one(given[7] != Null)
	return byte(bits | is<<7), n + is
}

// appendNumbers appends values as PLAIN and gives the least and the greatest as they were given.
func (src *intSource) appendNumbers(p *page, dense []int64) (low, high int64) {
	start, width := len(p.body), src.t.width
	p.body = slices.Grow(p.body, len(dense)*width)[:start+len(dense)*width]
	out := p.body[start:]
	low, high = src.span(dense)
	switch {
	case width == 4:
		for i, v := range dense {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(v))
		}
	case src.t.seconds && (low < -mostSeconds || high > mostSeconds):
		for i, v := range dense {
			binary.LittleEndian.PutUint64(out[8*i:], uint64(micros(v)))
		}
	case src.t.seconds:
		for i, v := range dense {
			binary.LittleEndian.PutUint64(out[8*i:], uint64(v*1_000_000))
		}
	default:
		for i, v := range dense {
			binary.LittleEndian.PutUint64(out[8*i:], uint64(v))
		}
	}
	return low, high
}

func (src *intSource) distinct() (int, func(add func(bound))) {
	return src.ints.rows - src.nulls, func(add func(bound)) {
		for i, v := range src.ints.all(src.s) {
			if !src.null(i, v) {
				add(bound{number: src.t.stored(v)})
			}
		}
	}
}
