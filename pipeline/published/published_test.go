package published_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/published"
	"leadscore/pipeline/storage"
	"leadscore/transforms/model"
)

const testModel = `
name: small
version: "7"
score:
  mql: 40
  bands: {cold: 0, hot: 40}
sets:
  - set: Behaviour
    range: {max: 50}
    rules:
      - {rule: Clicked, points: {each: 10}, when: {email: clicked, within: 30d}}
      - {rule: Silent, points: -3, when: {not: {engagement: any, within: 10d}}}
  - set: Profile
    rules:
      - {rule: Big, points: 5, when: {field: employees, at_least: 500}}
`

// The runs that tests share, by the type of their ids.
var numbered, texted = sync.OnceValue(func() string { return publish(34_000, false) }), sync.OnceValue(func() string { return publish(34_000, true) })

var shared string // folder of them

func TestMain(m *testing.M) {
	var err error
	if shared, err = os.MkdirTemp("", "published"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(shared)
	os.Exit(code)
}

// publish scores a base of so many contacts with ids as text or numbers, and gives the folder with its run.
func publish(contacts int, textIDs bool) string {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	dir, err := os.MkdirTemp(shared, "run")
	must(err)
	rng := rand.New(rand.NewPCG(5, 6))
	asOf := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	column := func(numbers []int64) encode.Column {
		if !textIDs {
			return encode.Int64s{Values: numbers}
		}
		ids := encode.Texts{Offsets: []uint32{0}}
		for _, n := range numbers {
			ids.Bytes = fmt.Appendf(ids.Bytes, "C-%07d", n)
			ids.Offsets = append(ids.Offsets, uint32(len(ids.Bytes)))
		}
		return ids
	}
	var ids, employees, whose, at []int64
	company := encode.Texts{Offsets: []uint32{0}}
	for i := range int64(contacts) {
		ids, employees = append(ids, 100_000+7*i), append(employees, rng.Int64N(1000))
		company.Bytes = fmt.Appendf(company.Bytes, "Company %d", i%50)
		company.Offsets = append(company.Offsets, uint32(len(company.Bytes)))
		for range rng.IntN(8) {
			whose, at = append(whose, 100_000+7*i), append(at, asOf.Unix()-rng.Int64N(60*86400))
		}
	}
	id := encode.Type(encode.Int64)
	if textIDs {
		id = encode.Text
	}
	write := func(name string, fields []encode.Field, columns ...encode.Column) pipeline.Input {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		must(err)
		w := encode.NewWriter(f, fields, encode.Options{SortedBy: -1, Bloom: -1})
		must(w.Write(columns))
		_, err = w.Close()
		must(err)
		must(f.Close())
		return pipeline.Input{Paths: []string{path}}
	}
	m, _ := model.Parse("model.yaml", []byte(testModel))
	spec := pipeline.Spec{
		Model: m, AsOf: asOf, History: 30 * 24 * time.Hour, Output: filepath.Join(dir, "out"), TempDir: dir, MQLColumns: []string{"company", "employees"},
		Contacts: write("contacts.parquet", []encode.Field{{Name: "contact_id", Type: id}, {Name: "employees", Type: encode.Int64}, {Name: "company", Type: encode.Text}},
			column(ids), encode.Int64s{Values: employees}, company),
		Engagements: write("engagements.parquet", []encode.Field{{Name: "contact_id", Type: id}, {Name: "occurred_at", Type: encode.Timestamp},
			{Name: "channel", Type: encode.Text}, {Name: "action", Type: encode.Text}},
			column(whose), encode.Int64s{Values: at}, encode.Constant{Value: "email"}, encode.Constant{Value: "clicked"}),
	}
	_, err = pipeline.Run(context.Background(), spec, pipeline.Unwatched{})
	must(err)
	return spec.Output
}

// wholeTable reads a table with another reader: the rows of each contact as text, in the order of the table.
func wholeTable(t testing.TB, out, table string) map[string][]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(out, table, "dt=*", "*.parquet"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no parts of %s: %v", table, err)
	}
	rows := map[string][]string{}
	for _, path := range paths {
		for id, lines := range readPart(t, path) {
			rows[id] = append(rows[id], lines...)
		}
	}
	return rows
}

