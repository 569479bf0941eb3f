package published

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// night is a made-up run: what it says of each contact, and how that came about.
type night struct {
	date    string
	text    bool // ids are texts
	parts   int
	scores  map[int64]madeUp
	changes map[int64][]int64 // by cause; contacts that are not in it have no row
}

type madeUp struct {
	score int64
	band  string
	mql   byte // 2: there is no threshold
}

// spread lays contacts out as runs do: in parts by the first bits of a hash, which is another of a number than of the same as text.
func spread(id string, integer bool, parts int) int {
	n, _ := strconv.ParseUint(id, 10, 64)
	if !integer {
		n += 1000
	}
	hash, bits := n*0x9e3779b97f4a7c15, 0
	for 1<<bits < parts {
		bits++
	}
	return int(hash >> (64 - bits))
}

func (n night) idType() encode.Type {
	if n.text {
		return encode.Text
	}
	return encode.Int64
}

func (n night) ids(ids []int64) encode.Column {
	if !n.text {
		return encode.Int64s{Values: ids}
	}
	texts := encode.Texts{Offsets: []uint32{0}}
	for _, id := range ids {
		texts.Bytes = append(texts.Bytes, fmt.Sprintf("%03d", id)...)
		texts.Offsets = append(texts.Offsets, uint32(len(texts.Bytes)))
	}
	return texts
}

// publishNight publishes a night after another one, with parts laid out by lay.
func publishNight(t *testing.T, out string, before, n night, lay Guess) *Run {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store := storage.NewLocal()
	asOf, err := time.Parse(time.DateOnly, n.date)
	must(err)
	key, err := publish.ContentKey(publish.Content{AsOf: asOf, Model: fmt.Sprint(n.scores, n.changes)})
	must(err)
	p, err := publish.Begin(ctx, store, out, n.date, key, true)
	must(err)
	for part := range n.parts {
		var of []int64
		for id := range n.scores {
			of = append(of, id)
		}
		for id := range n.changes {
			if !slices.Contains(of, id) {
				of = append(of, id)
			}
		}
		of = slices.DeleteFunc(of, func(id int64) bool { return lay(fmt.Sprint(id), !n.text, n.parts) != part })
		slices.Sort(of)
		var ids, scores []int64
		var mqls []byte
		bands := encode.Texts{Offsets: []uint32{0}}
		for _, id := range of {
			if s, ok := n.scores[id]; ok {
				ids, scores, mqls = append(ids, id), append(scores, s.score), append(mqls, s.mql)
				bands.Bytes = append(bands.Bytes, s.band...)
				bands.Offsets = append(bands.Offsets, uint32(len(bands.Bytes)))
			}
		}
		writePart(t, p, "scores", part, int64(len(ids)), []encode.Field{{Name: "contact_id", Type: n.idType()}, {Name: "score", Type: encode.Int64}, {Name: "band", Type: encode.Text},
			{Name: "is_mql", Type: encode.Boolean, Nullable: true}}, n.ids(ids), encode.Int64s{Values: scores}, bands, encode.Flags{Values: mqls})

		columns := make([][]int64, 3+len(Causes))
		for _, id := range of {
			causes, ok := n.changes[id]
			if !ok {
				continue
			}
			row := []int64{id, encode.Null, encode.Null}
			if s, ok := before.scores[id]; ok {
				row[1] = s.score
			}
			if s, ok := n.scores[id]; ok {
				row[2] = s.score
			}
			for i, v := range append(row, causes...) {
				columns[i] = append(columns[i], v)
			}
		}
		fields := []encode.Field{{Name: "contact_id", Type: n.idType()}, {Name: "previous_score", Type: encode.Int64, Nullable: true}, {Name: "score", Type: encode.Int64, Nullable: true}}
		for _, cause := range Causes {
			fields = append(fields, encode.Field{Name: cause, Type: encode.Int64})
		}
		values := []encode.Column{n.ids(columns[0])}
		for _, c := range columns[1:] {
			values = append(values, encode.Int64s{Values: c})
		}
		writePart(t, p, "score_changes", part, int64(len(columns[0])), fields, values...)
	}
	must(p.Commit(ctx, publish.Manifest{AsOf: asOf}))
	r, err := Open(ctx, store, out, n.date, spread)
	must(err)
	t.Cleanup(func() { r.Close() })
	return r
}

