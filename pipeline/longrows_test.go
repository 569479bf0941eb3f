package pipeline

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the length of ids and however little room there is for them, each row is kept for its contact once, and those of
// unknown contacts are counted.
func TestLongRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bucketBits := rapid.IntRange(0, 3).Draw(t, "bits of buckets")
		m := newMemory(1<<30, t.Name())
		r := &run{intake: &intake{
			layout: layout{bucketBits: bucketBits}, memory: m, form: newRecordForm(1000, 20),
			narrow: newSpool("records", 1<<bucketBits, 1, m), wide: newSpool("wide-records", 1<<bucketBits, 1, m),
		}}
		ids := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
			return rapid.StringMatching(`[a-c]{9,12}`).Draw(t, "id") + strings.Repeat("x", rapid.SampledFrom([]int{0, 20, 300}).Draw(t, "more"))
		}), 1, 60, rapid.ID).Draw(t, "ids")
		known := ids[:rapid.IntRange(0, len(ids)).Draw(t, "known")]
		members := make([][]string, 1<<bucketBits)
		for _, id := range known {
			bucket := r.layout.bucket(hashID([]byte(id)))
			members[bucket] = append(members[bucket], id)
		}
		places := map[string]int{}
		for _, members := range members {
			p := &people{n: len(members), long: (&slotSlab{}).take(len(members))}
			for place, id := range members {
				p.ids.add([]byte(id))
				p.enter([]byte(id), place)
				places[id] = place
			}
			r.people = append(r.people, p)
		}

		o := &scanOutput{run: r, longs: longRows{bits: rapid.IntRange(leastLong, leastLong+2).Draw(t, "bits of rows")}}
		want, unknown := make([][]placed, 1<<bucketBits), int64(0)
		for range rapid.IntRange(0, 1000).Draw(t, "rows") {
			id := rapid.SampledFrom(ids).Draw(t, "of")
			word := (longestAgo-rapid.Uint64Range(0, 1000).Draw(t, "ago"))<<signatureBits | rapid.Uint64Range(firstSignature, 9).Draw(t, "signature")
			hash := hashID([]byte(id))
			bucket := r.layout.bucket(hash)
			if err := o.long(bucket, word, hash, []byte(id)); err != nil {
				t.Fatal(err)
			}
			if place, ok := places[id]; ok {
				want[bucket] = append(want[bucket], placed{uint32(place), word})
			} else {
				unknown++
			}
		}
		if err := o.passLongs(); err != nil {
			t.Fatal(err)
		}
		if got := o.tally[engagementsTable][unknownContact]; got != unknown {
			t.Errorf("%d rows of unknown contacts, want %d", got, unknown)
		}
		for bucket, p := range r.people {
			if err := r.narrow.add(bucket, p.records.narrow); err != nil {
				t.Fatal(err)
			}
			g := gatherer{run: r}
			if err := g.takeRecords(bucket); err != nil {
				t.Fatal(err)
			}
			sameRows(t, want[bucket], g.rows)
		}
	})
}
