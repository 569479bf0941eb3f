package parquetio

// The page types.
const (
	pageData int32 = iota
	pageIndex
	pageDictionary
	pageDataV2
)

// detailsOf gives the field of the page header that says more about a page of a kind.
var detailsOf = map[int32]int16{pageData: 5, pageDictionary: 7, pageDataV2: 8}

// The encodings, under the numbers of the format.
const (
	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRLE             = 3
	encodingBitPacked       = 4
	encodingDeltaBinary     = 5
	encodingDeltaLength     = 6
	encodingDeltaBytes      = 7
	encodingRLEDictionary   = 8
	encodingStreamSplit     = 9
)

// header is a page header.
type header struct {
	kind       int32
	unpacked   int32 // bytes of the page, unpacked
	packed     int32 // bytes of the page in the file
	crc        uint32
	hasCRC     bool
	values     int32 // nulls included
	encoding   int32
	defLevels  int32 // V1: encoding of the definition levels
	repLevels  int32 // V1: encoding of the repetition levels
	defBytes   int32 // V2
	repBytes   int32 // V2
	compressed bool  // V2: the values are; V1: always true
	details    int16 // which of the kinds' own structs there is
}

// parseHeader reads a page header and gives its length in bytes. errShort means that b ends within it.
func parseHeader(b []byte) (h header, length int, err error) {
	c := cursor{b: b}
	h = header{kind: -1, unpacked: -1, packed: -1, values: -1, encoding: -1, compressed: true}
	c.fields(func(id int16, typ byte) {
		switch {
		case id == 1 && typ == thriftI32:
			h.kind = c.i32()
		case id == 2 && typ == thriftI32:
			h.unpacked = c.i32()
		case id == 3 && typ == thriftI32:
			h.packed = c.i32()
		case id == 4 && typ == thriftI32:
			h.crc, h.hasCRC = uint32(c.i32()), true
		case (id == 5 || id == 7) && typ == thriftStruct:
			h.details = id
			c.fields(func(id int16, typ byte) {
				switch {
				case id == 1 && typ == thriftI32:
					h.values = c.i32()
				case id == 2 && typ == thriftI32:
					h.encoding = c.i32()
				case id == 3 && typ == thriftI32:
					h.defLevels = c.i32()
				case id == 4 && typ == thriftI32:
					h.repLevels = c.i32()
				default:
					c.skip(typ)
				}
			})
		case id == 8 && typ == thriftStruct:
			h.details = id
			c.fields(func(id int16, typ byte) {
				switch {
				case id == 1 && typ == thriftI32:
					h.values = c.i32()
				case id == 4 && typ == thriftI32:
					h.encoding = c.i32()
				case id == 5 && typ == thriftI32:
					h.defBytes = c.i32()
				case id == 6 && typ == thriftI32:
					h.repBytes = c.i32()
				case id == 7 && (typ == thriftTrue || typ == thriftFalse):
					h.compressed = typ == thriftTrue
				default:
					c.skip(typ)
				}
			})
		default:
			c.skip(typ)
		}
	})
	return h, c.at, c.err
}

// check holds that a header agrees with the limits and with what is left of its chunk: bytes after the header and
// values not yet seen.
func (h *header) check(limits Limits, bytesLeft, valuesLeft int64) error {
	switch {
	case h.kind < 0 || h.unpacked < 0 || h.packed < 0:
		return broken("a page header does not say what the page is or how long")
	case int64(h.packed) > bytesLeft:
		return broken("a page of %d bytes runs beyond the end of its column chunk, %d bytes on", h.packed, bytesLeft)
	case int64(h.packed) > limits.MaxPageBytes || int64(h.unpacked) > limits.MaxPageBytes:
		return tooBig("a page has %d bytes (%d unpacked), more than the limit of %d", h.packed, h.unpacked, limits.MaxPageBytes)
	}
	if id, known := detailsOf[h.kind]; known && h.details != id {
		return broken("a page header lacks what a page of its kind must say")
	}
	switch h.kind {
	case pageDictionary:
		// Every entry of a dictionary takes at least a byte, and in a text dictionary four.
		if h.values < 0 || h.values > h.unpacked {
			return broken("a dictionary page of %d bytes declares %d entries", h.unpacked, h.values)
		}
	case pageData, pageDataV2:
		if h.values < 0 || int64(h.values) > valuesLeft {
			return broken("a page declares %d values, of which its column chunk has %d left", h.values, valuesLeft)
		}
		if h.kind == pageDataV2 && (h.defBytes < 0 || h.repBytes < 0 || int64(h.defBytes)+int64(h.repBytes) > int64(min(h.packed, h.unpacked))) {
			return broken("a page of %d bytes declares %d bytes of levels", h.packed, int64(h.defBytes)+int64(h.repBytes))
		}
	}
	return nil
}
