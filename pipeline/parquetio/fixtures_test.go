package parquetio

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/transforms/match"
)

const fixtures = "../../testdata/parquet"

// The same rows as five engines write them are read as the same texts, on both paths.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(fixtures + "/*.parquet")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	r := NewReader()
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".parquet")
		t.Run(name, func(t *testing.T) {
			table := "engagements"
			if strings.Contains(name, "contacts") {
				table = "contacts"
			}
			want := expected(t, table)
			if strings.HasSuffix(name, "_empty") {
				want = nil
			}
			f, src := openFixture(t, path)
			if f.NumRows() != int64(len(want)) {
				t.Fatalf("%d rows, want %d", f.NumRows(), len(want))
			}
			flat := 0
			for i, c := range f.Columns() {
				if c.Leaf >= 0 {
					flat++
					sameTexts(t, c.Name+" by pages", pageTexts(t, r, f, src, i), want, c.Name)
				}
				sameTexts(t, c.Name+" by records", recordTexts(t, f, src, i), want, c.Name)
				if c.IsMap != (c.Name == "answers") {
					t.Errorf("column %s: IsMap is %v", c.Name, c.IsMap)
				}
			}
			if flat < 7 {
				t.Errorf("only %d flat columns", flat)
			}
		})
	}
}

// Types are what the operators need, whoever wrote the file.
func TestFixtureTypes(t *testing.T) {
	want := map[string]match.Kind{
		"contact_id": match.Int, "email": match.Text, "employees": match.Int, "rate": match.Float, "small": match.Decimal, "middle": match.Decimal,
		"large": match.Decimal, "birthday": match.DateOnly, "created_at": match.Timestamp, "active": match.Boolean, "tags": match.List,
	}
	files, _ := filepath.Glob(fixtures + "/*_contacts_*.parquet")
	for _, path := range files {
		f, _ := openFixture(t, path)
		if len(f.Columns()) != len(want) {
			t.Errorf("%s: %d columns, want %d", path, len(f.Columns()), len(want))
		}
		for _, c := range f.Columns() {
			if c.Type.Kind != want[c.Name] || c.Type.Kind == match.Timestamp && !c.Type.Zoned {
				t.Errorf("%s: column %s has type %+v", path, c.Name, c.Type)
			}
		}
	}
}

func openFixture(t testing.TB, path string) (*File, *bytes.Reader) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	src := bytes.NewReader(b)
	f, err := Open(filepath.Base(path), src, int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return f, src
}

