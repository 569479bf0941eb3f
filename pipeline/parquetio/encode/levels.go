package encode

import "encoding/binary"

// Definition levels of a nullable column are one bit a row: 1 where there is a value. They stand before a page's values as
// a length of four bytes and a hybrid of width 1. Repetition and definition levels of lists are written by appendLevels.

// appendSameLevels appends the level of rows that are all alike.
func appendSameLevels(dst []byte, level uint32, rows int, width uint) []byte {
	start := len(dst)
	dst = appendRun(append(dst, 0, 0, 0, 0), level, rows, width)
	return endLevels(dst, start)
}

// appendLevels appends one level a row.
func appendLevels(dst []byte, levels []uint32, width uint) []byte {
	start := len(dst)
	dst = appendHybrid(append(dst, 0, 0, 0, 0), levels, width)
	return endLevels(dst, start)
}

// endLevels fills in the length of the levels from start to the end.
func endLevels(dst []byte, start int) []byte {
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// leastRun is how many bytes alike become a run: one less costs what it saves, the headers of the run and of what follows it.
const leastRun = 4

// appendMask appends one level a row from a mask of a bit a row, lowest bit first. Bits behind the last row are zero.
func appendMask(dst []byte, mask []byte, rows int) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	whole := rows / 8
	pending, i := 0, 0
	for i < whole {
		b := mask[i]
		if b != 0 && b != 0xff {
			i++
			continue
		}
		end := i + 1
		for end < whole && mask[end] == b {
			end++
		}
		if end-i < leastRun && end < whole {
			i = end
			continue
		}
		dst = appendMaskBytes(dst, mask[pending:i])
		dst = appendRun(dst, uint32(b&1), (end-i)*8, 1)
		i, pending = end, end
	}
	if rows%8 != 0 {
		i++
	}
	return endLevels(appendMaskBytes(dst, mask[pending:i]), start)
}

func appendMaskBytes(dst, mask []byte) []byte {
	if len(mask) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(len(mask))<<1|1)
	return append(dst, mask...)
}
