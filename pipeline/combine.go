package pipeline

import (
	"math/bits"
)

const largestTable = 22 // bits of the sums that are looked up in a table rather than in a map

// combiner turns the sum of a row's shifted classes into its signature. It belongs to one goroutine.
type combiner struct {
	columns    []*tested
	signatures *signatures
	every      []uint64 // all selectors
	shift      []uint   // of each column's class
	width      []uint
	table      []uint32 // sum → signature + 1, 0 where not known yet; nil: known is used
	known      map[uint64]uint32
}

func newCombiner(columns []*tested, s *signatures, selectors int) *combiner {
	c := &combiner{columns: columns, signatures: s, shift: make([]uint, len(columns)), width: make([]uint, len(columns))}
	c.every = make([]uint64, (selectors+63)/64)
	for i := range selectors {
		c.every[i/64] |= 1 << (i % 64)
	}
	c.fit()
	return c
}

// fits tells whether there is room for a column's class.
func (c *combiner) fits(column int, class uint32) bool { return class>>c.width[column] == 0 }

// fit makes room for all classes that there are by now, and some more. Sums made before are of no use after it.
func (c *combiner) fit() bool {
	total := uint(0)
	for i, column := range c.columns {
		c.shift[i] = total
		c.width[i] = uint(bits.Len(uint(column.count()) + 1))
		total += c.width[i]
	}
	c.table, c.known = nil, nil
	if total <= largestTable {
		c.table = make([]uint32, 1<<total)
	} else {
		c.known = map[uint64]uint32{}
	}
	return total <= 64
}

// signature gives the signature of a sum.
func (c *combiner) signature(sum uint64) uint32 {
	if c.table != nil {
		if n := c.table[sum]; n != 0 {
			return n - 1
		}
	} else if n, ok := c.known[sum]; ok {
		return n
	}
	set := append([]uint64(nil), c.every...)
	for i, column := range c.columns {
		class := uint32(sum >> c.shift[i] & (1<<c.width[i] - 1))
		for w, word := range column.selectorsOf(class) {
			set[w] &= word
		}
	}
	n := c.signatures.number(set)
	if c.table != nil {
		c.table[sum] = n + 1
	} else {
		c.known[sum] = n
	}
	return n
}
