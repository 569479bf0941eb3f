package pipeline

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"

	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

// placed is a resolved row: the word of an engagement and the place of its contact.
type placed struct {
	place uint32
	word  uint64
}

// gatherer brings the records of a bucket together, in buffers that it keeps. It belongs to one goroutine.
type gatherer struct {
	run      *run
	people   assembler
	rows     []placed
	wholes   []wholeRow
	unpacked []byte // spilled blocks, one after the other
	start    []uint32
	words    []uint64
	at       []int64
	marks    []uint32
	bucket   score.Bucket
}

// gather gives a bucket ready to evaluate.
func (g *gatherer) gather(bucket int) (*people, *score.Bucket, error) {
	r := g.run
	g.rows = g.rows[:0]
	var p *people
	var err error
	if r.late || r.several {
		g.people.run = r
		if p, err = g.people.assemble(bucket); err == nil {
			err = g.people.join(bucket, p)
		}
	} else {
		p = r.people[bucket]
		r.people[bucket] = nil
	}
	switch {
	case err != nil:
	case r.late:
		err = g.takeWhole(bucket, p)
	default:
		err = g.takeRecords(bucket)
	}
	if err != nil {
		return nil, nil, err
	}
	if r.several {
		g.upTo(p)
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
	err := r.take(r.narrow, bucket, &g.unpacked, func(block []byte) error {
		g.rows = r.form.appendTo(g.rows, block)
		return nil
	})
	if err != nil {
		return err
	}
	return r.take(r.wide, bucket, &g.unpacked, func(block []byte) error {
		g.rows = wideRows(g.rows, block)
		return nil
	})
}

// upTo leaves out and counts the rows after the run's own as-of instant, where the buckets hold those of a later one too, and finds
// each contact's last engagement among the others. Of these it keeps, as the scan of one instant does, those that meet any selector.
func (g *gatherer) upTo(p *people) {
	r := g.run
	asOf := uint64(r.asOf - r.newest + longestAgo)
	p.last = make([]int64, p.n)
	for i := range p.last {
		p.last[i] = score.Null
	}
	var t tally
	kept := g.rows[:0]
	for _, row := range g.rows {
		time := row.word >> signatureBits
		if time > asOf {
			t[engagementsTable][afterAsOf]++
			continue
		}
		p.last[row.place] = max(p.last[row.place], r.timeOf(time))
		if len(r.signatures.list.Of(uint32(row.word&(1<<signatureBits-1)))) > 0 {
			kept = append(kept, row)
		}
	}
	g.rows = kept
	r.counts.add(&t)
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
		// Nearly in order: threads that read neighbouring row groups hand a contact's engagements over in turn.
		timeline.SortNearly(g.words[g.start[c]:g.start[c+1]])
	}
	for i, word := range g.words {
		g.at[i] = g.run.timeOf(word >> signatureBits)
		g.marks[i] = uint32(word & (1<<signatureBits - 1))
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

func parseWhole(b []byte, events bool) (w wholeRow, rest []byte) {
	w.word = binary.LittleEndian.Uint64(b)
	if w.id, rest = short(b[8:]); !events {
		return w, rest
	}
	w.second = int64(binary.LittleEndian.Uint64(rest))
	w.file = int32(binary.LittleEndian.Uint32(rest[8:]))
	w.row = int64(binary.LittleEndian.Uint64(rest[12:]))
	if w.event, rest = short(rest[20:]); len(w.event) == 0 {
		w.event = nil
	} else {
		w.hash = xxhash.Sum64(w.event)
	}
	return w, rest
}

// short splits a varint length and so many bytes off.
func short(b []byte) (value, rest []byte) {
	n, at := binary.Uvarint(b)
	return b[at : at+int(n)], b[at+int(n):]
}

// takeWhole takes the whole rows of a bucket: those that repeat an event id are left out, the others resolved. Where there are no
// event ids each is resolved as it comes: to gather them first took three times as long as all the rest.
func (g *gatherer) takeWhole(bucket int, p *people) error {
	var t tally
	resolve := func(w *wholeRow) {
		if s := p.find(w.id); meet(s, w.word, &t) {
			g.rows = append(g.rows, placed{uint32(s.place()), w.word})
		}
	}
	r, unpacked := g.run, &g.unpacked
	if r.events {
		unpacked = nil // rows are kept until they are compared
	}
	g.wholes = g.wholes[:0]
	err := r.take(r.whole, bucket, unpacked, func(block []byte) error {
		for len(block) > 0 {
			var w wholeRow
			if w, block = parseWhole(block, r.events); r.events {
				g.wholes = append(g.wholes, w)
			} else {
				resolve(&w)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.events {
		distinct, err := r.distinct(g.wholes, &t)
		if err != nil {
			return err
		}
		for i := range distinct {
			resolve(&distinct[i])
		}
		clear(g.wholes) // lets go of the blocks
	}
	p.settle(r.timeOf)
	r.counts.add(&t)
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
