package pipeline_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadscore/pipeline"
	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
	"leadscore/pipeline/storage/storagetest/servers"
)

// remoteBase uploads the files of a base and gives the job for them, with an output beside them.
func remoteBase(t *testing.T, spec pipeline.Spec, bucket string) pipeline.Spec {
	t.Helper()
	store, root, err := storage.Open(t.Context(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	move := func(in *pipeline.Input) {
		in.Paths = slices.Clone(in.Paths)
		for i, p := range in.Paths {
			data, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			key := "in/" + filepath.Base(p)
			storagetest.Put(t, store, storage.Join(root, key), data)
			in.Paths[i] = bucket + "/" + key
		}
	}
	move(&spec.Contacts)
	move(&spec.Engagements)
	if spec.Lists != nil {
		lists := *spec.Lists
		spec.Lists = &lists
		move(spec.Lists)
	}
	spec.Output = bucket + "/out"
	return spec
}

// large is a base of many row groups in which most bytes are of columns that nobody asks for.
func large(t *testing.T) pipeline.Spec {
	const contacts, engagements = 4_000, 120_000
	random := randomText(1)
	b := newBase(t)
	b.groupRows = engagements / 12
	b.contacts = []column{texts("contact_id"), texts("country"), texts("essay")}
	for i := range contacts {
		for at, value := range []any{fmt.Sprintf("contact %d", i), []any{"SE", "DE", nil, "NO"}[i%4], random(200)} {
			b.contacts[at].values = append(b.contacts[at].values, value)
		}
	}
	b.engagements = []column{texts("unread"), texts("contact_id"), times("occurred_at"), texts("essay"), texts("channel"), texts("action"), texts("more")}
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for i := range engagements {
		for at, value := range []any{random(10), fmt.Sprintf("contact %d", i*7919%contacts), start.Add(time.Duration(i) * time.Minute / 2).Format(time.RFC3339), random(40),
			[]any{"email", "website"}[i%2], []any{"clicked", "visited", "opened"}[i%3], random(20)} {
			b.engagements[at].values = append(b.engagements[at].values, value)
		}
	}
	return b.write(t)
}

// randomText gives texts that no codec makes smaller by much.
func randomText(seed uint64) func(n int) string {
	return func(n int) string {
		var b strings.Builder
		for b.Len() < n {
			seed = seed*6364136223846793005 + 1442695040888963407
			fmt.Fprintf(&b, "%08x", seed>>32)
		}
		return b.String()[:n]
	}
}

// needed adds up what a file's footer and some of its columns take.
func needed(t *testing.T, path string, columns ...string) int64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquetio.Open(path, file, info.Size(), parquetio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	total := f.FooterBytes()
	for i, c := range f.Columns() {
		for g := range f.RowGroups() {
			for _, name := range columns {
				if c.Name == name {
					_, length := f.ChunkRange(g, i)
					total += length
				}
			}
		}
	}
	return total
}

// counting counts the bytes and the requests of answers to reads of inputs.
type counting struct {
	http.ResponseWriter
	bytes *atomic.Int64
}

func (c counting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (c counting) ReadFrom(r io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{c}, r) }

// The bytes that a store sends are those of the needed columns and of the footers, within a tenth, whatever memory and threads
// there are; the summary tells both; and the tables are those of local files.
func TestBytesRead(t *testing.T) {
	local := large(t)
	want := needed(t, local.Contacts.Paths[0], "contact_id", "country") +
		needed(t, local.Engagements.Paths[0], "contact_id", "occurred_at", "channel", "action") + needed(t, local.Lists.Paths[0], "contact_id", "list")
	here := run(t, local)
	if here.BytesNeeded != want || here.BytesRead < want || here.BytesRead > want+want/10 {
		t.Errorf("from a local disk %d bytes were read, %d needed, which are %d", here.BytesRead, here.BytesNeeded, want)
	}
	for name, start := range servers.All {
		t.Run(name, func(t *testing.T) {
			var sent atomic.Int64
			bucket := start(t, func(server http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/in/") && !strings.HasPrefix(r.URL.Path, "/storage/v1/") { // what Google tells of an object
						w = counting{w, &sent}
					}
					server.ServeHTTP(w, r)
				})
			})
			remote := remoteBase(t, local, bucket)
			for i, c := range []struct {
				threads int
				memory  int64
			}{{2, 1 << 30}, {1, 64 << 20}, {3, 256 << 20}} {
				sent.Store(0)
				remote.Threads, remote.Memory, remote.Output = c.threads, c.memory, fmt.Sprintf("%s/out %d", bucket, i)
				there := run(t, remote)
				if there.BytesNeeded != want {
					t.Errorf("%+v: the summary tells of %d bytes needed, which are %d", c, there.BytesNeeded, want)
				}
				if there.BytesRead != sent.Load() {
					t.Errorf("%+v: the summary tells of %d bytes read, the store sent %d", c, there.BytesRead, sent.Load())
				}
				if sent.Load() < want || sent.Load() > want+want/10 {
					t.Errorf("%+v: %d bytes were sent, %d needed", c, sent.Load(), want)
				}
				if *there.MQLs != *here.MQLs || there.Contacts != here.Contacts {
					t.Errorf("%+v: %d MQLs of %d contacts, want %d of %d", c, *there.MQLs, there.Contacts, *here.MQLs, here.Contacts)
				}
				t.Logf("%+v: %d bytes needed, %d read", c, want, sent.Load())
			}
		})
	}
}

