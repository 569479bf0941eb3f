package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"leadscore/transforms/score"
)

// Rows come from the scan in one of three forms, little endian, each in blocks of one bucket:
//
//	short   uint64 id packed │ uint64 word
//	long    uint64 hash │ uint64 word │ uint32 length, id
//	whole   uint32 length of all │ uint64 word │ int64 second │ uint32 file │ uint64 row │ uint32 length, id │
//	        byte has event id │ event id
//
// Short and long rows are resolved as soon as there are enough of a bucket: the id is looked up among the bucket's people, and what is
// kept is a record of 8 bytes, the contact's place, time and signature (16 where they need more room). Whole rows wait for
// the evaluation of their bucket; that is how it goes when the contacts do not fit in memory or event ids have to be compared.

// records are the open blocks of a bucket's resolved rows.
type records struct{ narrow, wide []byte }

// scanOutput takes the rows of one goroutine's scan.
type scanOutput struct {
	run       *run
	shorts    []shortRow // 1 << shortBits rows a bucket
	shortBits int
	filled    []uint32 // how many of them are taken
	longs     [][]byte // of longBlock bytes
	longBlock int
	wholes    *appender
	tally     tally
	record    []byte
	warmed    uint64 // so that warming is not left out as idle
}

// shortRow is a row whose id packs into a word.
type shortRow struct{ id, word uint64 }

// Rows of a bucket are looked up together, so that fetching its slots and ids once serves many.
const (
	shortRowBytes = 16
	mostShort     = 9 // bits of the number of rows
	leastShort    = 5
	mostLong      = 16 << 10 // bytes
)

func (r *run) scanOutput() *scanOutput {
	o := &scanOutput{run: r}
	if r.late {
		o.wholes = r.whole.appender()
		return o
	}
	n := r.layout.buckets()
	room := int(r.spec.Memory / 16 / int64(n*r.threads)) // of a bucket
	for o.shortBits = mostShort; o.shortBits > leastShort && shortRowBytes<<o.shortBits > room; {
		o.shortBits--
	}
	o.longBlock = max(min(room, mostLong), smallestBlock)
	o.shorts, o.filled, o.longs = make([]shortRow, n<<o.shortBits), make([]uint32, n), make([][]byte, n)
	return o
}

func (o *scanOutput) short(bucket int, word, id uint64) error {
	n := o.filled[bucket]
	o.shorts[bucket<<o.shortBits+int(n)] = shortRow{id, word}
	n++
	if o.filled[bucket] = n; n == 1<<o.shortBits {
		return o.pass(bucket)
	}
	return nil
}

func (o *scanOutput) long(bucket int, word, hash uint64, id []byte) error {
	block := o.longs[bucket]
	if need := 20 + len(id); len(block)+need > cap(block) {
		if len(block) > 0 {
			if err := o.resolveLong(bucket, block); err != nil {
				return err
			}
		}
		if block = block[:0]; need > cap(block) {
			block = newBlock(max(o.longBlock, need))
		}
	}
	block = binary.LittleEndian.AppendUint64(block, hash)
	block = binary.LittleEndian.AppendUint64(block, word)
	o.longs[bucket] = appendWide(block, id)
	return nil
}

func (o *scanOutput) whole(bucket int, word uint64, second int64, id []byte, file int32, row int64, event []byte) error {
	b := append(o.record[:0], 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, word)
	b = binary.LittleEndian.AppendUint64(b, uint64(second))
	b = binary.LittleEndian.AppendUint32(b, uint32(file))
	b = binary.LittleEndian.AppendUint64(b, uint64(row))
	b = appendWide(b, id)
	if event == nil {
		b = append(b, 0)
	} else {
		b = append(append(b, 1), event...)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	o.record = b
	return o.wholes.append(bucket, b)
}

// finish hands over what is left.
func (o *scanOutput) finish() error {
	if o.wholes != nil {
		return o.wholes.flush()
	}
	for bucket := range o.longs {
		if err := o.pass(bucket); err != nil {
			return err
		}
		if err := o.resolveLong(bucket, o.longs[bucket]); err != nil {
			return err
		}
	}
	o.run.counts.add(&o.tally)
	return nil
}

// pass looks the short rows of a bucket up among its people and keeps records of them.
func (o *scanOutput) pass(bucket int) error {
	rows := o.shorts[bucket<<o.shortBits:][:o.filled[bucket]]
	o.filled[bucket] = 0
	if len(rows) == 0 {
		return nil
	}
	r, p := o.run, o.run.people[bucket]
	p.Lock()
	defer p.Unlock()
	if len(rows) >= len(p.short)/16 { // a row for every fourth cache line
		o.warmed += warm(p.short)
	}
	for len(rows) > 0 {
		if len(p.records.narrow) == cap(p.records.narrow) {
			if err := r.moreNarrow(p, bucket); err != nil {
				return err
			}
		}
		narrow := p.records.narrow
		n := len(narrow)
		free := narrow[n:cap(narrow)]
		some := rows[:min(len(rows), len(free)/8)]
		rows = rows[len(some):]
		at := 0
		for i := range some {
			row := &some[i]
			s := findShort(p.short, hashPacked(row.id), row.id)
			if !meet(s, row.word, &o.tally) {
				continue
			}
			record, fits := r.pack(uint64(s.place()), row.word)
			if !fits {
				if err := r.keepWide(p, bucket, uint64(s.place()), row.word); err != nil {
					return err
				}
				continue
			}
			binary.LittleEndian.PutUint64(free[at:], record)
			at += 8
		}
		p.records.narrow = narrow[:n+at]
	}
	return nil
}

// warm reads memory from end to end, which the processor fetches ahead of time: to meet its cache lines in the order of the
// rows, which cannot be foretold, took three times as long.
func warm[T any](values []T) (sum uint64) {
	var one T
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(one)))
	for i := 0; i < len(b); i += cacheLine {
		sum += uint64(b[i])
	}
	return sum
}

