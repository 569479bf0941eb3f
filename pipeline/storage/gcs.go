package storage

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/http"
)

// gcs is a bucket of Google Cloud Storage, over HTTP and JSON. Versions are generations, which are never given twice.
type gcs struct {
	bucket *storage.BucketHandle
	*patience
}

// openGCS signs in with application-default credentials, or not at all where STORAGE_EMULATOR_HOST names an emulator.
func openGCS(ctx context.Context, name string, p *patience) (bucket, error) {
	base := letGo{newTransport(p.stall())}
	signed := http.RoundTripper(base)
	if os.Getenv("STORAGE_EMULATOR_HOST") == "" {
		var err error
		if signed, err = transport.NewTransport(ctx, base, option.WithScopes(storage.ScopeReadWrite)); err != nil {
			return nil, &Error{Op: "sign in", Address: "gs://" + name, Kind: ErrPermission, Err: &cause{
				"no application-default credentials; run gcloud auth application-default login, or let GOOGLE_APPLICATION_CREDENTIALS name a key file", err}}
		}
	}
	client, err := storage.NewClient(ctx, option.WithHTTPClient(&http.Client{Transport: signed}))
	if err != nil {
		return nil, &Error{Op: "open", Address: "gs://" + name, Kind: ErrInvalid, Err: &cause{reason(err), err}}
	}
	client.SetRetry(storage.WithPolicy(storage.RetryNever)) // patience does it
	return &gcs{bucket: client.Bucket(name), patience: p}, nil
}

func gcsObject(a *storage.ObjectAttrs) Object {
	return Object{Path: a.Name, Size: a.Size, Version: gcsVersion(a.Generation), Modified: a.Updated, Checksum: fmt.Sprintf("crc32c:%08x", a.CRC32C)}
}

func gcsVersion(generation int64) string { return "generation:" + strconv.FormatInt(generation, 10) }

