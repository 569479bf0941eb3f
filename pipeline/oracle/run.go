package oracle

import (
	"sort"

	"leadscore/transforms/model"
)

const day = 86400

// Run computes all tables of a run.
func Run(m *model.Model, in Tables, o Options) *Result {
	a := admit(m, in, o)
	r := &Result{model: m, Refused: a.refused, Rejects: a.rejects, Counts: a.counts, MQLColumns: mqlColumns(in, o)}
	r.Night = &Night{AsOf: o.AsOf, Model: m, Breakdown: o.Publishes("breakdown"), Contacts: map[string]*Record{}}
	stats := newStats(m)
	for _, p := range a.people {
		v := valuate(m, p, o)
		score, breakdown := v.scoreRow(), v.breakdownRows()
		r.Scores = append(r.Scores, score)
		r.SetScores = append(r.SetScores, v.setRows()...)
		r.Breakdown = append(r.Breakdown, breakdown...)
		r.ScoreHistory = append(r.ScoreHistory, v.historyRows()...)
		r.sinceThen(v, score, breakdown)
		stats.add(v)
	}
	r.RuleStats = stats.rows(int64(len(a.people)))
	r.gone(o)
	r.keep(o)
	r.explain = explainer(m, in, o)
	return r
}

func mqlColumns(in Tables, o Options) []Column {
	var columns []Column
	for _, name := range o.MQLColumns {
		for _, c := range in.Fields {
			if c.Name == name {
				columns = append(columns, c)
			}
		}
	}
	return columns
}

// valuation is what one person is worth, at all times.
type valuation struct {
	*question
	m       *model.Model
	o       Options
	rules   map[*model.Rule]steps
	sums    map[*model.Set]steps // of the rules' points
	scores  map[*model.Set]steps // the sum limited to the set's range
	sum     steps                // of the active sets' scores
	total   steps                // the sum limited to the model's range
	state   *steps               // 1 where the contact is an MQL; nil: no threshold
	ordered []int64              // candidates
}

func valuate(m *model.Model, p *person, o Options) *valuation {
	v := &valuation{question: ask(m, p, o), m: m, o: o,
		rules: map[*model.Rule]steps{}, sums: map[*model.Set]steps{}, scores: map[*model.Set]steps{}}
	v.ordered = v.candidates(m, o.AsOf)
	for _, set := range m.Sets {
		for _, rule := range set.Rules {
			v.rules[rule] = plot(v.ordered, func(t int64) int64 { return v.points(rule, t) })
		}
		v.sums[set] = plot(v.ordered, func(int64) int64 { return 0 })
		for _, rule := range set.Rules {
			v.sums[set] = plus(v.sums[set], v.rules[rule])
		}
		v.scores[set] = limited(v.sums[set], set.Range)
	}
	v.sum = plot(v.ordered, func(int64) int64 { return 0 })
	for _, set := range m.Sets {
		if set.Active {
			v.sum = plus(v.sum, v.scores[set])
		}
	}
	v.total = limited(v.sum, m.Score.Range)
	v.state = standingOf(v.total, m.Score.MQL)
	return v
}

// clamp limits a score to a range.
func clamp(score int64, r model.Range) int64 {
	if r.Max != nil {
		score = min(score, *r.Max)
	}
	if r.Min != nil {
		score = max(score, *r.Min)
	}
	return score
}

func limited(s steps, r model.Range) steps {
	inside := steps{at: s.at}
	for _, value := range s.values {
		inside.values = append(inside.values, clamp(value, r))
	}
	return inside
}

func plus(a, b steps) steps {
	sum := steps{at: a.at}
	for i := range a.values {
		sum.values = append(sum.values, a.values[i]+b.values[i])
	}
	return sum
}

// difference is what a limit gave (above 0) or took (below).
func difference(inside, outside steps) steps {
	d := steps{at: inside.at}
	for i := range inside.values {
		d.values = append(d.values, inside.values[i]-outside.values[i])
	}
	return d
}

// band is the last band whose floor the score reaches; below the first band: the first.
func band(score int64, bands []model.Band) *string {
	var name *string
	for i, b := range bands {
		if i == 0 || score >= b.Floor {
			name = &bands[i].Name
		}
	}
	return name
}

// grade is the first letter, or digit, whose floor the points reach; below all floors: the last.
func grade(points int64, floors []model.Band) string {
	for _, b := range floors {
		if points >= b.Floor {
			return b.Name
		}
	}
	return floors[len(floors)-1].Name
}

// reasons gives the names of up to five rules of active sets with positive points: most points first, then model order.
func (v *valuation) reasons() []string {
	type reason struct {
		rule   string
		points int64
	}
	var all []reason
	for _, set := range v.m.Sets {
		for _, rule := range set.Rules {
			if points := v.rules[rule].valueAt(v.o.AsOf); set.Active && points > 0 {
				all = append(all, reason{rule.Name, points})
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].points > all[j].points })
	names := []string{}
	for _, r := range all[:min(5, len(all))] {
		names = append(names, r.rule)
	}
	return names
}
