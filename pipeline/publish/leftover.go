package publish

import (
	"context"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"leadscore/pipeline/storage"
)

// attempt is what an attempt left: in staging, and its manifest.
type attempt struct {
	Leftover
	staged bool // something of it is in staging, not only its manifest
	marks  []string
}

// findAttempts lists what lies in staging, hidden files of killed writers too, and the manifests.
func (a area) findAttempts(ctx context.Context) ([]*attempt, error) {
	var found []*attempt
	add := func(date, name string, staged bool, object storage.Object) {
		if checkDate(date) != nil {
			return // not ours
		}
		i := slices.IndexFunc(found, func(f *attempt) bool { return f.Date == date && f.Attempt == name })
		if i < 0 {
			i = len(found)
			found = append(found, &attempt{Leftover: Leftover{Date: date, Attempt: name, Kind: Superseded}})
		}
		f := found[i]
		f.add(object)
		f.staged = f.staged || staged
		f.marks = append(f.marks, path.Base(object.Path))
	}
	for _, pattern := range []string{"**", "**/.*"} {
		objects, err := a.list(ctx, stagingFolder+"/"+pattern)
		if err != nil {
			return nil, err
		}
		root := a.at(stagingFolder) + "/"
		for _, object := range objects {
			names := strings.Split(strings.TrimPrefix(object.Path, root), "/")
			if len(names) > 2 {
				add(names[0], names[1], true, object)
			}
		}
	}
	for _, pattern := range []string{"/*/*.json", "/*/.*"} {
		manifests, err := a.list(ctx, runsFolder+pattern)
		if err != nil {
			return nil, err
		}
		for _, object := range manifests {
			name, _, _ := strings.Cut(strings.TrimPrefix(path.Base(object.Path), "."), ".")
			add(path.Base(path.Dir(object.Path)), name, false, object)
		}
	}
	for _, f := range found {
		if slices.Contains(f.marks, begunMark) && !slices.Contains(f.marks, supersededMark) {
			f.Kind = Unfinished
		}
	}
	return found, nil
}

// add counts an object in.
func (l *Leftover) add(object storage.Object) {
	l.Objects++
	l.Bytes += object.Size
	if object.Modified.After(l.Touched) {
		l.Touched = object.Modified
	}
}

// partPattern is the name of a part, with its number and the run id.
var partPattern = regexp.MustCompile(`^part-(?P<number>[0-9]{5,})-(?P<run>[^.]{16})\.parquet$`)

// standing is a part in its final place.
type standing struct {
	table, date, runID string
	object             storage.Object
}

// parts lists the parts in the tables' folders of a date, or with "*" of all. What is not named as a part is not ours.
func (a area) parts(ctx context.Context, date string) ([]standing, error) {
	objects, err := a.listTables(ctx, "dt="+date+"/*.parquet")
	if err != nil {
		return nil, err
	}
	var parts []standing
	for _, object := range objects {
		folder := path.Dir(object.Path)
		p := standing{table: path.Base(path.Dir(folder)), date: strings.TrimPrefix(path.Base(folder), "dt="), object: object}
		name := partPattern.FindStringSubmatch(path.Base(object.Path))
		if name == nil || !isTable(p.table) || checkDate(p.date) != nil {
			continue
		}
		p.runID = name[2]
		parts = append(parts, p)
	}
	return parts, nil
}

// orphans removes parts among the published ones that are of another run than the date's, or of a date that has none
// published. A date's pointer that was lost while LATEST still has it is damage, and nothing of it is an orphan.
func (c *cleaning) orphans(ctx context.Context) error {
	all, err := c.parts(ctx, "*")
	if err != nil {
		return err
	}
	latest, _, err := c.readPointer(ctx, c.latest())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	var problems []error
	seen := map[string]bool{}
	for _, first := range all {
		date := first.date
		if seen[date] {
			continue
		}
		seen[date] = true
		pointer, _, err := c.readPointer(ctx, c.pointer(date))
		if errors.Is(err, storage.ErrNotFound) && latest.Date != date {
			err = nil
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if !slices.ContainsFunc(all, func(p standing) bool { return p.date == date && p.runID != pointer.RunID }) {
			continue
		}
		left := Leftover{Date: date, Kind: Orphaned}
		busy, err := c.dated(ctx, date, func(storage.Lock) error { return c.removeOrphans(ctx, &left) })
		if busy {
			left.Why = "another process holds the date"
		}
		if problems = append(problems, err); left.Objects > 0 || busy {
			c.left = append(c.left, left)
		}
	}
	return errors.Join(problems...)
}

// removeOrphans looks at a date once more, under its lock, and removes its orphans when all of them are old enough.
func (c *cleaning) removeOrphans(ctx context.Context, left *Leftover) error {
	pointer, err := c.settled(ctx, left.Date)
	if err != nil {
		return err
	}
	parts, err := c.parts(ctx, left.Date)
	if err != nil {
		return err
	}
	parts = slices.DeleteFunc(parts, func(p standing) bool { return p.runID == pointer.RunID })
	for _, p := range parts {
		left.add(p.object)
	}
	left.Why = "no published run has them"
	if c.dry && pointer.Attempt != "" {
		unsettled, err := c.list(ctx, stagingName(pointer.Date, pointer.Attempt)+"/**")
		if err != nil || len(unsettled) > 0 {
			left.Why = "the date's run is not finished yet"
			return err
		}
	}
	left.Removed = len(parts) > 0 && c.old(left)
	if !left.Removed || c.dry {
		return nil
	}
	for _, p := range parts {
		if err := c.store.Delete(ctx, p.object.Path); err != nil {
			return err
		}
		if err := c.prune(ctx, c.at(tableName(p.table, p.date)), c.at(p.table)); err != nil {
			return err
		}
	}
	return nil
}
