package jobs

import (
	"slices"
	"testing"
	"time"
)

func TestParseSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{"36h": 36 * time.Hour, "90d": 90 * 24 * time.Hour, "4w": 28 * 24 * time.Hour, "0d": 0} {
		if got, err := parseSpan(text); err != nil || got != want {
			t.Errorf("parseSpan(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "90", "d", "-1d", "1.5d", "90 d", "90D", "3m", "999999999w"} {
		if got, err := parseSpan(text); err == nil {
			t.Errorf("parseSpan(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"1GiB": 1 << 30, "512MiB": 512 << 20, "2GB": 2e9, "1.5GiB": 3 << 29, "4096": 4096, "1 gib": 1 << 30} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("parseSize(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "-1GiB", "1 parsec", "999999999999999TiB", "1e9"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("parseSize(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseShare(t *testing.T) {
	for text, want := range map[string]float64{"0%": 0, "30%": 0.3, "2.5%": 0.025, "100%": 1} {
		if got, ok := parseShare(text); !ok || got != want {
			t.Errorf("parseShare(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"30", "101%", "-1%", "NaN%", "x%", "%"} {
		if got, ok := parseShare(text); ok {
			t.Errorf("parseShare(%q) = %v, want none", text, got)
		}
	}
}

// Instants of a backfill: midnights of the calendar between dates, spans of 24 hours between instants.
func TestInstants(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to, every string
		want            []string
	}{
		{"2026-10-24", "2026-10-26", "", []string{"2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"}},
		{"2026-10-20", "2026-11-02", "1w", []string{"2026-10-19T22:00:00Z", "2026-10-26T23:00:00Z"}},
		{"2026-10-24", "2026-10-26", "36h", []string{"2026-10-23T22:00:00Z", "2026-10-25T10:00:00Z"}},
		{"2026-10-24T06:00:00Z", "2026-10-26", "1d", []string{"2026-10-24T06:00:00Z", "2026-10-25T06:00:00Z"}},
		{"2026-10-24", "2026-10-24", "1d", []string{"2026-10-23T22:00:00Z"}},
	} {
		list, err := Options{From: c.from, To: c.to, Every: c.every}.instants(zone)
		if err != nil {
			t.Error(err)
		}
		var got []string
		for _, at := range list {
			got = append(got, at.Format(time.RFC3339))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s to %s every %s: %v, want %v", c.from, c.to, c.every, got, c.want)
		}
	}
}

func TestParseAsOf(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	for _, c := range []struct{ text, zone, want string }{
		{"2026-11-01", "UTC", "2026-11-01T00:00:00Z"},
		{"2026-11-01", "Europe/Stockholm", "2026-10-31T23:00:00Z"},
		{"2026-07-01", "Europe/Stockholm", "2026-06-30T22:00:00Z"},
		{"2026-11-01T06:00:00.999+01:00", "America/New_York", "2026-11-01T05:00:00Z"},
		{"2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"},  // clocks skipped midnight: the offset before the gap
		{"2026-11-01", "America/Havana", "2026-11-01T04:00:00Z"},     // clocks showed midnight twice: the earlier instant
		{"2026-10-31", "Pacific/Kiritimati", "2026-10-30T10:00:00Z"}, // furthest ahead of all zones
	} {
		got, err := parseAsOf(c.text, zone(c.zone))
		if err != nil || got.Format(time.RFC3339Nano) != c.want {
			t.Errorf("parseAsOf(%q, %s) = %v, %v, want %s", c.text, c.zone, got, err, c.want)
		}
	}
	for _, text := range []string{"", "now", "2026-13-01", "2026-11-01 06:00", "20261101", "2026-11-01T06:00:00"} {
		if got, err := parseAsOf(text, time.UTC); err == nil {
			t.Errorf("parseAsOf(%q) = %v, want an error", text, got)
		}
	}
}
