package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline/storage"
)

func randomBytes(n int) []byte {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(data) // never fails
	return data
}

func open(t testing.TB, store storage.Store, object storage.Object) storage.Reader {
	t.Helper()
	r, err := store.Open(t.Context(), object)
	if err != nil {
		t.Fatalf("open %s: %v", object.Path, err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("close %s: %v", object.Path, err)
		}
	})
	return r
}

func testReads(t *testing.T, place Place) {
	t.Run("edges", func(t *testing.T) {
		store, root := place(t)
		data := randomBytes(1000)
		r := open(t, store, Put(t, store, storage.Join(root, "x"), data))
		if r.Size() != 1000 || r.Object().Size != 1000 {
			t.Errorf("size %d, %d", r.Size(), r.Object().Size)
		}
		for _, c := range []struct {
			off, length, want int
			eof               bool
		}{
			{0, 1000, 1000, false}, {0, 0, 0, false}, {0, 1, 1, false}, {999, 1, 1, false}, {500, 500, 500, false},
			{1000, 0, 0, false}, {0, 1001, 1000, true}, {999, 2, 1, true}, {1000, 1, 0, true}, {1001, 1, 0, true}, {5000, 10, 0, true},
		} {
			got := make([]byte, c.length)
			n, err := r.ReadAt(got, int64(c.off))
			if n != c.want || (c.eof && err != io.EOF) || (!c.eof && err != nil && !(err == io.EOF && c.off+c.length == 1000)) {
				t.Errorf("ReadAt(%d bytes, %d) = %d, %v; want %d, EOF %v", c.length, c.off, n, err, c.want, c.eof)
			} else if n > 0 && !bytes.Equal(got[:n], data[c.off:c.off+n]) {
				t.Errorf("ReadAt(%d bytes, %d) gave other bytes", c.length, c.off)
			}
		}
		if _, err := r.ReadAt(make([]byte, 1), -1); err == nil || err == io.EOF {
			t.Errorf("negative offset: %v", err)
		}
	})

	t.Run("empty object", func(t *testing.T) {
		store, root := place(t)
		r := open(t, store, Put(t, store, storage.Join(root, "x"), nil))
		if n, err := r.ReadAt(make([]byte, 1), 0); n != 0 || err != io.EOF {
			t.Errorf("ReadAt = %d, %v", n, err)
		}
	})

	t.Run("big object in parallel", func(t *testing.T) {
		store, root := place(t)
		data := randomBytes(33<<20 + 7)
		r := open(t, store, Put(t, store, storage.Join(root, "big"), data))
		readers := pool.New().WithErrors()
		for i := range 8 {
			readers.Go(func() error {
				random := rand.New(rand.NewPCG(uint64(i), 0))
				for range 20 {
					off := random.IntN(len(data))
					got := make([]byte, random.IntN(2<<20))
					n, err := r.ReadAt(got, int64(off))
					if want := min(len(got), len(data)-off); n != want || err != nil && err != io.EOF || !bytes.Equal(got[:n], data[off:off+n]) {
						return fmt.Errorf("ReadAt(%d bytes, %d) = %d, %v, or other bytes", len(got), off, n, err)
					}
				}
				return nil
			})
		}
		if err := readers.Wait(); err != nil {
			t.Error(err)
		}
		whole, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		if err != nil || !bytes.Equal(whole, data) {
			t.Errorf("read whole: %d bytes, %v", len(whole), err)
		}
	})
}

// testChanged: what was pinned is read, or nothing. The same bytes again are what was pinned, where the store has no other
// name for a version than a digest of them.
func testChanged(t *testing.T, place Place) {
	replace := func(t *testing.T, store storage.Store, path string, data []byte) {
		t.Helper()
		if err := store.Delete(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if data != nil {
			time.Sleep(20 * time.Millisecond) // as coarse as modification times may be
			Put(t, store, path, data)
		}
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"vanished", nil}, {"another size", []byte("another content")}, {"the same size", []byte("CONTENT")}, {"the same bytes", []byte("content")},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, root := place(t)
			object := Put(t, store, storage.Join(root, "x"), []byte("content"))
			r := open(t, store, object)
			got := make([]byte, 4)
			if _, err := r.ReadAt(got, 0); err != nil {
				t.Fatal(err)
			}
			replace(t, store, object.Path, c.data)
			clear(got)
			_, err := r.ReadAt(got, 0)
			if string(c.data) == "content" && err == nil && string(got) == "cont" {
				return
			}
			wantKind(t, err, storage.ErrChanged, object.Address)

			late, err := store.Open(t.Context(), object)
			if err == nil { // a driver may find out at the first read
				_, err = late.ReadAt(got, 0)
				err = errors.Join(err, late.Close())
			}
			wantKind(t, err, storage.ErrChanged, object.Address)
		})
	}
}
