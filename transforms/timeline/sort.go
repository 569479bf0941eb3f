package timeline

import "slices"

// SortNearly sorts numbers, such as words that begin with an instant, which are few or come nearly in order: it moves each to its
// place. Where they have far to go, it turns to a sort for any order.
func SortNearly(numbers []uint64) {
	left := 8 * len(numbers) // moves
	for i := 1; i < len(numbers); i++ {
		n := numbers[i]
		j := i
		for ; j > 0 && numbers[j-1] > n; j-- {
			numbers[j] = numbers[j-1]
		}
		numbers[j] = n
		if left -= i - j; left < 0 {
			slices.Sort(numbers)
			return
		}
	}
}
