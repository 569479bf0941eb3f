package storagetest

import (
	"fmt"
	"testing"

	"leadscore/pipeline/storage"
)

// Benchmark measures what a run does most: writing parts, reading column chunks, swapping pointers, listing.
func Benchmark(b *testing.B, place Place) {
	const size = 32 << 20
	data := randomBytes(size)
	b.Run("create 32 MiB", func(b *testing.B) {
		store, root := place(b)
		b.SetBytes(size)
		for i := 0; b.Loop(); i++ {
			Put(b, store, storage.Join(root, fmt.Sprint(i)), data)
		}
	})
	for _, length := range []int{4 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("read %d KiB", length>>10), func(b *testing.B) {
			store, root := place(b)
			r := open(b, store, Put(b, store, storage.Join(root, "x"), data))
			got := make([]byte, length)
			b.SetBytes(int64(length))
			for i := 0; b.Loop(); i++ {
				if _, err := r.ReadAt(got, int64(i*length%(size-length))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("swap", func(b *testing.B) {
		store, root := place(b)
		path, version := storage.Join(root, "pointer"), storage.None
		for i := 0; b.Loop(); i++ {
			var err error
			if version, err = store.Swap(b.Context(), path, fmt.Append(nil, i), version); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list 1000", func(b *testing.B) {
		store, root := place(b)
		for i := range 1000 {
			Put(b, store, storage.Join(root, fmt.Sprintf("dt=%02d/part-%03d.parquet", i%30, i)), nil)
		}
		for b.Loop() {
			if objects, err := store.List(b.Context(), root+"/dt=*/part-*.parquet"); err != nil || len(objects) != 1000 {
				b.Fatal(len(objects), err)
			}
		}
	})
}
