package model

import (
	"regexp"
	"strings"
	"time"

	"leadscore/transforms/diag"
)

// zoneName is the form of the names of the time zone database. It keeps "Local" aside and names that would be files of the
// machine but no zones of the database.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$`)

// commonZones are those that a mistyped name is compared with; the database itself cannot be listed.
var commonZones = strings.Fields(`UTC
Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Budapest Europe/Copenhagen Europe/Dublin
Europe/Helsinki Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London Europe/Luxembourg Europe/Madrid Europe/Oslo Europe/Paris
Europe/Prague Europe/Riga Europe/Rome Europe/Sofia Europe/Stockholm Europe/Tallinn Europe/Vienna Europe/Vilnius Europe/Warsaw Europe/Zurich
America/Argentina/Buenos_Aires America/Bogota America/Chicago America/Denver America/Halifax America/Lima America/Los_Angeles
America/Mexico_City America/New_York America/Phoenix America/Santiago America/Sao_Paulo America/Toronto America/Vancouver
Africa/Cairo Africa/Johannesburg Africa/Lagos Africa/Nairobi Asia/Bangkok Asia/Dubai Asia/Ho_Chi_Minh Asia/Hong_Kong Asia/Jakarta
Asia/Jerusalem Asia/Karachi Asia/Kolkata Asia/Manila Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tokyo
Australia/Brisbane Australia/Melbourne Australia/Perth Australia/Sydney Pacific/Auckland Atlantic/Reykjavik`)

// otherZones has what people write instead of a zone of the database.
var otherZones = map[string]string{
	"CEST": "Europe/Berlin", "BST": "Europe/London", "EDT": "America/New_York", "CST": "America/Chicago", "CDT": "America/Chicago",
	"MDT": "America/Denver", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
	"AEST": "Australia/Sydney", "Z": "UTC",
}

func loadZone(name string) (*time.Location, bool) {
	if !zoneName.MatchString(name) || name == "Local" {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

// nearZone gives the zone that was probably meant: a slip, another's abbreviation, or a city alone.
func nearZone(name string) (string, bool) {
	if zone, ok := otherZones[strings.ToUpper(name)]; ok {
		return zone, true
	}
	if near, ok := diag.Nearest(name, commonZones); ok {
		return near, true
	}
	for _, zone := range commonZones {
		city := zone[strings.LastIndexByte(zone, '/')+1:]
		if strings.EqualFold(city, strings.ReplaceAll(name, " ", "_")) {
			return zone, true
		}
	}
	return "", false
}
