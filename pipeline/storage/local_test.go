package storage_test

import (
	"testing"

	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

func localPlace(t testing.TB) (storage.Store, string) { return storage.NewLocal(), t.TempDir() }

func TestLocal(t *testing.T) { storagetest.Run(t, localPlace) }

// The decorator that makes faults keeps the contract when it makes none, also where locks are leases.
func TestFaultyWithoutFaults(t *testing.T) {
	for name, set := range map[string]func(*storagetest.Faulty){
		"as an object store": func(f *storagetest.Faulty) { f.HideLocks, f.HideFolders = true, true },
		"no exchange":        func(f *storagetest.Faulty) { f.HideExchange = true },
	} {
		t.Run(name, func(t *testing.T) {
			storagetest.Run(t, func(t testing.TB) (storage.Store, string) {
				f := storagetest.NewFaulty(storage.NewLocal(), nil)
				set(f)
				return f, t.TempDir()
			})
		})
	}
}

func BenchmarkLocal(b *testing.B) { storagetest.Benchmark(b, localPlace) }
