package jobs

import (
	"cmp"
	"context"
	"slices"
	"time"

	"leadscore/pipeline/published"
	"leadscore/transforms/model"
)

// Forecast is what becomes of the scores if nobody does anything more.
type Forecast struct {
	Until     time.Time     `json:"until"`     // what expires is looked for from the as-of to here, 30 days later
	Days      []ExpiringDay `json:"days"`      // the MQLs that end on each of these days
	MQLs      int64         `json:"mqls"`      // that end, all days together
	Ahead     []Ahead       `json:"ahead"`     // contacts at or above the threshold; empty where it is not known
	Losing    int64         `json:"losing"`    // contacts whose score is lower in 30 days
	Gaining   int64         `json:"gaining"`   // contacts whose score is higher then
	Unchanged int64         `json:"unchanged"` // all others
}

// ExpiringDay is a stretch of 24 hours, and how many MQLs end in it.
type ExpiringDay struct {
	From time.Time `json:"from"`
	MQLs int64     `json:"mqls"`
}

// Ahead is how many contacts have at least the threshold so many days after the as-of.
type Ahead struct {
	Days     int   `json:"days"`
	Contacts int64 `json:"contacts"`
}

// RuleExpiry is a rule of which points become something else within 30 days, if the contacts do nothing more: for how many
// contacts, and what their points change by at that moment, added up.
type RuleExpiry struct {
	Set      string `json:"set"`
	Rule     string `json:"rule"`
	Contacts int64  `json:"contacts"`
	Change   int64  `json:"points_change"`
}

const (
	aDay         = 24 * time.Hour
	forecastDays = 30
)

var scoreColumns = []string{"score", "band", "grade", "is_mql", "mql_expires_at", "score_in_7d", "score_in_30d", "score_in_90d"}

// scores reads the table of scores once.
func (b *reporter) scores(ctx context.Context) error {
	if !b.run.Has("scores") {
		return nil
	}
	asOf := b.report.AsOf
	f := &Forecast{Until: asOf.Add(forecastDays * aDay), Days: make([]ExpiringDay, forecastDays), Ahead: []Ahead{}}
	for i := range f.Days {
		f.Days[i].From = asOf.Add(time.Duration(i) * aDay)
	}
	if b.report.Threshold != nil {
		f.Ahead = []Ahead{{Days: 0}, {Days: 7}, {Days: 30}, {Days: 90}}
	}
	h, bands, grades := newHistogram(), map[string]*bandTally{}, map[string]int64{}
	later := map[string]int64{}
	contacts, mqls := int64(0), int64(0)
	err := b.run.Scan(ctx, "scores", scoreColumns, func(c []*published.Column, rows int) error {
		contacts += int64(rows)
		for row := range rows {
			score, in30d := c[0].Ints[row], c[6].Ints[row]
			h.add(score)
			if !c[1].IsNull(row) {
				t := bands[c[1].Texts[row]]
				if t == nil {
					t = &bandTally{low: score}
					bands[c[1].Texts[row]] = t
				}
				t.contacts, t.low = t.contacts+1, min(t.low, score)
			}
			if !c[2].IsNull(row) {
				grades[c[2].Texts[row]]++
			}
			if !c[3].IsNull(row) && c[3].Ints[row] != 0 {
				mqls++
			}
			if !c[4].IsNull(row) {
				if in := time.UnixMicro(c[4].Ints[row]).Sub(asOf); in >= 0 && in < forecastDays*aDay {
					f.Days[in/aDay].MQLs++
					f.MQLs++
				}
			}
			switch cmp.Compare(in30d, score) {
			case -1:
				f.Losing++
			case 1:
				f.Gaining++
			default:
				f.Unchanged++
			}
			for i, column := range []int{0, 5, 6, 7} {
				if len(f.Ahead) > 0 && c[column].Ints[row] >= *b.report.Threshold {
					f.Ahead[i].Contacts++
				}
			}
			if b.model != nil && len(b.model.Score.Bands) > 0 {
				later[bandOf(b.model.Score.Bands, in30d)]++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.report.Contacts, b.report.Forecast, b.report.Scores = &contacts, f, h.distribution()
	if b.model == nil || b.model.Score.MQL != nil {
		b.report.MQLs = &mqls
	}
	b.bands(bands, later)
	b.grid(grades)
	return nil
}

// bandTally counts a band.
type bandTally struct{ contacts, low int64 }

// bandOf gives the band of a score: below the first one, the first.
func bandOf(bands []model.Band, score int64) string {
	at := bands[0].Name
	for _, b := range bands {
		if score >= b.Floor {
			at = b.Name
		}
	}
	return at
}

// bands orders the bands as the model does; where it cannot be read, by the lowest score that is in each.
func (b *reporter) bands(counted map[string]*bandTally, later map[string]int64) {
	if b.model != nil {
		for _, band := range b.model.Score.Bands {
			r := BandReport{Band: band.Name, Floor: &band.Floor}
			if t := counted[band.Name]; t != nil {
				r.Contacts = t.contacts
			}
			in30d := later[band.Name]
			r.In30d = &in30d
			b.report.Bands = append(b.report.Bands, r)
		}
		return
	}
	for name, t := range counted {
		b.report.Bands = append(b.report.Bands, BandReport{Band: name, Contacts: t.contacts})
	}
	slices.SortFunc(b.report.Bands, func(x, y BandReport) int {
		return cmp.Or(cmp.Compare(counted[x.Band].low, counted[y.Band].low), cmp.Compare(x.Band, y.Band))
	})
}

// grid puts the grades into rows and columns.
func (b *reporter) grid(grades map[string]int64) {
	if b.model == nil || len(b.model.Score.Explicit) == 0 || len(b.model.Score.Implicit) == 0 {
		return
	}
	g := &Grid{}
	for _, digit := range b.model.Score.Implicit {
		g.Engagement = append(g.Engagement, digit.Name)
	}
	for _, letter := range b.model.Score.Explicit {
		row := make([]int64, len(g.Engagement))
		for i, digit := range g.Engagement {
			row[i] = grades[letter.Name+digit]
		}
		g.Fit, g.Contacts = append(g.Fit, letter.Name), append(g.Contacts, row)
	}
	b.report.Grid = g
}

// expiring reads from the breakdown what becomes of the points of each rule within 30 days.
func (b *reporter) expiring(ctx context.Context) error {
	type name struct{ set, rule string }
	until := b.report.AsOf.Add(forecastDays * aDay).UnixMicro()
	found := map[name]*RuleExpiry{}
	err := b.run.Scan(ctx, "breakdown", []string{"kind", "set", "rule", "points", "expires_at", "points_after"}, func(c []*published.Column, rows int) error {
		for row := range rows {
			if c[4].IsNull(row) || c[4].Ints[row] >= until || c[0].Texts[row] != "rule" {
				continue
			}
			n := name{c[1].Texts[row], c[2].Texts[row]}
			if found[n] == nil {
				found[n] = &RuleExpiry{Set: n.set, Rule: n.rule}
			}
			found[n].Contacts++
			found[n].Change += c[5].Ints[row] - c[3].Ints[row]
		}
		return nil
	})
	for _, r := range found {
		b.report.Expiring = append(b.report.Expiring, *r)
	}
	slices.SortFunc(b.report.Expiring, func(x, y RuleExpiry) int {
		return cmp.Or(cmp.Compare(y.Contacts, x.Contacts), cmp.Compare(x.Set, y.Set), cmp.Compare(x.Rule, y.Rule))
	})
	return err
}
