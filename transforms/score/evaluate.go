package score

import (
	"math/bits"
	"slices"

	"leadscore/transforms/timeline"
)

const day = 24 * 60 * 60

// Options say at which instant a program is evaluated, and what is asked for.
type Options struct {
	AsOf    int64 // unix seconds
	History int64 // seconds before AsOf that score_history goes back
	Need    Need
}

// Evaluator evaluates buckets, one after the other, in buffers that it keeps. It belongs to one goroutine.
type Evaluator struct {
	p       *Program
	o       Options
	stats   *Stats
	wanted  []uint64 // bit a rule: the asked-for tables speak of it
	contact *contact
	comparison
	mostRows int // of the ledger that any bucket has had

	// Of the contact in hand.
	functions          []function  // of rules that have points at some time
	past               []past      // of the rules that were read at the as-of instant alone
	fulfilled          []fulfilled // of those that have points at the as-of instant
	explicit, implicit int64
	now, moving        *state   // at the as-of instant; where a sweep is
	changes            []change // of the sweep under way
	older              []change // that a sweep into the past has not come to
	order              []uint64 // distances and places of changes, in the order of the sweep
	unordered          []uint64 // memory to sort them in
	places             uint64   // the bits of these that are places
	watches            []watch
	leads              []lead // those of allLeads that the bucket needs
	allLeads           []lead
	best               []int64 // scratch of the reasons
}

// past is a direct rule whose changes are taken when a sweep into the past comes to the last of its changes.
type past struct {
	rule int
	last int64 // it does not change after this instant and until the as-of instant
}

// fulfilled is a rule that has points at the as-of instant.
type fulfilled struct {
	rule int
	timeline.Reading
	from, to int // places of the engagements behind it, where to is above 0
}

// NewEvaluator gives an evaluator of p. What it finds out for rule_stats is added to stats.
func NewEvaluator(p *Program, o Options, stats *Stats) *Evaluator {
	e := &Evaluator{
		p: p, o: o, stats: stats,
		contact: newContact(p), wanted: make([]uint64, (len(p.Rules)+63)/64),
		now: newState(p), moving: newState(p), comparison: newComparison(p), allLeads: newLeads(p, o.Need),
	}
	for i := range p.Rules {
		if p.Rules[i].active || o.Need.SetScores || o.Need.RuleStats {
			e.wanted[i/64] |= 1 << (i % 64)
		}
	}
	return e
}

// Evaluate works the results of a bucket out into out, whose columns are written over.
func (e *Evaluator) Evaluate(b *Bucket, signatures *Signatures, out *Results) {
	out.reset(b.Contacts)
	out.makeRoom(e.mostRows)
	e.begin(b)
	instants := [3]int64{}
	for i, days := range []int64{7, 30, 90} {
		instants[i] = timeline.Add(e.o.AsOf, days*day)
	}
	for c := range b.Contacts {
		e.contact.load(e.p, b, signatures, c)
		e.contact.choose(e.p, e.wanted)
		e.rules()
		e.watched()
		var totals [3]int64
		e.ahead(&instants, &totals)
		e.back(out)
		for i := range e.leads {
			e.leads[i].follow()
		}
		e.historyMQL(out)
		e.append(out, b.Last[c], &totals)
		e.compare(b.Prior, c, out)
	}
	out.closeLedger()
	e.mostRows = max(e.mostRows, len(out.Code))
}

// rules evaluates the rules that may have points, and sums up those that have at the as-of instant. What changes after it
// goes into changes, and functions.
func (e *Evaluator) rules() {
	p, k := e.p, e.contact
	e.functions, e.fulfilled, e.past, e.changes = e.functions[:0], e.fulfilled[:0], e.past[:0], e.changes[:0]
	e.explicit, e.implicit = 0, 0
	clear(e.now.raw)
	for w, word := range k.candidates {
		for ; word != 0; word &= word - 1 {
			i := w*64 + bits.TrailingZeros64(word)
			r := &p.briefs[i]
			var reading timeline.Reading
			from, to := 0, 0
			if r.direct && k.settled(p, i) {
				var span timeline.Span
				var ok bool
				if span, from, to, ok = k.current(r, e.o.AsOf); !ok {
					if span.End != timeline.Ever {
						e.past = append(e.past, past{i, span.End})
					}
					continue
				}
				if span.Start != timeline.Ever {
					e.past = append(e.past, past{i, span.Start})
				}
				reading = timeline.Reading{Value: r.value, Since: span.Start, Expires: span.End}
				if span.End != timeline.Never {
					e.changes = append(e.changes, change{span.End, r.set, -reading.Value})
				}
			} else if reading = e.function(i); reading.Value == 0 {
				continue
			}
			e.fulfilled = append(e.fulfilled, fulfilled{i, reading, from, to})
			e.now.raw[r.set] += reading.Value
			switch {
			case !r.active:
			case r.implicit:
				e.implicit += reading.Value
			default:
				e.explicit += reading.Value
			}
		}
	}
	e.now.settle(p)
}

// function works out a rule's points at all times, and reads them at the as-of instant.
func (e *Evaluator) function(i int) timeline.Reading {
	steps := e.contact.points(e.p, i)
	if len(steps) == 0 {
		return timeline.Reading{}
	}
	reading, position := timeline.Read(steps, e.o.AsOf)
	e.functions = append(e.functions, function{i, steps, position, position})
	return reading
}

