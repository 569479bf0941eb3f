package score

import "math/bits"

// What changed since an earlier run is told by a chain of totals, all limits applied, from what that run published (at T0) to what this
// one does (at T1). A part of the change is the sum of the differences that bear its name, so the parts add up whatever limits do:
//
//	A0  published at T0
//	X0  this model at T0, with the points that were published for rules that are the same, of others as in X1   model_change
//	X1  engagements until T0, fields and lists as the earlier run had them at T0                                late_data
//	X2  lists at T0 as they are known now                                                                       list_change
//	X3  fields too                                                                                              field_change
//	X4  at T1, without engagements and without memberships that begin after T0                                  expiry
//	    with those memberships                                                                                  list_change
//	X5  published at T1                                                                                         new_engagement
//
// A contact that the earlier run did not have begins with field_change, from 0 to X3.

// part is a part of the change of a score.
type part uint8

const (
	newEngagement part = iota
	expiry
	fieldChange
	listChange
	modelChange
	lateData
	parts
)

// link is a step of the chain, and the total that it comes to.
type link struct {
	part  part
	total int64
}

// comparison is what an evaluator needs to compare contacts with what an earlier run published of them.
type comparison struct {
	before      int64    // T0; the as-of instant where nothing is compared
	activeRules []uint64 // bit a rule: of an active set
	otherRules  []uint64 // of these, those that the earlier model did not have
	lists       []uint64 // bit a static: it is a list

	// Of the contact in hand.
	then                 int64    // the total at T0, as the sweep into the past finds it: X3
	links                []link   // the chain
	old, current, bits   []uint64 // statics at T0 as they were known then, at T0 as they are known now, and in the link under way
	latest               []uint64 // at T1
	withoutNewEngagement bool     // engagements after T0 are put away
}

func newComparison(p *Program) comparison {
	rules, words := (len(p.Rules)+63)/64, p.StaticWords()
	c := comparison{
		activeRules: make([]uint64, rules), otherRules: make([]uint64, rules), lists: make([]uint64, words),
		old: make([]uint64, words), current: make([]uint64, words), bits: make([]uint64, words), latest: make([]uint64, words),
	}
	for i := range p.Rules {
		if p.Rules[i].active {
			c.activeRules[i/64] |= 1 << (i % 64)
		}
	}
	for i := range p.Statics {
		if p.Statics[i].List != "" {
			c.lists[i/64] |= 1 << (i % 64)
		}
	}
	return c
}

// begin makes ready for the contacts of a bucket.
func (e *Evaluator) begin(b *Bucket) {
	e.before, e.leads = e.o.AsOf, e.allLeads
	compared := b.Prior != nil && (e.o.Need.Events || e.o.Need.Changes)
	if len(e.leads) > 0 && e.leads[0].set < 0 && e.leads[0].t.Plain() && !compared {
		e.leads = e.leads[1:] // it is there for the events alone
	}
	if !compared {
		return
	}
	e.before = min(b.Prior.AsOf, e.o.AsOf)
	copy(e.otherRules, e.activeRules)
	for i, same := range b.Prior.Same {
		if same {
			e.otherRules[i/64] &^= 1 << (i % 64)
		}
	}
}

// compare appends how the contact, whose results are there, differs from what the earlier run published of it.
func (e *Evaluator) compare(prior *Prior, c int, out *Results) {
	need, mql := e.o.Need, out.IsMQL[c] == 1
	e.links = e.links[:0]
	if prior != nil && (need.Changes && prior.Differs(c, e.now.total, mql) || need.Events && prior.Was(c) != mql) {
		e.chain(prior, c)
	}
	if need.Changes {
		var sums [parts]int64
		total := int64(0)
		if len(e.links) > 0 {
			total = prior.Before(c)
		}
		for _, l := range e.links {
			sums[l.part] += l.total - total
			total = l.total
		}
		for p, column := range []*[]int64{&out.NewEngagement, &out.Expiry, &out.FieldChange, &out.ListChange, &out.ModelChange, &out.LateData} {
			*column = append(*column, sums[p])
		}
	}
	if need.Events {
		e.events(prior, c, mql, out)
		out.EventStart = append(out.EventStart, uint32(len(out.EventAt)))
	}
}

// Differs tells whether score_changes speaks of a contact that has this score and MQL state now.
func (p *Prior) Differs(c int, score int64, mql bool) bool {
	return !p.Known[c] || p.Score[c] != score || p.MQL[c] != mql || p.OtherBand != nil && p.OtherBand[c]
}

