package parquetio

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Reader reads columns page by page. It owns all buffers and decoders and reuses them, so it is worth keeping; one
// goroutine uses it at a time.
type Reader struct {
	window   window
	unpacker unpacker
	unpacked []byte // the data page
	dictPage []byte // the dictionary, whose values stay in it
	valid    []byte
	levels   []byte // levels of a deprecated encoding, rewritten
	defs     runs
	codes    runs
	decoder  decoder
	page     Page
	dict     Dictionary
	codeBuf  []int32
	values   Values
	visiting bool
}

// NewReader makes a Reader. It takes no memory to speak of until it is used.
func NewReader() *Reader { return &Reader{} }

// Pages reads one flat column (Column.Leaf >= 0) of one row group from src, which must hold the same bytes as the file that
// f was opened from, and calls visit for each Page in the order of the rows. A chunk of up to Limits.WindowBytes is read
// with one ReadAt.
//
// The rows of all pages add up to the row group's, or Pages gives an *Error. An error of visit is handed back as it is
// and ends the reading.
func (r *Reader) Pages(f *File, src io.ReaderAt, rowGroup, column int, visit func(*Page) error) (err error) {
	at := &Error{File: f.name, RowGroup: rowGroup, Row: -1}
	if rowGroup < 0 || rowGroup >= f.RowGroups() || column < 0 || column >= len(f.columns) {
		return at.with(&fault{what: "there is no such row group or column"})
	}
	at.Column = f.columns[column].Name
	if f.columns[column].Leaf < 0 {
		return at.with(&fault{what: "the column is nested and has no pages of its own"})
	}
	if why := f.leftOut[column]; why != nil {
		return at.with(why)
	}
	c := chunkReader{
		Reader: r, limits: f.limits, leaf: &f.foot.leaves[f.columns[column].Leaf],
		chunk: &f.foot.groups[rowGroup].chunks[f.columns[column].Leaf], visit: visit,
	}
	return c.guarded(at, func() error { return c.read(src) })
}

// chunkReader is the state of one call of Pages.
type chunkReader struct {
	*Reader
	limits  Limits
	leaf    *leaf
	chunk   *chunk
	visit   func(*Page) error
	seen    int64 // rows handed over
	hasDict bool
	stopped bool // by visit
}

// guarded reads, and says of what goes wrong where that is. What the decoders panic of is an error; what the caller's visit
// panics of is the caller's.
func (c *chunkReader) guarded(at *Error, read func() error) (err error) {
	c.visiting = false
	defer func() {
		if p := recover(); p != nil {
			if c.visiting {
				panic(p)
			}
			at.reached(c.seen)
			err = at.with(broken("the data cannot be decoded: %v", p))
		}
	}()
	if err := read(); err != nil {
		if c.stopped {
			return err
		}
		at.reached(c.seen)
		return at.with(err)
	}
	return nil
}

func (c *chunkReader) read(src io.ReaderAt) error {
	if err := c.chunk.readable(); err != nil {
		return err
	}
	if c.chunk.values == 0 {
		return nil
	}
	at := c.chunk.start()
	end := at + c.chunk.compressed
	c.window.reset(src, at, c.chunk.compressed, c.limits.WindowBytes)
	c.decoder.shared = maxSharedFree + satMul(c.chunk.compressed, maxSharedPerByte)
	for c.seen < c.chunk.values {
		if at >= end {
			return broken("the column chunk ends after %d of %d values", c.seen, c.chunk.values)
		}
		h, length, err := c.window.header(at)
		if err != nil {
			return err
		}
		at += length
		if err := h.check(c.limits, end-at, c.chunk.values-c.seen); err != nil {
			return err
		}
		if h.kind == pageDictionary || h.kind == pageData || h.kind == pageDataV2 {
			body, err := c.window.slice(at, int(h.packed))
			if err != nil {
				return err
			}
			if h.hasCRC && crc32.ChecksumIEEE(body) != h.crc {
				return broken("the checksum of the page at offset %d is wrong", at)
			}
			if err := c.takePage(&h, body); err != nil {
				return err
			}
		}
		at += int64(h.packed)
	}
	return nil
}

