package oracle

import (
	"fmt"
	"sort"
	"strings"

	"leadscore/transforms/model"
)

// explainer gives a function that shows what is known of a contact, and how the model has the rule, for messages about rows
// that differ.
func explainer(m *model.Model, in Tables, o Options) func(id, set, rule string) string {
	return func(id, set, rule string) string {
		var b strings.Builder
		same := func(other Value) bool {
			_, ok := contactKey(other)
			return ok && idText(other) == id
		}
		fmt.Fprintf(&b, "as of %v\n", Instant{Second: o.AsOf})
		for _, c := range in.Contacts {
			if same(c.ID) {
				fmt.Fprintf(&b, "contact %s %s (%s row %d)\n", show(c.ID), showFields(c.Fields), c.File, c.Row)
			}
		}
		events := append([]Event(nil), in.Events...)
		zone := o.Engagements.zone(m.Zone)
		sort.SliceStable(events, func(i, j int) bool {
			a, _ := instantOf(events[i].At, zone)
			b, _ := instantOf(events[j].At, zone)
			return a.Second < b.Second
		})
		for _, e := range events {
			if same(e.ID) {
				fmt.Fprintf(&b, "  event %s %s %s asset %s url %s question %s answer %s answers %v id %s %s (%s row %d)\n",
					show(e.At), show(e.Channel), show(e.Action), show(e.Asset), show(e.URL), show(e.Question), show(e.Answer),
					e.Answers, show(e.EventID), showFields(e.Where), e.File, e.Row)
			}
		}
		for _, member := range in.Members {
			if same(member.ID) {
				fmt.Fprintf(&b, "  member of %s from %s\n", show(member.List), show(member.Added))
			}
		}
		if o.Earlier != nil {
			explainEarlier(&b, o.Earlier, id)
		}
		b.WriteString(ruleText(m, set, rule))
		return b.String()
	}
}

// explainEarlier shows what was known of a contact in the night before.
func explainEarlier(b *strings.Builder, earlier *Night, id string) {
	for _, r := range earlier.Contacts {
		if idText(r.ID) != id {
			continue
		}
		fmt.Fprintf(b, "  the night before, %v: score %d, MQL %v, %d times\n", Instant{Second: earlier.AsOf}, r.Score, r.wasMQL(), r.Times)
		if r.Present {
			fmt.Fprintf(b, "    %s lists", showFields(r.then.Fields))
			for _, m := range r.then.members {
				fmt.Fprintf(b, " %s from %s", show(m.List), show(m.Added))
			}
			fmt.Fprintln(b)
		}
	}
}

func showFields(fields map[string]Value) string {
	var parts []string
	for name, v := range fields {
		parts = append(parts, name+"="+show(v))
	}
	sort.Strings(parts)
	return strings.Join(parts, " ")
}

// ruleText gives the lines of the model around a rule, or the whole model where no rule is named.
func ruleText(m *model.Model, set, rule string) string {
	lines := strings.Split(string(m.Text), "\n")
	for _, s := range m.Sets {
		for _, r := range s.Rules {
			if s.Name == set && r.Name == rule && r.Position.Line > 0 {
				from := r.Position.Line - 1
				until := from + 1
				for until < len(lines) && !strings.Contains(lines[until], "rule:") && !strings.Contains(lines[until], "- set:") {
					until++
				}
				return strings.Join(lines[min(from, len(lines)):until], "\n") + "\n"
			}
		}
	}
	return string(m.Text)
}
