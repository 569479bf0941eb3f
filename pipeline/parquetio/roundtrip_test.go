package parquetio

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
)

// Every physical type in every encoding, with every kind of nulls, codec and page version, written by arrow-go: both
// paths give back what was written.
func TestRoundTripArrow(t *testing.T) {
	const rows, groupRows = 3001, 1700
	rng := rand.New(rand.NewPCG(1, 2))
	var samples []sample
	for typ := typeBoolean; typ <= typeFixed; typ++ {
		for _, s := range encodingsOf(typ) {
			samples = append(samples, newSample(s, rows, rng))
		}
	}
	r := NewReader()
	for codec, compression := range arrowCodecs {
		for version, v := range pageVersions {
			t.Run(codec+"/"+version, func(t *testing.T) {
				b := arrowFile(t, samples, groupRows, parquet.WithCompression(compression), parquet.WithDataPageVersion(v),
					parquet.WithDataPageSize(2000), parquet.WithDictionaryPageSizeLimit(3000), parquet.WithBatchSize(100))
				check(t, r, b, samples)
			})
		}
	}
}

// check opens a file and holds that each column gives the sample's cells on both paths.
func check(t *testing.T, r *Reader, b []byte, samples []sample) {
	t.Helper()
	src := bytes.NewReader(b)
	f, err := Open("sample.parquet", src, int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if f.NumRows() != int64(len(samples[0].cells)) {
		t.Errorf("%d rows, want %d", f.NumRows(), len(samples[0].cells))
	}
	index := map[string]int{}
	for i, c := range f.Columns() {
		index[c.Name] = i
	}
	for _, s := range samples {
		i, ok := index[s.name]
		if !ok {
			t.Fatalf("no column %s", s.name)
		}
		if c := f.Columns()[i]; c.Leaf < 0 || c.Nullable != (s.nulls != "required") {
			t.Errorf("%s is described as %+v", s.name, c)
		}
		cells, err := pagesOf(r, f, src, i)
		if err != nil {
			t.Errorf("%s by pages: %v", s.name, err)
			continue
		}
		same(t, s.name+" by pages", cells, s.cells)
		checkRows(t, r, f, src, i, s)
		cells, _, err = recordsOf(f, src, i, 1000)
		if err != nil {
			t.Errorf("%s by records: %v", s.name, err)
			continue
		}
		same(t, s.name+" by records", cells, s.cells)
	}
}
