package encode

import (
	"math"

	"github.com/cespare/xxhash/v2"
)

// Texts, and integers that lie far apart, may repeat: the countries of contacts, say, or the days of a week. Whether they do is
// guessed from a sample, spread evenly over the rows; then a hash table gives each value a code and gives up at maxHashed of
// them. Both depend on the values alone, so the same column is always written in the same way.
const (
	sampleRows = 1024
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

// sampleStep is the distance of the rows of a sample.
func sampleStep(rows int) int { return max(1, rows/sampleRows) }

// repetitive guesses from a sample of values or their hashes whether a dictionary is worth a try: with more than about 65,000
// distinct values hardly any of a sample's repeat (by the birthday problem, 1024²/2/65,536 of them). Short columns have none worth the trouble.
func (s *scratch) repetitive(sample []int64) bool {
	if len(sample) < 16 {
		return false
	}
	table := &s.hashes
	table.reset(2 * sampleRows)
	found := 0
	for _, k := range sample {
		if at := table.slot(k); table.codes[at] == 0 {
			table.keys[at], table.codes[at] = k, 1
			found++
		}
	}
	return found <= len(sample)-len(sample)/128
}

// hashedCodes tries a dictionary of the distinct values.
func (src *intSource) hashedCodes() (source, error) {
	given := src.ints.all(src.s)
	table := &src.s.hashes
	table.reset(maxHashed)
	codes := sized(src.s.codes, len(given))
	numbers := src.s.numbers[:0]
	src.s.codes = codes
	for i, v := range given {
		if src.null(i, v) {
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
	sample := s.sample[:0]
	for row := 0; row < src.rows; row += sampleStep(src.rows) {
		if k, ok := key(row); ok {
			sample = append(sample, k)
		}
	}
	if s.sample = sample; !s.repetitive(sample) {
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
	coded, err := newCodeSource(src.t, Codes[uint32]{Codes: codes}, values{leaf: src.t.leaf, texts: texts}, len(texts), s)
	if err != nil || !coded.paysOff() {
		return nil, err
	}
	return coded, nil
}
