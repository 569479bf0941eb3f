package publish

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"leadscore/pipeline/storage"
)

// Ready tells whether the tables could be published: that LATEST can be read, that the output folder, the folder of each
// table and those of the date that will be replaced are folders which can be written to, and, of a store without folders,
// that it keeps the conditions of writes. Commit asks it right before the commit point; asking it right after Begin as well
// saves the work of a run that could not be published. It may be repeated, from one goroutine at a time.
//
// The error names what is in the way and keeps its storage kind. Abort removes what it then leaves.
func (p *Publication) Ready(ctx context.Context, tables ...string) error {
	if err := p.ready(ctx, tables); err != nil {
		return fmt.Errorf("publish to %s: %w", p.address(), err)
	}
	return nil
}

func (p *Publication) ready(ctx context.Context, tables []string) error {
	if err := p.latestReady(ctx); err != nil {
		return err
	}
	// Tables that the run does not have leave the globs' sight, so their folders count too.
	replaced, err := p.files(ctx, p.date)
	if err != nil {
		return p.noPlace(p.out, err)
	}
	tables = slices.Clone(tables)
	for _, f := range replaced {
		tables = append(tables, f.table)
	}
	slices.Sort(tables)
	tables = slices.Compact(tables)

	if p.probing { // and failed
		if err := p.recall(ctx, p.date, p.attempt); err != nil {
			return err
		}
	}
	// Making a folder that stands tells whether this store has folders.
	if folders, ok := p.store.(storage.Folders); ok {
		_, err := folders.MakeFolder(ctx, p.out)
		if err == nil {
			return p.probeFolders(ctx, folders, tables)
		}
		if !errors.Is(err, storage.ErrUnsupported) {
			return p.noPlace(p.out, err)
		}
	}
	return p.probeObjects(ctx, tables)
}

// latestReady reads all that decides where LATEST goes. What cannot be read now would stop settling.
func (p *Publication) latestReady(ctx context.Context) error {
	if _, _, err := p.readPointer(ctx, p.latest()); err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	dates, err := p.dates(ctx)
	if err != nil || len(dates) == 0 || dates[len(dates)-1] <= p.date {
		return err
	}
	_, _, err = p.readPointer(ctx, p.pointer(dates[len(dates)-1]))
	return err
}

// probeName is the hidden name under which an attempt tries where it may write.
func probeName(attempt string) string { return "." + attempt + ".probe" }

// probeFolders moves one hidden folder from staging through all folders that settling will change, and back: the very
// operation that settling is made of, so that whatever would refuse it (a file in the way, permissions, a disk of its own)
// refuses it now. Moves leave no traces, and a process that is killed leaves that one folder, which recall finds.
func (p *Publication) probeFolders(ctx context.Context, folders storage.Folders, tables []string) error {
	home := p.at(stagingName(p.date, p.attempt), probeName(p.attempt))
	// Something has to be in it, as others prune empty folders.
	if err := p.writeOnce(ctx, storage.Join(home, "probe"), []byte("tries where this run may write\n")); err != nil {
		return err
	}
	p.probing = true
	at := home
	var mine []string // folders that the probe made
	visit := func(folder string) error {
		made, err := folders.MakeFolder(ctx, folder)
		if made && err == nil {
			mine = append(mine, folder)
		}
		to := storage.Join(folder, probeName(p.attempt))
		if err == nil {
			err = folders.MoveFolder(ctx, at, to)
		}
		if err != nil {
			return p.noPlace(folder, err)
		}
		at = to
		return nil
	}
	// Folders that settling makes itself count only when something stands there.
	visitStanding := func(folder string) error {
		_, err := p.store.Pin(ctx, folder)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		return visit(folder) // which fails for all that is no folder
	}
	if err := visit(p.out); err != nil {
		return err
	}
	if p.standing != nil {
		if err := visitStanding(p.at(stagingName(p.date, p.standing.Attempt))); err != nil {
			return err
		}
	}
	for _, table := range tables {
		root := rootOf(table)
		if !slices.Contains(p.visited, p.at(root)) {
			p.visited = append(p.visited, p.at(root))
		}
		if root != table {
			if err := visit(p.at(root)); err != nil {
				return err
			}
		}
		if err := visit(p.at(table)); err != nil {
			return err
		}
		if err := visitStanding(p.at(tableName(table, p.date))); err != nil {
			return err
		}
	}
	if err := folders.MoveFolder(ctx, at, home); err != nil {
		return err
	}
	// Nobody sees tables before they are published, not even as empty folders.
	if err := p.prune(ctx, mine...); err != nil {
		return err
	}
	p.probing = false
	return nil
}

// probeObjects writes and deletes a hidden object beside the tables' parts and beside LATEST.
func (p *Publication) probeObjects(ctx context.Context, tables []string) error {
	if !p.conditional {
		if err := p.conditions(ctx); err != nil {
			return err
		}
		p.conditional = true
	}
	p.probing = true
	places := []string{p.out}
	for _, table := range tables {
		places = append(places, p.at(tableName(table, p.date)))
	}
	for _, place := range places {
		probe := storage.Join(place, probeName(p.attempt))
		err := p.writeOnce(ctx, probe, []byte("tries where this run may write\n"))
		if err == nil {
			err = p.store.Delete(ctx, probe)
		}
		if err != nil {
			return p.noPlace(place, err)
		}
	}
	p.probing = false
	return nil
}

// noPlace says what a place that refuses what is to be put there means, and what it has to be.
func (p *Publication) noPlace(place string, err error) error {
	fix := ""
	switch storage.KindOf(err) {
	case storage.ErrPermission:
		fix = "; this run has to read and write it"
	case storage.ErrInvalid, storage.ErrNotFound, storage.ErrAlreadyExists:
		fix = "; it has to be a folder on the disk of " + p.address() + ": move away what stands there, or choose another output folder"
	}
	return fmt.Errorf("nothing is published, as nothing can be put into %s: %w%s", p.store.Address(place), err, fix)
}

// recall brings back what an attempt that ended in the middle of probing left, into its staging folder. The folder of
// a date that was exchanged meanwhile took the probe along into staging, where it goes with the rest.
func (a area) recall(ctx context.Context, date, attempt string) error {
	name := probeName(attempt)
	home := a.at(stagingName(date, attempt), name)
	places := []string{""}
	for _, folder := range tableFolders {
		places = append(places, folder+"/", folder+"/dt="+date+"/")
	}
	for _, folder := range places {
		inside, err := a.list(ctx, folder+storage.EscapeGlob(name)+"/*")
		if err != nil {
			return err
		}
		for _, object := range inside {
			folders, ok := a.store.(storage.Folders)
			if !ok {
				continue // an object of that name is not ours
			}
			if err := folders.MoveFolder(ctx, path.Dir(object.Path), home); err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		// Also the unfinished object of a killed writer.
		objects, err := a.list(ctx, folder+".*")
		if err != nil {
			return err
		}
		for _, object := range objects {
			if !strings.Contains(path.Base(object.Path), name) {
				continue
			}
			if err := a.store.Delete(ctx, object.Path); err != nil {
				return err
			}
		}
	}
	return nil
}
