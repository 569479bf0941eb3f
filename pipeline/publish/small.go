package publish

import (
	"bytes"
	"context"
	"errors"

	"leadscore/pipeline/storage"
)

// readPointer reads a date's pointer or LATEST.
func (a area) readPointer(ctx context.Context, path string) (Pointer, storage.Version, error) {
	data, version, err := a.store.Read(ctx, path, pointerLimit)
	if err != nil {
		return Pointer{}, storage.None, err
	}
	pointer, err := decodePointer(a.store.Address(path), data)
	return pointer, version, err
}

// readManifest reads the manifest that a pointer names. A published run without one is damaged.
func (a area) readManifest(ctx context.Context, pointer Pointer) (Manifest, error) {
	path := a.at(pointer.Manifest)
	data, _, err := a.store.Read(ctx, path, manifestLimit)
	if errors.Is(err, storage.ErrNotFound) {
		return Manifest{}, errors.Join(ErrDamaged, err)
	}
	if err != nil {
		return Manifest{}, err
	}
	return decodeManifest(a.store.Address(path), data)
}

// writeOnce writes a small object create-only. When the answer is lost, or another stands there, it reads back: the
// same bytes are as good.
func (a area) writeOnce(ctx context.Context, path string, data []byte) error {
	err := a.create(ctx, path, data)
	if err == nil || !storage.OutcomeUnknown(err) && !errors.Is(err, storage.ErrAlreadyExists) {
		return err
	}
	standing, _, readErr := a.store.Read(ctx, path, int64(len(data))+1)
	if readErr == nil && bytes.Equal(standing, data) {
		return nil
	}
	return doubting(err, readErr)
}

// doubting adds to the error of a write why it could not be read back, which is then what matters: it may have taken effect. That
// nothing stands there is no doubt.
func doubting(err error, reading ...error) error {
	for _, r := range reading {
		if r != nil && !errors.Is(r, storage.ErrNotFound) {
			err = errors.Join(err, r)
		}
	}
	return err
}

func (a area) create(ctx context.Context, path string, data []byte) error {
	w, err := a.store.Create(ctx, path)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return errors.Join(err, w.Abort())
	}
	_, err = w.Finish()
	return err
}

// writeMark puts a note into an attempt's staging folder. One that stands already stays: its age counts.
func (a area) writeMark(ctx context.Context, date, attempt, name string, note any) error {
	data, err := encode(note)
	if err != nil {
		return err
	}
	err = a.writeOnce(ctx, a.at(stagingName(date, attempt), name), data)
	if errors.Is(err, storage.ErrAlreadyExists) {
		return nil
	}
	return err
}

// list lists below the output folder; nothing there is no error.
func (a area) list(ctx context.Context, pattern string) ([]storage.Object, error) {
	objects, err := a.store.List(ctx, a.glob(pattern))
	if errors.Is(err, storage.ErrNoMatch) {
		return nil, nil
	}
	return objects, err
}

// makeFolder makes the output folder in a store that has folders, and tells whether it was missing.
func (a area) makeFolder(ctx context.Context, path string) (bool, error) {
	folders, ok := a.store.(storage.Folders)
	if !ok {
		return false, nil
	}
	made, err := folders.MakeFolder(ctx, path)
	if errors.Is(err, storage.ErrUnsupported) {
		return false, nil
	}
	return made, err
}

// removeTree removes everything below a path, given without wildcards.
func (a area) removeTree(ctx context.Context, path string) error {
	if folders, ok := a.store.(storage.Folders); ok {
		if err := folders.RemoveFolder(ctx, path); !errors.Is(err, storage.ErrUnsupported) {
			return err
		}
	}
	objects, err := a.store.List(ctx, storage.EscapeGlob(path)+"/**")
	if err != nil && !errors.Is(err, storage.ErrNoMatch) {
		return err
	}
	for _, object := range objects {
		if err := a.store.Delete(ctx, object.Path); err != nil {
			return err
		}
	}
	return nil
}

// prune removes the folders at and below the paths that are empty.
func (a area) prune(ctx context.Context, paths ...string) error {
	folders, ok := a.store.(storage.Folders)
	if !ok {
		return nil
	}
	for _, path := range paths {
		if err := folders.PruneFolder(ctx, path); err != nil && !errors.Is(err, storage.ErrUnsupported) {
			return err
		}
	}
	return nil
}
