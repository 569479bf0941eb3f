package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
	"leadscore/pipeline/storage"
)

// DateReport is the MQLs of a published date that are handed over, beside those of the published date before: who is new, who was one
// on a date before that and is one again, who stayed, and who is none any more. They are nil where it is not known who the MQLs of one of
// the two were; for the first date there are none before. Returned is nil, too, where the run was compared with another than that date's:
// then the ids are compared, and New counts all that were none on the date before.
type DateReport struct {
	Date     string `json:"date"`
	MQLs     *int64 `json:"mqls"`
	New      *int64 `json:"new"`
	Returned *int64 `json:"returned"`
	Retained *int64 `json:"retained"`
	Lapsed   *int64 `json:"lapsed"`
}

const (
	mostDates = 60      // the newest
	mostMQLs  = 1 << 20 // of MQLs of one date that stand in memory at once
)

// dates tells of the MQLs of each published date up to that of the run.
func (b *reporter) dates(ctx context.Context, out string) (err error) {
	if b.model != nil && b.model.Score.MQL == nil {
		return nil
	}
	runs, err := b.earlier(ctx, out)
	defer func() {
		for _, run := range runs {
			err = errors.Join(err, run.Close())
		}
	}()
	if err != nil {
		return err
	}
	passes := int64(1)
	for _, run := range runs {
		passes = max(passes, run.Rows(mqlSource(run))/mostMQLs+1)
	}
	reports, err := b.compare(ctx, runs, uint64(passes))
	if err != nil {
		return err
	}
	b.report.Dates = reports[max(0, len(reports)-mostDates):]
	if b.report.MQLs == nil && len(reports) > 0 {
		b.report.MQLs = reports[len(reports)-1].MQLs
	}
	return nil
}

// earlier opens the runs of all published dates up to that of the run, ascending; of very many the newest, and one more for who was an
// MQL before. What cannot be read is noted.
func (b *reporter) earlier(ctx context.Context, out string) (runs []*published.Run, err error) {
	store, path, err := storage.Open(ctx, out)
	if err != nil {
		return nil, err
	}
	all, err := publish.Dates(ctx, store, path)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(date string) bool { return date > b.report.Date })
	if first := len(all) - mostDates; first > 0 {
		b.report.Notes = append(b.report.Notes, fmt.Sprintf("the MQLs of the first %d dates: the report shows the newest %d", first, mostDates))
		all = all[first-1:]
	}
	for _, date := range all {
		run, err := published.Open(ctx, store, path, date, nil)
		switch {
		case errors.Is(err, publish.ErrNoRun): // removed meanwhile
		case errors.Is(err, publish.ErrDamaged):
			b.report.Notes = append(b.report.Notes, fmt.Sprintf("the MQLs of %s: %v", date, err))
		case err != nil:
			return runs, err
		default:
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// compare holds the MQLs of each run against those of the run before. A run that was itself compared with that one says of each MQL what it is.
// Elsewhere ids are compared: a date that was published later, or again, changes what was before. In each of several passes a part of
// the ids is in memory, those of two runs.
func (b *reporter) compare(ctx context.Context, runs []*published.Run, passes uint64) ([]DateReport, error) {
	reports, told := make([]DateReport, len(runs)), make([]bool, len(runs))
	for i, run := range runs {
		reports[i].Date = run.Manifest.Date
		if i > 0 && isAfter(run, runs[i-1]) {
			err := b.passing(run, reports[i].tell(ctx, run, runs[i-1]))
			if err != nil {
				return nil, err
			}
			told[i] = reports[i].MQLs != nil
		}
	}
	seed := maphash.MakeSeed()
	for pass := range passes {
		var before map[string]bool
		for i, run := range runs {
			if told[i] && (i+1 == len(runs) || told[i+1]) { // nobody asks who they are
				before = nil
				continue
			}
			ids, err := mqlIDs(ctx, run, func(id string) bool { return passes == 1 || maphash.String(seed, id)%passes == pass })
			if pass == 0 {
				err = b.passing(run, err)
			} else if errors.Is(err, publish.ErrDamaged) && run.Manifest.Date != b.report.Date {
				err = nil
			}
			if err != nil {
				return nil, err
			}
			if !told[i] {
				reports[i].add(before, ids)
			}
			before = ids
		}
	}
	return reports, nil
}

// passing makes a note of damage to another date than that of the report, and lets it pass.
func (b *reporter) passing(run *published.Run, err error) error {
	if errors.Is(err, publish.ErrDamaged) && run.Manifest.Date != b.report.Date {
		b.report.Notes = append(b.report.Notes, fmt.Sprintf("the MQLs of %s: %v", run.Manifest.Date, err))
		return nil
	}
	return err
}

// isAfter tells whether the statuses of a run's MQLs speak of the run before it.
func isAfter(run, before *published.Run) bool {
	p := run.Manifest.Previous
	return p != nil && p.Date == before.Manifest.Date && p.RunID == before.Manifest.RunID && run.Has("mql") && before.Has("mql")
}

// tell counts the MQLs of a run by what it says of them.
func (d *DateReport) tell(ctx context.Context, run, before *published.Run) error {
	count := map[string]int64{}
	err := run.Scan(ctx, "mql", []string{"status"}, func(c []*published.Column, rows int) error {
		for _, status := range c[0].Texts {
			count[status]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	mqls, fresh, returned, retained := run.Rows("mql"), count["new"], count["returned"], count["retained"]
	lapsed := before.Rows("mql") - retained
	d.MQLs, d.New, d.Returned, d.Retained, d.Lapsed = &mqls, &fresh, &returned, &retained, &lapsed
	return nil
}

// add counts MQLs of a date and of the one before; nil: they are not known.
func (d *DateReport) add(before, now map[string]bool) {
	if now == nil {
		return
	}
	count := func(total **int64, n int) {
		if *total == nil {
			*total = new(int64)
		}
		**total += int64(n)
	}
	count(&d.MQLs, len(now))
	if before == nil {
		return
	}
	retained := 0
	for id := range now {
		if before[id] {
			retained++
		}
	}
	count(&d.New, len(now)-retained)
	count(&d.Retained, retained)
	count(&d.Lapsed, len(before)-retained)
}

// mqlSource gives the table of a run that tells who its MQLs are; empty where none does.
func mqlSource(run *published.Run) string {
	for _, table := range []string{"mql", "scores"} {
		if run.Has(table) {
			return table
		}
	}
	return ""
}

// mqlIDs gives the ids of those MQLs of a run that are wanted, as text, so that the width of numbers does not matter; nil where the run has
// not published who they are.
func mqlIDs(ctx context.Context, run *published.Run, wanted func(id string) bool) (map[string]bool, error) {
	table, columns := mqlSource(run), []string{"contact_id"}
	switch table {
	case "":
		return nil, nil
	case "scores":
		columns = append(columns, "is_mql")
		if has, err := run.HasColumn(ctx, table, "suppressed"); err != nil {
			return nil, err
		} else if has { // who is suppressed is not handed over, and stands in no mql table
			columns = append(columns, "suppressed")
		}
	}
	ids := map[string]bool{}
	err := run.Scan(ctx, table, columns, func(c []*published.Column, rows int) error {
		for row := range rows {
			if len(c) > 1 && (c[1].IsNull(row) || c[1].Ints[row] == 0) || len(c) > 2 && !c[2].IsNull(row) {
				continue
			}
			if id := c[0].Text(row); wanted(id) {
				ids[id] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}
