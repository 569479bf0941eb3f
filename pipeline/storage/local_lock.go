package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// TryLock locks a file. The operating system gives the lock up when the process ends, so no crash leaves it held; the
// file itself holds no meaning and is removed at Unlock.
func (l Local) TryLock(ctx context.Context, p, note string) (Lock, error) {
	if err := l.ended(ctx, "lock", p); err != nil {
		return nil, err
	}
	lock, err := tryFlock(osPath(p), note)
	if err != nil {
		if e, ok := errors.AsType[*heldError](err); ok {
			return nil, &Error{Op: "lock", Address: l.Address(p), Kind: ErrBusy, Err: e}
		}
		return nil, l.fail("lock", p, err)
	}
	return lock, nil
}

// heldError is the refusal of a lock.
type heldError struct{ note string }

func (e *heldError) Error() string {
	if e.note == "" {
		return "held by another process"
	}
	return "held by " + e.note
}

// fileLock is a file under an exclusive lock.
type fileLock struct {
	mu   sync.Mutex
	file *os.File // nil once unlocked
}

// tryFlock locks the file of that name, making it where it is missing.
//
// A holder removes the file before it lets go, so whoever gets the lock must see whether the file that it locked is
// still the one under the name; else two processes would hold locks on two files of one name.
func tryFlock(name, note string) (*fileLock, error) {
	for {
		var file *os.File
		err := inFolder(filepath.Dir(name), func() (err error) {
			file, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
			return err
		})
		if err != nil {
			return nil, err
		}
		held, err := flock(file)
		if err != nil || held {
			holder := ""
			if held {
				holder = noteOf(file)
				err = &heldError{note: holder}
			}
			return nil, errors.Join(err, file.Close())
		}
		mine, err := file.Stat()
		if err == nil {
			var named os.FileInfo
			if named, err = os.Stat(name); err == nil && os.SameFile(mine, named) {
				if err = writeNote(file, note); err == nil {
					return &fileLock{file: file}, nil
				}
			}
		}
		if closeErr := file.Close(); closeErr != nil {
			return nil, closeErr
		}
		if err != nil && kindOfOS(err) != ErrNotFound {
			return nil, err
		}
	}
}

// waitFlock waits for a lock that is held for moments only.
func waitFlock(ctx context.Context, name, note string) (*fileLock, error) {
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		lock, err := tryFlock(name, note)
		if _, held := errors.AsType[*heldError](err); !held {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, &Error{Op: "lock", Address: name, Kind: ErrUnavailable, Err: fmt.Errorf("%w while waiting for the lock", ctx.Err())}
		case <-time.After(pause):
		}
	}
}

// The note is for people who wonder who holds a lock; it may be torn or out of date.
func writeNote(file *os.File, note string) error {
	if note == "" {
		return nil
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(note+"\n"), 0)
	return err
}

func noteOf(file *os.File) string {
	note, err := io.ReadAll(io.NewSectionReader(file, 0, 300))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(note))
}

// Valid tells whether the lock is held.
func (l *fileLock) Valid() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file != nil
}

// EndsWithProcess is true: the operating system keeps the lock for a process that sleeps, and for no dead one.
func (l *fileLock) EndsWithProcess() bool { return true }

// Unlock removes the file and lets go.
func (l *fileLock) Unlock() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	if removeWhileLocked {
		return errors.Join(removeFile(file.Name()), file.Close())
	}
	return file.Close()
}
