package jobs

import (
	"slices"
	"time"
)

// shortestCurve is how much of the past a curve shows where the score has not changed.
const shortestCurve = 30 * 24 * time.Hour

// Curve gives the score of a card at so many instants, evenly spread from the first to the as-of instant; the first lies
// before the first change that the run has published. nil where the run has no history of scores, or no score.
func (c *Card) Curve(points int) (from time.Time, scores []float64) {
	if c.Score == nil || !slices.Contains(c.Tables, "score_history") || points < 2 {
		return from, nil
	}
	from = c.AsOf.Add(-shortestCurve)
	now := *c.Score
	if len(c.History) > 0 {
		now = c.History[0].Previous
		if first := c.History[0].At.Add(-24 * time.Hour); first.Before(from) {
			from = first
		}
	}
	step := c.AsOf.Sub(from) / time.Duration(points-1)
	at := 0
	for i := range points {
		t := from.Add(time.Duration(i) * step)
		if i == points-1 {
			t = c.AsOf
		}
		for ; at < len(c.History) && !c.History[at].At.After(t); at++ {
			now = c.History[at].Score
		}
		scores = append(scores, float64(now))
	}
	return from, scores
}
