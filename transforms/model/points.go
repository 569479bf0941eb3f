package model

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"leadscore/transforms/diag/yamltree"
)

// mostBrackets is the largest number of brackets that a decay may unfold to.
const mostBrackets = 200

// worth reads what a rule is worth, once its criteria are read.
func (p *parser) worth(r *Rule, n *node) {
	const example = "points: 10, or points: {each: 4, max: 12}, {tiers: {1: 2, 4: 5}}, {fade: {7d: 30, 30d: 20}} or {start: 20, lose: 25%, every: 30d}"
	p.model.places[&r.Points] = n.Position
	if n.Kind != yamltree.Map {
		if n.Kind == yamltree.List || n.Null() {
			p.fault(n.Position, "points must be a whole number or a map", saw(n), "write "+example)
			return
		}
		value, _ := p.points(n, "points")
		r.Points = Points{Kind: Constant, Value: value}
		return
	}
	known := names(eachKeys, tiersKeys, fadeKeys, decayKeys)
	p.fields(n, "points", "", known, nil)
	var form *node
	for _, key := range []string{"each", "tiers", "fade", "start"} {
		k := n.Key(key)
		switch {
		case k == nil:
		case form != nil:
			p.clash(k.Position, form.Position, key+" stands beside "+form.Text, "a rule's points have one form", "keep one of the two, or write two rules")
		default:
			form = k
		}
	}
	if form == nil {
		p.noForm(n, example)
		return
	}
	belongs := map[string][]string{"each": names(eachKeys), "tiers": names(tiersKeys), "fade": names(fadeKeys), "start": names(decayKeys)}[form.Text]
	for _, e := range n.Entries {
		stray := e.Key.Text == "max" || e.Key.Text == "lose" || e.Key.Text == "every"
		for _, key := range belongs {
			stray = stray && key != e.Key.Text
		}
		if stray {
			owner := "each"
			if e.Key.Text != "max" {
				owner = "start"
			}
			p.clash(e.Key.Position, form.Position, e.Key.Text+" stands beside "+form.Text, e.Key.Text+" belongs to "+owner, "take it away, or write "+owner+" in place of "+form.Text)
		}
	}
	switch form.Text {
	case "each":
		r.Points = p.each(n)
		p.onlyOneEngagement(r, form, "each")
	case "tiers":
		r.Points = Points{Kind: Tiers, Steps: p.steps(n.Get("tiers"), "tiers", "tiers: {1: 2, 4: 5, 10: 8}", func(k *node) (int64, bool) {
			return p.whole(k, "the number of occurrences", 1, mostTimes)
		})}
		p.onlyOneEngagement(r, form, "tiers")
	case "fade":
		r.Points = Points{Kind: Fade, Steps: p.steps(n.Get("fade"), "fade", "fade: {7d: 30, 30d: 20, 90d: 10}", func(k *node) (int64, bool) {
			return p.duration(k, "the age")
		})}
		p.mayFade(r, form)
	case "start":
		r.Points = p.decay(n)
		p.mayFade(r, form)
	}
}

// noForm reports points that have a map of no form.
func (p *parser) noForm(n *node, example string) {
	for _, partner := range [][2]string{{"max", "each"}, {"lose", "start"}, {"every", "start"}} {
		if k := n.Key(partner[0]); k != nil {
			p.fault(k.Position, partner[0]+" without "+partner[1], partner[0]+" belongs to "+partner[1],
				map[string]string{"each": "write points: {each: 4, max: 12}", "start": "write points: {start: 20, lose: 25%, every: 30d}"}[partner[1]])
			return
		}
	}
	if len(n.Entries) == 0 {
		p.fault(n.Position, "points has no number", "this is an empty map", "write "+example)
	}
}

