package encode

import "encoding/binary"

// The RLE/bit-packing hybrid holds small integers of a fixed width as a sequence of runs: either one value and how often it
// repeats, or groups of eight values packed bit by bit. A group that is not the last must be whole, so runs are looked for at
// every eighth value only: a repetition counts when it fills a group, and then extends as far as it goes.

// bitWidth gives the bits that hold 0 to n-1, at least 1: some readers stumble over a width of 0.
func bitWidth(n int) uint {
	width := uint(1)
	for n > 1<<width {
		width++
	}
	return width
}

// appendRun appends a run of one value.
func appendRun(dst []byte, value uint32, count int, width uint) []byte {
	dst = binary.AppendUvarint(dst, uint64(count)<<1)
	for bits := uint(0); bits < width; bits += 8 {
		dst = append(dst, byte(value>>bits))
	}
	return dst
}

// appendHybrid appends the values, each below 1<<width. It may write zeros behind the values up to its capacity: it pads v.
func appendHybrid(dst []byte, v []uint32, width uint) []byte {
	pending, i := 0, 0 // values from pending to i are to be packed
	for i+8 <= len(v) {
		g := v[i : i+8 : i+8]
		first := g[0]
		if (first^g[1])|(first^g[2])|(first^g[3])|(first^g[4])|(first^g[5])|(first^g[6])|(first^g[7]) != 0 {
			i += 8
			continue
		}
		end := i + 8
		for end < len(v) && v[end] == first {
			end++
		}
		if (end-i)*int(width) < 8*leastRun && end < len(v) {
			i += 8 // one header more costs what the run saves
			continue
		}
		dst = appendPacked(dst, v[pending:i], width)
		dst = appendRun(dst, first, end-i, width)
		i, pending = end, end
	}
	dst = appendPacked(dst, v[pending:i], width)
	if i == len(v) {
		return dst
	}
	var last [8]uint32
	copy(last[:], v[i:])
	return appendPacked(dst, last[:], width)
}

// appendPacked appends one run of packed groups; len(v) is a multiple of 8.
func appendPacked(dst []byte, v []uint32, width uint) []byte {
	if len(v) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(len(v)/8)<<1|1)
	return pack(dst, v, width)
}
