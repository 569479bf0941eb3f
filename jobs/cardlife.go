package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

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
	var now *int64
	b.each("_state", func(r reader) {
		now = value[int64](r, "score")
		c.FirstMQL, c.TimesMQL = value[time.Time](r, "first_mql_at"), value[int64](r, "times_mql")
		c.Gone = !given[bool](r, "present")
	})
	previous := b.run.Manifest.Previous
	if previous == nil || !b.run.Has("score_changes") {
		return
	}
	c.Change = &CardChange{Since: previous.Date, Previous: now, Causes: []CardCause{}} // who is not in it is as before
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
	found, err := published.OnDates(ctx, store, path, dates[max(0, len(dates)-eventDates):], pipeline.PartOf, id, "mql_events")
	if err != nil {
		return readFault(err)
	}
	c := b.card
	for _, d := range found {
		if d.Damage != nil {
			c.Notes = append(c.Notes, fmt.Sprintf("the MQL events of %s: %v", d.Date, d.Damage))
		} else if d.Published {
			c.EventDates = append(c.EventDates, d.Date)
		}
		for row := range d.Rows.N {
			r := reader{d.Rows, row}
			c.Events = append(c.Events, MQLEvent{
				Date: d.Date, At: given[time.Time](r, "at"), Event: given[string](r, "event"), Cause: given[string](r, "cause"),
				Score: value[int64](r, "score"), Times: given[int64](r, "times"), Suppressed: given[string](r, "suppressed"),
			})
		}
		c.Cost.Bytes, c.Cost.Reads = c.Cost.Bytes+d.Bytes, c.Cost.Reads+d.Reads
	}
	slices.SortStableFunc(c.Events, func(x, y MQLEvent) int { return x.At.Compare(y.At) })
	return nil
}
