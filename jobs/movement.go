package jobs

import (
	"leadscore/pipeline/published"
)

// Movement sums changes of contacts up.
type Movement struct {
	Contacts   int64         `json:"contacts"` // whose score, band or MQL state is another, and those that are new or gone
	Risen      int64         `json:"risen"`    // of those that were there before and are there now
	Fallen     int64         `json:"fallen"`
	New        int64         `json:"new"`
	Gone       int64         `json:"gone"`
	MQLsGained int64         `json:"mqls_gained"`
	MQLsLost   int64         `json:"mqls_lost"` // also with a contact that is gone
	Change     int64         `json:"change"`    // of all their scores; the causes' add up to it
	Causes     []CauseReport `json:"causes"`
}

// CauseReport is what one cause did to scores.
type CauseReport struct {
	Cause    string `json:"cause"`
	Contacts int64  `json:"contacts"` // that it moved, either way
	Gained   int64  `json:"gained"`   // points
	Lost     int64  `json:"lost"`     // points, as a number above 0
	Change   int64  `json:"change"`
}

// newMovement makes a sum of nothing, for these causes.
func newMovement(causes []string) *Movement {
	m := &Movement{}
	for _, cause := range causes {
		m.Causes = append(m.Causes, CauseReport{Cause: cause})
	}
	return m
}

// add adds rows with the columns of score_changes.
func (m *Movement) add(columns []*published.Column, rows int) {
	by := map[string]*published.Column{}
	for _, c := range columns {
		by[c.Name] = c
	}
	before, now, was, is := by["previous_score"], by["score"], by["was_mql"], by["is_mql"]
	yes := func(c *published.Column, row int) bool { return !c.IsNull(row) && c.Ints[row] != 0 }
	m.Contacts += int64(rows)
	for row := range rows {
		change := now.Ints[row] - before.Ints[row] // a missing one is 0
		m.Change += change
		switch {
		case before.IsNull(row):
			m.New++
		case now.IsNull(row):
			m.Gone++
		case change > 0:
			m.Risen++
		case change < 0:
			m.Fallen++
		}
		switch {
		case yes(is, row) && !yes(was, row):
			m.MQLsGained++
		case yes(was, row) && !yes(is, row):
			m.MQLsLost++
		}
	}
	for i := range m.Causes {
		m.Causes[i].add(by[m.Causes[i].Cause].Ints)
	}
}

func (c *CauseReport) add(points []int64) {
	for _, p := range points {
		if p != 0 {
			c.Contacts++
		}
		c.Gained, c.Lost, c.Change = c.Gained+max(p, 0), c.Lost+max(-p, 0), c.Change+p
	}
}
