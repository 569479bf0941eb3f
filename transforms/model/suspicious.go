package model

import (
	"fmt"
	"math/big"

	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
)

var one = big.NewRat(1, 1)

// suspectRule warns of what is legal in a rule but hardly meant.
func (c *checker) suspectRule(r *Rule) {
	at := c.model.places.of(&r.Points, r.Position)
	if low, high := worthOf(r.Points); low == (reach{}) && high == (reach{}) {
		c.warn(at, diag.Position{}, c.rule+" is worth 0", "it changes no score, and no breakdown shows it", "give it points, or take it away")
	}
	c.constant(r.When, r.Position)
	if r.Points.Kind == Fade {
		return // a fade gives every criterion a frame
	}
	Walk(r.When, func(e Expr, negated bool) {
		g, ok := e.(*Engagement)
		if !ok || g.Frame != (Frame{}) {
			return
		}
		why := "what a contact did years ago counts as much as what happened today"
		if negated {
			why = "whoever did it once, however long ago, is out for ever"
		}
		c.warn(c.model.places.of(g.Position, r.Position), diag.Position{}, "no time frame", why, "add within: 90d, or from: and until:")
	})
}

// suspectSet warns of what is legal in a set but hardly meant.
func (c *checker) suspectSet(s *Set) {
	called := "set " + yamltree.Quote(s.Name)
	if !s.Active {
		c.warn(s.Position, diag.Position{}, called+" is inactive", "its points are no part of the total score", "take active: false away once it shall count")
	}
	if len(s.Rules) == 0 {
		c.warn(s.Position, diag.Position{}, called+" has no rules", "its score is always 0", "add rules, or take the set away")
		return
	}
	low, high := sumOf(s)
	c.suspectScore(called, "its rules", s.Range, s.MQL, s.Bands, low, high)
}

// suspectModel warns of what only all sets together show.
func (c *checker) suspectModel() {
	var low, high reach
	var rules []*Rule
	for _, s := range c.model.Sets {
		if !s.Active {
			continue
		}
		rules = append(rules, s.Rules...)
		l, h := sumOf(s)
		l, h = limited(l, h, s.Range)
		low, high = low.plus(l), high.plus(h)
	}
	m := c.model
	c.suspectScore("the total score", "all active sets", m.Score.Range, m.Score.MQL, m.Score.Bands, low, high)
	if len(rules) == 0 {
		return
	}
	takes, same := false, len(rules) > 1
	for _, r := range rules {
		l, _ := worthOf(r.Points)
		takes = takes || l != (reach{})
		same = same && r.Points.Kind == Constant && r.Points.Value == rules[0].Points.Value
	}
	at := m.places.of(section("sets"), rules[0].Position)
	if !takes {
		c.warn(at, diag.Position{}, "no rule takes points away",
			"scores only grow, so that students, competitors and people gone silent become leads too",
			"add rules with points below 0, for example for {field: job_title, contains: student} or {not: {engagement: any, within: 60d}}")
	}
	if same {
		c.warn(m.places.of(&rules[0].Points, rules[0].Position), diag.Position{}, "every rule is worth the same",
			fmt.Sprintf("all %d rules are worth %d, so that a score only counts rules", len(rules), rules[0].Points.Value),
			"give more points to what tells more about buying")
	}
}

// suspectScore warns of limits, thresholds and bands that the points never reach. low and high are what a score can be before
// its own limits.
func (c *checker) suspectScore(called, whose string, limits Range, mql *Threshold, bands []Band, low, high reach) {
	places := c.model.places
	pointless := low == (reach{}) && high == (reach{}) // which is said elsewhere
	if max := limits.Max; max != nil && !pointless && !high.open && high.value <= *max {
		c.warn(places.of(max), diag.Position{}, "max never limits anything",
			fmt.Sprintf("the positive points of %s add up to %d at most", whose, high.value), "take max away, or write a smaller one")
	}
	if min := limits.Min; min != nil && !pointless && !low.open && low.value >= *min {
		c.warn(places.of(min), diag.Position{}, "min never limits anything",
			fmt.Sprintf("the negative points of %s add up to %d at most", whose, low.value), "take min away, or write a larger one")
	}
	sum := high
	low, high = limited(low, high, limits)
	reason := fmt.Sprintf("the positive points of %s add up to %d at most", whose, sum.value)
	if sum != high && !high.open {
		reason = fmt.Sprintf("%s is limited to %d", called, high.value)
	}
	if mql != nil {
		switch {
		case !high.open && high.value < mql.At:
			c.warn(places.of(mql), diag.Position{}, fmt.Sprintf("nobody can reach the threshold %d", mql.At), reason, "lower mql, or give more points")
		case !low.open && low.value >= mql.At:
			c.warn(places.of(mql), diag.Position{}, fmt.Sprintf("everybody reaches the threshold %d", mql.At),
				fmt.Sprintf("%s is %d at least", called, low.value), "raise mql")
		case !low.open && low.value >= mql.UntilBelow:
			c.warn(places.of(&mql.UntilBelow), diag.Position{}, "an MQL stays one for ever",
				fmt.Sprintf("%s is %d at least, and so never below %d", called, low.value, mql.UntilBelow), "raise until_below")
		}
	}
	for i := range bands {
		if i > 0 && !high.open && high.value < bands[i].Floor {
			c.warn(places.of(&bands[i]), diag.Position{}, "nobody can reach the band "+bands[i].Name, reason, "lower its number, or give more points")
		}
	}
}

// reach is how far points can go; open is without end.
type reach struct {
	value int64
	open  bool
}

func (r reach) plus(o reach) reach { return reach{r.value + o.value, r.open || o.open} }

// worthOf gives the least and the most that a rule can be worth; 0, when it is not fulfilled, is among them.
func worthOf(p Points) (low, high reach) {
	switch p.Kind {
	case Each:
		end := reach{value: p.Value, open: p.Value != 0}
		if p.Max != nil {
			end = reach{value: *p.Max}
		}
		if p.Value < 0 {
			return end, reach{}
		}
		return reach{}, end
	case Tiers, Fade:
		for _, s := range p.Steps {
			low.value, high.value = min(low.value, s.Points), max(high.value, s.Points)
		}
		return low, high
	}
	return reach{value: min(p.Value, 0)}, reach{value: max(p.Value, 0)}
}

// sumOf gives the least and the most that the rules of a set can add up to.
func sumOf(s *Set) (low, high reach) {
	for _, r := range s.Rules {
		l, h := worthOf(r.Points)
		low, high = low.plus(l), high.plus(h)
	}
	return low, high
}

// limited gives what a range leaves of the least and the most.
func limited(low, high reach, r Range) (reach, reach) {
	for _, end := range []*reach{&low, &high} {
		below, above := *end, *end
		if r.Max != nil && (end == &high && above.open || !above.open && above.value > *r.Max) {
			*end = reach{value: *r.Max}
		}
		if r.Min != nil && (end == &low && below.open || !below.open && below.value < *r.Min) {
			*end = reach{value: *r.Min}
		}
	}
	return low, high
}
