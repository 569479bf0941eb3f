package pipeline

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What is kept of rows comes back as it was, whether it fits the form or not.
func TestRecordsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contacts := rapid.SampledFrom([]int{1, 2, 1000, 1 << 16, 1 << 27}).Draw(t, "contacts")
		form := newRecordForm(contacts, rapid.SampledFrom([]int{0, 20, 300, 1 << 20}).Draw(t, "selectors"))
		m := newMemory(1<<30, t.Name())
		r := &run{intake: &intake{form: form, memory: m, narrow: newSpool("records", 1, 1, m), wide: newSpool("wide-records", 1, 1, m)}}
		var want []placed
		p := &people{}
		for range rapid.IntRange(0, 2000).Draw(t, "rows") {
			agoBits, signature := int(form.agoBits)+rapid.IntRange(-1, 1).Draw(t, "more bits of time"), int(form.signatureBits)+rapid.IntRange(-1, 1).Draw(t, "and of signature")
			ago := rapid.Uint64Range(0, min(uint64(1)<<agoBits-1, longestAgo)).Draw(t, "ago")
			word := (longestAgo-ago)<<signatureBits | rapid.Uint64Range(0, 1<<signature-1).Draw(t, "signature")
			row := placed{uint32(rapid.IntRange(0, contacts-1).Draw(t, "place")), word}
			record, fits := form.pack(int(row.place), word)
			if inside := ago>>form.agoBits == 0 && word&(1<<signatureBits-1)>>form.signatureBits == 0; fits != inside {
				t.Fatalf("fits is %v for %d seconds ago, of %d bits, and %d, of %d bits", fits, ago, form.agoBits, word&(1<<signatureBits-1), form.signatureBits)
			}
			if fits && record>>(8*form.bytes-1)>>1 != 0 {
				t.Fatalf("%x does not fit %d bytes", record, form.bytes)
			}
			if err := r.keep(p, 0, int(row.place), word); err != nil {
				t.Fatal(err)
			}
			want = append(want, row)
		}
		for spool, block := range map[*spool][]byte{r.narrow: p.records.narrow, r.wide: p.records.wide} {
			if err := spool.add(0, block); err != nil {
				t.Fatal(err)
			}
		}
		g := gatherer{run: r}
		if err := g.takeRecords(0); err != nil {
			t.Fatal(err)
		}
		sameRows(t, want, g.rows)
	})
}

// sameRows fails where two lists have not the same rows, in whatever order.
func sameRows(t *rapid.T, want, got []placed) {
	for _, rows := range [][]placed{want, got} {
		slices.SortFunc(rows, func(a, b placed) int { return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.word, b.word)) })
	}
	if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(placed{})); diff != "" && len(want)+len(got) > 0 {
		t.Error(diff)
	}
}

func TestRecordForm(t *testing.T) {
	for _, c := range []struct {
		contacts, selectors int
		want                recordForm
	}{
		{1000, 175, recordForm{bytes: 6, signatureBits: 10, agoBits: 28}},
		{1000, 20, recordForm{bytes: 6, signatureBits: 7, agoBits: 31}},
		{1, 0, recordForm{bytes: 6, signatureBits: 3, agoBits: 36}},
		{5000, 300, recordForm{bytes: 8, signatureBits: 11, agoBits: 36}},
		{1 << 28, 1 << 20, recordForm{bytes: 8, signatureBits: 16, agoBits: 20}},
	} {
		if got := newRecordForm(c.contacts, c.selectors); got != c.want {
			t.Errorf("%d contacts and %d selectors: %+v, want %+v", c.contacts, c.selectors, got, c.want)
		}
	}
}
