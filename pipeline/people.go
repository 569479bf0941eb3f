package pipeline

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

// people are the contacts of one bucket, ordered by id, with all that is known of them before their engagements. …Start is
// as in score.Bucket.
type people struct {
	sync.Mutex // guards what engagements change: last and the records

	n            int
	idStart      []uint32
	ids          []byte
	short        []slot // of ids that pack into a word, by the word: open addressing by hash, a third free
	long         []slot // of the others, by their hash
	holds        []uint64
	timedStart   []uint32
	timed        []score.TimedSpan
	payloadStart []uint32 // nil: no contact has a payload
	payload      []byte

	last    []int64
	records records
}

// slot holds a word, and a contact: its place plus 1 in the upper 28 bits (0: the slot is empty), and in the lower 36 its last
// engagement of any kind, as the time of a word has it (0: none). So a row that only has to be counted costs one cache line.
type slot struct{ word, contact uint64 }

const placeShift = timeBits

func (p *people) id(i int) []byte { return p.ids[p.idStart[i]:p.idStart[i+1]] }

func (p *people) payloadOf(i int) []byte {
	if p.payloadStart == nil {
		return nil
	}
	return p.payload[p.payloadStart[i]:p.payloadStart[i+1]]
}

// find gives the slot of the contact with the id, or nil.
func (p *people) find(hash uint64, id []byte) *slot {
	if packs(id) {
		return findShort(p.short, hash, shortKey(id))
	}
	return p.findLong(hash, id)
}

// findShort finds an id that is packed into a word, which is never 0.
func findShort(slots []slot, hash, short uint64) *slot {
	at := home(slots, hash)
	// Most ids are at home or next door. Which of the two cannot be foretold, so it is worked out without a branch.
	next := 0
	if slots[at].word != short {
		next = 1
	}
	for at += next; ; at++ {
		if at == len(slots) {
			at = 0
		}
		s := &slots[at]
		if s.word == short {
			return s
		}
		if s.contact == 0 {
			return nil
		}
	}
}

func (s *slot) place() int { return int(s.contact>>placeShift) - 1 }

// met takes note of an engagement at a time.
func (s *slot) met(time uint64) {
	if s.contact&longestAgo < time {
		s.contact = s.contact&^longestAgo | time
	}
}

// slotSlab is the memory that slots are cut from. They are all given back together, and what comes then needs larger pieces than a
// bucket's slots: that lowers the peak by a twentieth.
type slotSlab struct{ free []slot }

const slabSlots = 64 << 10 // 1 MiB

// take gives half as many slots again as there are contacts: twice as many took as long. They are written to at once, since to
// read memory that the system has not given yet, and only then to write to it, makes the system map it twice.
func (s *slotSlab) take(contacts int) []slot {
	n := contacts + contacts/2 + 2
	if n > len(s.free) {
		s.free = make([]slot, max(n, slabSlots))
	}
	slots := s.free[:n:n]
	s.free = s.free[n:]
	clear(slots)
	return slots
}

// home is where the search for a hash begins; there is a slot next to it.
func home(slots []slot, hash uint64) int {
	return int(hash & math.MaxUint32 * uint64(len(slots)-1) >> 32)
}

// put enters a word at its hash.
func put(slots []slot, hash, word uint64, place int) {
	at := home(slots, hash)
	for slots[at].contact != 0 {
		if at++; at == len(slots) {
			at = 0
		}
	}
	slots[at] = slot{word, uint64(place+1) << placeShift}
}

// settle reads the last engagements off the slots, which are not needed any more.
func (p *people) settle(timeOf func(time uint64) int64) {
	p.last = make([]int64, p.n)
	for _, slots := range [][]slot{p.short, p.long} {
		for i := range slots {
			if s := &slots[i]; s.contact != 0 {
				p.last[s.place()] = score.Null
				if time := s.contact & longestAgo; time != 0 {
					p.last[s.place()] = timeOf(time)
				}
			}
		}
	}
	p.short, p.long = nil, nil
}

// packs tells whether an id can be packed into a word such that no other id packs into the same.
func packs(id []byte) bool { return len(id) <= 8 && len(id) > 0 && id[len(id)-1] != 0 }

// contactRow is a contact row as it stands in its bucket's stream.
type contactRow struct {
	prefix                    uint64 // the id's first bytes, to sort by
	file                      int32
	row                       int64
	holds, id, timed, payload []byte
	order                     []byte
}

func parseContact(b []byte, words int) contactRow {
	r := contactRow{file: int32(binary.LittleEndian.Uint32(b)), row: int64(binary.LittleEndian.Uint64(b[4:]))}
	b = b[12:]
	r.holds, b = b[:8*words], b[8*words:]
	r.id, b = wide(b)
	n := 20 * binary.LittleEndian.Uint32(b)
	r.timed, b = b[4:4+n], b[4+n:]
	r.order, r.payload = wide(b)
	var prefix [8]byte
	copy(prefix[:], r.id)
	r.prefix = binary.BigEndian.Uint64(prefix[:])
	return r
}

// wide splits a uint32 length and so many bytes off.
func wide(b []byte) (value, rest []byte) {
	n := 4 + binary.LittleEndian.Uint32(b)
	return b[4:n], b[n:]
}

