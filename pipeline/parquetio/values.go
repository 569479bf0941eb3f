package parquetio

import (
	"encoding/binary"
	"math"
)

// decoder gives the values of one data page, batch by batch, in any encoding but that of dictionary codes.
type decoder struct {
	typ      physical
	width    int // bytes a value, in the encodings of fixed width
	encoding int32
	maxValue int64
	maxPage  int64 // DELTA_BYTE_ARRAY: what a batch of values may take
	data     []byte
	at       int
	count    int // BYTE_STREAM_SPLIT: values of the page
	runs     runs
	ints     deltas // the values, or their lengths
	prefixes deltas
	before   []byte // DELTA_BYTE_ARRAY: the value before
	shared   int64  // DELTA_BYTE_ARRAY: bytes that may still be made of this chunk
}

var widths = [...]int{typeBoolean: 0, typeInt32: 4, typeInt64: 8, typeInt96: 12, typeFloat: 4, typeDouble: 8, typeByteArray: 0, typeFixed: 0}

// begin readies the decoder for the values of a page, of which there are at most values.
func (d *decoder) begin(l *leaf, encoding int32, data []byte, values int, limits Limits) error {
	d.typ, d.encoding, d.maxValue, d.maxPage = l.typ, encoding, limits.MaxValueBytes, limits.MaxPageBytes
	d.data, d.at = data, 0
	if d.width = widths[l.typ]; l.typ == typeFixed {
		d.width = l.width
	}
	switch {
	case encoding == encodingPlain:
		return nil
	case encoding == encodingRLE && d.typ == typeBoolean:
		if len(data) < 4 || int64(binary.LittleEndian.Uint32(data)) > int64(len(data)-4) {
			return errRuns
		}
		d.runs.reset(data[4:4+binary.LittleEndian.Uint32(data)], 1)
		return nil
	case encoding == encodingDeltaBinary && (d.typ == typeInt32 || d.typ == typeInt64):
		return d.ints.reset(data, values)
	case encoding == encodingDeltaLength && d.typ == typeByteArray:
		return d.beginLengths(data, values)
	case encoding == encodingDeltaBytes && (d.typ == typeByteArray || d.typ == typeFixed):
		d.before = d.before[:0]
		n, err := streamLength(&d.prefixes, data, values)
		if err != nil {
			return err
		}
		return d.beginLengths(data[n:], values)
	case encoding == encodingStreamSplit && d.width > 0 && d.typ != typeInt96:
		d.count = len(data) / d.width
		if len(data)%d.width != 0 {
			return broken("a page of %d bytes cannot hold split values of %d bytes", len(data), d.width)
		}
		return nil
	}
	return unsupported("write the column with plain or dictionary encoding", "encoding %d of %s values is not supported", encoding, d.typ)
}

// beginLengths readies ints for the lengths at the start of data, and finds the bytes that follow them.
func (d *decoder) beginLengths(data []byte, values int) error {
	n, err := streamLength(&d.ints, data, values)
	d.data, d.at = data, n
	return err
}

// streamLength readies s for the stream at the start of data and gives its length.
func streamLength(s *deltas, data []byte, values int) (int, error) {
	if err := s.reset(data, values); err != nil {
		return 0, err
	}
	n, err := s.length()
	if err != nil {
		return 0, err
	}
	return n, s.reset(data, values)
}

var errValues = broken("a page has fewer values than its header declares")

// next puts the next n values into out, whose slices are reused.
func (d *decoder) next(n int, out *Values) error {
	switch {
	case n == 0:
		if d.typ == typeByteArray {
			out.Offsets = append(out.Offsets[:0], 0)
		} else if d.typ == typeFixed {
			out.Width = d.width
		}
		return nil
	case d.typ == typeBoolean:
		return d.bools(n, out)
	case d.encoding == encodingDeltaBinary && d.typ == typeInt32:
		out.Int32 = grow(out.Int32, n)
		return d.ints.int32s(out.Int32)
	case d.encoding == encodingDeltaBinary:
		out.Int64 = grow(out.Int64, n)
		return d.ints.int64s(out.Int64)
	case d.encoding == encodingDeltaLength:
		return d.lengths(n, out)
	case d.encoding == encodingDeltaBytes:
		return d.sharing(n, out)
	case d.typ == typeByteArray:
		return d.plainBytes(n, out)
	}
	if d.encoding == encodingStreamSplit {
		if n > d.count-d.at {
			return errValues
		}
		// Gathered as if they were plain; the page's own bytes stay as they are.
		out.Fixed = grow(out.Fixed, n*d.width)
		for k := range d.width {
			plane := d.data[k*d.count+d.at:][:n]
			for i, b := range plane {
				out.Fixed[i*d.width+k] = b
			}
		}
		d.at += n
		d.fixed(out.Fixed, n, out)
		return nil
	}
	if n > (len(d.data)-d.at)/d.width {
		return errValues
	}
	d.fixed(d.data[d.at:d.at+n*d.width], n, out)
	d.at += n * d.width
	return nil
}

