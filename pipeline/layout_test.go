package pipeline

import (
	"testing"

	"pgregory.net/rapid"
)

// log2 is the least number of doublings of size that reaches n.
func TestLog2(t *testing.T) {
	for _, c := range []struct {
		n, size int64
		want    int
	}{
		{0, 1, 0}, {1, 1, 0}, {2, 1, 1}, {3, 1, 2}, {4, 1, 2}, {5, 1, 3}, {0, 1024, 0}, {1, 1024, 0}, {1024, 1024, 0}, {1025, 1024, 1},
		{2048, 1024, 1}, {2049, 1024, 2}, {1 << 40, 1, 40}, {1<<40 + 1, 1, 41}, {10, 3, 2}, {12, 3, 2}, {13, 3, 3},
	} {
		if got := log2(c.n, c.size); got != c.want {
			t.Errorf("log2(%d, %d) is %d, not %d", c.n, c.size, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n, size := rapid.Int64Range(0, 1<<40).Draw(t, "n"), rapid.Int64Range(1, 1<<20).Draw(t, "size")
		b := log2(n, size)
		if n > size<<b || b > 0 && n <= size<<(b-1) {
			t.Fatalf("log2(%d, %d) is %d", n, size, b)
		}
	})
}

// Every bucket has its turn once, and all but the last parts come one after the other.
func TestTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLayout(rapid.Int64Range(0, 1<<24).Draw(t, "contacts"), 0, rapid.IntRange(0, 1<<12).Draw(t, "buckets"))
		threads := rapid.IntRange(1, 64).Draw(t, "threads")
		had, left := make([]bool, l.buckets()), l.parts()
		open := map[int]int{} // part → buckets that had their turn
		for i := range l.buckets() {
			bucket := l.turn(i, threads)
			if had[bucket] {
				t.Fatalf("bucket %d has its turn twice in %+v", bucket, l)
			}
			had[bucket] = true
			part := l.part(bucket)
			if open[part]++; open[part] == l.buckets()/l.parts() {
				delete(open, part)
				left--
			}
			if len(open) > max(1, min(threads, l.parts()/4)) {
				t.Fatalf("%d parts are under way in %+v with %d threads", len(open), l, threads)
			}
		}
		if left > 0 {
			t.Fatalf("%d parts are left in %+v", left, l)
		}
	})
}

// Each bucket is a piece of exactly one part, and a contact's part does not depend on how many buckets there are.
func TestLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contacts, engagements := rapid.Int64Range(0, 1<<33).Draw(t, "contacts"), rapid.Int64Range(0, 1<<40).Draw(t, "engagements")
		buckets := rapid.IntRange(0, 1<<13).Draw(t, "buckets")
		l, other := newLayout(contacts, engagements, buckets), newLayout(contacts, 0, 1)
		if l.parts() != other.parts() || l.buckets() < l.parts() || l.parts() < 1 {
			t.Fatalf("%+v and %+v", l, other)
		}
		if l.parts() <= mostBuckets && l.buckets() > mostBuckets {
			t.Fatalf("%d buckets", l.buckets())
		}
		for range 10 {
			hash := rapid.Uint64().Draw(t, "hash")
			bucket := l.bucket(hash)
			part := l.part(bucket)
			if from, to := l.bucketsOf(part); bucket < from || bucket >= to || to > l.buckets() {
				t.Fatalf("bucket %d is not among %d … %d of part %d in %+v", bucket, from, to, part, l)
			}
			if there := other.part(other.bucket(hash)); there != part {
				t.Fatalf("part %d, and %d with other buckets", part, there)
			}
		}
	})
	all := newLayout(1_000_000, 20_000_000, 0)
	next := 0
	for part := range all.parts() {
		from, to := all.bucketsOf(part)
		if from != next || to <= from {
			t.Errorf("part %d has the buckets %d … %d", part, from, to)
		}
		next = to
	}
	if next != all.buckets() {
		t.Errorf("%d of %d buckets are in parts", next, all.buckets())
	}
}
