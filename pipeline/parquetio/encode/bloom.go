package encode

import (
	"math"

	"github.com/cespare/xxhash/v2"
)

// A split-block bloom filter is a sequence of blocks of eight 32-bit words. A value's xxHash64 of its PLAIN bytes (texts without
// their length) chooses a block by its upper half and a bit in each word by its lower half.

// salts of the format's specification, one a word.
var salts = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

// falsePositives is the share of absent values that a filter may let pass at most.
const falsePositives = 0.01

// maxBloomBytes is the largest filter; some readers refuse larger ones.
const maxBloomBytes = 128 << 20

// bloomBytes gives the size of a filter for n values: 8n / -ln(1 - p^(1/8)) bits, and up to a power of two, which all
// readers take.
func bloomBytes(n int) int {
	bits := -8 * float64(n) / math.Log(1-math.Pow(falsePositives, 1.0/8))
	size := 32
	for float64(size)*8 < bits && size < maxBloomBytes {
		size *= 2
	}
	return size
}

// bloom appends the header and bits of the filter of all values of the source.
func (s *scratch) bloom(dst []byte, l *leaf, src source) []byte {
	count, each := src.distinct()
	size := bloomBytes(count)
	words := sized(s.blocks, size/4)
	s.blocks = words
	clear(words)
	blocks := uint64(size / 32)
	var plain []byte
	each(func(b bound) {
		var hash uint64
		if l.kind == kindBytes {
			hash = xxhash.Sum64String(b.text)
		} else {
			plain = l.appendBound(plain[:0], b)
			hash = xxhash.Sum64(plain)
		}
		block := words[8*(hash>>32*blocks>>32):][:8]
		for i, salt := range salts {
			block[i] |= 1 << (uint32(hash) * salt >> 27)
		}
	})
	t := thrift{buf: dst}
	t.begin()
	t.i32(1, int32(size))
	t.choose(2, 1) // split blocks
	t.choose(3, 1) // xxHash
	t.choose(4, 1) // not compressed
	t.end()
	for _, w := range words {
		t.buf = append(t.buf, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	return t.buf
}
