package pipeline

import (
	"fmt"

	"leadscore/transforms/score"
)

// life is what is known of the contacts of a bucket from run to run: by place, of the people and behind them of those that the
// earlier run had and that are gone. At first it is as the earlier run left it; live brings it up to this one.
type life struct {
	prior *score.Prior // nil: there is no earlier run
	n     int          // people

	flags  []byte   // of stateRecord, as the earlier run left them
	score  []int64  // likewise
	band   []uint32 // likewise; a place in earlier.bands
	first  []int64  // when the contact became an MQL the first time, or Null
	times  []int64  // how often it became or returned
	handed []byte   // it is in this run's mql table
	ever   []byte   // it was in the mql table of any run
	status []uint32 // of mqlStatus; by contact

	eventFirst, eventTimes []int64 // by event of the results
}

func newLife(n int) *life {
	l := &life{
		n: n, flags: make([]byte, n), score: make([]int64, n), band: make([]uint32, n), first: make([]int64, n), times: make([]int64, n),
		ever: make([]byte, n),
	}
	for i := range n {
		l.band[i], l.first[i] = noCode, score.Null
	}
	return l
}

// grow makes room for one who is gone.
func (l *life) grow() {
	l.flags, l.score, l.band = append(l.flags, 0), append(l.score, 0), append(l.band, noCode)
	l.first, l.times, l.ever = append(l.first, score.Null), append(l.times, 0), append(l.ever, 0)
}

// remember takes over what the earlier run says of a contact.
func (l *life) remember(place int, s *stateRecord) {
	l.flags[place], l.score[place], l.band[place] = s.flags, s.score, s.band
	l.first[place], l.times[place] = s.first, s.times
	l.ever[place] = byte(number(s.flags&(flagHanded|flagEverHanded) != 0))
}

// was tells what the earlier run published of a contact.
func (l *life) was(place int, flag byte) bool { return l.flags[place]&flag != 0 }

// goneContacts is how many of the earlier run's contacts are gone.
func (l *life) goneContacts() int { return len(l.flags) - l.n }

// leaves tells that a contact which the earlier run had as an MQL is gone.
func (l *life) leaves(place int) bool { return place >= l.n && l.was(place, flagMQL) }

// live brings the contacts up to this run's results. hands tells that it has an mql table.
func (l *life) live(out *score.Results, hands bool) {
	l.status, l.handed = make([]uint32, l.n), make([]byte, len(l.flags))
	l.eventFirst, l.eventTimes = make([]int64, len(out.EventAt)), make([]int64, len(out.EventAt))
	for c := range l.n {
		switch {
		case l.was(c, flagHanded):
			l.status[c] = statusRetained
		case l.ever[c] == 1:
			l.status[c] = statusReturned
		}
		for e := out.EventStart[c]; e < out.EventStart[c+1]; e++ {
			if out.EventBecame[e] == 1 {
				l.times[c]++
				if l.first[c] == score.Null {
					l.first[c] = out.EventAt[e]
				}
			}
			l.eventFirst[e], l.eventTimes[e] = l.first[c], l.times[c]
		}
		if hands && handedOver(out, c) {
			l.handed[c], l.ever[c] = 1, 1
		}
	}
}

// handedOver tells whether a contact is an MQL that nothing keeps from being handed over.
func handedOver(out *score.Results, contact int) bool {
	return out.IsMQL[contact] == 1 && suppressedBy(out, contact) == 0
}

// suppressedBy gives 0, or 1 and the place of what keeps a contact out of every hand-off.
func suppressedBy(out *score.Results, contact int) uint32 {
	if len(out.Suppressed) == 0 { // the model suppresses nobody
		return 0
	}
	return out.Suppressed[contact]
}

// unexplained gives a contact whose change is not what its parts add up to, or whose events do not lead to its MQL state, and says which;
// -1: there is none.
func (l *life) unexplained(out *score.Results) (contact int, what string) {
	for c := range l.n {
		state := byte(number(l.prior != nil && l.prior.Was(c)))
		for _, became := range out.EventBecame[out.EventStart[c]:out.EventStart[c+1]] {
			if became == state {
				return c, "the MQL events of contact %s do not follow from one another"
			}
			state = became
		}
		if state != out.IsMQL[c] {
			return c, "the MQL events of contact %s do not lead to its MQL state"
		}
		if len(out.Expiry) == 0 || l.prior == nil {
			continue
		}
		change := out.Score[c] - l.prior.Before(c)
		if sum := out.NewEngagement[c] + out.Expiry[c] + out.FieldChange[c] + out.ListChange[c] + out.ModelChange[c] + out.LateData[c]; sum != change {
			return c, fmt.Sprintf("the parts of the change of contact %%s add up to %d, not %d", sum, change)
		}
	}
	return -1, ""
}
