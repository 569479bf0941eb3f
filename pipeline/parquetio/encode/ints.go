package encode

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// ints is a column of integers as it was given.
type ints struct {
	values   []int64
	valid    []bool
	unsigned bool // they were given as unsigned, so values has their bits
}

// intSource writes integers as PLAIN.
type intSource struct {
	wholePages
	plain
	t        target
	ints     ints
	sentinel bool // Null is null
	nulls    int
	s        *scratch
}

// openInts chooses between a dictionary and PLAIN, by the values alone.
func openInts(t target, c ints, s *scratch) (source, error) {
	if err := t.checkValid(c.valid, len(c.values)); err != nil {
		return nil, err
	}
	src := &intSource{t: t, ints: c, s: s, sentinel: t.nullable && c.valid == nil && !c.unsigned}
	low, high := src.scan()
	if src.nulls == len(c.values) {
		return src, nil
	}
	if err := t.checkRange(low, high, c.unsigned); err != nil {
		return nil, err
	}
	// The difference fits an uint64 whatever the signs are.
	if span := uint64(high) - uint64(low); span < math.MaxUint16 {
		if coded, err := src.offsetCodes(low, int(span)+1); coded != nil || err != nil {
			return coded, err
		}
	} else if coded, err := src.hashedCodes(); coded != nil || err != nil {
		return coded, err
	}
	return src, nil
}

// flip is what turns the order of the values into that of signed integers.
func (c *ints) flip() int64 {
	if c.unsigned {
		return math.MinInt64
	}
	return 0
}

// scan counts nulls and finds the least and greatest value.
func (src *intSource) scan() (low, high int64) {
	c, flip := &src.ints, src.ints.flip()
	low, high = math.MaxInt64, math.MinInt64
	switch {
	case c.valid != nil:
		for i, v := range c.values {
			if c.valid[i] {
				low, high = min(low, v^flip), max(high, v^flip)
			} else {
				src.nulls++
			}
		}
	case src.sentinel:
		// Nulls come at random, so a branch would be guessed wrong: Null is the least integer, and less one it is the greatest.
		lowest := int64(math.MaxInt64)
		for _, v := range c.values {
			lowest, high = min(lowest, v-1), max(high, v)
			src.nulls += one(v == Null)
		}
		low = lowest + 1
	default:
		for _, v := range c.values {
			low, high = min(low, v^flip), max(high, v^flip)
		}
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
func (src *intSource) null(row int) bool {
	if src.ints.valid != nil {
		return !src.ints.valid[row]
	}
	return src.sentinel && src.ints.values[row] == Null
}

// offsetCodes tries a dictionary for values that lie close together: the distance from the least one is the code.
func (src *intSource) offsetCodes(low int64, span int) (source, error) {
	const null = math.MaxUint16
	codes := sized(src.s.narrow, len(src.ints.values))
	src.s.narrow = codes
	for i, v := range src.ints.values {
		code := uint16(v - low)
		if src.sentinel && v == Null {
			code = null
		}
		codes[i] = code
	}
	if src.ints.valid != nil {
		for i, ok := range src.ints.valid {
			if !ok {
				codes[i] = null
			}
		}
	}
	numbers := sized(src.s.numbers, span)
	src.s.numbers = numbers
	for i := range numbers {
		numbers[i] = low + int64(i)
	}
	return codedInts(src, codes, numbers)
}

// codedInts gives the dictionary source of the codes, or nothing where PLAIN is smaller.
func codedInts[C Code](src *intSource, codes []C, numbers []int64) (source, error) {
	coded, err := newCodeSource(src.t, codes, values{leaf: src.t.leaf, numbers: numbers}, len(numbers), src.s)
	if err != nil || !coded.paysOff() {
		return nil, err
	}
	return coded, nil
}

func (src *intSource) page(p *page, from, to int) error {
	dense := src.ints.values[from:to]
	if src.nulls > 0 {
		dense = src.gather(p, from, to)
	} else {
		p.allPresent(src.t, to-from)
	}
	if len(dense) == 0 {
		return nil
	}
	low, high := src.appendNumbers(p, dense)
	p.low, p.high, p.bounded = bound{number: src.t.stored(low)}, bound{number: src.t.stored(high)}, true
	return nil
}

// gather appends levels and gives the values that are not null.
func (src *intSource) gather(p *page, from, to int) []int64 {
	given, rows := src.ints.values[from:to], to-from
	dense := sized(src.s.numbers, rows)
	mask := sized(src.s.mask, (rows+7)/8)
	src.s.numbers, src.s.mask = dense, mask
	n := 0
	for at := range mask {
		var bits byte
		group := given[8*at : min(8*at+8, rows)]
		if src.ints.valid != nil {
			for i, ok := range src.ints.valid[from+8*at:][:len(group)] {
				dense[n] = group[i]
				is := one(ok)
				n += is
				bits |= byte(is) << i
			}
		} else {
			for i, v := range group {
				dense[n] = v
				is := one(v != Null)
				n += is
				bits |= byte(is) << i
			}
		}
		mask[at] = bits
	}
	p.entries, p.present = rows, n
	p.body = appendMask(p.body, mask, rows)
	return dense[:n]
}

// appendNumbers appends values as PLAIN and gives the least and the greatest as they were given.
func (src *intSource) appendNumbers(p *page, dense []int64) (low, high int64) {
	start, width, flip := len(p.body), src.t.width, src.ints.flip()
	p.body = slices.Grow(p.body, len(dense)*width)[:start+len(dense)*width]
	out := p.body[start:]
	low, high = dense[0]^flip, dense[0]^flip
	switch {
	case width == 4:
		for i, v := range dense {
			low, high = min(low, v^flip), max(high, v^flip)
			binary.LittleEndian.PutUint32(out[4*i:], uint32(v))
		}
	case src.t.seconds:
		for i, v := range dense {
			low, high = min(low, v), max(high, v)
			binary.LittleEndian.PutUint64(out[8*i:], uint64(micros(v)))
		}
	default:
		for i, v := range dense {
			low, high = min(low, v^flip), max(high, v^flip)
			binary.LittleEndian.PutUint64(out[8*i:], uint64(v))
		}
	}
	return low ^ flip, high ^ flip
}

func (src *intSource) distinct() (int, func(add func(bound))) {
	return len(src.ints.values) - src.nulls, func(add func(bound)) {
		for i, v := range src.ints.values {
			if !src.null(i) {
				add(bound{number: src.t.stored(v)})
			}
		}
	}
}
