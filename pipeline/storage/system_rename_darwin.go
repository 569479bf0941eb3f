package storage

import (
	"os"

	"golang.org/x/sys/unix"
)

// renameExclusive renames unless the target stands.
func renameExclusive(from, to string) error { return renamex("rename", from, to, unix.RENAME_EXCL) }

// exchange swaps two files or folders in one step.
func exchange(a, b string) error { return renamex("exchange", a, b, unix.RENAME_SWAP) }

func renamex(op, from, to string, flags uint32) error {
	if err := unix.RenamexNp(from, to, flags); err != nil {
		return &os.LinkError{Op: op, Old: from, New: to, Err: err}
	}
	return nil
}
