package published

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/transforms/match"
)

// Key is a column to order by, by its place in the columns of a Sorted.
type Key struct {
	Column     int
	Descending bool
}

// spare is how many rows more than the limit a Sorted gathers before it throws away those that are beyond it.
const spare = 64 << 10

// TooMany says that more rows would have to be held in memory than may be.
type TooMany struct{ Bytes int64 }

// Error says so.
func (e *TooMany) Error() string {
	return fmt.Sprintf("the rows to sort take more than %d MiB of memory", e.Bytes>>20)
}

// Sorted gathers rows and gives them in order: all, or with a limit the first ones, of which it never holds many more. Numbers and dates
// are ordered by value, false before true, text without regard to case. What has no value comes last either way.
type Sorted struct {
	Columns []*Column // in order after Finish
	keys    []Key
	limit   int // 0: none
	most    int64
}

// NewSorted makes a Sorted that orders by the first key, then the next, and holds most bytes of rows at most.
func NewSorted(keys []Key, limit int, most int64) *Sorted {
	return &Sorted{keys: keys, limit: limit, most: most}
}

// Add takes rows in. *TooMany where they are more than can be held.
func (s *Sorted) Add(columns []*Column, rows int) error {
	if s.Columns == nil {
		for _, c := range columns {
			s.Columns = append(s.Columns, NewColumn(c.Name, c.Type))
		}
	}
	all := make([]int32, rows)
	for row := range all {
		all[row] = int32(row)
	}
	for i, c := range columns {
		s.Columns[i].AppendRows(c, all)
	}
	if s.limit > 0 && s.rows() >= s.limit+spare {
		s.cut()
	}
	if s.bytes() > s.most {
		s.cut()
		if s.bytes() > s.most {
			return &TooMany{s.most}
		}
	}
	return nil
}

// Finish puts the rows in order and gives how many there are.
func (s *Sorted) Finish() int {
	s.cut()
	return s.rows()
}

func (s *Sorted) rows() int {
	if len(s.Columns) == 0 {
		return 0
	}
	return s.Columns[0].n
}

// bytes estimates what the rows take.
func (s *Sorted) bytes() int64 {
	total := int64(0)
	for _, c := range s.Columns {
		total += 8*int64(len(c.Ints)+len(c.Floats)) + int64(len(c.Null)) + 16*int64(len(c.Texts))
		// A sample says how long texts are; counting them all each time would take long.
		step, sampled := max(1, len(c.Texts)/64), int64(0)
		for i := 0; i < len(c.Texts); i += step {
			sampled += int64(len(c.Texts[i]) * step)
		}
		total += sampled
	}
	return total
}

// cut orders the rows and throws away those beyond the limit.
func (s *Sorted) cut() {
	if s.rows() == 0 {
		return
	}
	order := make([]int32, s.rows())
	for row := range order {
		order[row] = int32(row)
	}
	var compare []func(a, b int32) int
	for _, k := range s.keys {
		compare = append(compare, comparer(s.Columns[k.Column], k.Descending))
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		for _, c := range compare {
			if n := c(a, b); n != 0 {
				return n
			}
		}
		return 0
	})
	if s.limit > 0 && len(order) > s.limit {
		order = order[:s.limit]
	}
	for i, c := range s.Columns {
		sorted := NewColumn(c.Name, c.Type)
		sorted.AppendRows(c, order)
		s.Columns[i] = sorted
	}
}

func comparer(c *Column, descending bool) func(a, b int32) int {
	value := func(a, b int32) int { return cmp.Compare(c.Ints[a], c.Ints[b]) }
	switch {
	case c.Type.ID() == arrow.UINT64:
		value = func(a, b int32) int { return cmp.Compare(uint64(c.Ints[a]), uint64(c.Ints[b])) }
	case c.Type.ID() == arrow.DECIMAL128 && c.Texts != nil:
		value = func(a, b int32) int { return compareTwosComplement(c.Texts[a], c.Texts[b]) }
	case c.Floats != nil:
		value = func(a, b int32) int { return cmp.Compare(c.Floats[a], c.Floats[b]) }
	case c.Texts != nil:
		folded := make([]string, len(c.Texts))
		for i, text := range c.Texts {
			folded[i] = match.NormalizeString(text, false)
		}
		value = func(a, b int32) int {
			return cmp.Or(cmp.Compare(folded[a], folded[b]), cmp.Compare(c.Texts[a], c.Texts[b]))
		}
	}
	return func(a, b int32) int {
		switch null, other := c.IsNull(int(a)), c.IsNull(int(b)); {
		case null && other:
			return 0
		case null:
			return 1
		case other:
			return -1
		}
		if descending {
			return value(b, a)
		}
		return value(a, b)
	}
}

// compareTwosComplement orders numbers of the same length, the highest byte first.
func compareTwosComplement(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Or(cmp.Compare(a[0]^0x80, b[0]^0x80), cmp.Compare(a[1:], b[1:]))
}
