package servers

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

// GCS starts fake-gcs-server, points the environment at it, and gives the address of a bucket.
func GCS(t testing.TB, between ...Between) string {
	t.Helper()
	return StartGCS(t, between...).Bucket()
}

// GCSServer is a running fake-gcs-server, for tests that want many buckets of it.
type GCSServer struct{ server *fakestorage.Server }

// StartGCS starts a server and points the environment at it.
func StartGCS(t testing.TB, between ...Between) GCSServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true, ExternalURL: address, PublicHost: listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: stacked(&conditional{server: server, next: server.HTTPHandler()}, between)}
	go func() { _ = web.Serve(listener) }() // ends with Close
	t.Cleanup(func() {
		_ = web.Close()
		server.Stop()
	})
	t.Setenv("STORAGE_EMULATOR_HOST", address)
	return GCSServer{server}
}

// Bucket gives the address of a new, empty bucket.
func (g GCSServer) Bucket() string {
	name := bucketName()
	g.server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: name})
	return "gs://" + name
}

// conditional adds what fake-gcs-server leaves out: it checks conditions on uploads alone. Those of copies are checked here,
// with all other changes of the bucket held off meanwhile.
type conditional struct {
	server *fakestorage.Server
	next   http.Handler
	mu     sync.RWMutex
}

func (c *conditional) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, object, isCopy := copyTarget(r.URL.EscapedPath())
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		c.next.ServeHTTP(w, r)
		return
	}
	if !isCopy {
		c.mu.RLock()
		defer c.mu.RUnlock()
		c.next.ServeHTTP(w, r)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if wanted := r.URL.Query().Get("ifGenerationMatch"); wanted != "" {
		standing := int64(0)
		if o, err := c.server.GetObject(bucket, object); err == nil {
			standing = o.Generation
		}
		if wanted != strconv.FormatInt(standing, 10) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusPreconditionFailed)
			fmt.Fprint(w, `{"error":{"code":412,"message":"At least one of the pre-conditions you specified did not hold.","errors":[{"reason":"conditionNotMet"}]}}`)
			return
		}
	}
	c.next.ServeHTTP(w, r)
}

// copyTarget finds where a copy leads to.
func copyTarget(path string) (bucket, object string, isCopy bool) {
	for _, verb := range []string{"/rewriteTo/b/", "/copyTo/b/"} {
		if _, target, ok := strings.Cut(path, verb); ok {
			bucket, object, ok = strings.Cut(target, "/o/")
			name, err := url.PathUnescape(object)
			return bucket, name, ok && err == nil
		}
	}
	return "", "", false
}
