package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

func TestMoreRulesBeginWithTheSame(t *testing.T) {
	if diff := cmp.Diff(makeRules(25), makeRules(300)[:25]); diff != "" {
		t.Error(diff)
	}
}

// TestRulesAreOfEveryKind holds the mix that the figures of this bench depend on.
func TestRulesAreOfEveryKind(t *testing.T) {
	counts := make(map[string]int)
	selectors := make(map[[4]string]bool)
	for _, r := range makeRules(300) {
		if len(r.Criteria) == 1 && r.Criteria[0].Not {
			t.Errorf("a rule that asks for nothing but not to be in a list: %+v", r)
		}
		for _, c := range r.Criteria {
			switch {
			case c.List != "":
				counts["list"]++
			case c.Field != "":
				counts["field"]++
			default:
				counts["engagement"]++
				selectors[[4]string{c.Channel, c.Action, c.Asset, c.URLPrefix}] = true
			}
		}
	}
	counts["selectors"] = len(selectors)
	for kind, least := range map[string]int{"list": 30, "field": 90, "engagement": 250, "selectors": 150} {
		if counts[kind] < least || counts[kind] > 2*least {
			t.Errorf("%s: %d, want %d to %d", kind, counts[kind], least, 2*least)
		}
	}
}

func TestModelsAreValid(t *testing.T) {
	for _, n := range []int{1, 25, 100, 300} {
		rules := makeRules(n)
		m, diagnostics := model.Parse("model.yaml", modelText(rules))
		for _, d := range diagnostics {
			if d.Severity == diag.Error {
				t.Errorf("%d rules: %+v", n, d)
			}
		}
		parsed := 0
		for _, set := range m.Sets {
			parsed += len(set.Rules)
		}
		if parsed != n {
			t.Errorf("%d rules were read as %d", n, parsed)
		}
	}
}
