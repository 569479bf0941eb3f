package encode

import (
	"fmt"
	"math/bits"
)

// repetitions and converted types of the format.
const (
	required = 0
	optional = 1
	repeated = 2

	convertedUTF8            = 0
	convertedList            = 3
	convertedDecimal         = 5
	convertedDate            = 6
	convertedTimeMicros      = 8
	convertedTimestampMicros = 10
	convertedUint8           = 11
	convertedInt8            = 15
)

// column is a field as the file has it.
type column struct {
	Field
	leaf leaf
	path []string
}

// columnsOf checks the fields and gives them as the file has them.
func columnsOf(fields []Field) ([]column, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("a table needs at least one column")
	}
	names := make(map[string]bool, len(fields))
	columns := make([]column, len(fields))
	for i, f := range fields {
		switch {
		case f.Name == "":
			return nil, fmt.Errorf("column %d has no name", i)
		case names[f.Name]:
			return nil, fmt.Errorf("column %q stands twice", f.Name)
		case f.Type == nil:
			return nil, fmt.Errorf("column %q has no type", f.Name)
		}
		names[f.Name] = true
		l, err := f.Type.leaf()
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		columns[i] = column{Field: f, leaf: l, path: []string{f.Name}}
		if l.list {
			columns[i].path = []string{f.Name, "list", "element"}
		}
	}
	return columns, nil
}

// schema writes the schema as a field of the footer: the elements of the tree, depth first.
func (t *thrift) schema(id int16, columns []column) {
	n := 1
	for _, c := range columns {
		n++
		if c.leaf.list {
			n += 2
		}
	}
	t.list(id, thriftStruct, n)
	t.begin()
	t.text(4, "schema")
	t.i32(5, int32(len(columns)))
	t.end()
	for i := range columns {
		c := &columns[i]
		repetition := int32(required)
		if c.Nullable {
			repetition = optional
		}
		if !c.leaf.list {
			t.leafElement(c.Name, repetition, &c.leaf)
			continue
		}
		t.begin()
		t.i32(3, repetition)
		t.text(4, c.Name)
		t.i32(5, 1)
		t.i32(6, convertedList)
		t.choose(10, 3)
		t.end()
		t.begin()
		t.i32(3, repeated)
		t.text(4, "list")
		t.i32(5, 1)
		t.end()
		t.leafElement("element", required, &c.leaf)
	}
}

// leafElement writes a column that has values, with its meaning in the old and in the new way.
func (t *thrift) leafElement(name string, repetition int32, l *leaf) {
	t.begin()
	t.i32(1, l.physical)
	if l.physical == physicalFixed {
		t.i32(2, int32(l.width))
	}
	t.i32(3, repetition)
	t.text(4, name)
	switch l.meaning {
	case annotateText:
		t.i32(6, convertedUTF8)
		t.choose(10, 1)
	case annotateDate:
		t.i32(6, convertedDate)
		t.choose(10, 6)
	case annotateTimestamp:
		t.i32(6, convertedTimestampMicros)
		t.utcMicros(8)
	case annotateTimeOfDay:
		t.i32(6, convertedTimeMicros)
		t.utcMicros(7)
	case annotateInteger:
		converted := int32(convertedInt8)
		if l.unsigned {
			converted = convertedUint8
		}
		t.i32(6, converted+int32(bits.TrailingZeros(uint(l.bits))-3))
		t.structure(10)
		t.structure(10)
		t.i8(1, byte(l.bits))
		t.boolean(2, !l.unsigned)
		t.end()
		t.end()
	case annotateDecimal:
		t.i32(6, convertedDecimal)
		t.i32(7, int32(l.scale))
		t.i32(8, int32(l.digits))
		t.structure(10)
		t.structure(5)
		t.i32(1, int32(l.scale))
		t.i32(2, int32(l.digits))
		t.end()
		t.end()
	}
	t.end()
}

// utcMicros writes the logical type of a timestamp or time of day in microseconds UTC.
func (t *thrift) utcMicros(member int16) {
	t.structure(10)
	t.structure(member)
	t.boolean(1, true)
	t.choose(2, 2)
	t.end()
	t.end()
}
