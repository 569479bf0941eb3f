package encode

import (
	"encoding/binary"

	"github.com/klauspost/compress/huff0"
)

// literalCoder compresses the pages of numbers of one chunk. Instants hardly repeat, so zstd looks for repetitions in vain, and
// what it saves comes from some bytes being more frequent than others. A frame that says so at once, of literals alone and under one
// Huffman code for all pages, is about as small and takes a quarter less time. The first page tells whether that is so.
// Format: RFC 8878, sections 3.1.1.1 (frame), 3.1.1.2 (block) and 3.1.1.3.1 (literals).
type literalCoder struct {
	state  literalState
	huff   huff0.Scratch
	counts [256]uint32
	table  []byte // the code, as frames hold it
	page   int    // bytes of the page that the code was made from
	coded  int    // and of its frame
}

type literalState uint8

const (
	literalsUntried literalState = iota
	literalsPay
	literalsFail
)

const (
	leastLiterals = 1 << 10 // shorter pages are not worth the table
	mostLiterals  = 1 << 17 // a block holds no more
	triedLiterals = 4 << 10 // of the first page, to tell which frame is smaller
)

// compressNumbers is compress for pages of numbers.
func (s *scratch) compressNumbers(dst, page []byte, codec Codec) ([]byte, error) {
	l := &s.literals
	if codec != ZstdFast || l.state == literalsFail || len(page) < leastLiterals || len(page) > mostLiterals {
		return s.compress(dst, page, codec)
	}
	start := len(dst)
	if l.state == literalsPay {
		coded := l.frame(dst, page)
		if size := len(coded) - start; size > 0 && size*l.page <= (l.coded+l.coded/32)*len(page) {
			return coded, nil
		}
		dst = dst[:start] // the bytes are others than they were
	}
	l.state = literalsFail
	if l.begin(page) {
		some := page[:min(len(page), triedLiterals)]
		tried, err := s.compress(dst, some, codec)
		if err != nil {
			return dst, err
		}
		size := len(tried) - start
		if n := len(l.frame(tried, some)) - len(tried); n > 0 && n <= size+size/32 {
			if coded := l.frame(dst, page); len(coded) > start {
				l.state, l.page, l.coded = literalsPay, len(page), len(coded)-start
				return coded, nil
			}
		}
	}
	return s.compress(dst[:start], page, codec)
}

// begin makes a code from a page.
func (l *literalCoder) begin(page []byte) bool {
	for i := range l.counts {
		l.counts[i] = 1 // for bytes that only later pages have
	}
	for _, b := range page {
		l.counts[b]++
	}
	if l.huff.BuildCTable(&l.counts) != nil {
		return false
	}
	var err error
	l.table, err = l.huff.AppendTable(l.table[:0])
	l.huff.Reuse = huff0.ReusePolicyMust
	return err == nil
}

// frame appends the frame of a page; nothing where the page itself is shorter.
func (l *literalCoder) frame(dst, page []byte) []byte {
	streams, _, err := huff0.Compress4X(page, &l.huff)
	size := len(l.table) + len(streams)
	if err != nil || size+6 >= len(page) {
		return dst
	}
	dst = binary.LittleEndian.AppendUint32(dst, 0xfd2fb528) // magic
	dst = append(dst, 0xa0)                                 // one segment, its size in four bytes, no checksum
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(page)))
	block := 1 | 2<<1 | (5+size+1)<<3 // the last one, compressed
	dst = append(dst, byte(block), byte(block>>8), byte(block>>16))
	literals := 2 | 3<<2 | uint64(len(page))<<4 | uint64(size)<<22 // with their code, in four streams, sizes in 18 bits
	dst = append(dst, byte(literals), byte(literals>>8), byte(literals>>16), byte(literals>>24), byte(literals>>32))
	dst = append(append(dst, l.table...), streams...)
	return append(dst, 0) // no sequences
}
