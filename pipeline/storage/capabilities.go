package storage

import "context"

// Folders is what a store with real folders offers beyond Store. Each operation is one step: it happened or it did
// not, for every onlooker. A decorator that wraps a store without folders answers ErrUnsupported.
type Folders interface {
	// MakeFolder makes the folder and those above it, and tells whether it was missing.
	MakeFolder(ctx context.Context, path string) (made bool, err error)

	// ExchangeFolders swaps two folders in one step: whoever looks sees one or the other, whole. ErrNotFound when
	// either is missing, ErrUnsupported where the file system cannot do it.
	ExchangeFolders(ctx context.Context, a, b string) error

	// MoveFolder renames a folder; folders above the target are made. ErrNotFound when there is no source,
	// ErrAlreadyExists when the target stands (an empty target folder may be replaced).
	MoveFolder(ctx context.Context, from, to string) error

	// RemoveFolder removes a folder with all that is in it, hidden files too. A missing one is no error.
	RemoveFolder(ctx context.Context, path string) error

	// PruneFolder removes the folders below a path, and the path's own, that hold nothing but such folders. That there
	// is none is no error, and a link to a folder stays. It is safe beside others who write: they make again what they need.
	PruneFolder(ctx context.Context, path string) error
}

// Distant tells whether a read of the store costs a journey, so that it pays to ask for more at once, and before it is needed.
func Distant(store Store) bool {
	d, ok := store.(interface{ Distant() bool })
	return ok && d.Distant()
}

// Locker is a store that can lock on its own, so that a lock ends with the process that holds it, however it ends.
type Locker interface {
	// TryLock takes the lock or fails with ErrBusy, naming the holder by the note that it left. It never waits.
	TryLock(ctx context.Context, path, note string) (Lock, error)
}

// Lock is held until Unlock or the end of the process (or, for a lease, until it runs out).
type Lock interface {
	// Valid tells whether the lock is still held. A flock is until Unlock; a lease is when it was renewed in time.
	Valid() bool

	// EndsWithProcess tells whether only Unlock or the end of its process ends the hold, so that whoever gets the lock
	// next knows that its last holder does nothing more. It is true of a flock, not of a lease.
	EndsWithProcess() bool

	// Unlock gives the lock back. May be repeated.
	Unlock() error
}
