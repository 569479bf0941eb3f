package score

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSpreadSorts(t *testing.T) {
	var free []uint64
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Uint64Range(0, 5), rapid.Uint64Range(1<<40, 1<<40+1000), rapid.Uint64())
		numbers := rapid.SliceOfN(number, 0, 200).Draw(t, "numbers")
		if rapid.Bool().Draw(t, "many") {
			for i := range 1 << 15 {
				numbers = append(numbers, uint64(i)*0x9e3779b97f4a7c15)
			}
		}
		want := slices.Sorted(slices.Values(numbers))
		var got []uint64
		if got, free = spread(numbers, free); !slices.Equal(got, want) {
			t.Fatalf("%x is not %x", got, want)
		}
	})
}
