package pipeline

import "encoding/binary"

// recordForm is how a resolved row is packed into a record, little endian: the place of its contact in the bucket │ how long before
// the newest as-of instant it was │ its signature. Records are most of what a run holds, so they have 6 bytes where these give
// room enough: 8 took a tenth more memory. A row that does not fit becomes a wide record:
//
//	uint32 place │ uint64 word
type recordForm struct {
	bytes                  int
	signatureBits, agoBits uint
}

const (
	wideRecord   = 12 // bytes
	recordRoom   = 8  // bytes of a block that a record is written to: what it does not take the next one overwrites
	leastAgoBits = 26 // two years
	spareBits    = 2  // signatures are sets of selectors, but few sets come up: mostly there are about as many of them as selectors
)

// newRecordForm gives the form for buckets of at most so many contacts, and a program of so many selectors.
func newRecordForm(contacts, selectors int) recordForm {
	f := recordForm{bytes: 6, signatureBits: uint(min(log2(int64(selectors+firstSignature), 1)+spareBits, 16))}
	rest := int(f.signatureBits) + log2(int64(contacts), 1)
	if 8*f.bytes-rest < leastAgoBits {
		f.bytes = 8
	}
	f.agoBits = uint(min(8*f.bytes-rest, timeBits))
	return f
}

// pack gives the record of a row; fits is false where there is no room for it.
func (f recordForm) pack(place int, word uint64) (record uint64, fits bool) {
	agoBits, markBits := f.agoBits&63, f.signatureBits&63 // as they are, but the compiler does not know
	ago, signature := longestAgo-word>>signatureBits, word&(1<<signatureBits-1)
	return (uint64(place)<<agoBits|ago)<<markBits | signature, ago>>agoBits|signature>>markBits == 0
}

func (f recordForm) unpack(record uint64) placed {
	agoBits, markBits := f.agoBits&63, f.signatureBits&63
	ago := record >> markBits & (1<<agoBits - 1)
	return placed{
		uint32(record >> agoBits >> markBits),
		(longestAgo-ago)<<signatureBits | record&(1<<markBits-1),
	}
}

// room is how many records a block has room for.
func (f recordForm) room(free []byte) int { return max(0, len(free)-recordRoom+f.bytes) / f.bytes }

// appendTo appends what is packed in a block to rows.
func (f recordForm) appendTo(rows []placed, block []byte) []placed {
	if f.bytes == 8 {
		for ; len(block) >= 8; block = block[8:] {
			rows = append(rows, f.unpack(binary.LittleEndian.Uint64(block)))
		}
		return rows
	}
	for ; len(block) >= 6; block = block[6:] {
		rows = append(rows, f.unpack(uint64(binary.LittleEndian.Uint32(block))|uint64(binary.LittleEndian.Uint16(block[4:]))<<32))
	}
	return rows
}

func appendWideRecord(b []byte, place int, word uint64) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, uint32(place)), word)
}

// wideRows appends the wide records of a block to rows.
func wideRows(rows []placed, block []byte) []placed {
	for ; len(block) >= wideRecord; block = block[wideRecord:] {
		rows = append(rows, placed{binary.LittleEndian.Uint32(block), binary.LittleEndian.Uint64(block[4:])})
	}
	return rows
}
