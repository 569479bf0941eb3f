package storage

import (
	"os"

	"golang.org/x/sys/unix"
)

// renameExclusive renames unless the target stands.
func renameExclusive(from, to string) error {
	return rename2("rename", from, to, unix.RENAME_NOREPLACE)
}

// exchange swaps two files or folders in one step.
func exchange(a, b string) error { return rename2("exchange", a, b, unix.RENAME_EXCHANGE) }

func rename2(op, from, to string, flags uint) error {
	for {
		err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, flags)
		if err == nil {
			return nil
		}
		if err != unix.EINTR {
			return &os.LinkError{Op: op, Old: from, New: to, Err: err}
		}
	}
}
