package storage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Create starts a file.
func (l Local) Create(ctx context.Context, p string) (Writer, error) {
	if err := l.ended(ctx, "create", p); err != nil {
		return nil, err
	}
	if exists, err := l.Exists(ctx, p); err != nil {
		return nil, err
	} else if exists {
		return nil, &Error{Op: "create", Address: l.Address(p), Kind: ErrAlreadyExists}
	}
	dir, name := filepath.Split(osPath(p))
	temporary := filepath.Join(dir, "."+name+"."+rand.Text()[:8]+".tmp")
	var file *os.File
	err := inFolder(dir, func() (err error) {
		file, err = os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	})
	if err != nil {
		return nil, l.fail("create", p, err)
	}
	return &localWriter{store: l, ctx: ctx, path: p, temporary: temporary, file: file}, nil
}

// localWriter writes a hidden file beside the one to be.
type localWriter struct {
	store     Local
	ctx       context.Context
	path      string
	temporary string
	file      *os.File // nil once ended
}

var errEnded = errors.New("it was finished or aborted before")

func (w *localWriter) Write(p []byte) (int, error) {
	if w.file == nil {
		return 0, &Error{Op: "write", Address: w.store.Address(w.path), Kind: ErrInvalid, Err: errEnded}
	}
	if err := w.store.ended(w.ctx, "write", w.path); err != nil {
		return 0, err
	}
	n, err := w.file.Write(p)
	return n, w.store.fail("write", w.path, err)
}

func (w *localWriter) Finish() (Object, error) {
	if w.file == nil {
		return Object{}, &Error{Op: "finish", Address: w.store.Address(w.path), Kind: ErrInvalid, Err: errEnded}
	}
	err := w.store.ended(w.ctx, "write", w.path)
	if err == nil {
		err = w.file.Sync()
	}
	var info fs.FileInfo
	if err == nil {
		info, err = w.file.Stat()
	}
	if err = errors.Join(err, w.file.Close()); err == nil {
		err = moveExclusive(w.temporary, osPath(w.path))
	}
	w.file = nil
	if err != nil {
		return Object{}, errors.Join(w.store.fail("write", w.path, err), w.remove())
	}
	if err := syncFolder(filepath.Dir(w.temporary)); err != nil {
		return Object{}, w.store.fail("write", w.path, err)
	}
	return w.store.object(w.path, info)
}

func (w *localWriter) Abort() error {
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return errors.Join(w.store.fail("abort", w.path, err), w.remove())
}

func (w *localWriter) remove() error {
	if err := os.Remove(w.temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return w.store.fail("abort", w.path, err)
	}
	return nil
}

// moveExclusive renames a file unless the target stands. Where the system has no such rename a hard link does it, and
// where there are no hard links either, a look and a rename under a lock that all of us respect.
func moveExclusive(from, to string) error {
	err := renameExclusive(from, to)
	if err == nil || !unsupported(err) {
		return err
	}
	if err = os.Link(from, to); err == nil {
		return os.Remove(from)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	lock, err := waitFlock(context.Background(), lockFile(to), "")
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if _, err := os.Lstat(to); err == nil {
		return &fs.PathError{Op: "create", Path: to, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}

// lockFile is the hidden file whose lock guards another.
func lockFile(path string) string {
	dir, name := filepath.Split(path)
	return filepath.Join(dir, "."+name+".lock")
}

// Swap compares and replaces under a lock. The temporary file has a fixed name, as the lock's holder is the only one
// to write it; so a crash leaves one at most, which the next Swap writes over.
func (l Local) Swap(ctx context.Context, p string, data []byte, old Version) (Version, error) {
	if err := l.ended(ctx, "swap", p); err != nil {
		return None, err
	}
	target := osPath(p)
	lock, err := waitFlock(ctx, lockFile(target), "")
	if err != nil {
		return None, l.fail("swap", p, err)
	}
	defer lock.Unlock()

	current := None
	standing, err := os.ReadFile(target)
	switch {
	case err == nil:
		current = versionOf(standing)
	case !errors.Is(err, fs.ErrNotExist):
		return None, l.fail("swap", p, err)
	}
	if current != old {
		return None, &Error{Op: "swap", Address: l.Address(p), Kind: ErrPrecondition}
	}
	dir, name := filepath.Split(target)
	temporary := filepath.Join(dir, "."+name+".tmp")
	if err := writeWhole(temporary, data); err != nil {
		return None, errors.Join(l.fail("swap", p, err), l.fail("swap", p, removeFile(temporary)))
	}
	if err := os.Rename(temporary, target); err != nil {
		return None, errors.Join(l.fail("swap", p, err), l.fail("swap", p, removeFile(temporary)))
	}
	if err := syncFolder(filepath.Dir(target)); err != nil {
		return None, l.fail("swap", p, err)
	}
	return versionOf(data), nil
}

func writeWhole(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func removeFile(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Copy copies the bytes; a hard link would tie the two together should anyone write to one of them.
func (l Local) Copy(ctx context.Context, from, to string) error {
	object, err := l.Pin(ctx, from)
	if err != nil {
		return err
	}
	reader, err := l.Open(ctx, object)
	if err != nil {
		return err
	}
	defer reader.Close() // nothing was written
	writer, err := l.Create(ctx, to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(writer, io.NewSectionReader(reader, 0, object.Size)); err != nil {
		return errors.Join(err, writer.Abort())
	}
	_, err = writer.Finish()
	return err
}

// inFolder runs an operation that needs a folder, making the folder when it is missing. Someone who clears up may
// remove it between the two; then it is made again.
func inFolder(dir string, operation func() error) error {
	var err error
	for range 100 {
		if err = operation(); errors.Is(err, fs.ErrNotExist) {
			makeErr := makeFolders(dir)
			if makeErr == nil || errors.Is(makeErr, fs.ErrNotExist) {
				continue
			}
			err = makeErr
		}
		if kindOfOS(err) == ErrNotFound {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: errNotFolder}
		}
		return err
	}
	return fmt.Errorf("its folder keeps vanishing: %w", err)
}

// makeFolders makes a folder and those above it, each durable before anything is put into it.
func makeFolders(dir string) error {
	dir = filepath.Clean(dir)
	info, err := os.Stat(dir)
	if err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: errNotFolder}
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeFolders(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

var errNotFolder = errors.New("a file stands where a folder should be")
