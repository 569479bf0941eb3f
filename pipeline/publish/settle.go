package publish

import (
	"context"
	"errors"
	"path"
	"slices"
	"time"

	"leadscore/pipeline/storage"
)

// settle brings everything else up to a date's pointer: LATEST, the tables' folders, the parts of the run that it
// replaced. The date's lock is held. Every step looks before it acts, so settling may be repeated after a crash at
// any point, and settling what is settled changes nothing.
func (a area) settle(ctx context.Context, pointer Pointer) error {
	if err := a.advanceLatest(ctx); err != nil {
		return err
	}
	manifest, err := a.readManifest(ctx, pointer)
	if err != nil {
		return err
	}
	tables := tablesOf(manifest.Outputs)
	for _, table := range tables {
		if err := a.settleTable(ctx, pointer, table, outputsOf(manifest, table)); err != nil {
			return err
		}
	}
	if err := a.hideOthers(ctx, pointer, manifest, tables); err != nil {
		return err
	}
	if err := a.markSuperseded(ctx, pointer); err != nil {
		return err
	}
	// All parts are in their places; what is left is this attempt's mark, which says that it was not settled.
	if err := a.removeTree(ctx, a.at(stagingName(pointer.Date, pointer.Attempt))); err != nil {
		return err
	}
	return a.prune(ctx, a.at(stagingFolder))
}

// tablesOf gives the tables of outputs, in their order.
func tablesOf(outputs []Output) []string {
	tables := []string{}
	for _, output := range outputs {
		if !slices.Contains(tables, output.Table) {
			tables = append(tables, output.Table)
		}
	}
	return tables
}

func outputsOf(m Manifest, table string) []Output {
	return slices.DeleteFunc(slices.Clone(m.Outputs), func(o Output) bool { return o.Table != table })
}

func (a area) final(output Output) string { return a.at(output.Path) }

func (a area) staged(date, attempt string, output Output) string {
	return a.at(stagingName(date, attempt), stagedTable(output.Table), path.Base(output.Path))
}

// away is the staging folder for what stands in the place of a run's parts.
func away(pointer Pointer) string {
	if pointer.Replaces != "" {
		return stagingName(pointer.Date, pointer.Replaces)
	}
	return stagingName(pointer.Date, "found-by-"+pointer.Attempt)
}

// present tells whether all parts stand at the places that at gives, in their sizes.
func (a area) present(ctx context.Context, outputs []Output, at func(Output) string) (bool, error) {
	for _, output := range outputs {
		object, err := a.store.Pin(ctx, at(output))
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if object.Size != output.Bytes {
			return false, nil
		}
	}
	return true, nil
}

// settleTable brings a table's parts to their final places.
func (a area) settleTable(ctx context.Context, pointer Pointer, table string, outputs []Output) error {
	places := a.places(pointer)
	var has [3]bool // of the places: staging, final, away
	for i, place := range places {
		var err error
		if has[i], err = a.present(ctx, outputs, place); err != nil {
			return err
		}
	}
	if has[1] && has[0] {
		// Both hold parts of these names and sizes: the run was published before, and again since it was damaged. The
		// right bytes decide.
		for _, output := range outputs {
			if err := a.verify(ctx, a.final(output), output); errors.Is(err, ErrDamaged) {
				has[1] = false
			} else if err != nil {
				return err
			}
		}
	}
	staged, final, old := a.at(stagingName(pointer.Date, pointer.Attempt), stagedTable(table)), a.at(tableName(table, pointer.Date)), a.at(away(pointer), stagedTable(table))
	switch {
	case has[1]:
	case has[2] || has[0]:
		err := a.swapFolders(ctx, staged, final, old, has[2])
		if errors.Is(err, storage.ErrUnsupported) {
			files, err := a.filesOf(ctx, table, pointer.Date)
			if err != nil {
				return err
			}
			if err := a.hideStrangers(ctx, pointer, files, outputs); err != nil {
				return err
			}
			return a.copyParts(ctx, outputs, places[0])
		}
		if err != nil {
			return err
		}
	default:
		// A swap of parts, not folders, that was cut short leaves some here and some there.
		return a.copyParts(ctx, outputs, places[0])
	}
	// Where old was taken, what stood in the place before is in staging now. Parts of the run's own names are copies,
	// which go with the rest of its staging.
	left, err := a.list(ctx, stagingName(pointer.Date, pointer.Attempt)+"/"+stagedTable(table)+"/*")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(left, func(o storage.Object) bool { return !isOneOf(outputs, table, path.Base(o.Path)) }) {
		return nil
	}
	return a.moveAway(ctx, staged, old)
}

// places are where a run's parts can be, in the order in which a reader looks. In the order of their lives: in staging,
// for a moment away where the parts that they replace will be, in the final place, and once superseded in staging
// again. The detour keeps the replaced run's parts in one of two places at every moment, for those who are reading it.
// Staging comes first as nothing but this attempt's parts are there, while the final place may hold parts of the
// same names when the same work was published again.
func (a area) places(pointer Pointer) [3]func(Output) string {
	return [3]func(Output) string{
		func(o Output) string { return a.staged(pointer.Date, pointer.Attempt, o) },
		a.final,
		func(o Output) string { return a.at(away(pointer), stagedTable(o.Table), path.Base(o.Path)) },
	}
}

func isOneOf(outputs []Output, table, name string) bool {
	return slices.ContainsFunc(outputs, func(o Output) bool { return o.Table == table && path.Base(o.Path) == name })
}

// hideOthers takes out of the globs' sight what the date's folders hold beside the run's parts: tables that it does
// not have, and parts that a swap of parts left.
func (a area) hideOthers(ctx context.Context, pointer Pointer, manifest Manifest, tables []string) error {
	files, err := a.files(ctx, pointer.Date)
	if err != nil {
		return err
	}
	var gone []string
	for _, f := range files {
		table := f.table
		if slices.Contains(tables, table) || slices.Contains(gone, table) {
			continue
		}
		gone = append(gone, table)
		err := a.moveAway(ctx, a.at(tableName(table, pointer.Date)), a.at(away(pointer), stagedTable(table)))
		if err == nil {
			err = a.prune(ctx, a.at(rootOf(table)))
		}
		if err != nil && !errors.Is(err, storage.ErrUnsupported) {
			return err
		}
	}
	if files, err = a.files(ctx, pointer.Date); err != nil { // that are left
		return err
	}
	return a.hideStrangers(ctx, pointer, files, manifest.Outputs)
}

// hideStrangers moves those of the files, one by one, that stand in the date's folders and are none of these outputs.
func (a area) hideStrangers(ctx context.Context, pointer Pointer, files []file, outputs []Output) error {
	for _, f := range files {
		if isOneOf(outputs, f.table, f.name) {
			continue
		}
		object := f.object
		err := a.copyOnce(ctx, object.Path, a.at(away(pointer), stagedTable(f.table), f.name))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if err := a.store.Delete(ctx, object.Path); err != nil {
			return err
		}
	}
	return nil
}

// markSuperseded notes when what stood in the parts' places left the globs' sight: its grace period begins. Nothing
// moved away, or nothing left of it after a clean-up, needs no mark.
func (a area) markSuperseded(ctx context.Context, pointer Pointer) error {
	moved, err := a.list(ctx, away(pointer)+"/**")
	if err != nil || len(moved) == 0 {
		return err
	}
	return a.writeMark(ctx, pointer.Date, path.Base(away(pointer)), supersededMark,
		map[string]any{"superseded_by": pointer.Attempt, "superseded_at": time.Now().UTC()})
}
