package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPeerPlanSharesWhatRulesShare(t *testing.T) {
	visit := criterion{Channel: "website", Action: "visited", Times: 1, Days: 7}
	often := criterion{Channel: "website", Action: "visited", Times: 3, Days: 30}
	ever := criterion{Channel: "email", Action: "opened", Asset: "it's", Times: 1}
	soon := criterion{Channel: "email", Action: "opened", Asset: "it's", Times: 1, Days: 14}
	member := criterion{List: "17"}
	p := planOf([]rule{
		{Set: 0, Points: 5, Criteria: []criterion{visit, member, visit}},
		{Set: 1, Points: -3, Criteria: []criterion{often}},
		{Set: 2, Points: 2, Criteria: []criterion{soon, ever}},
		{Set: 3, Points: 1, Criteria: []criterion{visit}},
	})
	tests := []struct{ name, got, want string }{
		{
			"a selector has its criteria's longest frame", p.selectorRows(),
			"(0, 'website', 'visited', NULL::VARCHAR, NULL::VARCHAR, TIMESTAMPTZ '2025-12-06 00:00:01+00'), " +
				"(1, 'email', 'opened', 'it''s', NULL::VARCHAR, TIMESTAMPTZ '-infinity')",
		},
		{
			"engagement criteria", p.countedRows(),
			"(0, 0, 1, 7, TIMESTAMPTZ '2025-12-29 00:00:01+00'), (2, 0, 3, 30, TIMESTAMPTZ '2025-12-06 00:00:01+00'), " +
				"(3, 1, 1, 14, TIMESTAMPTZ '2025-12-22 00:00:01+00'), (4, 1, 1, NULL::INTEGER, TIMESTAMPTZ '-infinity')",
		},
		{
			"a criterion that stands twice in a rule counts once", p.askedRows(),
			"(0, 0, 2, 5, 0), (0, 1, 2, 5, 0), (1, 2, 1, -3, 1), (2, 3, 2, 2, 2), (2, 4, 2, 2, 2), (3, 0, 1, 1, 3)",
		},
		{"criteria of rules with several", strings.Join(p.jointCriteria(), " "), "0 1 3 4"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	if p.mostTimes() != 3 {
		t.Errorf("%d latest engagements are kept, want 3", p.mostTimes())
	}
}

func TestPeerConditions(t *testing.T) {
	tests := []struct {
		c    criterion
		want string
	}{
		{criterion{Field: "phone", Present: true}, "phone IS NOT NULL"},
		{criterion{Field: "country", In: []string{"Country 1"}}, "country IN ('Country 1')"},
		{criterion{Field: "country", In: []string{"Country 1", "Côte d'Ivoire"}}, "country IN ('Country 1', 'Côte d''Ivoire')"},
		{criterion{Field: "company_size", AtLeast: 50}, "company_size >= 50"},
	}
	for _, test := range tests {
		if got := test.c.sqlCondition(); got != test.want {
			t.Errorf("%+v is %s, want %s", test.c, got, test.want)
		}
	}
}

// TestPeerSQLHasNoEmptyParts holds that kinds of criteria that no rule has leave no list of values empty.
func TestPeerSQLHasNoEmptyParts(t *testing.T) {
	for n := 1; n <= 300; n += 7 {
		w := work{benchCase: benchCase{Rules: n, Data: dataset{1000, 10, byTime, text8}}}
		sql := peerSQL(w, peerFiles{dir: "dir", scores: "scores", breakdown: "breakdown"})
		for _, empty := range []string{"VALUES )", "[]", "IN ()", "AS\n;"} {
			if strings.Contains(sql, empty) {
				t.Errorf("%d rules: %q in\n%s", n, empty, sql)
			}
		}
	}
}
