package parquetio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

// small is a sound file of two columns and two row groups of 100 and 50 rows.
func small(t testing.TB) []byte {
	rng := rand.New(rand.NewPCG(15, 16))
	return arrowFile(t, []sample{
		newSample(sample{name: "url", typ: typeByteArray, dict: true, nulls: "some"}, 150, rng),
		newSample(sample{name: "count", typ: typeInt64, nulls: "required"}, 150, rng),
	}, 100, parquet.WithCompression(compress.Codecs.Zstd))
}

// One lie each, and the whole message.
func TestOpenErrors(t *testing.T) {
	ok := small(t)
	edited := func(edit func(*tree)) []byte { return withFooter(ok, edit) }
	set := func(v int64, path ...int) []byte {
		return edited(func(t *tree) { t.at(path...).number = v })
	}
	long := bytes.Clone(ok)
	binary.LittleEndian.PutUint32(long[len(long)-8:], 1<<30)
	encrypted := append(bytes.Clone(ok[:len(ok)-4]), "PARE"...)
	const again = " (the file is damaged or its writer is at fault: write or upload it again)"
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":      {nil, "f: the file is empty (remove it, or write it again: was the upload interrupted?)"},
		"tiny":       {[]byte("PAR1"), "f: the file has 4 bytes, too few for a Parquet file (name only Parquet files in the input's path)"},
		"csv":        {[]byte(strings.Repeat("id,name\n", 9)), "f: this is not a Parquet file: it neither begins nor ends with PAR1 (name only Parquet files in the input's path)"},
		"cut":        {ok[:len(ok)-20], "f: the file begins as Parquet but has no footer at its end (was the upload interrupted? write it again)"},
		"long":       {long, "f: the footer should have 1073741824 bytes, more than the whole file of "},
		"encrypted":  {encrypted, "f: the file is encrypted (write it without encryption; encrypted Parquet is not supported)"},
		"head":       {append([]byte("PAX1"), ok[4:]...), "f: the file ends as Parquet but does not begin so" + again},
		"no thrift":  {sealed([]byte(magic), bytes.Repeat([]byte{0xff}, 40)), "f: a value has the unknown type 15" + again},
		"list bomb":  {sealed([]byte(magic), []byte{0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f}), "f: the data ends within a value" + again},
		"depth bomb": {sealed([]byte(magic), bytes.Repeat([]byte{0x1c}, 1000)), "f: structs are nested more than 48 deep" + again},
		"no schema":  {edited(func(t *tree) { t.at(2).typ, t.at(2).kids, t.at(2).elem = thriftList, nil, thriftStruct }), "f: the schema is empty" + again},
		"children":   {set(3, 2, 0, 5), "f: the schema declares 3 columns and ends after 2" + again},
		"rows":       {set(151, 3), "f: the file declares 151 rows, its row groups 150" + again},
		"no rows":    {set(-5, 3), "f: the footer does not say how many rows the file has" + again},
		"many rows":  {set(1<<60, 3), "f: the file of "},
		"type":       {set(2, 4, 1, 1, 0, 3, 1), `f, row group 1, column "url": the column chunk holds INT64, the schema says BYTE_ARRAY` + again},
		"values":     {set(99, 4, 0, 1, 1, 3, 5), `f, row group 0, column "count": the column chunk declares 99 values, the row group 100 rows` + again},
		"offset":     {set(1<<40, 4, 1, 1, 1, 3, 9), `f, row group 1, column "count": the column chunk should be the `},
		"negative":   {set(-1, 4, 0, 1, 0, 3, 7), `f, row group 0, column "url": the column chunk declares a length of -1 bytes`},
		"path":       {edited(func(t *tree) { t.at(4, 0, 1, 1, 3, 3, 0).raw = []byte("other") }), `f, row group 0, column "count": the column chunk is that of another column of the schema` + again},
		"chunks":     {edited(func(t *tree) { l := t.at(4, 1, 1); l.kids = l.kids[:1] }), "f, row group 1: the row group has 1 column chunks, the schema 2 columns" + again},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open("f", bytes.NewReader(c.file), int64(len(c.file)), Limits{})
			var e *Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// Lies that show only once the data is read.
func TestDataErrors(t *testing.T) {
	ok := small(t)
	for name, c := range map[string]struct {
		edit func(*tree)
		want string
	}{
		"codec": {func(t *tree) { t.at(4, 0, 1, 0, 3, 4).number = 3 }, `f, row group 0, column "url": the column is compressed with lzo, which is not supported (write it with zstd, snappy, gzip, brotli, lz4_raw or no compression)`},
		"encrypted": {func(t *tree) {
			k := t.at(4, 0, 1, 0)
			k.ids, k.kids = append(k.ids, 9), append(k.kids, &tree{typ: thriftBinary})
		}, `f, row group 0, column "url": the column is encrypted (write it without`},
		"elsewhere": {func(t *tree) {
			k := t.at(4, 0, 1, 0)
			k.ids, k.kids = append(k.ids, 1), append(k.kids, &tree{typ: thriftBinary, raw: []byte("x")})
		}, `f, row group 0, column "url": the column's data is in another file`},
		"short": {func(t *tree) { t.at(4, 0, 1, 0, 3, 7).number -= 8 }, `f, row group 0, column "url": a page of `},
	} {
		t.Run(name, func(t *testing.T) {
			b := withFooter(ok, c.edit)
			src := bytes.NewReader(b)
			f, err := Open("f", src, int64(len(b)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			err = NewReader().Pages(f, src, 0, 0, func(*Page) error { return nil })
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("pages: got  %v\nwant %s", err, c.want)
			}
			_, _, err = recordsOf(f, src, 0, 0)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("records: got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// A page that unpacks to far more than its header says is refused before it takes memory, whatever the codec.
func TestBombs(t *testing.T) {
	zeros := make([]byte, 64<<20)
	var u unpacker
	for name, c := range map[string]codec{"snappy": codecSnappy, "gzip": codecGzip, "brotli": codecBrotli, "zstd": codecZstd, "lz4_raw": codecLZ4Raw} {
		compressor, err := compress.GetCodec(arrowCodecs[name])
		if err != nil {
			t.Fatal(err)
		}
		bomb := compressor.Encode(make([]byte, 0, compressor.CompressBound(int64(len(zeros)))), zeros)
		dst := grow[byte](nil, 1000)
		if err := u.unpack(c, dst, bomb); err == nil {
			t.Errorf("%s: a bomb of %d bytes was unpacked to 1000", name, len(bomb))
		}
		if name == "zstd" {
			// A frame that claims terabytes.
			claim := []byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 0, 0}
			if err := u.unpack(c, dst, claim); err == nil {
				t.Error("a frame of terabytes was unpacked")
			}
		}
	}
}

// A run of two billion values is walked as it is asked for.
func TestLongRuns(t *testing.T) {
	var r runs
	src := append(binary.AppendUvarint(nil, 2_000_000_000<<1), 3, 0)
	r.reset(append(src, make([]byte, padding)...)[:len(src)], 9)
	codes := make([]int32, 1000)
	if err := r.codes(codes, 4); err != nil || codes[999] != 3 {
		t.Errorf("%v, %d", err, codes[999])
	}
	if err := r.codes(codes, 3); err == nil {
		t.Error("a code beyond the dictionary passed")
	}
}

// A page longer than a batch is handed over in parts, in whatever way levels and codes are laid out.
func TestLongPages(t *testing.T) {
	const rows = 3*batchRows + 77
	rng := rand.New(rand.NewPCG(17, 18))
	var samples []sample
	for _, typ := range []physical{typeBoolean, typeInt64, typeByteArray} {
		for _, s := range encodingsOf(typ) {
			if s.nulls == "some" || s.nulls == "none" {
				samples = append(samples, newSample(s, rows, rng))
			}
		}
	}
	b := arrowFile(t, samples, rows, parquet.WithDataPageSize(64<<20), parquet.WithDataPageVersion(parquet.DataPageV2))
	check(t, NewReader(), b, samples)
}

// counting counts reads and can fail them.
type counting struct {
	io.ReaderAt
	reads int
	err   error
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	c.reads++
	if c.err != nil {
		return 0, c.err
	}
	return c.ReaderAt.ReadAt(b, at)
}

// A chunk takes one read; one beyond the window takes more and gives the same.
func TestReads(t *testing.T) {
	s := newSample(sample{name: "url", typ: typeByteArray, dict: true, distinct: 3000, nulls: "some"}, 20_000, rand.New(rand.NewPCG(19, 20)))
	b := arrowFile(t, []sample{s}, 20_000, parquet.WithDataPageSize(4000), parquet.WithBatchSize(500))
	for _, window := range []int64{0, 1, 1000, 5000} {
		src := &counting{ReaderAt: bytes.NewReader(b)}
		f, err := Open("f", src, int64(len(b)), Limits{WindowBytes: window})
		if err != nil {
			t.Fatal(err)
		}
		if src.reads > 3 {
			t.Errorf("Open took %d reads", src.reads)
		}
		src.reads = 0
		cells, err := pagesOf(NewReader(), f, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "window", cells, s.cells)
		if (src.reads == 1) != (window == 0) {
			t.Errorf("window %d: %d reads", window, src.reads)
		}
	}
}

// What the storage, the visitor and the context say comes back as it is.
func TestForeignErrors(t *testing.T) {
	b := small(t)
	outage := errors.New("storage is down")
	src := &counting{ReaderAt: bytes.NewReader(b)}
	f, err := Open("f", src, int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r, ctx := NewReader(), context.Background()
	down := &counting{err: outage}
	if _, err := Open("f", down, int64(len(b)), Limits{}); !errors.Is(err, outage) {
		t.Errorf("Open: %v", err)
	}
	if err := r.Pages(f, down, 0, 0, nil); !errors.Is(err, outage) {
		t.Errorf("Pages: %v", err)
	}
	if err := f.Records(ctx, down, []int{0, 1}, 0, 0, nil); !errors.Is(err, outage) {
		t.Errorf("Records: %v", err)
	}
	short := bytes.NewReader(b[:50])
	if err := r.Pages(f, short, 1, 1, nil); err == nil || !strings.Contains(err.Error(), "was it replaced or cut short while it was read?") {
		t.Errorf("Pages of a file cut short: %v", err)
	}
	enough := errors.New("enough")
	if err := r.Pages(f, src, 0, 0, func(*Page) error { return enough }); err != enough {
		t.Errorf("Pages: %v", err)
	}
	if err := f.Records(ctx, src, []int{0}, 0, 10, func(arrow.RecordBatch) error { return enough }); err != enough {
		t.Errorf("Records: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := f.Records(cancelled, src, []int{0}, 0, 10, func(arrow.RecordBatch) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Records: %v", err)
	}
	for name, call := range map[string]func(){
		"Pages":   func() { _ = r.Pages(f, src, 0, 0, func(*Page) error { panic("mine") }) },
		"Records": func() { _ = f.Records(ctx, src, []int{0}, 0, 10, func(arrow.RecordBatch) error { panic("mine") }) },
	} {
		func() {
			defer func() {
				if p := recover(); p != "mine" {
					t.Errorf("%s: the visitor's panic became %v", name, p)
				}
			}()
			call()
		}()
	}
}

// Flat text with a dictionary comes as a dictionary, other columns as they are; a batch has the columns in the order asked for.
func TestRecordShapes(t *testing.T) {
	b := small(t)
	src := bytes.NewReader(b)
	f, err := Open("f", src, int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	batches := 0
	err = f.Records(context.Background(), src, []int{1, 0}, 0, 30, func(b arrow.RecordBatch) error {
		batches++
		if b.ColumnName(0) != "count" || b.ColumnName(1) != "url" || b.NumRows() > 30 {
			t.Errorf("batch of %d rows: %s", b.NumRows(), b.Schema())
		}
		if b.Column(1).DataType().ID() != arrow.DICTIONARY || b.Column(0).DataType().ID() != arrow.INT64 {
			t.Errorf("types: %s", b.Schema())
		}
		return nil
	})
	if err != nil || batches != 4 {
		t.Errorf("%d batches, %v", batches, err)
	}
	if err := f.Records(context.Background(), src, []int{0, 0}, 0, 30, nil); err == nil {
		t.Error("a column could be asked for twice")
	}
	offset, length := f.ChunkRange(0, 1)
	if offset < 4 || length <= 0 || offset+length > int64(len(b)) {
		t.Errorf("chunk range %d+%d of %d", offset, length, len(b))
	}
	if len(f.Footer()) != 64 {
		t.Errorf("digest %q", f.Footer())
	}
}
