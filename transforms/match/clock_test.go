package match

import (
	"math"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"pgregory.net/rapid"
)

func TestClock(t *testing.T) {
	local := func(text string) int64 {
		at, err := time.Parse(time.DateTime, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.Unix()
	}
	for _, c := range []struct{ zone, local, want string }{
		{"UTC", "2026-03-29 02:30:00", "2026-03-29 02:30:00"},
		{"Europe/Stockholm", "2026-03-29 01:59:59", "2026-03-29 00:59:59"},
		{"Europe/Stockholm", "2026-03-29 02:00:00", "2026-03-29 01:00:00"}, // skipped: the offset before, +1
		{"Europe/Stockholm", "2026-03-29 02:30:00", "2026-03-29 01:30:00"},
		{"Europe/Stockholm", "2026-03-29 03:00:00", "2026-03-29 01:00:00"},
		{"Europe/Stockholm", "2026-10-25 01:59:59", "2026-10-24 23:59:59"},
		{"Europe/Stockholm", "2026-10-25 02:00:00", "2026-10-25 00:00:00"}, // twice: the earlier, +2
		{"Europe/Stockholm", "2026-10-25 02:59:59", "2026-10-25 00:59:59"},
		{"Europe/Stockholm", "2026-10-25 03:00:00", "2026-10-25 02:00:00"},
		{"Europe/Stockholm", "2500-07-01 00:00:00", "2500-06-30 22:00:00"},
		{"America/New_York", "2026-03-08 02:30:00", "2026-03-08 07:30:00"},
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04 14:45:00"},
		{"Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30 22:00:00"}, // a day that was skipped
		{"Pacific/Apia", "2011-12-31 00:00:00", "2011-12-30 10:00:00"},
		{"Africa/Monrovia", "1972-01-07 00:10:00", "1972-01-07 00:54:30"},
		{"Europe/Stockholm", "0001-01-01 00:00:00", "0000-12-31 22:47:48"}, // mean time of the place, +1:12:12
	} {
		got := NewClock(zoneOf(c.zone)).Seconds(local(c.local))
		if got != local(c.want) {
			t.Errorf("%s in %s: %s, not %s", c.local, c.zone, time.Unix(got, 0).UTC().Format(time.DateTime), c.want)
		}
	}
	for _, extreme := range []int64{math.MinInt64, math.MaxInt64} {
		if got := NewClock(zoneOf("America/New_York")).Seconds(extreme); got > extreme/2 != (extreme > 0) {
			t.Errorf("%d became %d", extreme, got)
		}
	}
	if got := NewClock(nil).Seconds(7); got != 7 {
		t.Error(got)
	}
}

func TestClockAgreesWithReference(t *testing.T) {
	clocks := map[string]*Clock{}
	for _, name := range zoneNames {
		clocks[name] = NewClock(zoneOf(name))
	}
	rapid.Check(t, func(t *rapid.T) {
		clock := clocks[rapid.SampledFrom(zoneNames).Draw(t, "zone")]
		at := rapid.OneOf(
			rapid.Int64Range(tableStart-1e7, tableEnd+1e7),
			rapid.Int64Range(0, 4e9),
			rapid.Int64Range(-1<<49, 1<<49),
			rapid.Map(rapid.IntRange(1, 140), func(n int) int64 { // near a change of the clocks
				change := time.Unix(tableStart, 0)
				for range n {
					_, next := change.In(clock.zone).ZoneBounds()
					if next.IsZero() {
						break
					}
					change = next
				}
				_, offset := change.In(clock.zone).Zone()
				return change.Unix() + int64(offset)
			}),
		).Draw(t, "second")
		at += rapid.Int64Range(-7200, 7200).Draw(t, "beside")
		if got, want := clock.Seconds(at), plainLocal(clock.zone, at); got != want {
			t.Fatalf("%d in %s: %d, not %d", at, clock.zone, got, want)
		}
	})
}

func TestInstantOf(t *testing.T) {
	for _, c := range []struct {
		value   int64
		unit    arrow.TimeUnit
		zoned   bool
		seconds int64
		nanos   int32
	}{
		{-1, arrow.Second, true, -1, 0},
		{-1, arrow.Millisecond, true, -1, 999_000_000},
		{1_500_001, arrow.Microsecond, true, 1, 500_001_000},
		{math.MinInt64, arrow.Nanosecond, true, -9223372037, 145224192},
		{math.MaxInt64, arrow.Second, true, math.MaxInt64, 0},
		{1_782_900_000_001, arrow.Millisecond, false, 1_782_900_000 - 7200, 1_000_000},
	} {
		seconds, nanos := InstantOf(c.value, c.unit, c.zoned, zoneOf("Europe/Stockholm"))
		if seconds != c.seconds || nanos != c.nanos {
			t.Errorf("%+v: %d, %d", c, seconds, nanos)
		}
	}
	for _, c := range []struct {
		day     int32
		of      int64
		seconds int64
		nanos   int32
	}{
		{2440588, 0, 0, 0},
		{2440589, 1_000_000_001, 86401, 1},
		{2440588, -1, -1, 999_999_999},
		{2440587, 86_400_000_000_000, 0, 0},
		{math.MinInt32, 0, (math.MinInt32 - 2440588) * 86400, 0},
	} {
		seconds, nanos := JulianInstant(c.day, c.of)
		if seconds != c.seconds || nanos != c.nanos {
			t.Errorf("%+v: %d, %d", c, seconds, nanos)
		}
	}
}
