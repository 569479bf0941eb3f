package score

import (
	"math/bits"
	"slices"
)

// spread sorts numbers by spreading them over ranges of equal width first, after which each has only a few places to go: of some ten to a
// hundred numbers that are about evenly spread, as those of a sweep are, it takes a third of what slices.Sort does. free is memory that
// it may use; it gives the numbers sorted, and the memory that is free now.
func spread(numbers, free []uint64) (sorted, rest []uint64) {
	const ranges, few = 64, 20
	if len(numbers) <= few {
		insertionSort(numbers)
		return numbers, free
	}
	if len(numbers) > 1<<15 {
		slices.Sort(numbers)
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
	crowd := uint16(0)
	for i := range ranges {
		crowd = max(crowd, ends[i+1])
		ends[i+1] += ends[i]
	}
	sorted = grow(free, len(numbers))
	for _, n := range numbers {
		end := &ends[(n-least)>>shift%ranges]
		sorted[*end] = n
		*end++
	}
	if from := uint16(0); crowd > few {
		for _, to := range ends[:ranges] {
			if to-from > few {
				slices.Sort(sorted[from:to])
			}
			from = to
		}
	}
	insertionSort(sorted)
	return sorted, numbers
}

// insertionSort sorts numbers that are few, or near their places.
func insertionSort(numbers []uint64) {
	for i := 1; i < len(numbers); i++ {
		n := numbers[i]
		j := i
		for ; j > 0 && numbers[j-1] > n; j-- {
			numbers[j] = numbers[j-1]
		}
		numbers[j] = n
	}
}
