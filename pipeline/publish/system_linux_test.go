package publish_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// A disk that is full: a small file system of its own, where the test may mount one.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	w := world{dir: filepath.Join(dir, "out")}
	w.publish(t, day, "A", false)
	before := w.files(t)
	p, err := publish.Begin(t.Context(), storage.NewLocal(), w.dir, day, key("B"), true)
	if err != nil {
		t.Fatal(err)
	}
	part, err := p.Create(t.Context(), "scores", 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err = part.Write(make([]byte, 1000)); err != nil {
			break
		}
	}
	if !errors.Is(err, storage.ErrNoSpace) || !strings.Contains(err.Error(), w.dir) {
		t.Errorf("got %v", err)
	}
	if err := part.Finish(1); !errors.Is(err, storage.ErrNoSpace) {
		t.Errorf("Finish after a failed Write: %v", err)
	}
	if err := p.Commit(t.Context(), publish.Manifest{}); err == nil {
		t.Error("committed")
	}
	if err := p.Abort(); err != nil {
		t.Errorf("Abort on the full disk: %v", err)
	}
	if got := w.files(t); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Errorf("before %q\nafter %q", before, got)
	}
	w.settled(t, day, "A")
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	w := newWorld(t)
	w.publish(t, day, "A", false)
	for _, folder := range []string{"", "_runs"} { // and see TestReadOnlyPlaces
		path := filepath.Join(w.dir, folder)
		if err := os.MkdirAll(path, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o555); err != nil {
			t.Fatal(err)
		}
		err := run(t.Context(), storage.NewLocal(), w.dir, day, "B", true)
		if !errors.Is(err, storage.ErrPermission) || !strings.Contains(err.Error(), w.dir) {
			t.Errorf("%s read-only: %v", folder, err)
		}
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
		if got, err := readWhole(storage.NewLocal(), w.dir, day); err != nil || got != "A" {
			t.Errorf("%s read-only: reader sees %q, %v", folder, got, err)
		}
	}
	w.publish(t, day, "B", true)
	w.settled(t, day, "B")
}

// Every folder that the swap changes may be read-only, also those of tables that a run replaces without having them.
func TestReadOnlyPlaces(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere: run the tests as another user to see this one")
	}
	for _, test := range []struct{ name, before, place string }{
		{"table", "", "scores"},
		{"out, replace", "A", ""},
		{"table, replace", "A", "scores"},
		{"date, replace", "A", "scores/dt=" + day},
		{"table that goes", "A", "mql"},
		{"date of a table that goes", "A", "mql/dt=" + day},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			if test.before != "" {
				w.publish(t, day, "C", false)
				w.publish(t, day, test.before, true) // so that there is something in staging
			}
			folder := filepath.Join(w.dir, test.place)
			if err := os.MkdirAll(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(folder, 0o555); err != nil {
				t.Fatal(err)
			}
			w.refused(t, "B", test.before, storage.ErrPermission, test.place)
			if err := os.Chmod(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			w.publish(t, day, "B", true)
			w.settled(t, day, "B")
			w.tidy(t)
		})
	}
}

// A table's folder on a disk of its own cannot take folders from staging.
func TestTableOnAnotherDisk(t *testing.T) {
	for _, before := range []string{"", "A"} {
		w := newWorld(t)
		if before != "" {
			w.publish(t, day, before, false)
		}
		folder := filepath.Join(w.dir, "breakdown")
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=256k"); err != nil {
			t.Skipf("mounting a small disk: %v", err)
		}
		w.refused(t, "B", before, storage.ErrInvalid, "breakdown")
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Fatal(err)
		}
		w.publish(t, day, "B", true)
		w.settled(t, day, "B")
	}
}
