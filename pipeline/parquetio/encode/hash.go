package encode

import (
	"math"

	"github.com/cespare/xxhash/v2"
)

// Texts, and integers that lie far apart, may repeat: the countries of contacts, say, or the days of a week. Whether they do is
// guessed from a sample, spread evenly over the rows; then a hash table gives each value a code and gives up at maxHashed of
// them. Both depend on the values alone, so the same column is always written in the same way.
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
// sample's repeat. Short columns have none worth the trouble. key gives a row's value or its hash, and false for null.
func (s *scratch) repetitive(rows int, key func(row int) (int64, bool)) bool {
	if rows < 16 {
		return false
	}
	table := &s.hashes
	table.reset(sampleRows * 2)
	taken, found := 0, 0
	for i := 0; i < rows; i += max(1, rows/sampleRows) {
		k, ok := key(i)
		if !ok {
			continue
		}
		taken++
		if at := table.slot(k); table.codes[at] == 0 {
			table.keys[at], table.codes[at] = k, 1
			found++
		}
	}
	return found <= taken-taken/32
}

// hashedCodes tries a dictionary of the distinct values.
func (src *intSource) hashedCodes() (source, error) {
	key := func(row int) (int64, bool) { return src.ints.values[row], !src.null(row) }
	if !src.s.repetitive(len(src.ints.values), key) {
		return nil, nil
	}
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

// hashedTexts tries a dictionary of the distinct texts. Texts of the same hash end the try: 1 in 2^32 columns of 65,000
// texts has any, and PLAIN is right for all.
func (src *textSource) hashedTexts(s *scratch) (source, error) {
	valid := src.texts.Valid
	key := func(row int) (int64, bool) {
		return int64(xxhash.Sum64String(src.at(row).text)), valid == nil || valid[row]
	}
	if !s.repetitive(src.rows, key) {
		return nil, nil
	}
	table := &s.hashes
	table.reset(maxHashed)
	codes := sized(s.codes, src.rows)
	s.codes = codes
	texts := s.texts[:0]
	for row := range codes {
		k, ok := key(row)
		if !ok {
			codes[row] = math.MaxUint32
			continue
		}
		text, at := src.at(row).text, table.slot(k)
		switch {
		case table.codes[at] != 0 && texts[table.codes[at]-1] != text:
			return nil, nil
		case table.codes[at] != 0:
		case len(texts) == maxHashed:
			return nil, nil
		default:
			texts = append(texts, text)
			table.keys[at], table.codes[at] = k, uint32(len(texts))
		}
		codes[row] = table.codes[at] - 1
	}
	s.texts = texts
	coded, err := newCodeSource(src.t, codes, values{leaf: src.t.leaf, texts: texts}, len(texts), s)
	if err != nil || !coded.paysOff() {
		return nil, err
	}
	return coded, nil
}