// assembler makes people of bucket after bucket, in buffers that it keeps: to make them anew took a third of the time. It
// belongs to one goroutine.
type assembler struct {
	run   *run
	all   []contactRow
	order []member // small things to move about, with what mostly decides
	rows  []*contactRow
	timed []rowSpan
	slab  slotSlab
}

// assemble takes a bucket's contacts and memberships from their streams and makes people of them.
func (a *assembler) assemble(bucket int) (*people, error) {
	r, words := a.run, a.run.program.StaticWords()
	a.all, a.order, a.rows, a.timed = a.all[:0], a.order[:0], a.rows[:0], a.timed[:0]
	err := r.take(r.contacts, bucket, nil, func(block []byte) error {
		for len(block) > 0 {
			n := binary.LittleEndian.Uint32(block)
			a.all = append(a.all, parseContact(block[4:n], words))
			block = block[n:]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range a.all {
		a.order = append(a.order, member{prefix: a.all[i].prefix, place: uint32(i)})
	}
	slices.SortFunc(a.order, func(x, y member) int {
		if x.prefix != y.prefix {
			return cmp.Compare(x.prefix, y.prefix)
		}
		a, b := &a.all[x.place], &a.all[y.place]
		return cmp.Or(bytes.Compare(a.id, b.id), bytes.Compare(b.order, a.order), cmp.Compare(a.file, b.file), cmp.Compare(a.row, b.row))
	})
	for i := range a.order {
		a.rows = append(a.rows, &a.all[a.order[i].place])
	}
	rows, err := r.once(a.rows)
	if err != nil {
		return nil, err
	}
	p := &people{n: len(rows)}
	idBytes, payloadBytes, packed := 0, 0, 0
	t, integers := r.idType.(encode.IntType)
	for i := range rows {
		if integers && t.Signed && len(rows[i].id) > 8 {
			return nil, failed(exitUsage, "contacts: the id %s of %s is beyond the range of int64, in which other files have their ids; write all files with unsigned ids",
				showID(r.ids, rows[i].id), r.sources[contactsTable].files[rows[i].file].object.Address)
		}
		packed += int(number(packs(rows[i].id)))
		idBytes += len(rows[i].id)
		payloadBytes += len(rows[i].payload)
	}
	p.idStart, p.ids = make([]uint32, 1, p.n+1), make([]byte, 0, idBytes)
	if payloadBytes > 0 {
		p.payloadStart, p.payload = make([]uint32, 1, p.n+1), make([]byte, 0, payloadBytes)
	}
	p.short, p.long = a.slab.take(packed), a.slab.take(p.n-packed)
	p.holds = make([]uint64, 0, p.n*words)
	timed := a.timed
	for i := range rows {
		c := rows[i]
		p.ids = append(p.ids, c.id...)
		p.idStart = append(p.idStart, uint32(len(p.ids)))
		if payloadBytes > 0 {
			p.payload = append(p.payload, c.payload...)
			p.payloadStart = append(p.payloadStart, uint32(len(p.payload)))
		}
		if hash := hashID(c.id); packs(c.id) {
			put(p.short, hash, shortKey(c.id), i)
		} else {
			put(p.long, hash, hash, i)
		}
		for w := range words {
			p.holds = append(p.holds, binary.LittleEndian.Uint64(c.holds[8*w:]))
		}
		for t := c.timed; len(t) > 0; t = t[20:] {
			timed = append(timed, rowSpan{i, int(binary.LittleEndian.Uint32(t)),
				int64(binary.LittleEndian.Uint64(t[4:])), int64(binary.LittleEndian.Uint64(t[12:]))})
		}
	}
	if timed, err = r.join(bucket, p, timed); err != nil {
		return nil, err
	}
	a.timed = sortSpans(timed)
	p.setTimed(a.timed)
	return p, nil
}

func (p *people) setTimed(spans []rowSpan) {
	p.timedStart = make([]uint32, p.n+1)
	p.timed = make([]score.TimedSpan, len(spans))
	for i, s := range spans {
		p.timed[i] = score.TimedSpan{Static: uint32(s.static), Span: timeline.Span{Start: s.start, End: s.end}}
		p.timedStart[s.row+1]++
	}
	for i := range p.n {
		p.timedStart[i+1] += p.timedStart[i]
	}
}

// once keeps the first of the rows of each contact, which come ordered so that it is the one to keep, and counts the others.
func (r *run) once(rows []*contactRow) ([]*contactRow, error) {
	kept := rows[:0]
	var t tally
	for i := range rows {
		c := rows[i]
		if i == 0 || !bytes.Equal(c.id, rows[len(kept)-1].id) {
			kept = append(kept, c)
			continue
		}
		t[contactsTable][duplicateContact]++
		r.counts.note(contactsTable, duplicateContact, c.file, c.row, showID(r.ids, c.id))
		if err := r.rejects.add(reject{contactsTable, duplicateContact, c.file, c.row, c.id}); err != nil {
			return nil, err
		}
	}
	r.counts.add(&t)
	return kept, nil
}

// bytes is how much memory the people take.
func (p *people) bytes() int64 {
	return int64(len(p.ids) + len(p.payload) + 8*(len(p.idStart)+2*len(p.short)+2*len(p.long)+len(p.holds)+len(p.last)+3*len(p.timed)))
}
