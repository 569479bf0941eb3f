package storagetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/storage"
)

func testFolders(t *testing.T, place Place) {
	store, root := place(t)
	ctx := t.Context()
	folders, ok := store.(storage.Folders)
	if ok {
		_, err := folders.MakeFolder(ctx, root)
		ok = !errors.Is(err, storage.ErrUnsupported)
	}
	if !ok {
		t.Skip("the store has no folders")
	}
	at := func(path string) string { return storage.Join(root, path) }
	check := func(err error, want ...string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, Paths(t, store, root, "**")); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	}
	Put(t, store, at("a/1"), nil)
	Put(t, store, at("a/in/2"), nil)
	Put(t, store, at("b/3"), nil)
	exchange := folders.ExchangeFolders(ctx, at("a"), at("b"))
	if errors.Is(exchange, storage.ErrUnsupported) {
		t.Log("no exchange here")
		check(folders.MoveFolder(ctx, at("a"), at("c")), "b/3", "c/1", "c/in/2")
		check(folders.MoveFolder(ctx, at("b"), at("a")), "a/3", "c/1", "c/in/2")
		check(folders.MoveFolder(ctx, at("c"), at("b")), "a/3", "b/1", "b/in/2")
	} else {
		check(exchange, "a/3", "b/1", "b/in/2")
		wantKind(t, folders.ExchangeFolders(ctx, at("a"), at("none")), storage.ErrNotFound, store.Address(at("none")))
		wantKind(t, folders.ExchangeFolders(ctx, at("none"), at("a")), storage.ErrNotFound, store.Address(at("none")))
	}
	check(folders.MoveFolder(ctx, at("a"), at("x/y/z")), "b/1", "b/in/2", "x/y/z/3")
	wantKind(t, folders.MoveFolder(ctx, at("a"), at("q")), storage.ErrNotFound, store.Address(at("a")))
	wantKind(t, folders.MoveFolder(ctx, at("b"), at("x/y/z")), storage.ErrAlreadyExists, store.Address(at("x/y/z")))
	check(folders.PruneFolder(ctx, at("b")), "b/1", "b/in/2", "x/y/z/3")
	check(folders.RemoveFolder(ctx, at("b")), "x/y/z/3")
	check(folders.RemoveFolder(ctx, at("b")), "x/y/z/3")
	check(folders.PruneFolder(ctx, at("none")), "x/y/z/3")

	for i, want := range []bool{true, false} {
		if made, err := folders.MakeFolder(ctx, at("new/folder")); err != nil || made != want {
			t.Errorf("MakeFolder %d: %v, %v", i, made, err)
		}
	}
	if _, err := folders.MakeFolder(ctx, at("x/empty/empty")); err != nil {
		t.Error(err)
	}
	check(folders.PruneFolder(ctx, at("x")), "x/y/z/3")
	if made, err := folders.MakeFolder(ctx, at("x/empty")); err != nil || !made {
		t.Errorf("PruneFolder left the empty folder below: %v, %v", made, err)
	}
	check(folders.PruneFolder(ctx, at("new")), "x/y/z/3")
	if made, err := folders.MakeFolder(ctx, at("new/folder")); err != nil || !made {
		t.Errorf("PruneFolder left the folder: %v, %v", made, err)
	}
}

// testContexts: an ended context stops every operation, without effect.
func testContexts(t *testing.T, place Place) {
	store, root := place(t)
	object := Put(t, store, storage.Join(root, "x"), []byte("x"))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := store.Open(ctx, object)
	if err != nil {
		t.Fatal(err)
	}
	w, err := store.Create(ctx, storage.Join(root, "unfinished"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("some")); err != nil {
		t.Fatal(err)
	}
	cancel()
	operations := map[string]func() error{
		"List":   func() error { _, err := store.List(ctx, root+"/*"); return err },
		"Pin":    func() error { _, err := store.Pin(ctx, object.Path); return err },
		"Open":   func() error { _, err := store.Open(ctx, object); return err },
		"ReadAt": func() error { _, err := r.ReadAt(make([]byte, 1), 0); return err },
		"Create": func() error { _, err := store.Create(ctx, storage.Join(root, "y")); return err },
		"Finish": func() error { _, err := w.Finish(); return err },
		"Read":   func() error { _, _, err := store.Read(ctx, object.Path, 10); return err },
		"Swap":   func() error { _, err := store.Swap(ctx, storage.Join(root, "y"), nil, storage.None); return err },
		"Copy":   func() error { return store.Copy(ctx, object.Path, storage.Join(root, "y")) },
		"Delete": func() error { return store.Delete(ctx, object.Path) },
		"Exists": func() error { _, err := store.Exists(ctx, object.Path); return err },
	}
	for name, operation := range operations {
		if err := operation(); !errors.Is(err, context.Canceled) || storage.KindOf(err) != storage.ErrUnavailable {
			t.Errorf("%s: %v (kind %q)", name, err, storage.KindOf(err))
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"x"}, Paths(t, store, root, "**")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if left := Paths(t, store, root, "**/.*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
