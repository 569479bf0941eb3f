//go:build unix

package storage

import (
	"errors"
	"os"
	"syscall"
)

// kindOfNumber gives the kind of the error number in err's chain; "" where the portable errors tell it.
func kindOfNumber(err error) Kind {
	errno, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return ""
	}
	switch errno {
	case syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG:
		return ErrNoSpace
	case syscall.EROFS:
		return ErrPermission
	case syscall.ENOTDIR:
		return ErrNotFound
	case syscall.ENAMETOOLONG, syscall.EINVAL, syscall.EISDIR, syscall.ELOOP, syscall.EXDEV:
		return ErrInvalid
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EAGAIN, syscall.EINTR, syscall.ETIMEDOUT, syscall.ESTALE, syscall.EBUSY:
		return ErrUnavailable
	}
	return ""
}

// unsupported tells whether a file system refused an operation that it does not have.
func unsupported(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EPERM)
}

// isNotEmpty tells whether a rename or a removal was refused since a folder has something in it.
func isNotEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST)
}

// syncFolder makes what was renamed, made or removed in a folder durable.
func syncFolder(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = file.Sync()
	if unsupported(err) {
		err = nil // some network file systems cannot, and are durable without
	}
	return errors.Join(err, file.Close())
}
