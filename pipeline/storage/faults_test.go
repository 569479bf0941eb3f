package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
	"leadscore/pipeline/storage/storagetest/servers"
)

// troubled opens a bucket of each store behind a handler that makes trouble once it is told to.
func troubled(t *testing.T, retryFor time.Duration, trouble func(w http.ResponseWriter, r *http.Request, server http.Handler), test func(t *testing.T, store storage.Store, on *atomic.Bool)) {
	for name, start := range servers.All {
		t.Run(name, func(t *testing.T) {
			var on atomic.Bool
			bucket := start(t, func(server http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if on.Load() {
						trouble(w, r, server)
					} else {
						server.ServeHTTP(w, r)
					}
				})
			})
			store, _, err := storage.Open(storage.WithRetryFor(t.Context(), retryFor), bucket)
			if err != nil {
				t.Fatal(err)
			}
			test(t, store, &on)
		})
	}
}

// everything does with a store what a run does, and checks what comes of it.
func everything(t *testing.T, store storage.Store) {
	t.Helper()
	big, small := bytes.Repeat([]byte("big"), 6<<20), []byte("small")
	storagetest.Put(t, store, "in/big", big)
	storagetest.Put(t, store, "in/small", small)
	if err := store.Copy(t.Context(), "in/big", "out/copy"); err != nil {
		t.Fatal(err)
	}
	first, err := store.Swap(t.Context(), "out/pointer", []byte("1"), storage.None)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Swap(t.Context(), "out/pointer", []byte("2"), first); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Swap(t.Context(), "out/pointer", []byte("3"), first); !errors.Is(err, storage.ErrPrecondition) {
		t.Errorf("swapped on an old version: %v", err)
	}
	if err := store.Copy(t.Context(), "in/small", "out/copy"); !errors.Is(err, storage.ErrAlreadyExists) {
		t.Errorf("copied over another: %v", err)
	}
	if _, err := store.Swap(t.Context(), "in/small", big[:5], storage.None); !errors.Is(err, storage.ErrPrecondition) {
		t.Errorf("swapped on nothing: %v", err)
	}
	objects, err := store.List(t.Context(), "**")
	if err != nil || len(objects) != 4 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	r, err := store.Open(t.Context(), objects[2])
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size())); err != nil || !bytes.Equal(data, big) {
		t.Errorf("the copy has %d bytes, %v", len(data), err)
	}
	if got := storagetest.Get(t, store, "out/pointer"); string(got) != "2" {
		t.Errorf("the pointer is %q", got)
	}
	for _, o := range objects {
		if err := store.Delete(t.Context(), o.Path); err != nil {
			t.Error(err)
		}
	}
}

// refuse answers as a store does that has too much to do.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

// Every other request is refused: throttled, failed, or its connection lost.
func TestFlakyStore(t *testing.T) {
	var n atomic.Int64
	troubled(t, time.Minute, func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		switch n.Add(1) % 8 {
		case 1:
			refuse(w, http.StatusServiceUnavailable)
		case 3:
			refuse(w, http.StatusTooManyRequests)
		case 5:
			refuse(w, http.StatusInternalServerError)
		case 7:
			panic(http.ErrAbortHandler) // the connection breaks
		default:
			server.ServeHTTP(w, r)
		}
	}, func(t *testing.T, store storage.Store, on *atomic.Bool) {
		on.Store(true)
		everything(t, store)
	})
}

// Every write takes effect, and its first answer is lost. What stands there is then one's own, unless it is another's.
func TestLostAnswers(t *testing.T) {
	var lost sync.Map
	troubled(t, time.Minute, func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			server.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := &kept{ResponseRecorder: httptest.NewRecorder()}
		server.ServeHTTP(answer, r)
		if strings.HasSuffix(r.Header.Get("Content-Range"), "/*") {
			// A piece in the middle of an upload to Google: sent again, fake-gcs-server takes it for the next one.
			answer.send(w)
			return
		}
		if _, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && parameters["boundary"] != "" {
			body = bytes.ReplaceAll(body, []byte(parameters["boundary"]), nil) // which is another each time
		}
		key := fmt.Sprintf("%s %s %s %s %x", r.Method, r.URL, r.Header.Get("Content-Range"), r.Header.Get("If-Match"), sha256.Sum256(body))
		if _, again := lost.LoadOrStore(key, true); !again {
			refuse(w, http.StatusServiceUnavailable)
			return
		}
		answer.send(w)
	}, func(t *testing.T, store storage.Store, on *atomic.Bool) {
		on.Store(true)
		everything(t, store)
	})
}

// kept is an answer that may be lost.
type kept struct{ *httptest.ResponseRecorder }

func (k *kept) WriteHeader(status int) {
	if status >= 200 { // others are no answers yet
		k.ResponseRecorder.WriteHeader(status)
	}
}

func (k *kept) send(w http.ResponseWriter) {
	for name, values := range k.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(k.Code)
	_, _ = w.Write(k.Body.Bytes())
}

// operations are one of each kind.
func operations(ctx context.Context, store storage.Store, object storage.Object) map[string]func() error {
	return map[string]func() error{
		"List": func() error { _, err := store.List(ctx, "*"); return err },
		"ReadAt": func() error {
			r, err := store.Open(ctx, object)
			if err == nil {
				_, err = r.ReadAt(make([]byte, 1), 0)
			}
			return err
		},
		"Read":   func() error { _, _, err := store.Read(ctx, object.Path, 10); return err },
		"Swap":   func() error { _, err := store.Swap(ctx, "y", nil, storage.None); return err },
		"Copy":   func() error { return store.Copy(ctx, object.Path, "y") },
		"Delete": func() error { return store.Delete(ctx, object.Path) },
	}
}

