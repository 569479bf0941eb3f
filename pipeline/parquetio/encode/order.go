package encode

import "fmt"

// checkAscending fails where the rows of a column do not ascend, as the file is about to say they do. Nulls stand last.
// It looks at values, not at repetitions of them.
func checkAscending(l *leaf, nullable bool, c Column) error {
	given := values{leaf: l}
	rows := c.length()
	null := func(int) bool { return false }
	skip := null
	entry := func(row int) int { return row }
	if runs, ok := c.(Runs); ok {
		if runs.IDs == nil || runs.IDs.length() != len(runs.Lengths) {
			return nil // refused later, with a better reason
		}
		c, rows = runs.IDs, len(runs.Lengths)
		skip = func(i int) bool { return runs.Lengths[i] == 0 }
	} else {
		null = nullsOf(c, nullable)
	}
	switch c := c.(type) {
	case Constant:
		return nil
	case Int64s:
		given.numbers = c.Values
	case Uint64s:
		given.numbers = signedOf(c.Values)
	case Doubles:
		given.floats = c.Values
	case Texts:
		if checkOffsets(c.Offsets, len(c.Bytes)) != nil {
			return nil // refused later
		}
		given.offsets, given.bytes = c.Offsets, c.Bytes
	case Codes[uint8]:
		given.texts, entry = c.Dictionary, entryOf(c.Codes, c.Entries)
	case Codes[uint16]:
		given.texts, entry = c.Dictionary, entryOf(c.Codes, c.Entries)
	case Codes[uint32]:
		given.texts, entry = c.Dictionary, entryOf(c.Codes, c.Entries)
	case IntCodes[uint8]:
		given.numbers, entry = c.Dictionary, entryOf(c.Codes, nil)
	case IntCodes[uint16]:
		given.numbers, entry = c.Dictionary, entryOf(c.Codes, nil)
	case IntCodes[uint32]:
		given.numbers, entry = c.Dictionary, entryOf(c.Codes, nil)
	default:
		return fmt.Errorf("rows cannot be sorted by a column of %T", c)
	}
	if !given.fits() {
		return nil // refused later
	}
	before, ended := -1, false
	for row := range rows {
		switch {
		case skip(row):
			continue
		case null(row):
			ended = true
			continue
		case ended:
			return fmt.Errorf("rows must ascend, nulls last, but row %d follows a null", row)
		}
		at := entry(row)
		if at >= given.count() {
			return nil // refused later
		}
		if before != at && before >= 0 && l.less(given.at(at), given.at(before)) {
			return fmt.Errorf("rows must ascend, but value %d is less than the one before it", row)
		}
		before = at
	}
	return nil
}

// fits tells whether the values are of the kind that the leaf has.
func (v *values) fits() bool {
	switch v.leaf.kind {
	case kindInt:
		return v.numbers != nil
	case kindFloat:
		return v.floats != nil
	default:
		return v.texts != nil || v.offsets != nil
	}
}

// count gives how many values there are.
func (v *values) count() int {
	return len(v.numbers) + len(v.floats) + len(v.texts) + max(0, len(v.offsets)-1)
}

// entryOf gives the position in the dictionary of a row's code; what is refused later is beyond it.
func entryOf[C Code](codes []C, entries []uint32) func(int) int {
	return func(row int) int {
		code := int(codes[row])
		if entries != nil && code < len(entries) {
			code = int(entries[code])
		}
		return code
	}
}

// nullsOf tells which rows of a column are null.
func nullsOf(c Column, nullable bool) func(int) bool {
	byValid := func(valid []bool) func(int) bool {
		return func(row int) bool { return row < len(valid) && !valid[row] }
	}
	switch c := c.(type) {
	case Int64s:
		if nullable && c.Valid == nil {
			return func(row int) bool { return c.Values[row] == Null }
		}
		return byValid(c.Valid)
	case Uint64s:
		return byValid(c.Valid)
	case Doubles:
		if nullable && c.Valid == nil {
			return func(row int) bool { return c.Values[row] != c.Values[row] }
		}
		return byValid(c.Valid)
	case Texts:
		return byValid(c.Valid)
	case Codes[uint8]:
		return nullCode(c.Codes, c.Entries)
	case Codes[uint16]:
		return nullCode(c.Codes, c.Entries)
	case Codes[uint32]:
		return nullCode(c.Codes, c.Entries)
	case IntCodes[uint8]:
		return nullCode(c.Codes, nil)
	case IntCodes[uint16]:
		return nullCode(c.Codes, nil)
	case IntCodes[uint32]:
		return nullCode(c.Codes, nil)
	}
	return func(int) bool { return false }
}

func nullCode[C Code](codes []C, entries []uint32) func(int) bool {
	return func(row int) bool {
		code := codes[row]
		return code == ^C(0) || int(code) < len(entries) && entries[code] == unused
	}
}
