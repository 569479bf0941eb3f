package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
	"leadscore/pipeline/storage/storagetest/servers"
)

// smallJob is a job that takes a moment, as processes are killed within it.
type smallJob struct {
	file, out string // addresses
	variants  []string
	known     map[string]map[string]string // variant → path of a part → its bytes, the run id replaced
}

const smallJobText = `
model: model.yaml
inputs:
  contacts: {path: contacts.parquet}
  engagements: {path: engagements.parquet}
output: {path: %s}
`

const smallJobModel = `
name: small
version: "1"
score: {mql: 20, bands: {cold: 0, hot: 20}}
sets:
  - set: All
    rules:
      - {rule: Clicked, points: {each: 4, max: 40}, when: {email: clicked, within: 30d}}
      - {rule: Silent, points: -3, when: {not: {engagement: any, within: 60d}}}
      - {rule: Country, points: 5, when: {field: country, in: [SE, NO]}}
`

type smallContact struct {
	ID      int64  `parquet:"contact_id"`
	Country string `parquet:"country"`
}

type smallEvent struct {
	ID      int64     `parquet:"contact_id"`
	At      time.Time `parquet:"occurred_at"`
	Channel string    `parquet:"channel"`
	Action  string    `parquet:"action"`
}

// newSmallJob writes the job to a folder; out is where it publishes to.
func newSmallJob(t *testing.T, out string) *smallJob {
	t.Helper()
	dir := t.TempDir()
	var contacts []smallContact
	var events []smallEvent
	for i := range int64(2000) {
		contacts = append(contacts, smallContact{i, []string{"SE", "DE", "NO", ""}[i%4]})
		for j := range i % 7 {
			events = append(events, smallEvent{i, time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -int(9*j)), "email", []string{"clicked", "opened"}[j%2]})
		}
	}
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(smallJobModel), 0o666),
		os.WriteFile(filepath.Join(dir, "job.yaml"), fmt.Appendf(nil, smallJobText, out), 0o666),
		parquet.WriteFile(filepath.Join(dir, "contacts.parquet"), contacts),
		parquet.WriteFile(filepath.Join(dir, "engagements.parquet"), events),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	j := &smallJob{file: filepath.Join(dir, "job.yaml"), out: out, variants: []string{"30d", "60d", "90d"}, known: map[string]map[string]string{}}
	for _, variant := range j.variants {
		apart := filepath.Join(t.TempDir(), "out")
		summary := scored(t, j.args(variant, "--out", apart)...)
		j.known[variant] = publishedParts(t, apart, summary.RunID)
	}
	return j
}

func (j *smallJob) args(variant string, more ...string) []string {
	return append([]string{j.file, "--as-of", "2026-11-01", "--history", variant}, more...)
}

// process is a leadscore of its own.
type process struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

func launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command("leadscore", args...)} // TestMain has put it on the PATH
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (j *smallJob) launch(t *testing.T, variant string, more ...string) *process {
	return launch(t, append([]string{"score", "--json"}, j.args(variant, more...)...)...)
}

// code waits for the end of a process.
func (p *process) code(t *testing.T) int {
	t.Helper()
	err := p.Wait()
	if exited := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// look holds what readers see: a whole run of the job, or none where none may be, by manifest and by glob. It gives the run's id.
func (j *smallJob) look(t *testing.T, none, swaps bool) string {
	t.Helper()
	v, err := pipeline.Verify(t.Context(), j.out, publish.Latest, pipeline.Unwatched{})
	if errors.Is(err, publish.ErrNoRun) && none {
		return ""
	}
	if err != nil || len(v.Faults) > 0 || v.Ledger != pipeline.LedgerBalances {
		t.Fatalf("a reader of LATEST sees %+v, %v", v, err)
	}
	store, root, err := storage.Open(t.Context(), j.out)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string][]string{} // table → run ids
	for _, file := range storagetest.Paths(t, store, root, "*/dt=*/*.parquet") {
		table, name := path.Dir(file), path.Base(file)
		if id := strings.TrimSuffix(name[strings.LastIndex(name, "-")+1:], ".parquet"); !slices.Contains(seen[table], id) {
			seen[table] = append(seen[table], id)
		}
	}
	for table, ids := range seen {
		if len(ids) > 1 {
			t.Fatalf("a reader of globs sees parts of the runs %v in %s", ids, table)
		}
	}
	if unnamed := 1; swaps && !none && len(seen) != len(pipeline.Tables)-unnamed { // that of the contacts has no columns here
		t.Fatalf("a reader of globs sees only %v", seen)
	}
	return v.RunID
}

