package main

import (
	"fmt"
	"slices"
	"strings"
)

// peerPlan numbers what rules share: each criterion and each selector stands in it once.
type peerPlan struct {
	rules     []rule
	criteria  []criterion
	numbers   map[string]int // criterion, as it is written in a model → its place in criteria
	selectors []selector
	places    map[selector]int // → its place in selectors
}

// selector is what an engagement criterion asks of an engagement, without how often and when.
type selector struct{ channel, action, asset, prefix string }

func (c criterion) selector() selector { return selector{c.Channel, c.Action, c.Asset, c.URLPrefix} }

func planOf(rules []rule) peerPlan {
	p := peerPlan{rules: rules, numbers: make(map[string]int), places: make(map[selector]int)}
	for _, r := range rules {
		for _, c := range r.Criteria {
			if _, known := p.numbers[c.yaml()]; known {
				continue
			}
			p.numbers[c.yaml()] = len(p.criteria)
			p.criteria = append(p.criteria, c)
			if c.Channel == "" {
				continue
			}
			if _, known := p.places[c.selector()]; !known {
				p.places[c.selector()] = len(p.selectors)
				p.selectors = append(p.selectors, c.selector())
			}
		}
	}
	return p
}

// mostTimes is the number of a contact's latest engagements that have to be kept.
func (p peerPlan) mostTimes() int {
	most := 1
	for _, c := range p.criteria {
		most = max(most, c.Times)
	}
	return most
}

// selectorRows gives each selector with the start of its criteria's longest frame.
func (p peerPlan) selectorRows() string {
	longest := make([]int, len(p.selectors))
	for _, c := range p.criteria {
		if c.Channel == "" {
			continue
		}
		if at := p.places[c.selector()]; c.Days == 0 || longest[at] < 0 {
			longest[at] = -1 // all time
		} else {
			longest[at] = max(longest[at], c.Days)
		}
	}
	rows := make([]string, len(p.selectors))
	for i, s := range p.selectors {
		rows[i] = fmt.Sprintf("(%d, %s, %s, %s, %s, %s)", i, quote(s.channel), quote(s.action), quoteOrNull(s.asset), quoteOrNull(s.prefix), since(max(longest[i], 0)))
	}
	return strings.Join(rows, ", ")
}

// countedRows gives each engagement criterion.
func (p peerPlan) countedRows() string {
	var rows []string
	for i, c := range p.criteria {
		if c.Channel == "" {
			continue
		}
		days := "NULL::INTEGER"
		if c.Days > 0 {
			days = fmt.Sprint(c.Days)
		}
		rows = append(rows, fmt.Sprintf("(%d, %d, %d, %s, %s)", i, p.places[c.selector()], max(c.Times, 1), days, since(c.Days)))
	}
	return strings.Join(rows, ", ")
}

// askedRows gives each criterion of each rule, and how many there are of it. One that stands twice in a rule counts once.
func (p peerPlan) askedRows() string {
	var rows []string
	for i, r := range p.rules {
		criteria := p.criteriaOf(r)
		for _, c := range criteria {
			rows = append(rows, fmt.Sprintf("(%d, %d, %d, %d, %d)", i, c, len(criteria), r.Points, r.Set))
		}
	}
	return strings.Join(rows, ", ")
}

// criteriaOf gives the numbers of a rule's criteria.
func (p peerPlan) criteriaOf(r rule) []int {
	var numbers []int
	for _, c := range r.Criteria {
		if n := p.numbers[c.yaml()]; !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// jointCriteria gives the numbers of the criteria that stand in rules with others.
func (p peerPlan) jointCriteria() []string {
	joint := make([]bool, len(p.criteria))
	for _, r := range p.rules {
		if criteria := p.criteriaOf(r); len(criteria) > 1 {
			for _, c := range criteria {
				joint[c] = true
			}
		}
	}
	var numbers []string
	for c, is := range joint {
		if is {
			numbers = append(numbers, fmt.Sprint(c))
		}
	}
	return numbers
}

// otherCriteria gives a query for each kind of field and list criteria that there is. The contacts are read once for all
// fields, the memberships once for all lists.
func (p peerPlan) otherCriteria(contacts, lists string) []string {
	var fields, members, queries []string
	for i, c := range p.criteria {
		switch {
		case c.List != "" && c.Not:
			queries = append(queries, fmt.Sprintf(
				"SELECT contact_id, %d, NULL::TIMESTAMPTZ, NULL::TIMESTAMPTZ FROM %s WHERE contact_id NOT IN (SELECT contact_id FROM %s WHERE list_id = %s)",
				i, contacts, lists, c.List))
		case c.List != "":
			members = append(members, fmt.Sprintf("(%d, %s)", i, c.List))
		case c.Field != "":
			fields = append(fields, fmt.Sprintf("CASE WHEN %s THEN %d END", c.sqlCondition(), i))
		}
	}
	if len(members) > 0 {
		queries = append(queries, fmt.Sprintf(
			"SELECT DISTINCT contact_id, criterion, NULL::TIMESTAMPTZ, NULL::TIMESTAMPTZ FROM %s JOIN (VALUES %s) m(criterion, list_id) USING (list_id)",
			lists, strings.Join(members, ", ")))
	}
	if len(fields) > 0 {
		queries = append(queries, fmt.Sprintf(
			"SELECT contact_id, criterion, NULL::TIMESTAMPTZ AS last, NULL::TIMESTAMPTZ AS until\n"+
				"FROM (SELECT contact_id, unnest(list_filter([%s], lambda x: x IS NOT NULL)) AS criterion FROM %s)",
			strings.Join(fields, ", "), contacts))
	}
	slices.Reverse(queries) // the first names the columns
	return queries
}

func (c criterion) sqlCondition() string {
	switch {
	case c.Present:
		return c.Field + " IS NOT NULL"
	case c.In != nil:
		values := make([]string, len(c.In))
		for i, v := range c.In {
			values[i] = quote(v)
		}
		return fmt.Sprintf("%s IN (%s)", c.Field, strings.Join(values, ", "))
	default:
		return fmt.Sprintf("%s >= %d", c.Field, c.AtLeast)
	}
}
