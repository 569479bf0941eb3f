package publish_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

// bare is a store that can do what every store can, and nothing else: it has neither folders nor locks of its own.
type bare struct{ storage.Store }

// onEachKind runs a test on a disk and on what is as an object store.
func onEachKind(t *testing.T, test func(t *testing.T, store storage.Store, w world)) {
	for name, store := range map[string]storage.Store{"disk": storage.NewLocal(), "objects": bare{storage.NewLocal()}} {
		_, folders := store.(storage.Folders)
		_, locks := store.(storage.Locker)
		if want := name == "disk"; folders != want || locks != want {
			t.Fatalf("%s: folders %v, locks %v", name, folders, locks)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, store, newWorld(t))
		})
	}
}

// objects lists what lies in the output folder, without empty folders and the small objects of leases.
func (w world) objects(t testing.TB) []string {
	return slices.DeleteFunc(w.files(t), func(f string) bool { return strings.HasSuffix(f, "/") || strings.HasSuffix(f, ".lock") })
}

// sees fails the test unless both kinds of readers see a run for a date: "" for none.
func (w world) sees(t testing.TB, store storage.Store, date, content string) {
	t.Helper()
	if got, err := readWhole(store, w.dir, date); err != nil || got != content {
		t.Fatalf("%s: reader of manifests sees %q, %v; want %q", date, got, err, content)
	}
	for _, table := range []string{"scores", "mql", "breakdown", "_state"} {
		want := ""
		for name := range partsOf(content) {
			if content != "" && strings.HasPrefix(name, table+"/") {
				want = content
			}
		}
		if got := globbed(t, store, w.dir, table, date); got != want {
			t.Fatalf("%s: reader of globs sees %q of %s, want %q", date, got, table, want)
		}
	}
}

// A run of one table leaves nothing in sight of the tables of the one that it replaces.
func TestReplacedByOneTable(t *testing.T) {
	onEachKind(t, func(t *testing.T, store storage.Store, w world) {
		for _, content := range []string{"A", oneTable} {
			if err := run(t.Context(), store, w.dir, day, content, true); err != nil {
				t.Fatal(err)
			}
			w.sees(t, store, day, content)
		}
		if left := slices.DeleteFunc(w.objects(t), func(f string) bool { return !strings.HasPrefix(f, publish.ExtractsFolder) }); len(left) > 0 {
			t.Errorf("%q are still there", left)
		}
	})
}

