package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
	"leadscore/pipeline/storage"
)

// chain leads from a run back to an earlier one: each run was compared with the one before, which its manifest names. Where that one has
// been replaced since, or a run says nothing of its changes, there is a gap that a note tells of; behind it the chain goes on.
type chain struct {
	store    storage.Store
	path     string
	dates    []string // all that are published, ascending
	from, to *published.Run
	nights   []*published.Run // whose changes lead to To, ascending
	opened   []*published.Run // all of them, to be closed
	notes    []string         // ascending
}

// openChain opens both ends.
func openChain(ctx context.Context, out, from, to string) (c *chain, err error) {
	c = &chain{}
	if c.store, c.path, err = storage.Open(ctx, out); err != nil {
		return c, err
	}
	if c.to, err = c.end(ctx, out, "--to", to); err != nil {
		return c, err
	}
	if c.dates, err = publish.Dates(ctx, c.store, c.path); err != nil {
		return c, readFault(err)
	}
	if from == "" {
		if from = c.before(c.to.Manifest.Date); from == "" {
			return c, &NotFound{What: fmt.Sprintf("%s is the first date that is published in %s", c.to.Manifest.Date, out),
				Fix: "there is nothing to compare it with; leadscore runs lists what is published"}
		}
	}
	if from >= c.to.Manifest.Date {
		return c, usagef("name a later date with --to", "--from %s is not before %s, the newest published date", from, c.to.Manifest.Date)
	}
	c.from, err = c.end(ctx, out, "--from", from)
	return c, err
}

// end opens a run that a flag names.
func (c *chain) end(ctx context.Context, out, flag, date string) (*published.Run, error) {
	run, err := c.open(ctx, date)
	if !errors.Is(err, publish.ErrNoRun) {
		return run, readFault(err)
	}
	if date == "" {
		return nil, &NotFound{What: "no run is published in " + out, Fix: "name the folder that leadscore score publishes to"}
	}
	return nil, &NotFound{What: fmt.Sprintf("%s: no run is published for %s in %s", flag, date, out), Fix: "leadscore runs " + out + " lists the dates"}
}

func (c *chain) open(ctx context.Context, date string) (*published.Run, error) {
	run, err := published.Open(ctx, c.store, c.path, date, pipeline.PartOf)
	if err == nil {
		c.opened = append(c.opened, run)
	}
	return run, err
}

// before is the newest published date before another; empty: there is none.
func (c *chain) before(date string) string {
	i, _ := slices.BinarySearch(c.dates, date)
	if i == 0 {
		return ""
	}
	return c.dates[i-1]
}

// follow goes from the later run to the earlier one.
func (c *chain) follow(ctx context.Context) (err error) {
	first := c.from.Manifest.Date
	for at := c.to; at.Manifest.Date > first; {
		date, previous, next := at.Manifest.Date, at.Manifest.Previous, c.before(at.Manifest.Date)
		counts, alone := false, false
		switch {
		case !at.Has("score_changes"):
			c.note("the run of %s has not published score_changes; publish %[1]s again with that table", date)
		case previous == nil:
			alone = true
		case previous.Date < first:
			c.note("the run of %s was compared with that of %s, as %s was not published yet; publish %[1]s again"+andLater, date, previous.Date, next)
		default:
			c.nights, counts = append(c.nights, at), true
			if next = previous.Date; !slices.Contains(c.dates, next) {
				c.note("the run of %s was compared with that of %s, which is not published any more; publish %[1]s again"+andLater, date, previous.Date)
				next = c.before(next)
			}
		}
		if at = c.from; next != first {
			if at, err = c.open(ctx, next); err != nil {
				return err
			}
		}
		switch {
		case alone && at.Has("_state"):
			c.note("the run of %s was compared with no earlier one; publish %[1]s again"+andLater, date)
		case alone:
			c.note("the run of %s was compared with no earlier one, as that of %s has published none of mql, mql_events and score_changes; publish %[2]s again with one of these"+andLater,
				date, at.Manifest.Date)
		}
		if counts && at.Manifest.Date == previous.Date && at.Manifest.RunID != previous.RunID {
			c.note("the run of %s was compared with one of %s that has been replaced since; publish %[1]s again"+andLater, date, previous.Date)
		}
	}
	slices.Reverse(c.nights)
	slices.Reverse(c.notes)
	return nil
}

// andLater is because a run that takes the place of another is not the one that the later dates were compared with.
const andLater = ", and then the dates after it in their order"

func (c *chain) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}
