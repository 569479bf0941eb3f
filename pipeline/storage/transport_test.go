package storage

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A server that answers before it has read the body leaves the client's memory alone: what is written there after the answer is no
// race with the goroutine that still sends (go test -race).
func TestBodyIsLetGo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/read" {
			data, err := io.ReadAll(r.Body)
			if err != nil || !bytes.Equal(data, bytes.Repeat([]byte("x"), 4<<20)) {
				t.Errorf("%d bytes arrived, %v", len(data), err)
			}
		}
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	client := &http.Client{Transport: letGo{newTransport(time.Minute)}}
	data := bytes.Repeat([]byte("x"), 4<<20)
	for _, path := range []string{"/early", "/read", "/early"} {
		answer, err := client.Post(server.URL+path, "", bytes.NewReader(data))
		if err == nil {
			answer.Body.Close()
		} else if path == "/read" {
			t.Fatal(err)
		}
		if path == "/early" {
			for i := range data {
				data[i] = 'y' // as the next piece of an upload would
			}
			for i := range data {
				data[i] = 'x'
			}
		}
	}
}
