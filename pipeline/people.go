package pipeline

import (
	"math"
	"math/bits"
	"sync"

	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

// people are the contacts of one bucket, ordered by id, with all that is known of them before their engagements. …Start is
// as in score.Bucket.
type people struct {
	sync.Mutex // guards what engagements change: last and the records

	n            int
	ids          idList
	short        []slot // of ids that pack into a word, by the word: open addressing by hash, a third free
	long         []slot // of the others, by their hash
	holds        []uint64
	timedStart   []uint32 // nil: there are no timed spans
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

func (p *people) id(i int) []byte { return p.ids.at(i) }

func (p *people) payloadOf(i int) []byte {
	if p.payloadStart == nil {
		return nil
	}
	return p.payload[p.payloadStart[i]:p.payloadStart[i+1]]
}

// find gives the slot of the contact with the id, or nil.
func (p *people) find(id []byte) *slot {
	if packs(id) {
		return findShort(p.short, shortKey(id))
	}
	return p.findLong(hashID(id), id)
}

// enter makes the contact at a place, with the id, known to find.
func (p *people) enter(id []byte, place int) {
	if packs(id) {
		short := shortKey(id)
		put(p.short, slotHash(short), short, place)
		return
	}
	hash := hashID(id)
	put(p.long, hash, hash, place)
}

// findShort finds an id that is packed into a word, which is never 0.
func findShort(slots []slot, short uint64) *slot {
	at := home(slots, slotHash(short))
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

// slotHash spreads ids that pack over the slots of a bucket, which their hash has chosen.
func slotHash(short uint64) uint64 {
	hi, lo := bits.Mul64(short, 0x9e3779b97f4a7c15)
	return hi ^ lo
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

// addTimed adds spans to those that are there.
func (p *people) addTimed(spans []rowSpan) {
	for i := range max(0, len(p.timedStart)-1) {
		for _, t := range p.timed[p.timedStart[i]:p.timedStart[i+1]] {
			spans = append(spans, rowSpan{i, int(t.Static), t.Start, t.End})
		}
	}
	spans = sortSpans(spans)
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

// bytes is how much memory the people take.
func (p *people) bytes() int64 {
	return int64(len(p.ids.bytes) + len(p.payload) + 8*(len(p.ids.start)+2*len(p.short)+2*len(p.long)+len(p.holds)+len(p.last)+3*len(p.timed)))
}