func expected(t *testing.T, table string) (rows []map[string]*string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(fixtures, table+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func sameTexts(t *testing.T, what string, got []*string, want []map[string]*string, column string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", what, len(got), len(want))
		return
	}
	show := func(s *string) string {
		if s == nil {
			return "null"
		}
		return strconv.Quote(*s)
	}
	for i, g := range got {
		w, ok := want[i][column]
		if !ok || show(g) != show(w) {
			t.Errorf("%s: row %d is %s, want %s", what, i, show(g), show(w))
			return
		}
	}
}

// pageTexts reads a flat column by Pages.
func pageTexts(t *testing.T, r *Reader, f *File, src *bytes.Reader, column int) (texts []*string) {
	t.Helper()
	c := f.Columns()[column]
	for g := range f.RowGroups() {
		err := r.Pages(f, src, g, column, func(p *Page) error {
			for _, cell := range pageCells(p) {
				if cell == nil {
					texts = append(texts, nil)
					continue
				}
				s := cellText(cell, c.Arrow)
				texts = append(texts, &s)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// cellText gives the text of a physical value, by the Arrow type that Column promises to be enough to know.
func cellText(cell any, typ arrow.DataType) string {
	var n int64
	switch v := cell.(type) {
	case bool:
		return strconv.FormatBool(v)
	case uint64:
		return floatText(math.Float64frombits(v))
	case string:
		if d, ok := typ.(arrow.DecimalType); ok {
			return decimalText(bigEndian(v), int(d.GetScale()))
		}
		return v
	case int32:
		n = int64(v)
	case int64:
		n = v
	}
	switch typ := typ.(type) {
	case arrow.DecimalType:
		return decimalText(big.NewInt(n), int(typ.GetScale()))
	case *arrow.TimestampType:
		return timeText(n, typ.Unit)
	case *arrow.Date32Type:
		return time.Unix(n*86400, 0).UTC().Format(time.DateOnly)
	}
	return strconv.FormatInt(n, 10)
}

func floatText(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func timeText(n int64, unit arrow.TimeUnit) string {
	return arrow.Timestamp(n).ToTime(unit).UTC().Format("2006-01-02T15:04:05.000000000Z")
}

func bigEndian(b string) *big.Int {
	v := new(big.Int).SetBytes([]byte(b))
	if b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}

func decimalText(v *big.Int, scale int) string {
	sign, digits := "", new(big.Int).Abs(v).String()
	if v.Sign() < 0 {
		sign = "-"
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale+1-len(digits)) + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// recordTexts reads a column by Records, in batches that do not divide the row groups.
func recordTexts(t *testing.T, f *File, src *bytes.Reader, column int) (texts []*string) {
	t.Helper()
	for g := range f.RowGroups() {
		err := f.Records(context.Background(), src, []int{column}, g, 16, func(b arrow.RecordBatch) error {
			for i := range int(b.NumRows()) {
				if b.Column(0).IsNull(i) {
					texts = append(texts, nil)
					continue
				}
				s := arrowText(b.Column(0), i)
				texts = append(texts, &s)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

func arrowText(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "null"
	}
	quoted := func(a arrow.Array, i int) string {
		s := arrowText(a, i)
		if isText(a.DataType()) {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if e.Encode(s) == nil {
				s = strings.TrimSpace(b.String())
			}
		}
		return s
	}
	switch a := a.(type) {
	case *array.Dictionary:
		return arrowText(a.Dictionary(), a.GetValueIndex(i))
	case *array.Map:
		from, to := a.ValueOffsets(i)
		var parts []string
		for k := from; k < to; k++ {
			parts = append(parts, quoted(a.Keys(), int(k))+":"+quoted(a.Items(), int(k)))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		var parts []string
		for k := from; k < to; k++ {
			parts = append(parts, quoted(a.ListValues(), int(k)))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case *array.Struct:
		var parts []string
		for k := range a.NumField() {
			parts = append(parts, strconv.Quote(a.DataType().(*arrow.StructType).Field(k).Name)+":"+quoted(a.Field(k), i))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case *array.Timestamp:
		return timeText(int64(a.Value(i)), a.DataType().(*arrow.TimestampType).Unit)
	case *array.Float64:
		return floatText(a.Value(i))
	case *array.Date32:
		return a.Value(i).ToTime().Format(time.DateOnly)
	case *array.Decimal128:
		return decimalText(a.Value(i).BigInt(), int(a.DataType().(arrow.DecimalType).GetScale()))
	}
	return a.ValueStr(i)
}

// A decimal in BYTE_ARRAY, which none of the engines writes any more, and INT96 in years that nanoseconds cannot hold.
func TestRareTypes(t *testing.T) {
	never := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).Unix()
	b := rareFile(t, [][]byte{{0x01, 0x00}, {0xff}, nil}, []Int96{{Day: uint32(never/86400 + julianEpoch)}, {Day: julianEpoch, Nanos: 1_500}, {Day: julianEpoch - 1}})
	src := bytes.NewReader(b)
	f, err := Open("rare.parquet", src, int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) *string { return &s }
	want := []map[string]*string{
		{"amount": text("2.56"), "at": text("9999-12-31T00:00:00.000000000Z")},
		{"amount": text("-0.01"), "at": text("1970-01-01T00:00:00.000001000Z")},
		{"amount": nil, "at": text("1969-12-31T00:00:00.000000000Z")},
	}
	for i, c := range f.Columns() {
		sameTexts(t, c.Name+" by records", recordTexts(t, f, src, i), want, c.Name)
	}
	sameTexts(t, "amount by pages", pageTexts(t, NewReader(), f, src, 0), want, "amount")
	// Beside other columns, in the order asked for.
	err = f.Records(context.Background(), src, []int{1, 0}, 0, 2, func(b arrow.RecordBatch) error {
		if n := b.ColumnName(0) + b.ColumnName(1); n != "atamount" {
			t.Errorf("columns are %s", n)
		}
		if u := b.Column(0).DataType().(*arrow.TimestampType).Unit; u != arrow.Microsecond {
			t.Errorf("unit is %s", u)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInt96Unix(t *testing.T) {
	for _, c := range []struct {
		v       Int96
		seconds int64
		nanos   int32
	}{
		{Int96{Day: julianEpoch}, 0, 0},
		{Int96{Day: julianEpoch + 1, Nanos: 1}, 86400, 1},
		{Int96{Day: julianEpoch, Nanos: -1}, -1, 999_999_999},
		{Int96{Day: julianEpoch - 1, Nanos: 86_399_000_000_000}, -1, 0},
	} {
		if s, n := c.v.Unix(); s != c.seconds || n != c.nanos {
			t.Errorf("%+v is %d s %d ns, want %d s %d ns", c.v, s, n, c.seconds, c.nanos)
		}
	}
}