// fixed turns the bytes of n values of fixed width into values. b may be out.Fixed.
func (d *decoder) fixed(b []byte, n int, out *Values) {
	if d.typ == typeFixed {
		out.Fixed = append(out.Fixed[:0], b...)
		out.Width = d.width
		return
	}
	switch d.typ {
	case typeInt32:
		out.Int32 = grow(out.Int32, n)
		for i := range out.Int32 {
			out.Int32[i] = int32(binary.LittleEndian.Uint32(b[i*4:]))
		}
	case typeInt64:
		out.Int64 = grow(out.Int64, n)
		for i := range out.Int64 {
			out.Int64[i] = int64(binary.LittleEndian.Uint64(b[i*8:]))
		}
	case typeInt96:
		out.Int96 = grow(out.Int96, n)
		for i := range out.Int96 {
			out.Int96[i] = Int96{Nanos: int64(binary.LittleEndian.Uint64(b[i*12:])), Day: binary.LittleEndian.Uint32(b[i*12+8:])}
		}
	case typeFloat:
		out.Float32 = grow(out.Float32, n)
		for i := range out.Float32 {
			out.Float32[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[i*4:]))
		}
	case typeDouble:
		out.Float64 = grow(out.Float64, n)
		for i := range out.Float64 {
			out.Float64[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[i*8:]))
		}
	}
	out.Fixed = out.Fixed[:0]
}

func (d *decoder) bools(n int, out *Values) error {
	out.Bools = grow(out.Bools, n)
	if d.encoding == encodingRLE {
		// Levels are such runs, too, only that those say nothing where all are 1.
		buf := grow(out.Bytes, n)
		out.Bytes = buf[:0]
		_, valid, err := d.runs.levels(n, buf)
		for i := range out.Bools {
			out.Bools[i] = valid == nil || valid[i] == 1
		}
		return err
	}
	if n > len(d.data)*8-d.at {
		return errValues
	}
	for i := range out.Bools {
		out.Bools[i] = d.data[(d.at+i)>>3]>>((d.at+i)&7)&1 == 1
	}
	d.at += n
	return nil
}

// plainBytes finds values that each follow their length. They stay where they are.
func (d *decoder) plainBytes(n int, out *Values) error {
	if n > (len(d.data)-d.at)/lengthBytes {
		return errValues
	}
	out.Offsets = grow(out.Offsets, n+1)
	data, at, last := d.data, d.at, int64(-1)
	for i := range out.Offsets[:n] {
		if len(data)-at < lengthBytes {
			return errValues
		}
		length := int64(binary.LittleEndian.Uint32(data[at:]))
		at += lengthBytes
		if length > int64(len(data)-at) {
			return errValues
		}
		out.Offsets[i] = uint32(at)
		if length == last {
			at += int(last) // which the processor has at hand, so that it goes on before it has read the length
			continue
		}
		if length > d.maxValue {
			return tooBig("a value has %d bytes, more than the limit of %d", length, d.maxValue)
		}
		at += int(length)
		last = length
	}
	out.Offsets[n] = uint32(at + lengthBytes)
	out.Bytes, out.Gap = data, lengthBytes
	d.at = at
	return nil
}

// lengthBytes is what stands before each value of PLAIN byte arrays.
const lengthBytes = 4

// lengths reads values whose lengths came before them all.
func (d *decoder) lengths(n int, out *Values) error {
	out.Offsets = grow(out.Offsets, n+1)
	from, end := d.at, int64(0)
	out.Offsets[0] = 0
	for i := range n {
		length, err := d.ints.one()
		if err != nil {
			return err
		}
		if err := d.checkLength(length); err != nil {
			return err
		}
		if end += length; end > int64(len(d.data)-from) {
			return errValues
		}
		out.Offsets[i+1] = uint32(end)
	}
	out.Bytes = append(out.Bytes[:0], d.data[from:from+int(end)]...)
	d.at = from + int(end)
	return nil
}

func (d *decoder) checkLength(n int64) error {
	if n < 0 {
		return broken("a value has a length of %d", n)
	}
	if n > d.maxValue {
		return tooBig("a value has %d bytes, more than the limit of %d", n, d.maxValue)
	}
	return nil
}

// sharing reads values that begin as the value before did.
func (d *decoder) sharing(n int, out *Values) error {
	out.Offsets, out.Bytes = grow(out.Offsets, n+1), out.Bytes[:0]
	out.Offsets[0] = 0
	for i := range n {
		prefix, err := d.prefixes.one()
		if err != nil {
			return err
		}
		suffix, err := d.ints.one()
		if err != nil {
			return err
		}
		if prefix < 0 || prefix > int64(len(d.before)) || suffix < 0 || suffix > int64(len(d.data)-d.at) {
			return broken("a value shares %d bytes with one of %d, and has %d of its own", prefix, len(d.before), suffix)
		}
		if err := d.checkLength(prefix + suffix); err != nil {
			return err
		}
		if d.shared -= prefix + suffix; d.shared < 0 {
			return tooBig("the column chunk unpacks to far more bytes than it has")
		}
		if int64(len(out.Bytes))+prefix+suffix > d.maxPage {
			return tooBig("a page unpacks to far more bytes than it has, more than the limit of %d", d.maxPage)
		}
		d.before = append(d.before[:prefix], d.data[d.at:d.at+int(suffix)]...)
		d.at += int(suffix)
		out.Bytes = append(out.Bytes, d.before...)
		out.Offsets[i+1] = uint32(len(out.Bytes))
	}
	if d.typ == typeFixed {
		if len(out.Bytes) != n*d.width {
			return broken("values of %d bytes each amount to %d", d.width, len(out.Bytes))
		}
		for i, o := range out.Offsets {
			if int(o) != i*d.width {
				return broken("a value does not have the %d bytes of its column", d.width)
			}
		}
		out.Fixed, out.Bytes = out.Bytes, out.Fixed[:0]
		out.Width, out.Offsets = d.width, out.Offsets[:0]
	}
	return nil
}
