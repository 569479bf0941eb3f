package parquetio

import (
	"encoding/binary"
	"math/bits"

	"github.com/parquet-go/bitpack"
)

// runs walks Parquet's mix of run-length and bit-packed runs: a run's head says how many values follow and how. It is
// read value by value as they are asked for, so that a run of billions takes no memory.
type runs struct {
	src    []byte // memory up to padding beyond its end may be read
	at     int
	width  uint
	left   int  // values left in the run
	packed bool // bit-packed; else value repeats
	value  uint32
	body   int // packed: where the run's bits begin
	done   int // packed: values of the run taken so far
}

func (r *runs) reset(src []byte, width uint) { *r = runs{src: src, width: width} }

// open reads the head of the next run.
func (r *runs) open() error {
	head, n := binary.Uvarint(r.src[r.at:])
	if n <= 0 || head>>1 > 1<<40 {
		return errRuns
	}
	r.at += n
	count := int(head >> 1)
	if r.packed = head&1 == 1; r.packed {
		// Writers may leave out the bytes of a last group that no value needs.
		length := min(count*int(r.width), len(r.src)-r.at)
		r.left, r.done, r.body = count*8, 0, r.at
		if r.width > 0 {
			r.left = min(r.left, length*8/int(r.width))
		}
		r.at += length
		return nil
	}
	size := int(r.width+7) / 8
	if size > len(r.src)-r.at {
		return errRuns
	}
	r.value = 0
	for i := range size {
		r.value |= uint32(r.src[r.at+i]) << (8 * i)
	}
	r.at += size
	r.left = count
	return nil
}

var errRuns = broken("a page's levels or codes end too early")

// codes fills dst with the next values, each below limit.
func (r *runs) codes(dst []int32, limit int) error {
	for len(dst) > 0 {
		if r.left == 0 {
			if r.width == 0 && r.at >= len(r.src) {
				// One entry needs no bits, and some writers then leave out the run, too.
				r.left, r.packed, r.value = len(dst), false, 0
			} else if err := r.open(); err != nil {
				return err
			}
			continue
		}
		n := min(len(dst), r.left)
		if !r.packed || r.width == 0 {
			if r.packed {
				r.value = 0
			}
			if r.value >= uint32(limit) {
				return outside(r.value, limit)
			}
			v := int32(r.value)
			for i := range dst[:n] {
				dst[i] = v
			}
		} else {
			n = r.unpack(dst[:n])
			if uint64(1)<<r.width > uint64(limit) {
				for _, c := range dst[:n] {
					if uint32(c) >= uint32(limit) {
						return outside(uint32(c), limit)
					}
				}
			}
			r.done += n
		}
		r.left -= n
		dst = dst[n:]
	}
	return nil
}

// unpack fills dst from a packed run, or only its first values where the run was left in the middle of a byte.
func (r *runs) unpack(dst []int32) int {
	if into := r.done & 7; into != 0 {
		var eight [8]int32
		bitpack.Unpack(eight[:], r.bits(r.done-into, 8, 16), r.width)
		return copy(dst, eight[into:])
	}
	bitpack.Unpack(dst, r.bits(r.done, len(dst), 16), r.width)
	return len(dst)
}

// bits gives the bytes that hold n values from value first of the run, a multiple of 8, on, with so many bytes beyond.
func (r *runs) bits(first, n, beyond int) []byte {
	from := r.body + first/8*int(r.width)
	return r.src[from : from+(n*int(r.width)+7)/8+beyond]
}

func outside(code uint32, limit int) error {
	return broken("a value has the code %d, the dictionary %d entries", code, limit)
}

// levels reads n definition levels of a flat column, 0 or 1, and gives how many are 1. valid is nil when all are, else
// buf[:n] with a byte for each.
func (r *runs) levels(n int, buf []byte) (present int, valid []byte, err error) {
	buf = buf[:n]
	for at := 0; at < n; {
		if r.left == 0 {
			if err := r.open(); err != nil {
				return 0, nil, err
			}
			continue
		}
		k := min(n-at, r.left)
		switch {
		case !r.packed:
			if r.value > 1 {
				return 0, nil, broken("a page has a definition level of %d, its column at most 1", r.value)
			}
			if r.value == 1 && k == n {
				r.left -= k
				return n, nil, nil
			}
			v := byte(r.value)
			for i := range buf[at : at+k] {
				buf[at+i] = v
			}
			present += k * int(v)
		default:
			present += r.spread(buf[at : at+k])
			r.done += k
		}
		r.left -= k
		at += k
	}
	if present == n {
		return n, nil, nil
	}
	return present, buf, nil
}

// spread writes the next bits of a packed run of width 1 as bytes and gives how many are set.
func (r *runs) spread(dst []byte) (ones int) {
	at := 0
	for ; at < len(dst) && (r.done+at)&7 != 0; at++ {
		v := r.src[r.body+(r.done+at)>>3] >> ((r.done + at) & 7) & 1
		dst[at] = v
		ones += int(v)
	}
	for ; at+8 <= len(dst); at += 8 {
		b := r.src[r.body+(r.done+at)>>3]
		ones += bits.OnesCount8(b)
		// Byte i of x keeps bit i of b; adding 0x7f carries any bit of it to the byte's highest.
		x := uint64(b) * 0x0101010101010101 & 0x8040201008040201
		binary.LittleEndian.PutUint64(dst[at:], (x+0x7f7f7f7f7f7f7f7f)>>7&0x0101010101010101)
	}
	for ; at < len(dst); at++ {
		v := r.src[r.body+(r.done+at)>>3] >> ((r.done + at) & 7) & 1
		dst[at] = v
		ones += int(v)
	}
	return ones
}

// bitLevels rewrites levels in the deprecated BIT_PACKED encoding, highest bit first, as a bit-packed run.
func bitLevels(dst, src []byte) []byte {
	dst = binary.AppendUvarint(dst[:0], uint64(len(src))<<1|1)
	for _, b := range src {
		dst = append(dst, bits.Reverse8(b))
	}
	var zeros [padding]byte
	return append(dst, zeros[:]...)[:len(dst)]
}
