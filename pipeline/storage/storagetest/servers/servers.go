// Package servers starts the object stores that tests run against, on loopback addresses, and points the environment of
// the test at them, so that storage.Open finds them as it finds the real ones:
//
//	servers.GCS(t)    fake-gcs-server in the process of the test, with the conditions of reads and copies added
//	servers.S3(t)     versitygw on a temporary folder, in a process of its own
//	servers.Azure(t)  Azurite, which npm brings; without it the test is skipped, but not where CI=true
//
// Each gives the address of a new, empty bucket.
package servers

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

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
