package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// kindOfOS gives the kind of an error of the operating system; "" for nil.
func kindOfOS(err error) Kind {
	if err == nil {
		return ""
	}
	if kind := kindOfNumber(err); kind != "" {
		return kind
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNotFound
	case errors.Is(err, fs.ErrExist):
		return ErrAlreadyExists
	case errors.Is(err, fs.ErrPermission):
		return ErrPermission
	case errors.Is(err, errNotFolder), errors.Is(err, fs.ErrInvalid):
		return ErrInvalid
	case errors.Is(err, errors.ErrUnsupported):
		return ErrUnsupported
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ErrUnavailable
	}
	return KindOf(err)
}
