package encode

import (
	"fmt"
	"math"
)

// page types and encodings of the format.
const (
	dataPage       = 0
	dictionaryPage = 2

	encodingPlain         = 0
	encodingRLE           = 3
	encodingRLEDictionary = 8

	codecZstd = 6
)

// chunkMeta is what the footer says about a column chunk. Offsets are from the start of the file.
type chunkMeta struct {
	entries            int64 // values and nulls
	uncompressed, size int64 // bytes of its pages with their headers
	dictionaryAt       int64 // -1: none
	dataAt             int64
	pages              int
	bloomAt            int64
	bloomSize          int32 // 0: none
	nulls              int64
	statistics         []byte // fields 5 to 8 of the statistics, ready for thrift; none where there are no bounds
	columnIndex        int32  // size; 0: none
	offsetIndex        int32
	low, high          bound // valid during Write only
	bounded            bool
}

// pageEntry is what the indexes say about a data page.
type pageEntry struct {
	at        int64
	size      int32 // with its header
	firstRow  int64
	nulls     int64
	present   int
	bounded   bool
	low, high bound
}

// chunk writes the pages of one column for the rows of a row group, dictionary first, and collects what footer and indexes
// will say about them.
func (w *Writer) chunk(t target, src source, rows int, s *scratch) (chunkMeta, error) {
	m := chunkMeta{dictionaryAt: -1}
	encoding := int32(encodingPlain)
	if d := src.dictionary(); d.entries > 0 {
		encoding = encodingRLEDictionary
		m.dictionaryAt = w.offset(s)
		s.body = d.append(s.body[:0])
		if err := w.page(&m, s, func(h *thrift) {
			h.structure(7)
			h.i32(1, int32(d.entries))
			h.i32(2, encodingPlain)
			h.boolean(3, d.sorted)
			h.end()
		}, dictionaryPage, s.compress); err != nil {
			return m, err
		}
	}
	m.dataAt = w.offset(s)
	s.pages = s.pages[:0]
	compress := s.compress
	if encoding == encodingRLEDictionary || t.kind == kindInt {
		s.literals.state = literalsUntried
		compress = s.compressNumbers
	}
	for from := 0; from < rows; {
		to := src.end(from, min(rows, from+w.pageRows))
		p := page{s: s, body: s.body[:0]}
		if err := src.page(&p, from, to); err != nil {
			return m, err
		}
		s.body = p.body
		at := w.offset(s)
		if err := w.page(&m, s, func(h *thrift) {
			h.structure(5)
			h.i32(1, int32(p.entries))
			h.i32(2, encoding)
			h.i32(3, encodingRLE)
			h.i32(4, encodingRLE)
			h.end()
		}, dataPage, compress); err != nil {
			return m, err
		}
		s.pages = append(s.pages, pageEntry{
			at: at, size: int32(w.offset(s) - at), firstRow: int64(from),
			nulls: int64(p.entries - p.present), present: p.present,
			bounded: p.bounded, low: p.low, high: p.high,
		})
		m.entries += int64(p.entries)
		m.nulls += int64(p.entries - p.present)
		m.widen(t.leaf, &p)
		if err := w.flush(s, flushBytes); err != nil {
			return m, err
		}
		from = to
	}
	m.pages = len(s.pages)
	m.describe(t.leaf)
	w.index(&m, t.leaf, s.pages)
	return m, nil
}

// compressor appends the zstd frame of src to dst.
type compressor func(dst, src []byte, codec Codec) ([]byte, error)

// page compresses s.body and appends it behind its header.
func (w *Writer) page(m *chunkMeta, s *scratch, kindHeader func(*thrift), kind int32, compress compressor) error {
	if len(s.body) > math.MaxInt32 {
		return fmt.Errorf("a page of %d bytes is more than the format can hold; write fewer rows at a time", len(s.body))
	}
	var err error
	if s.compressed, err = compress(s.compressed[:0], s.body, w.options.Codec); err != nil {
		return err
	}
	before := len(s.out)
	h := &s.header
	*h = thrift{buf: s.out}
	h.begin()
	h.i32(1, kind)
	h.i32(2, int32(len(s.body)))
	h.i32(3, int32(len(s.compressed)))
	kindHeader(h)
	h.end()
	header := len(h.buf) - before
	s.out = append(h.buf, s.compressed...)
	m.uncompressed += int64(header + len(s.body))
	m.size += int64(header + len(s.compressed))
	return nil
}

// widen takes a page's bounds into those of the chunk.
func (m *chunkMeta) widen(l *leaf, p *page) {
	if !p.bounded {
		return
	}
	if !m.bounded || l.less(p.low, m.low) {
		m.low = p.low
	}
	if !m.bounded || l.less(m.high, p.high) {
		m.high = p.high
	}
	m.bounded = true
}

// describe turns bounds into statistics, which outlive the columns.
func (m *chunkMeta) describe(l *leaf) {
	if !m.bounded {
		return
	}
	high, highExact := l.highest(nil, m.high)
	low, lowExact := l.lowest(nil, m.low)
	t := thrift{last: 3}
	t.text(5, textOf(high))
	t.text(6, textOf(low))
	t.boolean(7, highExact)
	t.boolean(8, lowExact)
	m.statistics = t.buf
}
