// Package reach finds which rules of a model would bring a contact the points that it lacks for the threshold.
//
//	Model + points of the rules that are fulfilled ─▶ Ways: each rule that is enough by itself, else the fewest that are
//
// It knows what rules are worth and how limits cut that, not what fulfilling one does to another: a contact that comes back
// also loses the points of a rule about silence.
package reach

import (
	"cmp"
	"slices"

	"leadscore/transforms/model"
)

// Name is a rule's name and that of its set; together they are unique in a model.
type Name struct{ Set, Rule string }

// Gain is a rule that is not fulfilled, and what it would give.
type Gain struct {
	Set    string `json:"set"`
	Rule   string `json:"rule"`
	Points int64  `json:"points"`
	Times  int64  `json:"times,omitempty"` // how often it takes, for rules that count; 0: fulfilled is enough
}

// Way is a set of rules that together bring a contact to the threshold.
type Way struct {
	Gains []Gain `json:"rules"`
	Score int64  `json:"score"` // the total score then
}

// Total gives the total score of a contact whose rules have these points, with all limits (SPEC section 3.5).
func Total(m *model.Model, points map[Name]int64) int64 {
	total := int64(0)
	for _, s := range m.Sets {
		if !s.Active {
			continue
		}
		sum := int64(0)
		for _, r := range s.Rules {
			sum += points[Name{s.Name, r.Name}]
		}
		total += limit(sum, s.Range)
	}
	return limit(total, m.Score.Range)
}

func limit(v int64, r model.Range) int64 {
	if r.Max != nil {
		v = min(v, *r.Max)
	}
	if r.Min != nil {
		v = max(v, *r.Min)
	}
	return v
}

// Ways gives what would bring a contact to the threshold, of rules of active sets that give points and that it does not fulfil:
// every rule that is enough by itself, the one that gives least first; where none is, the rules that give most, until one is enough for the rest.
// nil where the threshold is reached, where there is none, or where all rules together are not enough.
func Ways(m *model.Model, points map[Name]int64) []Way {
	if m.Score.MQL == nil || m.Score.MQL.Reached(Total(m, points)) {
		return nil
	}
	threshold := m.Score.MQL.At
	held := map[Name]int64{}
	for n, p := range points {
		held[n] = p
	}
	var ways []Way
	var chosen []Gain
	for {
		now := Total(m, held)
		best := Way{Score: now}
		for _, g := range gains(m, held, threshold-now) {
			n := Name{g.Set, g.Rule}
			held[n] = g.Points
			total := Total(m, held)
			delete(held, n)
			if total >= threshold && len(chosen) == 0 {
				ways = append(ways, Way{[]Gain{g}, total})
			}
			enough, better := best.Score >= threshold, total > best.Score
			if enough {
				better = total >= threshold && g.Points < best.Gains[0].Points
			}
			if better {
				best = Way{[]Gain{g}, total}
			}
		}
		if len(ways) > 0 {
			slices.SortStableFunc(ways, func(a, b Way) int { return cmp.Compare(a.Gains[0].Points, b.Gains[0].Points) })
			return ways
		}
		if best.Gains == nil {
			return nil
		}
		chosen = append(chosen, best.Gains[0])
		held[Name{best.Gains[0].Set, best.Gains[0].Rule}] = best.Gains[0].Points
		if best.Score >= threshold {
			return []Way{{chosen, best.Score}}
		}
	}
}

// gains lists the rules of active sets that are not fulfilled and would give points, in model order.
func gains(m *model.Model, held map[Name]int64, missing int64) []Gain {
	var list []Gain
	for _, s := range m.Sets {
		if !s.Active {
			continue
		}
		for _, r := range s.Rules {
			if _, ok := held[Name{s.Name, r.Name}]; ok {
				continue
			}
			if points, times := worth(&r.Points, missing); points > 0 {
				list = append(list, Gain{Set: s.Name, Rule: r.Name, Points: points, Times: times})
			}
		}
	}
	return list
}

// worth gives what a rule gives when it comes to be fulfilled: as many occurrences as bring the missing points, or else the most that
// it can give. A fade gives what it gives on the first day.
func worth(p *model.Points, missing int64) (points, times int64) {
	switch p.Kind {
	case model.Each:
		if p.Value <= 0 {
			return 0, 0
		}
		want := missing
		if p.Max != nil {
			want = min(want, *p.Max)
		}
		times = max(1, (want+p.Value-1)/p.Value)
		points = times * p.Value
		if p.Max != nil {
			points = min(points, *p.Max)
		}
		return points, times
	case model.Tiers:
		for _, s := range p.Steps {
			if s.Points > points {
				points, times = s.Points, s.From
			}
			if points >= missing {
				break
			}
		}
		return points, times
	case model.Fade:
		return p.Steps[0].Points, 0
	}
	return p.Value, 0
}
