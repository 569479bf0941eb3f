package storage

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// List walks the folders that the glob can lead to, name by name: a folder that no match can lie under is not read.
func (l Local) List(ctx context.Context, glob string) ([]Object, error) {
	if err := l.ended(ctx, "list", glob); err != nil {
		return nil, err
	}
	// What is written comes first: data[1].parquet may well be a file's name.
	object, err := l.Pin(ctx, glob)
	if err == nil {
		return []Object{object}, nil
	}
	if !IsGlob(glob) {
		return nil, err
	}
	// Any other error may come from looking for a file of the glob's name, which may well be none.
	segments, err := splitGlob(glob)
	if err != nil {
		return nil, &Error{Op: "list", Address: l.Address(glob), Kind: ErrInvalid, Err: err}
	}
	w := localWalk{store: l, ctx: ctx, found: map[string]Object{}}
	base := ""
	if strings.HasPrefix(glob, "/") {
		base, segments = "/", segments[1:]
	}
	if err := w.walk(base, segments); err != nil {
		return nil, err
	}
	if len(w.found) == 0 {
		return nil, NoMatch(l.Address(glob))
	}
	objects := make([]Object, 0, len(w.found))
	for _, o := range w.found {
		objects = append(objects, o)
	}
	slices.SortFunc(objects, func(a, b Object) int { return cmp.Compare(a.Path, b.Path) })
	return objects, nil
}

// localWalk collects what a glob matches. Two ways through ** may lead to one file; it is found once.
type localWalk struct {
	store Local
	ctx   context.Context
	found map[string]Object
}

func (w *localWalk) walk(base string, glob []string) error {
	if err := w.store.ended(w.ctx, "list", base); err != nil {
		return err
	}
	// Names without wildcards need no look into the folder.
	for len(glob) > 1 && !isWild(glob[0]) {
		base, glob = below(base, unescape(glob[0])), glob[1:]
	}
	if !isWild(glob[0]) {
		return w.take(below(base, unescape(glob[0])))
	}
	entries, err := os.ReadDir(osPath(base))
	switch kindOfOS(err) {
	case "":
	case ErrNotFound: // also when base is a file
		return nil
	default:
		return w.store.fail("list", base, err)
	}
	for _, entry := range entries {
		if err := w.visit(base, entry, glob); err != nil {
			return err
		}
	}
	if glob[0] == "**" && len(glob) > 1 {
		return w.walk(base, glob[1:])
	}
	return nil
}

// visit follows the glob into one entry of a folder.
func (w *localWalk) visit(base string, entry fs.DirEntry, glob []string) error {
	name, p := entry.Name(), below(base, entry.Name())
	folder := entry.IsDir()
	if entry.Type()&fs.ModeSymlink != 0 && glob[0] != "**" {
		// A link to a folder is followed where a name stands for it, not by **, which could walk in circles.
		info, err := os.Stat(osPath(p))
		folder = err == nil && info.IsDir()
	}
	if glob[0] == "**" {
		switch {
		case !matchName("*", name, folder):
			return nil
		case folder:
			return w.walk(p, glob)
		case len(glob) == 1:
			return w.take(p)
		}
		return nil
	}
	switch {
	case !matchName(glob[0], name, folder):
		return nil
	case len(glob) > 1 && folder:
		return w.walk(p, glob[1:])
	case len(glob) == 1 && !folder:
		return w.take(p)
	}
	return nil
}

// take pins a match. What vanished since the folder was read, a folder, and what is no regular file is no match.
func (w *localWalk) take(p string) error {
	object, err := w.store.Pin(w.ctx, p)
	switch KindOf(err) {
	case "":
		w.found[p] = object
		return nil
	case ErrNotFound, ErrInvalid:
		return nil
	}
	return err
}

// below joins without cleaning: a path is given back as it was asked for.
func below(base, name string) string {
	if base == "" || strings.HasSuffix(base, "/") {
		return base + name
	}
	return base + "/" + name
}
