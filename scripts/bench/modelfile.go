package main

import (
	"fmt"
	"strings"
)

// modelText writes rules as a model file.
func modelText(rules []rule) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "name: bench %d\nscore:\n  mql: %d\n  bands: {D: 0, C: %d, B: %d, A: %d}\nsets:\n", len(rules), mqlScore, bandC, bandB, bandA)
	for set := range ruleSets {
		fmt.Fprintf(&b, "  - set: Set %d\n    rules:\n", set)
		empty := true
		for i, r := range rules {
			if r.Set != set {
				continue
			}
			empty = false
			criteria := make([]string, len(r.Criteria))
			for k, c := range r.Criteria {
				criteria[k] = c.yaml()
			}
			fmt.Fprintf(&b, "      - {rule: Rule %d, points: %d, when: [%s]}\n", i, r.Points, strings.Join(criteria, ", "))
		}
		if empty {
			b.WriteString("      []\n")
		}
	}
	return []byte(b.String())
}

func (c criterion) yaml() string {
	switch {
	case c.List != "" && c.Not:
		return fmt.Sprintf("{not: {list: %q}}", c.List)
	case c.List != "":
		return fmt.Sprintf("{list: %q}", c.List)
	case c.Present:
		return fmt.Sprintf("{field: %s}", c.Field)
	case len(c.In) == 1:
		return fmt.Sprintf("{field: %s, equals: %q, case_sensitive: true}", c.Field, c.In[0])
	case c.In != nil:
		values := make([]string, len(c.In))
		for i, v := range c.In {
			values[i] = fmt.Sprintf("%q", v)
		}
		return fmt.Sprintf("{field: %s, in: [%s], case_sensitive: true}", c.Field, strings.Join(values, ", "))
	case c.Field != "":
		return fmt.Sprintf("{field: %s, at_least: %d}", c.Field, c.AtLeast)
	}
	parts := []string{fmt.Sprintf("engagement: {channel: %s, action: %s}", c.Channel, c.Action)}
	if c.Asset != "" {
		parts = append(parts, fmt.Sprintf("asset: {equals: %q, case_sensitive: true}", c.Asset))
	}
	if c.URLPrefix != "" {
		parts = append(parts, fmt.Sprintf("url: {starts_with: %q, case_sensitive: true}", c.URLPrefix))
	}
	if c.Times > 1 {
		parts = append(parts, fmt.Sprintf("times: %d", c.Times))
	}
	if c.Days > 0 {
		parts = append(parts, fmt.Sprintf("within: %dd", c.Days))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
