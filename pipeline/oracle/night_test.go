package oracle

import (
	"testing"

	"pgregory.net/rapid"
)

// Whatever happens between nights: the parts of a change add up, the events of all nights add up to the state that is published, a
// contact's times are counted without a gap, and who is handed over stands where it must.
func TestNightsAddUp(t *testing.T) {
	rows := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		type life struct {
			isMQL bool
			times int64
			at    int64
		}
		lives := map[string]*life{}
		scores := map[string]int64{}
		var earlier *Night
		for _, w := range DrawChain(t) {
			o := w.Options
			o.Earlier = earlier
			r := Run(parse(t, w.Model), w.Tables, o)
			if r.Refused != "" || earlier != nil && earlier.AsOf == o.AsOf {
				continue
			}
			for _, e := range r.MQLEvents {
				rows[e.Event]++
				rows[e.Cause]++
				key, _ := contactKey(e.ContactID)
				if lives[key] == nil {
					lives[key] = &life{at: -1 << 62}
				}
				l := lives[key]
				if (e.Event != lapsed) == l.isMQL || e.At <= l.at || e.At > o.AsOf || earlier != nil && e.At <= earlier.AsOf {
					t.Fatalf("%+v cannot follow %+v", e, *l)
				}
				l.isMQL, l.at = !l.isMQL, e.At
				if l.isMQL {
					l.times++
				}
				if e.Times != l.times || (e.Event == became) != (l.isMQL && l.times == 1) || e.FirstMQLAt > e.At {
					t.Fatalf("%+v is not time %d", e, l.times)
				}
			}
			now := map[string]int64{}
			for _, s := range r.Scores {
				key, _ := contactKey(s.ContactID)
				now[key] = s.Score
				if l := lives[key]; (l != nil && l.isMQL) != (s.IsMQL != nil && *s.IsMQL) {
					t.Fatalf("the events of %s give %+v, published is %+v", key, l, s)
				}
			}
			for key, l := range lives {
				if _, there := now[key]; !there && l.isMQL {
					t.Fatalf("%s is gone and still an MQL", key)
				}
			}
			for _, c := range r.ScoreChanges {
				key, _ := contactKey(c.ContactID)
				sum := c.NewEngagement + c.Expiry + c.FieldChange + c.ListChange + c.ModelChange + c.LateData
				if sum != now[key]-scores[key] {
					t.Fatalf("%+v does not add up to %d - %d", c, now[key], scores[key])
				}
				for name, part := range map[string]int64{"new engagement": c.NewEngagement, "expired": c.Expiry, "fields": c.FieldChange,
					"lists": c.ListChange, "model": c.ModelChange, "late": c.LateData} {
					if part != 0 {
						rows[name]++
					}
				}
				delete(scores, key)
				delete(now, key)
			}
			for key, score := range now {
				if earlier != nil && scores[key] != score {
					t.Fatalf("the score of %s is another, and score_changes does not say so", key)
				}
			}
			for _, m := range r.MQL {
				rows[m.Status]++
			}
			scores = map[string]int64{}
			for _, s := range r.Scores {
				key, _ := contactKey(s.ContactID)
				scores[key] = s.Score
				if s.Suppressed != nil {
					rows["suppressed"]++
				}
			}
			earlier = r.Night
		}
	})
	t.Log(rows)
	for _, kind := range []string{became, returned, lapsed, byEngagement, byExpiry, byField, byModel, "new engagement", "expired",
		"fields", "lists", "model", "late", "new", "retained", "suppressed"} {
		if rows[kind] == 0 {
			t.Errorf("the nights that are made up show nothing of kind %s", kind)
		}
	}
}
