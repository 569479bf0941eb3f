package pipeline

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
)

// recalled is a record of the earlier run: an id, and what is said of it.
type recalled struct{ id, rest []byte }

// recordsOf takes records of a bucket, ordered by id.
func recordsOf(s *spool, bucket, size int) ([]recalled, error) {
	var records []recalled
	err := s.take(bucket, nil, func(block []byte) error {
		for len(block) > 0 {
			id, rest := wide(block)
			records = append(records, recalled{id, rest[:size]})
			block = rest[size:]
		}
		return nil
	})
	byID := func(a, b recalled) int { return bytes.Compare(a.id, b.id) }
	if !slices.IsSortedFunc(records, byID) { // from several parts
		slices.SortFunc(records, func(a, b recalled) int { return cmp.Or(byID(a, b), bytes.Compare(a.rest, b.rest)) })
	}
	return records, err
}

// recall gives what the earlier run says of a bucket's people, and puts the ids of those who are gone behind theirs.
func (r *run) recall(bucket int, p *people) (*life, error) {
	if !r.remembers() {
		return nil, nil
	}
	l := newLife(p.n)
	if r.earlier == nil || r.earlier.state == nil {
		return l, nil
	}
	words := r.program.StaticWords()
	records, err := recordsOf(r.earlier.state, bucket, stateSize+8*words)
	if err != nil {
		return nil, err
	}
	prior := &score.Prior{
		AsOf: r.earlier.Manifest.AsOf.Unix(), ModelChanged: r.modelChanged(), Same: r.earlier.same, StaticsKnown: r.earlier.known,
		Known: make([]bool, p.n), Score: make([]int64, p.n), MQL: make([]bool, p.n), OtherBand: make([]bool, p.n),
		Statics: make([]uint64, p.n*words),
	}
	l.prior = prior
	bands := r.spec.Model.Score.Bands
	place := 0
	var s stateRecord
	for _, record := range records {
		for place < p.n && bytes.Compare(p.id(place), record.id) < 0 {
			place++
		}
		s.parse(record.rest, words)
		s.band = r.earlier.rank(s.band)
		at := place
		if place == p.n || !bytes.Equal(p.id(place), record.id) {
			if at, err = l.gone(r, p, record.id); err != nil {
				return nil, err
			}
		} else if s.flags&flagPresent != 0 {
			prior.Known[at], prior.Score[at], prior.MQL[at] = true, s.score, s.flags&flagMQL != 0
			now := ""
			if len(bands) > 0 {
				now = bands[bandOf(s.score, bands)].Name
			}
			prior.OtherBand[at] = now != r.earlier.bandName(s.band)
			copy(prior.Statics[at*words:], s.statics)
		}
		l.remember(at, &s)
	}
	if r.earlier.rules == nil {
		if prior.ModelChanged {
			prior.RowStart = make([]uint32, p.n+1)
		}
		return l, nil
	}
	return l, r.recallRules(bucket, p, prior)
}

// recallRules gives a bucket's people what rules gave them in the earlier run.
func (r *run) recallRules(bucket int, p *people, prior *score.Prior) error {
	records, err := recordsOf(r.earlier.rules, bucket, 12)
	if err != nil {
		return err
	}
	prior.RowStart = make([]uint32, 0, p.n+1)
	for place := range p.n {
		prior.RowStart = append(prior.RowStart, uint32(len(prior.Rule)))
		for len(records) > 0 {
			order := bytes.Compare(records[0].id, p.id(place))
			if order > 0 {
				break
			}
			if rest := records[0].rest; order == 0 {
				prior.Rule = append(prior.Rule, binary.LittleEndian.Uint32(rest))
				prior.Points = append(prior.Points, int64(binary.LittleEndian.Uint64(rest[4:])))
			}
			records = records[1:]
		}
	}
	prior.RowStart = append(prior.RowStart, uint32(len(prior.Rule)))
	return nil
}

// gone puts the id of a contact that is no more behind those of the people, and gives its place.
func (l *life) gone(r *run, p *people, id []byte) (place int, err error) {
	if !r.fits(id) {
		return 0, failed(exitUsage, "contacts: the run published for %s has the contact %s, which the contacts have no more, and their contact_id is of a type that cannot hold it in the tables of what has changed; export contact_id in the type that it had",
			r.earlier.Manifest.Date, showID(r.ids, id))
	}
	p.ids.add(id)
	l.grow()
	return p.ids.len() - 1, nil
}

// fits tells whether an id is one that the type of contact_id in the tables can hold.
func (r *run) fits(id []byte) bool {
	if r.ids == textID {
		return true
	}
	v, big := integerOf(id)
	t, integer := r.idType.(encode.IntType)
	limit := uint64(1) << 53 // that floating point holds exactly
	switch {
	case !integer && r.idType == encode.Float:
		limit = 1 << 24
	case integer && t.Signed:
		return !big && v>>(t.Bits-1) == v>>63
	case integer:
		return (big || v >= 0) && (t.Bits == 64 || !big && v>>t.Bits == 0)
	}
	return !big && v >= -int64(limit) && v <= int64(limit)
}
