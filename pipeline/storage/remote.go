package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A remote store is three layers:
//
//	remote    the contract of Store: globs, pins, create-only and swaps, read back when an outcome is unknown
//	patience  tries requests again
//	bucket    what a service can do, one request at a time: gcs.go, s3.go, azure.go

// bucket is a bucket or container of one service. Each method is one request, tried once; its errors are those of the
// client, which explain understands. Versions are those of Object.Version.
type bucket interface {
	// list gives a page of the objects whose keys begin with prefix, those without another slash behind it unless deep.
	// Page "" is the first; next is "" behind the last.
	list(ctx context.Context, prefix string, deep bool, page string) (objects []Object, next string, err error)

	stat(ctx context.Context, key string) (Object, error)

	// read fills b with the bytes of exactly that object, or gives errReplaced.
	read(ctx context.Context, object Object, b []byte, offset int64) error

	// get opens an object from its beginning.
	get(ctx context.Context, key string) (io.ReadCloser, Version, error)

	// put writes an object in one request when it stands at the version; None: when there is none.
	put(ctx context.Context, key string, data []byte, old Version) (Object, error)

	// copy makes an object of the same bytes on the side of the service, create-only. unsure: with an error, a request
	// within it may have taken effect all the same.
	copy(ctx context.Context, from Object, to string) (unsure bool, err error)

	remove(ctx context.Context, key string) error

	// upload starts an object that is too large for one request.
	upload(ctx context.Context, key string) upload

	// explain gives the kind of an error and what to say of it.
	explain(err error) (Kind, string)
}

// upload brings up an object in pieces; nothing is visible before the commit, which is create-only.
type upload interface {
	piece(data []byte) error
	commit() (object Object, unsure bool, err error) // unsure: an earlier try of it may have taken effect
	abandon() error
}

// errReplaced says that another object stands where the pinned one stood.
var errReplaced = errors.New("another object stands in its place")

// remote is a bucket as a Store.
type remote struct {
	scheme, name string
	bucket
	*patience
}

// String names the store.
func (r *remote) String() string { return r.scheme + "://" + r.name }

// Address gives the address of a key.
func (r *remote) Address(key string) string { return r.scheme + "://" + r.name + "/" + key }

// Distant tells that a read costs a journey.
func (r *remote) Distant() bool { return true }

// fail wraps an error of the client.
func (r *remote) fail(ctx context.Context, op, key string, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Op: op, Address: r.Address(key)}
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	switch {
	case ctx.Err() != nil:
		e.Kind, e.Err = ErrUnavailable, fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
	case errors.Is(err, errReplaced):
		e.Kind, e.Err = ErrChanged, errReplaced
	default:
		text := ""
		e.Kind, text = r.explain(err)
		e.Err = &cause{text, err}
	}
	return e
}

// ask sends a request until it is answered.
func (r *remote) ask(ctx context.Context, op, key string, request func() error) error {
	if ctx.Err() != nil {
		return r.fail(ctx, op, key, ctx.Err())
	}
	return r.try(ctx, func() error { return r.fail(ctx, op, key, request()) })
}

