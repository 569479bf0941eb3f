package encode

import (
	"encoding/binary"
	"slices"
)

// pack appends groups of eight values, bit by bit from the lowest; a group fills width bytes. Words of eight bytes are stored
// even where fewer count: the next group, or the end of the slice, covers the rest.
func pack(dst []byte, v []uint32, width uint) []byte {
	start := len(dst)
	size := len(v) / 8 * int(width)
	dst = slices.Grow(dst, size+16)
	out := dst[start : start+size+16]
	switch {
	case width <= 8:
		packNarrow(out, v, width)
	case width <= 16:
		packMiddle(out, v, width)
	default:
		packWide(out, v, width)
	}
	return dst[:start+size]
}

// packNarrow packs up to 8 bits a value: a group is one word.
func packNarrow(out []byte, v []uint32, width uint) {
	w := width & 63
	for len(v) >= 8 {
		g := v[:8:8]
		low := uint64(g[0]) | uint64(g[1])<<w | uint64(g[2])<<(2*w&63) | uint64(g[3])<<(3*w&63)
		high := uint64(g[4]) | uint64(g[5])<<w | uint64(g[6])<<(2*w&63) | uint64(g[7])<<(3*w&63)
		binary.LittleEndian.PutUint64(out, low|high<<(4*w&63))
		out, v = out[width:], v[8:]
	}
}

// packMiddle packs 9 to 16 bits a value: each half of a group is one word.
func packMiddle(out []byte, v []uint32, width uint) {
	w := width & 63
	for len(v) >= 8 {
		g := v[:8:8]
		low := uint64(g[0]) | uint64(g[1])<<w | uint64(g[2])<<(2*w&63) | uint64(g[3])<<(3*w&63)
		high := uint64(g[4]) | uint64(g[5])<<w | uint64(g[6])<<(2*w&63) | uint64(g[7])<<(3*w&63)
		half := 4 * w // 36 to 64
		binary.LittleEndian.PutUint64(out, low|high<<half)
		binary.LittleEndian.PutUint64(out[8:], high>>((64-half)&63))
		out, v = out[width:], v[8:]
	}
}

// packWide packs up to 32 bits a value through an accumulator.
func packWide(out []byte, v []uint32, width uint) {
	for len(v) >= 8 {
		g := v[:8:8]
		word, used, at := uint64(0), uint(0), 0
		for _, x := range g {
			word |= uint64(x) << (used & 63)
			used += width
			if used >= 64 {
				binary.LittleEndian.PutUint64(out[at:], word)
				at += 8
				used -= 64
				word = uint64(x) >> ((width - used) & 63)
			}
		}
		binary.LittleEndian.PutUint64(out[at:], word)
		out, v = out[width:], v[8:]
	}
}
