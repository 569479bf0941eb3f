package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"leadscore/pipeline/publish"
	"leadscore/transforms/match"
)

// lineage is what the run's streams and lists go on from. Streams go on from the run that stands for the date, whose deliveries stay, else from
// the newest run of an earlier date that has any; lists from the newest run of an earlier date that has them.
type lineage struct {
	attempt string             // that stood for the date when this was found out; empty: none
	key     string             // its content key
	streams bool               // there are streams to go on with: of the job, or of the run that is replaced
	newest  bool               // no later date is published
	base    *publish.Published // whose streams these go on from; nil: none
	again   bool               // base is the run that stands for the date
	lists   []listLineage      // of the job

	// The run that stands for the date went on from this and has the same content otherwise, so that there is nothing to do, or all of it
	// to be done again. base is not known yet.
	recorded *publish.Deliveries
}

// listLineage is where the members of a list were before the run.
type listLineage struct {
	list  string // as it compares
	run   *publish.Published
	table string
}

// listKey gives the name of a list as it compares.
func listKey(name string) string { return match.NormalizeString(name, false) }

// findLineage looks at what is published.
func (r *run) findLineage(ctx context.Context) (*lineage, error) {
	l := &lineage{streams: slices.ContainsFunc(r.spec.Extracts, func(x Extract) bool { return x.Stream != nil })}
	standing, err := publish.Open(ctx, r.store, r.folder, r.date())
	switch {
	case errors.Is(err, publish.ErrDamaged) && l.streams:
		return nil, failed(exitFailed, "the run published for %s tells what was delivered on that date, but %w; restore it, or delete the date's file in %s/_runs, after which its contacts may be delivered again",
			r.date(), err, r.address())
	case errors.Is(err, publish.ErrNoRun), errors.Is(err, publish.ErrDamaged):
	case err != nil:
		return nil, err
	default:
		l.attempt, l.key = standing.Pointer.Attempt, standing.Pointer.ContentKey
		if d := standing.Manifest.Deliveries; d != nil {
			l.recorded = d
			if l.again = len(d.Streams) > 0; l.again {
				l.base, l.streams = standing, true
			}
		}
	}
	if !l.streams && len(r.lists()) == 0 {
		return l, nil
	}
	dates, err := publish.Dates(ctx, r.store, r.folder)
	if err != nil {
		return nil, err
	}
	l.newest = len(dates) == 0 || dates[len(dates)-1] <= r.date()
	return l, r.lookBack(ctx, l, dates)
}

// lists are the names of the lists that extracts put contacts on, as they compare.
func (r *run) lists() []string {
	var names []string
	for _, x := range r.spec.Extracts {
		if x.AddToList != "" {
			names = append(names, listKey(x.AddToList))
		}
	}
	return names
}

// lookBack goes back over the dates until it has found what streams and lists go on from.
func (r *run) lookBack(ctx context.Context, l *lineage, dates []string) error {
	streams, lists := l.streams && l.newest && !l.again, r.lists()
	for i := len(dates) - 1; i >= 0 && (streams || len(lists) > 0); i-- {
		if dates[i] >= r.date() {
			continue
		}
		published, err := publish.Open(ctx, r.store, r.folder, dates[i])
		if errors.Is(err, publish.ErrDamaged) {
			return failed(exitFailed, "the run published for %s tells what streams and lists go on from, but %w; restore it, or publish that date again", dates[i], err)
		}
		if err != nil {
			return err
		}
		d := published.Manifest.Deliveries
		if d == nil {
			continue
		}
		if streams && len(d.Streams) > 0 {
			l.base, streams = published, false
		}
		for _, of := range d.Lists {
			if at := slices.Index(lists, listKey(of.List)); at >= 0 {
				l.lists = append(l.lists, listLineage{lists[at], published, of.Table})
				lists = slices.Delete(lists, at, at+1)
			}
		}
	}
	slices.SortFunc(l.lists, func(a, b listLineage) int { return strings.Compare(a.list, b.list) })
	return nil
}

// facts adds what of the lineage decides the content of the run: whatever streams and lists there are may differ with it.
func (l *lineage) facts(facts map[string]any, base string, newest bool) {
	if l.streams {
		facts["streams"] = map[string]any{"base": base, "newest": newest}
	}
	if len(l.lists) > 0 {
		runs := map[string]string{}
		for _, of := range l.lists {
			runs[of.list] = of.run.Pointer.RunID
		}
		facts["lists"] = runs
	}
}

// runID names the run that streams go on from, empty where there is none.
func (l *lineage) runID() string {
	if l.base == nil {
		return ""
	}
	return l.base.Pointer.RunID
}

// recallLineage finds the run that the standing run went on from, so that it is done again just as it was. It is false where that is
// not there any more.
func (r *run) recallLineage(ctx context.Context) (bool, error) {
	l, was := r.lineage, r.lineage.recorded.Base
	l.base, l.again, l.newest = nil, false, l.recorded.Newest
	if was == nil || !l.streams {
		return true, nil
	}
	base, err := publish.Open(ctx, r.store, r.folder, was.Date)
	if errors.Is(err, publish.ErrNoRun) || errors.Is(err, publish.ErrDamaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l.base = base
	return base.Pointer.RunID == was.RunID, nil
}

// deliveries is what the manifest says of the lineage.
func (r *run) deliveries() *publish.Deliveries {
	if !r.lineage.streams && len(r.lists()) == 0 {
		return nil
	}
	d := &publish.Deliveries{Newest: r.lineage.newest, Streams: r.streams.all(), Lists: []publish.List{}}
	if base := r.lineage.base; base != nil {
		d.Base = &publish.Previous{Date: base.Pointer.Date, RunID: base.Pointer.RunID}
	}
	for _, x := range r.spec.Extracts {
		if x.AddToList != "" {
			d.Lists = append(d.Lists, publish.List{List: x.AddToList, Table: x.table()})
		}
	}
	slices.SortFunc(d.Lists, func(a, b publish.List) int { return cmp.Compare(a.List, b.List) })
	return d
}

// settleLineage makes sure, once the date is this run's, that all is as it was found, and that it stays so until the run is published. It is
// false where it is not, and has to be looked at again.
func (r *run) settleLineage(ctx context.Context) (bool, error) {
	if r.lineage.streams {
		if err := r.publication.TakeTurn(ctx); err != nil {
			return false, err
		}
		key := r.contentKey
		if err := r.target(ctx); err != nil || key != r.contentKey {
			return false, err
		}
	}
	if r.publication.Standing() != r.lineage.attempt {
		return false, nil
	}
	if r.lineage.recorded == nil {
		return true, nil
	}
	there, err := r.recallLineage(ctx)
	if err == nil && !there {
		r.anew, r.spec.Replace = true, true // the run that stands is damaged, and cannot become what it was
	}
	return there, err
}

// damagedBase says that what a run left for this one cannot be read.
func (r *run) damagedBase(what string, from *publish.Published, err error) error {
	if !errors.Is(err, publish.ErrDamaged) && !unreadable(err) {
		return fmt.Errorf("the run published for %s: %w", from.Pointer.Date, err)
	}
	return failed(exitFailed, "the run published for %s tells %s, but %w; restore the file from a backup, or publish that date again", from.Pointer.Date, what, err)
}
