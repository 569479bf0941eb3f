package storage

import (
	"context"
	"slices"
	"testing"
)

// named is a store with another name.
type named struct {
	Store
	name string
}

func (n named) String() string { return n.name + " of " + n.Store.String() }

// Open decorates every store that it opens, the decorator given last on the outside.
func TestDecorators(t *testing.T) {
	ctx := context.Background()
	for _, name := range []string{"inner", "outer"} {
		ctx = WithDecorator(ctx, func(s Store) Store { return named{s, name} })
	}
	var got []string
	for _, c := range []context.Context{context.Background(), ctx} {
		store, path, err := Open(c, "file:///x")
		if err != nil || path != "/x" {
			t.Fatal(path, err)
		}
		got = append(got, store.String())
	}
	if want := []string{"local disk", "outer of inner of local disk"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if store, _, err := Open(ctx, "ftp://x"); store != nil || err == nil {
		t.Errorf("%v, %v", store, err)
	}
}
