package encode

import (
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// scratch is the memory that writing a row group takes beside the columns. Writers borrow it for one Write or Close, so a
// thousand open files need no more of it than there are row groups being written.
type scratch struct {
	out        []byte   // bytes on their way to the destination
	body       []byte   // a page before it is compressed
	compressed []byte   // and after
	bits       []byte   // a page's truth values
	valid      []bool   // which rows of a page have a value
	mask       []byte   // the same, a bit each
	indexes    []uint32 // positions in the dictionary, of a page's values
	levels     []uint32 // of a list's page
	more       []uint32 // its repetition levels
	table      []uint32 // from given codes to positions in the dictionary
	order      []uint32 // given codes in the dictionary's order
	codes      []uint32 // codes of a whole column that came without
	narrow     []uint16
	numbers    []int64
	given      []int64 // rows of pieces
	sample     []int64
	texts      []string // they look into the column, until the row group is written
	pieces     pieceMap
	hashes     hashTable
	blocks     []uint32 // a bloom filter
	pages      []pageEntry
	header     thrift
	literals   literalCoder
	encoders   [ZstdBetter + 1]*zstd.Encoder
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// release gives the memory back, without what looks into the columns that were written.
func (s *scratch) release() {
	clear(s.texts[:cap(s.texts)])
	clear(s.pages[:cap(s.pages)])
	s.pieces.pieces = nil
	scratches.Put(s)
}

// sized gives a slice of n elements, whatever they hold, in the memory of s where that suffices.
func sized[T any](s []T, n int) []T {
	return slices.Grow(s[:0], n)[:n]
}

// compress appends the zstd frame of src to dst. A frame depends on src and the codec alone.
func (s *scratch) compress(dst, src []byte, codec Codec) ([]byte, error) {
	encoder := s.encoders[codec]
	if encoder == nil {
		level := [...]zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedFastest, zstd.SpeedDefault, zstd.SpeedBetterCompression}[codec]
		var err error
		// A checksum would be one more hash over all data; the manifest's checksum covers whole files.
		encoder, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1),
			zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true), zstd.WithZeroFrames(true), zstd.WithAllLitEntropyCompression(codec != ZstdFastest))
		if err != nil {
			return nil, err
		}
		s.encoders[codec] = encoder
	}
	return encoder.EncodeAll(src, dst), nil
}
