package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// MakeFolder makes a folder.
func (l Local) MakeFolder(ctx context.Context, p string) (bool, error) {
	if err := l.ended(ctx, "make folder", p); err != nil {
		return false, err
	}
	info, err := os.Stat(osPath(p))
	if err == nil && info.IsDir() {
		return false, nil
	}
	return true, l.fail("make folder", p, makeFolders(osPath(p)))
}

// ExchangeFolders swaps two folders.
func (l Local) ExchangeFolders(ctx context.Context, a, b string) error {
	if err := l.ended(ctx, "exchange", a); err != nil {
		return err
	}
	for _, p := range []string{a, b} {
		if _, err := os.Stat(osPath(p)); err != nil {
			return l.fail("exchange", p, err)
		}
	}
	if err := exchange(osPath(a), osPath(b)); err != nil {
		if unsupported(err) {
			return &Error{Op: "exchange", Address: l.Address(b), Kind: ErrUnsupported, Err: err}
		}
		return l.fail("exchange", b, err)
	}
	return l.syncFoldersOf("exchange", a, b)
}

// MoveFolder renames a folder.
func (l Local) MoveFolder(ctx context.Context, from, to string) error {
	if err := l.ended(ctx, "move", from); err != nil {
		return err
	}
	if _, err := os.Stat(osPath(from)); err != nil {
		return l.fail("move", from, err)
	}
	err := inFolder(filepath.Dir(osPath(to)), func() error { return os.Rename(osPath(from), osPath(to)) })
	if err != nil {
		if isNotEmpty(err) {
			return &Error{Op: "move", Address: l.Address(to), Kind: ErrAlreadyExists, Err: err}
		}
		return l.fail("move", to, err)
	}
	return l.syncFoldersOf("move", from, to)
}

func (l Local) syncFoldersOf(op string, paths ...string) error {
	for _, p := range paths {
		if err := syncFolder(filepath.Dir(osPath(p))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return l.fail(op, p, err)
		}
	}
	return nil
}

// RemoveFolder removes a folder and all in it.
func (l Local) RemoveFolder(ctx context.Context, p string) error {
	if err := l.ended(ctx, "remove", p); err != nil {
		return err
	}
	return l.fail("remove", p, os.RemoveAll(osPath(p)))
}

// PruneFolder removes empty folders, innermost first.
func (l Local) PruneFolder(ctx context.Context, p string) error {
	if err := l.ended(ctx, "remove", p); err != nil {
		return err
	}
	return l.fail("remove", p, prune(osPath(p)))
}

func prune(dir string) error {
	entries, err := os.ReadDir(dir)
	if kindOfOS(err) == ErrNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := prune(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	// A link to a folder would go whatever the folder holds.
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		return nil
	}
	// Whoever has put something into it in the meantime keeps it.
	err = os.Remove(dir)
	if errors.Is(err, fs.ErrNotExist) || isNotEmpty(err) {
		return nil
	}
	return err
}
