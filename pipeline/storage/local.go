package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Local is the store of the local disk, and of whatever is mounted there. Paths are those of the operating system,
// written with slashes, absolute or relative to the working directory.
//
// Files are made with the user's umask (0666 & ^umask, folders 0777 & ^umask). An unfinished object is a hidden file
// ".<name>.<random>.tmp" beside its place; a process that is killed leaves it, in a folder that its owner clears.
// Locks are "<file>" under flock and vanish with their last holder.
type Local struct{}

// NewLocal gives the store of the local disk.
func NewLocal() Local { return Local{} }

// String names the store.
func (Local) String() string { return "local disk" }

// Address gives the path as the operating system writes it.
func (Local) Address(p string) string { return filepath.FromSlash(p) }

// localPath cleans a path as people write it.
func localPath(p string) string { return filepath.ToSlash(filepath.Clean(p)) }

// osPath gives the path for the operating system.
func osPath(p string) string {
	if p == "" {
		return "."
	}
	return filepath.FromSlash(p)
}

// fail wraps an error of the operating system.
func (l Local) fail(op, p string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	// The operating system's error repeats operation and path; ours says them once.
	cause := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		cause = e.Err
	} else if e, ok := errors.AsType[*os.LinkError](err); ok {
		cause = e.Err
	}
	return &Error{Op: op, Address: l.Address(p), Kind: kindOfOS(err), Err: cause}
}

// ended gives the error of a context that has ended.
func (l Local) ended(ctx context.Context, op, p string) error {
	if ctx.Err() == nil {
		return nil
	}
	return &Error{Op: op, Address: l.Address(p), Kind: ErrUnavailable, Err: fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))}
}

// Pin looks at one file.
func (l Local) Pin(ctx context.Context, p string) (Object, error) {
	if err := l.ended(ctx, "stat", p); err != nil {
		return Object{}, err
	}
	info, err := os.Stat(osPath(p))
	if err != nil {
		return Object{}, l.fail("stat", p, err)
	}
	return l.object(p, info)
}

// object pins what info shows. Only regular files are objects: a pipe has no size, and a folder is nearly always a
// glob that someone forgot to finish.
func (l Local) object(p string, info fs.FileInfo) (Object, error) {
	if info.IsDir() {
		return Object{}, &Error{Op: "stat", Address: l.Address(p), Kind: ErrInvalid,
			Err: fmt.Errorf("it is a folder; write %s to mean the files in it", l.Address(Join(p, "*.parquet")))}
	}
	if !info.Mode().IsRegular() {
		return Object{}, &Error{Op: "stat", Address: l.Address(p), Kind: ErrInvalid, Err: fmt.Errorf("it is no regular file but %v", info.Mode().Type())}
	}
	return Object{Path: p, Address: l.Address(p), Size: info.Size(), Version: localVersion(info), Modified: info.ModTime()}, nil
}

// localVersion is the modification time in nanoseconds. The size is in the object beside it, and the inode is left
// out as it may change with a remount.
func localVersion(info fs.FileInfo) string {
	return "mtime:" + strconv.FormatInt(info.ModTime().UnixNano(), 10)
}

// Open opens a pinned file.
func (l Local) Open(ctx context.Context, object Object) (Reader, error) {
	if err := l.ended(ctx, "open", object.Path); err != nil {
		return nil, err
	}
	file, err := os.Open(osPath(object.Path))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, l.changed(object, "it is gone")
		}
		return nil, l.fail("open", object.Path, err)
	}
	info, err := file.Stat()
	if err == nil {
		err = l.same(object, info)
	}
	if err != nil {
		return nil, errors.Join(l.fail("open", object.Path, err), file.Close())
	}
	return &localReader{store: l, ctx: ctx, file: file, object: object, info: info}, nil
}