// The contract of a date: the same again is nothing, other content needs replace, and LATEST never moves back.
func TestContractOfADate(t *testing.T) {
	onEachKind(t, func(t *testing.T, store storage.Store, w world) {
		publishes := func(date, content string, replace bool) {
			t.Helper()
			if err := run(t.Context(), store, w.dir, date, content, replace); err != nil {
				t.Fatal(err)
			}
			w.sees(t, store, date, content)
		}
		publishes(day, "A", false)
		before := w.objects(t)
		for content, want := range map[string]error{"A": publish.ErrAlreadyDone, "B": publish.ErrDatePublished} {
			if err := run(t.Context(), store, w.dir, day, content, false); !errors.Is(err, want) {
				t.Errorf("%s again: %v", content, err)
			}
		}
		if diff := cmp.Diff(before, w.objects(t)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		old, err := publish.Open(t.Context(), store, w.dir, day)
		if err != nil {
			t.Fatal(err)
		}
		publishes(day, "B", true)
		for _, output := range old.Manifest.Outputs {
			if err := old.Verify(t.Context(), output); err != nil {
				t.Errorf("a reader of the superseded run: %v", err)
			}
		}
		publishes(dayBefore, "C", false) // a backfill
		w.sees(t, store, day, "B")
		p, err := publish.Open(t.Context(), store, w.dir, publish.Latest)
		if err != nil || p.Pointer.Date != day || p.Manifest.Model.Name != "B" {
			t.Errorf("after a backfill LATEST is %+v, %v", p.Pointer, err)
		}
		publishes(dayAfter, "A", false)
		if p, err = publish.Open(t.Context(), store, w.dir, publish.Latest); err != nil || p.Pointer.Date != dayAfter {
			t.Errorf("after the next day LATEST is %+v, %v", p.Pointer, err)
		}
	})
}

// Of two runs of one date at once exactly one publishes, and the other is told to come again. A clean-up without any grace beside
// them touches neither.
func TestTwoAtOnce(t *testing.T) {
	onEachKind(t, func(t *testing.T, store storage.Store, w world) {
		if err := run(t.Context(), store, w.dir, day, "B", false); err != nil {
			t.Fatal(err)
		}
		first := beginAndFinish(t.Context(), t, store, w.dir, day, "C")
		for _, content := range []string{"C", "A"} {
			if err := run(t.Context(), store, w.dir, day, content, true); !errors.Is(err, publish.ErrBusy) || !errors.Is(err, storage.ErrBusy) {
				t.Errorf("%s beside it: %v", content, err)
			}
		}
		left, err := publish.Clean(t.Context(), store, w.dir, 0, false)
		if err != nil || len(left) != 1 || left[0].Removed || left[0].Why != "another process holds the date" {
			t.Errorf("a clean-up beside it: %+v, %v", left, err)
		}
		if err := first.Commit(t.Context(), publish.Manifest{Model: publish.Model{Name: "C"}}); err != nil {
			t.Fatal(err)
		}
		w.sees(t, store, day, "C")
	})
}

// beginAndFinish begins a run and writes all of its parts.
func beginAndFinish(ctx context.Context, t *testing.T, store storage.Store, out, date, content string) *publish.Publication {
	t.Helper()
	p, err := publish.Begin(ctx, store, out, date, key(content), true)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range partsOf(content) {
		table, number := splitName(name)
		part, err := p.CreateAs(ctx, table, int(number[0]-'0'), formatOf(table, content))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := part.Finish(int64(len(data))); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// A run that is interrupted does not commit, and leaves nothing: neither finished parts nor one that is being written.
func TestInterruptedOnEachKind(t *testing.T) {
	onEachKind(t, func(t *testing.T, store storage.Store, w world) {
		if err := run(t.Context(), store, w.dir, dayBefore, "A", false); err != nil {
			t.Fatal(err)
		}
		before := w.objects(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := beginAndFinish(ctx, t, store, w.dir, day, "B")
		if err := p.Ready(ctx, "scores", "breakdown"); err != nil {
			t.Error(err)
		}
		part, err := p.Create(ctx, "scores", 7)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := p.Commit(ctx, publish.Manifest{}); err == nil {
			t.Error("an interrupted run has committed")
		}
		if err := p.Abort(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(before, w.objects(t)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		// All parts are finished, and the signal comes in the very commit.
		ctx, cancel = context.WithCancel(t.Context())
		p = beginAndFinish(ctx, t, store, w.dir, day, "B")
		cancel()
		if err := p.Commit(ctx, publish.Manifest{}); !errors.Is(err, context.Canceled) {
			t.Errorf("the commit of an interrupted run: %v", err)
		}
		if err := p.Abort(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(before, w.objects(t)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
	})
}

// Clean removes what is superseded when it is old enough, says so before, and touches nothing that is published.
func TestCleanSuperseded(t *testing.T) {
	onEachKind(t, func(t *testing.T, store storage.Store, w world) {
		for _, content := range []string{"A", "B"} {
			if err := run(t.Context(), store, w.dir, day, content, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := run(t.Context(), store, w.dir, dayBefore, "C", true); err != nil {
			t.Fatal(err)
		}
		size := int64(0)
		for _, data := range partsOf("A") {
			size += int64(len(data))
		}
		for _, step := range []struct {
			keep         time.Duration
			dry, removed bool
		}{{time.Hour, true, false}, {time.Hour, false, false}, {0, true, true}, {0, false, true}} {
			before := w.files(t)
			left, err := publish.Clean(t.Context(), store, w.dir, step.keep, step.dry)
			if err != nil || len(left) != 1 {
				t.Fatalf("%+v: %+v, %v", step, left, err)
			}
			l := left[0]
			if l.Kind != publish.Superseded || l.Date != day || !strings.HasPrefix(l.Attempt, publish.RunID(key("A"))) || l.Removed != step.removed || l.Bytes < size || l.Objects < 4 {
				t.Errorf("%+v: %+v", step, l)
			}
			if !step.removed || step.dry {
				if diff := cmp.Diff(before, w.files(t)); diff != "" {
					t.Errorf("%+v: -before +after:\n%s", step, diff)
				}
			} else if strings.Contains(strings.Join(w.objects(t), "\n"), publish.RunID(key("A"))) {
				t.Errorf("something of it is left: %q", w.objects(t))
			}
			w.sees(t, store, day, "B")
			w.sees(t, store, dayBefore, "C")
		}
		if left, err := publish.Clean(t.Context(), store, w.dir, 0, false); err != nil || len(left) > 0 {
			t.Errorf("again: %+v, %v", left, err)
		}
	})
}

// What a dead run left goes at once where its lock proves that it is dead, and never within a day where it does not.
func TestCleanDead(t *testing.T) {
	for _, leases := range []bool{false, true} {
		w := newWorld(t)
		w.publish(t, dayBefore, "B", false)
		f := storagetest.NewFaulty(storage.NewLocal(), nil)
		beginAndStage(t, f, w.dir, day)
		f.Exit()
		store := storagetest.NewFaulty(storage.NewLocal(), nil)
		store.HideLocks = leases
		before := w.objects(t)
		left, err := publish.Clean(t.Context(), store, w.dir, 0, true)
		if err != nil || len(left) != 1 || left[0].Kind != publish.Unfinished || left[0].Removed {
			t.Errorf("leases %v, dry: %+v, %v", leases, left, err)
		}
		left, err = publish.Clean(t.Context(), store, w.dir, 0, false)
		if err != nil || len(left) != 1 || left[0].Kind != publish.Unfinished || left[0].Removed == leases {
			t.Errorf("leases %v: %+v, %v", leases, left, err)
		}
		if gone := len(w.objects(t)) < len(before); gone == leases {
			t.Errorf("leases %v: there is %q", leases, w.objects(t))
		}
		w.age(t, publish.DefaultGrace+time.Hour)
		if left, err = publish.Clean(t.Context(), store, w.dir, 0, false); err != nil || len(left) > 0 && !left[0].Removed {
			t.Errorf("leases %v, a day later: %+v, %v", leases, left, err)
		}
		w.settled(t, dayBefore, "B")
		if w.staged(t) > 0 {
			t.Errorf("leases %v: there is %q", leases, w.objects(t))
		}
	}
}

// Parts among the published ones that no run has are removed when they are old enough, and nothing beside them: neither live parts,
// nor what is not named as a part, nor anything of a date whose pointer was lost while LATEST names it.
func TestCleanOrphans(t *testing.T) {
	onEachKind(t, func(t *testing.T, store storage.Store, w world) {
		for date, content := range map[string]string{dayBefore: "A", day: "B", dayAfter: "C"} {
			if err := run(t.Context(), store, w.dir, date, content, true); err != nil {
				t.Fatal(err)
			}
		}
		put := func(path string) {
			t.Helper()
			writer, err := store.Create(t.Context(), w.dir+"/"+path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := writer.Write(bytes.Repeat([]byte("x"), 100)); err != nil {
				t.Fatal(err)
			}
			if _, err := writer.Finish(); err != nil {
				t.Fatal(err)
			}
		}
		orphans := []string{"scores/dt=" + day + "/part-00000-0123456789abcdef.parquet", "set_scores/dt=" + day + "/part-00001-0123456789abcdef.parquet"}
		others := []string{"scores/dt=" + day + "/mine.parquet", "Notes/dt=" + day + "/part-00000-0123456789abcdef.parquet", "scores/notes.txt"}
		for _, path := range slices.Concat(orphans, others) {
			put(path)
		}
		for _, lost := range []string{dayBefore, dayAfter} {
			if err := store.Delete(t.Context(), w.dir+"/_runs/"+lost+".json"); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct {
			keep    time.Duration
			dry     bool
			removed bool
		}{{time.Hour, false, false}, {0, true, true}, {0, false, true}} {
			left, err := publish.Clean(t.Context(), store, w.dir, step.keep, step.dry)
			if !errors.Is(err, storage.ErrNotFound) || !strings.Contains(err.Error(), dayAfter) {
				t.Errorf("%+v: of the date that LATEST names and that has no pointer: %v", step, err)
			}
			got := map[string]publish.Leftover{}
			for _, l := range left {
				if l.Kind == publish.Orphaned {
					got[l.Date] = l
				}
			}
			if len(got) != 2 || got[day].Objects != 2 || got[day].Bytes != 200 || got[day].Removed != step.removed ||
				got[dayBefore].Objects != len(partsOf("A")) || got[dayBefore].Removed != step.removed {
				t.Errorf("%+v: %+v", step, left)
			}
			gone := step.removed && !step.dry
			for _, path := range orphans {
				if exists, err := store.Exists(t.Context(), w.dir+"/"+path); err != nil || exists == gone {
					t.Errorf("%+v: %s: exists %v, %v", step, path, exists, err)
				}
			}
		}
		for _, path := range others {
			if exists, err := store.Exists(t.Context(), w.dir+"/"+path); err != nil || !exists {
				t.Errorf("%s: exists %v, %v", path, exists, err)
			}
		}
		if got := globbed(t, store, w.dir, "mql", dayBefore); got != "" {
			t.Errorf("of the date that was taken out of sight there is %q", got)
		}
		if got, err := readWhole(store, w.dir, day); err != nil || got != "B" {
			t.Errorf("the published run is %q, %v", got, err)
		}
		if got := globbed(t, store, w.dir, "scores", dayAfter); got != "C" {
			t.Errorf("of the date that LATEST names there is %q", got)
		}
	})
}

// Survey finds what is published, what is not finished, and what is damaged.
func TestSurvey(t *testing.T) {
	onEachKind(t, func(t *testing.T, store storage.Store, w world) {
		states, err := publish.Survey(t.Context(), store, w.dir)
		if err != nil || len(states) > 0 {
			t.Fatalf("of nothing: %+v, %v", states, err)
		}
		for date, content := range map[string]string{dayBefore: "A", day: "B", dayAfter: "C"} {
			if err := run(t.Context(), store, w.dir, date, content, true); err != nil {
				t.Fatal(err)
			}
		}
		show := func() (shown []string) {
			t.Helper()
			states, err := publish.Survey(t.Context(), store, w.dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range states {
				text := s.Pointer.Date + " " + s.Manifest.Model.Name
				for flag, set := range map[string]bool{" latest": s.Latest, " unfinished": s.Unfinished} {
					if set {
						text += flag
					}
				}
				if len(s.Damage) > 0 {
					text += " damaged: " + strings.Join(s.Damage, "; ")
				}
				shown = append(shown, text)
			}
			return shown
		}
		if diff := cmp.Diff([]string{dayBefore + " A", day + " B", dayAfter + " C latest"}, show()); diff != "" {
			t.Error(diff)
		}
		// Killed right behind the commit point.
		f := storagetest.NewFaulty(store, func(op storagetest.Op) storagetest.Fault {
			if op.Name == "Swap" && strings.HasSuffix(op.Path, "/_runs/"+day+".json") {
				return storagetest.DieAfter
			}
			return storagetest.Pass
		})
		if err := run(t.Context(), f, w.dir, day, "C", true); err == nil || !f.Dead() {
			t.Fatal(err)
		}
		if diff := cmp.Diff(day+" C unfinished", show()[1]); diff != "" {
			t.Error(diff)
		}
		p, err := publish.Open(t.Context(), store, w.dir, dayBefore)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{w.dir + "/" + p.Manifest.Outputs[0].Path, w.dir + "/_runs/" + dayAfter + ".json"} {
			if err := store.Delete(t.Context(), path); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.Swap(t.Context(), w.dir+"/_runs/"+dayAfter+".json", []byte("{}"), storage.None); err != nil {
			t.Fatal(err)
		}
		shown := show()
		if len(shown) != 3 || !strings.HasPrefix(shown[0], dayBefore+" A damaged: ") || !strings.Contains(shown[0], p.Manifest.Outputs[0].Path+" is gone") ||
			!strings.HasPrefix(shown[2], dayAfter+"  latest damaged: ") || !strings.Contains(shown[2], "is no pointer of leadscore") {
			t.Errorf("%q", shown)
		}
	})
}
