// Package servers starts the object stores that tests run against, on loopback addresses, and points the environment of
// the test at them, so that storage.Open finds them as it finds the real ones:
//
//	servers.GCS(t)    fake-gcs-server in the process of the test, with the conditions of reads and copies added
//	servers.S3(t)     versitygw on a temporary folder, in a process of its own
//	servers.Azure(t)  Azurite, which npm brings; without it the test is skipped, but not where CI=true
//
// Each gives the address of a new, empty bucket. What a test puts between client and server counts requests, makes them fail, or
// changes objects before they are answered.
package servers

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Between stands between the client and the server.
type Between func(server http.Handler) http.Handler

// All are the servers by the names of what they stand for.
var All = map[string]func(t testing.TB, between ...Between) string{"gcs": GCS, "s3": S3, "azure": Azure}

// Secrets are the keys of the servers. Nothing that a run says or publishes may have one of them in it.
var Secrets = []string{s3Secret, azureKey}

func stacked(server http.Handler, between []Between) http.Handler {
	for _, b := range between {
		server = b(server)
	}
	return server
}

// before gives the address of what stands before the server, or the server's own.
func before(t testing.TB, address string, between []Between) string {
	t.Helper()
	if len(between) == 0 {
		return address
	}
	proxy := &httputil.ReverseProxy{
		// The host stays as the client has signed it.
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.Out.Host = r.In.Host
		},
		FlushInterval: -1,
	}
	front := httptest.NewServer(stacked(proxy, between))
	t.Cleanup(front.Close)
	return front.Listener.Addr().String()
}

var buckets atomic.Int64

// bucketName gives a name that no other test has.
func bucketName() string { return fmt.Sprintf("leadscore-%d", buckets.Add(1)) }

// freePort gives a loopback address that nobody listens on at the moment.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// waitFor waits until somebody listens.
func waitFor(address string, ended <-chan struct{}, said fmt.Stringer) error {
	for start := time.Now(); time.Since(start) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			return fmt.Errorf("the server has ended: %s", strings.TrimSpace(said.String()))
		default:
		}
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
	}
	return fmt.Errorf("nobody listens on %s: %s", address, strings.TrimSpace(said.String()))
}
