package parquetio

import "strings"

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

	bloom, columnIndex, offsetIndex stretch // what helps to find values; length 0: none
}

// stretch is a stretch of the file, as the footer says; nobody has checked it yet.
type stretch struct {
	at     int64
	length int32
}

// start is where the chunk begins in the file.
func (c *chunk) start() int64 {
	if c.dict > 0 && c.dict < c.data {
		return c.dict
	}
	return c.data
}

// readable tells why a column chunk cannot be read, before anything of it is.
func (k *chunk) readable() error {
	switch {
	case k.encrypted:
		return unsupported(fixEncrypted, "the column is encrypted")
	case k.elsewhere:
		return unsupported("write the data into the file itself", "the column's data is in another file")
	case !k.codec.known():
		return unsupported(fixCodec, "the column is compressed with %s, which is not supported", k.codec)
	}
	return nil
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
			case id == 4 && typ == thriftI64:
				k.offsetIndex.at = c.i64()
			case id == 5 && typ == thriftI32:
				k.offsetIndex.length = c.i32()
			case id == 6 && typ == thriftI64:
				k.columnIndex.at = c.i64()
			case id == 7 && typ == thriftI32:
				k.columnIndex.length = c.i32()
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
		case id == 14 && typ == thriftI64:
			k.bloom.at = c.i64()
		case id == 15 && typ == thriftI32:
			k.bloom.length = c.i32()
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
