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

// DateReport is the MQLs of a published date beside those of the published date before: who is new, who stayed, and who is none any
// more. They are nil where it is not known who the MQLs of one of the two were; for the first date there are none before.
type DateReport struct {
	Date     string `json:"date"`
	MQLs     *int64 `json:"mqls"`
	New      *int64 `json:"new"`
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
		table, _ := mqlSource(run)
		passes = max(passes, run.Rows(table)/mostMQLs+1)
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

// compare holds the MQLs of each run against those of the run before. Ids are compared, and not what the runs said of new ones: a date that
// was published later, or again, changes what was before. In each of several passes a part of the ids is in memory, those of two runs.
func (b *reporter) compare(ctx context.Context, runs []*published.Run, passes uint64) ([]DateReport, error) {
	reports := make([]DateReport, len(runs))
	seed := maphash.MakeSeed()
	for pass := range passes {
		var before map[string]bool
		for i, run := range runs {
			ids, err := mqlIDs(ctx, run, func(id string) bool { return passes == 1 || maphash.String(seed, id)%passes == pass })
			if errors.Is(err, publish.ErrDamaged) && run.Manifest.Date != b.report.Date {
				if pass == 0 {
					b.report.Notes = append(b.report.Notes, fmt.Sprintf("the MQLs of %s: %v", run.Manifest.Date, err))
				}
				ids, err = nil, nil
			}
			if err != nil {
				return nil, err
			}
			reports[i].Date = run.Manifest.Date
			reports[i].add(before, ids)
			before = ids
		}
	}
	return reports, nil
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

// mqlSource gives the table of a run that tells who its MQLs are, and the columns that do; empty where none does.
func mqlSource(run *published.Run) (table string, columns []string) {
	switch {
	case run.Has("mql"):
		return "mql", []string{"contact_id"}
	case run.Has("scores"):
		return "scores", []string{"contact_id", "is_mql"}
	}
	return "", nil
}

// mqlIDs gives the ids of those MQLs of a run that are wanted, as text, so that the width of numbers does not matter; nil where the run has
// not published who they are.
func mqlIDs(ctx context.Context, run *published.Run, wanted func(id string) bool) (map[string]bool, error) {
	table, columns := mqlSource(run)
	if table == "" {
		return nil, nil
	}
	ids := map[string]bool{}
	err := run.Scan(ctx, table, columns, func(c []*published.Column, rows int) error {
		for row := range rows {
			if len(c) > 1 && (c[1].IsNull(row) || c[1].Ints[row] == 0) {
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
