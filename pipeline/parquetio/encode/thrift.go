package encode

import "encoding/binary"

// The format's metadata is Thrift in its compact protocol. Written by hand it can be exact: the structs of the libraries at
// hand leave out an empty text as a least value, and do not know whether bounds are exact.

// types of the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftBinary = 8
	thriftList   = 9
	thriftStruct = 12
)

// thrift appends structs to a buffer. Fields are written in ascending order of their numbers.
type thrift struct {
	buf   []byte
	last  int16
	outer [8]int16 // last fields of the structs around the current one
	depth int
}

func (t *thrift) field(id int16, kind byte) {
	t.buf = append(t.buf, byte(id-t.last)<<4|kind)
	t.last = id
}

// begin starts a struct that is an element of a list, or the outermost.
func (t *thrift) begin() {
	t.outer[t.depth] = t.last
	t.depth++
	t.last = 0
}

// end ends the innermost struct.
func (t *thrift) end() {
	t.buf = append(t.buf, 0)
	t.depth--
	t.last = t.outer[t.depth]
}

// structure starts a struct that is a field.
func (t *thrift) structure(id int16) {
	t.field(id, thriftStruct)
	t.begin()
}

// choose writes a union whose member has no fields of its own.
func (t *thrift) choose(id, member int16) {
	t.structure(id)
	t.empty(member)
	t.end()
}

// empty writes a struct without fields.
func (t *thrift) empty(id int16) {
	t.structure(id)
	t.end()
}

func (t *thrift) i16(id int16, v int16) {
	t.field(id, thriftI16)
	t.buf = binary.AppendVarint(t.buf, int64(v))
}

func (t *thrift) i32(id int16, v int32) {
	t.field(id, thriftI32)
	t.buf = binary.AppendVarint(t.buf, int64(v))
}

func (t *thrift) i64(id int16, v int64) {
	t.field(id, thriftI64)
	t.buf = binary.AppendVarint(t.buf, v)
}

func (t *thrift) i8(id int16, v byte) {
	t.field(id, thriftByte)
	t.buf = append(t.buf, v)
}

func (t *thrift) boolean(id int16, v bool) {
	if v {
		t.field(id, thriftTrue)
	} else {
		t.field(id, thriftFalse)
	}
}

func (t *thrift) text(id int16, v string) {
	t.field(id, thriftBinary)
	t.element(v)
}

// element writes a text that is an element of a list.
func (t *thrift) element(v string) {
	t.buf = binary.AppendUvarint(t.buf, uint64(len(v)))
	t.buf = append(t.buf, v...)
}

// number writes an integer that is an element of a list.
func (t *thrift) number(v int64) { t.buf = binary.AppendVarint(t.buf, v) }

// truth writes a truth value that is an element of a list.
func (t *thrift) truth(v bool) {
	if v {
		t.buf = append(t.buf, thriftTrue)
	} else {
		t.buf = append(t.buf, thriftFalse)
	}
}

// list starts a list; its elements follow.
func (t *thrift) list(id int16, kind byte, n int) {
	t.field(id, thriftList)
	if n < 15 {
		t.buf = append(t.buf, byte(n)<<4|kind)
		return
	}
	t.buf = binary.AppendUvarint(append(t.buf, 0xf0|kind), uint64(n))
}
