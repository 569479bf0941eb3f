package storage

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// removeWhileLocked: an open file may not be removed here, so lock files stay.
const removeWhileLocked = false

// flock locks a byte far behind the note, as a locked range cannot be read by others.
func flock(file *os.File) (held bool, err error) {
	at := windows.Overlapped{OffsetHigh: 1}
	err = windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return true, nil
	}
	if err != nil {
		return false, &os.PathError{Op: "lock", Path: file.Name(), Err: err}
	}
	return false, nil
}
