package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
)

// exhaustive is set by LEADSCORE_EXHAUSTIVE=1: every operation fails in every way, which takes minutes; else a choice of them, which
// covers all ways and all kinds of operations.
var exhaustive = os.Getenv("LEADSCORE_EXHAUSTIVE") != ""

// The dates of the scenarios.
var (
	faultDates = []time.Time{day("2026-10-18"), day("2026-10-25"), day("2026-11-01")}
	newerDate  = day("2026-11-08")
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

// scenario is what a run meets, and the run.
type scenario struct {
	name   string
	before []time.Time // dates that other work is published for
	dates  []time.Time // to be published; more than one is a backfill
	latest time.Time   // what LATEST names in the end
}

var faultScenarios = []scenario{
	{"first", nil, faultDates[2:], faultDates[2]},
	{"replace", faultDates[1:], faultDates[2:], faultDates[2]},
	{"backfill", []time.Time{faultDates[2], newerDate}, faultDates, newerDate},
}

// content is a published run as its manifest names it: path of a part → its bytes.
type content map[string]string

// faultWorld is where trials take place: inputs that all of them read, and for each scenario a template of the output folder
// with what an undisturbed run makes of it. The same work has the same run id and the same bytes everywhere.
type faultWorld struct {
	dir    string        // of temporary files
	store  storage.Store // without faults, to look with
	root   string        // path in store
	at     string        // its address
	spec   pipeline.Spec
	inputs []string // their paths in store
}

type template struct {
	scenario
	files map[string][]byte          // path below the output folder → content, before the run
	runs  map[string]content         // run id → parts, of all runs that may be seen
	seen  map[string]map[string]bool // date → run ids that may be seen; "" for none
	final map[string]string          // date → run id in the end
}

type faultContact struct {
	ID      string `parquet:"contact_id"`
	Country string `parquet:"country"`
}

type faultEvent struct {
	ID      string `parquet:"contact_id"`
	At      int64  `parquet:"occurred_at,timestamp(millisecond)"`
	Channel string `parquet:"channel"`
	Action  string `parquet:"action"`
}

type faultMember struct {
	ID   string `parquet:"contact_id"`
	List string `parquet:"list"`
}

// rowsFile gives a Parquet file, whose pages have checksums.
func rowsFile[T any](t testing.TB, rows []T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// newFaultWorld puts the inputs below an address.
func newFaultWorld(t testing.TB, address string) *faultWorld {
	t.Helper()
	store, root, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	w := &faultWorld{dir: t.TempDir(), store: store, root: root, at: address}
	var events []faultEvent
	for i, id := range []string{"ann", "ann", "bob", "ann", "bob", "cyd", "ann", "eve"} {
		events = append(events, faultEvent{id, day("2026-10-30").AddDate(0, 0, -7*i).UnixMilli(), "email", []string{"clicked", "opened"}[i/6]})
	}
	for name, data := range map[string][]byte{
		"contacts.parquet":    rowsFile(t, []faultContact{{"ann", "SE"}, {"bob", "DE"}, {"cyd", ""}, {"dan", "NO"}}),
		"engagements.parquet": rowsFile(t, events),
		"lists.parquet":       rowsFile(t, []faultMember{{"dan", "Partners"}, {"bob", "Others"}}),
	} {
		p := storage.Join(root, "in", name)
		storagetest.Put(t, store, p, data)
		w.inputs = append(w.inputs, p)
	}
	in := func(name string) pipeline.Input { return pipeline.Input{Paths: []string{address + "/in/" + name}} }
	lists := in("lists.parquet")
	w.spec = pipeline.Spec{
		Model: parse(t, smallModel), History: 90 * 24 * time.Hour, Tables: []string{"scores", "breakdown", "mql"}, Replace: true,
		Contacts: in("contacts.parquet"), Engagements: in("engagements.parquet"), Lists: &lists, Threads: 1, Memory: 1 << 30, Buckets: 1,
	}
	return w
}

// execute runs the job of a scenario, as the command does.
func (w *faultWorld) execute(ctx context.Context, dates []time.Time, folder, temp string) error {
	spec := w.spec
	spec.Output, spec.TempDir, spec.AsOf = w.at+"/"+folder, temp, dates[len(dates)-1]
	if len(dates) == 1 {
		_, err := pipeline.Run(ctx, spec, pipeline.Unwatched{})
		return err
	}
	return pipeline.Backfill(ctx, spec, dates, pipeline.Unwatched{}, func(*pipeline.Summary) error { return nil })
}

// template prepares a scenario.
func (w *faultWorld) template(t testing.TB, ctx context.Context, s scenario) *template {
	t.Helper()
	folder := "template " + s.name
	tp := &template{scenario: s, runs: map[string]content{}, seen: map[string]map[string]bool{}, final: map[string]string{}}
	for _, at := range s.dates {
		tp.seen[at.Format(time.DateOnly)] = map[string]bool{"": true}
	}
	other := *w
	other.spec.History /= 2
	for _, at := range s.before {
		if err := other.execute(ctx, []time.Time{at}, folder, w.dir); err != nil {
			t.Fatal(err)
		}
	}
	tp.files = w.files(t, folder)
	note := func(dates []time.Time, final bool) {
		for _, at := range dates {
			date := at.Format(time.DateOnly)
			id, found, err := w.read(ctx, folder, date)
			if err != nil || id == "" {
				t.Fatal(err)
			}
			tp.runs[id] = found
			if tp.final[date] = id; tp.seen[date] == nil || !final {
				tp.seen[date] = map[string]bool{}
			}
			tp.seen[date][id] = true
		}
	}
	note(s.before, false)
	if err := w.execute(ctx, s.dates, folder, w.dir); err != nil {
		t.Fatal(err)
	}
	note(s.dates, true)
	return tp
}

// everything are the patterns that find all objects below a folder, hidden ones too.
var everything = []string{"**", "**/.*", "_*/**", "_*/**/.*"}

// files gives all objects of a folder.
func (w *faultWorld) files(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, pattern := range everything {
		for _, name := range storagetest.Paths(t, w.store, storage.Join(w.root, folder), pattern) {
			files[name] = storagetest.Get(t, w.store, storage.Join(w.root, folder, name))
		}
	}
	return files
}

// names lists what lies in a folder and matches one of the patterns, relative to the folder.
func (w *faultWorld) names(ctx context.Context, folder string, patterns ...string) ([]string, error) {
	root := storage.Join(w.root, folder)
	names := []string{}
	for _, pattern := range patterns {
		objects, err := w.store.List(ctx, storage.EscapeGlob(root)+"/"+pattern)
		if err != nil && !errors.Is(err, storage.ErrNoMatch) {
			return nil, err
		}
		for _, o := range objects {
			if name := strings.TrimPrefix(o.Path, root+"/"); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// copyTo makes a folder of a template.
func (w *faultWorld) copyTo(ctx context.Context, tp *template, folder string) error {
	for name, data := range tp.files {
		writer, err := w.store.Create(ctx, storage.Join(w.root, folder, name))
		if err != nil {
			return err
		}
		if _, err := writer.Write(data); err != nil {
			return err
		}
		if _, err := writer.Finish(); err != nil {
			return err
		}
	}
	return nil
}

// remove removes a folder.
func (w *faultWorld) remove(ctx context.Context, folder string) error {
	if folders, ok := w.store.(storage.Folders); ok {
		return folders.RemoveFolder(ctx, storage.Join(w.root, folder))
	}
	names, err := w.names(ctx, folder, everything...)
	for _, name := range names {
		err = errors.Join(err, w.store.Delete(ctx, storage.Join(w.root, folder, name)))
	}
	return err
}

// get reads an object.
func (w *faultWorld) get(ctx context.Context, p string) (string, error) {
	data, _, err := w.store.Read(ctx, p, 1<<30)
	return string(data), err
}

// read reads a run as readers of manifests do; no run has the id "".
func (w *faultWorld) read(ctx context.Context, folder, date string) (string, content, error) {
	p, err := publish.Open(ctx, w.store, storage.Join(w.root, folder), date)
	if errors.Is(err, publish.ErrNoRun) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	found := content{}
	for _, output := range p.Manifest.Outputs {
		reader, err := p.OpenPart(ctx, output)
		if err != nil {
			return p.Pointer.RunID, nil, err
		}
		data, err := io.ReadAll(io.NewSectionReader(reader, 0, reader.Size()))
		if err = errors.Join(err, reader.Close()); err != nil {
			return p.Pointer.RunID, nil, err
		}
		found[output.Path] = string(data)
	}
	return p.Pointer.RunID, found, nil
}

// look holds what readers see: of each date one of the runs that may be seen, whole, in manifests and in globs.
func (w *faultWorld) look(ctx context.Context, tp *template, folder string, kind *storeKind) (map[string]string, error) {
	seen := map[string]string{}
	for _, date := range append(keysOf(tp.seen), publish.Latest) {
		id, found, err := w.read(ctx, folder, date)
		if err != nil {
			return nil, fmt.Errorf("a reader of the manifest of %s sees %q: %w", date, id, err)
		}
		seen[date] = id
		switch want, known := tp.runs[id]; {
		case date != publish.Latest && !tp.seen[date][id]:
			return nil, fmt.Errorf("a reader of %s sees the run %q, want one of %v", date, id, tp.seen[date])
		case id != "" && (!known || !sameParts(found, want)):
			return nil, fmt.Errorf("a reader of %s sees the run %s with other bytes or parts", date, id)
		}
		if date != publish.Latest {
			if err := w.glance(ctx, tp, folder, date, kind); err != nil {
				return nil, err
			}
		}
	}
	if latest := seen[publish.Latest]; latest == "" && len(tp.before) > 0 {
		return nil, errors.New("LATEST is gone")
	}
	return seen, nil
}

// glance holds what readers of globs see.
func (w *faultWorld) glance(ctx context.Context, tp *template, folder, date string, kind *storeKind) error {
	for _, table := range w.spec.Tables {
		names, err := w.names(ctx, folder, table+"/dt="+date+"/*.parquet")
		if err != nil {
			return err
		}
		of, complete := map[string]bool{}, true
		for _, name := range names {
			base := path.Base(name)
			id := strings.TrimSuffix(base[strings.LastIndex(base, "-")+1:], ".parquet")
			of[id] = true
			data, err := w.get(ctx, storage.Join(w.root, folder, name))
			if err != nil || data != tp.runs[id][name] {
				return fmt.Errorf("a reader of globs sees %s, which no run has like this (%w)", name, err)
			}
			for want := range tp.runs[id] {
				complete = complete && (!strings.HasPrefix(want, table+"/") || slices.Contains(names, want))
			}
		}
		switch {
		case len(of) > 1:
			return fmt.Errorf("a reader of globs sees a mixture: %v", names)
		case len(of) == 0 && !tp.seen[date][""] && kind.exchanges:
			return fmt.Errorf("a reader of globs sees nothing in %s of %s", table, date)
		case !complete && !kind.HideFolders:
			return fmt.Errorf("a reader of globs sees a part of a table: %v", names)
		}
	}
	return nil
}

func sameParts(a, b content) bool {
	if len(a) != len(b) {
		return false
	}
	for name, data := range b {
		if a[name] != data {
			return false
		}
	}
	return true
}

func keysOf[V any](m map[string]V) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// settled holds that in the end everything is as after an undisturbed run, and nothing else lies about.
func (w *faultWorld) settled(ctx context.Context, tp *template, folder string, kind *storeKind) error {
	want := []string{"LATEST.json"}
	for date, id := range tp.final {
		got, found, err := w.read(ctx, folder, date)
		if err != nil || got != id || !sameParts(found, tp.runs[id]) {
			return fmt.Errorf("in the end a reader of %s sees %q (%w), want %s", date, got, err, id)
		}
		p, err := publish.Open(ctx, w.store, storage.Join(w.root, folder), date)
		if err != nil {
			return err
		}
		want = append(append(want, "_runs/"+date+".json", p.Pointer.Manifest), keysOf(found)...)
		v, err := pipeline.Verify(ctx, w.at+"/"+folder, date, pipeline.Unwatched{})
		if err != nil || len(v.Faults)+len(v.Notes) > 0 || v.Ledger != pipeline.LedgerBalances {
			return fmt.Errorf("verify of %s says %+v (%w)", date, v, err)
		}
	}
	latest := tp.latest.Format(time.DateOnly)
	if got, _, err := w.read(ctx, folder, publish.Latest); err != nil || got != tp.final[latest] {
		return fmt.Errorf("in the end LATEST is %s (%w), want that of %s", got, err, latest)
	}
	names, err := w.names(ctx, folder, everything...)
	for _, name := range names {
		// A lease is an object, and stays. It does not prove a death either, so what a dead run left out of sight stays for a day.
		leased := kind.HideLocks && (strings.HasSuffix(name, ".lock") || strings.HasPrefix(name, "_staging/") || strings.HasPrefix(name, "_runs/") || strings.Contains(name, ".probe"))
		if !slices.Contains(want, name) && !leased {
			return fmt.Errorf("in the end %s lies about", name)
		}
	}
	return err
}

// temporary gives a new folder for temporary files.
func (w *faultWorld) temporary() (string, error) { return os.MkdirTemp(w.dir, "run") }

// emptied holds that nothing is left in a folder for temporary files, and removes it.
func emptied(temp string) error {
	left, err := filepath.Glob(filepath.Join(temp, "*"))
	if len(left) > 0 {
		return fmt.Errorf("temporary files are left: %q", left)
	}
	return errors.Join(err, os.Remove(temp))
}
