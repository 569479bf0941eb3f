// Package storage is the one small interface behind which a local disk and object stores stand.
//
//	address ──Open──▶ Store + path
//
//	List(glob) ─▶ []Object           what is there, each pinned: size, version, checksum
//	Pin(path)  ─▶ Object ──Open──▶ Reader    ranged reads of exactly that object, or ErrChanged
//	Create(path) ─▶ Writer ──Finish──▶ Object    create-only: appears whole, or not at all
//	Read(path) ─▶ bytes + Version ──Swap──▶ Version    small objects that point at others, replaced by compare-and-swap
//
// Objects are immutable once finished: there is no append and no overwrite, except for the small objects that Swap
// replaces. Everything that a commit protocol needs rests on two promises that every driver keeps: of many that
// create one path exactly one wins, and of many that swap on one version exactly one wins.
//
// What a store can do beyond that (rename folders, lock) is in optional interfaces: Folders and Locker.
//
// Every error is an *Error that names the address, and callers act on its Kind (errors.Is(err, storage.ErrNotFound)),
// never on its text. storage knows nothing of Parquet beyond where a footer lies, and storagetest holds the suite
// that every driver passes.
package storage

import (
	"context"
	"io"
	"time"
)

// Store is a place that holds objects under slash-separated paths. All methods may be called from many goroutines at
// once, and from many processes on the same place. A context that ends makes the operation fail with ErrUnavailable
// or the context's own error; both wrap context.Cause.
//
// An error means that the operation did not happen, with one exception: writing operations (Writer.Finish, Swap, Copy,
// Delete) that fail with any other kind than ErrAlreadyExists, ErrPrecondition, ErrNotFound, ErrPermission, ErrInvalid
// or ErrUnsupported may have taken effect nevertheless, as a lost answer looks like a lost request. The caller reads
// back and compares. Drivers retry what may be repeated; they never repeat a write whose first outcome is unknown
// without its precondition.
type Store interface {
	// String names the store for messages, without credentials.
	String() string

	// Address gives the full address of a path, for messages and manifests, without credentials.
	Address(path string) string

	// List gives the objects whose path matches the glob, sorted by path in byte order, each pinned. See Match for
	// the language. A path without wildcards names one object. Nothing found is ErrNoMatch (naming the glob), or
	// ErrNotFound where there are no wildcards. A folder that may not be read is an error, never a shorter list.
	List(ctx context.Context, glob string) ([]Object, error)

	// Pin looks at one object: ErrNotFound when there is none.
	Pin(ctx context.Context, path string) (Object, error)

	// Open reads the object as it was pinned: ErrChanged when another stands at its path or none at all. The context
	// bounds all reads of the Reader.
	Open(ctx context.Context, object Object) (Reader, error)

	// Create starts an object that appears under its path, whole, at Finish, unless one stands there already.
	// Missing folders are made. The context bounds the whole life of the Writer.
	Create(ctx context.Context, path string) (Writer, error)

	// Read gives a small object whole and the version to Swap it on. More than limit bytes is ErrInvalid. A reader
	// sees one state of the object, never a mixture, however many are swapping it.
	Read(ctx context.Context, path string, limit int64) ([]byte, Version, error)

	// Swap replaces a small object when it stands at the version that was read, and gives the new version; the
	// version None demands that there is no object. ErrPrecondition otherwise. Missing folders are made. Of many
	// that swap on the same version exactly one succeeds.
	Swap(ctx context.Context, path string, data []byte, old Version) (Version, error)

	// Copy makes a second object of the same bytes, create-only like Create: ErrAlreadyExists when the target stands
	// (also when it is an earlier copy of the same), ErrNotFound when the source does not.
	Copy(ctx context.Context, from, to string) error

	// Delete removes an object. One that is not there is no error, so a Delete may be repeated.
	Delete(ctx context.Context, path string) error

	// Exists tells whether an object stands under the path.
	Exists(ctx context.Context, path string) (bool, error)
}

// Version names one state of a small object that Swap replaces. Only equality means anything, and only between
// versions of one path that Read and Swap gave; it is not the Version of an Object.
type Version string

// None is the version of an object that does not exist.
const None Version = ""

// Object is a pinned object: what it was when it was looked at.
type Object struct {
	Path     string    // within its store
	Address  string    // full, for messages and manifests, without credentials
	Size     int64     // bytes
	Version  string    // generation, ETag or modification time: changes whenever the object is replaced
	Modified time.Time // by the store's clock
	Checksum string    // "crc32c:9a71bb4c", "md5:…", "footer:…"; empty where the store keeps none and the caller took none
}

// Reader reads ranges of a pinned object. ReadAt follows io.ReaderAt (many goroutines at once; short only with an
// error; io.EOF at the end) and fails with ErrChanged, not with a mixture of bytes, when the object was replaced or
// vanished since it was pinned. Close may be called once, after all reads.
type Reader interface {
	io.ReaderAt
	io.Closer
	Size() int64
	Object() Object
}

// Writer writes one object front to back, from one goroutine at a time. Exactly one of Finish and Abort ends it; Abort
// after Finish does nothing, so it may be deferred. There is no Close: nothing is published but by Finish.
type Writer interface {
	io.Writer

	// Finish makes the object durable and visible. ErrAlreadyExists when another stands under the path; that one is
	// left as it is. After an error nothing remains but, where the outcome is unknown, the whole object.
	Finish() (Object, error)

	// Abort throws away what was written.
	Abort() error
}
