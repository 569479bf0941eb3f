package filter

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/diag"
	"leadscore/transforms/match"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	instants = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	stockers = time.FixedZone("here", 3600)
)

// cells is a column of four contacts, as text; "" is null.
type cells struct {
	ref    Ref
	typ    arrow.DataType
	values string
}

var table = []cells{
	{Ref{Column: "contact_id"}, arrow.BinaryTypes.String, "ann|Ann|cyd|dan"},
	{Ref{Column: "score"}, arrow.PrimitiveTypes.Int64, "80|50|0|-10"},
	{Ref{Column: "score_in_30d"}, arrow.PrimitiveTypes.Int64, "70|50||-10"},
	{Ref{Column: "band"}, arrow.BinaryTypes.String, "hot|warm||COLD "},
	{Ref{Column: "is_mql"}, arrow.FixedWidthTypes.Boolean, "true|false|false|"},
	{Ref{Column: "mql_since"}, instants, "2026-10-01T00:00:00Z|2026-09-30T23:00:00Z||2026-10-31T12:00:00Z"},
	{Ref{Column: "last_engagement_at"}, instants, "2026-10-02T00:00:00Z|2026-09-30T23:00:00Z|2026-01-01T00:00:00Z|"},
	{Ref{Column: "born"}, arrow.FixedWidthTypes.Date32, "1990-05-01|||2000-01-01"},
	{Ref{Column: "revenue"}, arrow.PrimitiveTypes.Float64, "1.5|0.1||NaN"},
	{Ref{Scope: OfSet, Set: "Persona", Column: "score"}, arrow.PrimitiveTypes.Int64, "20|5|0|0"},
	{Ref{Scope: OfSet, Set: "Persona", Column: "band"}, arrow.BinaryTypes.String, "hot|cold|cold|cold"},
	{Ref{Scope: OfRule, Rule: "Clicked", Column: "points"}, arrow.PrimitiveTypes.Int64, "10|||-5"},
	{Ref{Scope: OfRule, Set: "Persona", Rule: "Both", Column: "points"}, arrow.PrimitiveTypes.Int64, "|3||"},
	{Ref{Scope: OfRule, Rule: "Clicked", Column: "expires_at"}, instants, "2026-11-03T00:00:00Z|||2026-12-03T00:00:00Z"},
}

func testSchema() *Schema {
	s := &Schema{
		AsOf: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Zone: stockers, SetNames: []string{"Persona", "Deeds"},
		RuleList: []RuleName{{"Deeds", "Clicked"}, {"Deeds", "Both"}, {"Persona", "Both"}},
		Missing:  []Absent{{"company", "the run has not published the table mql", ""}},
	}
	for _, c := range table {
		of := map[Scope]*[]Column{OfContact: &s.Contacts, OfSet: &s.Sets, OfRule: &s.Rules}[c.ref.Scope]
		*of = append(*of, Column{c.ref.Column, match.TypeOf(c.typ)})
	}
	return s
}

func column(t testing.TB, r Ref) arrow.Array {
	t.Helper()
	for _, c := range table {
		if c.ref != r {
			continue
		}
		b := array.NewBuilder(memory.DefaultAllocator, c.typ)
		for value := range strings.SplitSeq(c.values, "|") {
			if value == "" {
				b.AppendNull()
			} else if err := b.AppendValueFromString(value); err != nil {
				t.Fatal(err)
			}
		}
		return b.NewArray()
	}
	t.Fatalf("nobody knows %v", r)
	return nil
}

