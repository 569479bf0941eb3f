package publish

import (
	"context"
	"errors"
	"fmt"

	"leadscore/pipeline/storage"
)

// swapFolders puts the folder staged in the place final, and what stood there into the folder old. Where the store can
// exchange folders it goes by way of old (half tells that it is there already), so that the exchange puts both
// where they belong in one step; else there is a moment without final.
func (a area) swapFolders(ctx context.Context, staged, final, old string, half bool) error {
	folders, ok := a.store.(storage.Folders)
	if !ok {
		return storage.ErrUnsupported
	}
	from := old
	if !half {
		switch err := folders.MoveFolder(ctx, staged, old); {
		case errors.Is(err, storage.ErrAlreadyExists):
			from = staged // something of a broken swap is in the way, and stays there
		case err != nil:
			return err
		}
	}
	err := folders.ExchangeFolders(ctx, from, final)
	if errors.Is(err, storage.ErrNotFound) { // the first run of the date, or a new table
		return folders.MoveFolder(ctx, from, final)
	}
	if !errors.Is(err, storage.ErrUnsupported) {
		return err
	}
	if from == old {
		if err := folders.MoveFolder(ctx, old, staged); err != nil {
			return err
		}
	}
	if err := a.moveAway(ctx, final, old); err != nil {
		return err
	}
	return folders.MoveFolder(ctx, staged, final)
}

// moveAway moves a folder of superseded parts, when there is one, to where no glob sees it. Should something of an
// earlier, broken attempt lie there already, a new name is found.
func (a area) moveAway(ctx context.Context, from, to string) error {
	folders, ok := a.store.(storage.Folders)
	if !ok {
		return storage.ErrUnsupported
	}
	for try := range 100 {
		target := to
		if try > 0 {
			target = fmt.Sprintf("%s-%d", to, try)
		}
		err := folders.MoveFolder(ctx, from, target)
		if err == nil || errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if !errors.Is(err, storage.ErrAlreadyExists) {
			return err
		}
	}
	return fmt.Errorf("move %s away: 100 folders stand in the way at %s", a.store.Address(from), a.store.Address(to))
}

// copyParts brings parts to their places one by one, in a store without folders.
func (a area) copyParts(ctx context.Context, outputs []Output, staged func(Output) string) error {
	for _, output := range outputs {
		one := []Output{output}
		if done, err := a.present(ctx, one, a.final); err != nil {
			return err
		} else if done {
			continue
		}
		if found, err := a.present(ctx, one, staged); err != nil {
			return err
		} else if !found {
			return fmt.Errorf("%w: part %s is gone", ErrDamaged, a.store.Address(a.final(output)))
		}
		// What stands there now has another size than the run published: a damaged part.
		if err := a.store.Delete(ctx, a.final(output)); err != nil {
			return err
		}
		if err := a.copyOnce(ctx, staged(output), a.final(output)); err != nil {
			return err
		}
	}
	return nil
}

// copyOnce copies; an equal copy that stands already is as good.
func (a area) copyOnce(ctx context.Context, from, to string) error {
	err := a.store.Copy(ctx, from, to)
	if err == nil || errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if !storage.OutcomeUnknown(err) && !errors.Is(err, storage.ErrAlreadyExists) {
		return err
	}
	source, sourceErr := a.store.Pin(ctx, from)
	target, targetErr := a.store.Pin(ctx, to)
	if sourceErr == nil && targetErr == nil && source.Size == target.Size {
		return nil
	}
	return doubting(err, sourceErr, targetErr)
}
