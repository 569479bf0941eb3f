package match

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// Of many entries, the longest that a text starts with is found, also where entries start each other, share long beginnings, or
// differ by zeros only.
func TestLongestPrefix(t *testing.T) {
	word := rapid.Custom(func(rt *rapid.T) []byte {
		start := rapid.SampledFrom([]string{"", "a", "shared/", "shared/long beginning/"}).Draw(rt, "start")
		return append([]byte(start), rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 'b', 0xff}), 0, 12).Draw(rt, "rest")...)
	})
	rapid.Check(t, func(rt *rapid.T) {
		var p prefixes
		words := rapid.SliceOfN(word, 0, 30).Draw(rt, "entries")
		for _, w := range words {
			p.add(w, posting{})
		}
		p.seal()
		for range 10 {
			text, want := word.Draw(rt, "text"), -1
			for i, entry := range p.sorted {
				if bytes.HasPrefix(text, entry) { // sorted, so that a later one is longer
					want = i
				}
			}
			if got := p.longest(text); got != want {
				rt.Fatalf("%q starts with entry %d of %q, want %d", text, got, p.sorted, want)
			}
		}
	})
}
