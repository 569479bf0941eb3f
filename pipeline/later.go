package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"leadscore/pipeline/publish"
)

// findLater notes whether runs of later dates were compared with another run than this one will be. Those of a backfill that still
// comes to them are not meant.
func (r *run) findLater(ctx context.Context) error {
	if r.spec.more || r.asOf != r.newest {
		return nil
	}
	dates, err := publish.Dates(ctx, r.store, r.folder)
	if err != nil {
		return err
	}
	newest := time.Unix(r.newest, 0).In(r.spec.Model.Zone).Format(time.DateOnly)
	dates = slices.DeleteFunc(dates, func(date string) bool { return date <= newest })
	if len(dates) == 0 {
		return nil
	}
	next, err := publish.Open(ctx, r.store, r.folder, dates[0])
	if errors.Is(err, publish.ErrNoRun) || errors.Is(err, publish.ErrDamaged) {
		return nil // what is wrong there is for others to say
	}
	if err != nil {
		return err
	}
	previous := next.Manifest.Previous
	same := previous == nil && !r.remembers() || previous != nil && previous.RunID == r.publication.RunID()
	if len(next.Parts(stateTable)) == 0 || same {
		return nil
	}
	which, again := "the run of "+dates[0], "that date"
	if len(dates) > 1 {
		which, again = which+fmt.Sprintf(" and, through it, those up to %s", dates[len(dates)-1]), "them all, oldest first,"
	}
	r.later = append(r.later, fmt.Sprintf("%s compared with another run than this one: publish %s again with --replace, so that status, mql_events and score_changes follow from one another", which, again))
	return nil
}
