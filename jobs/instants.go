package jobs

import (
	"iter"
	"time"
)

// mostInstants is how many dates one backfill may have: more than ten years of days is a slip of the pen.
const mostInstants = 4000

// instants gives the as-of instants of a backfill: from the first on, every so often, none after the last; nil where none is asked
// for. Between dates, whole days are days of the calendar in zone, so that every instant is the midnight of its date.
func (o Options) instants(zone *time.Location) ([]time.Time, error) {
	if o.From == "" && o.To == "" && o.Every == "" {
		return nil, nil
	}
	if o.From == "" || o.To == "" {
		return nil, usagef("write --from 2026-08-01 --to 2026-11-01 --every 7d; --every is 1d where it is left out", "a backfill has a first and a last instant")
	}
	if o.AsOf != "" {
		return nil, usagef("leave --as-of out, or --from and --to", "--as-of is one instant, --from and --to are many")
	}
	from, err := parseAsOf(o.From, zone)
	if err != nil {
		return nil, usagef("write "+asOfFix, "--from: %v", err)
	}
	to, err := parseAsOf(o.To, zone)
	if err != nil {
		return nil, usagef("write "+asOfFix, "--to: %v", err)
	}
	if to.Before(from) {
		return nil, usagef("turn the two round", "--from %s is after --to %s", o.From, o.To)
	}
	every := 24 * time.Hour
	if o.Every != "" {
		if every, err = parseSpan(o.Every); err != nil || every < 24*time.Hour {
			return nil, usagef("write a span of one day or more, such as 1d or 7d: a date has one run", "--every: %q is no such span", o.Every)
		}
	}
	next := func(n int) time.Time { return from.Add(time.Duration(n) * every) }
	if _, err := time.Parse(time.DateOnly, o.From); err == nil && every%(24*time.Hour) == 0 {
		day, days := from.In(zone), int(every/(24*time.Hour))
		next = func(n int) time.Time {
			at, _ := parseAsOf(day.AddDate(0, 0, n*days).Format(time.DateOnly), zone) // a date that was just written
			return at
		}
	}
	var list []time.Time
	for at := from; !at.After(to); at = next(len(list)) {
		if list = append(list, at); len(list) > mostInstants {
			return nil, usagef("choose a later --from or a longer --every", "%s to %s is more than %d dates", o.From, o.To, mostInstants)
		}
	}
	return list, nil
}

// Each gives the plan of each run: one, or one for each instant of a backfill.
func (plan *Plan) Each() iter.Seq[*Plan] {
	return func(yield func(*Plan) bool) {
		if plan.Instants == nil {
			yield(plan)
			return
		}
		for _, at := range plan.Instants {
			one := *plan
			one.Instants, one.Spec.AsOf = nil, at
			if !yield(&one) {
				return
			}
		}
	}
}
