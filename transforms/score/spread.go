package score

import (
	"math/bits"

	"leadscore/transforms/timeline"
)

// spread sorts numbers by spreading them over ranges of equal width first, after which each has only a few places to go: of some ten to a
// hundred numbers that are about evenly spread, as those of a sweep are, it takes a third of what slices.Sort does. free is memory that
// it may use; it gives the numbers sorted, and the memory that is free now.
func spread(numbers, free []uint64) (sorted, rest []uint64) {
	const ranges = 64
	if len(numbers) <= 20 || len(numbers) > 1<<15 {
		timeline.SortNearly(numbers)
		return numbers, free
	}
	least, most := numbers[0], numbers[0]
	for _, n := range numbers {
		least, most = min(least, n), max(most, n)
	}
	shift := max(0, bits.Len64(most-least)-6)
	var ends [ranges + 1]uint16
	for _, n := range numbers {
		ends[(n-least)>>shift%ranges+1]++
	}
	for i := range ranges {
		ends[i+1] += ends[i]
	}
	sorted = grow(free, len(numbers))
	for _, n := range numbers {
		end := &ends[(n-least)>>shift%ranges]
		sorted[*end] = n
		*end++
	}
	timeline.SortNearly(sorted)
	return sorted, numbers
}
