package publish

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"leadscore/pipeline/storage"
)

// State is what is published for a date.
type State struct {
	Pointer    Pointer
	Manifest   Manifest // empty where Damage says that it cannot be read
	Latest     bool     // LATEST names it
	Unfinished bool     // published, but its tables' folders were not yet brought up to it; the next run or Clean does that
	Damage     []string // what is missing or has another size; empty: nothing that can be seen without reading the parts
}

// Survey tells what is published for every date, ascending. It lists, and reads pointers and manifests; parts it does not read.
func Survey(ctx context.Context, store storage.Store, out string) ([]State, error) {
	a := area{store: store, out: out}
	dates, err := a.dates(ctx)
	if err != nil || len(dates) == 0 {
		return nil, err
	}
	latest, _, err := a.readPointer(ctx, a.latest())
	if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, ErrDamaged) {
		return nil, err
	}
	sizes, err := a.sizes(ctx)
	if err != nil {
		return nil, err
	}
	var states []State
	for _, date := range dates {
		state := State{Pointer: Pointer{Date: date}, Latest: date == latest.Date}
		p, err := a.open(ctx, a.pointer(date))
		switch {
		case errors.Is(err, ErrNoRun): // removed meanwhile
			continue
		case errors.Is(err, ErrDamaged):
			state.Damage = []string{err.Error()}
		case err != nil:
			return nil, err
		default:
			state.Pointer, state.Manifest = p.Pointer, p.Manifest
			if state.Unfinished, err = p.Unfinished(ctx); err != nil {
				return nil, err
			}
			if state.Damage, err = p.missing(ctx, sizes); err != nil {
				return nil, err
			}
		}
		states = append(states, state)
	}
	return states, nil
}

// sizes gives the sizes of all parts in their final places, by path relative to OUT.
func (a area) sizes(ctx context.Context) (map[string]int64, error) {
	parts, err := a.parts(ctx, "*")
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	for _, p := range parts {
		sizes[path.Join(tableName(p.table, p.date), path.Base(p.object.Path))] = p.object.Size
	}
	return sizes, nil
}

// Missing names the parts that are in none of their places in their sizes.
func (p *Published) Missing(ctx context.Context) ([]string, error) { return p.missing(ctx, nil) }

// missing names the parts of a run that are in none of their places in their sizes. What the list of sizes lacks is looked
// for: it may have been moved since, or may still have to be.
func (p *Published) missing(ctx context.Context, sizes map[string]int64) ([]string, error) {
	var damage []string
	for _, output := range p.Manifest.Outputs {
		if size, ok := sizes[output.Path]; ok && size == output.Bytes {
			continue
		}
		reader, err := p.locate(ctx, output)
		if errors.Is(err, ErrDamaged) {
			damage = append(damage, err.Error())
			continue
		}
		if err == nil {
			err = reader.Close()
		}
		if err != nil {
			return nil, err
		}
	}
	return damage, nil
}

// Unfinished tells whether what follows the commit point is still to be done: readers of globs may not see the run whole.
func (p *Published) Unfinished(ctx context.Context) (bool, error) {
	left, err := p.list(ctx, stagingName(p.Pointer.Date, p.Pointer.Attempt)+"/**")
	return len(left) > 0, err
}

// Stands tells whether the run is still the one that is published for its date.
func (p *Published) Stands(ctx context.Context) (bool, error) {
	pointer, _, err := p.readPointer(ctx, p.pointer(p.Pointer.Date))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return pointer.Attempt == p.Pointer.Attempt, err
}

// Strangers gives the Parquet files in the date's folders that are none of the run's parts, and which readers of globs read all
// the same.
func (p *Published) Strangers(ctx context.Context) ([]string, error) {
	objects, err := p.listTables(ctx, "dt="+p.Pointer.Date+"/*.parquet")
	if err != nil {
		return nil, err
	}
	var strangers []string
	for _, object := range objects {
		table, name := path.Base(path.Dir(path.Dir(object.Path))), path.Base(object.Path)
		if isTable(table) && !isOneOf(p.Manifest.Outputs, table, name) {
			strangers = append(strangers, object.Address)
		}
	}
	return strangers, nil
}

// Consistent names what the run's pointer and manifest say differently about one thing, and names of parts that are not the run's.
func (p *Published) Consistent() []string {
	var faults []string
	hold := func(what, pointer, manifest string) {
		if pointer != manifest {
			faults = append(faults, fmt.Sprintf("the pointer says %s %q, the manifest %q", what, pointer, manifest))
		}
	}
	m := p.Manifest
	hold("run id", p.Pointer.RunID, m.RunID)
	hold("content key", p.Pointer.ContentKey, m.ContentKey)
	hold("date", p.Pointer.Date, m.Date)
	hold("attempt", p.Pointer.Attempt, m.Attempt)
	var names []string
	for _, output := range m.Outputs {
		name := partPattern.FindStringSubmatch(path.Base(output.Path))
		if path.Dir(output.Path) != tableName(output.Table, m.Date) || name == nil || name[2] != m.RunID {
			faults = append(faults, fmt.Sprintf("the manifest names %s, which is no part of %s in run %s of %s", output.Path, output.Table, m.RunID, m.Date))
		}
		if slices.Contains(names, output.Path) {
			faults = append(faults, fmt.Sprintf("the manifest names %s twice", output.Path))
		}
		names = append(names, output.Path)
	}
	return faults
}

// Part gives the number of a part. Parts of the same number, of whatever tables, hold the rows of the same contacts.
func (o Output) Part() (int, bool) {
	name := partPattern.FindStringSubmatch(path.Base(o.Path))
	if name == nil {
		return 0, false
	}
	n, err := strconv.Atoi(name[1])
	return n, err == nil
}
