package jobs

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The curve is the step function of the history, from before its first change to the as-of, where it is the score.
func TestCurve(t *testing.T) {
	asOf := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	score := int64(30)
	ago := func(days int) time.Time { return asOf.AddDate(0, 0, -days) }
	c := Card{AsOf: asOf, Score: &score, Tables: []string{"score_history"}, History: []Turn{
		{At: ago(39), Previous: 5, Score: 20}, {At: ago(20), Previous: 20, Score: 50}, {At: asOf, Previous: 50, Score: 30},
	}}
	from, scores := c.Curve(5) // 40, 30, 20, 10 and 0 days ago
	if !from.Equal(ago(40)) {
		t.Errorf("begins at %v", from)
	}
	if d := cmp.Diff([]float64{5, 20, 50, 50, 30}, scores); d != "" {
		t.Error(d)
	}
	c.History = nil
	if from, scores := c.Curve(3); !from.Equal(ago(30)) || !cmp.Equal(scores, []float64{30, 30, 30}) {
		t.Errorf("a score that never changed: %v from %v", scores, from)
	}
	c.Tables = nil
	if _, scores := c.Curve(3); scores != nil {
		t.Errorf("without the table: %v", scores)
	}
}
