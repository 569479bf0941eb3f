package match

import (
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
)

func TestFits(t *testing.T) {
	var (
		text     = Type{Kind: Text, Name: "text"}
		int32s   = Type{Kind: Int, Bits: 32, Name: "int32"}
		decimals = Type{Kind: Decimal, Scale: 2, Name: "decimal(10,2)"}
		boolean  = Type{Kind: Boolean, Name: "boolean"}
		date     = Type{Kind: DateOnly, Name: "date"}
		stamp    = Type{Kind: Timestamp, Zoned: true, Name: "timestamp"}
		list     = Type{Kind: List, Elem: &int32s, Name: "list of int32"}
		other    = Type{Kind: Other, Name: "map"}
		null     = Type{Kind: Null, Name: "null"}

		word    = Operand{Kind: String, Text: "abc"}
		fifty   = Operand{Kind: Number, Text: "50", Number: rat("50")}
		yes     = boolOperand(true)
		day     = Operand{Kind: Date, Text: "2026-09-01", Time: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}
		instant = Operand{Kind: Instant, Text: "2026-09-01T08:00:00Z", Time: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)}
		month   = Operand{Kind: Duration, Text: "30d", Seconds: 30 * 86400}
		quoted  = func(s string) Operand { return Operand{Kind: String, Text: s} }
	)
	for _, c := range []struct {
		op      Operator
		operand Operand
		typ     Type
		want    string
	}{
		{Equals, word, text, ""}, {In, fifty, text, ""}, {Contains, fifty, text, ""}, {EndsWith, day, text, ""}, {Matches, word, text, ""},
		{Exists, yes, text, ""}, {Exists, yes, other, ""}, {Exists, yes, list, ""}, {Exists, yes, null, ""},
		{Equals, fifty, int32s, ""}, {Above, fifty, decimals, ""}, {From, fifty, int32s, ""}, {Until, fifty, list, ""},
		{Equals, yes, boolean, ""}, {In, yes, boolean, ""},
		{From, day, date, ""}, {Above, instant, date, ""}, {AtMost, day, stamp, ""}, {Within, month, date, ""}, {OlderThan, month, stamp, ""},
		{Within, month, null, ""}, {StartsWith, word, null, ""}, {Above, fifty, null, ""},

		{StartsWith, word, int32s, `starts_with compares text, but columns of type int32 hold numbers`},
		{Matches, word, date, `matches compares text, but columns of type date hold dates`},
		{Contains, word, list, `contains compares text, but columns of type list of int32 hold lists of numbers`},
		{Above, fifty, text, `above compares numbers and dates, but columns of type text hold text, which has no order here`},
		{From, day, text, `from compares numbers and dates, but columns of type text hold text, which has no order here`},
		{AtLeast, fifty, boolean, `at_least compares numbers and dates, but columns of type boolean hold true or false`},
		{Within, month, text, `within measures time from a date, but columns of type text hold text`},
		{OlderThan, month, int32s, `older_than measures time from a date, but columns of type int32 hold numbers`},
		{Within, fifty, date, `within takes a length of time such as 12h, 90d or 4w, not 50`},
		{Exists, word, text, `exists takes true or false, not "abc"`},
		{Equals, word, other, `equals cannot read columns of type map; exists is all that can be asked of them`},
		{Equals, word, int32s, `"abc" is not a number, but columns of type int32 hold numbers`},
		{Equals, quoted("50"), decimals, `"50" in quotes is text, but columns of type decimal(10,2) hold numbers; leave the quotes out`},
		{Above, day, int32s, `2026-09-01 is not a number, but columns of type int32 hold numbers`},
		{Equals, yes, int32s, `true is not a number, but columns of type int32 hold numbers`},
		{Equals, fifty, boolean, `50 is neither true nor false, but columns of type boolean hold true or false`},
		{Equals, quoted("true"), boolean, `"true" in quotes is text, but columns of type boolean hold true or false; leave the quotes out`},
		{Equals, fifty, date, `50 is not a date, but columns of type date hold dates; write a date such as 2026-09-01 or an instant such as 2026-09-01T08:00:00Z`},
		{From, quoted("2026-09-01"), stamp, `"2026-09-01" in quotes is text, but columns of type timestamp hold dates; leave the quotes out`},
		{Equals, quoted(" \t"), text, `" \t" is empty once the white space around it is taken away, and no value is; to ask for a missing value write exists: false`},
		{Matches, quoted("(a"), text, `the pattern "(a" cannot be read: missing closing ) at "(a"`},
		{Above, Operand{Kind: Number, Text: "x"}, int32s, `x is not a number that can be compared`},
		{0, word, text, `operator(0) is not an operator`},
		{99, word, text, `operator(99) is not an operator`},
	} {
		got := ""
		if err := Fits(c.op, c.operand, c.typ); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s on %s: (-want +got)\n%s", c.op, c.operand.Text, c.typ.Name, diff)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, test := range []Test{
		{Conditions: []Condition{{Operator: Equals}}},
		{Conditions: []Condition{{Equals, []Operand{{Kind: String, Text: "a"}, {Kind: String, Text: "b"}}}}},
		{Conditions: []Condition{{In, []Operand{{Kind: String, Text: "a"}, {Kind: String, Text: " "}}}}},
		{Conditions: []Condition{{Matches, []Operand{{Kind: String, Text: "a{2000}"}}}}},
	} {
		if _, err := Compile(test, Type{Kind: Text}, nil); err == nil {
			t.Errorf("%+v was accepted", test)
		}
	}
}