const cacheLine = 64

// resolveLong does the same for a block of long rows.
func (o *scanOutput) resolveLong(bucket int, block []byte) error {
	p := o.run.people[bucket]
	p.Lock()
	defer p.Unlock()
	if len(block) > o.longBlock/2 {
		o.warmed += warm(p.long) + warm(p.idStart) + warm(p.ids)
	}
	for len(block) > 0 {
		hash, word := binary.LittleEndian.Uint64(block), binary.LittleEndian.Uint64(block[8:])
		var id []byte
		id, block = wide(block[16:])
		if s := p.find(hash, id); meet(s, word, &o.tally) {
			if err := o.run.keep(p, bucket, uint64(s.place()), word); err != nil {
				return err
			}
		}
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
func (r *run) timeOf(time uint64) int64 { return int64(time) + r.asOf - longestAgo }

// keep adds a record to the bucket: place │ time │ signature in one word where they fit, else two words.
func (r *run) keep(p *people, bucket int, place, word uint64) error {
	record, fits := r.pack(place, word)
	if !fits {
		return r.keepWide(p, bucket, place, word)
	}
	if len(p.records.narrow)+8 > cap(p.records.narrow) {
		if err := r.moreNarrow(p, bucket); err != nil {
			return err
		}
	}
	p.records.narrow = binary.LittleEndian.AppendUint64(p.records.narrow, record)
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

func (r *run) keepWide(p *people, bucket int, place, word uint64) error {
	if len(p.records.wide)+16 > cap(p.records.wide) {
		if err := r.wide.add(bucket, p.records.wide); err != nil {
			return err
		}
		p.records.wide = newBlock(r.blockAfter(p.records.wide))
	}
	p.records.wide = binary.LittleEndian.AppendUint64(p.records.wide, place)
	p.records.wide = binary.LittleEndian.AppendUint64(p.records.wide, word)
	return nil
}

// pack puts place │ time │ signature in one word; fits is false when the signature needs more room than is left.
func (r *run) pack(place, word uint64) (record uint64, fits bool) {
	room := uint(signatureBits - r.placeBits) // for the signature
	signature := word & (1<<signatureBits - 1)
	return place<<(64-r.placeBits) | word>>signatureBits<<room | signature, signature>>room == 0
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

// placed is a resolved row: the word of an engagement and the place of its contact.
type placed struct {
	place uint32
	word  uint64
}

// gatherer brings the records of a bucket together, in buffers that it keeps. It belongs to one goroutine.
type gatherer struct {
	run    *run
	people assembler
	rows   []placed
	start  []uint32
	words  []uint64
	at     []int64
	marks  []uint32
	bucket score.Bucket
}

// gather gives a bucket ready to evaluate.
func (g *gatherer) gather(bucket int) (*people, *score.Bucket, error) {
	r := g.run
	g.rows = g.rows[:0]
	var p *people
	var err error
	if r.late {
		g.people.run = r
		if p, err = g.people.assemble(bucket); err == nil {
			err = g.takeWhole(bucket, p)
		}
	} else {
		p = r.people[bucket]
		r.people[bucket] = nil
		err = g.takeRecords(bucket)
	}
	if err != nil {
		return nil, nil, err
	}
	g.sort(p.n)
	g.bucket = score.Bucket{
		Contacts: p.n, Holds: p.holds, TimedStart: p.timedStart, Timed: p.timed,
		EngagementStart: g.start, At: g.at, Signature: g.marks, Last: p.last,
	}
	return p, &g.bucket, nil
}

func (g *gatherer) takeRecords(bucket int) error {
	r := g.run
	room := uint(signatureBits - r.placeBits)
	err := r.narrow.take(bucket, func(block []byte) error {
		for ; len(block) > 0; block = block[8:] {
			record := binary.LittleEndian.Uint64(block)
			word := record>>room&longestAgo<<signatureBits | record&(1<<room-1)
			g.rows = append(g.rows, placed{uint32(record >> (64 - r.placeBits)), word})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.wide.take(bucket, func(block []byte) error {
		for ; len(block) > 0; block = block[16:] {
			g.rows = append(g.rows, placed{uint32(binary.LittleEndian.Uint64(block)), binary.LittleEndian.Uint64(block[8:])})
		}
		return nil
	})
}

// sort orders the rows by contact and time: by counting for the contacts, then each contact's few words.
func (g *gatherer) sort(contacts int) {
	g.start = grown(g.start, contacts+1)
	clear(g.start)
	for i := range g.rows {
		g.start[g.rows[i].place+1]++
	}
	for i := range contacts {
		g.start[i+1] += g.start[i]
	}
	n := len(g.rows)
	g.words, g.at, g.marks = grown(g.words, n), grown(g.at, n), grown(g.marks, n)
	for i := range g.rows {
		row := &g.rows[i]
		g.words[g.start[row.place]] = row.word
		g.start[row.place]++
	}
	copy(g.start[1:], g.start)
	g.start[0] = 0
	for c := range contacts {
		sortWords(g.words[g.start[c]:g.start[c+1]])
	}
	for i, word := range g.words {
		g.at[i] = g.run.timeOf(word >> signatureBits)
		g.marks[i] = uint32(word & (1<<signatureBits - 1))
	}
}

// sortWords sorts in place. Most contacts have few engagements, read nearly in order.
func sortWords(words []uint64) {
	if len(words) > 32 {
		slices.Sort(words)
		return
	}
	for i := 1; i < len(words); i++ {
		w := words[i]
		j := i
		for ; j > 0 && words[j-1] > w; j-- {
			words[j] = words[j-1]
		}
		words[j] = w
	}
}

// wholeRow is a whole row as it stands in its bucket's stream.
type wholeRow struct {
	hash      uint64 // of the event id
	word      uint64
	second    int64
	file      int32
	row       int64
	id, event []byte // event is nil where there is none
}

func parseWhole(b []byte) (w wholeRow, rest []byte) {
	n := binary.LittleEndian.Uint32(b)
	b, rest = b[:n], b[n:]
	w.word = binary.LittleEndian.Uint64(b[4:])
	w.second = int64(binary.LittleEndian.Uint64(b[12:]))
	w.file = int32(binary.LittleEndian.Uint32(b[20:]))
	w.row = int64(binary.LittleEndian.Uint64(b[24:]))
	w.id, b = wide(b[32:])
	if b[0] == 1 {
		w.event = b[1:]
		w.hash = xxhash.Sum64(w.event)
	}
	return w, rest
}

// takeWhole takes the whole rows of a bucket: those that repeat an event id are left out, the others resolved.
func (g *gatherer) takeWhole(bucket int, p *people) error {
	var rows []wholeRow
	err := g.run.whole.take(bucket, func(block []byte) error {
		for len(block) > 0 {
			var w wholeRow
			w, block = parseWhole(block)
			rows = append(rows, w)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var t tally
	if g.run.events {
		if rows, err = g.run.distinct(rows, &t); err != nil {
			return err
		}
	}
	for i := range rows {
		w := &rows[i]
		if s := p.find(hashID(w.id), w.id); meet(s, w.word, &t) {
			g.rows = append(g.rows, placed{uint32(s.place()), w.word})
		}
	}
	p.settle(g.run.timeOf)
	g.run.counts.add(&t)
	return nil
}

// distinct leaves out, counts and rejects the rows that repeat an event id of the same contact. The earliest second stays, then
// the first by file and row.
func (r *run) distinct(rows []wholeRow, t *tally) ([]wholeRow, error) {
	slices.SortFunc(rows, func(a, b wholeRow) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), bytes.Compare(a.event, b.event), bytes.Compare(a.id, b.id),
			cmp.Compare(a.second, b.second), cmp.Compare(a.file, b.file), cmp.Compare(a.row, b.row))
	})
	kept := rows[:0]
	for _, w := range rows {
		if n := len(kept); w.event == nil || n == 0 || !bytes.Equal(kept[n-1].event, w.event) || !bytes.Equal(kept[n-1].id, w.id) {
			kept = append(kept, w)
			continue
		}
		t[engagementsTable][repeatedEvent]++
		r.counts.note(engagementsTable, repeatedEvent, w.file, w.row, showID(r.ids, w.id))
		if err := r.rejects.add(reject{engagementsTable, repeatedEvent, w.file, w.row, w.id}); err != nil {
			return nil, err
		}
	}
	return kept, nil
}
