package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
	"leadscore/pipeline/storage"
)

// eventDates is of how many published dates a card asks for events: each costs a few reads of a small table.
const eventDates = 7

// life reads what runs tell each other of a contact, and what changed since the run before.
func (b *cardBuilder) life() {
	c := b.card
	b.each("_state", func(r reader) {
		c.FirstMQL, c.TimesMQL = value[time.Time](r, "first_mql_at"), value[int64](r, "times_mql")
		c.Gone = !given[bool](r, "present")
	})
	previous := b.run.Manifest.Previous
	if previous == nil || !b.run.Has("score_changes") {
		return
	}
	c.Change = &CardChange{Since: previous.Date, Previous: c.Score, Causes: []CardCause{}} // who is not in it is as before
	b.each("score_changes", func(r reader) {
		c.Gone = value[int64](r, "score") == nil
		c.Change.Previous = value[int64](r, "previous_score")
		c.Change.Change = given[int64](r, "score") - given[int64](r, "previous_score")
		for _, cause := range published.Causes {
			if points := given[int64](r, cause); points != 0 {
				c.Change.Causes = append(c.Change.Causes, CardCause{cause, points})
			}
		}
	})
}

// events reads the contact's mql_events of the newest dates up to that of the run, and adds what that costs to the card's cost.
func (b *cardBuilder) events(ctx context.Context, out, id string) error {
	if b.model != nil && b.model.Score.MQL == nil {
		return nil
	}
	store, path, err := storage.Open(ctx, out)
	if err != nil {
		return err
	}
	dates, err := publish.Dates(ctx, store, path)
	if err != nil {
		return readFault(err)
	}
	dates = slices.DeleteFunc(dates, func(date string) bool { return date > b.card.Date })
	dates = dates[max(0, len(dates)-eventDates):]
	found := make([]eventsOfDate, len(dates))
	work := pool.New().WithErrors().WithFirstError().WithContext(ctx).WithCancelOnError()
	for i, date := range dates {
		work.Go(func(ctx context.Context) error {
			var err error
			found[i], err = b.eventsOf(ctx, store, path, date, id)
			if errors.Is(err, publish.ErrDamaged) { // of another date than the card's: the rest stands
				found[i].note, err = fmt.Sprintf("the MQL events of %s: %v", date, err), nil
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return readFault(err)
	}
	for i, f := range found {
		if f.note != "" {
			b.card.Notes = append(b.card.Notes, f.note)
		} else if f.published {
			b.card.EventDates = append(b.card.EventDates, dates[i])
		}
		b.card.Events = append(b.card.Events, f.events...)
		b.card.Cost.Bytes, b.card.Cost.Reads = b.card.Cost.Bytes+f.bytes, b.card.Cost.Reads+f.reads
	}
	slices.SortStableFunc(b.card.Events, func(x, y MQLEvent) int { return x.At.Compare(y.At) })
	return nil
}

type eventsOfDate struct {
	published    bool
	note         string
	events       []MQLEvent
	bytes, reads int64
}

func (b *cardBuilder) eventsOf(ctx context.Context, store storage.Store, path, date, id string) (found eventsOfDate, err error) {
	run, err := published.Open(ctx, store, path, date, pipeline.PartOf)
	if errors.Is(err, publish.ErrNoRun) { // removed meanwhile
		return found, nil
	}
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	rows, err := run.Expected(ctx, id, "mql_events")
	if no := (*published.IDError)(nil); errors.As(err, &no) { // its ids were of another type
		return found, nil
	}
	if err != nil {
		return found, err
	}
	found.published = run.Has("mql_events")
	found.bytes, found.reads = run.Cost()
	for i := range rows.N {
		r := reader{rows, i}
		found.events = append(found.events, MQLEvent{
			Date: date, At: given[time.Time](r, "at"), Event: given[string](r, "event"), Cause: given[string](r, "cause"),
			Score: value[int64](r, "score"), Times: given[int64](r, "times"), Suppressed: given[string](r, "suppressed"),
		})
	}
	return found, nil
}