func readPart(t testing.TB, path string) map[string][]string {
	t.Helper()
	rows := map[string][]string{}
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: 1 << 16}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	content, err := reader.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	batches := array.NewTableReader(content, 1<<16)
	for batches.Next() {
		b := batches.RecordBatch()
		for i := range int(b.NumRows()) {
			line := ""
			for _, c := range b.Columns() {
				if c.IsNull(i) {
					line += "|"
					continue
				}
				line += "|" + fmt.Sprint(c.GetOneForMarshal(i))
			}
			id := b.Column(0).ValueStr(i)
			rows[id] = append(rows[id], line)
		}
	}
	return rows
}

// lines are the rows that a lookup gave, as wholeTable has them.
func lines(rows *published.Rows) []string {
	var all []string
	for i := range rows.N {
		line := ""
		for _, c := range rows.Columns {
			switch v := c.Cell(i).(type) {
			case nil:
				line += "|"
			case time.Time:
				line += "|" + v.Format(time.RFC3339)
			default:
				line += "|" + fmt.Sprint(v)
			}
		}
		all = append(all, line)
	}
	return all
}

var contactTables = []string{"scores", "set_scores", "breakdown", "score_history"}

func open(t testing.TB, out string, guess published.Guess) *published.Run {
	t.Helper()
	store, path, err := storage.Open(context.Background(), out)
	if err != nil {
		t.Fatal(err)
	}
	r, err := published.Open(context.Background(), store, path, "latest", guess)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestContact holds that a lookup gives exactly the rows that another reader finds by reading everything, with ids of
// either kind, and with the guess of the part right, missing or wrong; and that it reads next to nothing.
func TestContact(t *testing.T) {
	for _, run := range []func() string{numbered, texted} {
		out := run()
		whole := map[string]map[string][]string{}
		for _, table := range contactTables {
			whole[table] = wholeTable(t, out, table)
		}
		size := int64(0)
		for _, o := range open(t, out, nil).Manifest.Outputs {
			size += o.Bytes
		}
		wrong := func(_ string, _ bool, parts int) int { return parts - 1 }
		for name, guess := range map[string]published.Guess{"right": pipeline.PartOf, "none": nil, "wrong": wrong} {
			n := 0
			for id := range whole["scores"] {
				if n++; n > 12 {
					break
				}
				r := open(t, out, guess)
				rows, err := r.Contact(context.Background(), id, contactTables...)
				if err != nil {
					t.Fatal(err)
				}
				for _, table := range contactTables {
					if d := cmp.Diff(whole[table][id], lines(rows[table])); d != "" {
						t.Fatalf("guess %s: contact %s in %s (- whole, + lookup):\n%s", name, id, table, d)
					}
				}
				bytes, _ := r.Cost()
				if limit := map[string]int64{"right": 45, "none": 70, "wrong": 70}[name]; bytes*100 > limit*size {
					t.Errorf("guess %s: a lookup reads %d of %d bytes", name, bytes, size)
				}
			}
		}
	}
}

// TestPartOf holds that the guess of a part is right for every contact.
func TestPartOf(t *testing.T) {
	for _, run := range []func() string{numbered, texted} {
		paths, err := filepath.Glob(filepath.Join(run(), "scores", "dt=*", "*.parquet"))
		if err != nil || len(paths) != 2 {
			t.Fatal(paths, err)
		}
		for number, path := range paths {
			for id := range readPart(t, path) {
				if _, err := strconv.Atoi(id); pipeline.PartOf(id, err == nil, 2) != number {
					t.Fatalf("%s stands in part %d", id, number)
				}
			}
		}
	}
}

// TestUnknownContact holds what is said of an id that nobody has.
func TestUnknownContact(t *testing.T) {
	out := numbered()
	r := open(t, out, pipeline.PartOf)
	_, err := r.Contact(context.Background(), "1000070", contactTables...) // 100,000, 100,007 and 100,070 are there
	unknown := (*published.UnknownContact)(nil)
	if !errors.As(err, &unknown) {
		t.Fatalf("not unknown: %v", err)
	}
	if d := cmp.Diff([]string{"100070", "100000", "100007"}, unknown.Near); d != "" {
		t.Error(d)
	}
	no := (*published.IDError)(nil)
	if _, err := r.Contact(context.Background(), "ann", contactTables...); !errors.As(err, &no) || no.Want != "whole numbers" {
		t.Errorf("text for a number: %v", err)
	}
	if rows, err := r.Contact(context.Background(), "100007", "rejected", "scores"); err != nil || rows["rejected"] != nil || rows["scores"].N != 1 {
		t.Errorf("a table that is not published: %v, %v", rows, err)
	}
}
