package main

import "fmt"

// rule is a rule of the bench: criteria that must all hold. A model and, for other engines, any other form of the same
// rules can be written from it.
type rule struct {
	Set      int
	Points   int
	Criteria []criterion
}

// criterion is one of an engagement, a field and a list criterion.
type criterion struct {
	Channel, Action string // engagement
	Asset           string // engagement; empty: any
	URLPrefix       string // engagement; empty: any
	Times           int    // engagement: at least so many
	Days            int    // engagement: within so many; 0: all time

	Field   string   // field
	Present bool     // field: has any value
	In      []string // field: has one of these values
	AtLeast int      // field: a number not below this one

	List string // list
	Not  bool   // list: is not in it
}

const (
	ruleSets  = 5
	mqlScore  = 60
	bandB     = 50
	bandC     = 20
	bandA     = 100
	siteStart = "https://www.example.com/"
)

// ruleStart is where the rules' random numbers start. Rules that start here give a contact 3, 8 and 20 breakdown rows at
// 25, 100 and 300 rules and let a quarter of the contacts be MQLs at 100: other starts differ a lot, and so does the
// time that writing takes.
const ruleStart = 20 << 32

// makeRules makes n rules. The first rules of a greater n are the same.
func makeRules(n int) []rule {
	d := &dice{rolls: ruleStart}
	rules := make([]rule, n)
	for i := range rules {
		r := rule{Set: i % ruleSets, Points: pick(d, 1, 2, 3, 5, 5, 10, 10, 15, 20, -5, -10, -15)}
		for range pick(d, 1, 1, 1, 2, 2, 3) {
			r.Criteria = append(r.Criteria, makeCriterion(d))
		}
		// "Not in the list" alone is nearly everybody: no one would write it.
		if only := r.Criteria[0]; len(r.Criteria) == 1 && only.Not {
			r.Criteria = append(r.Criteria, makeEngagement(d))
		}
		rules[i] = r
	}
	return rules
}

func makeCriterion(d *dice) criterion {
	switch u := d.roll(); {
	case u < 0.65:
		return makeEngagement(d)
	case u < 0.9:
		return makeField(d)
	default:
		return criterion{List: fmt.Sprint(d.lowUpTo(listNumbers)), Not: d.roll() < 0.2}
	}
}

func makeEngagement(d *dice) criterion {
	// A channel and its action, then the channel's place among the kinds of assets.
	kind := pick(d, [...]int{0, 0}, [...]int{0, 0}, [...]int{0, 0}, [...]int{1, 1}, [...]int{1, 2}, [...]int{1, 2},
		[...]int{2, 0}, [...]int{2, 3}, [...]int{3, 3}, [...]int{3, 0}, [...]int{4, 2})
	c := criterion{
		Channel: channels[kind[0]],
		Action:  actions[kind[1]],
		Times:   pick(d, 1, 1, 1, 1, 2, 2, 3, 3, 5),
		Days:    pick(d, 7, 14, 30, 30, 60, 90, 90, 180, 365, 0),
	}
	switch u := d.roll(); {
	case kind[0] == 0 && u < 0.7:
		c.URLPrefix = siteStart + section(d.upTo(sections)) + "/"
	case kind[0] == 0 && u < 0.85:
		c.URLPrefix = siteStart + section(d.upTo(sections)) + fmt.Sprintf("/page-%04d", d.upTo(2))
	case kind[0] != 0 && u < 0.6:
		assets := assetKinds[kind[0]]
		c.Asset = fmt.Sprintf("%s%04d", assets.word, d.lowUpTo(assets.n))
	}
	return c
}

func makeField(d *dice) criterion {
	country := func() string { return fmt.Sprintf("Country %d", d.upTo(countries)) }
	industry := func() string { return fmt.Sprintf("Industry %d", d.upTo(industries)) }
	switch u := d.roll(); {
	case u < 0.2:
		return criterion{Field: pick(d, "phone", "email", "job_title", "linkedin"), Present: true}
	case u < 0.5:
		switch field := pick(d, "job_title", "country", "industry", "lifecycle_stage"); field {
		case "country":
			return criterion{Field: field, In: []string{country()}}
		case "industry":
			return criterion{Field: field, In: []string{industry()}}
		case "lifecycle_stage":
			return criterion{Field: field, In: []string{pick(d, stages...)}}
		default:
			return criterion{Field: field, In: []string{pick(d, append(titles[:len(titles):len(titles)], "Job Title 3", "Job Title 7")...)}}
		}
	case u < 0.75:
		if pick(d, true, false) {
			return criterion{Field: "country", In: []string{country(), country(), country()}}
		}
		return criterion{Field: "industry", In: []string{industry(), industry(), industry()}}
	default:
		return criterion{Field: "company_size", AtLeast: pick(d, 10, 50, 100, 250, 1000, 5000)}
	}
}
