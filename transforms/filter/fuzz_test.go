package filter

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// FuzzParse holds that no text makes reading fail in any other way than by an error with a place, and that what was read can be asked.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`score >= 50 and band != "cold"`, `set["Persona"].rule["Both"] == 3`, `score in 0..50 or not fulfilled("Clicked")`, `mql_since < ago("4w")`, `-score * 2 + 1 < score_in_30d`,
		`score in [1, 2.5, -3]`, `a ?? b`, `a?.b`, `{a: 1}`, `all([1], # > 0)`, `let x = 1; x`, `score | count()`, "score == `x`", `1..3`, `((((`, `"`, `b"x"`,
	} {
		f.Add(text)
	}
	schema := testSchema()
	f.Fuzz(func(t *testing.T, text string) {
		Columns("--columns", text, schema)
		Orders("--sort", text, schema)
		parsed, list := Parse("--where", text, schema)
		if (parsed == nil) != list.HasErrors() {
			t.Fatalf("%q: %v, %v", text, parsed, list)
		}
		for _, d := range list {
			if d.What == "" || d.Position.Line < 1 || d.Position.Column < 1 {
				t.Fatalf("%q: an error without a place: %+v", text, d)
			}
		}
		if parsed == nil {
			return
		}
		for _, r := range parsed.Refs() {
			for _, c := range table {
				if c.ref == r {
					r = Ref{}
					break
				}
			}
			if r != (Ref{}) {
				return // a column that the test has no values of
			}
		}
		parsed.MayHold(func(Ref) Bounds { return Bounds{Low: 1, High: 2, Known: true} })
		parsed.Eval(func(r Ref) arrow.Array { return column(t, r) }, 4)
	})
}
