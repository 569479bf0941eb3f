package pipeline

import (
	"context"
	"encoding/binary"

	"leadscore/transforms/timeline"
)

// A membership in its bucket's stream, little endian: uint32 static (noList: no criterion asks for the list), int64 instant
// from which it holds, uint32 length, contact id.
const noList = 1<<32 - 1

// joinsEarly tells whether memberships are joined with people once and for all, before the scan.
func (r *run) joinsEarly() bool { return r.people != nil && !r.several }

// joiner joins memberships with people as they are read, without the stream: those that hold at all times, of ids that pack. It
// belongs to one goroutine.
type joiner struct {
	run     *run
	rows    shortRows // the word is the static
	unknown int64
	warmed  uint64 // so that warming is not left out as idle
}

func (r *run) joiner() *joiner {
	if !r.joinsEarly() {
		return nil
	}
	return &joiner{run: r, rows: r.shortRows()}
}

func (j *joiner) add(bucket int, id uint64, static uint32) {
	if j.rows.add(bucket, id, uint64(static)) {
		j.pass(bucket)
	}
}

// finish joins what is left, and adds what was counted to the tally.
func (j *joiner) finish(t *tally) {
	if j == nil {
		return
	}
	for bucket := range j.rows.filled {
		j.pass(bucket)
	}
	t[listsTable][unknownContact] += j.unknown
}

// pass joins the rows of a bucket.
func (j *joiner) pass(bucket int) {
	rows := j.rows.take(bucket)
	if len(rows) == 0 {
		return
	}
	p, words := j.run.people[bucket], j.run.program.StaticWords()
	p.Lock()
	defer p.Unlock()
	if worthWarming(len(rows), p.short) {
		j.warmed += warm(p.short)
	}
	for i := range rows {
		row := &rows[i]
		s := findShort(p.short, row.id)
		switch {
		case s == nil:
			j.unknown++
		case row.word != noList:
			p.holds[s.place()*words+int(row.word/64)] |= 1 << (row.word % 64)
		}
	}
}

// joinAll joins the memberships that had to wait until all were read.
func (r *run) joinAll(ctx context.Context) error {
	return crew(ctx, r.threads, len(r.people), func() (*assembler, error) { return &assembler{run: r}, nil },
		func(_ context.Context, a *assembler, bucket int) error {
			p := r.people[bucket]
			before := p.bytes()
			err := a.join(bucket, p)
			r.hold(p.bytes() - before)
			return err
		}, nil)
}

// join takes the memberships of a bucket from their stream, and makes statics of its people of them.
func (a *assembler) join(bucket int, p *people) error {
	r := a.run
	if r.members == nil {
		return nil
	}
	words := r.program.StaticWords()
	a.timed = a.timed[:0]
	var t tally
	err := r.take(r.members, bucket, nil, func(block []byte) error {
		for len(block) > 0 {
			static := binary.LittleEndian.Uint32(block)
			from := int64(binary.LittleEndian.Uint64(block[4:]))
			var id []byte
			id, block = wide(block[12:])
			found := p.find(id)
			if found == nil {
				t[listsTable][unknownContact]++
				continue
			}
			i := found.place()
			switch {
			case from > r.asOf:
				t[listsTable][afterAsOf]++
			case static == noList:
			case from == timeline.Ever:
				p.holds[i*words+int(static/64)] |= 1 << (static % 64)
			default:
				a.timed = append(a.timed, rowSpan{i, int(static), from, timeline.Never})
			}
		}
		return nil
	})
	r.counts.add(&t)
	if err == nil && len(a.timed) > 0 {
		p.addTimed(a.timed)
	}
	return err
}
