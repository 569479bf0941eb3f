package match

// Set runs many tests over the same text at a small part of their cost one by one. Each test is found by one of its
// conditions, all others are looked at only then:
//
//	text ─ trim, NFC ─┬──────────▶ case-sensitive index ─┐   equals, in     hash map
//	                  └─ fold ───▶ index ────────────────┤   starts_with    sorted prefixes
//	                                                     │   ends_with      the same, backwards
//	                                                     │   contains,      one automaton (literals that
//	                                                     │     matches        every match must contain)
//	                  tests that no index finds ─────────┴──▶ bits
//
// A Set has scratch space: each goroutine takes a Clone.
type Set struct {
	*plan
	folded   []byte
	reversed []byte
	tried    []uint32 // by posting with a rest: the last text it was tried on
	texts    uint32   // number of the text
}

// plan is the immutable part of a Set.
type plan struct {
	missing []uint64 // tests that hold for a missing value
	always  []uint64 // tests that hold for every text that is not missing
	plain   *index   // finds by text as it is
	fold    *index   // finds by folded text
	folds   bool     // folded text is needed
	rest    []posting
	tries   int // postings with a rest
	other   []otherTest
	nulls   map[string]struct{} // folded texts that mean missing
}

// posting is a test to be reported once rest holds as well.
type posting struct {
	word   int
	bit    uint64
	folded bool // rest compares folded text
	rest   []textCondition
	try    int // number among the postings with a rest
}

// otherTest is a matcher of another type than text.
type otherTest struct {
	word    int
	bit     uint64
	matcher *Matcher
}

// NewSet prepares tests to be run together.
func NewSet(tests []*Matcher) *Set {
	words := Words(len(tests))
	p := &plan{missing: make([]uint64, words), always: make([]uint64, words), plain: newIndex(), fold: newIndex()}
	for i, m := range tests {
		word, bit := i>>6, uint64(1)<<(i&63)
		if m.missing {
			p.missing[word] |= bit
		}
		switch {
		case m.typ.Kind != Text:
			p.other = append(p.other, otherTest{word, bit, m})
		case len(m.text.conditions) == 0:
			p.always[word] |= bit
		default:
			p.add(&m.text, posting{word: word, bit: bit, folded: m.text.folded})
		}
	}
	p.plain.seal()
	p.fold.seal()
	p.folds = p.folds || !p.fold.empty()
	return p.start()
}

func (p *plan) start() *Set { return &Set{plan: p, tried: make([]uint32, p.tries)} }

// Words is how many words of 64 bits a Set of that many tests fills.
func Words(tests int) int { return (tests + 63) / 64 }

// WithNulls gives a Set that takes these texts for missing too, compared as text is.
func (s *Set) WithNulls(texts []string) *Set {
	p := *s.plan
	p.nulls = nullSet(texts)
	p.folds = p.folds || len(p.nulls) > 0
	return p.start()
}

// NullTexts gives the function that Matcher.Array takes for texts that mean missing, compared as text is.
func NullTexts(texts []string) func(folded []byte) bool {
	set := nullSet(texts)
	return func(folded []byte) bool {
		_, null := set[string(folded)]
		return null
	}
}

func nullSet(texts []string) map[string]struct{} {
	set := make(map[string]struct{}, len(texts))
	for _, text := range texts {
		set[NormalizeString(text, false)] = struct{}{}
	}
	return set
}

// Clone gives a Set of the same tests with scratch space of its own.
func (s *Set) Clone() *Set { return s.plan.start() }

