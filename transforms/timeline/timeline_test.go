package timeline_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/transforms/timeline"
)

// The tests look at every instant of a short stretch, and at the two ends of time.
const longest = 40

func instants() []int64 {
	all := []int64{timeline.Ever}
	for t := int64(-2); t <= 3*longest; t++ {
		all = append(all, t)
	}
	return append(all, timeline.Never-1)
}

func holds(set []timeline.Span, t int64) bool {
	return slices.ContainsFunc(set, func(s timeline.Span) bool { return s.Start <= t && t < s.End })
}

func value(steps []timeline.Step, t, before int64) int64 {
	v := before
	for _, s := range steps {
		if s.At <= t {
			v = s.Value
		}
	}
	return v
}

func drawSet(t *rapid.T, name string) []timeline.Span {
	cuts := rapid.SliceOfNDistinct(rapid.Int64Range(0, longest), 0, 8, rapid.ID).Draw(t, name)
	slices.Sort(cuts)
	var set []timeline.Span
	for ; len(cuts) >= 2; cuts = cuts[2:] {
		set = append(set, timeline.Span{Start: cuts[0], End: cuts[1]})
	}
	if len(set) > 0 && rapid.Bool().Draw(t, name+" since ever") {
		set[0].Start = timeline.Ever
	}
	if len(set) > 0 && rapid.Bool().Draw(t, name+" for ever") {
		set[len(set)-1].End = timeline.Never
	}
	return set
}

func drawInstants(t *rapid.T, least int) []int64 {
	at := rapid.SliceOfN(rapid.Int64Range(0, longest), least, 12).Draw(t, "at")
	slices.Sort(at)
	return at
}

func drawFrame(t *rapid.T) timeline.Frame {
	switch rapid.IntRange(0, 2).Draw(t, "frame") {
	case 0:
		return timeline.Frame{Within: rapid.Int64Range(1, 20).Draw(t, "within")}
	case 1:
		from := rapid.Int64Range(0, longest).Draw(t, "from")
		return timeline.Frame{From: from, Until: rapid.Int64Range(from+1, longest+5).Draw(t, "until")}
	}
	return timeline.Frame{From: timeline.Ever, Until: timeline.Never}
}

// counts is the definition: the engagements that the frame counts at t.
func counts(at []int64, f timeline.Frame, t int64) []int64 {
	var counted []int64
	for _, e := range at {
		if e <= t && (f.Within > 0 && t < e+f.Within || f.Within == 0 && f.From <= e && e < f.Until) {
			counted = append(counted, e)
		}
	}
	return counted
}

// canonical sets ascend and do not touch; what is built on them counts on it.
func canonical(t *rapid.T, set []timeline.Span) {
	for i, s := range set {
		if s.Start >= s.End || i > 0 && s.Start <= set[i-1].End {
			t.Fatalf("%v is not canonical", set)
		}
	}
}

func TestSetOperations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSet(t, "a"), drawSet(t, "b")
		both, either, not := timeline.Intersect(nil, a, b), timeline.Union(nil, a, b), timeline.Complement(nil, a)
		for _, set := range [][]timeline.Span{both, either, not} {
			canonical(t, set)
		}
		for _, i := range instants() {
			inA, inB := holds(a, i), holds(b, i)
			if holds(both, i) != (inA && inB) || holds(either, i) != (inA || inB) || holds(not, i) != !inA {
				t.Fatalf("at %d: a %v, b %v, intersection %v, union %v, complement %v", i, a, b, both, either, not)
			}
		}
	})
}

func TestAtLeastAndCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at, frame, n := drawInstants(t, 0), drawFrame(t), rapid.IntRange(1, 4).Draw(t, "n")
		set, steps := timeline.AtLeast(nil, at, n, frame), timeline.Count(nil, at, frame)
		canonical(t, set)
		for i, s := range steps {
			if i > 0 && (s.At <= steps[i-1].At || s.Value == steps[i-1].Value) {
				t.Fatalf("%v does not step", steps)
			}
		}
		for _, i := range instants()[1:] {
			want := counts(at, frame, i)
			if holds(set, i) != (len(want) >= n) {
				t.Fatalf("at %d: %v of %v, %d at least: %v", i, want, at, n, set)
			}
			if got := value(steps, i, 0); got != int64(len(want)) {
				t.Fatalf("at %d: %v of %v, counted %d in %v", i, want, at, got, steps)
			}
			visible := at[:len(at)-countAfter(at, i)]
			from, to := frame.Counted(visible, i)
			if d := cmp.Diff(append([]int64{}, want...), append([]int64{}, visible[from:to]...)); d != "" {
				t.Fatalf("at %d: %s", i, d)
			}
			if frame.Within > 0 {
				var spans []timeline.Span
				for span, rest, ok := frame.Last(visible, n); ok; span, rest, ok = frame.Last(rest, n) {
					spans = append(spans, span)
				}
				slices.Reverse(spans)
				if all := timeline.AtLeast(nil, visible, n, frame); !slices.Equal(spans, all) {
					t.Fatalf("at %d: %v, %d at least: %v one after the other, but all are %v", i, visible, n, spans, all)
				}
			}
			span, first, end, ok := frame.Current(visible, n, i)
			if ok && (first != from || end != to) {
				t.Fatalf("at %d: %v, %d at least: it counts [%d, %d) now, not [%d, %d)", i, visible, n, from, to, first, end)
			}
			for _, s := range timeline.AtLeast(nil, visible, n, frame) {
				if now := s.End > i; now && (!ok || span != s) || !now && !ok && s.End > span.End {
					t.Fatalf("at %d: %v, %d at least: now %v %v, but it holds in %v", i, visible, n, span, ok, s)
				}
			}
			if ok && len(want) < n || !ok && span.End > i {
				t.Fatalf("at %d: %v, %d at least: now %v %v", i, visible, n, span, ok)
			}
		}
	})
}

