package pipeline

import (
	"encoding/binary"
	"math/bits"
)

const (
	largestTable = 22 // bits of the sums that are looked up in a table rather than in a map
	foldBits     = 32 // of a number that stands for the columns before it
)

// combiner turns the classes of a row's columns into its signature. Each class has bits of its own in a sum of 64, so that
// adding is all that happens to a row for a column. Models that test more columns than one sum has room for go on in
// stretches: at the end of a stretch a sum is folded to a number, which stands at the bottom of the next one's.
// A combiner belongs to one goroutine.
type combiner struct {
	columns    []*tested
	signatures *signatures
	every      []uint64 // all selectors
	shift      []uint   // of each column's class
	width      []uint
	stretches  []stretch
	table      []uint32 // sum of the last stretch → signature + 1, 0 where not known yet; nil: known is used
	known      map[uint64]uint32
}

// stretch is the columns [from, to) whose classes stand in one sum.
type stretch struct {
	from, to int
	folded   map[uint64]uint32 // sum → number; of all stretches but the last
	bySet    map[string]uint32
	sets     [][]uint64 // number → the selectors that are possible so far
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
func (c *combiner) fit() {
	c.stretches = c.stretches[:0]
	open := stretch{}
	used := uint(0)
	for i, column := range c.columns {
		c.width[i] = uint(bits.Len(uint(column.count()) + 1))
		if used+c.width[i] > 64 {
			open.to, open.folded, open.bySet = i, map[uint64]uint32{}, map[string]uint32{}
			c.stretches = append(c.stretches, open)
			open, used = stretch{from: i}, foldBits
		}
		c.shift[i] = used
		used += c.width[i]
	}
	open.to = len(c.columns)
	c.stretches = append(c.stretches, open)
	c.table, c.known = nil, nil
	if used <= largestTable {
		c.table = make([]uint32, 1<<used)
	} else {
		c.known = map[uint64]uint32{}
	}
}

// begins gives the stretch that ends before a column, whose sums are to be folded first; nil for most columns.
func (c *combiner) begins(column int) *stretch {
	for i := 1; i < len(c.stretches); i++ {
		if c.stretches[i].from == column {
			return &c.stretches[i-1]
		}
	}
	return nil
}

// possible gives the selectors that a sum at the end of a stretch leaves possible.
func (c *combiner) possible(n int, sum uint64) []uint64 {
	s := &c.stretches[n]
	set := append([]uint64(nil), c.every...)
	if n > 0 {
		copy(set, c.stretches[n-1].sets[sum&(1<<foldBits-1)])
	}
	for i := s.from; i < s.to; i++ {
		class := uint32(sum >> c.shift[i] & (1<<c.width[i] - 1))
		for w, word := range c.columns[i].selectorsOf(class) {
			set[w] &= word
		}
	}
	return set
}

// fold replaces the sums of a stretch by their numbers.
func (c *combiner) fold(s *stretch, sums []uint64) {
	place := 0
	for &c.stretches[place] != s {
		place++
	}
	for i, sum := range sums {
		n, ok := s.folded[sum]
		if !ok {
			set := c.possible(place, sum)
			key := make([]byte, 0, 8*len(set))
			for _, w := range set {
				key = binary.LittleEndian.AppendUint64(key, w)
			}
			if n, ok = s.bySet[string(key)]; !ok {
				n = uint32(len(s.sets))
				s.bySet[string(key)] = n
				s.sets = append(s.sets, set)
			}
			s.folded[sum] = n
		}
		sums[i] = uint64(n)
	}
}

// signature gives the signature of a sum at the end of the last stretch.
func (c *combiner) signature(sum uint64) uint32 {
	if c.table != nil {
		if n := c.table[sum]; n != 0 {
			return n - 1
		}
	} else if n, ok := c.known[sum]; ok {
		return n
	}
	n := c.signatures.number(c.possible(len(c.stretches)-1, sum))
	if c.table != nil {
		c.table[sum] = n + 1
	} else {
		c.known[sum] = n
	}
	return n
}
