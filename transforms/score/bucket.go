package score

import "leadscore/transforms/timeline"

// Null stands for "no such value" in the columns of Results. No instant or number that leadscore computes is so small.
const Null = timeline.Ever

// Bucket is a group of contacts with all that is known of them. A slice named …Start holds one entry more than there are
// contacts: those of contact c are [Start[c], Start[c+1]).
type Bucket struct {
	Contacts int
	// Holds has StaticWords words a contact; bit s of them: static s holds at all times.
	Holds []uint64
	// Timed are the spans of statics that hold at some times only, ordered by static and start, not touching.
	TimedStart []uint32
	Timed      []TimedSpan
	// Engagements at or before the as-of instant that meet any selector, ascending by time.
	EngagementStart []uint32
	At              []int64
	Signature       []uint32
	// Last is the last engagement of any kind, or Null.
	Last []int64
	// Prior is what an earlier run published of these contacts; nil: there is none.
	Prior *Prior
}

// TimedSpan is a span in which a static holds.
type TimedSpan struct {
	Static uint32
	timeline.Span
}

// Signatures says which selectors a signature meets: those of signature g are Selectors[Start[g]:Start[g+1]].
type Signatures struct {
	Start     []uint32
	Selectors []uint32
}

// Of gives the selectors of a signature, ascending.
func (s *Signatures) Of(signature uint32) []uint32 {
	return s.Selectors[s.Start[signature]:s.Start[signature+1]]
}

// Need says what is asked for; what is not is not computed.
type Need struct {
	Scores, SetScores, Breakdown, MQL, History, RuleStats bool
	Suppressed                                            bool // which entry of the model's suppress keeps a contact out of hand-offs
	Events                                                bool // how the MQL state changed since the earlier run
	Changes                                               bool // why the score changed since the earlier run
	Statics                                               bool // which statics hold at the as-of instant
}

// Stats are what rule_stats sums up, a number a rule; those of several buckets add up.
type Stats struct {
	Contacts, Points, Decides []int64
}

// NewStats gives stats of a program's rules, all 0.
func NewStats(p *Program) *Stats {
	n := len(p.Rules)
	return &Stats{make([]int64, n), make([]int64, n), make([]int64, n)}
}

// Add adds the stats of other contacts.
func (s *Stats) Add(other *Stats) {
	for i := range s.Contacts {
		s.Contacts[i] += other.Contacts[i]
		s.Points[i] += other.Points[i]
		s.Decides[i] += other.Decides[i]
	}
}
