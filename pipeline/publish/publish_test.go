package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

func TestFirstRun(t *testing.T) {
	w := newWorld(t)
	w.publish(t, day, "A", false)
	w.settled(t, day, "A")
	if got := w.latest(t); got != day+" A" {
		t.Error(got)
	}
	w.tidy(t)
	w.settled(t, day, "A")
}

func (w world) latest(t testing.TB) string {
	t.Helper()
	p, err := publish.Open(t.Context(), storage.NewLocal(), w.dir, publish.Latest)
	if err != nil {
		t.Fatal(err)
	}
	return p.Pointer.Date + " " + p.Manifest.Model.Name
}

func TestSameContentAgainIsNothing(t *testing.T) {
	w := newWorld(t)
	w.publish(t, day, "A", false)
	before := w.files(t)
	for _, replace := range []bool{false, true} {
		err := run(t.Context(), storage.NewLocal(), w.dir, day, "A", replace)
		if !errors.Is(err, publish.ErrAlreadyDone) {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, w.files(t)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

func TestSameContentAgainRepairsLatest(t *testing.T) {
	w := newWorld(t)
	w.publish(t, day, "A", false)
	if err := os.Remove(filepath.Join(w.dir, "LATEST.json")); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), storage.NewLocal(), w.dir, day, "A", false); !errors.Is(err, publish.ErrAlreadyDone) {
		t.Fatal(err)
	}
	if got := w.latest(t); got != day+" A" {
		t.Error(got)
	}
}

func TestOtherContentNeedsReplace(t *testing.T) {
	w := newWorld(t)
	w.publish(t, day, "A", false)
	before := w.files(t)
	err := run(t.Context(), storage.NewLocal(), w.dir, day, "B", false)
	if !errors.Is(err, publish.ErrDatePublished) || !strings.Contains(err.Error(), "--replace") || !strings.Contains(err.Error(), publish.RunID(key("A"))) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, w.files(t)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
	w.settled(t, day, "A")

	old, err := publish.Open(t.Context(), storage.NewLocal(), w.dir, day)
	if err != nil {
		t.Fatal(err)
	}
	w.publish(t, day, "B", true)
	w.settled(t, day, "B")
	for _, output := range old.Manifest.Outputs {
		if err := old.Verify(t.Context(), output); err != nil {
			t.Errorf("a reader of the old manifest: %v", err)
		}
	}
	if _, err := publish.Clean(t.Context(), storage.NewLocal(), w.dir, time.Hour, false); err != nil {
		t.Fatal(err)
	}
	if err := old.Verify(t.Context(), old.Manifest.Outputs[0]); err != nil {
		t.Errorf("within the grace period: %v", err)
	}
	w.tidy(t)
	if err := old.Verify(t.Context(), old.Manifest.Outputs[0]); !errors.Is(err, publish.ErrDamaged) {
		t.Errorf("after the grace period: %v", err)
	}
	// And back again: the run id is the first one's, the parts are new.
	w.publish(t, day, "A", true)
	w.settled(t, day, "A")
	w.tidy(t)
	w.settled(t, day, "A")
}

func TestLatestNeverMovesBack(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct{ date, content, latest string }{
		{day, "A", day + " A"},
		{dayBefore, "B", day + " A"},
		{dayAfter, "C", dayAfter + " C"},
		{day, "B", dayAfter + " C"},
		{dayAfter, "A", dayAfter + " A"},
		{"2025-01-01", "A", dayAfter + " A"},
	} {
		w.publish(t, step.date, step.content, true)
		if got := w.latest(t); got != step.latest {
			t.Errorf("after %s %s: LATEST is %s, want %s", step.date, step.content, got, step.latest)
		}
	}
	w.tidy(t)
}

func TestPreviousRun(t *testing.T) {
	w := newWorld(t)
	store := storage.NewLocal()
	if _, err := publish.PreviousRun(t.Context(), store, w.dir, day); !errors.Is(err, publish.ErrNoRun) {
		t.Errorf("in a missing folder: %v", err)
	}
	w.publish(t, dayAfter, "C", false)
	w.publish(t, "2026-11-01", "A", false)
	w.publish(t, dayBefore, "B", false)
	w.publish(t, day, "A", false)
	p, err := publish.PreviousRun(t.Context(), store, w.dir, day)
	if err != nil || p.Pointer.Date != dayBefore || p.Manifest.Model.Name != "B" || len(p.Parts("scores")) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := publish.PreviousRun(t.Context(), store, w.dir, "2026-11-01"); !errors.Is(err, publish.ErrNoRun) {
		t.Errorf("before the first: %v", err)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	for _, exists := range []bool{false, true} {
		w := newWorld(t)
		want := []string{}
		if exists {
			if err := os.MkdirAll(w.dir, 0o777); err != nil {
				t.Fatal(err)
			}
			want = []string{"./"}
		}
		p, err := publish.Begin(t.Context(), storage.NewLocal(), w.dir, day, key("A"), false)
		if err != nil {
			t.Fatal(err)
		}
		for part := range 3 {
			part, err := p.Create(t.Context(), "scores", part)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write(make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Create(t.Context(), "scores", 1); err == nil {
			t.Error("the same part twice")
		}
		if err := p.Commit(t.Context(), publish.Manifest{}); err == nil {
			t.Fatal("commit with unfinished parts")
		}
		for range 2 {
			if err := p.Abort(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Create(t.Context(), "scores", 5); err == nil {
			t.Error("Create after Abort")
		}
		if diff := cmp.Diff(want, w.files(t)); diff != "" {
			t.Errorf("folder existed: %v; -want +got:\n%s", exists, diff)
		}
	}
}

func TestInterruptedBeforeCommit(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	p, err := publish.Begin(ctx, storage.NewLocal(), w.dir, day, key("A"), false)
	if err != nil {
		t.Fatal(err)
	}
	part, err := p.Create(ctx, "scores", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Finish(0); err != nil {
		t.Fatal(err)
	}
	why := errors.New("SIGTERM")
	cancel(why)
	if err := p.Commit(ctx, publish.Manifest{}); !errors.Is(err, context.Canceled) && !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	if err := p.Abort(); err != nil {
		t.Error(err)
	}
	if left := w.files(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestTwoRunsOfOneDate(t *testing.T) {
	w := newWorld(t)
	p, err := publish.Begin(t.Context(), storage.NewLocal(), w.dir, day, key("A"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"A", "B"} {
		err := run(t.Context(), storage.NewLocal(), w.dir, day, content, true)
		if !errors.Is(err, publish.ErrBusy) || !errors.Is(err, storage.ErrBusy) || !strings.Contains(err.Error(), p.RunID()) {
			t.Errorf("got %v", err)
		}
	}
	w.publish(t, dayAfter, "C", false) // another date is free
	if _, err := publish.Clean(t.Context(), storage.NewLocal(), w.dir, 0, false); err != nil {
		t.Error(err)
	}
	part, err := p.Create(t.Context(), "scores", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Finish(0); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(t.Context(), publish.Manifest{}); err != nil {
		t.Errorf("after a clean-up without grace: %v", err)
	}
}

func TestManifest(t *testing.T) {
	w := newWorld(t)
	p, err := publish.Begin(t.Context(), storage.NewLocal(), w.dir, day, key("A"), false)
	if err != nil {
		t.Fatal(err)
	}
	part, err := p.Create(t.Context(), "scores", 7)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("123456789")); err != nil {
		t.Fatal(err)
	}
	if err := part.Finish(3); err != nil {
		t.Fatal(err)
	}
	given := publish.Manifest{
		EngineVersion: "1.0", AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		Model:    publish.Model{Name: "M", Version: "1", Digest: "d", Text: "name: <M> & so on\n"},
		Inputs:   []publish.Input{{Table: "contacts", Address: "c.parquet", Size: 5, Version: "v", Checksum: "c", Rows: 9}},
		Counts:   map[string]map[string]int64{"engagements": {"null_id": 3}},
		Warnings: []string{"w"},
		Timings:  []publish.Timing{{Stage: "scan", Seconds: 1.5}},
	}
	if err := p.Commit(t.Context(), given); err != nil {
		t.Fatal(err)
	}
	published, err := publish.Open(t.Context(), storage.NewLocal(), w.dir, day)
	if err != nil {
		t.Fatal(err)
	}
	want := given
	want.RunID, want.ContentKey, want.Date, want.Attempt = p.RunID(), key("A"), day, published.Pointer.Attempt
	// e3069283 is the check value of CRC-32C for the text 123456789.
	want.Outputs = []publish.Output{{Table: "scores", Path: "scores/dt=" + day + "/part-00007-" + p.RunID() + ".parquet", Rows: 3, Bytes: 9, CRC32C: "e3069283"}}
	if diff := cmp.Diff(want, published.Manifest); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	text, err := os.ReadFile(filepath.Join(w.dir, published.Pointer.Manifest))
	if err != nil || !strings.Contains(string(text), "\n  \"model\": {\n    \"name\": \"M\"") || !strings.Contains(string(text), "<M> & so on") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestContentKey(t *testing.T) {
	base := publish.Content{
		Inputs: []publish.Input{{Table: "contacts", Address: "a", Size: 1, Version: "v", Checksum: "c"}},
		Model:  "m", Job: json.RawMessage(`{"tables": ["scores"], "history": 90}`), Engine: "e", AsOf: time.Unix(0, 0),
	}
	digest := func(change func(*publish.Content)) string {
		c := base
		c.Inputs = append([]publish.Input{}, base.Inputs...)
		change(&c)
		k, err := publish.ContentKey(c)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	want := digest(func(*publish.Content) {})
	if len(want) != 64 || publish.RunID(want) != want[:16] {
		t.Errorf("key %q, run id %q", want, publish.RunID(want))
	}
	for name, change := range map[string]func(*publish.Content){
		"order and space of job": func(c *publish.Content) { c.Job = json.RawMessage(`{"history":90,"tables":["scores"]}`) },
		"zone of as-of":          func(c *publish.Content) { c.AsOf = c.AsOf.In(time.FixedZone("x", 3600)) },
		"rows":                   func(c *publish.Content) { c.Inputs[0].Rows = 5 },
	} {
		if digest(change) != want {
			t.Errorf("%s changed the key", name)
		}
	}
	seen := map[string]string{want: "base"}
	for name, change := range map[string]func(*publish.Content){
		"job":      func(c *publish.Content) { c.Job = json.RawMessage(`{"tables": ["scores"], "history": 91}`) },
		"model":    func(c *publish.Content) { c.Model = "n" },
		"engine":   func(c *publish.Content) { c.Engine = "f" },
		"as-of":    func(c *publish.Content) { c.AsOf = time.Unix(1, 0) },
		"address":  func(c *publish.Content) { c.Inputs[0].Address = "b" },
		"size":     func(c *publish.Content) { c.Inputs[0].Size = 2 },
		"version":  func(c *publish.Content) { c.Inputs[0].Version = "w" },
		"checksum": func(c *publish.Content) { c.Inputs[0].Checksum = "d" },
		"shifted":  func(c *publish.Content) { c.Inputs[0].Version, c.Inputs[0].Checksum = "vc", "" },
		"table":    func(c *publish.Content) { c.Inputs[0].Table = "lists" },
		"no input": func(c *publish.Content) { c.Inputs = nil },
	} {
		k := digest(change)
		if other, ok := seen[k]; ok {
			t.Errorf("%s gives the key of %s", name, other)
		}
		seen[k] = name
	}
	for _, job := range []string{`{`, `{} {}`} {
		if _, err := publish.ContentKey(publish.Content{Job: json.RawMessage(job)}); err == nil {
			t.Errorf("job %q gave no error", job)
		}
	}
}

func TestRefusesNames(t *testing.T) {
	w := newWorld(t)
	store := storage.NewLocal()
	for _, date := range []string{"", "latest", "../x", "2026-13-01"} {
		if _, err := publish.Begin(t.Context(), store, w.dir, date, key("A"), false); err == nil {
			t.Errorf("date %q was taken", date)
		}
	}
	p, err := publish.Begin(t.Context(), store, w.dir, day, key("A"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"", "../x", "a/b", "_staging", "A", "x y"} {
		if _, err := p.Create(t.Context(), table, 0); err == nil {
			t.Errorf("table %q was taken", table)
		}
	}
	if _, err := p.Create(t.Context(), "scores", -1); err == nil {
		t.Error("part -1 was taken")
	}
	if err := p.Abort(); err != nil {
		t.Error(err)
	}
	if left := w.files(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A part that is damaged before the commit is found; one that is lost after it is published again.
func TestDamage(t *testing.T) {
	w := newWorld(t)
	p, err := publish.Begin(t.Context(), storage.NewLocal(), w.dir, day, key("A"), false)
	if err != nil {
		t.Fatal(err)
	}
	part, err := p.Create(t.Context(), "scores", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("good")); err != nil {
		t.Fatal(err)
	}
	if err := part.Finish(1); err != nil {
		t.Fatal(err)
	}
	staged, err := filepath.Glob(filepath.Join(w.dir, "_staging/*/*/scores/*.parquet"))
	if err != nil || len(staged) != 1 {
		t.Fatal(staged, err)
	}
	if err := os.WriteFile(staged[0], []byte("evil"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(t.Context(), publish.Manifest{}); !errors.Is(err, publish.ErrDamaged) || !strings.Contains(err.Error(), staged[0]) {
		t.Errorf("got %v", err)
	}
	if err := p.Abort(); err != nil {
		t.Error(err)
	}

	w.publish(t, day, "A", false)
	published, err := publish.Open(t.Context(), storage.NewLocal(), w.dir, day)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(w.dir, published.Manifest.Outputs[0].Path)); err != nil {
		t.Fatal(err)
	}
	if _, err := published.OpenPart(t.Context(), published.Manifest.Outputs[0]); !errors.Is(err, publish.ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if err := run(t.Context(), storage.NewLocal(), w.dir, day, "A", false); err != nil {
		t.Errorf("publishing the lost part again: %v", err)
	}
	w.settled(t, day, "A")
	w.tidy(t)
}

// Any single byte of a published part that changes is found, and the part is named.
func TestFlippedByte(t *testing.T) {
	w := newWorld(t)
	w.publish(t, day, "A", false)
	published, err := publish.Open(t.Context(), storage.NewLocal(), w.dir, day)
	if err != nil {
		t.Fatal(err)
	}
	for _, output := range published.Manifest.Outputs {
		path := filepath.Join(w.dir, output.Path)
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range sound {
			sound[i] ^= 1 << (i % 8)
			if err := os.WriteFile(path, sound, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := published.Verify(t.Context(), output); !errors.Is(err, publish.ErrDamaged) || !strings.Contains(err.Error(), output.Path) {
				t.Fatalf("byte %d of %s: %v", i, output.Path, err)
			}
			sound[i] ^= 1 << (i % 8)
		}
		if err := os.WriteFile(path, sound, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := published.Verify(t.Context(), output); err != nil {
			t.Errorf("sound again: %v", err)
		}
	}
}

// The output folder's own name has wildcards in it.
func TestOddFolderName(t *testing.T) {
	w := newWorld(t)
	w.dir += "/[x]{a,b} *ü"
	w.publish(t, day, "A", false)
	w.publish(t, day, "B", true)
	w.settled(t, day, "B")
	w.tidy(t)
}