// same tells whether a file is still as it was pinned.
func (l Local) same(object Object, info fs.FileInfo) error {
	switch {
	case info.Size() != object.Size:
		return l.changed(object, fmt.Sprintf("it had %d bytes and has %d", object.Size, info.Size()))
	case localVersion(info) != object.Version:
		return l.changed(object, "it was modified at "+info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	return nil
}

func (l Local) changed(object Object, how string) error {
	return &Error{Op: "read", Address: l.Address(object.Path), Kind: ErrChanged, Err: errors.New(how)}
}

// localReader reads a pinned file. After each read it looks whether the path still leads to the very file that was
// pinned, unmodified: only then what was read is part of one state of it.
type localReader struct {
	store  Local
	ctx    context.Context
	file   *os.File
	object Object
	info   fs.FileInfo
}

func (r *localReader) Size() int64    { return r.object.Size }
func (r *localReader) Object() Object { return r.object }

func (r *localReader) Close() error { return r.store.fail("close", r.object.Path, r.file.Close()) }

func (r *localReader) ReadAt(p []byte, off int64) (int, error) {
	path := r.object.Path
	if err := r.store.ended(r.ctx, "read", path); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, &Error{Op: "read", Address: r.object.Address, Kind: ErrInvalid, Err: fmt.Errorf("offset %d is negative", off)}
	}
	if off > r.object.Size || off == r.object.Size && len(p) > 0 {
		return 0, io.EOF
	}
	want := p[:min(int64(len(p)), r.object.Size-off)]
	n, readErr := r.file.ReadAt(want, off)

	now, err := os.Stat(osPath(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, r.store.changed(r.object, "it is gone")
	case err != nil:
		return 0, r.store.fail("read", path, err)
	case !os.SameFile(now, r.info):
		return 0, r.store.changed(r.object, "another file stands in its place")
	}
	if err := r.store.same(r.object, now); err != nil {
		return 0, err
	}
	if readErr != nil {
		return n, r.store.fail("read", path, readErr)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Read gives a small file whole. Its version is a digest of the bytes: modification times are too coarse to tell two
// quick replacements apart.
func (l Local) Read(ctx context.Context, p string, limit int64) ([]byte, Version, error) {
	if err := l.ended(ctx, "read", p); err != nil {
		return nil, None, err
	}
	file, err := os.Open(osPath(p))
	if err != nil {
		return nil, None, l.fail("read", p, err)
	}
	defer file.Close() // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, None, l.fail("read", p, err)
	}
	if int64(len(data)) > limit {
		return nil, None, &Error{Op: "read", Address: l.Address(p), Kind: ErrInvalid, Err: fmt.Errorf("more than %d bytes; this is not the file that it should be", limit)}
	}
	return data, versionOf(data), nil
}

func versionOf(data []byte) Version {
	digest := sha256.Sum256(data)
	return Version("sha256:" + hex.EncodeToString(digest[:]))
}

// Exists tells whether a file stands under the path.
func (l Local) Exists(ctx context.Context, p string) (bool, error) {
	if err := l.ended(ctx, "stat", p); err != nil {
		return false, err
	}
	info, err := os.Stat(osPath(p))
	if errors.Is(err, fs.ErrNotExist) || kindOfOS(err) == ErrNotFound {
		return false, nil
	}
	if err != nil {
		return false, l.fail("stat", p, err)
	}
	return !info.IsDir(), nil
}

// Delete removes a file.
func (l Local) Delete(ctx context.Context, p string) error {
	if err := l.ended(ctx, "delete", p); err != nil {
		return err
	}
	info, err := os.Lstat(osPath(p))
	if err == nil && info.IsDir() {
		return &Error{Op: "delete", Address: l.Address(p), Kind: ErrInvalid, Err: errors.New("it is a folder")}
	}
	if err == nil {
		err = os.Remove(osPath(p))
	}
	if errors.Is(err, fs.ErrNotExist) || kindOfOS(err) == ErrNotFound {
		return nil
	}
	if err != nil {
		return l.fail("delete", p, err)
	}
	return l.fail("delete", p, syncFolder(filepath.Dir(osPath(p))))
}