func countAfter(at []int64, t int64) (n int) {
	for _, e := range at {
		if e > t {
			n++
		}
	}
	return n
}

// A fade gives the points of the least bracket within which the criterion holds. References join as SPEC.md section 3.4 has it:
// all of two criteria holds within D when both do.
func TestFadeIsTheLeastBracketThatHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawInstants(t, 0), drawInstants(t, 0)
		n, m := rapid.IntRange(1, 3).Draw(t, "n"), rapid.IntRange(1, 2).Draw(t, "m")
		ageless := drawSet(t, "ageless")
		brackets := []timeline.Bracket{{Below: 3, Points: 9}, {Below: 7, Points: 4}, {Below: 15, Points: 4}, {Below: 20, Points: 1}}
		x, y, z := timeline.Reference(nil, a, n), timeline.Reference(nil, b, m), timeline.Ageless(nil, ageless)
		all := timeline.Fade(nil, timeline.Least(nil, x, y), brackets)
		anyOf := timeline.Fade(nil, timeline.Greatest(nil, timeline.Greatest(nil, x, y), z), brackets)
		for _, i := range instants()[1:] {
			wantAll, wantAny := int64(0), int64(0)
			for k := len(brackets) - 1; k >= 0; k-- {
				f := timeline.Frame{Within: brackets[k].Below}
				inA, inB := len(counts(a, f, i)) >= n, len(counts(b, f, i)) >= m
				if inA && inB {
					wantAll = brackets[k].Points
				}
				if inA || inB || holds(ageless, i) {
					wantAny = brackets[k].Points
				}
			}
			if got := value(all, i, 0); got != wantAll {
				t.Fatalf("at %d: all of %v, %v is worth %d, not %d: %v", i, a, b, got, wantAll, all)
			}
			if got := value(anyOf, i, 0); got != wantAny {
				t.Fatalf("at %d: any of %v, %v, %v is worth %d, not %d: %v", i, a, b, ageless, got, wantAny, anyOf)
			}
		}
	})
}

func TestRead(t *testing.T) {
	steps := []timeline.Step{{At: timeline.Ever, Value: 5}, {At: 10, Value: 7}, {At: 20, Value: 0}}
	for _, c := range []struct {
		t        int64
		want     timeline.Reading
		position int
	}{
		{9, timeline.Reading{Value: 5, Since: timeline.Ever, Expires: 10, After: 7}, 1},
		{10, timeline.Reading{Value: 7, Since: 10, Expires: 20, After: 0}, 2},
		{20, timeline.Reading{Value: 0, Since: 20, Expires: timeline.Never, After: 0}, 3},
	} {
		got, position := timeline.Read(steps, c.t)
		if d := cmp.Diff(c.want, got); d != "" || position != c.position {
			t.Errorf("at %d: %s, position %d", c.t, d, position)
		}
	}
	if got, _ := timeline.Read(nil, 0); got != (timeline.Reading{Since: timeline.Ever, Expires: timeline.Never}) {
		t.Errorf("no steps: %v", got)
	}
}

func TestAddSaturates(t *testing.T) {
	for _, c := range []struct{ t, d, want int64 }{
		{5, 7, 12}, {timeline.Never - 1, 7, timeline.Never}, {timeline.Ever + 1, -7, timeline.Ever},
		{timeline.Never, -7, timeline.Never}, {timeline.Ever, 7, timeline.Ever},
	} {
		if got := timeline.Add(c.t, c.d); got != c.want {
			t.Errorf("%d + %d is %d, not %d", c.t, c.d, got, c.want)
		}
	}
}
