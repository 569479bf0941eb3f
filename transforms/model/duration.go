package model

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"leadscore/transforms/diag/yamltree"
)

const (
	hour = int64(3600)
	day  = 24 * hour
	week = 7 * day
	// longest is the longest length of time: about 100 years.
	longest = 36_500 * day
)

var (
	duration    = regexp.MustCompile(`^([0-9]+)([hdw])$`)
	otherLength = regexp.MustCompile(`^([0-9]+)\s*([A-Za-z]*)$`)
)

// duration reads a length of time such as 90d as whole seconds. A day is 24 hours.
func (p *parser) duration(n *node, what string) (int64, bool) {
	if n.Kind != yamltree.Scalar {
		p.fault(n.Position, what+" must be a length of time", saw(n), "write a number and a unit, such as 12h, 90d or 4w")
		return 0, false
	}
	written := strings.TrimSpace(n.Text)
	parts := duration.FindStringSubmatch(written)
	if parts == nil {
		why := saw(n)
		fix := "write a number and a unit, such as 12h, 90d or 4w"
		if other := otherLength.FindStringSubmatch(written); other != nil {
			switch near := unitMeant(other[2]); {
			case other[2] == "":
				why, fix = "the number "+written+" has no unit", fmt.Sprintf("write %sd for days, %sh for hours or %sw for weeks", written, written, written)
			case near != "":
				fix = "write " + other[1] + near
			case strings.HasPrefix(strings.ToLower(other[2]), "m"):
				why, fix = "months differ in length, and so they are no unit", fmt.Sprintf("write days, for example %s", inDays(other[1], 30))
			case strings.HasPrefix(strings.ToLower(other[2]), "y"):
				why, fix = "years differ in length, and so they are no unit", fmt.Sprintf("write days, for example %s", inDays(other[1], 365))
			}
		}
		p.fault(n.Position, what+" must be a length of time", why, fix)
		return 0, false
	}
	count, err := strconv.ParseInt(parts[1], 10, 64)
	unit := map[string]int64{"h": hour, "d": day, "w": week}[parts[2]]
	switch {
	case err != nil || count > longest/unit:
		p.fault(n.Position, what+" is too long", "lengths of time go up to 36500d, about 100 years", "write a shorter one, or leave it out for all time")
		return 0, false
	case count == 0:
		p.fault(n.Position, what+" must be longer than 0", "nothing happens in no time", "write a number above 0, such as 90d")
		return 0, false
	}
	return count * unit, true
}

// unitMeant is the unit that a word stands for, where it has a fixed length.
func unitMeant(word string) string {
	switch strings.ToLower(word) {
	case "h", "hr", "hrs", "hour", "hours":
		return "h"
	case "d", "day", "days":
		return "d"
	case "w", "wk", "week", "weeks":
		return "w"
	}
	return ""
}

// inDays writes a number of months or years as days.
func inDays(count string, days int64) string {
	n, err := strconv.ParseInt(count, 10, 32)
	if err != nil || n == 0 || n*days > longest/day {
		n = 1
	}
	return fmt.Sprintf("%dd", n*days)
}
