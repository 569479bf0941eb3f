package oracle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// draft is a model file in pieces, each written as YAML already; an empty piece is left out.
type draft struct {
	name, version, zone             string
	limits, threshold, bands, grade string // of the total
	sets                            []*setDraft
	suppress                        []suppressDraft
}

type setDraft struct {
	name, active, limits, threshold, bands string
	rules                                  []ruleDraft
}

type ruleDraft struct{ name, points, when string }

type suppressDraft struct{ reason, when string }

// text puts the pieces together.
func (m *draft) text() string {
	var b strings.Builder
	piece := func(indent, key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s%s: %s\n", indent, key, value)
		}
	}
	piece("", "name", m.name)
	piece("", "version", m.version)
	piece("", "time_zone", m.zone)
	if m.limits+m.threshold+m.bands+m.grade != "" {
		b.WriteString("score:\n")
		piece("  ", "range", m.limits)
		piece("  ", "mql", m.threshold)
		piece("  ", "bands", m.bands)
		piece("  ", "grade", m.grade)
	}
	b.WriteString("sets:\n")
	for _, s := range m.sets {
		piece("  - ", "set", s.name)
		piece("    ", "active", s.active)
		piece("    ", "range", s.limits)
		piece("    ", "mql", s.threshold)
		piece("    ", "bands", s.bands)
		if len(s.rules) == 0 {
			b.WriteString("    rules: []\n")
			continue
		}
		b.WriteString("    rules:\n")
		for _, r := range s.rules {
			piece("      - ", "rule", r.name)
			piece("        ", "points", r.points)
			piece("        ", "when", r.when)
		}
	}
	if len(m.suppress) > 0 {
		b.WriteString("suppress:\n")
	}
	for _, s := range m.suppress {
		piece("  - ", "reason", s.reason)
		piece("    ", "when", s.when)
	}
	return b.String()
}

// model makes up a model that fits the tables' columns.
func (d *drawer) model() *draft {
	m := &draft{name: quoted(d.name("Model")), version: quoted(d.name("v"))}
	if d.zone.String() != "UTC" || d.chance("zone written", 30) {
		m.zone = d.zone.String()
	}
	d.reading(m)
	for range d.number("sets", 1, 3) {
		m.sets = append(m.sets, d.set())
	}
	if d.chance("suppress", 40) {
		for range d.number("suppressions", 1, 3) {
			m.suppress = append(m.suppress, d.suppression())
		}
	}
	return m
}

// reading decides how the total is read.
func (d *drawer) reading(m *draft) {
	m.limits, m.threshold, m.bands, m.grade = d.limits(), "", "", ""
	if !d.chance("no threshold", 15) {
		m.threshold = d.threshold(-10, 30)
	}
	if d.chance("bands", 70) {
		m.bands = d.bands()
	}
	if d.chance("grade", 50) {
		m.grade = "{explicit: " + d.floors("A", "B", "C") + ", implicit: " + d.floors("1", "2", "3") + "}"
	}
}

func (d *drawer) set() *setDraft {
	s := &setDraft{name: quoted(d.name("Set"))}
	d.setReading(s)
	rules := d.number("rules", 0, 5)
	if d.values {
		rules = d.number("value rules", 6, 12)
	}
	for range rules {
		s.rules = append(s.rules, d.newRule())
	}
	return s
}

// setReading decides how a set's score is read, and whether it counts.
func (d *drawer) setReading(s *setDraft) {
	s.active, s.limits, s.threshold, s.bands = "", d.limits(), "", ""
	if d.chance("inactive", 20) {
		s.active = "false"
	} else if d.chance("active", 20) {
		s.active = "true"
	}
	if d.chance("set mql", 40) {
		s.threshold = d.threshold(-5, 20)
	}
	if d.chance("set bands", 40) {
		s.bands = d.bands()
	}
}

func (d *drawer) newRule() ruleDraft {
	points, when := d.rule()
	return ruleDraft{quoted(d.name("Rule")), points, when}
}

func (d *drawer) suppression() suppressDraft {
	return suppressDraft{quoted(d.name("Reason")), d.composition(1)}
}

// threshold writes a plain threshold, or one with an end and a cool-down of its own.
func (d *drawer) threshold(low, high int) string {
	at := d.number("mql", low, high)
	if d.chance("plain threshold", 40) {
		return strconv.Itoa(at)
	}
	e := entries{"at: " + strconv.Itoa(at)}
	if d.chance("until below", 70) {
		e.add("until_below", strconv.Itoa(at-d.number("until below", 0, 15)))
	}
	if d.chance("again after", 60) {
		e.add("again_after", d.length())
	}
	return e.flow()
}

// revise changes a model as people do from one day to the next.
func (d *drawer) revise(m *draft) {
	for range d.number("revisions", 1, 4) {
		s := oneOf(d, "revised set", m.sets)
		place := d.number("revised rule", 0, max(len(s.rules)-1, 0))
		switch revision := d.number("revision", 0, 14); {
		case revision == 0:
			m.version = quoted(d.name("v"))
		case revision == 1:
			d.reading(m)
		case revision == 2:
			m.threshold = d.threshold(-10, 30)
		case revision == 3:
			m.bands = d.bands()
		case revision == 4:
			d.setReading(s)
		case revision == 5 && len(m.sets) > 1:
			m.sets = slices.DeleteFunc(m.sets, func(other *setDraft) bool { return other == s })
		case revision == 6 && len(m.sets) < 4:
			m.sets = append([]*setDraft{d.set()}, m.sets...)
		case revision == 7 && len(m.suppress) > 0:
			m.suppress = m.suppress[1:]
		case revision == 8:
			m.suppress = append(m.suppress, d.suppression())
		case revision == 9:
			slices.Reverse(m.sets)
			slices.Reverse(s.rules)
		case revision >= 10 && len(s.rules) == 0 || revision == 10:
			s.rules = append(s.rules, d.newRule())
		case revision == 11:
			s.rules = slices.Delete(s.rules, place, place+1)
		case revision == 12:
			s.rules[place].points, s.rules[place].when = d.rule()
		case revision > 12 && !strings.HasPrefix(s.rules[place].points, "{"):
			s.rules[place].points = strconv.Itoa(d.points())
		}
	}
}
