package pipeline

import (
	"leadscore/transforms/model"
	"leadscore/transforms/score"
)

// dictionaries are the texts that table columns take their values from.
type dictionaries struct {
	bands, sets, rules, grades []string
	ruleName                   []uint32 // rule → place in rules
	reasons                    []string // of suppression
	reason                     []uint32 // what results have of it → place in reasons

	// Of a code of the ledger, as score.Results has it: the places in ledgerKinds, sets and rules.
	ledgerKind, ledgerSet, ledgerRule []uint32
}

var ledgerKinds = []string{"rule", "set_limit", "score_limit"}

const noCode = ^uint32(0)

func newDictionaries(p *score.Program) *dictionaries {
	d := &dictionaries{ruleName: make([]uint32, len(p.Rules))}
	for _, b := range p.Model.Score.Bands {
		d.bands = append(d.bands, b.Name)
	}
	d.reason = []uint32{noCode}
	for i, s := range p.Model.Suppress {
		d.reasons, d.reason = append(d.reasons, s.Reason), append(d.reason, uint32(i))
	}
	for _, s := range p.Sets {
		d.sets = append(d.sets, s.Name)
	}
	known := map[string]uint32{}
	for i, r := range p.Rules {
		n, ok := known[r.Name]
		if !ok {
			n = uint32(len(d.rules))
			known[r.Name] = n
			d.rules = append(d.rules, r.Name)
		}
		d.ruleName[i] = n
		d.ledger(0, uint32(r.Set), n)
	}
	for i := range p.Sets {
		d.ledger(1, uint32(i), noCode)
	}
	d.ledger(2, noCode, noCode)
	for _, letter := range p.Model.Score.Explicit {
		for _, digit := range p.Model.Score.Implicit {
			d.grades = append(d.grades, letter.Name+digit.Name)
		}
	}
	return d
}

// ledger adds what the next code means.
func (d *dictionaries) ledger(kind, set, rule uint32) {
	d.ledgerKind, d.ledgerSet, d.ledgerRule = append(d.ledgerKind, kind), append(d.ledgerSet, set), append(d.ledgerRule, rule)
}

// bandOf is the place of the band that a score falls into: the last whose floor it reaches, else the first.
func bandOf(score int64, bands []model.Band) int {
	for i := len(bands) - 1; i > 0; i-- {
		if score >= bands[i].Floor {
			return i
		}
	}
	return 0
}

// gradeOf is the place of the grade: the first letter and digit whose floors are reached, else the last.
func gradeOf(explicit, implicit int64, s *model.Score) uint32 {
	place := func(points int64, floors []model.Band) int {
		for i, f := range floors {
			if points >= f.Floor {
				return i
			}
		}
		return len(floors) - 1
	}
	return uint32(place(explicit, s.Explicit)*len(s.Implicit) + place(implicit, s.Implicit))
}
