package parquetio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apache/arrow-go/v18/arrow"
)

var update = flag.Bool("update", false, "write testdata/hostile anew")

const corpusFolder = "../../testdata/hostile"

// corpusEntry is what index.json says of a file of the corpus.
type corpusEntry struct {
	File   string `json:"file"`
	Lie    string `json:"lie"`
	Column string `json:"column,omitempty"` // where it shows; none: nothing of the file can be read
	Says   string `json:"says,omitempty"`   // part of the reader's error; none: the rows are read right
	Run    string `json:"run,omitempty"`    // part of the run's error, where the reader sees nothing wrong
}

func corpus() []hostile {
	return slices.Concat(fileLies(), footerLies(), schemaLies(), pageLies(), valueLies(), codecLies(), endlessLies())
}

func (h hostile) bytes() []byte {
	f := craft()
	h.tell(f)
	return f.bytes()
}

func (h hostile) entry() corpusEntry {
	e := corpusEntry{File: strings.NewReplacer(" ", "-", "^", "", "_", "-", "(", "", ")", "").Replace(strings.ToLower(h.name)) + ".parquet", Lie: h.name, Says: h.says, Run: h.run}
	if h.column != wholeFile {
		e.Column = craftGroup(0, craftedRows)[h.column].path[0]
	}
	return e
}

// The files of testdata/hostile and its index are those that the code here makes.
func TestCorpusIsWritten(t *testing.T) {
	if *update {
		if err := os.RemoveAll(corpusFolder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(corpusFolder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	var index []corpusEntry
	want := map[string]bool{"index.json": true}
	hold := func(name string, content []byte) {
		path := filepath.Join(corpusFolder, name)
		if *update {
			if err := os.WriteFile(path, content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, content) {
			t.Errorf("%s is not what this test writes (%v); write it anew with go test ./pipeline/parquetio -run Corpus -update", path, err)
		}
	}
	size := 0
	for _, h := range corpus() {
		e, b := h.entry(), h.bytes()
		if want[e.File] {
			t.Fatalf("two files are called %s", e.File)
		}
		want[e.File] = true
		index = append(index, e)
		hold(e.File, b)
		size += len(b)
	}
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	hold("index.json", append(text, '\n'))
	there, err := os.ReadDir(corpusFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range there {
		if !want[f.Name()] {
			t.Errorf("%s is not in the index", f.Name())
		}
	}
	t.Logf("%d files, %d KiB", len(index), size>>10)
}

// cellsOf reads a column on both paths; by pages only where it is flat.
func cellsOf(f *File, src *bytes.Reader, column int) (pages, records []string, pagesErr, recordsErr error) {
	if f.Columns()[column].Leaf >= 0 {
		cells, err := pagesOf(NewReader(), f, src, column)
		pages, pagesErr = show(cells), err
	}
	batch := 5 // so that there are several
	if f.NumRows() > 100 {
		batch = 0
	}
	cells, _, err := recordsOf(f, src, column, batch)
	return pages, show(cells), pagesErr, err
}

func show(cells []any) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = fmt.Sprint(c)
	}
	return out
}

// Every file of the corpus is read right or refused with an error that says what is wrong and where, at once and in little
// memory; and what is not touched by its lie is read right.
func TestCorpus(t *testing.T) {
	sound := craft().bytes()
	src := bytes.NewReader(sound)
	f, err := Open("sound", src, int64(len(sound)), narrow)
	if err != nil {
		t.Fatal(err)
	}
	type both struct{ pages, records []string }
	var want []both
	for i := range f.Columns() {
		pages, records, err1, err2 := cellsOf(f, src, i)
		if err := errors.Join(err1, err2); err != nil || len(records) != craftedRows*craftedGroups {
			t.Fatal(i, len(records), err)
		}
		want = append(want, both{pages, records})
	}
	outcomes, most, slowest := map[string]int{}, uint64(0), time.Duration(0)
	for _, h := range corpus() {
		t.Run(h.name, func(t *testing.T) {
			b := h.bytes()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			h.check(t, b, func(column int, pages, records []string) {
				if h.changed {
					return
				}
				if pages != nil {
					if d := cmp.Diff(want[column].pages, pages); d != "" {
						t.Errorf("column %d by pages: %s", column, d)
					}
				}
				if records != nil {
					if d := cmp.Diff(want[column].records, records); d != "" {
						t.Errorf("column %d by records: %s", column, d)
					}
				}
			})
			slowest = max(slowest, time.Since(start))
			runtime.ReadMemStats(&after)
			took := after.TotalAlloc - before.TotalAlloc
			if most = max(most, took); took > 256<<20 && !h.changed && !h.endless {
				t.Errorf("%d MiB were allocated", took>>20)
			}
			if spent := time.Since(start); spent > 20*time.Second {
				t.Errorf("it took %v", spent)
			}
		})
		switch {
		case h.says == "":
			outcomes["read right"]++
		case h.column == wholeFile:
			outcomes["refused when opened"]++
		default:
			outcomes["column refused"]++
		}
	}
	t.Logf("%v; at most %d MiB allocated and %v taken by one", outcomes, most>>20, slowest)
}

func (h hostile) check(t *testing.T, b []byte, same func(column int, pages, records []string)) {
	const name = "in/hostile.parquet"
	says := func(what string, err error, text string) {
		var e *Error
		if err == nil || !errors.As(err, &e) || !strings.HasPrefix(err.Error(), name) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error is %v, it should say %q", what, err, text)
		}
	}
	limits := narrow
	limits.MaxPageBytes = 16 << 20
	src := bytes.NewReader(b)
	f, err := Open(name, src, int64(len(b)), limits)
	if h.column == wholeFile && h.says != "" {
		says("Open", err, h.says)
		return
	}
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if h.endless {
		for i, c := range f.Columns() {
			if c.Leaf >= 0 {
				h.count(t, f, src, i)
			}
		}
		return
	}
	for i, c := range f.Columns() {
		pages, records, pagesErr, recordsErr := cellsOf(f, src, i)
		if (i == h.column || i == h.also) && h.says != "" {
			// The path that a run takes has to say it; the other has to be right, or to refuse the column as well.
			byPages := i < employeesColumn && c.Leaf >= 0
			if byPages {
				says(c.Name+" by pages", pagesErr, h.says)
			} else {
				says(c.Name+" by records", recordsErr, h.says)
			}
			if pagesErr != nil {
				says(c.Name+" by pages", pagesErr, "")
				pages = nil
			}
			if recordsErr != nil {
				says(c.Name+" by records", recordsErr, "")
				records = nil
			}
		} else if err := errors.Join(pagesErr, recordsErr); err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		same(i, pages, records)
	}
}

// count reads a column for its number of rows.
func (h hostile) count(t *testing.T, f *File, src *bytes.Reader, column int) {
	rows := int64(0)
	if f.Columns()[column].Leaf >= 0 {
		if err := NewReader().Pages(f, src, 0, column, func(p *Page) error { rows += int64(p.Rows); return nil }); err != nil || rows != f.NumRows() {
			t.Errorf("%d rows by pages, %v", rows, err)
		}
	}
	rows = 0
	err := f.Records(context.Background(), src, []int{column}, 0, 0, func(b arrow.RecordBatch) error { rows += b.NumRows(); return nil })
	if err != nil || rows != f.NumRows() {
		t.Errorf("%d rows by records, %v", rows, err)
	}
}
