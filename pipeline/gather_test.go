package pipeline

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Words are sorted, whether they come nearly in order or in none.
func TestSortWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.Uint64Range(0, 1000), 0, 300).Draw(t, "words")
		if rapid.Bool().Draw(t, "nearly in order") {
			slices.Sort(words)
			for range rapid.IntRange(0, 10).Draw(t, "swaps") * min(1, len(words)/2) {
				i := rapid.IntRange(1, len(words)-1).Draw(t, "at")
				words[i-1], words[i] = words[i], words[i-1]
			}
		}
		want := slices.Clone(words)
		slices.Sort(want)
		if sortWords(words); !slices.Equal(want, words) {
			t.Errorf("%v, want %v", words, want)
		}
	})
}
