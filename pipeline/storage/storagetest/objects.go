package storagetest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"leadscore/pipeline/storage"
)

func testObjects(t *testing.T, place Place) {
	t.Run("round trip", func(t *testing.T) {
		store, root := place(t)
		path := storage.Join(root, "a/b/c.txt")
		finished := Put(t, store, path, []byte("hello"))
		if finished.Size != 5 || finished.Path != path || finished.Version == "" {
			t.Errorf("Finish gave %+v", finished)
		}
		pinned, err := store.Pin(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if pinned.Version != finished.Version || pinned.Size != 5 || pinned.Address != store.Address(path) || pinned.Modified.IsZero() {
			t.Errorf("Pin gave %+v, Finish %+v", pinned, finished)
		}
		if got := Get(t, store, path); string(got) != "hello" {
			t.Errorf("read %q", got)
		}
		if ok, err := store.Exists(t.Context(), path); err != nil || !ok {
			t.Errorf("Exists: %v, %v", ok, err)
		}
		for range 2 { // a Delete may be repeated
			if err := store.Delete(t.Context(), path); err != nil {
				t.Fatal(err)
			}
		}
		if ok, err := store.Exists(t.Context(), path); err != nil || ok {
			t.Errorf("Exists after Delete: %v, %v", ok, err)
		}
		wantNothing(t, store, root)
	})

	t.Run("missing", func(t *testing.T) {
		store, root := place(t)
		for _, path := range []string{storage.Join(root, "no.txt"), storage.Join(root, "no/no/no.txt")} {
			_, err := store.Pin(t.Context(), path)
			wantKind(t, err, storage.ErrNotFound, store.Address(path))
			_, _, err = store.Read(t.Context(), path, 10)
			wantKind(t, err, storage.ErrNotFound, store.Address(path))
			wantKind(t, store.Copy(t.Context(), path, storage.Join(root, "to")), storage.ErrNotFound, store.Address(path))
			if ok, err := store.Exists(t.Context(), path); err != nil || ok {
				t.Errorf("Exists: %v, %v", ok, err)
			}
			if err := store.Delete(t.Context(), path); err != nil {
				t.Errorf("Delete: %v", err)
			}
		}
		wantNothing(t, store, root)
	})

	t.Run("invisible until finished", func(t *testing.T) {
		store, root := place(t)
		path := storage.Join(root, "x/part.bin")
		w, err := store.Create(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("x"), 3<<20)); err != nil {
			t.Fatal(err)
		}
		if ok, err := store.Exists(t.Context(), path); err != nil || ok {
			t.Errorf("Exists before Finish: %v, %v", ok, err)
		}
		if seen := Paths(t, store, root, "**"); len(seen) > 0 {
			t.Errorf("listed before Finish: %q", seen)
		}
		if _, err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		if err := w.Abort(); err != nil {
			t.Errorf("Abort after Finish: %v", err)
		}
		if _, err := w.Finish(); err == nil {
			t.Error("a second Finish succeeded")
		}
		if got := Get(t, store, path); len(got) != 3<<20 {
			t.Errorf("%d bytes", len(got))
		}
	})

	t.Run("abort leaves nothing", func(t *testing.T) {
		store, root := place(t)
		for _, size := range []int{0, 10, 9 << 20} {
			w, err := store.Create(t.Context(), storage.Join(root, "x/part.bin"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := w.Abort(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := w.Write([]byte("x")); err == nil {
				t.Error("Write after Abort succeeded")
			}
			wantNothing(t, store, root)
		}
	})

	t.Run("create only", func(t *testing.T) {
		store, root := place(t)
		path := storage.Join(root, "one.txt")
		late, err := store.Create(t.Context(), path) // begun before the other is there
		if err != nil {
			t.Fatal(err)
		}
		if _, err := late.Write([]byte("late")); err != nil {
			t.Fatal(err)
		}
		Put(t, store, path, []byte("first"))
		_, err = late.Finish()
		wantKind(t, err, storage.ErrAlreadyExists, store.Address(path))

		w, err := store.Create(t.Context(), path)
		if err == nil {
			_, err = w.Write([]byte("second"))
			_, finishErr := w.Finish()
			err = errors.Join(err, finishErr)
		}
		wantKind(t, err, storage.ErrAlreadyExists, store.Address(path))
		if got := Get(t, store, path); string(got) != "first" {
			t.Errorf("read %q, want the first", got)
		}
		if all := Paths(t, store, root, "**/.*"); len(all) > 0 {
			t.Errorf("left behind: %q", all)
		}
	})

	t.Run("copy", func(t *testing.T) {
		store, root := place(t)
		from, to := storage.Join(root, "from"), storage.Join(root, "deep/to")
		Put(t, store, from, []byte("content"))
		if err := store.Copy(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
		wantKind(t, store.Copy(t.Context(), from, to), storage.ErrAlreadyExists, store.Address(to))
		if err := store.Delete(t.Context(), from); err != nil {
			t.Fatal(err)
		}
		if got := Get(t, store, to); string(got) != "content" {
			t.Errorf("read %q", got)
		}
	})

	t.Run("empty object", func(t *testing.T) {
		store, root := place(t)
		object := Put(t, store, storage.Join(root, "empty"), nil)
		if object.Size != 0 {
			t.Errorf("size %d", object.Size)
		}
		if got := Get(t, store, object.Path); len(got) != 0 {
			t.Errorf("read %q", got)
		}
	})

	t.Run("too large to be read whole", func(t *testing.T) {
		store, root := place(t)
		object := Put(t, store, storage.Join(root, "large"), []byte(strings.Repeat("x", 11)))
		_, _, err := store.Read(t.Context(), object.Path, 10)
		wantKind(t, err, storage.ErrInvalid, object.Address)
		if data, _, err := store.Read(t.Context(), object.Path, 11); err != nil || len(data) != 11 {
			t.Errorf("%d bytes, %v", len(data), err)
		}
	})
}
