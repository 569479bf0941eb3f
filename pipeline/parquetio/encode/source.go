package encode

import "fmt"

// source is a column made ready to be written: the choice between PLAIN and a dictionary is made.
type source interface {
	// dictionary gives the values that pages refer to by position; none for PLAIN.
	dictionary() dictionary
	// end gives where the page that starts at row from ends, at most at row to.
	end(from, to int) int
	// page appends levels and values of the rows to p.body and tells what they are.
	page(p *page, from, to int) error
	// distinct calls add with every value of the column, at least once each; count is how many calls it will make at most.
	distinct() (count int, each func(add func(bound)))
}

// dictionary is a column chunk's dictionary page: values in the order of their positions.
type dictionary struct {
	entries int
	sorted  bool
	append  func(dst []byte) []byte
}

// page is one data page on its way.
type page struct {
	s       *scratch
	body    []byte
	entries int   // values and nulls; for lists also empty lists
	present int   // values
	bounded bool  // low and high are set
	low     bound // of the values
	high    bound
}

// maxPageBytes is where a page of texts ends even if it has fewer rows than others.
const maxPageBytes = 1 << 20

// wholePages is the end of a page whose size depends on the number of its rows alone.
type wholePages struct{}

func (wholePages) end(_, to int) int { return to }

// plain is the missing dictionary of a source that writes PLAIN pages.
type plain struct{}

func (plain) dictionary() dictionary { return dictionary{} }

// target is what a column is to become.
type target struct {
	*leaf
	nullable  bool
	ascending bool // the rows are known to ascend
}

// open makes a column ready to be written as t.
func open(t target, c Column, rows int, s *scratch) (source, error) {
	switch c := c.(type) {
	case Constant:
		return openConstant(t, c, rows)
	case Runs:
		return openRuns(t, c, s)
	case TextLists:
		if t.list {
			return openLists(t, c, s)
		}
	case Int64s:
		if t.kind == kindInt && !t.list {
			return openInts(t, ints{rows: rows, values: c.Values, valid: c.Valid}, s)
		}
	case Uint64s:
		if t.kind == kindInt && t.unsigned {
			return openInts(t, ints{rows: rows, values: signedOf(c.Values), valid: c.Valid, unsigned: true}, s)
		}
	case Pieces:
		if t.kind == kindInt && !t.list {
			return openInts(t, ints{rows: rows, pieces: c}, s)
		}
	case Doubles:
		if t.kind == kindFloat {
			return openFloats(t, c)
		}
	case Bools:
		if t.kind == kindBoolean {
			return openBools(t, c)
		}
	case Flags:
		if t.kind == kindBoolean {
			return openFlags(t, c)
		}
	case Texts:
		if t.kind == kindBytes && !t.list {
			return openTexts(t, c, s)
		}
	case Codes[uint8]:
		return openCodes(t, c, s)
	case Codes[uint16]:
		return openCodes(t, c, s)
	case Codes[uint32]:
		return openCodes(t, c, s)
	case IntCodes[uint8]:
		return openIntCodes(t, c, s)
	case IntCodes[uint16]:
		return openIntCodes(t, c, s)
	case IntCodes[uint32]:
		return openIntCodes(t, c, s)
	case nil:
		return nil, fmt.Errorf("there is no column for it")
	}
	return nil, mismatch(t, c)
}

func mismatch(t target, c Column) error {
	return fmt.Errorf("a column of %T cannot become %s", c, t.name)
}

// checkValid fails where a null stands in a column that cannot hold one.
func (t target) checkValid(valid []bool, rows int) error {
	if valid == nil {
		return nil
	}
	if len(valid) != rows {
		return fmt.Errorf("%d rows, but validity of %d", rows, len(valid))
	}
	if t.nullable {
		return nil
	}
	for i, ok := range valid {
		if !ok {
			return t.nullError(i)
		}
	}
	return nil
}

func (t target) nullError(row int) error {
	return fmt.Errorf("row %d is null, but the column is not nullable", row)
}

// allPresent appends the definition levels of a page that has a value in each row, where the column has levels at all.
func (p *page) allPresent(t target, rows int) {
	p.entries, p.present = rows, rows
	if t.nullable {
		p.body = appendSameLevels(p.body, 1, rows, 1)
	}
}

// masked appends definition levels from validity and tells whether all rows have a value.
func (p *page) masked(t target, valid []bool) bool {
	rows := len(valid)
	mask := sized(p.s.mask, (rows+7)/8)
	p.s.mask = mask
	present := 0
	for at := range mask {
		var bits byte
		for i, ok := range valid[8*at : min(8*at+8, rows)] {
			is := one(ok)
			present += is
			bits |= byte(is) << i
		}
		mask[at] = bits
	}
	if present == rows {
		p.allPresent(t, rows)
		return true
	}
	p.entries, p.present = rows, present
	p.body = appendMask(p.body, mask, rows)
	return false
}

// widen takes a value into the page's bounds.
func (p *page) widen(l *leaf, b bound) {
	switch {
	case !p.bounded:
		p.low, p.high, p.bounded = b, b, true
	case l.less(b, p.low):
		p.low = b
	case l.less(p.high, b):
		p.high = b
	}
}
