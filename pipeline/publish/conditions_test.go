package publish_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
	"leadscore/pipeline/storage/storagetest/servers"
)

// without takes some conditions out of the requests to an S3 server, as a store that does not know them does, and signs the
// requests again.
func without(t *testing.T, headers ...string) servers.Between {
	return func(server http.Handler) http.Handler {
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut || r.Method == http.MethodPost {
				for _, h := range headers {
					r.Header.Del(h)
				}
				keys := aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}
				r.URL.Host = r.Host
				if err := signer.SignHTTP(r.Context(), keys, r, r.Header.Get("X-Amz-Content-Sha256"), "s3", "us-east-1", time.Now()); err != nil {
					t.Error(err)
				}
			}
			server.ServeHTTP(w, r)
		})
	}
}

// A store that does not look at the conditions of writes is found out before anything is published to it, and nothing is left
// in it but the lease that has run out.
func TestStoreWithoutConditions(t *testing.T) {
	noGenerations := func(server http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				query := r.URL.Query()
				query.Del("ifGenerationMatch")
				r.URL.RawQuery = query.Encode()
			}
			server.ServeHTTP(w, r)
		})
	}
	notImplemented := func(server http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match")+r.Header.Get("If-Match") != "" && r.Method == http.MethodPut {
				w.WriteHeader(http.StatusNotImplemented)
				return
			}
			server.ServeHTTP(w, r)
		})
	}
	for _, test := range []struct {
		name    string
		start   func(testing.TB, ...servers.Between) string
		between servers.Between
		says    string // "": it publishes
	}{
		{"S3", servers.S3, without(t), ""},
		{"S3 without If-None-Match", servers.S3, without(t, "If-None-Match"), "it created an object over one that stood there"},
		{"S3 without If-Match", servers.S3, without(t, "If-Match"), "it replaced another version of an object"},
		{"S3 without both", servers.S3, without(t, "If-None-Match", "If-Match"), "it created an object over one that stood there"},
		{"S3 that refuses conditions", servers.S3, notImplemented, "501"},
		{"GCS without generations", servers.GCS, noGenerations, "it created an object over one that stood there"},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, root, err := storage.Open(storage.WithRetryFor(t.Context(), time.Second), test.start(t, test.between)+"/out")
			if err != nil {
				t.Fatal(err)
			}
			err = run(t.Context(), store, root, day, "A", false)
			if test.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if left := storagetest.Paths(t, store, root, "_staging/**/*"); len(left) > 0 {
					t.Errorf("left behind: %q", left)
				}
				return
			}
			if !errors.Is(err, storage.ErrUnsupported) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "Choose a store that honours") {
				t.Errorf("got %v", err)
			}
			if _, err := publish.Open(t.Context(), store, root, publish.Latest); !errors.Is(err, publish.ErrNoRun) {
				t.Errorf("it is published: %v", err)
			}
			for _, pattern := range []string{"**/*", "_staging/**/*", "**/.*"} {
				if left := storagetest.Paths(t, store, root, pattern); len(left) > 0 {
					t.Errorf("left behind: %q", left)
				}
			}
		})
	}
}
