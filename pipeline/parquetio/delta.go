package parquetio

import (
	"encoding/binary"

	"github.com/parquet-go/bitpack"
)

// deltas walks DELTA_BINARY_PACKED: a first value, then blocks of differences, each block with a smallest difference and
// miniblocks that hold how much the others exceed it, bit-packed. Values are made as they are asked for.
type deltas struct {
	src       []byte // memory up to padding beyond its end may be read
	at        int
	total     int // values of the stream
	left      int // values not yet made
	perBlock  int
	minis     int // miniblocks a block
	perMini   int
	began     bool
	last      int64
	smallest  int64
	widths    []byte // of the block's miniblocks
	mini      int    // next miniblock
	inMini    int    // values of the current miniblock not yet made
	width     uint
	ready     [256]int64 // made and not yet taken
	next, end int
}

var errDelta = broken("a delta-encoded page ends too early or has a head that makes no sense")

// reset reads the head of a stream, which may hold at most limit values.
func (d *deltas) reset(src []byte, limit int) error {
	d.src, d.at = src, 0
	d.began, d.next, d.end, d.inMini = false, 0, 0, 0
	perBlock, minis, total := d.uvarint(), d.uvarint(), d.uvarint()
	first := d.uvarint()
	if d.at < 0 || perBlock == 0 || perBlock > maxDeltaBlock || perBlock%32 != 0 || minis == 0 || minis > perBlock || perBlock%minis != 0 || (perBlock/minis)%8 != 0 {
		return errDelta
	}
	if total > uint64(limit) {
		return broken("a delta-encoded page holds %d values, its header declares %d", total, limit)
	}
	d.perBlock, d.minis, d.perMini = int(perBlock), int(minis), int(perBlock/minis)
	d.total, d.left = int(total), int(total)
	d.last = int64(first>>1) ^ -int64(first&1)
	d.mini = d.minis
	return nil
}

// uvarint gives the next number; at is -1 once there is none.
func (d *deltas) uvarint() uint64 {
	if d.at < 0 {
		return 0
	}
	v, n := binary.Uvarint(d.src[d.at:])
	if n <= 0 {
		d.at = -1
		return 0
	}
	d.at += n
	return v
}

// openMini moves on to the next miniblock, of the next block if need be.
func (d *deltas) openMini() error {
	if d.mini == d.minis {
		u := d.uvarint()
		if d.at < 0 || d.minis > len(d.src)-d.at {
			return errDelta
		}
		d.smallest = int64(u>>1) ^ -int64(u&1)
		d.widths = d.src[d.at : d.at+d.minis]
		d.at += d.minis
		d.mini = 0
	}
	d.width = uint(d.widths[d.mini])
	d.inMini = d.perMini
	d.mini++
	if d.width > 64 {
		return errDelta
	}
	return nil
}

// make turns out up to len(ready) more values.
func (d *deltas) make() error {
	d.next, d.end = 0, 0
	if d.left == 0 {
		return errDelta
	}
	if !d.began {
		d.began = true
		d.ready[0], d.end = d.last, 1
		d.left--
		return nil
	}
	if d.inMini == 0 {
		if err := d.openMini(); err != nil {
			return err
		}
	}
	// A miniblock is stored whole, also where the stream needs only its first values.
	n := min(d.inMini, len(d.ready))
	stored := n * int(d.width) / 8
	n2 := min(n, d.left)
	need := (n2*int(d.width) + 7) / 8
	if need > len(d.src)-d.at {
		return errDelta
	}
	out := d.ready[:n2]
	if d.width == 0 {
		clear(out)
	} else {
		bitpack.Unpack(out, d.src[d.at:d.at+need+padding], d.width)
	}
	last, smallest := d.last, d.smallest
	for i, v := range out {
		last += v + smallest
		out[i] = last
	}
	d.last = last
	d.at = min(d.at+stored, len(d.src))
	d.inMini -= n
	d.left -= n2
	d.end = n2
	return nil
}

// int64s fills dst with the next values.
func (d *deltas) int64s(dst []int64) error {
	for len(dst) > 0 {
		if d.next == d.end {
			if err := d.make(); err != nil {
				return err
			}
		}
		n := copy(dst, d.ready[d.next:d.end])
		d.next += n
		dst = dst[n:]
	}
	return nil
}

// int32s fills dst with the next values, which wrap around at 32 bits as their writer's did.
func (d *deltas) int32s(dst []int32) error {
	for len(dst) > 0 {
		if d.next == d.end {
			if err := d.make(); err != nil {
				return err
			}
		}
		ready := d.ready[d.next:d.end]
		n := min(len(dst), len(ready))
		for i, v := range ready[:n] {
			dst[i] = int32(v)
		}
		d.next += n
		dst = dst[n:]
	}
	return nil
}

// one gives the next value.
func (d *deltas) one() (int64, error) {
	if d.next == d.end {
		if err := d.make(); err != nil {
			return 0, err
		}
	}
	v := d.ready[d.next]
	d.next++
	return v, nil
}

// length gives how many bytes the stream takes, by its block heads alone. To be called right after reset, which it undoes.
func (d *deltas) length() (int, error) {
	for left := d.total - 1; left > 0; left -= d.perMini {
		if err := d.openMini(); err != nil {
			return 0, err
		}
		size := d.perMini * int(d.width) / 8
		if size > len(d.src)-d.at {
			return 0, errDelta
		}
		d.at += size
	}
	return d.at, nil
}
