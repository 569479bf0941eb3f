package pipeline

import "encoding/binary"

// recordForm is how a resolved row is packed into a record, little endian: the place of its contact in the bucket │ how long before
// the newest as-of instant it was │ its signature. Records are most of what a run holds, so they have 6 bytes where these give
// room enough: 8 took a tenth more memory. A row that does not fit becomes a wide record:
//
//	uint32 place │ uint64 word
type recordForm struct {
	bytes, signatureBits, agoBits int
}

const (
	wideRecord   = 12 // bytes
	leastAgoBits = 26 // two years
	spareBits    = 2  // signatures are sets of selectors, but few sets come up: mostly there are about as many of them as selectors
)

// newRecordForm gives the form for buckets of at most so many contacts, and a program of so many selectors.
func newRecordForm(contacts, selectors int) recordForm {
	f := recordForm{bytes: 6, signatureBits: min(log2(int64(selectors+firstSignature), 1)+spareBits, 16)}
	rest := f.signatureBits + log2(int64(contacts), 1)
	if 8*f.bytes-rest < leastAgoBits {
		f.bytes = 8
	}
	f.agoBits = min(8*f.bytes-rest, timeBits)
	return f
}

// pack gives the record of a row; fits is false where there is no room for it.
func (f recordForm) pack(place int, word uint64) (record uint64, fits bool) {
	ago, signature := longestAgo-word>>signatureBits, word&(1<<signatureBits-1)
	return (uint64(place)<<f.agoBits|ago)<<f.signatureBits | signature, ago>>f.agoBits|signature>>f.signatureBits == 0
}

func (f recordForm) unpack(record uint64) placed {
	ago := record >> f.signatureBits & (1<<f.agoBits - 1)
	return placed{
		uint32(record >> (f.agoBits + f.signatureBits)),
		(longestAgo-ago)<<signatureBits | record&(1<<f.signatureBits-1),
	}
}

// put writes a record to the beginning of b.
func (f recordForm) put(b []byte, record uint64) {
	if f.bytes == 8 {
		binary.LittleEndian.PutUint64(b, record)
		return
	}
	binary.LittleEndian.PutUint32(b, uint32(record))
	binary.LittleEndian.PutUint16(b[4:], uint16(record>>32))
}

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
