//go:build !linux && !darwin

package storage

import (
	"errors"
	"os"
)

// renameExclusive: there is no such rename here.
func renameExclusive(from, to string) error {
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: errors.ErrUnsupported}
}

// exchange: there is no such rename here.
func exchange(a, b string) error {
	return &os.LinkError{Op: "exchange", Old: a, New: b, Err: errors.ErrUnsupported}
}
