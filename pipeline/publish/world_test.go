package publish_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// A world is an output folder and what tests do with it. Runs are named by their content: "A", "B" …
type world struct {
	dir string
}

// newWorld makes one in memory where there is such a place, as these tests wait for the disk thousands of times.
func newWorld(t testing.TB) world {
	t.Helper()
	if dir, err := os.MkdirTemp("/dev/shm", "publish-*"); err == nil {
		t.Cleanup(func() {
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
		})
		return world{dir: filepath.Join(dir, "out")}
	}
	return world{dir: filepath.Join(t.TempDir(), "out")}
}

const (
	day       = "2026-11-22"
	dayBefore = "2026-11-21"
	dayAfter  = "2026-11-23"
)

// oneTable is the content of a run that has no table but scores.
const oneTable = "one table"

func key(content string) string {
	k, err := publish.ContentKey(publish.Content{Model: content, Engine: "test"})
	if err != nil {
		panic(err) // there is no job that could be wrong
	}
	return k
}

// partsOf says what a run consists of: the tables differ from run to run, as --tables does.
func partsOf(content string) map[string][]byte {
	parts := map[string][]byte{}
	add := func(table string, part, size int) {
		name := fmt.Sprintf("%s/%d", table, part)
		parts[name] = bytes.Repeat(fmt.Appendf(nil, "%s of %s;", name, content), size)
	}
	add("scores", 0, 50)
	add("scores", 1, 70)
	if content == oneTable {
		return parts
	}
	add("_state", 0, 15)
	switch content {
	case "A":
		add("mql", 0, 10)
		add("extracts/hot_leads", 0, 4)
	case "B":
		add("breakdown", 0, 20)
		add("extracts/hot_leads", 0, 6)
	default:
		add("mql", 0, 30)
		add("breakdown", 0, 5)
	}
	return parts
}

