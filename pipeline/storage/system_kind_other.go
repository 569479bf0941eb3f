//go:build !unix && !windows

package storage

import (
	"errors"
	"io/fs"
)

func kindOfNumber(error) Kind { return "" }

func unsupported(err error) bool { return errors.Is(err, errors.ErrUnsupported) }

func isNotEmpty(err error) bool { return errors.Is(err, fs.ErrExist) }

func syncFolder(string) error { return nil }
