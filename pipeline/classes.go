package pipeline

import (
	"encoding/binary"
	"math/bits"
	"sync"

	"leadscore/transforms/match"
	"leadscore/transforms/score"
)

// A value of an engagement column matters only for which tests it passes. Values that pass the same tests form a class;
// a class stands for the set of selectors that such a value leaves possible. A row's signature is the intersection of
// its columns' classes:
//
//	dictionary entry ─tests─▶ pattern ─▶ class (one a column)      shared by all goroutines, numbered as they turn up
//	classes of a row, shifted and added up ─▶ signature            looked up in a table, filled as they turn up

// tested is an engagement column that selectors test.
type tested struct {
	name     string
	tests    []score.ColumnTest // bit i of a pattern is tests[i]
	place    []int              // test of the program → its bit, -1 where it is not of this column
	mentions int                // where the tests begin that are no selector's: they only tell whether the data has what the model mentions

	program *score.Program
	sync.Mutex
	classes     map[string]uint32 // pattern → class
	bySelectors map[string]uint32 // the selectors that are possible → class
	selectors   [][]uint64        // class → the selectors it leaves possible
	seen        []uint64          // tests that any value passed
}

// testedColumns lists the columns that selectors test. With answers, question and answer are tested together, as "answers".
// Mentions are tests by column that are to be watched beside.
func testedColumns(p *score.Program, answers bool, mentions []score.ColumnTest) []*tested {
	var columns []*tested
	byName := map[string]*tested{}
	column := func(name string) *tested {
		if answers && (name == "question" || name == "answer") {
			name = "answers"
		}
		c := byName[name]
		if c == nil {
			c = &tested{name: name, program: p, classes: map[string]uint32{}, bySelectors: map[string]uint32{}, place: make([]int, len(p.Tests))}
			for i := range c.place {
				c.place[i] = -1
			}
			byName[name] = c
			columns = append(columns, c)
		}
		return c
	}
	for i, t := range p.Tests {
		c := column(t.Column)
		c.place[i] = len(c.tests)
		c.tests = append(c.tests, t)
	}
	for _, c := range columns {
		c.mentions = len(c.tests)
	}
	for _, m := range mentions {
		c := column(m.Column)
		c.tests = append(c.tests, m)
	}
	for _, c := range columns {
		c.seen = make([]uint64, match.Words(len(c.tests)))
	}
	return columns
}

// class gives the class of values that pass exactly the tests of the pattern.
func (c *tested) class(pattern []uint64) uint32 {
	var buf [64]byte
	key := buf[:0]
	for _, w := range pattern {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	c.Lock()
	defer c.Unlock()
	if class, ok := c.classes[string(key)]; ok {
		return class
	}
	for i, w := range pattern {
		c.seen[i] |= w
	}
	return c.add(string(key), c.possible(func(i int) bool { return pattern[i/64]>>(i%64)&1 == 1 }))
}

// classOfAnswers is class for rows with many answers: patterns has one pattern an answer. A selector is possible when one
// answer passes both of its tests.
func (c *tested) classOfAnswers(patterns [][]uint64) uint32 {
	possible := c.possible(func(int) bool { return false })
	for _, pattern := range patterns {
		one := c.possible(func(i int) bool { return pattern[i/64]>>(i%64)&1 == 1 })
		for w := range possible {
			possible[w] |= one[w]
		}
	}
	c.Lock()
	defer c.Unlock()
	return c.classFor(possible)
}

// add remembers the class of a pattern. Patterns that leave the same selectors possible share one.
func (c *tested) add(pattern string, possible []uint64) uint32 {
	class := c.classFor(possible)
	c.classes[pattern] = class
	return class
}

func (c *tested) classFor(possible []uint64) uint32 {
	key := make([]byte, 0, 8*len(possible))
	for _, w := range possible {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	class, ok := c.bySelectors[string(key)]
	if !ok {
		class = uint32(len(c.selectors))
		c.bySelectors[string(key)] = class
		c.selectors = append(c.selectors, possible)
	}
	return class
}

// possible gives the selectors whose tests of this column all pass.
func (c *tested) possible(passes func(place int) bool) []uint64 {
	set := make([]uint64, (len(c.program.Selectors)+63)/64)
	for s, selector := range c.program.Selectors {
		ok := true
		for _, t := range selector.Tests {
			ok = ok && (c.place[t] < 0 || passes(c.place[t]))
		}
		for _, t := range []int32{selector.Question, selector.Answer} {
			ok = ok && (t < 0 || c.place[t] < 0 || passes(c.place[t]))
		}
		if ok {
			set[s/64] |= 1 << (s % 64)
		}
	}
	return set
}

// selectorsOf gives the selectors that a class leaves possible.
func (c *tested) selectorsOf(class uint32) []uint64 {
	c.Lock()
	defer c.Unlock()
	return c.selectors[class]
}

// count is the number of classes so far.
func (c *tested) count() int {
	c.Lock()
	defer c.Unlock()
	return len(c.selectors)
}

// Signatures are numbered as they turn up, so their numbers differ from run to run, and nothing may depend on them.
const (
	meetsNothing   = iota // a row that meets no selector
	afterTheAsOf          // a row after the as-of instant, kept only until its contact is known
	firstSignature        // of rows that meet some selector
)

// signatures numbers the sets of selectors that rows meet.
type signatures struct {
	sync.Mutex
	all     bool // rows that meet nothing have a number like all others, since who they are of has to be known later
	numbers map[string]uint32
	list    score.Signatures
}

func newSignatures(all bool) *signatures {
	return &signatures{all: all, numbers: map[string]uint32{}, list: score.Signatures{Start: make([]uint32, firstSignature+1)}}
}

// number gives the signature of a set of selectors.
func (s *signatures) number(selectors []uint64) uint32 {
	key := make([]byte, 0, 8*len(selectors))
	any := false
	for _, w := range selectors {
		key = binary.LittleEndian.AppendUint64(key, w)
		any = any || w != 0
	}
	if !any && !s.all {
		return meetsNothing
	}
	s.Lock()
	defer s.Unlock()
	if n, ok := s.numbers[string(key)]; ok {
		return n
	}
	n := uint32(len(s.list.Start) - 1)
	s.numbers[string(key)] = n
	for w, word := range selectors {
		for ; word != 0; word &= word - 1 {
			s.list.Selectors = append(s.list.Selectors, uint32(w*64+bits.TrailingZeros64(word)))
		}
	}
	s.list.Start = append(s.list.Start, uint32(len(s.list.Selectors)))
	return n
}
