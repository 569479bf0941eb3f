package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"leadscore/pipeline/published"
)

var instant = time.Date(2026, 11, 1, 8, 30, 0, 0, time.UTC)

// rows are three rows of every type; the last is null throughout.
func rows() (Header, []*published.Column) {
	var h Header
	var columns []*published.Column
	add := func(name string, t arrow.DataType, fill func(c *published.Column)) {
		c := published.NewColumn(name, t)
		fill(c)
		c.AppendNull(1)
		h.Names, h.Types, columns = append(h.Names, name), append(h.Types, t), append(columns, c)
	}
	ints := func(a, b int64) func(c *published.Column) {
		return func(c *published.Column) { c.AppendInt(a); c.AppendInt(b) }
	}
	texts := func(a, b string) func(c *published.Column) {
		return func(c *published.Column) { c.AppendText(a); c.AppendText(b) }
	}
	add("id", arrow.PrimitiveTypes.Int64, ints(-7, 1<<60))
	add("=name", arrow.BinaryTypes.String, texts(`=HYPERLINK("x")`, "Göte\"borg\", \nline"))
	add("at", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, ints(instant.UnixMicro(), instant.UnixMicro()+1))
	add("day", arrow.FixedWidthTypes.Date32, ints(20_000, -40_000))
	add("yes", arrow.FixedWidthTypes.Boolean, ints(1, 0))
	add("small", arrow.PrimitiveTypes.Uint16, ints(65535, 0))
	add("large", arrow.PrimitiveTypes.Uint64, ints(-1, 5))
	add("price", &arrow.Decimal128Type{Precision: 9, Scale: 2}, ints(-1234, 5))
	add("sum", &arrow.Decimal128Type{Precision: 20, Scale: 0}, texts("\xff\xff\xff\xff\xff\xff\xff\xff\xfe", "\x00\x00\x00\x00\x00\x00\x00\x01\x00"))
	return h, columns
}

