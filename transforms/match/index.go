package match

import (
	"bytes"
	"slices"
)

// index finds tests by a text: those that ask for all of it, for its start, its end, or something inside.
type index struct {
	exact   map[string][]posting
	lengths [64]bool // lengths that exact has; the last stands for all longer ones
	starts  prefixes
	ends    prefixes // backwards
	inside  automaton
}

func newIndex() *index { return &index{exact: map[string][]posting{}} }

func (x *index) addExact(text string, entry posting) {
	x.exact[text] = append(x.exact[text], entry)
	x.lengths[min(len(text), len(x.lengths)-1)] = true
}

// mayEqual tells whether any text of a length is asked for.
func (x *index) mayEqual(length int) bool { return x.lengths[min(length, len(x.lengths)-1)] }

// seal prepares for searching once all tests are in.
func (x *index) seal() {
	x.starts.seal()
	x.ends.seal()
	x.inside.seal()
}

func (x *index) empty() bool {
	return len(x.exact) == 0 && len(x.starts.sorted) == 0 && len(x.ends.sorted) == 0 && len(x.inside.words) == 0
}

// prefixes finds all of its entries that a text starts with, by one binary search. Of the entries not above the text let p be
// the last. Every prefix q of the text is an entry not above p, and what lies between q and a text that starts with q
// starts with q itself: so the prefixes of the text are p and the prefixes of p, if not cut off by where p and text part.
type prefixes struct {
	sorted  [][]byte
	found   [][]posting
	parents []int // the longest other entry that starts an entry, -1 for none
	most    int   // length of the longest entry
	shared  int   // length of what all entries start with
}

func (p *prefixes) add(prefix []byte, entry posting) {
	at, found := slices.BinarySearchFunc(p.sorted, prefix, bytes.Compare)
	if !found {
		p.sorted = slices.Insert(p.sorted, at, prefix)
		p.found = slices.Insert(p.found, at, nil)
	}
	p.found[at] = append(p.found[at], entry)
	p.most = max(p.most, len(prefix))
}

func (p *prefixes) seal() {
	p.parents = make([]int, len(p.sorted))
	for i, prefix := range p.sorted {
		p.parents[i] = -1
		if i > 0 {
			at := i - 1 // by the same reasoning the parent is the entry before or one of its parents
			for at >= 0 && !bytes.HasPrefix(prefix, p.sorted[at]) {
				at = p.parents[at]
			}
			p.parents[i] = at
		}
	}
	if n := len(p.sorted); n > 0 {
		p.shared = sharedLength(p.sorted[0], p.sorted[n-1])
	}
}

// longest gives the longest entry that text starts with, -1 for none. Its parents are the others.
func (p *prefixes) longest(text []byte) int {
	if len(p.sorted) == 0 || len(text) < p.shared || !bytes.Equal(text[:p.shared], p.sorted[0][:p.shared]) {
		return -1
	}
	tail := text[p.shared:]
	low, high := 0, len(p.sorted) // entries below low are not above the text, those from high on are
	for low < high {
		middle := int(uint(low+high) >> 1)
		if bytes.Compare(p.sorted[middle][p.shared:], tail) <= 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	at := low - 1
	if at < 0 {
		return -1
	}
	common := sharedLength(p.sorted[at], text)
	for at >= 0 && len(p.sorted[at]) > common {
		at = p.parents[at]
	}
	return at
}

func sharedLength(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// reverse appends the last bytes of text, at most limit, backwards.
func reverse(dst, text []byte, limit int) []byte {
	for i := len(text) - 1; i >= 0 && limit > 0; i, limit = i-1, limit-1 {
		dst = append(dst, text[i])
	}
	return dst
}