// again runs the job to its end and holds its bytes.
func (j *smallJob) again(t *testing.T, variant string) {
	t.Helper()
	j.letGo(t)
	p := j.launch(t, variant, "--replace")
	if code := p.code(t); code != 0 {
		t.Fatalf("the next run ended with %d: %s", code, p.stderr.String())
	}
	id := j.look(t, false, true)
	sameTables(t, publishedParts(t, j.out, id), j.known[variant], "")
	if t.Failed() {
		t.Fatalf("history %s has other bytes", variant)
	}
}

// letGo stands for the minute after which the lease of a dead process has run out. On a local disk there is none.
func (j *smallJob) letGo(t *testing.T) {
	t.Helper()
	if !storage.IsRemote(j.out) {
		return
	}
	store, root, err := storage.Open(t.Context(), j.out)
	if err != nil {
		t.Fatal(err)
	}
	for _, lease := range storagetest.Paths(t, store, root, "_runs/.*.lock") {
		if err := store.Delete(t.Context(), storage.Join(root, lease)); err != nil {
			t.Fatal(err)
		}
	}
}

// Real processes are killed at random moments, beside a clean-up: readers see whole runs, and the next run publishes the bytes that it
// would have published undisturbed.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, place := range []struct {
		name             string
		at               func(t *testing.T) string
		rounds, thorough int
	}{
		{"disk", func(t *testing.T) string { return filepath.Join(t.TempDir(), "out") }, 8, 120},
		{"gcs", func(t *testing.T) string { return servers.GCS(t) + "/out" }, 4, 40},
	} {
		t.Run(place.name, func(t *testing.T) {
			j := newSmallJob(t, place.at(t))
			rounds := place.rounds
			if os.Getenv("LEADSCORE_EXHAUSTIVE") != "" {
				rounds = place.thorough
			}
			began := time.Now()
			j.again(t, j.variants[0])
			whole, killed, published := time.Since(began), 0, 0
			before := j.look(t, false, true)
			for round := range rounds {
				victim := j.launch(t, j.variants[(round+1)%3], "--replace")
				cleaner := launch(t, "clean", j.out, "--keep", "0d", "--quiet")
				time.Sleep(time.Duration(rand.Int64N(int64(whole))))
				if err := victim.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
				if code := victim.code(t); code < 0 {
					killed++
				} else if code != 0 && code != 75 { // a clean-up may hold the date for long on a busy machine
					t.Fatalf("it ended by itself with %d: %s", code, victim.stderr.String())
				}
				if code := cleaner.code(t); code != 0 {
					t.Fatalf("the clean-up ended with %d: %s", code, cleaner.stderr.String())
				}
				if after := j.look(t, false, place.name == "disk"); after != before {
					published++
				}
				j.again(t, j.variants[(round+1)%3])
				before = j.look(t, false, true)
			}
			t.Logf("%d rounds, %d killed, %d of all had published by then", rounds, killed, published)
		})
	}
}

// Several processes publish one date at once. Whether they do the same work or not, exactly one publishes, and the others say why they
// did not.
func TestRunsAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	j := newSmallJob(t, "unused")
	gcs := servers.StartGCS(t)
	for name, at := range map[string]func() string{
		"disk": func() string { return filepath.Join(t.TempDir(), "out") }, "gcs": func() string { return gcs.Bucket() + "/out" },
	} {
		for work, variants := range map[string][]string{"same": {"30d", "30d", "30d"}, "different": j.variants} {
			t.Run(name+"/"+work, func(t *testing.T) {
				j.out = at()
				var all []*process
				for _, variant := range variants {
					all = append(all, j.launch(t, variant, "--out", j.out))
				}
				published := 0
				for i, p := range all {
					var summary pipeline.Summary
					switch code := p.code(t); {
					case code == 0 && json.Unmarshal(p.stdout.Bytes(), &summary) != nil:
						t.Errorf("no summary: %s", p.stdout.String())
					case code == 0 && !summary.AlreadyDone:
						published++
						if id := j.look(t, false, true); id != summary.RunID {
							t.Errorf("%s said that it published %s, but %s is", variants[i], summary.RunID, id)
						}
					case code == 0 && work == "same", code == 75, code == 1 && work == "different" && strings.Contains(p.stderr.String(), "--replace"):
					default:
						t.Errorf("%s ended with %d: %s", variants[i], code, p.stderr.String())
					}
				}
				if published != 1 {
					t.Errorf("%d published", published)
				}
			})
		}
	}
}
