package pipeline_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"leadscore/pipeline"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// column is a column of a file that a test writes; values are written as Arrow reads them from text, nil is null.
type column struct {
	name   string
	typ    arrow.DataType
	values []any
}

func texts(name string, values ...any) column { return column{name, arrow.BinaryTypes.String, values} }
func ints(name string, values ...any) column  { return column{name, arrow.PrimitiveTypes.Int64, values} }

// times are instants, written as 2026-11-22T10:00:00Z or as a date.
func times(name string, values ...any) column {
	for i, v := range values {
		if text, ok := v.(string); ok && len(text) == len(time.DateOnly) {
			values[i] = text + "T00:00:00Z"
		}
	}
	return column{name, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, values}
}

// writeFile writes a Parquet file with row groups of so many rows.
func writeFile(t testing.TB, path string, groupRows int, columns ...column) string {
	t.Helper()
	var fields []arrow.Field
	var arrays []arrow.Array
	for _, c := range columns {
		fields = append(fields, arrow.Field{Name: c.name, Type: c.typ, Nullable: true})
		b := array.NewBuilder(memory.DefaultAllocator, c.typ)
		for _, v := range c.values {
			if v == nil {
				b.AppendNull()
			} else if err := b.AppendValueFromString(fmt.Sprint(v)); err != nil {
				t.Fatal(err)
			}
		}
		arrays = append(arrays, b.NewArray())
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	schema := arrow.NewSchema(fields, nil)
	w, err := pqarrow.NewFileWriter(schema, f, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(int64(groupRows))), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	rows := int64(arrays[0].Len())
	for from := int64(0); from < rows; from += int64(groupRows) {
		batch := array.NewRecordBatch(schema, arrays, rows).NewSlice(from, min(rows, from+int64(groupRows)))
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// readTable reads a published table: the names of its columns, and its rows in the order of the parts, as text.
func readTable(t testing.TB, out, table string) (names []string, types []string, rows [][]string) {
	t.Helper()
	return readDate(t, out, table, "*")
}

// readDate does the same for one date.
func readDate(t testing.TB, out, table, date string) (names []string, types []string, rows [][]string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(out, table, "dt="+date, "part-*.parquet"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s has no parts in %s", table, out)
	}
	slices.Sort(paths)
	for _, path := range paths {
		reader, err := file.OpenParquetFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		arrows, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{BatchSize: 1 << 16}, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		content, err := arrows.ReadTable(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		names, types = nil, nil
		for _, f := range content.Schema().Fields() {
			names, types = append(names, f.Name), append(types, f.Type.String())
		}
		batches := array.NewTableReader(content, 1<<16)
		for batches.Next() {
			b := batches.RecordBatch()
			for i := range int(b.NumRows()) {
				var row []string
				for _, c := range b.Columns() {
					row = append(row, c.ValueStr(i))
				}
				rows = append(rows, row)
			}
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return names, types, rows
}

// pick gives some columns of a published table, a line a row, cells separated by blanks.
func pick(t testing.TB, out, table string, columns ...string) []string {
	t.Helper()
	return pickDate(t, out, table, "*", columns...)
}

// pickDate does the same for one date.
func pickDate(t testing.TB, out, table, date string, columns ...string) []string {
	t.Helper()
	names, _, rows := readDate(t, out, table, date)
	lines := []string{}
	for _, row := range rows {
		var cells []string
		for _, c := range columns {
			cells = append(cells, row[slices.Index(names, c)])
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return lines
}

func parse(t testing.TB, text string) *model.Model {
	t.Helper()
	m, found := model.Parse("model.yaml", []byte(text))
	for _, d := range found {
		if d.Severity == diag.Error {
			t.Fatalf("line %d: %s: %s\n%s", d.Position.Line, d.What, d.Why, text)
		}
	}
	return m
}

// base is a small base: four contacts, seven engagements, lists.
type base struct {
	dir                          string
	model                        string
	contacts, engagements, lists []column
	groupRows                    int // of a row group; 0: as few as make several
}

const smallModel = `
name: small
version: "1"
score:
  mql: 20
  bands: {cold: 0, hot: 20}
sets:
  - set: Behaviour
    range: {max: 25}
    rules:
      - {rule: Clicked, points: {each: 10}, when: {email: clicked, within: 30d}}
      - {rule: Silent, points: -3, when: {not: {engagement: any, within: 60d}}}
  - set: Profile
    rules:
      - {rule: Country, points: 5, when: {field: country, in: [SE, NO]}}
      - {rule: Partner, points: 7, when: {list: partners}}
`

func newBase(t testing.TB) *base {
	return &base{
		dir: t.TempDir(), model: smallModel,
		contacts: []column{texts("contact_id", "ann", "bob", "cyd", "dan"), texts("country", "SE", "DE", nil, "no ")},
		engagements: []column{
			texts("contact_id", "ann", "ann", "bob", "ann", "bob", "cyd", "ann"),
			times("occurred_at", "2026-10-30", "2026-10-20", "2026-10-31", "2026-01-01", "2026-10-30", "2026-07-01", "2026-10-31"),
			texts("channel", "email", "email", "email", "email", "website", "email", "email"),
			texts("action", "clicked", "clicked", "clicked", "clicked", "visited", "clicked", "opened"),
		},
		lists: []column{texts("contact_id", "dan", "bob"), texts("list", "Partners", "Others")},
	}
}

// write writes the base to files and gives the job for it.
func (b *base) write(t testing.TB) pipeline.Spec {
	t.Helper()
	in := filepath.Join(b.dir, "in")
	spec := pipeline.Spec{
		Model: parse(t, b.model), AsOf: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), History: 90 * 24 * time.Hour,
		Contacts:    pipeline.Input{Paths: []string{writeFile(t, filepath.Join(in, "contacts.parquet"), cmp.Or(b.groupRows, 2), b.contacts...)}},
		Engagements: pipeline.Input{Paths: []string{writeFile(t, filepath.Join(in, "engagements.parquet"), cmp.Or(b.groupRows, 3), b.engagements...)}},
		Output:      filepath.Join(b.dir, "out"), Threads: 2, Memory: 1 << 30, TempDir: t.TempDir(),
	}
	if b.lists != nil {
		spec.Lists = &pipeline.Input{Paths: []string{writeFile(t, filepath.Join(in, "lists.parquet"), 1000, b.lists...)}}
	}
	return spec
}

func run(t testing.TB, spec pipeline.Spec) *pipeline.Summary {
	t.Helper()
	summary, err := pipeline.Run(context.Background(), spec, pipeline.Unwatched{})
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// fails runs a job that has to fail with an exit code, saying some words and publishing nothing.
func fails(t testing.TB, spec pipeline.Spec, code int, words ...string) error {
	t.Helper()
	summary, err := pipeline.Run(context.Background(), spec, pipeline.Unwatched{})
	var coded interface{ ExitCode() int }
	switch {
	case err == nil || summary != nil:
		t.Fatalf("the run did not fail: %v, %v", summary, err)
	case !errors.As(err, &coded) || coded.ExitCode() != code:
		t.Errorf("not exit code %d: %v", code, err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
	nothingIn(t, spec.Output)
	nothingIn(t, spec.TempDir)
	return err
}

// nothingIn makes sure that a folder has no file.
func nothingIn(t testing.TB, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("%s was left behind", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