func (c *chunkReader) takePage(h *header, body []byte) error {
	switch h.kind {
	case pageDictionary:
		return c.dictionary(h, body)
	case pageDataV2:
		levels := int(h.repBytes + h.defBytes)
		values := body[levels:]
		if h.compressed {
			var err error
			if values, err = c.unpack(&c.unpacked, values, int(h.unpacked)-levels); err != nil {
				return err
			}
		}
		if c.leaf.nullable {
			c.defs.reset(body[h.repBytes:levels], 1)
		}
		return c.dataPage(h, values)
	}
	values, err := c.unpack(&c.unpacked, body, int(h.unpacked))
	if err != nil {
		return err
	}
	if !c.leaf.nullable {
		return c.dataPage(h, values)
	}
	if h.defLevels == encodingBitPacked {
		n := (int(h.values) + 7) / 8
		if n > len(values) {
			return errRuns
		}
		c.levels = bitLevels(c.levels, values[:n])
		c.defs.reset(c.levels, 1)
		return c.dataPage(h, values[n:])
	}
	if h.defLevels != encodingRLE {
		return unsupported(fixWriteAgain, "a page has definition levels in encoding %d", h.defLevels)
	}
	if len(values) < 4 || int64(binary.LittleEndian.Uint32(values)) > int64(len(values)-4) {
		if h.values == 0 {
			return nil
		}
		return errRuns
	}
	n := int(binary.LittleEndian.Uint32(values))
	c.defs.reset(values[4:4+n], 1)
	return c.dataPage(h, values[4+n:])
}

// unpack decompresses the body of a page to a buffer. A page that is not compressed is given as it is: good until the window moves.
func (c *chunkReader) unpack(buffer *[]byte, body []byte, size int) ([]byte, error) {
	if c.chunk.codec == codecNone && len(body) == size || len(body) == 0 && size == 0 {
		return body, nil
	}
	*buffer = grow(*buffer, size)
	return *buffer, c.unpacker.unpack(c.chunk.codec, *buffer, body)
}

var errDictionary = broken("the column chunk has a second dictionary, or one amid its data")

// dictionary reads a dictionary page, whose values are always plain.
func (c *chunkReader) dictionary(h *header, body []byte) error {
	switch {
	case c.hasDict || c.seen > 0:
		return errDictionary
	case c.leaf.typ == typeBoolean:
		return broken("a column of booleans has a dictionary")
	case h.encoding != encodingPlain && h.encoding != encodingPlainDictionary:
		return broken("the dictionary has encoding %d", h.encoding)
	}
	data, err := c.unpack(&c.dictPage, body, int(h.unpacked))
	if err != nil {
		return err
	}
	if c.chunk.codec == codecNone {
		data = append(c.dictPage[:0], data...)
		c.dictPage = data
	}
	c.dict.Values.clear()
	c.dict.n = int(h.values)
	c.hasDict = true
	if err := c.decoder.begin(c.leaf, encodingPlain, data, c.dict.n, c.limits); err != nil {
		return err
	}
	return c.decoder.next(c.dict.n, &c.dict.Values)
}

// dataPage hands the rows of a page over, batch by batch. The levels have been found already.
func (c *chunkReader) dataPage(h *header, data []byte) error {
	if h.values == 0 {
		return nil
	}
	coded := h.encoding == encodingRLEDictionary || h.encoding == encodingPlainDictionary
	begun := false
	batch := batchRows
	if h.encoding == encodingDeltaBytes {
		batch = batchRowsShared
	}
	for left := int(h.values); left > 0; {
		n := min(left, batch)
		p := &c.page
		p.Rows, p.Valid, p.Dict, p.Codes = n, nil, nil, p.Codes[:0]
		present := n
		if c.leaf.nullable {
			var err error
			c.valid = grow(c.valid, n)
			if present, p.Valid, err = c.defs.levels(n, c.valid); err != nil {
				return err
			}
		}
		// A page of nulls alone may have no data at all, so it is looked at only once a value is present.
		if !begun && present > 0 {
			if err := c.begin(h, coded, data); err != nil {
				return err
			}
			begun = true
		}
		if err := c.take(p, coded, present); err != nil {
			return err
		}
		if err := c.hand(p); err != nil {
			return err
		}
		left -= n
	}
	return nil
}

func (c *chunkReader) begin(h *header, coded bool, data []byte) error {
	if !coded {
		return c.decoder.begin(c.leaf, h.encoding, data, int(h.values), c.limits)
	}
	switch {
	case !c.hasDict:
		return broken("a page has codes, but the column chunk has no dictionary")
	case len(data) == 0:
		return errRuns
	case data[0] > 32:
		return broken("a page has codes of %d bits", data[0])
	}
	c.codes.reset(data[1:], uint(data[0]))
	return nil
}

// take fills p with the next values.
func (c *chunkReader) take(p *Page, coded bool, present int) error {
	c.values.clear()
	p.Values = Values{}
	if !coded {
		if present == 0 {
			c.decoder.typ, c.decoder.width = c.leaf.typ, c.leaf.width
		}
		err := c.decoder.next(present, &c.values)
		p.Values = c.values
		return err
	}
	if !c.hasDict { // a page of nulls
		return nil
	}
	c.codeBuf = grow(c.codeBuf, present)
	p.Dict, p.Codes = &c.dict, c.codeBuf
	return c.codes.codes(c.codeBuf, c.dict.n)
}

func (c *chunkReader) hand(p *Page) error {
	c.visiting = true
	err := c.visit(p)
	c.visiting = false
	c.stopped = err != nil
	c.seen += int64(p.Rows)
	return err
}