func TestOperatorNames(t *testing.T) {
	for i, name := range OperatorNames() {
		op, ok := ParseOperator(name)
		if !ok || op != Operator(i+1) || op.String() != name {
			t.Errorf("%q is %s, %v", name, op, ok)
		}
	}
	if _, ok := ParseOperator(""); ok || len(OperatorNames()) != int(Exists) {
		t.Error("a name without operator, or an operator without name")
	}
}

func TestTypeOf(t *testing.T) {
	name := func(typ arrow.DataType) string { return TypeOf(typ).Name }
	for _, c := range []struct {
		typ  arrow.DataType
		want Type
	}{
		{arrow.BinaryTypes.StringView, Type{Kind: Text, Name: "text"}},
		{arrow.BinaryTypes.Binary, Type{Kind: Other, Name: "binary"}},
		{arrow.PrimitiveTypes.Uint16, Type{Kind: Uint, Bits: 16, Name: "uint16"}},
		{arrow.FixedWidthTypes.Float16, Type{Kind: Float, Bits: 16, Name: "float16"}},
		{&arrow.Decimal256Type{Precision: 50, Scale: 7}, Type{Kind: Decimal, Scale: 7, Name: "decimal(50,7)"}},
		{arrow.FixedWidthTypes.Date64, Type{Kind: DateOnly, Name: "date"}},
		{arrow.FixedWidthTypes.Timestamp_ms, Type{Kind: Timestamp, Zoned: true, Name: "timestamp"}},
		{&arrow.TimestampType{Unit: arrow.Nanosecond}, Type{Kind: Timestamp, Name: "timestamp without zone"}},
		{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, Type{Kind: Text, Name: "text"}},
		{arrow.RunEndEncodedOf(arrow.PrimitiveTypes.Int32, arrow.FixedWidthTypes.Boolean), Type{Kind: Boolean, Name: "boolean"}},
		{arrow.FixedWidthTypes.Time32s, Type{Kind: Other, Name: name(arrow.FixedWidthTypes.Time32s)}},
		{arrow.StructOf(arrow.Field{Name: "a", Type: arrow.Null}), Type{Kind: Other, Name: "struct"}},
		{arrow.MapOf(arrow.BinaryTypes.String, arrow.BinaryTypes.String), Type{Kind: Other, Name: "map"}},
		{arrow.Null, Type{Kind: Null, Name: "null"}},
		{arrow.LargeListOf(arrow.PrimitiveTypes.Int64), Type{Kind: List, Elem: &Type{Kind: Int, Bits: 64, Name: "int64"}, Name: "list of int64"}},
		{arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int64)), Type{Kind: List, Elem: &Type{Kind: Other, Name: "list of int64"}, Name: "list of list of int64"}},
	} {
		if diff := cmp.Diff(c.want, TypeOf(c.typ)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.typ, diff)
		}
	}
}
