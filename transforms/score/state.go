package score

import (
	"leadscore/transforms/model"
)

// state is the sums of the sets at one instant, and what limits make of them.
type state struct {
	raw   []int64 // a set's points before its limit
	score []int64 // and after it
	sum   int64   // of the active sets' scores
	total int64   // the sum after the model's limit
}

func newState(p *Program) *state {
	return &state{raw: make([]int64, len(p.Sets)), score: make([]int64, len(p.Sets))}
}

func (s *state) copyFrom(other *state) {
	copy(s.raw, other.raw)
	copy(s.score, other.score)
	s.sum, s.total = other.sum, other.total
}

// settle works the scores out from the raw sums.
func (s *state) settle(p *Program) {
	s.sum = 0
	for i, set := range p.Sets {
		s.score[i] = clamp(s.raw[i], set.Range)
		if set.Active {
			s.sum += s.score[i]
		}
	}
	s.limit(p)
}

// add changes the points of a set; limit has to follow before the total is read. In what order changes are added does not matter.
func (s *state) add(p *Program, set int, delta int64) {
	s.raw[set] += delta
	score := clamp(s.raw[set], p.Sets[set].Range)
	if p.Sets[set].Active {
		s.sum += score - s.score[set]
	}
	s.score[set] = score
}

// limit works out the total of what was added.
func (s *state) limit(p *Program) { s.total = clamp(s.sum, p.Model.Score.Range) }

// without gives the total if a set had so many points less, all limits applied anew.
func (s *state) without(p *Program, set int, points int64) int64 {
	score := clamp(s.raw[set]-points, p.Sets[set].Range)
	return clamp(s.sum-s.score[set]+score, p.Model.Score.Range)
}

func clamp(v int64, r model.Range) int64 {
	if r.Min != nil {
		v = max(v, *r.Min)
	}
	if r.Max != nil {
		v = min(v, *r.Max)
	}
	return v
}
