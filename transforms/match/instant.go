package match

import (
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

const secondsPerDay = 86400

// perSecond is how many units a second has.
func perSecond(unit arrow.TimeUnit) int64 {
	switch unit {
	case arrow.Millisecond:
		return 1e3
	case arrow.Microsecond:
		return 1e6
	case arrow.Nanosecond:
		return 1e9
	}
	return 1
}

// InstantOf gives the unix second of a timestamp, rounded down, and the nanoseconds after it (0 to 999,999,999). A timestamp
// that is not zoned is a local time of the zone (nil: UTC), read as a Clock reads it. For many values of a zone keep a Clock.
func InstantOf(value int64, unit arrow.TimeUnit, zoned bool, zone *time.Location) (seconds int64, nanos int32) {
	per := perSecond(unit)
	seconds, rest := floorDivide(value, per)
	if !zoned && zone != nil && zone != time.UTC {
		c := Clock{zone: zone}
		seconds = c.beyond(seconds)
	}
	return seconds, int32(rest * (1e9 / per))
}

// JulianInstant reads an INT96 timestamp, a Julian day and the nanoseconds of that day, as unix second and nanoseconds
// after it. INT96 is UTC. Nanoseconds beyond a day count into the days around it.
func JulianInstant(day int32, nanosOfDay int64) (seconds int64, nanos int32) {
	const unixEpoch = 2440588 // the Julian day number of 1970-01-01
	whole, rest := floorDivide(nanosOfDay, 1e9)
	return (int64(day)-unixEpoch)*secondsPerDay + whole, int32(rest)
}

// floorDivide divides rounding down; the rest is not negative. by must be above 0.
func floorDivide(value, by int64) (quotient, rest int64) {
	quotient, rest = value/by, value%by
	if rest < 0 {
		quotient, rest = quotient-1, rest+by
	}
	return quotient, rest
}
