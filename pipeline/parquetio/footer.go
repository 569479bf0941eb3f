package parquetio

import "strings"

// physical is a Parquet physical type, under the numbers of the format.
type physical int8

// The physical types.
const (
	typeBoolean physical = iota
	typeInt32
	typeInt64
	typeInt96
	typeFloat
	typeDouble
	typeByteArray
	typeFixed
)

var physicalNames = [...]string{"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}

func (t physical) String() string {
	if t < 0 || int(t) >= len(physicalNames) {
		return "unknown"
	}
	return physicalNames[t]
}

// The repetition types.
const (
	required int8 = iota
	optional
	repeated
)

// element is one node of the schema, in the preorder of the footer.
type element struct {
	typ        physical // -1: a group
	width      int32    // of FIXED_LEN_BYTE_ARRAY
	repetition int8     // -1: missing
	name       string
	children   int32
	annotated  bool // something says what the values mean
}

// group is a row group.
type group struct {
	rows   int64
	chunks []chunk // one a leaf
}

// footer is what the thrift footer says.
type footer struct {
	elements []element
	rows     int64
	groups   []group
	slack    int64 // how far chunks may reach beyond the end that the footer gives them
	leaves   []leaf
	tops     []top
	cuts     [][2]int // stretches of the footer that arrow-go must not see
	notes    map[string]string
}

// parseFooter reads the footer. Slices grow as elements turn out to be whole and plausible, never by a declared count, so
// a small footer cannot take much memory.
func parseFooter(b []byte, limits Limits) (*footer, *Error) {
	f := &footer{rows: -1}
	c := &cursor{b: b}
	at := &Error{RowGroup: -1, Row: -1}
	var late int // row groups that came before the schema, which no writer does
	c.fields(func(id int16, typ byte) {
		switch {
		case id == 2 && typ == thriftList:
			f.parseSchema(c, limits)
		case id == 3 && typ == thriftI64:
			f.rows = c.i64()
		case id == 4 && typ == thriftList:
			if f.leaves == nil {
				late++
			}
			f.parseGroups(c, at)
		case id == 5 && typ == thriftList:
			f.parseNotes(c)
		case id == 6 && typ == thriftBinary:
			if forgetsDictionaryHeader(string(c.bytes())) {
				f.slack = 100
			}
		default:
			c.skip(typ)
		}
	})
	switch {
	case c.err != nil:
	case f.elements == nil || late > 0:
		c.fail("the footer has no schema before its row groups")
	case f.rows < 0:
		c.fail("the footer does not say how many rows the file has")
	default:
		return f, nil
	}
	return nil, at.with(c.err)
}

const (
	mostNotes   = 64
	longestNote = 256 // bytes of a key or a value
	ownNotes    = "leadscore."
)

// parseNotes reads the key-value metadata. What is long and not our own, such as a schema of other engines, is passed over.
func (f *footer) parseNotes(c *cursor) {
	for range c.structList() {
		var key, value []byte
		c.fields(func(id int16, typ byte) {
			switch {
			case id == 1 && typ == thriftBinary:
				key = c.bytes()
			case id == 2 && typ == thriftBinary:
				value = c.bytes()
			default:
				c.skip(typ)
			}
		})
		if len(f.notes) == mostNotes || len(key) > longestNote || len(value) > longestNote && !strings.HasPrefix(string(key), ownNotes) {
			continue
		}
		if f.notes == nil {
			f.notes = map[string]string{}
		}
		f.notes[string(key)] = string(value)
	}
}

// with fills in what a fault says.
func (e *Error) with(err error) *Error {
	if f, ok := err.(*fault); ok {
		e.What, e.Fix, e.Err = f.what, f.fix, f.err
	} else {
		e.What, e.Fix, e.Err = "cannot be decoded", fixWriteAgain, err
	}
	return e
}

func (f *footer) parseSchema(c *cursor, limits Limits) {
	if f.elements != nil {
		c.fail("the footer has two schemas")
		return
	}
	n := c.structList()
	if n > 4*limits.MaxColumns {
		if c.err == nil {
			c.err = tooBig("the schema has %d elements, more than the limit of %d", n, 4*limits.MaxColumns)
		}
		return
	}
	for i := 0; i < n && c.err == nil; i++ {
		e := element{typ: -1, repetition: -1}
		named := false
		c.fields(func(id int16, typ byte) {
			switch {
			case id == 1 && typ == thriftI32:
				v := c.i32()
				if v < 0 || v > int32(typeFixed) {
					c.fail("the schema has a column of the unknown physical type %d", v)
				}
				e.typ = physical(v)
			case id == 2 && typ == thriftI32:
				e.width = c.i32()
			case id == 3 && typ == thriftI32:
				v := c.i32()
				if v < 0 || v > int32(repeated) {
					c.fail("the schema has a column of the unknown repetition %d", v)
				}
				e.repetition = int8(v)
			case id == 4 && typ == thriftBinary:
				e.name, named = strings.ToValidUTF8(string(c.bytes()), "\uFFFD"), true
			case id == 5 && typ == thriftI32:
				e.children = c.i32()
			case id == 6 && typ == thriftI32:
				e.annotated = true
				c.skip(typ)
			case id == 10 && typ == thriftStruct:
				e.annotated = true
				f.parseLogical(c)
			default:
				c.skip(typ)
			}
		})
		if c.err == nil && !named {
			c.fail("the schema has an element without a name")
		}
		f.elements = append(f.elements, e)
	}
	if c.err == nil {
		if err := f.buildSchema(limits); err != nil {
			c.err = err
		}
	}
}

// parseLogical reads the annotation of a column. One that was invented after arrow-go was written would make it refuse the
// file, though the format says to ignore it; it is cut out where that is possible, as the last field of its struct.
func (f *footer) parseLogical(c *cursor) {
	from := c.at - 1
	if c.b[from]&15 != thriftStruct {
		from-- // the field's id took a byte of its own
	}
	known := true
	c.fields(func(id int16, typ byte) {
		known = known && id >= 1 && id <= 18 && id != 9
		c.skip(typ)
	})
	if !known && c.at < len(c.b) && c.b[c.at] == thriftStop {
		f.cuts = append(f.cuts, [2]int{from, c.at})
	}
}

// forgetsDictionaryHeader tells whether a writer left the header of the dictionary page out of a chunk's length, as
// parquet-mr did before version 1.2.9.
func forgetsDictionaryHeader(createdBy string) bool {
	rest, ok := strings.CutPrefix(createdBy, "parquet-mr")
	if !ok {
		return false
	}
	rest, ok = strings.CutPrefix(rest, " version ")
	return !ok || strings.HasPrefix(rest, "1.0") || strings.HasPrefix(rest, "1.1.") ||
		strings.HasPrefix(rest, "1.2.") && len(rest) > 4 && rest[4] < '9' && (len(rest) == 5 || rest[5] < '0' || rest[5] > '9')
}

// withoutCuts gives the footer's bytes without the cuts.
func (f *footer) withoutCuts(b []byte) []byte {
	if len(f.cuts) == 0 {
		return b
	}
	out, at := make([]byte, 0, len(b)), 0
	for _, cut := range f.cuts {
		out = append(out, b[at:cut[0]]...)
		at = cut[1]
	}
	return append(out, b[at:]...)
}

func (f *footer) parseGroups(c *cursor, at *Error) {
	if f.groups != nil {
		c.fail("the footer has two lists of row groups")
		return
	}
	n := c.structList()
	f.groups = []group{}
	for i := 0; i < n && c.err == nil; i++ {
		at.RowGroup = i
		g := group{rows: -1}
		c.fields(func(id int16, typ byte) {
			switch {
			case id == 1 && typ == thriftList:
				f.parseChunks(c, &g, at)
			case id == 3 && typ == thriftI64:
				g.rows = c.i64()
			default:
				c.skip(typ)
			}
		})
		if c.err != nil {
			return
		}
		if len(g.chunks) != len(f.leaves) {
			c.fail("the row group has %d column chunks, the schema %d columns", len(g.chunks), len(f.leaves))
			return
		}
		if g.rows < 0 {
			c.fail("the footer does not say how many rows the row group has")
			return
		}
		f.groups = append(f.groups, g)
	}
	if c.err == nil {
		at.RowGroup = -1
	}
}
