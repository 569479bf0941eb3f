package parquetio

import "encoding/binary"

// The wire types of thrift's compact protocol.
const (
	thriftStop byte = iota
	thriftTrue
	thriftFalse
	thriftByte
	thriftI16
	thriftI32
	thriftI64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	thriftMap
	thriftStruct
	thriftUUID
)

// cursor reads thrift's compact protocol from a byte slice without allocating. The first error sticks: from then on
// every read gives zero and every loop ends, so callers check err once.
type cursor struct {
	b    []byte
	at   int
	err  error
	deep int
}

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = broken(format, args...)
	}
	c.at = len(c.b)
}

// errShort is the fault of data that ends within a value.
var errShort = broken("the data ends within a value")

func (c *cursor) short() {
	if c.err == nil {
		c.err = errShort
	}
	c.at = len(c.b)
}

func (c *cursor) byte() byte {
	if c.at >= len(c.b) {
		c.short()
		return 0
	}
	v := c.b[c.at]
	c.at++
	return v
}

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.b[c.at:])
	if n <= 0 {
		if n < 0 || len(c.b)-c.at >= binary.MaxVarintLen64 {
			c.fail("a number has more than 64 bits")
		} else {
			c.short()
		}
		return 0
	}
	c.at += n
	return v
}

func (c *cursor) i64() int64 {
	u := c.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (c *cursor) i32() int32 {
	v := c.i64()
	if v != int64(int32(v)) {
		c.fail("a number has more than 32 bits")
		return 0
	}
	return int32(v)
}

// bytes gives the next binary, a slice of the input.
func (c *cursor) bytes() []byte {
	n := c.uvarint()
	if n > uint64(len(c.b)-c.at) {
		c.short()
		return nil
	}
	v := c.b[c.at : c.at+int(n)]
	c.at += int(n)
	return v
}

// list reads the head of a list and gives its length and the type of its elements. A length never exceeds the bytes
// that are left, because every element takes at least one.
func (c *cursor) list() (n int, elem byte) {
	h := c.byte()
	size := uint64(h >> 4)
	if size == 15 {
		size = c.uvarint()
	}
	if size > uint64(len(c.b)-c.at) {
		c.short()
		return 0, 0
	}
	return int(size), h & 15
}

// structList reads the head of a list of structs.
func (c *cursor) structList() int {
	n, elem := c.list()
	if n > 0 && elem != thriftStruct {
		c.fail("a list holds values of another type than it must")
		return 0
	}
	return n
}

// fields reads a struct: visit is called for each field with its id and wire type and must consume its value, by skip if by
// nothing else. The value of a boolean is its type.
func (c *cursor) fields(visit func(id int16, typ byte)) {
	if c.deep++; c.deep > maxDepth {
		c.fail("structs are nested more than %d deep", maxDepth)
	}
	id := int16(0)
	for c.err == nil {
		h := c.byte()
		if h&15 == thriftStop {
			break
		}
		if delta := h >> 4; delta != 0 {
			id += int16(delta)
		} else {
			id = int16(c.i64())
		}
		visit(id, h&15)
	}
	c.deep--
}

// skip passes over a value of a field.
func (c *cursor) skip(typ byte) {
	switch typ {
	case thriftTrue, thriftFalse:
	case thriftByte:
		c.byte()
	case thriftI16, thriftI32, thriftI64:
		c.uvarint()
	case thriftDouble:
		c.advance(8)
	case thriftUUID:
		c.advance(16)
	case thriftBinary:
		c.bytes()
	case thriftList, thriftSet:
		n, elem := c.list()
		c.skipElements(n, elem)
	case thriftMap:
		n := c.uvarint()
		if n == 0 {
			return
		}
		if n > uint64(len(c.b)-c.at) {
			c.short()
			return
		}
		kinds := c.byte()
		for i := uint64(0); i < n && c.err == nil; i++ {
			c.skipElements(1, kinds>>4)
			c.skipElements(1, kinds&15)
		}
	case thriftStruct:
		c.fields(func(_ int16, typ byte) { c.skip(typ) })
	default:
		c.fail("a value has the unknown type %d", typ)
	}
}

// skipElements passes over n elements of a list, where a boolean takes a byte, unlike in a field.
func (c *cursor) skipElements(n int, elem byte) {
	if c.deep++; c.deep > maxDepth {
		c.fail("lists are nested more than %d deep", maxDepth)
	}
	for i := 0; i < n && c.err == nil; i++ {
		if elem == thriftTrue || elem == thriftFalse {
			c.byte()
		} else {
			c.skip(elem)
		}
	}
	c.deep--
}

func (c *cursor) advance(n int) {
	if n > len(c.b)-c.at {
		c.short()
		return
	}
	c.at += n
}
