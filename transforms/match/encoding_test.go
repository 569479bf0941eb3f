package match

import (
	"math"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

func compiled(t *testing.T, test Test, typ Type) *Matcher {
	t.Helper()
	m, err := Compile(test, typ, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func rowsOf(m *Matcher, values arrow.Array) []bool {
	out := make([]bool, values.Len())
	m.Array(values, nil, nil, out)
	return out
}

func numberTestOf(op Operator, number string) Test {
	return Test{Conditions: []Condition{{op, []Operand{{Kind: Number, Text: number, Number: rat(number)}}}}}
}

// Files of one table may differ in type: the test is read anew for each.
func TestArraysOfAnotherType(t *testing.T) {
	int32s, strings := arrow.PrimitiveTypes.Int32, arrow.BinaryTypes.String
	fifty := numberTestOf(Equals, "50")
	for _, c := range []struct {
		name   string
		test   Test
		typ    Type
		values arrow.Array
		want   []bool
	}{
		{"integers for decimals", fifty, Type{Kind: Decimal, Scale: 2}, arrayOf(int32s, []any{rat("50"), nil, rat("5")}), []bool{true, false, false}},
		{"decimals of another scale", fifty, Type{Kind: Decimal, Scale: 9}, arrayOf(&arrow.Decimal128Type{Precision: 9, Scale: 1}, []any{rat("50"), rat("50.1")}), []bool{true, false}},
		{"text for numbers", fifty, Type{Kind: Int, Bits: 32}, arrayOf(strings, []any{"50", "", nil}), []bool{true, false, false}},
		{"numbers for text", test(false, StartsWith, "5"), Type{Kind: Text}, arrayOf(int32s, []any{rat("50"), nil}), []bool{false, false}},
		{"no numbers for text", test(false, Exists, false), Type{Kind: Text}, arrayOf(int32s, []any{rat("50"), nil}), []bool{false, true}},
		{"a list for a value", fifty, Type{Kind: Int, Bits: 32}, arrayOf(arrow.ListOf(int32s), []any{[]any{rat("1"), rat("50")}, []any{}, nil}), []bool{true, false, false}},
		{"a value for a list", fifty, Type{Kind: List, Elem: &Type{Kind: Int, Bits: 32}}, arrayOf(int32s, []any{rat("50"), nil}), []bool{true, false}},
		{"a list without element type", fifty, Type{Kind: List}, arrayOf(int32s, nil), []bool{}},
	} {
		if c.typ.Kind == List && c.typ.Elem == nil {
			if _, err := Compile(c.test, c.typ, nil); err == nil {
				t.Errorf("%s was accepted", c.name)
			}
			continue
		}
		if diff := cmp.Diff(c.want, rowsOf(compiled(t, c.test, c.typ), c.values)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestBinaryIsTextWhenAskedAsText(t *testing.T) {
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	b.Append([]byte(" CEO"))
	b.AppendNull()
	b.Append([]byte(" "))
	values := b.NewArray()
	for _, c := range []struct {
		test Test
		kind Kind
		want []bool
	}{
		{test(false, Equals, "ceo"), Text, []bool{true, false, false}},
		{test(false, Exists, false), Text, []bool{false, true, true}},
		{test(false, Exists, true), Other, []bool{true, false, true}}, // bytes, of which white space is some
	} {
		if diff := cmp.Diff(c.want, rowsOf(compiled(t, c.test, Type{Kind: c.kind}), values)); diff != "" {
			t.Errorf("%+v: (-want +got)\n%s", c.test, diff)
		}
	}
}

func TestNestedAndOtherTypes(t *testing.T) {
	lists := arrayOf(arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int8)), []any{[]any{[]any{rat("1")}}, []any{[]any{nil}, nil}, []any{}, nil})
	structs := array.NewStructBuilder(memory.DefaultAllocator, arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int8, Nullable: true}))
	structs.Append(true)
	structs.FieldBuilder(0).AppendNull()
	structs.AppendNull()
	uuids := extensions.NewUUIDBuilder(memory.DefaultAllocator)
	uuids.AppendNull()
	uuids.AppendBytes([16]byte{1})
	maps := array.NewMapBuilder(memory.DefaultAllocator, arrow.BinaryTypes.String, arrow.BinaryTypes.String, false)
	maps.AppendNull()
	maps.Append(true)
	for _, c := range []struct {
		values arrow.Array
		want   []bool
	}{
		{lists, []bool{true, false, false, false}},
		{structs.NewArray(), []bool{true, false}},
		{array.NewSlice(uuids.NewArray(), 1, 2), []bool{true}},
		{maps.NewArray(), []bool{false, true}},
	} {
		typ := TypeOf(c.values.DataType())
		if diff := cmp.Diff(c.want, rowsOf(compiled(t, test(false, Exists, true), typ), c.values)); diff != "" {
			t.Errorf("exists: true on %s: (-want +got)\n%s", typ.Name, diff)
		}
		for i, missing := range rowsOf(compiled(t, test(false, Exists, false), typ), c.values) {
			if missing == c.want[i] {
				t.Errorf("exists: false on %s, row %d: %v", typ.Name, i, missing)
			}
		}
	}
}

func TestNullTextsInLists(t *testing.T) {
	values := arrayOf(arrow.ListOf(arrow.BinaryTypes.String), []any{[]any{"N/A ", nil}, []any{"n/a", "x"}, []any{" "}})
	out := make([]bool, 3)
	compiled(t, test(false, Exists, false), TypeOf(values.DataType())).Array(values, nil, NullTexts([]string{"n/a"}), out)
	if diff := cmp.Diff([]bool{true, false, true}, out); diff != "" {
		t.Error(diff)
	}
	compiled(t, test(false, Contains, "a"), TypeOf(values.DataType())).Array(values, nil, NullTexts([]string{"n/a"}), out)
	if diff := cmp.Diff([]bool{false, false, false}, out); diff != "" {
		t.Error(diff)
	}
}

func TestExactness(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	for _, c := range []struct {
		test   Test
		typ    arrow.DataType
		values []any
		want   []bool
	}{
		{numberTestOf(Below, "1e300"), arrow.PrimitiveTypes.Int64, []any{rat("9223372036854775807")}, []bool{true}},
		{numberTestOf(Equals, "18446744073709551615"), arrow.PrimitiveTypes.Uint64, []any{rat("18446744073709551615"), rat("18446744073709551614")}, []bool{true, false}},
		{numberTestOf(Above, "-1"), arrow.PrimitiveTypes.Uint8, []any{rat("0")}, []bool{true}},
		{numberTestOf(Equals, "9007199254740993"), arrow.PrimitiveTypes.Int64, []any{rat("9007199254740993"), rat("9007199254740992")}, []bool{true, false}},
		{numberTestOf(Equals, "0.1"), &arrow.Decimal128Type{Precision: 10, Scale: 2}, []any{rat("0.1"), rat("0.11")}, []bool{true, false}},
		{numberTestOf(Equals, "0.1"), arrow.PrimitiveTypes.Float32, []any{cellOfFloat(float64(float32(0.1)))}, []bool{true}},
		{numberTestOf(Above, "0.1"), arrow.PrimitiveTypes.Float32, []any{cellOfFloat(float64(float32(0.1)))}, []bool{false}},
		{numberTestOf(Equals, "0"), arrow.PrimitiveTypes.Float64, []any{negativeZero, rat("0")}, []bool{true, true}},
		{numberTestOf(Equals, "0"), arrow.FixedWidthTypes.Float16, []any{negativeZero, rat("0")}, []bool{true, true}},
		{numberTestOf(AtMost, "1e400"), arrow.PrimitiveTypes.Float64, []any{math.NaN(), math.MaxFloat64}, []bool{false, true}},
	} {
		m := compiled(t, c.test, TypeOf(c.typ))
		for i, v := range c.values {
			if f, ok := v.(float64); ok && f == math.MaxFloat64 {
				c.values[i] = cellOfFloat(f)
			}
		}
		if diff := cmp.Diff(c.want, rowsOf(m, arrayOf(c.typ, c.values))); diff != "" {
			t.Errorf("%s %s on %s: (-want +got)\n%s", c.test.Conditions[0].Operator, c.test.Conditions[0].Operands[0].Text, c.typ, diff)
		}
	}
}

// A day of the calendar is itself in every zone; against an instant it is its midnight in the input's zone.
func TestDatesAcrossZones(t *testing.T) {
	values := arrayOf(arrow.FixedWidthTypes.Date32, []any{int64(20697)}) // 2026-09-01
	day := Operand{Kind: Date, Text: "2026-09-01", Time: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}
	instant := Operand{Kind: Instant, Text: "2026-08-31T15:00:00Z", Time: time.Date(2026, 8, 31, 15, 0, 0, 0, time.UTC)}
	for _, o := range []Operand{day, instant} {
		m, err := Compile(Test{Conditions: []Condition{{Equals, []Operand{o}}}}, Type{Kind: DateOnly}, zoneOf("Europe/Stockholm"))
		if err != nil {
			t.Fatal(err)
		}
		out := make([]bool, 1)
		if m.Array(values, zoneOf("Asia/Tokyo"), nil, out); !out[0] {
			t.Errorf("2026-09-01 of an input in Tokyo does not equal %s", o.Text)
		}
	}
	m, err := Compile(Test{Conditions: []Condition{{OlderThan, []Operand{{Kind: Duration, Seconds: 60}}}, {Within, []Operand{{Kind: Duration, Seconds: 3600}}}}},
		Type{Kind: DateOnly}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	m.Spans(values, zoneOf("Asia/Tokyo"), nil, func(row int, start, end int64) {
		if row != 0 || start != instant.Time.Unix()+60 || end != instant.Time.Unix()+3600 {
			t.Errorf("row %d: [%d, %d)", row, start, end)
		}
	})
}
