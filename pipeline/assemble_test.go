package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

// person is what is known of a contact before its engagements.
type person struct {
	Holds   []uint64
	Timed   []rowSpan
	Payload string
}

// However rows come in, each contact stands once in the order of ids, as the row to keep has it; and it is in the lists that
// it is a member of, whether people are joined with them early or with their stream.
func TestAssemble(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		statics := rapid.SampledFrom([]int{0, 5, 70}).Draw(t, "statics")
		words, bucketBits := (statics+63)/64, rapid.IntRange(0, 2).Draw(t, "bits of buckets")
		m := newMemory(1<<30, t.Name())
		r := &run{asOf: 1000, counts: &counts{}, rejects: &rejects{}, intake: &intake{
			watch: Unwatched{}, threads: 2, ids: textID, layout: layout{bucketBits: bucketBits}, memory: m, program: &score.Program{Statics: make([]score.Static, statics)},
			contacts: newSpool("contacts", 1<<bucketBits, 1, m), members: newSpool("lists", 1<<bucketBits, 1, m),
		}}
		r.spec.Memory = 1 << 20
		anID := rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"", "same first bytes "}).Draw(t, "begin") + rapid.StringMatching(`[a-c]{1,4}`).Draw(t, "end")
		})
		drawSpans := func(row int) (spans []rowSpan) {
			for range rapid.IntRange(0, 2).Draw(t, "spans") * min(statics, 1) {
				start := rapid.Int64Range(0, 50).Draw(t, "start")
				spans = append(spans, rowSpan{row, rapid.IntRange(0, statics-1).Draw(t, "static"), start, start + rapid.Int64Range(1, 50).Draw(t, "long")})
			}
			return spans
		}

		// What each contact should be, and the rank of the row that says so.
		type rank struct {
			order     string
			file, row int
		}
		want, ranks, duplicates := map[string]*person{}, map[string]rank{}, int64(0)
		workers := make([]*contactWorker, rapid.IntRange(1, 3).Draw(t, "threads"))
		for i := range workers {
			workers[i] = &contactWorker{contactReader: &contactReader{run: r}, out: r.contacts.appender()}
		}
		ordered := rapid.Bool().Draw(t, "ordered")
		for group := range rapid.IntRange(1, 6).Draw(t, "row groups") {
			ids := rapid.SliceOfN(anID, 0, 60).Draw(t, "ids")
			if ordered {
				slices.Sort(ids)
			}
			orders := rapid.SliceOfN(rapid.SampledFrom([]string{"", "1", "2"}), len(ids), len(ids)).Draw(t, "orders")
			payloads := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "paid"}), len(ids), len(ids)).Draw(t, "payloads")
			w := workers[rapid.IntRange(0, len(workers)-1).Draw(t, "by")]
			w.holds, w.timed = make([]uint64, len(ids)*words), nil
			for row, id := range ids {
				is := person{Holds: make([]uint64, words), Timed: drawSpans(row), Payload: payloads[row]}
				if statics > 0 {
					set(is.Holds, rapid.IntRange(0, statics-1).Draw(t, "holds"))
				}
				copy(w.holds[row*words:], is.Holds)
				w.timed = append(w.timed, is.Timed...)
				before, seen := ranks[id]
				if seen {
					duplicates++
				}
				if ranked := (rank{orders[row], group, row}); !seen || cmp.Or(cmp.Compare(before.order, ranked.order), cmp.Compare(ranked.file, before.file), cmp.Compare(ranked.row, before.row)) < 0 {
					want[id], ranks[id] = &is, ranked
				}
			}
			appends := func(texts []string) func([]byte, int) []byte {
				return func(dst []byte, i int) []byte { return append(dst, texts[i]...) }
			}
			id := func(dst []byte, i int) ([]byte, bool) { return append(dst, ids[i]...), true }
			if err := w.emit(task{file: int32(group)}, 0, len(ids), id, appends(orders), appends(payloads)); err != nil {
				t.Fatal(err)
			}
		}
		for _, w := range workers {
			if err := w.out.flush(); err != nil {
				t.Fatal(err)
			}
		}

		early := rapid.Bool().Draw(t, "join early")
		a := &assembler{run: r}
		all := make([]*people, 1<<bucketBits)
		for bucket := range all {
			p, err := a.assemble(bucket)
			if err != nil {
				t.Fatal(err)
			}
			all[bucket] = p
		}
		if early {
			r.people = all
		}
		lists, unknown, future := &listWorker{run: r, joiner: r.joiner(), out: r.members.appender()}, int64(0), int64(0)
		for range rapid.IntRange(0, 100).Draw(t, "memberships") {
			id, static := anID.Draw(t, "of"), uint32(noList)
			from := rapid.SampledFrom([]int64{timeline.Ever, timeline.Ever, 500, 2000}).Draw(t, "from")
			if statics > 0 && rapid.Bool().Draw(t, "asked for") {
				static = rapid.Uint32Range(0, uint32(statics-1)).Draw(t, "list")
			}
			if err := lists.member(0, 0, []byte(id), static, from); err != nil {
				t.Fatal(err)
			}
			switch is := want[id]; {
			case is == nil:
				unknown++
			case from > r.asOf:
				future++
			case static == noList:
			case from == timeline.Ever:
				set(is.Holds, int(static))
			default:
				is.Timed = append(is.Timed, rowSpan{0, int(static), from, timeline.Never})
			}
		}
		lists.joiner.finish(&lists.tally)
		r.counts.add(&lists.tally)
		if err := lists.out.flush(); err != nil {
			t.Fatal(err)
		}
		if early {
			if err := r.joinAll(context.Background()); err != nil {
				t.Fatal(err)
			}
		} else {
			for bucket, p := range all {
				if err := a.join(bucket, p); err != nil {
					t.Fatal(err)
				}
			}
		}

		got := map[string]*person{}
		for bucket, p := range all {
			for i := range p.n {
				id := p.id(i)
				if i > 0 && bytes.Compare(p.id(i-1), id) >= 0 {
					t.Errorf("%s comes after %s", id, p.id(i-1))
				}
				if s := p.find(id); s == nil || s.place() != i || r.layout.bucket(hashID(id)) != bucket {
					t.Errorf("%s cannot be found at %d of bucket %d", id, i, bucket)
				}
				is := &person{Holds: p.holds[i*words:][:words], Payload: string(p.payloadOf(i))}
				if p.timedStart != nil {
					for _, s := range p.timed[p.timedStart[i]:p.timedStart[i+1]] {
						is.Timed = append(is.Timed, rowSpan{0, int(s.Static), s.Start, s.End})
					}
				}
				got[string(id)] = is
			}
		}
		for _, is := range want {
			for i := range is.Timed {
				is.Timed[i].row = 0
			}
			is.Timed = sortSpans(is.Timed)
		}
		if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(rowSpan{}), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		for at, want := range map[[2]int]int64{
			{int(contactsTable), int(duplicateContact)}: duplicates, {int(listsTable), int(unknownContact)}: unknown, {int(listsTable), int(afterAsOf)}: future,
		} {
			if got := r.counts.tally[at[0]][at[1]]; got != want {
				t.Errorf("%d %s of %s, want %d", got, problem(at[1]), inputNames[at[0]], want)
			}
		}
	})
}

func set(words []uint64, bit int) { words[bit/64] |= 1 << (bit % 64) }
