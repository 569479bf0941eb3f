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
}

// group is a row group.
type group struct {
	rows   int64
	chunks []chunk // one a leaf
}

// chunk is a column chunk: where its pages are and what they hold.
type chunk struct {
	typ        physical
	codec      codec
	elsewhere  bool // in another file
	encrypted  bool
	encodings  uint32 // bit i: encoding i is used
	plainPages bool   // the footer says that some data pages are not dictionary-encoded
	counted    bool   // the footer says how many pages have which encoding
	values     int64
	compressed int64 // length in the file
	unpacked   int64
	data, dict int64 // offset of the first data page and of the dictionary page; dict <= 0: none
}

// start is where the chunk begins in the file.
func (c *chunk) start() int64 {
	if c.dict > 0 && c.dict < c.data {
		return c.dict
	}
	return c.data
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
			case id == 10 && typ == thriftStruct:
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
	short := c.b[from]&15 == thriftStruct && c.b[from]>>4 != 0
	known := true
	c.fields(func(id int16, typ byte) {
		known = known && id >= 1 && id <= 18 && id != 9
		c.skip(typ)
	})
	if !known && short && c.at < len(c.b) && c.b[c.at] == thriftStop {
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

func (f *footer) parseChunks(c *cursor, g *group, at *Error) {
	if g.chunks != nil {
		c.fail("the row group has two lists of column chunks")
		return
	}
	n := c.structList()
	if n != len(f.leaves) {
		c.fail("the row group has %d column chunks, the schema %d columns", n, len(f.leaves))
		return
	}
	g.chunks = make([]chunk, 0, min(n, len(f.leaves)))
	for i := 0; i < n && c.err == nil; i++ {
		l := &f.leaves[i]
		at.Column = l.name
		k := chunk{typ: -1, codec: -1, values: -1, compressed: -1, unpacked: -1, data: -1}
		described := false
		c.fields(func(id int16, typ byte) {
			switch {
			case id == 1 && typ == thriftBinary:
				k.elsewhere = len(c.bytes()) > 0 || k.elsewhere
			case id == 3 && typ == thriftStruct:
				described = true
				k.parse(c, l)
			case id == 8 && typ == thriftStruct, id == 9 && typ == thriftBinary:
				k.encrypted = true
				c.skip(typ)
			default:
				c.skip(typ)
			}
		})
		if c.err == nil && !k.encrypted {
			if !described {
				c.fail("the column chunk is not described")
			} else if k.typ != l.typ {
				c.fail("the column chunk holds %s, the schema says %s", k.typ, l.typ)
			}
		}
		g.chunks = append(g.chunks, k)
	}
	if c.err == nil {
		at.Column = ""
	}
}

// parse reads a chunk's metadata.
func (k *chunk) parse(c *cursor, l *leaf) {
	c.fields(func(id int16, typ byte) {
		switch {
		case id == 1 && typ == thriftI32:
			if v := c.i32(); v >= 0 && v <= int32(typeFixed) {
				k.typ = physical(v)
			}
		case id == 2 && typ == thriftList:
			n, elem := c.list()
			for i := 0; i < n && c.err == nil; i++ {
				if elem != thriftI32 {
					c.fail("the list of encodings holds other values")
				} else if v := c.i32(); v >= 0 && v < 32 {
					k.encodings |= 1 << v
				}
			}
		case id == 3 && typ == thriftList:
			k.parsePath(c, l)
		case id == 4 && typ == thriftI32:
			if v := c.i32(); v >= 0 && v <= 127 {
				k.codec = codec(v)
			}
		case id == 5 && typ == thriftI64:
			k.values = c.i64()
		case id == 6 && typ == thriftI64:
			k.unpacked = c.i64()
		case id == 7 && typ == thriftI64:
			k.compressed = c.i64()
		case id == 9 && typ == thriftI64:
			k.data = c.i64()
		case id == 11 && typ == thriftI64:
			k.dict = c.i64()
		case id == 13 && typ == thriftList:
			k.parsePageCounts(c)
		default:
			c.skip(typ)
		}
	})
}

func (k *chunk) parsePath(c *cursor, l *leaf) {
	n, elem := c.list()
	same := n == len(l.path)
	for i := 0; i < n && c.err == nil; i++ {
		if elem != thriftBinary {
			c.fail("the path of a column holds other values than names")
			return
		}
		part := c.bytes()
		// A name that is not UTF-8 was replaced in the schema and cannot be compared any more.
		same = same && (string(part) == l.path[i] || strings.Contains(l.path[i], "\uFFFD"))
	}
	if c.err == nil && !same {
		c.fail("the column chunk is that of another column of the schema")
	}
}

// parsePageCounts reads how many pages have which encoding.
func (k *chunk) parsePageCounts(c *cursor) {
	for i := c.structList(); i > 0 && c.err == nil; i-- {
		page, encoding, pages := int32(-1), int32(-1), int32(0)
		c.fields(func(id int16, typ byte) {
			switch {
			case id == 1 && typ == thriftI32:
				page = c.i32()
			case id == 2 && typ == thriftI32:
				encoding = c.i32()
			case id == 3 && typ == thriftI32:
				pages = c.i32()
			default:
				c.skip(typ)
			}
		})
		if page == pageData || page == pageDataV2 {
			k.counted = true
			if pages > 0 && encoding != encodingPlainDictionary && encoding != encodingRLEDictionary {
				k.plainPages = true
			}
		}
	}
}
