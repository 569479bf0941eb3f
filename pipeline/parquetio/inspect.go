package parquetio

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// What arrow-go trusts a file with, and must not.

// inspectPage holds that a page has as many values as its levels say, that the heads of its encoding make sense, and that
// texts which share bytes amount to no more than a page may have. arrow-go makes buffers of what the heads say, and zeros
// of values that are not there.
// rows counts the rows that begin in a page of lists, of which arrow-go leaves unread what is too many.
func (f *File) inspectPage(w *window, k *chunk, l *leaf, h *header, at int64, rows *int64) error {
	if h.encoding == encodingPlain && !l.repeated || h.values == 0 {
		return nil // arrow-go is careful with those
	}
	body, err := w.slice(at, int(h.packed))
	if err != nil {
		return err
	}
	u := unpackers.Get().(*unpacker)
	defer unpackers.Put(u)
	before, c := 0, k.codec
	if h.kind == pageDataV2 {
		before = int(h.repBytes + h.defBytes)
		if !h.compressed {
			c = codecNone
		}
	}
	data := grow[byte](nil, int(h.unpacked)-before)
	if len(data) > 0 || len(body) > before {
		if err := u.unpack(c, data, body[before:]); err != nil {
			return err
		}
	}
	if l.repeated {
		repetitions := body[:h.repBytes]
		if h.kind == pageData && h.repLevels == encodingRLE && len(data) >= 4 {
			repetitions = data[4:min(int64(len(data)), 4+int64(binary.LittleEndian.Uint32(data)))]
		}
		begun, err := countLevels(int(h.values), repetitions, l.maxRep, 0)
		if err != nil {
			return err
		}
		*rows += int64(begun)
		if h.encoding == encodingPlain {
			return nil
		}
	}
	present := int(h.values)
	if h.kind == pageDataV2 {
		present, err = l.present(present, body[h.repBytes:before])
	} else {
		present, data, err = l.splitLevels(h, data)
	}
	if err != nil || present == 0 {
		return err
	}
	return f.inspectValues(l, h, data, present)
}

// inspectValues does so for the values alone, of which present are expected.
func (f *File) inspectValues(l *leaf, h *header, data []byte, present int) error {
	if h.encoding == encodingRLEDictionary || h.encoding == encodingPlainDictionary {
		if len(data) == 0 {
			return errRuns
		}
		if data[0] > 32 {
			return broken("a page has codes of %d bits", data[0])
		}
		return nil
	}
	var d decoder
	if err := d.begin(l, h.encoding, data, int(h.values), f.limits); err != nil {
		return err
	}
	switch h.encoding {
	case encodingRLE:
		_, _, err := d.runs.levels(present, make([]byte, present))
		return err
	case encodingStreamSplit:
		if d.count < present {
			return errValues
		}
		return nil
	case encodingDeltaBinary:
		if d.ints.total < present {
			return errDelta
		}
		_, err := d.ints.length()
		return err
	}
	total := int64(0)
	for range present {
		length, err := d.ints.one()
		if err == nil {
			err = d.checkLength(length)
		}
		prefix := int64(0)
		if err == nil && h.encoding == encodingDeltaBytes {
			prefix, err = d.prefixes.one()
			if err == nil {
				err = d.checkLength(prefix)
			}
		}
		if err != nil {
			return err
		}
		if total += prefix + length; total > f.limits.MaxPageBytes {
			return tooBig("a page unpacks to more than the limit of %d bytes", f.limits.MaxPageBytes)
		}
	}
	return nil
}

// splitLevels gives how many values of a V1 page are present, and the bytes that hold them.
func (l *leaf) splitLevels(h *header, data []byte) (present int, values []byte, err error) {
	present = int(h.values)
	for i, highest := range [2]int{l.maxRep, l.maxDef} {
		if highest == 0 {
			continue
		}
		switch encoding := [2]int32{h.repLevels, h.defLevels}[i]; encoding {
		case encodingBitPacked:
			n := (int64(h.values)*int64(bits.Len(uint(highest))) + 7) / 8
			if n > int64(len(data)) {
				return 0, nil, errRuns
			}
			// Nobody writes them any more; arrow-go counts them itself.
			present, data = 0, data[n:]
		case encodingRLE:
			if len(data) < 4 || int64(binary.LittleEndian.Uint32(data)) > int64(len(data)-4) {
				return 0, nil, errRuns
			}
			n := 4 + int(binary.LittleEndian.Uint32(data))
			if i == 1 {
				if present, err = l.present(present, data[4:n]); err != nil {
					return 0, nil, err
				}
			}
			data = data[n:]
		default:
			return 0, nil, unsupported(fixWriteAgain, "a page has levels in encoding %d", encoding)
		}
	}
	return present, data, nil
}

// present counts the values that are there by their definition levels.
func (l *leaf) present(values int, levels []byte) (int, error) {
	if l.maxDef == 0 {
		return values, nil
	}
	return countLevels(values, levels, l.maxDef, l.maxDef)
}

// countLevels counts how many of the next levels are the one asked for.
func countLevels(values int, levels []byte, highest, asked int) (int, error) {
	var r runs
	width := bits.Len(uint(highest))
	r.reset(levels, uint(width))
	var some [1024]int32
	n := 0
	for values > 0 {
		part := some[:min(values, len(some))]
		if err := r.codes(part, 1<<width); err != nil {
			return 0, errRuns
		}
		for _, level := range part {
			if level == int32(asked) {
				n++
			} else if level > int32(highest) {
				return 0, broken("a page has a level of %d, its column at most %d", level, highest)
			}
		}
		values -= len(part)
	}
	return n, nil
}

// batchMemoryPages is how many of the greatest pages the arrays of a batch may take.
const batchMemoryPages = 2

// batchMemory is the memory of the arrays of one batch. A few bytes of codes can stand for any number of long texts, and
// the limits of pages do not help against that. Beyond the limit it panics with a fault, which Records recovers.
type batchMemory struct {
	memory.GoAllocator
	used, limit int64
}

func (m *batchMemory) take(n int) {
	if m.used += int64(n); m.used > m.limit {
		panic(tooBig("a batch of rows takes more than the limit of %d bytes", m.limit))
	}
}

func (m *batchMemory) Allocate(size int) []byte {
	m.take(size)
	return m.GoAllocator.Allocate(size)
}

func (m *batchMemory) Reallocate(size int, b []byte) []byte {
	m.take(max(0, size-len(b)))
	return m.GoAllocator.Reallocate(size, b)
}
