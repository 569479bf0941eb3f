package storage

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// kindOfNumber gives the kind of the error number in err's chain; "" where the portable errors tell it.
func kindOfNumber(err error) Kind {
	errno, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return ""
	}
	switch errno {
	case windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED:
		return ErrNoSpace
	case windows.ERROR_WRITE_PROTECT:
		return ErrPermission
	case windows.ERROR_INVALID_NAME, windows.ERROR_BAD_PATHNAME, windows.ERROR_FILENAME_EXCED_RANGE:
		return ErrInvalid
	case windows.ERROR_SHARING_VIOLATION, windows.ERROR_TOO_MANY_OPEN_FILES, windows.ERROR_NOT_READY:
		return ErrUnavailable
	}
	return ""
}

// unsupported tells whether a file system refused an operation that it does not have.
func unsupported(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, windows.ERROR_INVALID_FUNCTION)
}

// isNotEmpty tells whether a rename or a removal was refused since a folder has something in it.
func isNotEmpty(err error) bool {
	return errors.Is(err, windows.ERROR_DIR_NOT_EMPTY) || errors.Is(err, windows.ERROR_ALREADY_EXISTS) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
}

// syncFolder: the file system keeps its folders durable by itself, and they cannot be opened for it.
func syncFolder(string) error { return nil }
