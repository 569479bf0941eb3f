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
	columns []*Column
	keys    []Key
	limit   int // 0: none
	most    int64
	spill   *spill // nil: nothing goes to disk
}

// NewSorted makes a Sorted that orders by the first key, then the next, and holds most bytes of rows at most. What is more goes to a file that
// create makes (see SpillFile); a nil create is none.
func NewSorted(keys []Key, limit int, most int64, create SpillFile) *Sorted {
	s := &Sorted{keys: keys, limit: limit, most: most}
	if create != nil {
		s.spill = &spill{create: create}
	}
	return s
}

// Add takes rows in. *TooMany where they are more than can be held, and none may go to disk.
func (s *Sorted) Add(columns []*Column, rows int) error {
	if s.columns == nil {
		for _, c := range columns {
			s.columns = append(s.columns, NewColumn(c.Name, c.Type))
		}
	}
	all := make([]int32, rows)
	for row := range all {
		all[row] = int32(row)
	}
	for i, c := range columns {
		s.columns[i].AppendRows(c, all)
	}
	if s.limit > 0 && s.rows() >= s.limit+spare {
		s.cut()
	}
	if s.bytes() > s.most {
		s.cut()
		switch {
		case s.bytes() <= s.most:
		case s.spill == nil:
			return &TooMany{s.most}
		default:
			return s.spillRows()
		}
	}
	return nil
}

// Finish gives the rows in order: all at once, or where some went to disk, some at a time. Nothing is given where there are none.
func (s *Sorted) Finish(give func(columns []*Column, rows int) error) error {
	s.cut()
	if s.spill != nil && len(s.spill.runs) > 0 {
		return s.merge(give)
	}
	if rows := s.rows(); rows > 0 {
		return give(s.columns, rows)
	}
	return nil
}

func (s *Sorted) rows() int {
	if len(s.columns) == 0 {
		return 0
	}
	return s.columns[0].n
}

// bytes estimates what the rows take.
func (s *Sorted) bytes() int64 {
	total := int64(0)
	for _, c := range s.columns {
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
	batch := s.sortable(s.columns)
	compare := s.comparer()
	slices.SortStableFunc(order, func(a, b int32) int { return compare(batch, a, batch, b) })
	if s.limit > 0 && len(order) > s.limit {
		order = order[:s.limit]
	}
	s.columns = Take(s.columns, order)
}

// sortable is rows that can be compared with others: their keys' columns, with texts as they are ordered.
type sortable struct {
	columns []*Column // as the rows have them
	folded  [][]string
}

func (s *Sorted) sortable(columns []*Column) *sortable {
	b := &sortable{columns: columns, folded: make([][]string, len(columns))}
	for _, k := range s.keys {
		c := columns[k.Column]
		if b.folded[k.Column] != nil || c.Texts == nil || c.Type.ID() == arrow.DECIMAL128 {
			continue
		}
		folded := make([]string, len(c.Texts))
		for i, text := range c.Texts {
			folded[i] = match.NormalizeString(text, false)
		}
		b.folded[k.Column] = folded
	}
	return b
}

// comparer gives what compares two rows by all keys.
func (s *Sorted) comparer() func(a *sortable, i int32, b *sortable, j int32) int {
	var values []func(a *sortable, i int32, b *sortable, j int32) int
	for _, k := range s.keys {
		values = append(values, comparerOf(s.columns[k.Column].Type, k.Column))
	}
	return func(a *sortable, i int32, b *sortable, j int32) int {
		for n, k := range s.keys {
			c := 0
			switch null, other := a.columns[k.Column].IsNull(int(i)), b.columns[k.Column].IsNull(int(j)); {
			case null && other:
			case null:
				return 1
			case other:
				return -1
			case k.Descending:
				c = values[n](b, j, a, i)
			default:
				c = values[n](a, i, b, j)
			}
			if c != 0 {
				return c
			}
		}
		return 0
	}
}

// comparerOf gives what compares two values of a column that both have one.
func comparerOf(typ arrow.DataType, column int) func(a *sortable, i int32, b *sortable, j int32) int {
	switch form := formOf(typ); {
	case typ.ID() == arrow.UINT64:
		return func(a *sortable, i int32, b *sortable, j int32) int {
			return cmp.Compare(uint64(a.columns[column].Ints[i]), uint64(b.columns[column].Ints[j]))
		}
	case form == ints:
		return func(a *sortable, i int32, b *sortable, j int32) int {
			return cmp.Compare(a.columns[column].Ints[i], b.columns[column].Ints[j])
		}
	case form == floats:
		return func(a *sortable, i int32, b *sortable, j int32) int {
			return cmp.Compare(a.columns[column].Floats[i], b.columns[column].Floats[j])
		}
	case typ.ID() == arrow.DECIMAL128:
		return func(a *sortable, i int32, b *sortable, j int32) int {
			return compareTwosComplement(a.columns[column].Texts[i], b.columns[column].Texts[j])
		}
	}
	return func(a *sortable, i int32, b *sortable, j int32) int {
		return cmp.Or(cmp.Compare(a.folded[column][i], b.folded[column][j]), cmp.Compare(a.columns[column].Texts[i], b.columns[column].Texts[j]))
	}
}

// compareTwosComplement orders numbers of the same length, the highest byte first.
func compareTwosComplement(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Or(cmp.Compare(a[0]^0x80, b[0]^0x80), cmp.Compare(a[1:], b[1:]))
}
