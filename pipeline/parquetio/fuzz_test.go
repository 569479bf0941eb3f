package parquetio

import (
	"bytes"
	"testing"
)

// FuzzHeader reads page headers: whatever one says, what check lets pass lies within the page and the limits.
func FuzzHeader(f *testing.F) {
	for _, k := range craft().groups[0] {
		for _, p := range k.pages {
			f.Add(p.header.together(nil, true))
		}
	}
	f.Add(dataPageV2(8, 0, encodingPlain, []byte{3, 1}, nil).header.together(nil, true))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, length, err := parseHeader(b)
		if err != nil || h.check(narrow, 1<<20, 1000) != nil {
			return
		}
		if length > len(b) || h.packed < 0 || h.packed > 1<<20 || int64(h.unpacked) > narrow.MaxPageBytes || h.values > max(1000, h.unpacked) {
			t.Errorf("passed: %+v", h)
		}
	})
}

// FuzzColumn reads a page of any bytes as a column of any type in any encoding and codec, on both paths.
func FuzzColumn(f *testing.F) {
	for _, h := range corpus() {
		if h.column == wholeFile || h.changed || h.endless {
			continue
		}
		c := craft()
		h.tell(c)
		if len(c.groups) < craftedGroups {
			continue
		}
		if p := c.chunk(h.column).data(); len(p.body) < 1000 {
			encoding := byte(0)
			if details := p.header.at(5); details != nil && details.at(2) != nil {
				encoding = byte(details.at(2).number)
			}
			f.Add(byte(h.column), encoding, byte(c.chunk(h.column).codec), uint16(8), p.body)
		}
	}
	r := NewReader()
	f.Fuzz(func(t *testing.T, column, encoding, codec byte, unpacked uint16, body []byte) {
		c := craft()
		k := c.chunk(int(column) % (tagsColumn + 1))
		p := k.data()
		p.say(int64(encoding%10), 5, 2)
		p.fill(body)
		if codec %= 8; codec > 0 {
			k.pages = k.pages[len(k.pages)-1:]
			p.say(int64(unpacked), 2)
			c.say(int64(codec), meta(int(column)%(tagsColumn+1), 4)...)
		}
		readAll(t, r, c.bytes())
	})
}

// FuzzUnpack unpacks any bytes with any codec: never to another size than the one declared.
func FuzzUnpack(f *testing.F) {
	for _, c := range []codec{codecSnappy, codecGzip, codecBrotli, codecZstd, codecLZ4Raw} {
		f.Add(byte(c), uint16(400), packed(c, bytes.Repeat([]byte("abcd"), 100)))
	}
	var u unpacker
	f.Fuzz(func(t *testing.T, c byte, size uint16, b []byte) {
		dst := grow[byte](nil, int(size))
		if err := u.unpack(codec(c%8), dst, b); err == nil && codec(c%8) == codecNone && !bytes.Equal(dst, b) {
			t.Error("other bytes")
		}
	})
}
