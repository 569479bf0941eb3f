package oracle

import "leadscore/transforms/model"

func (v *valuation) scoreRow() Score {
	t := v.o.AsOf
	row := Score{
		ContactID: v.ID, AsOf: t,
		Score:        v.total.valueAt(t),
		Band:         band(v.total.valueAt(t), v.m.Score.Bands),
		ScoreIn7d:    v.total.valueAt(t + 7*day),
		ScoreIn30d:   v.total.valueAt(t + 30*day),
		ScoreIn90d:   v.total.valueAt(t + 90*day),
		Model:        v.m.Name,
		ModelVersion: v.m.Version,
	}
	row.NextChangeAt, _ = v.total.expires(t)
	row.IsMQL, row.MQLSince, row.MQLExpiresAt = qualified(v.total, v.m.Score.MQL, t)
	_, row.LastEngagementAt = v.firstAndLast(v.person.events)
	for _, set := range v.m.Sets {
		for _, rule := range set.Rules {
			points := v.rules[rule].valueAt(t)
			if !set.Active || points == 0 {
				continue
			}
			row.RulesFulfilled++
			if rule.Implicit() {
				row.ImplicitPoints += points
			} else {
				row.ExplicitPoints += points
			}
		}
	}
	if len(v.m.Score.Explicit) > 0 {
		g := grade(row.ExplicitPoints, v.m.Score.Explicit) + grade(row.ImplicitPoints, v.m.Score.Implicit)
		row.Grade = &g
	}
	return row
}

func (v *valuation) setRows() []SetScore {
	var rows []SetScore
	for _, set := range v.m.Sets {
		score := v.scores[set].valueAt(v.o.AsOf)
		row := SetScore{ContactID: v.ID, AsOf: v.o.AsOf, Set: set.Name, Active: set.Active, Score: score, Band: band(score, set.Bands)}
		row.IsMQL, row.MQLSince, row.MQLExpiresAt = qualified(v.scores[set], set.MQL, v.o.AsOf)
		rows = append(rows, row)
	}
	return rows
}

func (v *valuation) breakdownRows() []Breakdown {
	var rows []Breakdown
	for _, set := range v.m.Sets {
		if !set.Active {
			continue
		}
		for _, rule := range set.Rules {
			row, ok := v.ledgerRow("rule", v.rules[rule])
			if !ok {
				continue
			}
			row.Set, row.Rule = &set.Name, &rule.Name
			v.engagements(&row, rule)
			rows = append(rows, row)
		}
		if row, ok := v.ledgerRow("set_limit", difference(v.scores[set], v.sums[set])); ok {
			row.Set = &set.Name
			rows = append(rows, row)
		}
	}
	if row, ok := v.ledgerRow("score_limit", difference(v.total, v.sum)); ok {
		rows = append(rows, row)
	}
	return rows
}

// ledgerRow is a row of the breakdown for points that are not 0 at T.
func (v *valuation) ledgerRow(kind string, points steps) (row Breakdown, ok bool) {
	row = Breakdown{ContactID: v.ID, AsOf: v.o.AsOf, Kind: kind, Points: points.valueAt(v.o.AsOf)}
	row.Since = points.since(v.o.AsOf)
	row.ExpiresAt, row.PointsAfter = points.expires(v.o.AsOf)
	return row, row.Points != 0
}

// engagements tells which events stand behind a rule's points; none for an explicit rule.
func (v *valuation) engagements(row *Breakdown, rule *model.Rule) {
	var behind []Event
	if rule.Implicit() {
		behind = v.behind(rule, v.o.AsOf)
	}
	count := int64(len(behind))
	row.Occurrences = &count
	row.FirstEngagementAt, row.LastEngagementAt = v.firstAndLast(behind)
}

func (v *valuation) firstAndLast(events []Event) (first, last *int64) {
	for _, event := range events {
		e := v.second(event)
		if first == nil || e < *first {
			first = &e
		}
		if last == nil || e > *last {
			last = &e
		}
	}
	return first, last
}

func (v *valuation) mqlRow(score Score, before bool) MQL {
	row := MQL{
		ContactID: v.ID, AsOf: v.o.AsOf, Score: score.Score, Band: score.Band, Grade: score.Grade,
		MQLSince: score.MQLSince, MQLExpiresAt: score.MQLExpiresAt, Status: "new", Reasons: v.reasons(),
	}
	if before {
		row.Status = "retained"
	}
	for _, name := range v.o.MQLColumns {
		value := v.Fields[name]
		if instant, ok := value.(Instant); ok { // outputs have microseconds
			value = Instant{instant.Second, instant.Nano / 1000 * 1000}
		}
		row.Contact = append(row.Contact, value)
	}
	return row
}

func (v *valuation) historyRows() []ScoreHistory {
	var rows []ScoreHistory
	for i := 1; i < len(v.total.at); i++ {
		at, score, previous := v.total.at[i], v.total.values[i], v.total.values[i-1]
		if score == previous || at <= v.o.AsOf-v.o.History || at > v.o.AsOf {
			continue
		}
		row := ScoreHistory{ContactID: v.ID, ChangedAt: at, Score: score, PreviousScore: previous}
		row.IsMQL, _, _ = qualified(v.total, v.m.Score.MQL, at)
		rows = append(rows, row)
	}
	return rows
}

// stats gathers rule_stats over the people.
type stats struct {
	m     *model.Model
	rules map[*model.Rule]*RuleStat
}

func newStats(m *model.Model) *stats {
	s := &stats{m, map[*model.Rule]*RuleStat{}}
	for _, set := range m.Sets {
		for _, rule := range set.Rules {
			stat := &RuleStat{Set: set.Name, Rule: rule.Name, Active: set.Active, Kind: "explicit"}
			if rule.Implicit() {
				stat.Kind = "implicit"
			}
			s.rules[rule] = stat
		}
	}
	return s
}

func (s *stats) add(v *valuation) {
	isMQL := func(score int64) bool { return s.m.Score.MQL.Reached(score) }
	for _, set := range s.m.Sets {
		for _, rule := range set.Rules {
			points := v.rules[rule].valueAt(v.o.AsOf)
			stat := s.rules[rule]
			stat.Points += points
			if points != 0 {
				stat.Contacts++
			}
			if set.Active && isMQL(v.total.valueAt(v.o.AsOf)) && !isMQL(v.scoreWithout(rule)) {
				stat.DecidesMQL++
			}
		}
	}
}

// scoreWithout is the total score at T if the rule were not there, all limits applied anew.
func (v *valuation) scoreWithout(left *model.Rule) int64 {
	var total int64
	for _, set := range v.m.Sets {
		if !set.Active {
			continue
		}
		var sum int64
		for _, rule := range set.Rules {
			if rule != left {
				sum += v.rules[rule].valueAt(v.o.AsOf)
			}
		}
		total += clamp(sum, set.Range)
	}
	return clamp(total, v.m.Score.Range)
}

func (s *stats) rows(contacts int64) []RuleStat {
	var rows []RuleStat
	for _, set := range s.m.Sets {
		for _, rule := range set.Rules {
			stat := *s.rules[rule]
			if contacts > 0 {
				share := float64(stat.Contacts) / float64(contacts)
				stat.Share = &share
			}
			rows = append(rows, stat)
		}
	}
	return rows
}
