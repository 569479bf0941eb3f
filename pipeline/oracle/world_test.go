package oracle

import (
	"testing"

	"pgregory.net/rapid"

	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// parse reads a model that must have no errors.
func parse(t *rapid.T, text string) *model.Model {
	m, diagnostics := model.Parse("model.yaml", []byte(text))
	for _, d := range diagnostics {
		if d.Severity == diag.Error {
			t.Fatalf("%d:%d: %s; %s; %s\n%s", d.Position.Line, d.Position.Column, d.What, d.Why, d.Fix, text)
		}
	}
	return m
}

// What must hold of every result, whatever the model: the ledger balances, the tables have a row for each thing, the times
// lie where they must.
func TestResultsHoldTogether(t *testing.T) {
	refused, qualified, changed, limits := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := DrawWorld(t)
		m := parse(t, w.Model)
		r := Run(m, w.Tables, w.Options)
		if r.Refused != "" {
			refused++
			return
		}
		ledger := map[string]int64{}
		for _, b := range r.Breakdown {
			key, _ := contactKey(b.ContactID)
			ledger[key] += b.Points
			if b.Points == 0 {
				t.Fatalf("0 points in the breakdown: %+v", b)
			}
			if b.Since != nil && *b.Since > w.Options.AsOf || b.ExpiresAt != nil && *b.ExpiresAt <= w.Options.AsOf {
				t.Fatalf("since or expires_at on the wrong side of T: %+v", b)
			}
			if (b.ExpiresAt == nil) != (b.PointsAfter == nil) || b.PointsAfter != nil && *b.PointsAfter == b.Points {
				t.Fatalf("points_after does not go with expires_at: %+v", b)
			}
			if b.Rule == nil {
				limits++
			}
		}
		last := map[string]ScoreHistory{}
		for _, h := range r.ScoreHistory {
			changed++
			key, _ := contactKey(h.ContactID)
			if before, ok := last[key]; ok && (before.Score != h.PreviousScore || before.ChangedAt >= h.ChangedAt) {
				t.Fatalf("history is broken: %+v then %+v", before, h)
			}
			last[key] = h
		}
		for _, s := range r.Scores {
			key, _ := contactKey(s.ContactID)
			if ledger[key] != s.Score {
				t.Fatalf("contact %s: the ledger gives %d, the score is %d", key, ledger[key], s.Score)
			}
			if h, ok := last[key]; ok && h.Score != s.Score {
				t.Fatalf("contact %s: history ends at %d, the score is %d", key, h.Score, s.Score)
			}
		}
		qualified += len(r.MQL)
		if len(r.SetScores) != len(r.Scores)*len(m.Sets) {
			t.Fatalf("%d set scores of %d contacts and %d sets", len(r.SetScores), len(r.Scores), len(m.Sets))
		}
	})
	t.Logf("refused %d, MQLs %d, changes %d, limits %d", refused, qualified, changed, limits)
	if qualified == 0 || changed == 0 || limits == 0 {
		t.Error("the worlds that are made up show nothing")
	}
}
