package jobs

import (
	"errors"
	"os"
	"path/filepath"
)

// WriteFile makes a file, or takes the place of one, once write has written all of it: after an error nothing has changed.
func WriteFile(file string, write func(f *os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return usagef("name a file in a folder that exists and that may be written to", "cannot write %s: %v", file, errors.Unwrap(err))
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		f.Close() // the other error says more
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
