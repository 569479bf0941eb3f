package pipeline

import "bytes"

// longRows are rows that wait to be looked up, whose ids do not pack into a word. The rows lie by bucket, but their ids one after the
// other as they come: to copy each id into the block of its bucket took as long as to look it up.
type longRows struct {
	bits   int       // of the number of rows a bucket
	rows   []longRow // made when the first comes: most data has ids of one length
	filled []uint32
	ids    []byte
}

type longRow struct {
	hash, word uint64
	at, length uint32 // of the id
}

const (
	longRowBytes = 24
	mostLong     = 9 // bits of the number of rows
	leastLong    = 4
	longIDBytes  = 36 // of an id that there is room for: a UUID
)

// long takes a row. When there is no room for its id, all rows are passed on.
func (o *scanOutput) long(bucket int, word, hash uint64, id []byte) error {
	l := &o.longs
	if len(id) > cap(l.ids)-len(l.ids) {
		if err := o.passLongs(); err != nil {
			return err
		}
		buckets := o.run.layout.buckets()
		if l.rows == nil {
			l.rows, l.filled = make([]longRow, buckets<<l.bits), make([]uint32, buckets)
		}
		if len(id) > cap(l.ids) {
			l.ids = make([]byte, 0, max(longIDBytes*buckets<<l.bits, len(id)))
		}
	}
	n := l.filled[bucket]
	l.rows[bucket<<l.bits+int(n)] = longRow{hash, word, uint32(len(l.ids)), uint32(len(id))}
	l.ids = append(l.ids, id...)
	n++
	if l.filled[bucket] = n; n == 1<<l.bits {
		return o.passLong(bucket)
	}
	return nil
}

// passLongs passes on all rows, and lets go of their ids.
func (o *scanOutput) passLongs() error {
	for bucket := range o.longs.filled {
		if err := o.passLong(bucket); err != nil {
			return err
		}
	}
	o.longs.ids = o.longs.ids[:0]
	return nil
}

// passLong looks the long rows of a bucket up among its people and keeps records of them.
func (o *scanOutput) passLong(bucket int) error {
	l := &o.longs
	rows := l.rows[bucket<<l.bits:][:l.filled[bucket]]
	l.filled[bucket] = 0
	if len(rows) == 0 {
		return nil
	}
	p := o.run.people[bucket]
	p.Lock()
	defer p.Unlock()
	if worthWarming(len(rows), p.long) {
		o.warmed += warm(p.long) + warm(p.ids.start) + warm(p.ids.bytes)
	}
	for i := range rows { // the ids lie all over the place: fetched one with the other they take a third of the time
		row := &rows[i]
		o.warmed += uint64(l.ids[row.at]) + uint64(l.ids[row.at+row.length-1])
	}
	for i := range rows {
		row := &rows[i]
		s := p.findLong(row.hash, l.ids[row.at:][:row.length])
		if !meet(s, row.word, &o.tally) {
			continue
		}
		if err := o.run.keep(p, bucket, s.place(), row.word); err != nil {
			return err
		}
	}
	return nil
}

// findLong finds an id that does not pack. Ids are compared whole: a hash alone decides nothing.
func (p *people) findLong(hash uint64, id []byte) *slot {
	for at := home(p.long, hash); ; at++ {
		if at == len(p.long) {
			at = 0
		}
		s := &p.long[at]
		if s.contact == 0 {
			return nil
		}
		if s.word == hash && bytes.Equal(p.id(s.place()), id) {
			return s
		}
	}
}
