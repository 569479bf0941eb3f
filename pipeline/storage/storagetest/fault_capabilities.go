package storagetest

import (
	"context"

	"leadscore/pipeline/storage"
)

// folders gives the store's own folders, where it has any and they are not hidden.
func (f *Faulty) folders(op, path string) (storage.Folders, error) {
	folders, ok := f.Store.(storage.Folders)
	if !ok || f.HideFolders {
		return nil, &storage.Error{Op: op, Address: f.Address(path), Kind: storage.ErrUnsupported}
	}
	return folders, nil
}

// MakeFolder implements storage.Folders.
func (f *Faulty) MakeFolder(ctx context.Context, path string) (bool, error) {
	folders, err := f.folders("MakeFolder", path)
	if err != nil {
		return false, err
	}
	return give(ctx, f, "MakeFolder", path, func() (bool, error) { return folders.MakeFolder(ctx, path) })
}

// ExchangeFolders implements storage.Folders.
func (f *Faulty) ExchangeFolders(ctx context.Context, a, b string) error {
	folders, err := f.folders("ExchangeFolders", b)
	if err == nil && f.HideExchange {
		err = &storage.Error{Op: "ExchangeFolders", Address: f.Address(b), Kind: storage.ErrUnsupported}
	}
	if err != nil {
		return err
	}
	return f.do(ctx, "ExchangeFolders", b, func() error { return folders.ExchangeFolders(ctx, a, b) })
}

// MoveFolder implements storage.Folders.
func (f *Faulty) MoveFolder(ctx context.Context, from, to string) error {
	folders, err := f.folders("MoveFolder", to)
	if err != nil {
		return err
	}
	return f.do(ctx, "MoveFolder", to, func() error { return folders.MoveFolder(ctx, from, to) })
}

// RemoveFolder implements storage.Folders.
func (f *Faulty) RemoveFolder(ctx context.Context, path string) error {
	folders, err := f.folders("RemoveFolder", path)
	if err != nil {
		return err
	}
	return f.do(ctx, "RemoveFolder", path, func() error { return folders.RemoveFolder(ctx, path) })
}

// PruneFolder implements storage.Folders.
func (f *Faulty) PruneFolder(ctx context.Context, path string) error {
	folders, err := f.folders("PruneFolder", path)
	if err != nil {
		return err
	}
	return f.do(ctx, "PruneFolder", path, func() error { return folders.PruneFolder(ctx, path) })
}

// TryLock implements storage.Locker.
func (f *Faulty) TryLock(ctx context.Context, path, note string) (storage.Lock, error) {
	locker, ok := f.Store.(storage.Locker)
	if !ok || f.HideLocks {
		return nil, &storage.Error{Op: "TryLock", Address: f.Address(path), Kind: storage.ErrUnsupported}
	}
	return give(ctx, f, "TryLock", path, func() (storage.Lock, error) {
		lock, err := locker.TryLock(ctx, path, note)
		if err != nil {
			return nil, err
		}
		f.mu.Lock()
		f.locks = append(f.locks, lock)
		f.mu.Unlock()
		return &faultyLock{Lock: lock, f: f, path: path}, nil
	})
}

type faultyLock struct {
	storage.Lock
	f    *Faulty
	path string
}

func (l *faultyLock) Unlock() error {
	return l.f.do(context.Background(), "Unlock", l.path, l.Lock.Unlock)
}
