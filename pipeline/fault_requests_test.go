package pipeline_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
	"leadscore/pipeline/storage/storagetest/servers"
)

// requestMode is a way in which a request to an object store can fail.
type requestMode struct {
	name     string
	trouble  servers.Trouble
	requests int           // so many from the chosen one on; 0: all
	patience time.Duration // of the run; below 0: none
	codes    []int         // that it may end with when it does not publish; none: it has to survive
	dies     bool          // as far as the store can tell, the process is dead
	within   time.Duration // it has to end, from then on
	meets    func(*http.Request) bool
}

func anyRequest(*http.Request) bool { return true }

// media tells whether a request is for the content of an object.
func media(r *http.Request) bool {
	return r.Method == http.MethodGet && (r.URL.Query().Get("alt") == "media" || !strings.Contains(r.URL.Path, "/b/"))
}

func changes(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

var requestModes = []requestMode{
	{name: "503 burst", trouble: servers.Trouble{Status: 503}, requests: 2, patience: 20 * time.Second, meets: anyRequest},
	{name: "503 unending", trouble: servers.Trouble{Status: 503}, patience: 300 * time.Millisecond, codes: []int{75}, within: 10 * time.Second, meets: anyRequest},
	{name: "answer lost", trouble: servers.Trouble{Lost: true, Effect: true}, requests: 1, patience: 20 * time.Second, meets: anyRequest},
	{name: "503 after its effect", trouble: servers.Trouble{Status: 503, Effect: true}, requests: 1, patience: 20 * time.Second, meets: changes},
	{name: "denied", trouble: servers.Trouble{Status: 403}, requests: 1, patience: -1, codes: []int{1, 75}, meets: anyRequest},
	{name: "timeout", trouble: servers.Trouble{Hang: true}, requests: 1, patience: 8 * time.Second, meets: anyRequest},
	{name: "short read", trouble: servers.Trouble{Short: true}, requests: 1, patience: 20 * time.Second, meets: media},
	{name: "wrong bytes", trouble: servers.Trouble{Wrong: true}, requests: 1, patience: 20 * time.Second, codes: []int{1, 2, 3, 75}, meets: media},
	{name: "killed before", trouble: servers.Trouble{Lost: true}, patience: -1, dies: true, meets: anyRequest},
	{name: "killed after", trouble: servers.Trouble{Lost: true, Effect: true}, patience: -1, dies: true, meets: changes},
}

// flakyBucket is a bucket whose requests meet trouble when somebody says so.
type flakyBucket struct {
	sync.Mutex
	name string
	mode *requestMode // nil: none
	from int          // number of the request that it begins with
	seen int
	met  storagetest.Op
	at   time.Time // when it was met; zero: not
	log  []*http.Request
}

// decide is asked for each request of the bucket.
func (b *flakyBucket) decide(r *http.Request) servers.Trouble {
	b.Lock()
	defer b.Unlock()
	b.seen++
	b.log = append(b.log, r)
	m := b.mode
	if m == nil || b.seen < b.from || m.requests > 0 && b.seen >= b.from+m.requests {
		return servers.Trouble{}
	}
	if b.seen == b.from {
		if !m.meets(r) { // concurrent requests may change places
			b.mode = nil
			return servers.Trouble{}
		}
		b.at = time.Now()
		_, path, _ := strings.Cut(r.URL.Path, b.name+"/")
		b.met = storagetest.Op{Number: b.from, Name: r.Method, Path: strings.TrimPrefix(path, "o/")}
		if r.Method == http.MethodDelete {
			b.met.Name = "Delete"
		}
	}
	trouble := m.trouble
	if m.dies && b.seen > b.from {
		trouble.Effect = false // what is dead sends nothing
	}
	return trouble
}

// begin brings trouble, and counts anew.
func (b *flakyBucket) begin(mode *requestMode, from int) {
	b.Lock()
	defer b.Unlock()
	b.mode, b.from, b.seen, b.met, b.at, b.log = mode, from, 0, storagetest.Op{}, time.Time{}, nil
}

// gcsFaults is a server with buckets, one for each trial at a time, since requests of trials side by side have to be told apart.
type gcsFaults struct {
	server  servers.GCSServer
	buckets sync.Map // name → *flakyBucket
}

func newGCSFaults(t *testing.T) *gcsFaults {
	g := &gcsFaults{}
	g.server = servers.StartGCS(t, func(next http.Handler) http.Handler {
		return servers.Flaky(next, func(r *http.Request) servers.Trouble {
			for _, part := range strings.Split(r.URL.Path, "/") {
				if b, ok := g.buckets.Load(part); ok {
					return b.(*flakyBucket).decide(r)
				}
			}
			return servers.Trouble{}
		})
	})
	return g
}

// flakyWorld is a bucket and its world.
type flakyWorld struct {
	*flakyBucket
	*faultWorld
}

func (g *gcsFaults) world(t *testing.T) *flakyWorld {
	address := g.server.Bucket()
	b := &flakyBucket{name: strings.TrimPrefix(address, "gs://")}
	g.buckets.Store(b.name, b)
	return &flakyWorld{b, newFaultWorld(t, address+"/world")}
}

// requests gives what a scenario sends when nothing fails.
func (w *flakyWorld) requests(t *testing.T, tp *template) []*http.Request {
	folder := "counted " + tp.name
	if err := w.copyTo(t.Context(), tp, folder); err != nil {
		t.Fatal(err)
	}
	w.begin(nil, 0)
	if err := w.execute(t.Context(), tp.dates, folder, w.dir); err != nil {
		t.Fatal(err)
	}
	return w.log
}

var objectStore = storeKind{name: "gcs", HideFolders: true, HideLocks: true}

// requestTrial is a trial in which requests to a bucket fail.
func requestTrial(w *flakyWorld, tp *template, mode *requestMode, number int) *trial {
	b := w.flakyBucket
	t := &trial{faultWorld: w.faultWorld, template: tp, kind: &objectStore, mode: mode.name, codes: mode.codes, wrong: mode.trouble.Wrong, gone: mode.requests == 0}
	t.folder = fmt.Sprintf("%s %d %s", tp.name, number, mode.name)
	t.fail = func(ctx context.Context) (context.Context, func() (storagetest.Op, bool)) {
		b.begin(mode, number)
		return storage.WithRetryFor(ctx, mode.patience), func() (storagetest.Op, bool) {
			met, took := b.met, time.Since(b.at)
			if b.at.IsZero() {
				took = 0
			}
			b.begin(nil, 0)
			if mode.within > 0 && took > mode.within {
				t.slow = took
			}
			return met, mode.dies
		}
	}
	t.calm = func(ctx context.Context) (context.Context, func()) { return ctx, func() {} }
	return t
}

// Every request that a run sends to an object store fails in turn, in every way: what passes by is survived, the run that gives up does
// it in time and with exit code 75, and in any case readers see the old run or the new one whole and the next run publishes the very
// bytes of an undisturbed one.
func TestEveryRequestOfARunFails(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for retries")
	}
	stride, buckets, scenarios := 47, 3, faultScenarios[:2]
	if exhaustive {
		stride, buckets, scenarios = 1, 16, faultScenarios // mostly they wait
	}
	g := newGCSFaults(t)
	queues := make([][]*trial, buckets)
	count, n := newTally(), 0
	worlds := make([]*flakyWorld, buckets)
	for i := range worlds {
		worlds[i] = g.world(t)
	}
	for _, s := range scenarios {
		var tps []*template
		for _, w := range worlds {
			tps = append(tps, w.template(t, t.Context(), s))
		}
		log := worlds[0].requests(t, tps[0])
		count.operations += len(log)
		for number, r := range log {
			for m := range requestModes {
				if !requestModes[m].meets(r) {
					continue
				}
				if n++; n%stride == 0 {
					i := n / stride % buckets
					queues[i] = append(queues[i], requestTrial(worlds[i], tps[i], &requestModes[m], number+1))
				}
			}
		}
	}
	battery(t, count, queues)
}