// List lists by the part of the glob before its first wildcard.
func (r *remote) List(ctx context.Context, glob string) ([]Object, error) {
	// What is written comes first: data[1].parquet may well be an object's name.
	object, err := r.Pin(ctx, glob)
	switch {
	case err == nil:
		return []Object{object}, nil
	case !IsGlob(glob):
		return nil, r.perhapsFolder(ctx, glob, err)
	case KindOf(err) != ErrNotFound && KindOf(err) != ErrInvalid:
		return nil, err
	}
	segments, err := splitGlob(glob)
	if err != nil {
		return nil, &Error{Op: "list", Address: r.Address(glob), Kind: ErrInvalid, Err: err}
	}
	prefix, deep := literalPrefix(glob)
	var found []Object
	err = r.each(ctx, glob, prefix, deep, func(o Object) {
		if matchSegments(segments, strings.Split(o.Path, "/")) {
			found = append(found, o)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, NoMatch(r.Address(glob))
	}
	slices.SortFunc(found, func(a, b Object) int { return cmp.Compare(a.Path, b.Path) })
	return found, nil
}

// each visits the objects below a prefix, page by page.
func (r *remote) each(ctx context.Context, glob, prefix string, deep bool, visit func(Object)) error {
	for page := ""; ; {
		var objects []Object
		var next string
		err := r.ask(ctx, "list", glob, func() (err error) {
			objects, next, err = r.list(ctx, prefix, deep, page)
			return err
		})
		if err != nil {
			return err
		}
		for _, o := range objects {
			if !strings.HasSuffix(o.Path, "/") { // a mark that some tools leave for a folder
				o.Address = r.Address(o.Path)
				visit(o)
			}
		}
		if page = next; page == "" {
			return nil
		}
	}
}

// perhapsFolder says of a path that is no object whether objects lie below it.
func (r *remote) perhapsFolder(ctx context.Context, key string, missing error) error {
	folder := strings.TrimSuffix(key, "/") + "/"
	if KindOf(missing) != ErrNotFound {
		return missing
	}
	below := false
	if err := r.each(ctx, key, folder, true, func(Object) { below = true }); err != nil || !below {
		return missing
	}
	return &Error{Op: "list", Address: r.Address(key), Kind: ErrInvalid,
		Err: fmt.Errorf("it is a folder; write %s*.parquet to mean the files in it", r.Address(folder))}
}

// literalPrefix gives what every match of a glob begins with, and whether matches may have further slashes behind it.
func literalPrefix(glob string) (prefix string, deep bool) {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch glob[i] {
		case '*', '?', '[', '{':
			return b.String(), strings.Contains(glob[i:], "/") || strings.HasPrefix(glob[i:], "**")
		case '\\':
			if i++; i == len(glob) {
				return b.String(), true
			}
		}
		b.WriteByte(glob[i])
	}
	return b.String(), false
}

// Pin looks at one object.
func (r *remote) Pin(ctx context.Context, key string) (Object, error) {
	if err := r.checkKey("stat", key); err != nil {
		return Object{}, err
	}
	var object Object
	err := r.ask(ctx, "stat", key, func() (err error) {
		object, err = r.stat(ctx, key)
		return err
	})
	object.Path, object.Address = key, r.Address(key)
	return object, err
}

// longestKey is the limit of all three services, in bytes.
const longestKey = 1024

// checkKey refuses what no service takes for a key, or each in a way of its own.
func (r *remote) checkKey(op, key string) error {
	what := ""
	switch {
	case key == "" || strings.HasSuffix(key, "/"):
		what = "it names no object but a folder; write " + r.Address(key) + "*.parquet to mean the files in it"
	case len(key) > longestKey:
		what = fmt.Sprintf("its name has %d bytes, more than %d", len(key), longestKey)
	default:
		return nil
	}
	return &Error{Op: op, Address: r.Address(key), Kind: ErrInvalid, Err: errors.New(what)}
}

// Open gives a reader of a pinned object. It asks the store nothing: the first read finds out.
func (r *remote) Open(ctx context.Context, object Object) (Reader, error) {
	if ctx.Err() != nil {
		return nil, r.fail(ctx, "open", object.Path, ctx.Err())
	}
	return &remoteReader{store: r, ctx: ctx, object: object}, nil
}

// remoteReader reads ranges, each with the version that was pinned as its condition.
type remoteReader struct {
	store  *remote
	ctx    context.Context
	object Object
}

func (r *remoteReader) Size() int64    { return r.object.Size }
func (r *remoteReader) Object() Object { return r.object }
func (r *remoteReader) Close() error   { return nil }

func (r *remoteReader) ReadAt(p []byte, off int64) (int, error) {
	key := r.object.Path
	if off < 0 {
		return 0, &Error{Op: "read", Address: r.object.Address, Kind: ErrInvalid, Err: fmt.Errorf("offset %d is negative", off)}
	}
	if r.ctx.Err() != nil {
		return 0, r.store.fail(r.ctx, "read", key, r.ctx.Err())
	}
	if off > r.object.Size || off == r.object.Size && len(p) > 0 {
		return 0, io.EOF
	}
	want := p[:min(int64(len(p)), r.object.Size-off)]
	if len(want) > 0 {
		err := r.store.ask(r.ctx, "read", key, func() error { return r.store.read(r.ctx, r.object, want, off) })
		if KindOf(err) == ErrNotFound {
			return 0, &Error{Op: "read", Address: r.object.Address, Kind: ErrChanged, Err: errors.New("it is gone")}
		}
		if KindOf(err) == ErrPrecondition {
			return 0, &Error{Op: "read", Address: r.object.Address, Kind: ErrChanged, Err: errReplaced}
		}
		if err != nil {
			return 0, err
		}
	}
	if len(want) < len(p) {
		return len(want), io.EOF
	}
	return len(want), nil
}

// Read gives a small object whole, of one answer.
func (r *remote) Read(ctx context.Context, key string, limit int64) ([]byte, Version, error) {
	var data []byte
	var version Version
	if err := r.checkKey("read", key); err != nil {
		return nil, None, err
	}
	err := r.ask(ctx, "read", key, func() error {
		body, v, err := r.get(ctx, key)
		if err != nil {
			return err
		}
		data, err = io.ReadAll(io.LimitReader(body, limit+1))
		_ = body.Close() // all that counts has been read
		version = v
		return err
	})
	if err == nil && int64(len(data)) > limit {
		err = &Error{Op: "read", Address: r.Address(key), Kind: ErrInvalid, Err: fmt.Errorf("more than %d bytes; this is not the file that it should be", limit)}
	}
	if err != nil {
		return nil, None, err
	}
	return data, version, nil
}

// Exists tells whether there is an object.
func (r *remote) Exists(ctx context.Context, key string) (bool, error) {
	_, err := r.Pin(ctx, key)
	if KindOf(err) == ErrNotFound {
		return false, nil
	}
	return err == nil, err
}

// Delete removes an object. That it is not there is what was wanted.
func (r *remote) Delete(ctx context.Context, key string) error {
	err := r.ask(ctx, "delete", key, func() error { return r.remove(ctx, key) })
	if KindOf(err) == ErrNotFound {
		return nil
	}
	return err
}
