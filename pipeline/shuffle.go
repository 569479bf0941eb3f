package pipeline

import (
	"context"
	"encoding/binary"
)

// Rows come from the scan in one of three forms, each in blocks of one bucket:
//
//	short   the id packed into a word, and the word of the row
//	long    the id's hash, the word, and where the id stands among those of all rows that wait
//	whole   as bytes, little endian: uint64 word │ varint length, id │ where there are event ids: int64 second │ uint32 file │
//	        uint64 row │ varint length, event id (0: none)
//
// Short and long rows are resolved as soon as there are enough of a bucket: the id is looked up among the bucket's people, and what is
// kept is a record of the contact's place, time and signature (record.go). Whole rows wait for
// the evaluation of their bucket; that is how it goes when the contacts do not fit in memory or event ids have to be compared.

// records are the open blocks of a bucket's resolved rows.
type records struct{ narrow, wide []byte }

// scanOutput takes the rows of one goroutine's scan.
type scanOutput struct {
	run    *run
	shorts shortRows
	longs  longRows
	wholes *appender
	tally  tally
	record []byte
	warmed uint64 // so that warming is not left out as idle
}

func (r *run) scanOutput() *scanOutput {
	o := &scanOutput{run: r}
	if r.late {
		o.wholes = r.whole.appender()
		return o
	}
	o.shorts = r.shortRows()
	o.longs.bits = rowBits(mostLong, leastLong, longRowBytes+longIDBytes, r.rowRoom())
	return o
}

// rowRoom is how many bytes the rows of a bucket may take that wait in one goroutine.
func (r *run) rowRoom() int { return int(r.spec.Memory / 16 / int64(r.layout.buckets()*r.threads)) }

// rowBits gives the bits of a number of rows that have room in so many bytes, from least to most.
func rowBits(most, least, rowBytes, room int) int {
	bits := most
	for bits > least && rowBytes<<bits > room {
		bits--
	}
	return bits
}

func (o *scanOutput) short(bucket int, word, id uint64) error {
	if o.shorts.add(bucket, id, word) {
		return o.pass(bucket)
	}
	return nil
}

func (o *scanOutput) whole(bucket int, word uint64, second int64, id []byte, file int32, row int64, event []byte) error {
	b := binary.LittleEndian.AppendUint64(o.record[:0], word)
	b = append(binary.AppendUvarint(b, uint64(len(id))), id...)
	if o.run.events {
		b = binary.LittleEndian.AppendUint64(b, uint64(second))
		b = binary.LittleEndian.AppendUint32(b, uint32(file))
		b = binary.LittleEndian.AppendUint64(b, uint64(row))
		b = binary.AppendUvarint(b, uint64(len(event))) // a blank event id is none
		b = append(b, event...)
	}
	o.record = b
	return o.wholes.append(bucket, b)
}

// finish hands over what is left.
func (o *scanOutput) finish() error {
	if o.wholes != nil {
		return o.wholes.flush()
	}
	for bucket := range o.shorts.filled {
		if err := o.pass(bucket); err != nil {
			return err
		}
	}
	if err := o.passLongs(); err != nil {
		return err
	}
	o.run.counts.add(&o.tally)
	return nil
}

// pass looks the short rows of a bucket up among its people and keeps records of them.
func (o *scanOutput) pass(bucket int) error {
	rows := o.shorts.take(bucket)
	if len(rows) == 0 {
		return nil
	}
	r, p := o.run, o.run.people[bucket]
	p.Lock()
	defer p.Unlock()
	if worthWarming(len(rows), p.short) {
		o.warmed += warm(p.short)
	}
	form, slots := r.form, p.short
	for len(rows) > 0 {
		narrow := p.records.narrow
		free := narrow[len(narrow):cap(narrow)]
		some := rows[:min(len(rows), form.room(free))]
		if len(some) == 0 {
			if err := r.moreNarrow(p, bucket); err != nil {
				return err
			}
			continue
		}
		rows = rows[len(some):]
		at := 0
		for i := range some {
			row := &some[i]
			s := findShort(slots, row.id)
			if !meet(s, row.word, &o.tally) {
				continue
			}
			record, fits := form.pack(s.place(), row.word)
			if !fits {
				if err := r.keepWide(p, bucket, s.place(), row.word); err != nil {
					return err
				}
				continue
			}
			binary.LittleEndian.PutUint64(free[at:], record)
			at += form.bytes
		}
		p.records.narrow = narrow[:len(narrow)+at]
	}
	return nil
}

// meet takes note of a row whose contact has been looked up (nil: there is none), and tells whether the row matters to any
// criterion.
func meet(s *slot, word uint64, t *tally) bool {
	signature := word & (1<<signatureBits - 1)
	switch {
	case s == nil:
		t[engagementsTable][unknownContact]++
		return false
	case signature == afterTheAsOf:
		t[engagementsTable][afterAsOf]++
		return false
	}
	s.met(word >> signatureBits)
	return signature != meetsNothing
}

// timeOf gives the unix second of the time of a word.
func (r *run) timeOf(time uint64) int64 { return int64(time) + r.newest - longestAgo }

// keep adds a record to the bucket.
func (r *run) keep(p *people, bucket, place int, word uint64) error {
	record, fits := r.form.pack(place, word)
	if !fits {
		return r.keepWide(p, bucket, place, word)
	}
	if r.form.room(p.records.narrow[len(p.records.narrow):cap(p.records.narrow)]) == 0 {
		if err := r.moreNarrow(p, bucket); err != nil {
			return err
		}
	}
	n := len(p.records.narrow)
	block := p.records.narrow[:n+recordRoom]
	binary.LittleEndian.PutUint64(block[n:], record)
	p.records.narrow = block[:n+r.form.bytes]
	return nil
}

// moreNarrow opens a new block.
func (r *run) moreNarrow(p *people, bucket int) error {
	if err := r.narrow.add(bucket, p.records.narrow); err != nil {
		return err
	}
	p.records.narrow = newBlock(r.blockAfter(p.records.narrow))
	return nil
}

func (r *run) keepWide(p *people, bucket, place int, word uint64) error {
	if len(p.records.wide)+wideRecord > cap(p.records.wide) {
		if err := r.wide.add(bucket, p.records.wide); err != nil {
			return err
		}
		p.records.wide = newBlock(r.blockAfter(p.records.wide))
	}
	p.records.wide = appendWideRecord(p.records.wide, place, word)
	return nil
}

// blockAfter is the size of the block that follows a full one: they grow, so that small buckets stay small.
func (r *run) blockAfter(block []byte) int {
	return min(max(2*cap(block), smallestBlock), r.narrow.blockSize)
}

// closeRecords hands the open blocks of all buckets to the spools, and ends the looking up of ids.
func (r *run) closeRecords(ctx context.Context) error {
	return crew(ctx, r.threads, len(r.people), func() (struct{}, error) { return struct{}{}, nil },
		func(_ context.Context, _ struct{}, bucket int) error {
			p := r.people[bucket]
			if err := r.narrow.add(bucket, p.records.narrow); err != nil {
				return err
			}
			if err := r.wide.add(bucket, p.records.wide); err != nil {
				return err
			}
			p.records = records{}
			p.settle(r.timeOf)
			return nil
		}, nil)
}