// run does what a job does.
func run(ctx context.Context, store storage.Store, out, date, content string, replace bool) (err error) {
	p, err := publish.Begin(ctx, store, out, date, key(content), replace)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Abort()) }()
	parts := partsOf(content)
	for _, name := range slices.Sorted(mapKeys(parts)) {
		table, number := splitName(name)
		w, err := p.CreateAs(ctx, table, int(number[0]-'0'), formatOf(table, content))
		if err != nil {
			return err
		}
		if _, err := w.Write(parts[name]); err != nil {
			return errors.Join(err, w.Abort())
		}
		if err := w.Finish(int64(len(parts[name]))); err != nil {
			return errors.Join(err, w.Abort())
		}
	}
	return p.Commit(ctx, publish.Manifest{Model: publish.Model{Name: content}, AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
}

// splitName takes the number of a part off its table.
func splitName(name string) (table, number string) {
	i := strings.LastIndexByte(name, '/')
	return name[:i], name[i+1:]
}

// formatOf says what the parts of a table are: those of extracts differ from run to run.
func formatOf(table, content string) string {
	switch {
	case !strings.Contains(table, "/"):
		return publish.Parquet
	case content == "A":
		return "csv"
	}
	return "xlsx"
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (w world) publish(t testing.TB, date, content string, replace bool) {
	t.Helper()
	if err := run(context.Background(), storage.NewLocal(), w.dir, date, content, replace); err != nil && !errors.Is(err, publish.ErrAlreadyDone) {
		t.Fatalf("publish %s for %s: %v", content, date, err)
	}
}

// readWhole reads a published run as a reader of manifests does and gives its content's name, or an error when
// anything of it is missing or wrong.
func readWhole(store storage.Store, out, date string) (string, error) {
	ctx := context.Background()
	p, err := publish.Open(ctx, store, out, date)
	if errors.Is(err, publish.ErrNoRun) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	content := p.Manifest.Model.Name
	want := partsOf(content)
	for _, output := range p.Manifest.Outputs {
		name := output.Table + "/" + string(filepath.Base(output.Path)[len("part-0000")])
		r, err := p.OpenPart(ctx, output)
		if err != nil {
			return content, err
		}
		got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		if err = errors.Join(err, r.Close()); err != nil {
			return content, err
		}
		if !bytes.Equal(got, want[name]) {
			return content, fmt.Errorf("run %s: %s has other bytes", content, output.Path)
		}
		if output.Rows != int64(len(got)) {
			return content, fmt.Errorf("run %s: %s has %d rows", content, output.Path, output.Rows)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		return content, fmt.Errorf("run %s: %d parts are not in its manifest", content, len(want))
	}
	return content, nil
}

// globbed tells whose parts a glob reader sees of a table: the run's name when it is all of that run's and nothing else,
// "" when there are none, else a description of the mixture.
func (w world) globbed(t testing.TB, table, date string) string {
	t.Helper()
	return globbed(t, storage.NewLocal(), w.dir, table, date)
}

func globbed(t testing.TB, store storage.Store, out, table, date string) string {
	t.Helper()
	objects, err := store.List(context.Background(), storage.EscapeGlob(out)+"/"+table+"/dt="+date+"/*")
	if err != nil && !errors.Is(err, storage.ErrNoMatch) {
		t.Fatal(err)
	}
	var names []string
	for _, object := range objects {
		names = append(names, filepath.Base(object.Path))
	}
	if len(names) == 0 {
		return ""
	}
	for _, content := range []string{"A", "B", "C", oneTable} {
		var want []string
		for name := range partsOf(content) {
			if of, number := splitName(name); of == table {
				want = append(want, fmt.Sprintf("part-0000%s-%s.%s", number, publish.RunID(key(content)), formatOf(table, content)))
			}
		}
		slices.Sort(want)
		if slices.Equal(names, want) {
			return content
		}
	}
	return fmt.Sprintf("a mixture: %q", names)
}

// files lists everything below the output folder, with folders, as the operating system has it.
func (w world) files(t testing.TB) []string {
	t.Helper()
	found := []string{}
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(w.dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			rel += "/"
		}
		found = append(found, rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// settled fails the test unless the date's run is the given one for every reader, and nothing else lies about.
func (w world) settled(t testing.TB, date, content string) {
	t.Helper()
	got, err := readWhole(storage.NewLocal(), w.dir, date)
	if err != nil || got != content {
		t.Fatalf("%s: reader of manifests sees %q, %v; want %s", date, got, err, content)
	}
	for _, table := range []string{"scores", "mql", "breakdown", "_state", "extracts/hot_leads"} {
		want := ""
		for name := range partsOf(content) {
			if strings.HasPrefix(name, table+"/") {
				want = content
			}
		}
		if got := w.globbed(t, table, date); got != want {
			t.Fatalf("%s: reader of globs sees %q of %s, want %q", date, got, table, want)
		}
	}
}

// tidy cleans without grace and fails the test when anything remains that no published run needs.
func (w world) tidy(t testing.TB) {
	t.Helper()
	w.tidyUp(t, true)
}

func (w world) tidyUp(t testing.TB, folders bool) {
	t.Helper()
	ctx := context.Background()
	if _, err := publish.Clean(ctx, storage.NewLocal(), w.dir, 0, false); err != nil {
		t.Fatal(err)
	}
	want := []string{"./", "LATEST.json", "_runs/"}
	runs, err := publish.Runs(ctx, storage.NewLocal(), w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, pointer := range runs {
		p, err := publish.Open(ctx, storage.NewLocal(), w.dir, pointer.Date)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, "_runs/"+pointer.Date+"/", "_runs/"+pointer.Date+".json", pointer.Manifest)
		for _, output := range p.Manifest.Outputs {
			want = append(want, output.Path, output.Table+"/", output.Table+"/dt="+pointer.Date+"/")
			if root, _, nested := strings.Cut(output.Table, "/"); nested {
				want = append(want, root+"/")
			}
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	got := w.files(t)
	slices.Sort(got)
	// A process that dies before it removes the folder of a table that has no dates left leaves it, empty.
	got = slices.DeleteFunc(got, func(f string) bool {
		below := slices.ContainsFunc(got, func(g string) bool { return g != f && strings.HasPrefix(g, f) })
		return f != "./" && strings.Count(f, "/") == 1 && strings.HasSuffix(f, "/") && !strings.HasPrefix(f, "_") && !below
	})
	if !folders {
		folder := func(f string) bool { return strings.HasSuffix(f, "/") }
		got, want = slices.DeleteFunc(got, folder), slices.DeleteFunc(want, folder)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("after Clean there is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
