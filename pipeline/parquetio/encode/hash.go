package encode

import "math"

// Integers that lie far apart may still repeat: the days of a week's timestamps, say. Whether they do is guessed from a
// sample, spread evenly over the rows; then a hash table gives each value a code and gives up at maxHashed of them. Both
// depend on the values alone, so the same column is always written in the same way.
const (
	sampleRows = 4096
	maxHashed  = 1 << 16
)

// hashTable maps integers to codes by linear probing.
type hashTable struct {
	keys  []int64
	codes []uint32 // code + 1; 0 is a free slot
	shift uint
}

// reset makes the table empty, with room for n keys.
func (h *hashTable) reset(n int) {
	size, shift := 16, uint(60)
	for size < 2*n {
		size, shift = size*2, shift-1
	}
	h.keys, h.codes, h.shift = sized(h.keys, size), sized(h.codes, size), shift
	clear(h.codes)
}

// slot gives where the key is or belongs.
func (h *hashTable) slot(key int64) int {
	at := int(uint64(key) * 0x9e3779b97f4a7c15 >> h.shift)
	for h.codes[at] != 0 && h.keys[at] != key {
		at++
		if at == len(h.codes) {
			at = 0
		}
	}
	return at
}

// repetitive guesses whether a dictionary is worth a try: with more than about 65,000 distinct values hardly any of a
// sample's repeat. Short columns have none worth the trouble.
func (src *intSource) repetitive() bool {
	n := len(src.ints.values)
	if n < 16 {
		return false
	}
	step := max(1, n/sampleRows)
	table := &src.s.hashes
	table.reset(sampleRows * 2)
	taken, found := 0, 0
	for i := 0; i < n; i += step {
		if src.null(i) {
			continue
		}
		taken++
		key := src.ints.values[i]
		if at := table.slot(key); table.codes[at] == 0 {
			table.keys[at], table.codes[at] = key, 1
			found++
		}
	}
	return found <= taken-taken/32
}

// hashedCodes tries a dictionary of the distinct values.
func (src *intSource) hashedCodes() (source, error) {
	table := &src.s.hashes
	table.reset(maxHashed)
	codes := sized(src.s.codes, len(src.ints.values))
	numbers := src.s.numbers[:0]
	src.s.codes = codes
	for i, v := range src.ints.values {
		if src.null(i) {
			codes[i] = math.MaxUint32
			continue
		}
		at := table.slot(v)
		if table.codes[at] == 0 {
			if len(numbers) == maxHashed {
				return nil, nil
			}
			numbers = append(numbers, v)
			table.keys[at], table.codes[at] = v, uint32(len(numbers))
		}
		codes[i] = table.codes[at] - 1
	}
	src.s.numbers = numbers
	return codedInts(src, codes, numbers)
}