// Before is the score that a change is counted from: 0 for a new contact.
func (p *Prior) Before(c int) int64 {
	if p.Known[c] {
		return p.Score[c]
	}
	return 0
}

// Was tells whether the contact was an MQL.
func (p *Prior) Was(c int) bool { return p.Known[c] && p.MQL[c] }

// chain works the links out. A total is only worked out anew where something differs that it depends on: X3 is known from the sweep, X5
// is the score.
func (e *Evaluator) chain(prior *Prior, c int) {
	k := e.contact
	e.withoutNewEngagement = false
	k.staticsAt(e.current, e.before)
	k.staticsAt(e.latest, e.o.AsOf)
	if prior.Known[c] {
		e.pastLinks(prior, c)
	}
	e.link(fieldChange, e.then)
	still := e.now.total
	if n := len(k.at); n > 0 && k.at[n-1] > e.before {
		still = e.totalAt(e.o.AsOf, e.latest)
	}
	copy(e.bits, e.latest)
	if e.dropNewMembers(e.bits) {
		e.link(expiry, e.totalAt(e.o.AsOf, e.bits))
		e.link(listChange, still)
	} else {
		e.link(expiry, still)
	}
	e.link(newEngagement, e.now.total)
}

// pastLinks are X0 to X2.
func (e *Evaluator) pastLinks(prior *Prior, c int) {
	words := len(e.old)
	held := prior.Statics[c*words : (c+1)*words]
	otherLists, otherFields := uint64(0), uint64(0)
	for w, known := range prior.StaticsKnown {
		e.old[w] = held[w]&known | e.current[w]&^known
		e.bits[w] = e.current[w]&e.lists[w] | e.old[w]&^e.lists[w]
		differ := e.old[w] ^ e.current[w]
		otherLists, otherFields = otherLists|differ&e.lists[w], otherFields|differ&^e.lists[w]
	}
	if prior.ModelChanged {
		e.link(modelChange, e.totalWithPublished(prior, c))
	}
	x1 := e.then
	if otherLists|otherFields != 0 {
		x1 = e.totalAt(e.before, e.old)
	}
	e.link(lateData, x1)
	switch {
	case otherLists == 0:
	case otherFields == 0:
		e.link(listChange, e.then)
	default:
		e.link(listChange, e.totalAt(e.before, e.bits))
	}
}

func (e *Evaluator) link(p part, total int64) { e.links = append(e.links, link{p, total}) }

// totalAt gives the total at t without engagements after T0, the statics being what the bits say.
func (e *Evaluator) totalAt(t int64, statics []uint64) int64 {
	e.sumUp(t, statics, e.activeRules)
	e.moving.settle(e.p)
	return e.moving.total
}

// totalWithPublished gives X0.
func (e *Evaluator) totalWithPublished(prior *Prior, c int) int64 {
	e.sumUp(e.before, e.old, e.otherRules)
	for i := prior.RowStart[c]; i < prior.RowStart[c+1]; i++ {
		if r := prior.Rule[i]; prior.Same[r] && e.p.Rules[r].active {
			e.moving.raw[e.p.Rules[r].Set] += prior.Points[i]
		}
	}
	e.moving.settle(e.p)
	return e.moving.total
}

// sumUp adds the points of the wanted rules at t up, set by set.
func (e *Evaluator) sumUp(t int64, statics, wanted []uint64) {
	p, k := e.p, e.contact
	if !e.withoutNewEngagement {
		k.cut(e.before)
		e.withoutNewEngagement = true
	}
	k.assume(statics)
	k.choose(p, wanted)
	clear(e.moving.raw)
	for w, word := range k.candidates {
		for ; word != 0; word &= word - 1 {
			i := w*64 + bits.TrailingZeros64(word)
			e.moving.raw[p.briefs[i].set] += k.pointsAt(p, i, t)
		}
	}
}

// dropNewMembers takes the memberships that begin after T0 away from the statics at T1, and tells whether there were any. Who is in the
// list at T0 already stays in it.
func (e *Evaluator) dropNewMembers(statics []uint64) bool {
	dropped := false
	for i := range e.contact.timed {
		span := &e.contact.timed[i]
		w, bit := span.Static/64, uint64(1)<<(span.Static%64)
		if e.lists[w]&^e.current[w]&bit != 0 && e.before < span.Start && span.Start <= e.o.AsOf && e.o.AsOf < span.End {
			statics[w] &^= bit
			dropped = true
		}
	}
	return dropped
}
