// Package storagetest holds what every driver of package storage must pass, and a decorator that makes a store fail.
//
//	storagetest.Run(t, func(t *testing.T) (storage.Store, string) { … })    the conformance suite
//	storagetest.Benchmark(b, …)                                             the same places, measured
//	storagetest.NewFaulty(store, plan)                                      every operation can fail, before or after its effect, or be the last
//
// The suite runs against the real thing: a disk, or a real server of the protocol.
package storagetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"leadscore/pipeline/storage"
)

// Place makes a fresh, empty place: a store and the path of a folder in it that nobody else uses.
type Place func(t testing.TB) (store storage.Store, root string)

// Run runs the conformance suite.
func Run(t *testing.T, place Place) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Place)
	}{
		{"objects", testObjects},
		{"reads", testReads},
		{"changed", testChanged},
		{"lists", testLists},
		{"names", testNames},
		{"swaps", testSwaps},
		{"races", testRaces},
		{"locks", testLocks},
		{"folders", testFolders},
		{"contexts", testContexts},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, place) })
	}
}

// Put writes an object or fails the test.
func Put(t testing.TB, store storage.Store, path string, data []byte) storage.Object {
	t.Helper()
	w, err := store.Create(t.Context(), path)
	if err != nil {
		t.Fatalf("create %s: %v", path, err)
	}
	if _, err := io.Copy(w, bytes.NewReader(data)); err != nil {
		t.Fatalf("write %s: %v", path, err)
	}
	object, err := w.Finish()
	if err != nil {
		t.Fatalf("finish %s: %v", path, err)
	}
	return object
}

// Get reads an object whole or fails the test.
func Get(t testing.TB, store storage.Store, path string) []byte {
	t.Helper()
	data, _, err := store.Read(t.Context(), path, 1<<30)
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return data
}

// Paths lists what matches, relative to root; nothing is no error.
func Paths(t testing.TB, store storage.Store, root, pattern string) []string {
	t.Helper()
	objects, err := store.List(context.WithoutCancel(t.Context()), storage.Join(storage.EscapeGlob(root), pattern))
	if err != nil && !errors.Is(err, storage.ErrNoMatch) {
		t.Fatalf("list %s: %v", pattern, err)
	}
	paths := []string{}
	for _, object := range objects {
		paths = append(paths, strings.TrimPrefix(object.Path, root+"/"))
	}
	return paths
}

// wantKind fails the test unless err is of the kind, names the address, and is found by KindOf too.
func wantKind(t testing.TB, err error, kind storage.Kind, address string) {
	t.Helper()
	if !errors.Is(err, kind) || storage.KindOf(err) != kind {
		t.Fatalf("got error %v (kind %q), want kind %q", err, storage.KindOf(err), kind)
	}
	if !strings.Contains(err.Error(), address) {
		t.Fatalf("error %q does not name %q", err, address)
	}
}

// wantNothing fails the test when anything lies under root, hidden files too.
func wantNothing(t testing.TB, store storage.Store, root string) {
	t.Helper()
	for _, pattern := range []string{"**", "**/.*"} {
		if left := Paths(t, store, root, pattern); len(left) > 0 {
			t.Fatalf("left behind: %q", left)
		}
	}
}
