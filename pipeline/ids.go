package pipeline

import (
	"context"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

// ids reads contact_id of a row group and hands each row on.
func (w *scanner) ids(ctx context.Context, f *sourceFile, t task) error {
	at := f.columns["contact_id"]
	column := f.file.Columns()[at]
	next := 0
	if !readsAsKeys(column) {
		var buf []byte
		return f.file.Records(ctx, f.reader, []int{at}, t.group, batchRows, func(batch arrow.RecordBatch) error {
			ids, err := keysOf(batch.Column(0))
			if err != nil {
				return failed(exitUsage, "%s: %v", f.object.Address, err)
			}
			for i := range int(batch.NumRows()) {
				key, ok := ids.of(buf[:0], i)
				if buf = key; !ok {
					key = nil
				}
				if err := w.keyed(t, next, key); err != nil {
					return err
				}
				next++
			}
			return nil
		})
	}
	var entries []idEntry
	var bytes []byte
	return w.reader.Pages(f.file, f.reader, t.group, at, func(p *parquetio.Page) error {
		if p.Dict != nil && entries == nil {
			entries, bytes = w.entries(p.Dict)
		}
		one := func(row, present int) error { // hands a row on that has an id, which is the page's value number present
			if p.Dict == nil {
				return w.keyed(t, row, w.key(&p.Values, present))
			}
			e := &entries[p.Codes[present]]
			if e.null {
				return w.row(t.file, t.first, row, nil, 0, 0)
			}
			return w.row(t.file, t.first, row, bytes[e.from:e.to:e.to], e.hash, e.short)
		}
		first := next
		next += p.Rows
		if !w.whole && p.Valid == nil && p.Dict == nil && longTexts(&p.Values) {
			return w.long(first, p.Rows, &p.Values, one)
		}
		if pack := packer(p, entries); pack != nil && !w.whole {
			return w.packed(first, p.Rows, pack, one)
		}
		present := 0
		for i := range p.Rows {
			var err error
			if p.Valid != nil && p.Valid[i] == 0 {
				err = w.row(t.file, t.first, first+i, nil, 0, 0)
			} else {
				err = one(first+i, present)
				present++
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// packed hands on the rows of a page without nulls, as nearly all are: this is the hottest loop of all. Rows whose id does not
// pack go one by one.
func (w *scanner) packed(first, rows int, pack func(dst []uint64, from int), one func(row, present int) error) error {
	out, shift := w.out, 64-w.run.layout.bucketBits
	var packed [512]uint64
	for from := 0; from < rows; from += len(packed) {
		ids := packed[:min(len(packed), rows-from)]
		pack(ids, from)
		words := w.words[first+from:][:len(ids)]
		for i, id := range ids {
			if id == 0 || words[i] >= wildTime {
				if err := one(first+from+i, from+i); err != nil {
					return err
				}
				continue
			}
			bucket := int(hashPacked(id) >> shift)
			if out.shorts.add(bucket, id, words[i]) {
				if err := out.pass(bucket); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// longTexts tells whether most texts of a page are too long to be packed.
func longTexts(v *parquetio.Values) bool {
	n := len(v.Offsets) - 1
	return n > 0 && uint64(v.Offsets[n]-v.Offsets[0]) > uint64(n)*uint64(8+v.Gap)
}

// long does for texts that do not pack what packed does for others.
func (w *scanner) long(first, rows int, v *parquetio.Values, one func(row, present int) error) error {
	shift, start := 64-w.run.layout.bucketBits, v.Offsets[0]
	words := w.words[first:][:rows]
	for i, next := range v.Offsets[1:][:rows] {
		text := v.Bytes[start : next-v.Gap]
		start = next
		if len(text) <= 8 || text[0]-'!' >= 0x80-'!' || words[i] >= wildTime { // too short, perhaps blank, or without a time
			if err := one(first+i, i); err != nil {
				return err
			}
			continue
		}
		hash := hashID(text)
		if err := w.out.long(int(hash>>shift), words[i], hash, text); err != nil {
			return err
		}
	}
	return nil
}

// packer gives what packs the ids of a page from one of them on, or nil where there are nulls or no ids that pack.
func packer(p *parquetio.Page, entries []idEntry) func(dst []uint64, from int) {
	switch v := &p.Values; {
	case p.Valid != nil:
	case p.Dict != nil:
		return func(dst []uint64, from int) {
			for i, code := range p.Codes[from:][:len(dst)] {
				dst[i] = entries[code].short
			}
		}
	case len(v.Offsets) > 0:
		return func(dst []uint64, from int) { packTexts(dst, v, from) }
	case len(v.Int64) > 0:
		return func(dst []uint64, from int) { packIntegers(dst, v.Int64[from:]) }
	case len(v.Int32) > 0:
		return func(dst []uint64, from int) { packIntegers(dst, v.Int32[from:]) }
	}
	return nil
}

// packTexts packs the texts from first on into words, and gives 0 for those that do not pack or may be blank.
func packTexts(dst []uint64, v *parquetio.Values, first int) {
	bytes := v.Bytes
	start := v.Offsets[first]
	for i, next := range v.Offsets[first+1:][:len(dst)] {
		n := next - v.Gap - start
		dst[i] = 0
		if n-1 < 8 {
			id := uint64(0)
			if int(start)+8 <= len(bytes) {
				id = binary.LittleEndian.Uint64(bytes[start:]) & (math.MaxUint64 >> (64 - 8*n))
			} else {
				id = shortKey(bytes[start:][:n])
			}
			if first := byte(id) - '!'; first < 0x80-'!' && id>>(8*n-8) != 0 {
				dst[i] = id
			}
		}
		start = next
	}
}

// packIntegers packs the keys of integers into words, and gives 0 for those that do not pack.
func packIntegers[T int32 | int64](dst []uint64, values []T) {
	for i, v := range values[:len(dst)] {
		id := bits.ReverseBytes64(uint64(int64(v)) ^ 1<<63)
		if id>>56 == 0 {
			id = 0
		}
		dst[i] = id
	}
}

// textOrNull gives nil for a text that is no id.
func textOrNull(text []byte) []byte {
	if isBlank(text) {
		return nil
	}
	return text
}

// keyed hands on a row with its key; nil is a null id.
func (w *scanner) keyed(t task, row int, key []byte) error {
	if key == nil {
		return w.row(t.file, t.first, row, nil, 0, 0)
	}
	short := uint64(0)
	if packs(key) {
		short = shortKey(key)
		return w.row(t.file, t.first, row, key, hashShort(short, len(key)), short)
	}
	return w.row(t.file, t.first, row, key, hashID(key), 0)
}

// readsAsKeys tells whether the pages of a column hold ids as keyOfValue reads them: text, or signed integers.
func readsAsKeys(c parquetio.Column) bool {
	if c.Leaf < 0 {
		return false
	}
	switch c.Arrow.ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64:
		return true
	}
	return c.Type.Kind == match.Text
}

// idEntry is an entry of a dictionary of contact ids.
type idEntry struct {
	hash, short uint64
	from, to    uint32
	null        bool
}

func (w *scanner) entries(d *parquetio.Dictionary) ([]idEntry, []byte) {
	entries := make([]idEntry, d.Len())
	var bytes []byte
	for i := range entries {
		key := w.key(&d.Values, i)
		e := &entries[i]
		if e.null = key == nil; e.null {
			continue
		}
		e.from = uint32(len(bytes))
		bytes = append(bytes, key...)
		e.to = uint32(len(bytes))
		e.hash = hashID(key)
		if packs(key) {
			e.short = shortKey(key)
		}
	}
	return entries, bytes
}

// key gives the key of a value, or nil for one that is no id. It is good until the next call.
func (w *scanner) key(v *parquetio.Values, i int) []byte {
	var key []byte
	key, w.integer = keyOfValue(v, i, w.integer)
	return key
}

// keyOfValue gives the key of a value, or nil for one that is no id. Keys of integers stand in buf, which is given back.
func keyOfValue(v *parquetio.Values, i int, buf []byte) (key, buffer []byte) {
	switch {
	case len(v.Int64) > i:
		buf = integerKey(buf[:0], v.Int64[i])
		return buf, buf
	case len(v.Int32) > i:
		buf = integerKey(buf[:0], int64(v.Int32[i]))
		return buf, buf
	}
	return textOrNull(v.At(i)), buf
}

// texts holds a text or null for each row of a row group.
type texts struct {
	start []int
	null  []bool
	bytes []byte
}

func (t *texts) reset() { t.start, t.null, t.bytes = append(t.start[:0], 0), t.null[:0], t.bytes[:0] }

func (t *texts) add(text []byte) {
	t.bytes = append(t.bytes, text...)
	t.start = append(t.start, len(t.bytes))
	t.null = append(t.null, text == nil)
}

func (t *texts) at(i int) []byte {
	if t.null[i] {
		return nil
	}
	return t.bytes[t.start[i]:t.start[i+1]:t.start[i+1]]
}

// get gives a text, and whether there is one.
func (t *texts) get(i int) ([]byte, bool) { return t.at(i), !t.null[i] }

// readEvents reads event_id of a row group. A blank one is none. Integers are told from texts by what stands before them.
func (w *scanner) readEvents(ctx context.Context, f *sourceFile, t task, n int) error {
	w.event.reset()
	at, ok := f.columns["event_id"]
	if !ok {
		for range n {
			w.event.add(nil)
		}
		return nil
	}
	var buf []byte
	return f.file.Records(ctx, f.reader, []int{at}, t.group, batchRows, func(batch arrow.RecordBatch) error {
		ids, err := keysOf(batch.Column(0))
		if err != nil {
			return failed(exitUsage, "engagements: event_id of %s is %s; it has to be text or integers", f.object.Address, batch.Column(0).DataType())
		}
		kind := byte(kindOfValues(batch.Column(0)))
		for i := range int(batch.NumRows()) {
			if buf, ok = ids.of(append(buf[:0], kind), i); ok && !w.isNull(buf[1:]) {
				w.event.add(buf)
			} else {
				w.event.add(nil)
			}
		}
		return nil
	})
}

// isNull tells whether a text is one of those that the job takes for missing.
func (w *scanner) isNull(text []byte) bool {
	if w.source.nulls == nil {
		return false
	}
	w.folded = match.Normalize(w.folded[:0], text, false)
	return w.source.nulls(w.folded)
}
