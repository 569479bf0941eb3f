package pipeline_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"leadscore/pipeline"
)

// Sixty nights of a real job, with all that happens to dates: the same command again, the newest date and old ones replaced with other
// inputs, with streams left out of the job, dates left out and filled in later, runs that die or fail at any operation, clean-ups. After every step all that is
// published is what a plain model of maps says: nothing is delivered twice, nothing is lost, and nothing that was ever visible is gone.
func TestDeliveriesOverManyNights(t *testing.T) {
	seeds, dates := uint64(3), 20
	if exhaustive {
		seeds, dates = 12, 60
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			n := newDeliveryWorld(t, seed)
			n.live(dates)
			c := n.count
			t.Logf("%s: %d nights, %d re-runs, %d replaced newest dates, %d replaced old dates, %d backfills, %d crashes (%d had published), %d clean-ups, %d runs in all; %d deliveries, %d violations",
				n.kind.name, c.nights, c.reruns, c.replacedNewest, c.replacedOld, c.backfills, c.crashes, c.published, c.cleanups, c.runs, c.deliveries, c.violations)
		})
	}
}

// live lets so many nights pass.
func (n *deliveryWorld) live(dates int) {
	start := day("2026-10-01")
	levels, gaps := n.changed(nil), []string{}
	for night := 0; n.count.nights < dates; night++ {
		date := start.AddDate(0, 0, night).Format(time.DateOnly)
		levels = n.changed(levels)
		n.write(date, levels)
		if night > 0 && n.random.IntN(8) == 0 { // nobody ran it
			gaps = append(gaps, date)
			continue
		}
		n.count.nights++
		n.do(date, false)
		for n.random.IntN(5) < 3 {
			n.happen(&gaps)
		}
	}
	for date := range n.plain.dates {
		v, err := pipeline.Verify(n.t.Context(), n.at+"/out", date, pipeline.Unwatched{})
		if err != nil || len(v.Faults)+len(v.Notes) > 0 {
			n.t.Errorf("verify of %s: %+v, %v", date, v, err)
		}
	}
}

// happen does one of the things that happen between nights.
func (n *deliveryWorld) happen(gaps *[]string) {
	published := slices.Sorted(maps.Keys(n.plain.dates))
	newest := published[len(published)-1]
	some := published[n.random.IntN(len(published))]
	switch n.random.IntN(5) {
	case 0:
		n.count.reruns++
		same := n.plain.dates[some].from == n.plain.origin(some)
		if n.random.IntN(2) == 0 {
			some, same = newest, n.plain.dates[newest].from == n.plain.origin(newest)
		}
		if same {
			if s := n.undisturbed(some, n.random.IntN(2) == 0); !s.AlreadyDone {
				n.wrong("again", some, "the same command published once more")
			}
			n.look("after " + some + " again")
			return
		}
		n.do(some, true) // the members of the list are to go on from an earlier date that has changed
	case 1:
		n.count.replacedNewest++
		n.write(newest, n.changed(n.levels[newest]))
		n.do(newest, true)
	case 2:
		n.count.replacedOld++
		n.write(some, n.changed(n.levels[some]))
		n.do(some, true)
	case 3:
		if len(*gaps) > 0 {
			n.count.backfills++
			i := n.random.IntN(len(*gaps))
			date := (*gaps)[i]
			*gaps = slices.Delete(*gaps, i, i+1)
			n.do(date, false)
		}
	case 4:
		n.count.cleanups++
		if _, err := pipeline.Clean(n.t.Context(), n.at+"/out", 0, false); err != nil {
			n.t.Fatal(err)
		}
		n.look("after a clean-up")
	}
}
