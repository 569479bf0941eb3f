package timeline_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"leadscore/transforms/timeline"
)

// Numbers are sorted, whether they come nearly in order or in none.
func TestSortNearly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Uint64Range(0, 1000), 0, 300).Draw(t, "numbers")
		if rapid.Bool().Draw(t, "nearly in order") {
			slices.Sort(numbers)
			for range rapid.IntRange(0, 10).Draw(t, "swaps") * min(1, len(numbers)/2) {
				i := rapid.IntRange(1, len(numbers)-1).Draw(t, "at")
				numbers[i-1], numbers[i] = numbers[i], numbers[i-1]
			}
		}
		want := slices.Clone(numbers)
		slices.Sort(want)
		if timeline.SortNearly(numbers); !slices.Equal(want, numbers) {
			t.Errorf("%v, want %v", numbers, want)
		}
	})
}
