package storagetest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/storage"
)

// tree is what testLists lists.
var tree = []string{
	"a.parquet",
	"b.csv",
	"deep/a/b/c/d.parquet",
	"deep/a/x.parquet",
	"deep/top.parquet",
	"dt=2026-11-21/part-0.parquet",
	"dt=2026-11-22/part-0.parquet",
	"dt=2026-11-22/part-1.parquet",
	".hidden.parquet",
	".git/x.parquet",
	"_SUCCESS",
	"_temporary/0/part-9.parquet",
	"_year=2026/y.parquet",
}

func testLists(t *testing.T, place Place) {
	store, root := place(t)
	for _, path := range tree {
		Put(t, store, storage.Join(root, path), []byte(path))
	}
	Put(t, store, root+"-beside/a.parquet", []byte("not below"))
	t.Cleanup(func() {
		if err := store.Delete(context.WithoutCancel(t.Context()), root+"-beside/a.parquet"); err != nil {
			t.Log(err)
		}
	})
	for _, c := range []struct {
		glob string
		want []string
	}{
		{"*", []string{"_SUCCESS", "a.parquet", "b.csv"}},
		{"*.parquet", []string{"a.parquet"}},
		{"?.csv", []string{"b.csv"}},
		{"[ab].*", []string{"a.parquet", "b.csv"}},
		{"{a,b}.{csv,parquet}", []string{"a.parquet", "b.csv"}},
		{"a.parquet", []string{"a.parquet"}},
		{"{" + strings.Repeat("long,", 100) + "a}.parquet", []string{"a.parquet"}},
		{"*/*.parquet", []string{"_year=2026/y.parquet", "deep/top.parquet", "dt=2026-11-21/part-0.parquet", "dt=2026-11-22/part-0.parquet", "dt=2026-11-22/part-1.parquet"}},
		{"dt=*/part-*.parquet", []string{"dt=2026-11-21/part-0.parquet", "dt=2026-11-22/part-0.parquet", "dt=2026-11-22/part-1.parquet"}},
		{"dt=2026-11-22/*", []string{"dt=2026-11-22/part-0.parquet", "dt=2026-11-22/part-1.parquet"}},
		{"deep/**/*.parquet", []string{"deep/a/b/c/d.parquet", "deep/a/x.parquet", "deep/top.parquet"}},
		{"deep/**", []string{"deep/a/b/c/d.parquet", "deep/a/x.parquet", "deep/top.parquet"}},
		{"deep/**/**/d.parquet", []string{"deep/a/b/c/d.parquet"}},
		{"deep/**/a/**/*.parquet", []string{"deep/a/b/c/d.parquet", "deep/a/x.parquet"}},
		{"**/x.parquet", []string{"deep/a/x.parquet"}},
		{"**/b/c/*", []string{"deep/a/b/c/d.parquet"}},
		{"_temporary/**", []string{"_temporary/0/part-9.parquet"}},
		{"_*/*/*", []string{"_temporary/0/part-9.parquet"}},
		{".*", []string{".hidden.parquet"}},
		{".git/*", []string{".git/x.parquet"}},
		{"**/.*", []string{".hidden.parquet"}},
	} {
		t.Run(c.glob, func(t *testing.T) {
			objects, err := store.List(t.Context(), root+"/"+c.glob)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, object := range objects {
				path := object.Path[len(root)+1:]
				got = append(got, path)
				if object.Size != int64(len(path)) || object.Version == "" || object.Address != store.Address(object.Path) {
					t.Errorf("not pinned: %+v", object)
				}
				data := make([]byte, object.Size)
				if _, err := open(t, store, object).ReadAt(data, 0); err != nil || string(data) != path {
					t.Errorf("reading what was listed: %q, %v", data, err)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, path := range tree {
				listed := slices.Contains(got, path)
				if matches, err := storage.Match(c.glob, path); err != nil || matches != listed {
					t.Errorf("Match(%q, %q) = %v, %v; listed: %v", c.glob, path, matches, err, listed)
				}
			}
		})
	}

	for _, glob := range []string{"missing/*.parquet", "missing/**", "*.none", "a.parquet/*", "deep/**/none"} {
		t.Run("nothing/"+glob, func(t *testing.T) {
			_, err := store.List(t.Context(), root+"/"+glob)
			wantKind(t, err, storage.ErrNoMatch, store.Address(root+"/"+glob))
		})
	}
	t.Run("no object of that name", func(t *testing.T) {
		_, err := store.List(t.Context(), root+"/none.parquet")
		wantKind(t, err, storage.ErrNotFound, store.Address(root+"/none.parquet"))
	})
	for _, glob := range []string{"[a.parquet", "{a,b.parquet", "{a/b,c}/*", "a**/x"} {
		t.Run("no glob/"+glob, func(t *testing.T) {
			_, err := store.List(t.Context(), root+"/"+glob)
			wantKind(t, err, storage.ErrInvalid, store.Address(root+"/"+glob))
		})
	}
}

// testNames: names are bytes; nothing in them means anything but slashes and, in globs, wildcards.
func testNames(t *testing.T, place Place) {
	store, root := place(t)
	names := []string{
		"with space.parquet", "häuser/straße.parquet", "日本/データ.parquet", "100%.parquet", "a+b&c=d.parquet", "a#b.parquet",
		"data[1].parquet", "{x}.parquet", "🙂.parquet", "per%20cent.parquet", "semi;colon.parquet", "quote'quote.parquet",
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := storage.Join(root, name)
			Put(t, store, path, []byte(name))
			for _, glob := range []string{path, storage.EscapeGlob(path)} {
				objects, err := store.List(t.Context(), glob)
				if err != nil || len(objects) != 1 || objects[0].Path != path {
					t.Fatalf("List(%q) = %+v, %v", glob, objects, err)
				}
			}
			if got := Get(t, store, path); string(got) != name {
				t.Errorf("read %q", got)
			}
			if version, err := store.Swap(t.Context(), path+".pointer", []byte(name), storage.None); err != nil || version == storage.None {
				t.Errorf("Swap: %q, %v", version, err)
			}
		})
	}
	if got := Paths(t, store, root, "**/*.parquet"); len(got) != len(names) {
		t.Errorf("listed %q", got)
	}
}
