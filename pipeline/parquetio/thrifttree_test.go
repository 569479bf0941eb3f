package parquetio

import (
	"encoding/binary"
	"math/rand/v2"
)

// tree is a thrift value taken apart, so that tests can put lies into a footer that is otherwise well formed.
type tree struct {
	typ    byte
	number int64
	raw    []byte // binaries and doubles
	elem   byte   // of lists
	ids    []int16
	kids   []*tree
}

// takeApart reads a value of a field, or of a list when listed.
func takeApart(c *cursor, typ byte, listed bool) *tree {
	t := &tree{typ: typ}
	switch typ {
	case thriftTrue, thriftFalse:
		if listed {
			t.number = int64(c.byte())
		}
	case thriftByte:
		t.number = int64(c.byte())
	case thriftI16, thriftI32, thriftI64:
		t.number = c.i64()
	case thriftDouble:
		t.raw = c.b[c.at : c.at+8]
		c.at += 8
	case thriftBinary:
		t.raw = c.bytes()
	case thriftList, thriftSet:
		n, elem := c.list()
		t.elem = elem
		for range n {
			t.kids = append(t.kids, takeApart(c, elem, true))
		}
	case thriftStruct:
		c.fields(func(id int16, typ byte) {
			t.ids = append(t.ids, id)
			t.kids = append(t.kids, takeApart(c, typ, false))
		})
	}
	return t
}

// together writes a value.
func (t *tree) together(b []byte, listed bool) []byte {
	switch t.typ {
	case thriftTrue, thriftFalse, thriftByte:
		if listed || t.typ == thriftByte {
			b = append(b, byte(t.number))
		}
	case thriftI16, thriftI32, thriftI64:
		b = binary.AppendVarint(b, t.number)
	case thriftDouble:
		b = append(b, t.raw...)
	case thriftBinary:
		b = append(binary.AppendUvarint(b, uint64(len(t.raw))), t.raw...)
	case thriftList, thriftSet:
		if len(t.kids) < 15 {
			b = append(b, byte(len(t.kids))<<4|t.elem)
		} else {
			b = binary.AppendUvarint(append(b, 15<<4|t.elem), uint64(len(t.kids)))
		}
		for _, k := range t.kids {
			b = k.together(b, true)
		}
	case thriftStruct:
		for i, k := range t.kids {
			b = binary.AppendVarint(append(b, k.typ), int64(t.ids[i]))
			b = k.together(b, false)
		}
		b = append(b, thriftStop)
	}
	return b
}

// at follows field ids of structs and indexes of lists.
func (t *tree) at(path ...int) *tree {
	for _, p := range path {
		if t.typ != thriftStruct {
			t = t.kids[p]
			continue
		}
		var next *tree
		for i, id := range t.ids {
			if int(id) == p {
				next = t.kids[i]
			}
		}
		if t = next; t == nil {
			return nil
		}
	}
	return t
}

// all gives the tree and everything below it.
func (t *tree) all() []*tree {
	out := []*tree{t}
	for _, k := range t.kids {
		out = append(out, k.all()...)
	}
	return out
}

// withFooter gives the file with its footer changed by edit.
func withFooter(file []byte, edit func(*tree)) []byte {
	size := int(binary.LittleEndian.Uint32(file[len(file)-8:]))
	body, foot := file[:len(file)-8-size], file[len(file)-8-size:len(file)-8]
	t := takeApart(&cursor{b: foot}, thriftStruct, false)
	edit(t)
	return sealed(body, t.together(nil, false))
}

// sealed gives the file of a body and a footer.
func sealed(body, foot []byte) []byte {
	out := append(append([]byte{}, body...), foot...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(foot)))
	return append(out, magic...)
}

// lie changes something in the tree.
func lie(t *tree, rng *rand.Rand) {
	nodes := t.all()
	n := nodes[rng.IntN(len(nodes))]
	switch n.typ {
	case thriftI16, thriftI32, thriftI64:
		choices := []int64{-1, 0, 1, n.number + 1, n.number - 1, n.number * 2, 1 << 20, 1<<31 - 1, 1 << 31, 1 << 40, 1<<63 - 1, -1 << 63, rng.Int64N(100)}
		n.number = choices[rng.IntN(len(choices))]
	case thriftBinary:
		n.raw = append([]byte{}, n.raw...)
		if len(n.raw) > 0 {
			n.raw[rng.IntN(len(n.raw))] ^= 1 << rng.IntN(8)
		}
	case thriftList, thriftStruct:
		if len(n.kids) == 0 {
			return
		}
		i := rng.IntN(len(n.kids))
		switch {
		case rng.IntN(3) > 0 && n.typ == thriftList:
			n.kids = append(n.kids, n.kids[i])
		case n.typ == thriftList:
			n.kids = append(append([]*tree{}, n.kids[:i]...), n.kids[i+1:]...)
		default:
			n.kids = append(append([]*tree{}, n.kids[:i]...), n.kids[i+1:]...)
			n.ids = append(append([]int16{}, n.ids[:i]...), n.ids[i+1:]...)
		}
	}
}
