package parquetio

import (
	"encoding/binary"
	"io"

	"github.com/cespare/xxhash/v2"
)

// bloomSalts are those of the format's split-block filter, one for each word of a block.
var bloomSalts = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

const (
	bloomBlockBytes  = 32
	bloomHeaderBytes = 64 // more than any header takes
)

// MayHold asks the bloom filter of a flat column of a row group whether the value can be in it: false is certain. The value is
// PLAIN, a text without its length. Of the filter only its header and one block are read. Without a filter, or with one of a kind that
// is not known, it is true.
func (f *File) MayHold(src io.ReaderAt, rowGroup, column int, value []byte) (bool, error) {
	leaf := f.columns[column].Leaf
	if leaf < 0 {
		return true, nil
	}
	k := &f.foot.groups[rowGroup].chunks[leaf]
	if k.bloom.at <= 0 {
		return true, nil
	}
	at := &Error{File: f.name, RowGroup: rowGroup, Row: -1, Column: f.columns[column].Name}
	if k.bloom.at > f.size-bloomBlockBytes {
		return false, at.with(broken("the bloom filter should be at offset %d, but the file ends at %d", k.bloom.at, f.size))
	}
	head := make([]byte, min(bloomHeaderBytes, f.size-k.bloom.at))
	if err := readFull(src, head, k.bloom.at); err != nil {
		return false, at.with(err)
	}
	c := cursor{b: head}
	size, known := int32(-1), 0
	c.fields(func(id int16, typ byte) {
		switch {
		case id == 1 && typ == thriftI32:
			size = c.i32()
		case id >= 2 && id <= 4 && typ == thriftStruct: // split blocks, xxHash, uncompressed: the first member of each union
			c.fields(func(member int16, typ byte) {
				if member == 1 {
					known++
				}
				c.skip(typ)
			})
		default:
			c.skip(typ)
		}
	})
	bits := k.bloom.at + int64(c.at)
	switch {
	case c.err != nil:
		return false, at.with(c.err)
	case known != 3:
		return true, nil
	case size < bloomBlockBytes || size%bloomBlockBytes != 0 || bits+int64(size) > f.size:
		return false, at.with(broken("the bloom filter should have %d bytes at offset %d, but the file ends at %d", size, bits, f.size))
	}
	hash := xxhash.Sum64(value)
	var block [bloomBlockBytes]byte
	if err := readFull(src, block[:], bits+int64(hash>>32*uint64(size/bloomBlockBytes)>>32)*bloomBlockBytes); err != nil {
		return false, at.with(err)
	}
	for i, salt := range bloomSalts {
		if binary.LittleEndian.Uint32(block[4*i:])>>(uint32(hash)*salt>>27)&1 == 0 {
			return false, nil
		}
	}
	return true, nil
}