// A store that is down, or that does not answer, is given up as unavailable after the time that was set. What comes after that
// does not wait again.
func TestGivesUp(t *testing.T) {
	const bound = time.Second
	for name, trouble := range map[string]func(w http.ResponseWriter, r *http.Request, server http.Handler){
		"down": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { refuse(w, http.StatusServiceUnavailable) },
		"mute": func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			troubled(t, bound, trouble, func(t *testing.T, store storage.Store, on *atomic.Bool) {
				object := storagetest.Put(t, store, "x", []byte("x"))
				on.Store(true)
				begin := time.Now()
				for name, operation := range operations(t.Context(), store, object) {
					err := operation()
					if storage.KindOf(err) != storage.ErrUnavailable {
						t.Errorf("%s: %v", name, err)
					}
				}
				// At most once the bound and a stall more for the first, and for each a stall.
				if took := time.Since(begin); took > 10*bound {
					t.Errorf("gave up after %s", took)
				}
				on.Store(false)
				if got := storagetest.Get(t, store, "x"); string(got) != "x" {
					t.Errorf("read %q once the store was back", got)
				}
			})
		})
	}
}

// What is forbidden is not tried again, and no error tells a secret.
func TestForbidden(t *testing.T) {
	troubled(t, time.Hour, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		refuse(w, http.StatusForbidden)
	}, func(t *testing.T, store storage.Store, on *atomic.Bool) {
		object := storagetest.Put(t, store, "x", []byte("x"))
		on.Store(true)
		for name, operation := range operations(t.Context(), store, object) {
			if err := operation(); storage.KindOf(err) != storage.ErrPermission {
				t.Errorf("%s: %v", name, err)
			} else if text := err.Error(); !strings.Contains(text, "403") || hasSecret(text) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// hasSecret tells whether a text has credentials of the servers, or what tests use for one.
func hasSecret(text string) bool {
	for _, secret := range append(servers.Secrets, "hush") {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

// Credentials that are wrong, missing, or part of the address: permission or usage, said without them.
func TestSecrets(t *testing.T) {
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close() // nobody listens there
	use := func(t *testing.T, bucket string) error {
		ctx := storage.WithRetryFor(t.Context(), 0)
		store, path, err := storage.Open(ctx, bucket+"/x")
		if err != nil {
			return err
		}
		_, err = store.Pin(ctx, path)
		if hasSecret(store.String() + store.Address(path)) {
			t.Errorf("%s, %s", store, store.Address(path))
		}
		return err
	}
	check := func(t *testing.T, err error, kind storage.Kind) {
		t.Helper()
		if storage.KindOf(err) != kind || hasSecret(err.Error()) {
			t.Errorf("got %v, want kind %q without secrets", err, kind)
		}
	}
	t.Run("addresses", func(t *testing.T) {
		for _, address := range []string{
			"s3://key:hush@bucket/x", "s3://key:hush/x", "gs://bucket/x?X-Goog-Signature=hush", "az://container/x?sv=1&sig=hush", "s3://b/x?X-Amz-Credential=hush",
			"https://a.blob.core.windows.net/c/x?sig=hush", "s3://", "gs:///x", "az://c/../x",
		} {
			_, _, err := storage.Open(t.Context(), address)
			check(t, err, storage.ErrInvalid)
			if shown := storage.Redacted(address); hasSecret(shown) {
				t.Errorf("%s is shown as %s", address, shown)
			}
		}
	})
	t.Run("s3 key is wrong", func(t *testing.T) {
		bucket := servers.S3(t)
		t.Setenv("AWS_SECRET_ACCESS_KEY", "hush")
		check(t, use(t, bucket), storage.ErrPermission)
	})
	t.Run("azure key is wrong", func(t *testing.T) {
		bucket := servers.Azure(t)
		t.Setenv("AZURE_STORAGE_CONNECTION_STRING", strings.Replace(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), "AccountKey=E", "AccountKey=Z", 1))
		check(t, use(t, bucket), storage.ErrPermission)
		t.Setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountKey=hush")
		check(t, use(t, bucket), storage.ErrPermission)
	})
	t.Run("nobody listens", func(t *testing.T) {
		t.Setenv("STORAGE_EMULATOR_HOST", nobody.URL)
		check(t, use(t, "gs://bucket"), storage.ErrUnavailable)
		t.Setenv("AWS_ENDPOINT_URL_S3", nobody.URL)
		t.Setenv("AWS_ACCESS_KEY_ID", "id")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "hush")
		check(t, use(t, "s3://bucket"), storage.ErrUnavailable)
		t.Setenv("AZURE_STORAGE_CONNECTION_STRING", "")
		t.Setenv("AZURE_STORAGE_ACCOUNT", "account")
		t.Setenv("AZURE_STORAGE_KEY", "")
		t.Setenv("AZURE_STORAGE_SAS_TOKEN", "?sv=2024-01-01&sig=hush")
		t.Setenv("AZURE_STORAGE_BLOB_ENDPOINT", nobody.URL)
		check(t, use(t, "az://container"), storage.ErrUnavailable)
	})
	t.Run("nobody signed in", func(t *testing.T) {
		t.Setenv("HOME", t.TempDir())
		for _, name := range []string{"STORAGE_EMULATOR_HOST", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT"} {
			t.Setenv(name, "")
		}
		t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", t.TempDir()+"/none.json")
		t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
		t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
		for _, bucket := range []string{"gs://bucket", "s3://bucket", "az://container"} {
			check(t, use(t, bucket), storage.ErrPermission)
		}
	})
}
