package score_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"leadscore/transforms/diag"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

const (
	day  = 24 * 60 * 60
	null = score.Null
)

// did is an engagement: an instant in days, and what it was. All tests count time in days from 1970 on.
type did struct {
	day                    float64
	channel, action, asset string
}

func at(days float64) int64 { return int64(days * day) }

// person is a contact as the tests write it down.
type person struct {
	did    []did
	fields map[string]string
	lists  []string
	when   map[string][]timeline.Span // column → when a test of it holds that depends on time; list → when the contact is in it
}

// everything asks for all tables.
var everything = score.Need{Scores: true, SetScores: true, Breakdown: true, MQL: true, History: true, RuleStats: true}

// parse reads a model that has no errors.
func parse(t testing.TB, text string) *model.Model {
	t.Helper()
	m, found := model.Parse("model.yaml", []byte(text))
	for _, d := range found {
		if d.Severity == diag.Error {
			t.Fatalf("line %d: %s: %s\n%s", d.Position.Line, d.What, d.Why, text)
		}
	}
	return m
}

var text = match.Type{Kind: match.Text, Name: "text"}

func passes(t testing.TB, test match.Test, value string) bool {
	m, err := match.Compile(test, text, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if value == "" {
		return m.Missing()
	}
	return m.Text([]byte(value))
}

// bucketOf brings people into the form in which a program takes them.
func bucketOf(t testing.TB, p *score.Program, people ...person) (*score.Bucket, *score.Signatures) {
	b := &score.Bucket{Contacts: len(people), TimedStart: []uint32{0}, EngagementStart: []uint32{0}}
	b.Holds = make([]uint64, len(people)*p.StaticWords())
	s := &score.Signatures{Start: []uint32{0, 0}} // the first meets nothing
	known := map[string]uint32{"[]": 0}
	cache := map[did]uint32{}
	signature := func(d did) uint32 {
		d.day = 0
		if n, ok := cache[d]; ok {
			return n
		}
		selectors := []uint32{}
		for i, selector := range p.Selectors {
			ok := true
			for _, test := range selector.Tests {
				c := p.Tests[test]
				ok = ok && passes(t, c.Test, map[string]string{"channel": d.channel, "action": d.action, "asset": d.asset}[c.Column])
			}
			if ok {
				selectors = append(selectors, uint32(i))
			}
		}
		key := fmt.Sprint(selectors)
		n, ok := known[key]
		if !ok {
			n = uint32(len(s.Start) - 1)
			known[key] = n
			s.Selectors = append(s.Selectors, selectors...)
			s.Start = append(s.Start, uint32(len(s.Selectors)))
		}
		cache[d] = n
		return n
	}
	for c, who := range people {
		for i, static := range p.Statics {
			holds := slices.Contains(who.lists, static.List)
			if static.List != "" && !holds {
				for _, span := range who.when[static.List] {
					b.Timed = append(b.Timed, score.TimedSpan{Static: uint32(i), Span: span})
				}
			}
			if static.List == "" {
				m, err := match.Compile(static.Test, text, time.UTC)
				if err != nil { // it depends on time
					for _, span := range who.when[static.Column] {
						b.Timed = append(b.Timed, score.TimedSpan{Static: uint32(i), Span: span})
					}
					continue
				}
				value := who.fields[static.Column]
				holds = value == "" && m.Missing() || value != "" && m.Text([]byte(value))
			}
			if holds {
				b.Holds[c*p.StaticWords()+i/64] |= 1 << (i % 64)
			}
		}
		b.TimedStart = append(b.TimedStart, uint32(len(b.Timed)))
		all := slices.Clone(who.did)
		slices.SortStableFunc(all, func(x, y did) int { return cmp.Compare(x.day, y.day) })
		last := int64(null)
		for _, d := range all {
			last = at(d.day)
			if n := signature(d); n != 0 {
				b.At = append(b.At, at(d.day))
				b.Signature = append(b.Signature, n)
			}
		}
		b.EngagementStart = append(b.EngagementStart, uint32(len(b.At)))
		b.Last = append(b.Last, last)
	}
	return b, s
}

// evaluate evaluates people at a day, and gives what comes out.
func evaluate(t testing.TB, m *model.Model, asOf float64, need score.Need, people ...person) (*score.Results, *score.Stats) {
	p := score.Compile(m)
	stats := score.NewStats(p)
	b, s := bucketOf(t, p, people...)
	out := &score.Results{}
	score.NewEvaluator(p, score.Options{AsOf: at(asOf), History: 1000 * day, Need: need}, stats).Evaluate(b, s, out)
	return out, stats
}
