package match

import (
	"bytes"
	"encoding/binary"
	"math/bits"
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
	parents []int            // the longest other entry that starts an entry, -1 for none
	most    int              // length of the longest entry
	shared  int              // length of what all entries start with
	groups  [256]prefixGroup // by the byte after that
	heads   []uint64         // of each entry, the 8 bytes after what its group shares, highest first
}

// prefixGroup is the entries [low, high), which share their first bytes. To search among them by numbers takes half of what
// it takes to compare texts from end to end.
type prefixGroup struct{ low, high, shared int }

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
	p.heads = make([]uint64, len(p.sorted))
	for low := 0; low < len(p.sorted); {
		if len(p.sorted[low]) == p.shared { // the entry that starts all others
			low++
			continue
		}
		first, high := p.sorted[low][p.shared], low+1
		for high < len(p.sorted) && p.sorted[high][p.shared] == first {
			high++
		}
		g := prefixGroup{low, high, sharedLength(p.sorted[low], p.sorted[high-1])}
		for i := low; i < high; i++ {
			p.heads[i] = head(p.sorted[i][g.shared:])
		}
		p.groups[first] = g
		low = high
	}
}

// longest gives the longest entry that text starts with, -1 for none. Its parents are the others.
func (p *prefixes) longest(text []byte) int {
	if len(p.sorted) == 0 || len(text) < p.shared || !bytes.Equal(text[:p.shared], p.sorted[0][:p.shared]) {
		return -1
	}
	root := -1 // the entry that starts all others
	if len(p.sorted[0]) == p.shared {
		root = 0
	}
	if len(text) == p.shared {
		return root
	}
	g := &p.groups[text[p.shared]]
	if g.low == g.high || len(text) < g.shared || !bytes.Equal(text[p.shared:g.shared], p.sorted[g.low][p.shared:g.shared]) {
		return root
	}
	at := p.last(g, text[g.shared:])
	if at < g.low {
		return root
	}
	common := sharedLength(p.sorted[at], text)
	for at >= 0 && len(p.sorted[at]) > common {
		at = p.parents[at]
	}
	return at
}

// last gives the last entry of a group whose tail is not above the text's, or one below the group.
func (p *prefixes) last(g *prefixGroup, tail []byte) int {
	wanted := head(tail)
	low, high := g.low, g.high // entries below low are not above the text, those from high on are
	for low < high {
		middle := int(uint(low+high) >> 1)
		if p.heads[middle] < wanted {
			low = middle + 1
		} else {
			high = middle
		}
	}
	for high < g.high && p.heads[high] == wanted {
		high++
	}
	for low < high { // the same head: all of the texts decide
		middle := int(uint(low+high) >> 1)
		if bytes.Compare(p.sorted[middle][g.shared:], tail) <= 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low - 1
}

// head gives the first 8 bytes of a text, highest first, with zeros after a shorter one.
func head(text []byte) uint64 {
	if len(text) >= 8 {
		return binary.BigEndian.Uint64(text)
	}
	var b [8]byte
	copy(b[:], text)
	return binary.BigEndian.Uint64(b[:])
}

func sharedLength(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if differ := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); differ != 0 {
			return i + bits.TrailingZeros64(differ)/8
		}
	}
	for ; i < n; i++ {
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
