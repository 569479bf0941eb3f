package parquetio

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

// narrow are limits that the sample files keep by far.
var narrow = Limits{MaxFooterBytes: 1 << 20, MaxColumns: 1000, MaxPageBytes: 1 << 20, MaxValueBytes: 1 << 16, WindowBytes: 1 << 16}

// readAll opens a file and reads all of it on both paths. Every error must be an *Error that names the file.
func readAll(t testing.TB, r *Reader, b []byte) {
	t.Helper()
	hold := func(err error) {
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.File != "hostile.parquet" || e.What == "") {
			t.Fatalf("not a proper error: %v", err)
		}
	}
	src := bytes.NewReader(b)
	f, err := Open("hostile.parquet", src, int64(len(b)), narrow)
	hold(err)
	if err != nil {
		return
	}
	indexes, err := f.Indexes(src)
	hold(err)
	for g := range f.RowGroups() {
		for i, c := range f.Columns() {
			f.ChunkRange(g, i)
			if _, err := f.MayHold(src, g, i, []byte("value")); err != nil {
				hold(err)
			}
			if indexes != nil {
				index, err := indexes.Column(g, i)
				hold(err)
				if err == nil && index != nil {
					hold(r.Rows(f, src, g, i, index, 0, f.RowGroupRows(g), func(int64, *Page) error { return nil }))
				}
			}
			rows := int64(0)
			if c.Leaf >= 0 {
				err := r.Pages(f, src, g, i, func(p *Page) error {
					rows += int64(p.Rows)
					for _, code := range p.Codes {
						if int(code) < 0 || int(code) >= p.Dict.Len() {
							t.Fatalf("code %d of %d", code, p.Dict.Len())
						}
					}
					return nil
				})
				hold(err)
				if err == nil && rows != f.RowGroupRows(g) {
					t.Fatalf("%d rows by pages, %d declared", rows, f.RowGroupRows(g))
				}
			}
			rows = 0
			err := f.Records(context.Background(), src, []int{i}, g, 1024, func(b arrow.RecordBatch) error {
				rows += b.NumRows()
				return nil
			})
			hold(err)
			if err == nil && rows != f.RowGroupRows(g) {
				t.Fatalf("%d rows by records, %d declared", rows, f.RowGroupRows(g))
			}
		}
	}
}

// victims are the files to be damaged.
func victims(t testing.TB) [][]byte {
	t.Helper()
	var out [][]byte
	paths, err := filepath.Glob(fixtures + "/*.parquet")
	if err != nil || len(paths) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	_, sorted := sortedFile(t, 300)
	out = append(out, sorted)
	rng := rand.New(rand.NewPCG(9, 10))
	for typ := typeBoolean; typ <= typeFixed; typ++ {
		var samples []sample
		for _, s := range encodingsOf(typ) {
			if s.nulls == "some" || s.nulls == "required" {
				samples = append(samples, newSample(s, 200, rng))
			}
		}
		for _, v := range pageVersions {
			out = append(out, arrowFile(t, samples, 150, parquet.WithDataPageVersion(v), parquet.WithDataPageSize(200), parquet.WithBatchSize(50), parquet.WithPageIndexEnabled(true)))
		}
		out = append(out, arrowFile(t, samples, 150, parquet.WithCompression(compress.Codecs.Zstd)))
	}
	return out
}

// damage gives a damaged copy of a file.
func damage(b []byte, rng *rand.Rand) []byte {
	out := bytes.Clone(b)
	switch rng.IntN(8) {
	case 0:
		return out[:rng.IntN(len(out))]
	case 1: // a stretch is lost
		from := rng.IntN(len(out))
		to := min(len(out), from+1+rng.IntN(64))
		return append(out[:from], out[to:]...)
	case 2:
		from := rng.IntN(len(out))
		clear(out[from:min(len(out), from+1+rng.IntN(64))])
		return out
	case 3: // bytes that thrift, levels and lengths may take for big numbers
		from := rng.IntN(len(out))
		for i := from; i < min(len(out), from+1+rng.IntN(6)); i++ {
			out[i] = 0xff
		}
		return out
	case 4, 5, 6:
		return withFooter(out, func(t *tree) {
			for range 1 + rng.IntN(2) {
				lie(t, rng)
			}
		})
	default:
		for range 1 + rng.IntN(8) {
			out[rng.IntN(len(out))] ^= 1 << rng.IntN(8)
		}
		return out
	}
}

// Thousands of damaged files: none is fatal, none hangs, none takes more memory than a few pages.
func TestDamagedFiles(t *testing.T) {
	files := victims(t)
	rng := rand.New(rand.NewPCG(11, 12))
	r := NewReader()
	n, most, slowest := 0, uint64(0), time.Duration(0)
	for end := time.Now().Add(2 * time.Second); n < 200 || time.Now().Before(end); n++ {
		b := damage(files[n%len(files)], rng)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		readAll(t, r, b)
		slowest = max(slowest, time.Since(start))
		runtime.ReadMemStats(&after)
		most = max(most, after.TotalAlloc-before.TotalAlloc)
	}
	t.Logf("%d files, at most %d MiB allocated and %v taken by one", n, most>>20, slowest)
	if most > 256<<20 {
		t.Errorf("a file made its readers allocate %d MiB", most>>20)
	}
	if slowest > 3*time.Second {
		t.Errorf("a file took %v", slowest)
	}
}

func FuzzOpen(f *testing.F) {
	for _, b := range victims(f) {
		size := len(b) - 8
		f.Add(b[max(0, size-int(b[size])-int(b[size+1])<<8-int(b[size+2])<<16):size])
	}
	f.Fuzz(func(t *testing.T, foot []byte) {
		b := sealed([]byte(magic), foot)
		if file, err := Open("hostile.parquet", bytes.NewReader(b), int64(len(b)), narrow); err == nil {
			_ = file.String()
		}
	})
}

func FuzzPages(f *testing.F) {
	rng := rand.New(rand.NewPCG(13, 14))
	for _, b := range victims(f) {
		f.Add(b)
		f.Add(damage(b, rng))
	}
	r := NewReader()
	f.Fuzz(func(t *testing.T, b []byte) { readAll(t, r, b) })
}