// add enters a test under the condition that rejects texts at the least cost.
func (p *plan) add(t *textTest, entry posting) {
	best := 0
	for i := range t.conditions {
		if t.conditions[i].rank() < t.conditions[best].rank() {
			best = i
		}
	}
	found := &t.conditions[best]
	for i := range t.conditions {
		if i != best {
			entry.rest = append(entry.rest, t.conditions[i])
		}
	}
	if len(entry.rest) > 0 || found.operator == Matches {
		entry.try = p.tries
		p.tries++
	}
	at := p.plain
	if t.folded {
		at = p.fold
	}
	switch found.operator {
	case Equals:
		at.addExact(string(found.operand), entry)
	case In:
		for text := range found.set {
			at.addExact(text, entry)
		}
	case StartsWith:
		at.starts.add(found.operand, entry)
	case EndsWith:
		at.ends.add(reverse(nil, found.operand, len(found.operand)), entry)
	case Contains:
		at.inside.add(found.operand, entry)
	default:
		entry.rest = append(entry.rest, *found)
		if len(found.literals) > 0 {
			p.fold.inside.add(found.literals[0], entry)
		} else {
			p.folds = p.folds || t.folded
			p.rest = append(p.rest, entry)
		}
	}
}

// rank orders conditions by what it costs to find texts by them.
func (c *textCondition) rank() int {
	switch c.operator {
	case Equals, In:
		return 0
	case StartsWith:
		return 1
	case EndsWith:
		return 2
	case Contains:
		return 3
	}
	return 4
}

// Text sets bit i&63 of out[i>>6] where test i holds for the text and clears it where not. The value is as the data has
// it; out has Words(number of tests) elements.
func (s *Set) Text(value []byte, out []uint64) {
	text := trim(value)
	if len(text) == 0 {
		copy(out, s.missing)
		return
	}
	text = compose(text)
	if s.folds {
		s.folded = fold(s.folded[:0], text)
		if s.nulls != nil {
			if _, null := s.nulls[string(s.folded)]; null {
				copy(out, s.missing)
				return
			}
		}
	}
	copy(out, s.always)
	if s.texts++; s.texts == 0 { // the numbers begin anew
		clear(s.tried)
		s.texts = 1
	}
	s.search(s.plain, text, text, out)
	s.search(s.fold, s.folded, text, out)
	s.report(s.rest, text, out)
	for _, o := range s.other {
		if o.matcher.Text(text) {
			out[o.word] |= o.bit
		}
	}
}

// search reports the tests that an index finds. compared is the text as the index compares it.
func (s *Set) search(x *index, compared, text []byte, out []uint64) {
	if x.empty() {
		return
	}
	if x.mayEqual(len(compared)) {
		if found, ok := x.exact[string(compared)]; ok {
			s.report(found, text, out)
		}
	}
	for at := x.starts.longest(compared); at >= 0; at = x.starts.parents[at] {
		s.report(x.starts.found[at], text, out)
	}
	if x.ends.most > 0 {
		s.reversed = reverse(s.reversed[:0], compared, x.ends.most)
		for at := x.ends.longest(s.reversed); at >= 0; at = x.ends.parents[at] {
			s.report(x.ends.found[at], text, out)
		}
	}
	if len(x.inside.next) == 0 {
		return
	}
	state := int32(0)
	for _, c := range compared {
		state = x.inside.next[int(state)+int(x.inside.class[c])]
		if state < x.inside.quiet {
			continue
		}
		for hit := x.inside.hit(state); hit >= 0; hit = x.inside.shorter[hit] {
			s.report(x.inside.found[hit], text, out)
		}
	}
}

// report sets the bits of the tests whose other conditions hold.
func (s *Set) report(entries []posting, text []byte, out []uint64) {
entries:
	for i := range entries {
		e := &entries[i]
		if out[e.word]&e.bit != 0 {
			continue
		}
		compared := text
		if e.folded {
			compared = s.folded
		}
		if len(e.rest) > 0 {
			if s.tried[e.try] == s.texts {
				continue // a literal may occur many times, its expression is run once
			}
			s.tried[e.try] = s.texts
		}
		for k := range e.rest {
			if !e.rest[k].holds(text, compared, s.folded) {
				continue entries
			}
		}
		out[e.word] |= e.bit
	}
}
