package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"leadscore/jobs"
)

// What a report says of the rules, and of what becomes of their points.

func rulesChapter(r *jobs.Report) chapter {
	s := chapter{ID: "rules", Title: "Rules"}
	if len(r.Rules) == 0 {
		return s
	}
	t := sheet{Caption: "All rules, those first that decide most MQLs", Header: append(textHead("rule", "set", "kind"), numberHead("contacts", "share", "points", "decides MQLs")...)}
	rules := slices.Clone(r.Rules)
	slices.SortStableFunc(rules, func(a, b jobs.RuleReport) int {
		return cmp.Or(cmp.Compare(b.DecidesMQL, a.DecidesMQL), cmp.Compare(b.Contacts, a.Contacts))
	})
	idle := 0
	for _, rule := range rules {
		set, percent := rule.Set, ""
		if !rule.Active {
			set += " (inactive)"
		}
		if rule.Share != nil {
			percent = fmt.Sprintf("%.2f%%", 100**rule.Share)
		}
		if rule.Active && rule.Contacts == 0 {
			idle++
		}
		t.Rows = append(t.Rows, []string{rule.Rule, set, rule.Kind, grouped(rule.Contacts), percent, grouped(rule.Points), grouped(rule.DecidesMQL)})
	}
	s.Tables = []sheet{t}
	s.Texts = []string{"A rule decides an MQL that would be none without it."}
	if idle > 0 {
		s.Texts = append(s.Texts, fmt.Sprintf("%s of active sets nobody fulfils.", counted(idle, "rule")))
	}
	s.Charts = []*chart{
		topRulesChart(r.Rules, "rule-contacts", "Rules by contacts", func(r jobs.RuleReport) int64 { return r.Contacts }),
		topRulesChart(r.Rules, "rule-points", "Rules by points", func(r jobs.RuleReport) int64 { return r.Points }),
		topRulesChart(r.Rules, "rule-decides", "Rules by MQLs that they decide", func(r jobs.RuleReport) int64 { return r.DecidesMQL }),
	}
	s.Charts = slices.DeleteFunc(s.Charts, func(c *chart) bool { return c == nil })
	return s
}

// topRulesChart draws the rules of active sets with the greatest values either way; nil where all are 0.
func topRulesChart(all []jobs.RuleReport, id, title string, value func(jobs.RuleReport) int64) *chart {
	rules := slices.DeleteFunc(slices.Clone(all), func(r jobs.RuleReport) bool { return !r.Active || value(r) == 0 })
	if len(rules) == 0 {
		return nil
	}
	slices.SortStableFunc(rules, func(a, b jobs.RuleReport) int {
		return cmp.Compare(max(value(b), -value(b)), max(value(a), -value(a)))
	})
	rules = rules[:min(len(rules), topRules)]
	var lanes []lane
	for _, r := range rules {
		lanes = append(lanes, lane{name: r.Rule, value: value(r), said: grouped(value(r))})
	}
	return lanesChart(id, title, topText(title, lanes), lanes)
}

// topText says the first of some lanes.
func topText(title string, lanes []lane) string {
	var said []string
	for _, l := range lanes[:min(len(lanes), 3)] {
		said = append(said, l.name+" "+l.said)
	}
	return fmt.Sprintf("%s, the first %d of them. At the top: %s.", title, len(lanes), strings.Join(said, ", "))
}

func aheadChapter(r *jobs.Report) chapter {
	s := chapter{ID: "ahead", Title: "The next 30 days, if nobody does anything more"}
	if f := r.Forecast; f != nil {
		s.Texts = append(s.Texts, fmt.Sprintf("Until %s UTC the score of %s falls, of %s rises, and of %s is the same at the end.", minute(&f.Until),
			counted64(f.Losing, "contact"), grouped(f.Gaining), grouped(f.Unchanged)))
		if len(f.Ahead) > 0 {
			s.Texts = append(s.Texts, endText(f.MQLs)+" by then.")
			t := sheet{Caption: "Contacts with the threshold or more", Header: append(textHead("when"), numberHead("contacts")...)}
			for _, a := range f.Ahead {
				when := "now"
				if a.Days > 0 {
					when = fmt.Sprintf("in %d days", a.Days)
				}
				t.Rows = append(t.Rows, []string{when, grouped(a.Contacts)})
				t.bars = append(t.bars, a.Contacts)
			}
			s.Tables = append(s.Tables, t)
			s.Charts = append(s.Charts, endingChart(f))
			s.Tables = append(s.Tables, endingTable(f))
		}
	}
	if len(r.Expiring) > 0 {
		t := sheet{wide: true, Caption: "Rules of which points expire or change, at the first such moment of each contact", Header: append(textHead("rule", "set"), numberHead("contacts", "points change")...)}
		var lanes []lane
		for _, e := range r.Expiring {
			t.Rows = append(t.Rows, []string{e.Rule, e.Set, grouped(e.Contacts), signed(e.Change)})
			lanes = append(lanes, lane{name: e.Rule, value: e.Change, said: signed(e.Change)})
		}
		slices.SortStableFunc(lanes, func(a, b lane) int { return cmp.Compare(max(b.value, -b.value), max(a.value, -a.value)) })
		lanes = lanes[:min(len(lanes), topRules)]
		s.Tables = append(s.Tables, t)
		s.Charts = append(s.Charts, lanesChart("expiring", "Points that change", topText("Rules by the points that change", lanes), lanes))
	}
	return s
}

func endText(n int64) string {
	if n == 1 {
		return "1 MQL ends"
	}
	return grouped(n) + " MQLs end"
}

// signed writes a number with its sign, grouped.
func signed(n int64) string {
	if n > 0 {
		return "+" + grouped(n)
	}
	return grouped(n)
}

func endingChart(f *jobs.Forecast) *chart {
	var columns []column
	most := f.Days[0]
	for _, d := range f.Days {
		columns = append(columns, column{d.From.Format("01-02"), d.From.Format(time.DateOnly) + ": " + grouped(d.MQLs), []columnPart{{"bar", d.MQLs}}, columnPart{}})
		if d.MQLs > most.MQLs {
			most = d
		}
	}
	text := fmt.Sprintf("%s within 30 days; most of them, %s, within 24 hours from %s UTC.", endText(f.MQLs), grouped(most.MQLs), minute(&most.From))
	return columnsChart("ending", "MQLs that end, by day", text, columns, -1, "")
}

func endingTable(f *jobs.Forecast) sheet {
	t := sheet{Caption: "MQLs that end, by days of 24 hours", Header: append(textHead("from"), numberHead("MQLs")...)}
	for _, d := range f.Days {
		t.Rows = append(t.Rows, []string{minute(&d.From), grouped(d.MQLs)})
		t.bars = append(t.bars, d.MQLs)
	}
	return t
}
