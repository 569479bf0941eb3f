package jobs

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"leadscore/transforms/match"
)

// The small values that stand in job files and flags alike: spans of time, sizes, shares, instants.

var spanForm = regexp.MustCompile(`^([0-9]{1,9})([hdw])$`)

// parseSpan reads a span of time as the model language writes it: 36h, 90d, 4w. A day is 24 hours.
func parseSpan(text string) (time.Duration, error) {
	form := spanForm.FindStringSubmatch(text)
	if form == nil {
		return 0, fmt.Errorf("%q is not a span of time", text)
	}
	n, err := strconv.ParseInt(form[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a span of time", text)
	}
	unit := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[form[2]]
	if n > int64(longestSpan/unit) {
		return 0, fmt.Errorf("%q is longer than 200 years", text)
	}
	return time.Duration(n) * unit, nil
}

const (
	longestSpan = 200 * 365 * 24 * time.Hour
	spanFix     = "a number and h, d or w: 36h, 90d, 4w"
	sizeFix     = "a number and B, KiB, MiB, GiB, kB, MB or GB: 512MiB, 4GiB"
	asOfFix     = "an instant such as 2026-11-01T06:00:00Z, or a date such as 2026-11-01 for its midnight in the model's time zone"
)

var (
	sizeForm  = regexp.MustCompile(`^([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)$`)
	sizeUnits = map[string]float64{"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
		"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
)

// parseSize reads a number of bytes: 512MiB, 4GiB, 2GB, 1073741824.
func parseSize(text string) (int64, error) {
	form := sizeForm.FindStringSubmatch(strings.TrimSpace(text))
	if form == nil {
		return 0, fmt.Errorf("%q is not a size", text)
	}
	unit, ok := sizeUnits[strings.ToLower(form[2])]
	number, err := strconv.ParseFloat(form[1], 64)
	if !ok || err != nil || number*unit > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is not a size", text)
	}
	return int64(number * unit), nil
}

// parseShare reads a percentage, 0% to 100%, as a number from 0 to 1.
func parseShare(text string) (float64, bool) {
	number, isShare := strings.CutSuffix(text, "%")
	if !isShare {
		return 0, false
	}
	percent, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		return 0, false
	}
	return percent / 100, true
}

// parseAsOf reads an as-of: an RFC 3339 instant, rounded down to whole seconds, or a date, which is its midnight in zone.
func parseAsOf(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.Truncate(time.Second).UTC(), nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not an instant", text)
	}
	return time.Unix(match.NewClock(zone).Seconds(day.Unix()), 0).UTC(), nil
}
