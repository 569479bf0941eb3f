package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline/storage"
)

const racers = 16

func testSwaps(t *testing.T, place Place) {
	store, root := place(t)
	path := storage.Join(root, "deep/pointer.json")
	_, err := store.Swap(t.Context(), path, []byte("x"), "no such version")
	wantKind(t, err, storage.ErrPrecondition, store.Address(path))

	first, err := store.Swap(t.Context(), path, []byte("first"), storage.None)
	if err != nil || first == storage.None {
		t.Fatalf("%q, %v", first, err)
	}
	data, version, err := store.Read(t.Context(), path, 100)
	if err != nil || string(data) != "first" || version != first {
		t.Fatalf("read %q at %q, %v; want version %q", data, version, err, first)
	}
	_, err = store.Swap(t.Context(), path, []byte("x"), storage.None)
	wantKind(t, err, storage.ErrPrecondition, store.Address(path))

	second, err := store.Swap(t.Context(), path, []byte("second"), first)
	if err != nil || second == first {
		t.Fatalf("%q, %v", second, err)
	}
	_, err = store.Swap(t.Context(), path, []byte("x"), first)
	wantKind(t, err, storage.ErrPrecondition, store.Address(path))
	if got := Get(t, store, path); string(got) != "second" {
		t.Errorf("read %q", got)
	}
	if got := Paths(t, store, root, "**/.*"); len(got) > 0 {
		t.Errorf("left behind: %q", got)
	}
}

// race runs many at once and gives how many succeeded; the others must fail with one of the kinds.
func race(t *testing.T, try func(i int) error, kinds ...storage.Kind) int64 {
	t.Helper()
	var won atomic.Int64
	start := make(chan struct{})
	all := pool.New().WithErrors()
	for i := range racers {
		all.Go(func() error {
			<-start
			err := try(i)
			if err == nil {
				won.Add(1)
				return nil
			}
			for _, kind := range kinds {
				if errors.Is(err, kind) {
					return nil
				}
			}
			return fmt.Errorf("racer %d: %w", i, err)
		})
	}
	close(start)
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	return won.Load()
}

func testRaces(t *testing.T, place Place) {
	t.Run("create", func(t *testing.T) {
		store, root := place(t)
		for round := range 10 {
			path := storage.Join(root, "new folder", strconv.Itoa(round), "one.bin")
			won := race(t, func(i int) error {
				w, err := store.Create(t.Context(), path)
				if err != nil {
					return err
				}
				if _, err := w.Write(bytes.Repeat([]byte{byte(i)}, 100<<10)); err != nil {
					return err
				}
				_, err = w.Finish()
				return err
			}, storage.ErrAlreadyExists)
			if won != 1 {
				t.Errorf("round %d: %d created it", round, won)
			}
			if data := Get(t, store, path); len(data) != 100<<10 || bytes.Count(data, data[:1]) != len(data) {
				t.Errorf("round %d: %d bytes, of more than one writer", round, len(data))
			}
		}
		if left := Paths(t, store, root, "**/.*"); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})

	t.Run("swap", func(t *testing.T) {
		store, root := place(t)
		path := storage.Join(root, "pointer")
		version := storage.None
		for round := range 10 {
			won := race(t, func(i int) error {
				_, err := store.Swap(t.Context(), path, fmt.Appendf(nil, "round %d by %d", round, i), version)
				return err
			}, storage.ErrPrecondition)
			if won != 1 {
				t.Errorf("round %d: %d swapped", round, won)
			}
			var err error
			if _, version, err = store.Read(t.Context(), path, 100); err != nil {
				t.Fatal(err)
			}
		}
	})

	t.Run("count", func(t *testing.T) {
		// Everyone adds to one number; none of the additions may be lost, and no reader may see a torn one.
		store, root := place(t)
		path := storage.Join(root, "number")
		if _, err := store.Swap(t.Context(), path, []byte("0"), storage.None); err != nil {
			t.Fatal(err)
		}
		const additions = 5
		won := race(t, func(int) error {
			for done := 0; done < additions; {
				data, version, err := store.Read(t.Context(), path, 100)
				if err != nil {
					return err
				}
				n, err := strconv.Atoi(string(data))
				if err != nil {
					return err
				}
				_, err = store.Swap(t.Context(), path, strconv.AppendInt(nil, int64(n+1), 10), version)
				if err == nil {
					done++
				} else if !errors.Is(err, storage.ErrPrecondition) {
					return err
				}
			}
			return nil
		})
		if won != racers {
			t.Errorf("%d of %d added", won, racers)
		}
		if got := string(Get(t, store, path)); got != strconv.Itoa(racers*additions) {
			t.Errorf("the number is %s", got)
		}
	})
}

func testLocks(t *testing.T, place Place) {
	store, root := place(t)
	path := storage.Join(root, "runs/.date.lock")
	lock, err := storage.TryLock(t.Context(), store, path, "the first")
	if err != nil {
		t.Fatal(err)
	}
	if !lock.Valid() {
		t.Error("not valid")
	}
	_, err = storage.TryLock(t.Context(), store, path, "the second")
	wantKind(t, err, storage.ErrBusy, store.Address(path))
	if !bytes.Contains([]byte(err.Error()), []byte("the first")) {
		t.Errorf("%q does not name the holder", err)
	}
	for range 2 {
		if err := lock.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
	if locker, ok := store.(storage.Locker); ok {
		own, err := locker.TryLock(t.Context(), path+"-own", "")
		if err == nil && !own.EndsWithProcess() {
			t.Error("the store's own lock does not end with its process")
		}
		if err == nil {
			err = own.Unlock()
		}
		if err != nil && !errors.Is(err, storage.ErrUnsupported) {
			t.Error(err)
		}
	}
	if lock.Valid() {
		t.Error("valid after Unlock")
	}
	for round := range 5 {
		held := make(chan storage.Lock, racers)
		won := race(t, func(i int) error {
			lock, err := storage.TryLock(t.Context(), store, path, strconv.Itoa(i))
			if err == nil {
				held <- lock
			}
			return err
		}, storage.ErrBusy)
		if won != 1 {
			t.Fatalf("round %d: %d hold the lock", round, won)
		}
		if err := (<-held).Unlock(); err != nil {
			t.Fatal(err)
		}
	}
}
