package match

import (
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// agree holds Array and Spans to the reference over every layout of the same cells.
func agree(t interface{ Fatalf(string, ...any) }, w world, test Test, typ arrow.DataType, cells []any) {
	m, err := Compile(test, TypeOf(typ), w.model)
	if err != nil {
		t.Fatalf("%v on %s: %v", test, typ, err)
	}
	want := make([]bool, len(cells))
	spans := make([][][2]int64, len(cells))
	for i, c := range cells {
		want[i] = w.holds(test, typ, c)
		if m.Timed() {
			spans[i] = w.spans(test, typ, c)
		}
	}
	if m.Missing() != w.holds(test, typ, nil) {
		t.Fatalf("%+v says %v of a missing value", test, m.Missing())
	}
	for _, l := range layouts {
		if l.name == "sliced runs" && len(cells) == 0 {
			continue // such an array cannot be built
		}
		got := make([]bool, len(cells)+1)
		for i := range got {
			got[i] = i%2 == 0 // what stands in out must not matter
		}
		values := l.build(typ, cells)
		m.Array(values, w.input, NullTexts(w.nulls), got)
		if diff := cmp.Diff(want, got[:len(cells)]); diff != "" {
			t.Fatalf("%s of %s, %+v in %s over %v: (-want +got)\n%s", l.name, typ, test, w.input, cells, diff)
		}
		if !m.Timed() {
			continue
		}
		gotSpans := make([][][2]int64, len(cells))
		m.Spans(values, w.input, nil, func(row int, start, end int64) {
			gotSpans[row] = append(gotSpans[row], [2]int64{start, end})
		})
		if diff := cmp.Diff(spans, gotSpans); diff != "" {
			t.Fatalf("spans over %s of %s, %+v in %s over %v: (-want +got)\n%s", l.name, typ, test, w.input, cells, diff)
		}
	}
}

func TestKernelsAgreeWithReference(t *testing.T) {
	for _, typ := range plainTypes {
		t.Run(fmt.Sprint(typ), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				w := world{model: drawZone.Draw(t, "model's"), input: drawZone.Draw(t, "input's")}
				if TypeOf(typ).Kind == Text && rapid.Bool().Draw(t, "null texts") {
					w.nulls = []string{"N/A", "select"}
				}
				agree(t, w, drawTest(t, typ), typ, drawCells(t, typ))
			})
		})
	}
}

func TestListKernelsAgreeWithReference(t *testing.T) {
	for _, elem := range plainTypes {
		t.Run(fmt.Sprint(elem), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				typ := rapid.SampledFrom(listTypes(elem)).Draw(t, "list")
				w := world{model: drawZone.Draw(t, "model's"), input: drawZone.Draw(t, "input's")}
				agree(t, w, drawTest(t, elem), typ, drawCells(t, typ))
			})
		})
	}
}

// Every operator is asked of every type over columns of each shape, so that none is left to luck.
func TestEveryOperatorOnEveryType(t *testing.T) {
	w := world{model: zoneOf("Europe/Stockholm"), input: zoneOf("America/New_York")}
	for _, typ := range plainTypes {
		cells := cellsOf(typ)
		shapes := map[string][]any{
			"dense": cells, "empty": {}, "all null": make([]any, 5), "constant": {cells[0], cells[0], cells[0], cells[0]},
			"with nulls": append(append([]any{nil}, cells...), nil, nil),
		}
		for op := Equals; op <= Exists; op++ {
			operand := rapid.Custom(func(t *rapid.T) Operand { return drawOperand(t, op, typ) })
			for seed := range 2 {
				o := operand.Example(seed)
				if Fits(op, o, TypeOf(typ)) != nil {
					continue
				}
				for _, cells := range shapes {
					agree(t, w, Test{Conditions: []Condition{{op, []Operand{o}}}}, typ, cells)
				}
			}
		}
	}
}

func TestMissingColumn(t *testing.T) {
	values := arrayOf(arrow.Null, make([]any, 3))
	for _, exists := range []bool{true, false} {
		for _, typ := range []Type{{Kind: Text}, {Kind: Null}, {Kind: Int, Bits: 64}, {Kind: List, Elem: &Type{Kind: Text}}, {Kind: Other}} {
			m, err := Compile(Test{Conditions: []Condition{{Exists, []Operand{boolOperand(exists)}}}}, typ, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]bool, 3)
			m.Array(values, nil, nil, got)
			if got[0] == exists || got[2] == exists {
				t.Errorf("exists: %v on a %s column without any value gives %v", exists, typeName(typ), got)
			}
		}
	}
}