// generation reads a version; 0, which no object has, for one of another kind.
func generation(version string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(version, "generation:"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (g *gcs) list(ctx context.Context, prefix string, deep bool, page string) ([]Object, string, error) {
	query := &storage.Query{Prefix: prefix, Projection: storage.ProjectionNoACL}
	if !deep {
		query.Delimiter = "/"
	}
	if err := query.SetAttrSelection([]string{"Name", "Size", "Generation", "Updated", "CRC32C"}); err != nil {
		return nil, "", err
	}
	var attrs []*storage.ObjectAttrs
	next, err := iterator.NewPager(g.bucket.Objects(ctx, query), 1000, page).NextPage(&attrs)
	if err != nil {
		return nil, "", err
	}
	var objects []Object
	for _, a := range attrs {
		if a.Name != "" { // a common prefix has none
			objects = append(objects, gcsObject(a))
		}
	}
	return objects, next, nil
}

func (g *gcs) stat(ctx context.Context, key string) (Object, error) {
	attrs, err := g.bucket.Object(key).Attrs(ctx)
	if err != nil {
		return Object{}, err
	}
	return gcsObject(attrs), nil
}

func (g *gcs) read(ctx context.Context, object Object, b []byte, offset int64) error {
	pinned := generation(object.Version)
	// Compressed: an object that is stored with gzip encoding has no ranges once it is unpacked.
	r, err := g.bucket.Object(object.Path).Generation(pinned).ReadCompressed(true).NewRangeReader(ctx, offset, int64(len(b)))
	if err != nil {
		return err
	}
	_, err = io.ReadFull(r, b)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	if r.Attrs.Generation != 0 && r.Attrs.Generation != pinned || r.Attrs.Size != object.Size {
		return errReplaced
	}
	return nil
}

func (g *gcs) get(ctx context.Context, key string) (io.ReadCloser, Version, error) {
	r, err := g.bucket.Object(key).ReadCompressed(true).NewReader(ctx)
	if err != nil {
		return nil, None, err
	}
	return r, Version(gcsVersion(r.Attrs.Generation)), nil
}

// conditions are those of a write: on a generation, or on none.
func conditions(old Version) storage.Conditions {
	if old == None {
		return storage.Conditions{DoesNotExist: true}
	}
	return storage.Conditions{GenerationMatch: generation(string(old))}
}

func (g *gcs) put(ctx context.Context, key string, data []byte, old Version) (Object, error) {
	if old != None && generation(string(old)) == 0 {
		return Object{}, errCondition
	}
	// A Writer that is closed publishes what it has; only the end of its context stops it.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := g.bucket.Object(key).If(conditions(old)).NewWriter(ctx)
	w.ChunkSize = 0 // one request
	w.CRC32C, w.SendCRC32C = crc32.Checksum(data, castagnoli), true
	if _, err := w.Write(data); err != nil {
		cancel()
		_ = w.Close() // says what Write has said
		return Object{}, err
	}
	if err := w.Close(); err != nil {
		return Object{}, err
	}
	return gcsObject(w.Attrs()), nil
}

// errCondition is a condition that can never hold.
var errCondition = &googleapi.Error{Code: http.StatusPreconditionFailed, Message: "no object has such a version"}

func (g *gcs) copy(ctx context.Context, from Object, to string) (bool, error) {
	source := g.bucket.Object(from.Path).Generation(generation(from.Version))
	_, err := g.bucket.Object(to).If(storage.Conditions{DoesNotExist: true}).CopierFrom(source).Run(ctx)
	return false, err
}

func (g *gcs) remove(ctx context.Context, key string) error { return g.bucket.Object(key).Delete(ctx) }

// gcsUpload is a resumable upload of the client, which tries its chunks again by itself, where they broke off.
type gcsUpload struct {
	writer *storage.Writer
	cancel context.CancelFunc
	bound  time.Duration
	window time.Duration // failures further apart than this are not of one trouble

	mu          sync.Mutex
	first, last time.Time // failure of the trouble at hand
	unsure      bool
}

func (g *gcs) upload(ctx context.Context, key string) upload {
	ctx, cancel := context.WithCancel(ctx)
	u := &gcsUpload{cancel: cancel, bound: g.bound, window: 2 * (longestPause + g.stall())}
	object := g.bucket.Object(key).If(conditions(None)).Retryer(storage.WithPolicy(storage.RetryAlways), storage.WithErrorFunc(u.again),
		storage.WithBackoff(gax.Backoff{Initial: firstPause, Max: longestPause, Multiplier: 2}))
	u.writer = object.NewWriter(ctx)
	u.writer.ChunkSize = pieceBytes
	u.writer.ChunkRetryDeadline = max(g.bound, time.Millisecond)
	return u
}

// again tells the client whether to try again, for as long as patience would.
func (u *gcsUpload) again(err error) bool {
	if err == nil { // it asks after successes too
		return false
	}
	if kind, _ := explainGCS(err); kind != ErrUnavailable {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.unsure = true
	now := time.Now()
	if u.first.IsZero() || now.Sub(u.last) > u.window {
		u.first = now
	}
	u.last = now
	return now.Sub(u.first) < u.bound
}

func (u *gcsUpload) piece(data []byte) error {
	_, err := u.writer.Write(data)
	return err
}

func (u *gcsUpload) commit() (Object, bool, error) {
	defer u.cancel()
	err := u.writer.Close()
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil {
		kind, _ := explainGCS(err)
		return Object{}, u.unsure || kind == ErrUnavailable, err
	}
	return gcsObject(u.writer.Attrs()), false, nil
}

// abandon ends the writer's context before it is closed: closed alone it would publish.
func (u *gcsUpload) abandon() error {
	u.cancel()
	_ = u.writer.Close() // fails, and waits for what is under way
	return nil
}

func (g *gcs) explain(err error) (Kind, string) { return explainGCS(err) }

func explainGCS(err error) (Kind, string) {
	if errors.Is(err, storage.ErrObjectNotExist) || errors.Is(err, storage.ErrBucketNotExist) {
		return ErrNotFound, "there is no such object, or no such bucket"
	}
	if e, ok := errors.AsType[*googleapi.Error](err); ok {
		kind := kindOfStatus(e.Code)
		if e.Code == http.StatusNotModified {
			kind = ErrPrecondition
		}
		return kind, strings.TrimSpace(fmt.Sprintf("%d %s", e.Code, e.Message))
	}
	return kindOfNetwork(err), reason(err)
}
