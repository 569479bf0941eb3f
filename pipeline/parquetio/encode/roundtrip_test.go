package encode

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// encoded writes row groups and gives the file.
func encoded(t testing.TB, fields []Field, o Options, groups ...[]Column) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := NewWriter(&buf, fields, o)
	for _, columns := range groups {
		if err := w.Write(columns); err != nil {
			t.Fatal(err)
		}
	}
	footer, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if footer.Bytes != int64(buf.Len()) {
		t.Errorf("the footer says %d bytes, the file has %d", footer.Bytes, buf.Len())
	}
	return buf.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for _, rows := range []int{0, 1, 7, 8, 9, 63, 64, 65, 1000, 100_000} {
		t.Run(fmt.Sprint(rows), func(t *testing.T) {
			if rows > 1000 && testing.Short() {
				t.Skip("takes a few seconds")
			}
			for s := range eachSample(rows, rand.New(rand.NewPCG(1, uint64(rows)))) {
				fields := []Field{s.field, {Name: "row", Type: Int64}}
				data := encoded(t, fields, Options{SortedBy: -1, Bloom: -1}, []Column{s.column, Int64s{Values: make([]int64, rows)}})
				for reader, got := range map[string][][]any{
					"arrow-go":   readArrow(t, data),
					"parquet-go": readParquetGo(t, data, fields),
				} {
					if difference := firstDifference(s.want, got[0]); difference != "" {
						t.Errorf("%s reads %s (%T, %v) wrongly: %s", reader, s.field.Name, s.column, s.field.Type, difference)
					}
				}
			}
		})
	}
}

// firstDifference tells where values differ; it is empty where they do not.
func firstDifference(want, got []any) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d rows, not %d", len(got), len(want))
	}
	for i := range want {
		a, list := want[i].([]string)
		b, _ := got[i].([]string)
		if list && !(b != nil && slices.Equal(a, b)) || !list && want[i] != got[i] {
			return fmt.Sprintf("row %d is %v, not %v", i, got[i], want[i])
		}
	}
	return ""
}
