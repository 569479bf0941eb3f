//go:build unix

package pipeline_test

import (
	"path/filepath"
	"syscall"
	"testing"
)

// pipe makes a pipe to which nobody writes.
func pipe(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "pipe.parquet")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Skip(err)
	}
	return path
}
