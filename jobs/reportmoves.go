package jobs

import (
	"cmp"
	"context"
	"slices"

	"leadscore/pipeline"
	"leadscore/pipeline/published"
)

// EventReport counts the events of MQLs since the run before, by what brought them about.
type EventReport struct {
	Event      string `json:"event"` // became, returned, lapsed
	Cause      string `json:"cause"`
	Events     int64  `json:"events"`
	Suppressed int64  `json:"suppressed"` // of these: of contacts that are in no hand-off
}

// SuppressedReport counts the contacts that a reason keeps out of every hand-off.
type SuppressedReport struct {
	Reason   string `json:"reason"`
	Contacts int64  `json:"contacts"`
	MQLs     int64  `json:"mqls"`
}

// moves reads what changed since the run before.
func (b *reporter) moves(ctx context.Context) error {
	for _, s := range b.run.Manifest.Suppressed {
		b.report.Suppressed = append(b.report.Suppressed, SuppressedReport(s))
	}
	if p := b.run.Manifest.Previous; p != nil {
		b.report.Previous = p.Date
	}
	if b.report.Previous != "" && b.run.Has("score_changes") {
		b.report.Moved = newMovement(published.Causes)
		err := b.run.Scan(ctx, "score_changes", append([]string{"previous_score", "score", "was_mql", "is_mql"}, published.Causes...),
			func(columns []*published.Column, rows int) error {
				b.report.Moved.add(columns, rows)
				return nil
			})
		if err != nil {
			return err
		}
	}
	return b.events(ctx)
}

func (b *reporter) events(ctx context.Context) error {
	type kind struct{ event, cause string }
	counted := map[kind]*EventReport{}
	err := b.run.Scan(ctx, "mql_events", []string{"event", "cause", "suppressed"}, func(c []*published.Column, rows int) error {
		for row := range rows {
			k := kind{c[0].Texts[row], c[1].Texts[row]}
			if counted[k] == nil {
				counted[k] = &EventReport{Event: k.event, Cause: k.cause}
			}
			counted[k].Events++
			if !c[2].IsNull(row) {
				counted[k].Suppressed++
			}
		}
		return nil
	})
	for _, r := range counted {
		b.report.Events = append(b.report.Events, *r)
	}
	slices.SortFunc(b.report.Events, func(x, y EventReport) int {
		return cmp.Or(slices.Index(pipeline.MQLEvents, x.Event)-slices.Index(pipeline.MQLEvents, y.Event),
			slices.Index(pipeline.MQLCauses, x.Cause)-slices.Index(pipeline.MQLCauses, y.Cause))
	})
	return err
}