// append adds the contact to every table that is asked for.
func (e *Evaluator) append(out *Results, last int64, totals *[3]int64) {
	need := e.o.Need
	mql, since, expires := e.mqlOf(-1)
	out.Score, out.IsMQL = append(out.Score, e.now.total), append(out.IsMQL, byte(number(mql)))
	if need.Scores || need.MQL {
		out.MQLSince = append(out.MQLSince, since)
		out.MQLExpires = append(out.MQLExpires, expires)
		out.Explicit = append(out.Explicit, e.explicit)
		out.Implicit = append(out.Implicit, e.implicit)
	}
	if need.Scores {
		out.In7, out.In30, out.In90 = append(out.In7, totals[0]), append(out.In30, totals[1]), append(out.In90, totals[2])
		out.NextChange = append(out.NextChange, e.watches[0].expires)
		out.Last = append(out.Last, last)
		active := int64(0)
		for i := range e.fulfilled {
			active += number(e.active(&e.fulfilled[i]))
		}
		out.Fulfilled = append(out.Fulfilled, active)
	}
	if need.SetScores {
		for i := range e.p.Sets {
			is, since, expires := e.mqlOf(i)
			flag := byte(number(is))
			if e.p.Sets[i].MQL == nil {
				flag = 2
			}
			out.SetScore = append(out.SetScore, e.now.score[i])
			out.SetIsMQL = append(out.SetIsMQL, flag)
			out.SetMQLSince = append(out.SetMQLSince, since)
			out.SetMQLExpires = append(out.SetMQLExpires, expires)
		}
	}
	if need.Breakdown {
		e.ledger(out)
	}
	if need.MQL {
		if mql {
			e.reasons(out)
		}
		out.ReasonStart = append(out.ReasonStart, uint32(len(out.Reason)))
	}
	if need.History {
		out.HistoryStart = append(out.HistoryStart, uint32(len(out.ChangedAt)))
	}
	if need.RuleStats {
		e.count(mql)
	}
	if need.Suppressed {
		out.Suppressed = append(out.Suppressed, e.contact.suppressed(e.p, e.o.AsOf))
	}
	if need.Statics {
		n := len(out.Statics)
		out.Statics = slices.Grow(out.Statics, e.p.StaticWords())[:n+e.p.StaticWords()]
		e.contact.staticsAt(out.Statics[n:], e.o.AsOf)
	}
}

func (e *Evaluator) active(f *fulfilled) bool { return e.p.briefs[f.rule].active }

// ledger appends the rows that add up to the score: rules in model order, limits of sets, limit of the total.
func (e *Evaluator) ledger(out *Results) {
	n := int(out.RowStart[len(out.RowStart)-1])
	out.makeRoom(n + len(e.fulfilled) + len(e.watches))
	for i := range e.fulfilled {
		f := &e.fulfilled[i]
		r := &e.p.briefs[f.rule]
		if !r.active {
			continue
		}
		occurrences, first, last := int64(0), int64(Null), int64(Null)
		switch {
		case f.to > 0:
			at := e.contact.instants(r.selector)
			occurrences, first, last = int64(f.to-f.from), at[f.from], at[f.to-1]
		case r.implicit:
			occurrences, first, last = e.contact.behind(e.p, f.rule, e.o.AsOf)
		}
		row := ledgerRow{code: uint32(f.rule), points: f.Value, since: f.Since, expires: Null, after: Null}
		if f.Expires != timeline.Never {
			row.expires, row.after = f.Expires, f.After
		}
		out.setRow(n, row, occurrences, first, last)
		n++
	}
	for i := range e.watches {
		w := &e.watches[i]
		row := ledgerRow{points: w.was, since: w.since, expires: w.expires, after: w.after}
		switch w.subject {
		case theSetLimit:
			row.code = uint32(len(e.p.Rules) + w.set)
		case theTotalLimit:
			row.code = uint32(len(e.p.Rules) + len(e.p.Sets))
		default:
			continue
		}
		out.setRow(n, row, Null, Null, Null)
		n++
	}
	out.RowStart = append(out.RowStart, uint32(n))
}

// mostReasons is how many rules an MQL's reasons are at most.
const mostReasons = 5

// reasons appends the rules that brought an MQL the most points; of two with the same points the first in the model comes first.
func (e *Evaluator) reasons(out *Results) {
	first := len(out.Reason)
	points := e.best[:0]
	for i := range e.fulfilled {
		f := &e.fulfilled[i]
		if f.Value <= 0 || !e.active(f) || len(points) == mostReasons && points[mostReasons-1] >= f.Value {
			continue
		}
		if len(points) < mostReasons {
			points, out.Reason = append(points, 0), append(out.Reason, 0)
		}
		reasons, at := out.Reason[first:], len(points)-1
		for ; at > 0 && points[at-1] < f.Value; at-- {
			points[at], reasons[at] = points[at-1], reasons[at-1]
		}
		points[at], reasons[at] = f.Value, uint32(f.rule)
	}
	e.best = points
}

// count adds the contact to the rules' stats.
func (e *Evaluator) count(mql bool) {
	for i := range e.fulfilled {
		f := &e.fulfilled[i]
		e.stats.Contacts[f.rule]++
		e.stats.Points[f.rule] += f.Value
		if mql && e.active(f) && e.now.without(e.p, int(e.p.briefs[f.rule].set), f.Value) < e.p.Model.Score.MQL.UntilBelow {
			e.stats.Decides[f.rule]++
		}
	}
}
