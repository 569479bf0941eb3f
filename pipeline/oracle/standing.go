package oracle

import (
	"slices"

	"leadscore/transforms/model"
)

// standing turns a score into 1 where the contact is an MQL and 0 where it is none. It walks forward through all instants at
// which that can change: those of the score, and the end of each cool-down.
func standing(score steps, threshold *model.Threshold) steps {
	s := steps{at: slices.Clone(score.at)}
	isMQL, coolUntil := false, int64(beforeAll)
	for i := 0; i < len(s.at); i++ {
		t := s.at[i]
		switch points := score.valueAt(t); {
		case isMQL && points < threshold.UntilBelow:
			isMQL, coolUntil = false, t+threshold.AgainAfter
			if place, there := slices.BinarySearch(s.at, coolUntil); !there {
				s.at = slices.Insert(s.at, place, coolUntil)
			}
		case !isMQL && points >= threshold.At && t >= coolUntil:
			isMQL = true
		}
		s.values = append(s.values, 0)
		if isMQL {
			s.values[i] = 1
		}
	}
	return s
}

// qualified tells about a contact's state: whether it is an MQL at t, since when and until when. All nil without a threshold; the
// times are nil for who is none.
func qualified(state *steps, t int64) (is *bool, since, expires *int64) {
	if state == nil {
		return nil, nil, nil
	}
	yes := state.valueAt(t) == 1
	if yes {
		since = state.since(t)
		expires, _ = state.expires(t)
	}
	return &yes, since, expires
}

// standingOf is standing where there is a threshold, else nil.
func standingOf(score steps, threshold *model.Threshold) *steps {
	if threshold == nil {
		return nil
	}
	s := standing(score, threshold)
	return &s
}
