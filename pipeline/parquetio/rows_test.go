package parquetio

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	parquetgo "github.com/parquet-go/parquet-go"
)

// checkRows holds that any stretch of rows of a column that has an index is what the sample says, and that it took the pages
// that hold it and no others.
func checkRows(t *testing.T, r *Reader, f *File, src io.ReaderAt, column int, s sample) {
	t.Helper()
	indexes, err := f.Indexes(src)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	rng, before := rand.New(rand.NewPCG(3, 4)), int64(0)
	for g := range f.RowGroups() {
		rows := f.RowGroupRows(g)
		index, err := indexes.Column(g, column)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if index == nil {
			return
		}
		for range 5 {
			from := rng.Int64N(rows)
			to := from + 1 + rng.Int64N(rows-from)
			var cells []any
			err := r.Rows(f, src, g, column, index, from, to, func(first int64, p *Page) error {
				page := pageCells(p)
				low, high := max(first, from)-first, min(first+int64(p.Rows), to)-first
				if low < high { // a page may come in batches
					cells = append(cells, page[low:high]...)
				}
				return nil
			})
			if err != nil {
				t.Fatalf("%s, rows %d to %d: %v", s.name, from, to, err)
			}
			same(t, fmt.Sprintf("%s, rows %d to %d", s.name, from, to), cells, s.cells[before+from:before+to])
		}
		before += rows
	}
}

// countingReader counts what is read.
type countingReader struct {
	io.ReaderAt
	bytes int64
}

func (c *countingReader) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, at)
	c.bytes += int64(n)
	return n, err
}

type sortedRow struct {
	ID   string `parquet:"id"`
	Name string `parquet:"name"`
}

// sortedFile is a file by parquet-go with a page index and a bloom filter, and its rows.
func sortedFile(t testing.TB, n int) ([]sortedRow, []byte) {
	t.Helper()
	var rows []sortedRow
	for i := range n {
		rows = append(rows, sortedRow{fmt.Sprintf("c%06d", 2*i), fmt.Sprintf("name %d", i%7)})
	}
	var b bytes.Buffer
	w := parquetgo.NewGenericWriter[sortedRow](&b, parquetgo.PageBufferSize(8<<10), parquetgo.BloomFilters(parquetgo.SplitBlockFilter(10, "id")))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return rows, b.Bytes()
}

// TestLookup finds single rows of a sorted column by the bounds of its pages and by its bloom filter, in a file by parquet-go.
func TestLookup(t *testing.T) {
	rows, b := sortedFile(t, 20_000)
	src := &countingReader{ReaderAt: bytes.NewReader(b)}
	f, err := Open("sorted.parquet", src, int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	indexes, err := f.Indexes(src)
	if err != nil {
		t.Fatal(err)
	}
	index, err := indexes.Column(0, 0)
	if err != nil || index == nil || index.Pages() < 10 {
		t.Fatalf("index %+v, %v", index, err)
	}
	r := NewReader()
	find := func(id string) (rows []int64) {
		for p := range index.Pages() {
			if bytes.Compare(index.Low[p], []byte(id)) > 0 || bytes.Compare(index.High[p], []byte(id)) < 0 {
				continue
			}
			err := r.Rows(f, src, 0, 0, index, index.First[p], index.First[p+1], func(first int64, page *Page) error {
				for i, cell := range pageCells(page) {
					if cell == id {
						rows = append(rows, first+int64(i))
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return rows
	}
	src.bytes = 0
	for _, i := range []int64{0, 1, 777, 12_345, 19_999} {
		if got := find(rows[i].ID); !slices.Equal(got, []int64{i}) {
			t.Errorf("%s is at %v, want %d", rows[i].ID, got, i)
		}
	}
	if share := float64(src.bytes) / 5 / float64(len(b)); share > 0.1 {
		t.Errorf("a lookup reads %.0f%% of the file", 100*share)
	}
	passed := 0
	for i := range 1000 {
		here, err := f.MayHold(src, 0, 0, []byte(rows[i].ID))
		if err != nil || !here {
			t.Fatalf("the filter denies %s: %v", rows[i].ID, err)
		}
		absent, err := f.MayHold(src, 0, 0, fmt.Appendf(nil, "c%06d", 2*i+1))
		if err != nil {
			t.Fatal(err)
		}
		if absent {
			passed++
		}
	}
	if passed > 50 {
		t.Errorf("the filter lets %d of 1000 absent ids pass", passed)
	}
	if other, err := f.MayHold(src, 0, 1, []byte("nobody")); err != nil || !other {
		t.Errorf("a column without a filter may hold anything: %v, %v", other, err)
	}
	empty := find("c999999")
	if len(empty) > 0 {
		t.Errorf("nobody is at %v", empty)
	}
}