// each reads points for every occurrence.
func (p *parser) each(n *node) Points {
	points := Points{Kind: Each}
	value, ok := p.points(n.Get("each"), "each")
	points.Value = value
	if max := n.Get("max"); max != nil {
		limit, fine := p.points(max, "max")
		points.Max = &limit
		if ok && fine && sign(limit) != sign(value) {
			why := fmt.Sprintf("occurrences add up to more than 0, and could never go down to %d", limit)
			if value < 0 {
				why = fmt.Sprintf("occurrences add up to less than 0, and could never go up to %d", limit)
			}
			fix := fmt.Sprintf("write max: %d", -limit)
			if limit == 0 {
				why, fix = "0 would leave nothing of the points", fmt.Sprintf("write max: %d or further from 0, or leave max out", value)
			}
			if value == 0 {
				why, fix = "each is worth 0, so there is nothing to limit", "leave max out"
			}
			p.clash(max.Position, n.Get("each").Position, "max has not the sign of each", why, fix)
		}
	}
	return points
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// steps reads a map of ascending thresholds and points.
func (p *parser) steps(n *node, what, example string, read func(k *node) (int64, bool)) []Step {
	if n.Kind != yamltree.Map || len(n.Entries) == 0 {
		p.fault(n.Position, what+" must be a map with at least one entry", saw(n), "write "+example)
		return nil
	}
	var steps []Step
	var previous *node
	for _, e := range n.Entries {
		from, ok := read(e.Key)
		points, fine := p.points(e.Value, "the points at "+e.Key.Text)
		if !ok || !fine {
			continue
		}
		if len(steps) > 0 && from <= steps[len(steps)-1].From {
			p.clash(e.Key.Position, previous.Position, what+" does not ascend", e.Key.Text+" is not more than "+previous.Text,
				"write the entries from the smallest to the largest: "+example)
			continue
		}
		steps, previous = append(steps, Step{from, points}), e.Key
	}
	return steps
}

// share is a percentage as it is written.
var share = regexp.MustCompile(`^([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%$`)

// decay reads start, lose and every.
func (p *parser) decay(n *node) Points {
	points := Points{Kind: Fade}
	start, ok := p.points(n.Get("start"), "start")
	lose, every := n.Get("lose"), n.Get("every")
	for _, key := range []string{"lose", "every"} {
		if n.Get(key) == nil {
			p.missing(n.Key("start").Position, key, "a decay", "has a start, what it loses, and how often", "it: {start: 20, lose: 25%, every: 30d}")
			ok = false
		}
	}
	if !ok {
		return points
	}
	period, ok := p.duration(every, "every")
	part, fine := p.percentage(lose)
	if !ok || !fine {
		return points
	}
	steps := brackets(start, part, period)
	if len(steps) > mostBrackets {
		p.fault(n.Key("start").Position, "the decay goes on for too long",
			fmt.Sprintf("after %d times %s it is still worth %d points", mostBrackets, every.Text, steps[mostBrackets].Points),
			"lose more each time, or lose it less often")
	}
	points.Steps = steps
	return points
}

// percentage reads the share that a decay loses.
func (p *parser) percentage(n *node) (*big.Rat, bool) {
	example := "write a share such as lose: 25%"
	if n.Kind != yamltree.Scalar {
		p.fault(n.Position, "lose must be a percentage", saw(n), example)
		return nil, false
	}
	found := share.FindStringSubmatch(strings.TrimSpace(n.Text))
	if found == nil {
		if number, ok := (&node{Text: n.Text}).Number(); ok && number.Sign() > 0 {
			if number.Cmp(big.NewRat(1, 1)) < 0 {
				number.Mul(number, big.NewRat(100, 1))
			}
			if number.Cmp(big.NewRat(100, 1)) <= 0 {
				example = "write lose: " + strings.TrimSuffix(strings.TrimRight(number.FloatString(4), "0"), ".") + "%"
			}
		}
		p.fault(n.Position, "lose must be a percentage", saw(n), example)
		return nil, false
	}
	part, _ := new(big.Rat).SetString(found[1])
	part.Quo(part, big.NewRat(100, 1))
	if part.Sign() == 0 || part.Cmp(big.NewRat(1, 1)) > 0 {
		p.fault(n.Position, "lose is out of range", "a decay loses more than 0% and at most 100% each time", example)
		return nil, false
	}
	return part, true
}

// brackets unfolds a decay (SPEC.md section 3.4): the points start·(1−lose)^k, rounded half away from zero, for ages below
// every·(k+1), until they round to 0. It stops when there is one bracket more than is allowed. A start of 0 is one bracket.
func brackets(start int64, lose *big.Rat, every int64) []Step {
	keep := new(big.Rat).Sub(big.NewRat(1, 1), lose)
	rest := new(big.Rat).SetInt64(start)
	var steps []Step
	for k := int64(1); len(steps) <= mostBrackets; k++ {
		points := round(rest)
		if points == 0 {
			break
		}
		steps = append(steps, Step{every * k, points})
		rest.Mul(rest, keep)
	}
	if len(steps) == 0 {
		steps = []Step{{every, 0}}
	}
	return steps
}

// round rounds half away from zero.
func round(r *big.Rat) int64 {
	twice := new(big.Int).Lsh(new(big.Int).Abs(r.Num()), 1)
	twice.Add(twice, r.Denom())
	whole := twice.Quo(twice, new(big.Int).Lsh(r.Denom(), 1)).Int64()
	if r.Sign() < 0 {
		return -whole
	}
	return whole
}

// onlyOneEngagement holds each and tiers to rules of one engagement criterion without times.
func (p *parser) onlyOneEngagement(r *Rule, form *node, what string) {
	if r.When == nil {
		return
	}
	e, ok := r.When.(*Engagement)
	switch {
	case !ok:
		p.clash(form.Position, p.model.placeOf(r.When), what+" needs one engagement criterion",
			"it counts the occurrences of one kind of engagement, and "+p.rule+" asks for something else or for more",
			"keep one criterion such as {email: clicked} under when, and write other rules for the rest")
	case e.Times:
		p.clash(form.Position, p.model.places.of(timesOf{e}, e.Position), what+" stands beside times",
			"both count the occurrences", "take times away; tiers: {3: 5} gives points from the third occurrence on")
	}
}

// mayFade holds fade and decay to rules whose engagement criteria can all get a frame.
func (p *parser) mayFade(r *Rule, form *node) {
	if r.When == nil {
		return
	}
	what := form.Text
	if what == "start" {
		what = "a decay"
	}
	engagements := 0
	Walk(r.When, func(e Expr, negated bool) {
		g, ok := e.(*Engagement)
		if !ok {
			return
		}
		engagements++
		switch {
		case negated:
			p.clash(form.Position, g.Position, what+" cannot stand with an engagement criterion under not",
				"points fade with the age of what was done, and what was not done has no age", "take the not away, or write a number as points")
		case g.Frame != (Frame{}):
			p.clash(form.Position, p.model.places.of(frameOf{g}, g.Position), what+" cannot stand with a time frame",
				"the ages of the fade are the time frames of the criteria", "take within, from and until away from the criteria")
		case g.AtMost != nil:
			p.clash(form.Position, p.model.places.of(timesOf{g}, g.Position), what+" cannot stand with at_most or exactly",
				"who did nothing fulfils them too, and nothing has no age", "use at_least, or write a number as points")
		}
	})
	if engagements == 0 {
		p.clash(form.Position, p.model.placeOf(r.When), what+" needs an engagement criterion",
			"points fade with the age of what a contact did, and "+p.rule+" asks for nothing done", "write a number as points, or add a criterion such as {email: clicked}")
	}
}
