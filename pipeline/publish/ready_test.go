package publish_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// refused runs content for the day, for which stands is published ("" for nothing), and fails the test unless it is
// refused with an error of the kind that names the place, and leaves everything as it was.
func (w world) refused(t *testing.T, content, stands string, kind storage.Kind, place string) {
	t.Helper()
	before := w.files(t)
	err := run(t.Context(), storage.NewLocal(), w.dir, day, content, true)
	if err == nil || errors.Is(err, publish.ErrUnfinished) || !errors.Is(err, kind) {
		t.Errorf("%s: got %v", place, err)
	} else if !strings.Contains(err.Error(), filepath.Join(w.dir, place)) {
		t.Errorf("%s is not named: %v", place, err)
	}
	if diff := cmp.Diff(before, w.files(t)); diff != "" {
		t.Errorf("%s: -before +after:\n%s", place, diff)
	}
	if stands != "" {
		w.settled(t, day, stands)
	} else if got, err := readWhole(storage.NewLocal(), w.dir, publish.Latest); err != nil || got != "" {
		t.Errorf("%s: LATEST shows %q, %v", place, got, err)
	}
}

// A file where a folder has to be: nothing of the run is published, whichever table it is.
func TestFileInTheWay(t *testing.T) {
	for _, test := range []struct{ name, before, content, place string }{
		{"table", "", "A", "scores"},
		{"another table", "", "A", "mql"},
		{"date", "", "A", "scores/dt=" + day},
		{"table, replace", "A", "B", "breakdown"},
		{"date, replace", "A", "B", "breakdown/dt=" + day},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			if test.before != "" {
				w.publish(t, day, test.before, false)
			}
			file := filepath.Join(w.dir, test.place)
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte("x"), 0o666); err != nil {
				t.Fatal(err)
			}
			w.refused(t, test.content, test.before, storage.ErrInvalid, test.place)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			w.publish(t, day, test.content, true)
			w.settled(t, day, test.content)
			w.tidy(t)
		})
	}
}

// A folder in the place of LATEST, or what is no pointer there, would keep LATEST behind.
func TestLatestInTheWay(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(string) error
		kind error
	}{
		{"folder", func(path string) error { return os.Mkdir(path, 0o777) }, storage.ErrInvalid},
		{"no pointer", func(path string) error { return os.WriteFile(path, []byte("{}"), 0o666) }, publish.ErrDamaged},
	} {
		w := newWorld(t)
		if err := os.MkdirAll(w.dir, 0o777); err != nil {
			t.Fatal(err)
		}
		latest := filepath.Join(w.dir, "LATEST.json")
		if err := test.make(latest); err != nil {
			t.Fatal(err)
		}
		before := w.files(t)
		err := run(t.Context(), storage.NewLocal(), w.dir, day, "A", false)
		if !errors.Is(err, test.kind) || errors.Is(err, publish.ErrUnfinished) || !strings.Contains(err.Error(), latest) {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(before, w.files(t)); diff != "" {
			t.Errorf("%s: -before +after:\n%s", test.name, diff)
		}
	}
}

// Ready tells before the work is done, and leaves nothing.
func TestReady(t *testing.T) {
	for _, blocked := range []bool{false, true} {
		w := newWorld(t)
		if err := os.MkdirAll(w.dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if blocked {
			if err := os.WriteFile(filepath.Join(w.dir, "mql"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		before := w.files(t)
		p, err := publish.Begin(t.Context(), storage.NewLocal(), w.dir, day, key("A"), false)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := p.Ready(t.Context(), "scores", "mql"); blocked != errors.Is(err, storage.ErrInvalid) || !blocked && err != nil {
				t.Errorf("blocked: %v; got %v", blocked, err)
			}
		}
		if err := p.Abort(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(before, w.files(t)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
	}
}
