package encode

import "math"

// Null is the integer that stands for a missing value in an Int64s without Valid, where the field is nullable.
const Null = math.MinInt64

// Column is the values of one field for the rows of one row group. The set of forms is closed: the types of this file.
// The writer only reads what a column refers to, and only during Write.
type Column interface {
	// length gives the number of rows; -1 for a Constant, which is as long as the others.
	length() int
}

// Int64s holds one integer a row: for integers, Timestamp (seconds), Instant, Date, TimeOfDay and decimals of up to 18
// digits. In a nullable field a row is null where Valid is false or, without Valid, where the value is Null.
type Int64s struct {
	Values []int64
	Valid  []bool
}

// Pieces holds integers as an Int64s without Valid does, but where they came to be: its rows are those of all Pieces. So a
// table is put in another order without a copy of it.
type Pieces struct {
	Columns [][]int64
	Pieces  []Piece
}

// Piece is the rows From to To, exclusive, of a column.
type Piece struct{ Column, From, To uint32 }

// Uint64s holds one unsigned integer a row, for fields of an unsigned IntType. Rows are null only where Valid is false.
type Uint64s struct {
	Values []uint64
	Valid  []bool
}

// Doubles holds one number a row, for Double and Float. In a nullable field a row is null where Valid is false or, without
// Valid, where the value is NaN.
type Doubles struct {
	Values []float64
	Valid  []bool
}

// Bools holds one truth value a row. In a nullable field a row is null where Valid is false.
type Bools struct {
	Values []bool
	Valid  []bool
}

// Flags holds one truth value a row as a byte: 0 false, 1 true, 2 null.
type Flags struct {
	Values []byte
}

// Texts holds one text a row, for Text, Binary and decimals of more than 18 digits. Row i is
// Bytes[Offsets[i]:Offsets[i+1]], so there is one offset more than there are rows (none at all is no rows). In a
// nullable field a row is null where Valid is false.
type Texts struct {
	Offsets []uint32
	Bytes   []byte
	Valid   []bool
}

// Code is a position in a dictionary.
type Code interface{ uint8 | uint16 | uint32 }

// Codes holds one text a row by its position in Dictionary or, where there are Entries, by its position in those, which tell
// the position in Dictionary: so columns that follow from one another share their codes. The greatest code of the type (^C(0)) and the
// greatest entry (^uint32(0)) are null.
type Codes[C Code] struct {
	Codes      []C
	Dictionary []string
	Entries    []uint32
}

// IntCodes holds one integer a row by its position in Dictionary. The greatest code of the type (^C(0)) is null.
type IntCodes[C Code] struct {
	Codes      []C
	Dictionary []int64
}

// Runs repeats value i of IDs Lengths[i] times; a length of 0 leaves it out. IDs is an Int64s, Uint64s, Doubles or Texts
// without nulls. It is the natural form of the contact id in a table that has several rows for a contact.
type Runs struct {
	Lengths []uint32
	IDs     Column
}

// Constant is one value for all rows: a string, bool, float64, int64, uint64, or nil for null. Its length is that of the
// other columns; where a row group has constants only, one of them must give Rows.
type Constant struct {
	Value any
	Rows  int
}

// TextLists holds one list of texts a row: row i has the texts Dictionary[Codes[j]] for Offsets[i] <= j < Offsets[i+1]. In
// a nullable field a row is null where Valid is false.
type TextLists struct {
	Offsets    []uint32
	Codes      []uint32
	Dictionary []string
	Valid      []bool
}

func (c Int64s) length() int      { return len(c.Values) }
func (c Uint64s) length() int     { return len(c.Values) }
func (c Doubles) length() int     { return len(c.Values) }
func (c Bools) length() int       { return len(c.Values) }
func (c Flags) length() int       { return len(c.Values) }
func (c Texts) length() int       { return max(0, len(c.Offsets)-1) }
func (c Codes[C]) length() int    { return len(c.Codes) }
func (c IntCodes[C]) length() int { return len(c.Codes) }
func (c TextLists) length() int   { return max(0, len(c.Offsets)-1) }

func (c Pieces) length() int {
	rows := 0
	for _, p := range c.Pieces {
		rows += int(p.To - p.From)
	}
	return rows
}

func (c Constant) length() int {
	if c.Rows > 0 {
		return c.Rows
	}
	return -1
}

func (c Runs) length() int {
	rows := 0
	for _, n := range c.Lengths {
		rows += int(n)
	}
	return rows
}