func write(t *testing.T, format string, raw bool) []byte {
	t.Helper()
	h, columns := rows()
	h.Raw = raw
	var b bytes.Buffer
	w, err := New(format, &b, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(columns, 3); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDelimited(t *testing.T) {
	text := string(write(t, "csv", false))
	if strings.Count(text, "\r\n") != 5 { // the header, three rows, and the line end within a text
		t.Errorf("lines do not end as RFC 4180 wants: %q", text)
	}
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"id", "'=name", "at", "day", "yes", "small", "large", "price", "sum"},
		{"-7", `'=HYPERLINK("x")`, "2026-11-01T08:30:00Z", "2024-10-04", "true", "65535", "18446744073709551615", "-12.34", "-2"},
		{"1152921504606846976", "Göte\"borg\", \nline", "2026-11-01T08:30:00.000001Z", "1860-06-26", "false", "0", "5", "0.05", "256"},
		{"", "", "", "", "", "", "", "", ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if raw := string(write(t, "tsv", true)); !strings.HasPrefix(raw, "id\t=name\t") || strings.Contains(raw, "'=") {
		t.Errorf("raw tsv: %q", raw)
	}
	d := &delimited{}
	for text, want := range map[string]string{"+1": "'+1", "-cmd": "'-cmd", "@x": "'@x", "\tx": "'\tx", "＝1": "'＝1", "a=1": "a=1", "": "", "ö": "ö"} {
		if got := d.safe(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestJSONLines(t *testing.T) {
	want := `{"id":-7,"=name":"=HYPERLINK(\"x\")","at":"2026-11-01T08:30:00Z","day":"2024-10-04","yes":true,"small":65535,"large":18446744073709551615,"price":-12.34,"sum":-2}
{"id":1152921504606846976,"=name":"Göte\"borg\", \nline","at":"2026-11-01T08:30:00.000001Z","day":"1860-06-26","yes":false,"small":0,"large":5,"price":0.05,"sum":256}
{"id":null,"=name":null,"at":null,"day":null,"yes":null,"small":null,"large":null,"price":null,"sum":null}
`
	if d := cmp.Diff(want, string(write(t, "jsonl", false))); d != "" {
		t.Error(d)
	}
}

func TestSheet(t *testing.T) {
	book, err := excelize.OpenReader(bytes.NewReader(write(t, "xlsx", false)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := book.GetRows(sheetName, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"id", "=name", "at", "day", "yes", "small", "large", "price", "sum"},
		{"-7", `=HYPERLINK("x")`, "46327.354166666664", "45569", "1", "65535", "18446744073709551615", "-12.34", "-2"},
		{"1152921504606846976", "Göte\"borg\", \nline", "46327.354166666679", "1860-06-26", "0", "0", "5", "0.05", "256"},
	}
	for i := range got {
		if len(got[i]) > 2 && i > 0 { // a spreadsheet's instant is a float
			want[i][2] = got[i][2][:min(len(got[i][2]), 10)]
			got[i][2] = want[i][2]
		}
	}
	if d := cmp.Diff(want, got[:min(len(got), 3)]); d != "" {
		t.Error(d)
	}
	if formula, err := book.GetCellFormula(sheetName, "B2"); err != nil || formula != "" {
		t.Errorf("a text is the formula %q, %v", formula, err)
	}
	if shown, err := book.GetCellValue(sheetName, "C2"); err != nil || shown != "2026-11-01 08:30:00" {
		t.Errorf("the instant is shown as %q, %v", shown, err)
	}
	if kind, err := book.GetCellType(sheetName, "A2"); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a number is of type %v, %v", kind, err)
	}
}

func TestParquet(t *testing.T) {
	f, err := file.NewParquetReader(bytes.NewReader(write(t, "parquet", false)))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, field := range table.Schema().Fields() {
		line := fmt.Sprintf("%s %s", field.Name, field.Type)
		for _, chunk := range table.Column(i).Data().Chunks() {
			for row := range chunk.Len() {
				line += " | " + chunk.ValueStr(row)
			}
		}
		got = append(got, line)
	}
	want := []string{
		"id int64 | -7 | 1152921504606846976 | (null)",
		"=name utf8 | =HYPERLINK(\"x\") | Göte\"borg\", \nline | (null)",
		"at timestamp[us, tz=UTC] | 2026-11-01T08:30:00Z | 2026-11-01T08:30:00.000001Z | (null)",
		"day date32 | 2024-10-04 | 1860-06-26 | (null)",
		"yes bool | true | false | (null)",
		"small uint16 | 65535 | 0 | (null)",
		"large uint64 | 18446744073709551615 | 5 | (null)",
		"price decimal(9, 2) | -12.34 | 0.05 | (null)",
		"sum decimal(20, 0) | -2 | 256 | (null)",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A list without rows is a file all the same, and two columns of one name are refused.
func TestNoRows(t *testing.T) {
	h, _ := rows()
	for _, format := range Formats {
		var b bytes.Buffer
		w, err := New(format, &b, h)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil || b.Len() == 0 && format != "jsonl" {
			t.Errorf("%s: %d bytes, %v", format, b.Len(), err)
		}
	}
	h.Names[1] = "id"
	if _, err := New("csv", &bytes.Buffer{}, h); err == nil || !strings.Contains(err.Error(), `"id"`) {
		t.Errorf("two columns of one name: %v", err)
	}
}

// Rows of a large sheet wait in a file, which is gone also when the sheet cannot be written, or is given up.
func TestAbandonedSheet(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	waiting := func() int {
		files, err := os.ReadDir(temp)
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	column := published.NewColumn("text", arrow.BinaryTypes.String)
	for range 600 {
		column.AppendText(strings.Repeat("x", 32_000))
	}
	for name, end := range map[string]func(w Writer) error{
		"full":      func(w Writer) error { return errors.Join(w.Close(), Abandon(w)) },
		"abandoned": func(w Writer) error { return errors.Join(Abandon(w), Abandon(w)) },
	} {
		w, err := New("xlsx", full{}, Header{Names: []string{"text"}, Types: []arrow.DataType{arrow.BinaryTypes.String}})
		if err == nil {
			err = w.Write([]*published.Column{column}, 600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if waiting() == 0 {
			t.Fatal("no rows wait in a file")
		}
		if err := end(w); (err != nil) != (name == "full") {
			t.Errorf("%s: %v", name, err)
		}
		if n := waiting(); n > 0 {
			t.Errorf("%s: %d files are left", name, n)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
