package encode

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestHybrid: any values come back from the hybrid of runs, whatever their width, by a plain reading of its definition.
func TestHybrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := uint(rapid.IntRange(1, 32).Draw(t, "width"))
		var values []uint32
		for range rapid.IntRange(0, 12).Draw(t, "stretches") {
			v := uint32(rapid.Uint64Range(0, 1<<width-1).Draw(t, "value"))
			if rapid.Bool().Draw(t, "same") {
				values = append(values, constants(rapid.IntRange(1, 40).Draw(t, "n"), v)...)
			} else {
				values = append(values, v)
			}
		}
		got := decodeHybrid(appendHybrid(nil, values, width), width)
		if len(got) < len(values) || len(got) > len(values)+7 {
			t.Fatalf("%d values for %d", len(got), len(values))
		}
		if diff := cmp.Diff(append([]uint32{}, values...), got[:len(values)]); diff != "" {
			t.Fatal(diff)
		}
	})
}

// decodeHybrid reads the hybrid bit by bit.
func decodeHybrid(data []byte, width uint) []uint32 {
	values := []uint32{}
	for len(data) > 0 {
		header, shift := uint64(0), 0
		for {
			b := data[0]
			data = data[1:]
			header |= uint64(b&0x7f) << shift
			if shift += 7; b < 0x80 {
				break
			}
		}
		if header&1 == 0 {
			v, size := uint32(0), int(width+7)/8
			for i := range size {
				v |= uint32(data[i]) << (8 * i)
			}
			data = data[size:]
			values = append(values, constants(int(header>>1), v)...)
			continue
		}
		for i := range int(header>>1) * 8 {
			v := uint32(0)
			for b := range int(width) {
				at := i*int(width) + b
				v |= uint32(data[at/8]>>(at%8)&1) << b
			}
			values = append(values, v)
		}
		data = data[int(header>>1)*int(width):]
	}
	return values
}

// TestRandomTables: tables of random forms, sizes, page sizes and row groups read back as they were written.
func TestRandomTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		r := rand.New(rand.NewPCG(seed, 1))
		rows := rapid.IntRange(0, 400).Draw(t, "rows")
		o := Options{SortedBy: -1, Bloom: -1, PageRows: 8 * rapid.IntRange(1, 20).Draw(t, "eighths")}
		all := samples(rows, r)
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:30]
		var fields []Field
		var columns []Column
		for _, s := range all {
			fields, columns = append(fields, s.field), append(columns, s.column)
		}
		var buf bytes.Buffer
		w := NewWriter(&buf, fields, o)
		for range 2 {
			if err := w.Write(columns); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got := readArrow(t, buf.Bytes())
		for i, s := range all {
			if difference := firstDifference(append(append([]any{}, s.want...), s.want...), got[i]); difference != "" {
				t.Fatalf("%s: %s", s.field.Name, difference)
			}
		}
	})
}