// What a filter says of four contacts: ann, Ann, cyd, dan.
func TestEval(t *testing.T) {
	for text, want := range map[string]string{
		`score >= 50`: "1100", `50 <= score`: "1100", `score > 50`: "1000", `score == -10`: "0001", `score != 50`: "1011", `score < 0.5`: "0011",
		`score in [50, 0]`: "0110", `score not in [50, 0]`: "1001", `score in 0..50`: "0110", `-10 == score`: "0001",
		`band == "HOT"`: "1000", `band == "cold"`: "0001", `band != "hot"`: "0111", `band in ["hot", "warm"]`: "1100", `band == nil`: "0010", `nil != band`: "1101",
		`band startsWith "w"`: "0100", `band contains "o"`: "1001", `band matches "^.o"`: "1001", `not (band endsWith "t")`: "0111",
		`is_mql`: "1000", `not is_mql`: "0111", `is_mql == false`: "0110", `is_mql or score == 0`: "1010", `!is_mql && score > 0`: "0100", `true`: "1111",
		`mql_since >= "2026-10-01"`: "1101", // midnight where the model is: 23:00 the day before
		`mql_since > "2026-10-01"`:  "1001", `mql_since == "2026-10-31T13:00:00+01:00"`: "0001", `mql_since >= ago("30d")`: "0001", `mql_since < ago("4w")`: "1100",
		`last_engagement_at == nil`: "0001", `born < "1999-12-31"`: "1000", `born == "2000-01-01"`: "0001",
		`revenue == 0.1`: "0100", `revenue > 0`: "1100", `revenue == nil`: "0011",
		`score_in_30d < score`: "1000", `score - score_in_30d >= 10`: "1000", `score_in_30d * 2 == score + 50`: "0100", `score + 1 > 80`: "1000", `mql_since <= last_engagement_at`: "1100",
		`last_engagement_at > mql_since`: "1000", `mql_since < as_of_`: "",
		`set["Persona"] >= 5`: "1100", `set["Persona"].band == "hot"`: "1000", `set["Persona"].score > set["Persona"].score - 1`: "1111",
		`rule["Clicked"] > 0`: "1000", `rule["Clicked"].points < 0`: "0001", `fulfilled("Clicked")`: "1001", `not fulfilled("Clicked")`: "0110", `set["Persona"].rule["Both"] == 3`: "0100",
		`rule["Clicked"].expires_at < ahead("7d")`: "1000", `contact_id == "ann"`: "1000", `contact_id in ["ann", "Ann"]`: "1100",
		`score >= 50 and score < 80 or contact_id == "dan"`: "0101", `10 < score < 80`: "0100",
	} {
		f, list := Parse("--where", text, testSchema())
		if want == "" {
			if f != nil {
				t.Errorf("%s: was read", text)
			}
			continue
		}
		if f == nil {
			t.Errorf("%s: %v", text, list)
			continue
		}
		got := ""
		for _, holds := range f.Eval(func(r Ref) arrow.Array { return column(t, r) }, 4) {
			got += map[bool]string{true: "1", false: "0"}[holds]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// A filter is never said to hold nowhere when it holds somewhere, and bounds that leave no room are seen.
func TestMayHold(t *testing.T) {
	bounds := func(r Ref) Bounds {
		switch r.Column {
		case "score":
			return Bounds{Low: 10, High: 20, Known: true}
		case "mql_since":
			return Bounds{Low: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), High: time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC).UnixMicro(), Known: true}
		case "born":
			return Bounds{Vacant: true, Known: true}
		}
		return Bounds{}
	}
	for text, want := range map[string]bool{
		`score >= 20`: true, `score > 25`: false, `score < 8`: false, `score == 15`: true, `score == 30`: false, `score in [1, 30]`: true, `score in [30, 31]`: false,
		`score in 30..40`: false, `score != 15`: true, `not (score > 25)`: true, `score > 25 or band == "hot"`: true, `score > 25 and band == "hot"`: false,
		`mql_since >= "2026-10-03"`: false, `mql_since >= "2026-10-02"`: true, `mql_since < ago("40d")`: false, `born > "2000-01-01"`: false, `born == nil`: true, `band == "x"`: true,
		`score - 5 > 100`: true, `false`: false,
	} {
		f, list := Parse("--where", text, testSchema())
		if f == nil {
			t.Fatal(text, list)
		}
		if got := f.MayHold(bounds); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestColumnsAndOrders(t *testing.T) {
	columns, list := Columns("--columns", `contact_id, score, set["Persona"], rule["Clicked"].expires_at, set["Persona"].rule["Both"]`, testSchema())
	if len(list) > 0 {
		t.Fatal(list)
	}
	var names []string
	for _, c := range columns {
		names = append(names, c.String())
	}
	want := []string{"contact_id", "score", `set["Persona"].score`, `rule["Clicked"].expires_at`, `set["Persona"].rule["Both"].points`}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
	orders, list := Orders("--sort", `-score, band, -set["Persona"].band`, testSchema())
	if len(list) > 0 || len(orders) != 3 || !orders[0].Descending || orders[1].Descending || !orders[2].Descending || orders[2].Ref.Set != "Persona" {
		t.Errorf("%+v, %v", orders, list)
	}
}

// The whole text of every error, in testdata/errors.txt.
func TestErrors(t *testing.T) {
	var b bytes.Buffer
	for _, text := range []string{
		``, `scor >= 50`, `score`, `score = 50`, `score >= "50"`, `score >= "many"`, `score >`, `score >= 50 AND is_mql`, `band <= "hot"`, `band = "hot"`, `band == 'hot`, `band == ""`, `score contains "5"`,
		`is_mql == "yes"`, `is_mql > true`, `mql_since > 5`, `mql_since > "yesterday"`, `mql_since > ago(7)`, `mql_since > ago("7 days")`, `mql_since is null`, `mql_since > score`,
		`set["Persna"] > 1`, `set["Persona"].scor > 1`, `set > 1`, `set.Persona`, `rule["Clickd"] > 0`, `rule["Both"] > 0`, `rule["Clicked"]`, `fulfilled("Clickd")`, `fulfilled(Clicked)`,
		`filled("Clicked")`, `company == "Acme"`, `score in 50`, `score in []`, `band in ["hot", 5, true]`, `score between 1 and 2`, `count(score)`, `score / 2 > 5`, `mql_since + 5 > mql_since`,
		`band == grade`, `band == band`, `revenue > score`, `[1, 2]`, `scor > 5 and bnd == "x"`, `band matches "("`, `score == true`, `score == nil + 1`, `score like "x"`, `foo.bar > 1`, `ago("7d")`,
	} {
		f, list := Parse("--where", text, testSchema())
		if f != nil {
			t.Errorf("%s: was read", text)
			continue
		}
		if err := diag.Render(&b, func(string) []byte { return []byte(text) }, list); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n")
	}
	const golden = "testdata/errors.txt"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Error(d)
	}
}