func writePart(t *testing.T, p *publish.Publication, table string, number int, rows int64, fields []encode.Field, columns ...encode.Column) {
	t.Helper()
	var b bytes.Buffer
	w := encode.NewWriter(&b, fields, encode.Options{SortedBy: 0, Bloom: 0})
	if err := w.Write(columns); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	part, err := p.Create(context.Background(), table, number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := part.Finish(rows); err != nil {
		t.Fatal(err)
	}
}

// randomNights makes up nights in which contacts come, go, and change by random causes.
func randomNights(rng *rand.Rand, parts []int) []night {
	nights := []night{{date: "2026-11-01", parts: parts[0], scores: map[int64]madeUp{}}}
	of := func(score int64) madeUp {
		s := madeUp{score: score, band: "cold"}
		if score >= 10 {
			s.band, s.mql = "hot", 1
		}
		return s
	}
	for id := range int64(200) {
		nights[0].scores[id] = of(rng.Int64N(20) - 5)
	}
	for i, n := range parts[1:] {
		before := nights[i].scores
		next := night{date: fmt.Sprintf("2026-11-%02d", i+2), parts: n, scores: map[int64]madeUp{}, changes: map[int64][]int64{}}
		for id := range int64(220) {
			was, known := before[id]
			causes := make([]int64, len(Causes))
			switch {
			case known && rng.IntN(15) == 0: // it goes
				causes[2] = -was.score
				next.changes[id] = causes
				continue
			case !known && rng.IntN(4) > 0:
				continue
			case known && rng.IntN(2) == 0:
				next.scores[id] = was
				continue
			}
			score := was.score
			for i := range causes {
				causes[i] = rng.Int64N(9) - 4
				score += causes[i]
			}
			next.scores[id] = of(score)
			if !known || next.scores[id] != was {
				next.changes[id] = causes
			} else { // it came out where it was, and has no row
				next.scores[id] = was
			}
		}
		nights = append(nights, next)
	}
	return nights
}

// difference is a row of a comparison.
type difference struct {
	ID                  int64
	Before, Now         string
	Change, Unexplained int64
	Causes              []int64
}

func (m madeUp) text() string { return fmt.Sprint(m.score, " ", m.band, " ", m.mql == 1) }

// expected says what is to come out, by the plain way.
func expected(from, to night, between []night) (all []difference) {
	for id := range int64(220) {
		was, known := from.scores[id]
		is, now := to.scores[id]
		d := difference{ID: id, Before: "none", Now: "none", Change: is.score - was.score, Causes: make([]int64, len(Causes))}
		if known {
			d.Before = was.text()
		}
		if now {
			d.Now = is.text()
		}
		if d.Before == d.Now {
			continue
		}
		d.Unexplained = d.Change
		for _, n := range between {
			for i, v := range n.changes[id] {
				d.Causes[i] += v
				d.Unexplained -= v
			}
		}
		all = append(all, d)
	}
	return all
}

func differences(t *testing.T, c *Comparison) (all []difference) {
	t.Helper()
	names, types, err := c.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = c.Rows(t.Context(), func(columns []*Column, rows int) error {
		by := map[string]*Column{}
		for i, column := range columns {
			if column.Name != names[i] || column.Type != types[i] && column.Type.String() != types[i].String() || column.Len() != rows {
				t.Errorf("column %d is %s %s of %d rows", i, column.Name, column.Type, column.Len())
			}
			by[column.Name] = column
		}
		for row := range rows {
			d := difference{ID: by["contact_id"].Ints[row], Before: "none", Now: "none", Change: by["change"].Ints[row], Unexplained: by[Unexplained].Ints[row]}
			if !by["previous_score"].IsNull(row) {
				d.Before = by["previous_score"].Text(row) + " " + by["previous_band"].Text(row) + " " + by["was_mql"].Text(row)
			}
			if !by["score"].IsNull(row) {
				d.Now = by["score"].Text(row) + " " + by["band"].Text(row) + " " + by["is_mql"].Text(row)
			}
			for _, cause := range Causes {
				d.Causes = append(d.Causes, by[cause].Ints[row])
			}
			if got := by["previous_as_of"].Text(row); got != c.From.Manifest.Date+"T00:00:00Z" {
				t.Errorf("it is compared with %s", got)
			}
			all = append(all, d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b difference) int { return int(a.ID - b.ID) })
	return all
}

// TestCompare adds random nights up, whose runs have as many parts, or not, which lie as guessed, or not, and of which all or few contacts
// fit in memory.
func TestCompare(t *testing.T) {
	unlike := func(id string, integer bool, parts int) int { // runs of 4 and of 8 parts have nothing in common
		if parts == 4 {
			return parts - 1 - spread(id, integer, parts)
		}
		return spread(id, integer, parts)
	}
	rng := rand.New(rand.NewPCG(8, 8))
	for name, c := range map[string]struct {
		parts []int
		lay   Guess
		most  int64
	}{
		"one part":            {[]int{1, 1, 1, 1}, spread, 0},
		"passes":              {[]int{1, 1, 1, 1}, spread, 30},
		"equal parts":         {[]int{8, 8, 8, 8}, spread, 50},
		"a growing base":      {[]int{2, 4, 4, 8}, spread, 50},
		"a shrinking base":    {[]int{8, 4, 2, 1}, spread, 20},
		"parts of their own":  {[]int{4, 8, 8, 4}, unlike, 40},
		"all fit in memory":   {[]int{4, 8, 8, 4}, unlike, 0},
		"no changes at night": {[]int{4}, spread, 0},
	} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			nights := randomNights(rng, c.parts)
			runs := []*Run{publishNight(t, out, night{}, nights[0], c.lay)}
			for i := 1; i < len(nights); i++ {
				runs = append(runs, publishNight(t, out, nights[i-1], nights[i], c.lay))
			}
			last := len(nights) - 1
			whole := &Comparison{From: runs[0], To: runs[last], Nights: runs[1:], Whole: true, most: c.most}
			got := differences(t, whole)
			if diff := cmp.Diff(expected(nights[0], nights[last], nights[1:]), got); diff != "" {
				t.Errorf("(- the plain way, + the comparison)\n%s", diff)
			}
			if last == 0 {
				return
			}
			if len(got) < 50 || slices.ContainsFunc(got, func(d difference) bool { return d.Unexplained != 0 }) {
				t.Errorf("%d contacts changed, or something is unexplained", len(got))
			}

			// A night is missing: what it did is unexplained, and nothing else.
			gap := &Comparison{From: runs[0], To: runs[last], Nights: slices.Delete(slices.Clone(runs[1:]), 1, 2), most: c.most}
			got = differences(t, gap)
			if diff := cmp.Diff(expected(nights[0], nights[last], []night{nights[1], nights[3]}), got); diff != "" {
				t.Errorf("with a gap (- the plain way, + the comparison)\n%s", diff)
			}
			if !slices.ContainsFunc(got, func(d difference) bool { return d.Unexplained != 0 }) {
				t.Error("a missing night leaves nothing unexplained")
			}

			// The same taken for whole: the tables do not agree.
			gap.Whole = true
			err := gap.Rows(t.Context(), func([]*Column, int) error { return nil })
			if !errors.Is(err, publish.ErrDamaged) || !strings.Contains(err.Error(), "from 2026-11-01 to 2026-11-04 add up to") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// TestCompareHoldsEachRow holds that causes which do not add up to the change of their night are found.
func TestCompareHoldsEachRow(t *testing.T) {
	out := t.TempDir()
	first := night{date: "2026-11-01", parts: 1, scores: map[int64]madeUp{7: {score: 3}}}
	second := night{date: "2026-11-02", parts: 1, scores: map[int64]madeUp{7: {score: 5}}, changes: map[int64][]int64{7: {1, 0, 0, 0, 0, 0}}}
	from := publishNight(t, out, night{}, first, spread)
	c := &Comparison{From: from, To: publishNight(t, out, first, second, spread)}
	c.Nights = []*Run{c.To}
	err := c.Rows(t.Context(), func([]*Column, int) error { return nil })
	want := "score_changes of 2026-11-02: the causes of contact 7 add up to 1, and its score changed by 2"
	if !errors.Is(err, publish.ErrDamaged) || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
}

// TestCompareOfOtherIDs compares a run with a later one that has the same ids as texts: they lie elsewhere, and are the same contacts.
func TestCompareOfOtherIDs(t *testing.T) {
	first := night{date: "2026-11-01", parts: 4, scores: map[int64]madeUp{}}
	second := night{date: "2026-11-02", parts: 4, scores: map[int64]madeUp{}, text: true}
	for id := int64(100); id < 200; id++ {
		first.scores[id], second.scores[id] = madeUp{score: id}, madeUp{score: id + id%2}
	}
	out := t.TempDir()
	c := &Comparison{From: publishNight(t, out, night{}, first, spread), To: publishNight(t, out, first, second, spread), most: 20}
	changed := 0
	err := c.Rows(t.Context(), func(columns []*Column, rows int) error {
		for row := range rows {
			if columns[3].IsNull(row) || columns[4].IsNull(row) || columns[5].Ints[row] != 1 {
				t.Errorf("contact %s: %s, %s", columns[0].Text(row), columns[3].Text(row), columns[4].Text(row))
			}
		}
		changed += rows
		return nil
	})
	if err != nil || changed != 50 {
		t.Errorf("%d contacts changed; %v", changed, err)
	}
}
