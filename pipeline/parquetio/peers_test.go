package parquetio

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The files with which the makers of Parquet's readers test them, in the folder that LEADSCORE_PARQUET_TESTING names
// (https://github.com/apache/parquet-testing, data and bad_data): each column is refused with a proper error, or our own page reader
// and arrow-go read the same from it.
func TestParquetTesting(t *testing.T) {
	folder := os.Getenv("LEADSCORE_PARQUET_TESTING")
	if folder == "" {
		t.Skip("skipped: LEADSCORE_PARQUET_TESTING does not name a copy of github.com/apache/parquet-testing")
	}
	files, columns := map[string]int{}, map[string]int{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, ".parquet") || strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.Base(path)
		hold := func(err error) {
			var e *Error
			if !errors.As(err, &e) || e.File != name || e.What == "" {
				t.Errorf("not a proper error: %v", err)
			}
			t.Log(err)
		}
		src := bytes.NewReader(b)
		f, err := Open(name, src, int64(len(b)), Limits{})
		if err != nil {
			files["refused"]++
			hold(err)
			return nil
		}
		refused := 0
		for i, c := range f.Columns() {
			pages, records, pagesErr, recordsErr := cellsOf(f, src, i)
			int96 := c.Leaf >= 0 && f.foot.leaves[c.Leaf].typ == typeInt96 // which we read ourselves on both paths
			switch {
			case pagesErr != nil || recordsErr != nil:
				refused++
				columns["refused"]++
				for _, err := range []error{pagesErr, recordsErr} {
					if err != nil {
						hold(err)
					}
				}
				if c.Leaf >= 0 && (pagesErr == nil) != (recordsErr == nil) {
					t.Errorf("%s, column %s: %v by pages, %v by records", name, c.Name, pagesErr, recordsErr)
				}
			case int64(len(records)) != f.NumRows():
				t.Errorf("%s, column %s: %d of %d rows", name, c.Name, len(records), f.NumRows())
			case c.Leaf < 0 || int96 || !comparable(records, pages):
				columns["read one way"]++
			case !slices.Equal(pages, records):
				columns["read in two ways that differ"]++
				t.Errorf("%s, column %s (%s): pages and records differ", name, c.Name, c.Arrow)
			default:
				columns["read the same in two ways"]++
			}
		}
		switch refused {
		case 0:
			files["read"]++
		case len(f.Columns()):
			files["refused"]++
		default:
			files["read in part"]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("files: %v; columns: %v", files, columns)
	if files["read"] == 0 {
		t.Errorf("no file could be read in %s", folder)
	}
}

// comparable tells whether arrow-go's texts are those of physical values; decimals, times and bytes it shows in its own way.
func comparable(records, pages []string) bool {
	for i := range records {
		if i < len(pages) && records[i] == pages[i] && records[i] != "<nil>" {
			return true
		}
	}
	return slices.Equal(records, pages)
}
