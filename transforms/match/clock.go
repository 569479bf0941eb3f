package match

import (
	"math"
	"time"
)

// Clock turns the local times of a zone into instants, many million a second. A local time that occurs twice (clocks
// going back) is the earlier instant; one that is skipped (clocks going forward) takes the offset before the gap.
// It is immutable, and goroutines may share it.
type Clock struct {
	zone    *time.Location
	periods []period
	first   []uint16 // by (local second - tableStart) >> slotBits: the first period that may hold it
}

// period is a time in which a zone's offset does not change, as local clocks see it.
type period struct {
	until  int64 // local seconds: the period's times are below it
	gap    int64 // local seconds: times below it were skipped, and take the offset before
	before int64 // seconds east of UTC before this period
	offset int64 // seconds east of UTC in it
}

// The table spans 1900 to 2200, with a slot for each 24 days. Other times are worked out one by one.
const (
	tableStart = -2208988800
	tableEnd   = 7258118400
	slotBits   = 21
)

// NewClock prepares a clock; nil is UTC.
func NewClock(zone *time.Location) *Clock {
	if zone == nil {
		zone = time.UTC
	}
	c := &Clock{zone: zone}
	// A day beyond each end covers what offsets, of at most 24 hours and some, move.
	c.periods = periodsBetween(zone, tableStart-2*86400, tableEnd+2*86400)
	if len(c.periods) > 1 {
		c.first = make([]uint16, (tableEnd-tableStart)>>slotBits+1)
		at := 0
		for slot := range c.first {
			for c.periods[at].until <= tableStart+int64(slot)<<slotBits {
				at++
			}
			c.first[slot] = uint16(at)
		}
	}
	return c
}

// Seconds gives the unix second at which the zone's clocks show localSeconds, the unix second at which clocks in UTC
// would show the same. It saturates at the ends of int64.
func (c *Clock) Seconds(localSeconds int64) int64 {
	if localSeconds < tableStart || localSeconds >= tableEnd {
		return c.beyond(localSeconds)
	}
	at := 0
	if c.first != nil {
		at = int(c.first[(localSeconds-tableStart)>>slotBits])
	}
	return localSeconds - pick(c.periods[at:], localSeconds)
}

// pick gives the offset of a local time that does not lie before the first period.
func pick(periods []period, local int64) int64 {
	at := 0
	for local >= periods[at].until {
		at++
	}
	if local < periods[at].gap {
		return periods[at].before
	}
	return periods[at].offset
}

// beyond works a local time out that the table does not hold.
func (c *Clock) beyond(local int64) int64 {
	const reach = int64(1) << 55 // a thousand million years; time.Time cannot go much further
	near := min(max(local, -reach), reach)
	return saturatingAdd(local, -pick(periodsBetween(c.zone, near-2*86400, near+2*86400), near))
}

// periodsBetween lists the periods that touch the instants from start to end.
func periodsBetween(zone *time.Location, start, end int64) []period {
	var list []period
	before := offsetAt(zone, start)
	for at := start; ; {
		t := time.Unix(at, 0).In(zone)
		_, seconds := t.Zone()
		offset := int64(seconds)
		p := period{until: math.MaxInt64, gap: math.MinInt64, before: before, offset: offset}
		if len(list) > 0 {
			p.gap = at + offset
		}
		next, found := nextChange(t)
		last := !found || next > end
		if !last {
			p.until = next + offset
		}
		list = append(list, p)
		if last {
			return list
		}
		at, before = next, offset
	}
}

// nextChange gives an instant after t up to which the zone's offset does not change, false when it never does again.
// Beyond the zone's table of changes, from 2037 on, ZoneBounds ends leap years a day too early, and on that day says that
// the time is over already; there the change, if any, is looked for by halving the day.
func nextChange(t time.Time) (int64, bool) {
	_, next := t.ZoneBounds()
	if next.IsZero() {
		return 0, false
	}
	if next.After(t) {
		return next.Unix(), true
	}
	same, changed := t.Unix(), t.Unix()+secondsPerDay
	if offset := offsetAt(t.Location(), same); offset != offsetAt(t.Location(), changed) {
		for changed-same > 1 {
			if middle := same + (changed-same)/2; offsetAt(t.Location(), middle) == offset {
				same = middle
			} else {
				changed = middle
			}
		}
	}
	return changed, true
}

func offsetAt(zone *time.Location, instant int64) int64 {
	_, offset := time.Unix(instant, 0).In(zone).Zone()
	return int64(offset)
}

// saturatingAdd adds without wrapping.
func saturatingAdd(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}
