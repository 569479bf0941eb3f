package pipeline

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"leadscore/pipeline/parquetio/encode"
)

// A contact row in its bucket's stream, little endian:
//
//	uint32 length of all │ uint32 file │ uint64 row │ statics: words │ uint32 length, id │ what few contacts have
//
// What few contacts have is not there, or all of
//
//	uint32 number of timed spans, {uint32 static, int64 start, int64 end} │ uint32 length, order by which the latest is kept │ payload
//
// The payload is the contact's mql columns.
const contactHead = 16 // bytes before the statics

// contactRow is the bytes of one.
type contactRow []byte

func (c contactRow) file() int32 { return int32(binary.LittleEndian.Uint32(c[4:])) }
func (c contactRow) row() int64  { return int64(binary.LittleEndian.Uint64(c[8:])) }

// id gives the id, and what few contacts have.
func (c contactRow) id(words int) (id, few []byte) { return wide(c[contactHead+8*words:]) }

func parseFew(few []byte) (timed, order, payload []byte) {
	if len(few) == 0 {
		return nil, nil, nil
	}
	n := 4 + 20*binary.LittleEndian.Uint32(few)
	order, payload = wide(few[n:])
	return few[4:n], order, payload
}

// wide splits a uint32 length and so many bytes off.
func wide(b []byte) (value, rest []byte) {
	n := 4 + binary.LittleEndian.Uint32(b)
	return b[4:n], b[n:]
}

// assembler makes people of bucket after bucket, in buffers that it keeps: to make them anew took a third of the time. It
// belongs to one goroutine.
type assembler struct {
	run         *run
	blocks      [][]byte
	order, free []contactAt
	timed       []rowSpan
	slab        slotSlab
}

// contactAt is where a contact row stands in the blocks, with what mostly decides where it belongs.
type contactAt struct {
	prefix    uint64 // the id's first bytes
	block, at uint32
}

func (a *assembler) row(at contactAt) contactRow {
	b := a.blocks[at.block][at.at:]
	return b[:binary.LittleEndian.Uint32(b)]
}

// assemble takes a bucket's contacts from their stream and makes people of them, who are in no lists yet.
func (a *assembler) assemble(bucket int) (*people, error) {
	r, words := a.run, a.run.program.StaticWords()
	a.blocks, a.order = a.blocks[:0], a.order[:0]
	err := r.take(r.contacts, bucket, nil, func(block []byte) error {
		for at := uint32(0); int(at) < len(block); at += binary.LittleEndian.Uint32(block[at:]) {
			id, _ := contactRow(block[at:]).id(words)
			a.order = append(a.order, contactAt{prefixOf(id), uint32(len(a.blocks)), at})
		}
		a.blocks = append(a.blocks, block)
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.sort()
	return a.people()
}

// sort orders the rows by their ids, and those of one contact such that the one to keep comes first. Mostly they come in few
// ascending runs, as files are ordered and each thread reads its row groups one after the other: so neighbouring runs are merged until
// one is left.
func (a *assembler) sort() {
	for runs := 2; runs > 1; {
		merged := slices.Grow(a.free[:0], len(a.order))
		runs = 0
		for rest := a.order; len(rest) > 0; runs++ {
			var left, right []contactAt
			left, rest = a.ascending(rest)
			right, rest = a.ascending(rest)
			merged = merge(merged, left, right, a.before)
		}
		a.order, a.free = merged, a.order
	}
}

// ascending splits the run off with which the rows begin.
func (a *assembler) ascending(rows []contactAt) (run, rest []contactAt) {
	n := min(1, len(rows))
	for n < len(rows) && !a.before(rows[n], rows[n-1]) {
		n++
	}
	return rows[:n], rows[n:]
}

func (a *assembler) before(x, y contactAt) bool {
	return x.prefix < y.prefix || x.prefix == y.prefix && a.compare(x, y) < 0
}

// compare compares rows whose ids have the same first bytes.
func (a *assembler) compare(x, y contactAt) int {
	words := a.run.program.StaticWords()
	one, other := a.row(x), a.row(y)
	id, few := one.id(words)
	otherID, otherFew := other.id(words)
	if c := bytes.Compare(id, otherID); c != 0 {
		return c
	}
	_, order, _ := parseFew(few)
	_, otherOrder, _ := parseFew(otherFew)
	return cmp.Or(bytes.Compare(otherOrder, order), cmp.Compare(one.file(), other.file()), cmp.Compare(one.row(), other.row()))
}

// people makes people of the rows in their order.
func (a *assembler) people() (*people, error) {
	words := a.run.program.StaticWords()
	idBytes, payloadBytes, packed, err := a.once()
	if err != nil {
		return nil, err
	}
	p := &people{n: len(a.order)}
	p.ids.bytes = make([]byte, 0, idBytes)
	if payloadBytes > 0 {
		p.payloadStart, p.payload = make([]uint32, 1, p.n+1), make([]byte, 0, payloadBytes)
	}
	p.short, p.long = a.slab.take(packed), a.slab.take(p.n-packed)
	p.holds = make([]uint64, 0, p.n*words)
	a.timed = a.timed[:0]
	for i, at := range a.order {
		row := a.row(at)
		id, few := row.id(words)
		timed, _, payload := parseFew(few)
		p.ids.add(id)
		if payloadBytes > 0 {
			p.payload = append(p.payload, payload...)
			p.payloadStart = append(p.payloadStart, uint32(len(p.payload)))
		}
		p.enter(id, i)
		for w := range words {
			p.holds = append(p.holds, binary.LittleEndian.Uint64(row[contactHead+8*w:]))
		}
		for ; len(timed) > 0; timed = timed[20:] {
			a.timed = append(a.timed, rowSpan{i, int(binary.LittleEndian.Uint32(timed)),
				int64(binary.LittleEndian.Uint64(timed[4:])), int64(binary.LittleEndian.Uint64(timed[12:]))})
		}
	}
	clear(a.blocks) // lets go of them
	if len(a.timed) > 0 {
		p.addTimed(a.timed)
	}
	return p, nil
}

// once keeps the first of the rows of each contact and counts the others. It gives what those kept have: bytes of ids and of payload, and
// ids that pack.
func (a *assembler) once() (idBytes, payloadBytes, packed int, err error) {
	r, words := a.run, a.run.program.StaticWords()
	t, integers := r.idType.(encode.IntType)
	var duplicates tally
	var last []byte
	kept := a.order[:0]
	for _, at := range a.order {
		row := a.row(at)
		id, few := row.id(words)
		if len(kept) > 0 && bytes.Equal(id, last) {
			duplicates[contactsTable][duplicateContact]++
			r.counts.note(contactsTable, duplicateContact, row.file(), row.row(), showID(r.ids, id))
			if err := r.rejects.add(reject{contactsTable, duplicateContact, row.file(), row.row(), id}); err != nil {
				return 0, 0, 0, err
			}
			continue
		}
		if integers && t.Signed && len(id) > 8 {
			return 0, 0, 0, failed(exitUsage, "contacts: the id %s of %s is beyond the range of int64, in which other files have their ids; write all files with unsigned ids",
				showID(r.ids, id), r.sources[contactsTable].files[row.file()].object.Address)
		}
		_, _, payload := parseFew(few)
		kept, last = append(kept, at), id
		idBytes, payloadBytes = idBytes+len(id), payloadBytes+len(payload)
		packed += int(number(packs(id)))
	}
	a.order = kept
	r.counts.add(&duplicates)
	return idBytes, payloadBytes, packed, nil
}