// changer changes an input when a stage begins.
type changer struct {
	pipeline.Unwatched
	stage string
	once  sync.Once
	do    func()
}

func (c *changer) Stage(name string, _ int64, _ string) {
	if name == c.stage {
		c.once.Do(c.do)
	}
}

// An input that is replaced or vanishes after it was pinned stops the run, on every kind of store, and nothing is published.
func TestInputChanges(t *testing.T) {
	places := map[string]func(t testing.TB) string{"local": func(t testing.TB) string { return t.TempDir() }}
	for name, start := range servers.All {
		places[name] = func(t testing.TB) string { return start(t) }
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			bucket := place(t)
			for _, table := range []string{"contacts", "engagements", "lists"} {
				for _, replaced := range []bool{true, false} {
					spec := remoteBase(t, newBase(t).write(t), fmt.Sprintf("%s/%s %v", bucket, table, replaced))
					paths := map[string]string{"contacts": spec.Contacts.Paths[0], "engagements": spec.Engagements.Paths[0], "lists": spec.Lists.Paths[0]}
					watch := &changer{stage: table, do: func() {
						store, key, err := storage.Open(t.Context(), paths[table])
						if err == nil {
							err = store.Delete(t.Context(), key)
						}
						if err != nil {
							t.Error(err)
						} else if replaced {
							storagetest.Put(t, store, key, []byte("something else"))
						}
					}}
					_, err := pipeline.Run(t.Context(), spec, watch)
					if storage.KindOf(err) != storage.ErrChanged || !strings.Contains(err.Error(), "in/"+filepath.Base(paths[table])) {
						t.Errorf("%s replaced %v: %v", table, replaced, err)
					}
					store, out, err := storage.Open(t.Context(), spec.Output)
					if err != nil {
						t.Fatal(err)
					}
					if left := storagetest.Paths(t, store, out, "**/*.parquet"); len(left) > 0 {
						t.Errorf("%s replaced %v: published %q", table, replaced, left)
					}
				}
			}
		})
	}
}

// A store that goes away in the middle of a run makes it end within the time that was set, to be tried again later; one that stumbles
// does not.
func TestStoreGoesAway(t *testing.T) {
	for name, start := range servers.All {
		t.Run(name, func(t *testing.T) {
			var down atomic.Bool
			var stumbles atomic.Int64
			bucket := start(t, func(server http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if down.Load() || stumbles.Add(-1) > 0 {
						w.WriteHeader(http.StatusServiceUnavailable)
						return
					}
					server.ServeHTTP(w, r)
				})
			})
			for _, stage := range []string{"contacts", "engagements", "publish"} {
				spec := remoteBase(t, newBase(t).write(t), bucket+"/"+stage)
				spec.RetryFor = time.Second / 2
				begin := time.Now()
				_, err := pipeline.Run(t.Context(), spec, &changer{stage: stage, do: func() { down.Store(true) }})
				if coded, ok := err.(interface{ ExitCode() int }); !ok || coded.ExitCode() != 75 {
					t.Errorf("%s: %v", stage, err)
				}
				if took := time.Since(begin); took > 20*time.Second {
					t.Errorf("%s: gave up after %s", stage, took)
				}
				down.Store(false)
				// The lease on the date could not be given back; it runs out within a minute.
				if _, err := pipeline.Run(t.Context(), spec, pipeline.Unwatched{}); err != nil && !errors.Is(err, storage.ErrBusy) && !errors.Is(err, publish.ErrBusy) {
					t.Errorf("%s: the next run: %v", stage, err)
				}
				spec.RetryFor, spec.Output = time.Minute, spec.Output+"-stumbles"
				if _, err := pipeline.Run(t.Context(), spec, &changer{stage: stage, do: func() { stumbles.Store(4) }}); err != nil {
					t.Errorf("%s: a store that stumbles: %v", stage, err)
				}
			}
		})
	}
}
