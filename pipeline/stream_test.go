package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
	"leadscore/pipeline/export"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// streaming is a job with a stream of every format, and a list.
func streaming(t testing.TB) (*base, pipeline.Spec) {
	b := newBase(t)
	spec := b.write(t)
	for _, format := range export.Formats {
		spec.Extracts = append(spec.Extracts, pipeline.Extract{Name: format, Slug: format, Format: format, Where: "score >= 9",
			Columns: []pipeline.ExtractColumn{{Column: "contact_id"}, {Column: "score"}}, Stream: &pipeline.Stream{FetchHistory: true}})
	}
	spec.Extracts = append(spec.Extracts, pipeline.Extract{Name: "List", Slug: "list", Where: "score >= 9", AddToList: "Ready"})
	return b, spec
}

// cydToo changes the inputs so that one more contact matches.
func cydToo(t testing.TB, b *base) {
	t.Helper()
	b.lists = []column{texts("contact_id", "dan", "bob", "cyd"), texts("list", "Partners", "Others", "Partners")}
	b.engagements[0].values[5], b.engagements[1].values[5] = "cyd", "2026-10-31T00:00:00Z"
	b.write(t)
}

// What a stream has delivered stays, byte by byte, in whatever format, and what is new is beside it.
func TestReplacedStream(t *testing.T) {
	b, spec := streaming(t)
	first := run(t, spec)
	before := map[string]map[string][]byte{}
	for _, format := range export.Formats {
		before[format] = extracted(t, spec, format, first.RunID)
	}
	cydToo(t, b)
	spec.Replace = true
	second := run(t, spec)
	for i, format := range export.Formats {
		after := extracted(t, spec, format, second.RunID)
		kept := bytes.ReplaceAll(after["part-00000-run."+format], []byte(first.RunID), []byte("run"))
		if len(after) != 2 || !bytes.Equal(kept, before[format]["part-00000-run."+format]) {
			t.Errorf("%s: %d files, or other bytes than before", format, len(after))
		}
		if x := second.Extracts[i]; x.Rows != 4 || x.Parts != 2 || *x.Delivered != 1 || *x.Matching != 4 {
			t.Errorf("%s: %+v", format, x)
		}
	}
	p := opened(t, spec)
	kept := 0
	for _, output := range p.Manifest.Outputs {
		if output.Kept != "" {
			kept++
			if output.Kept != first.RunID || output.Rows != 3 {
				t.Errorf("%+v", output)
			}
		}
	}
	if kept != len(export.Formats) || p.Manifest.Deliveries.Base.RunID != first.RunID || !p.Manifest.Deliveries.Newest {
		t.Errorf("%d parts are kept; %+v", kept, p.Manifest.Deliveries)
	}
	if v := verified(t, spec.Output); len(v.Faults) > 0 {
		t.Errorf("%v", v.Faults)
	}
	if again := run(t, spec); !again.AlreadyDone {
		t.Error("the same command publishes again")
	}
}

func opened(t testing.TB, spec pipeline.Spec) *publish.Published {
	t.Helper()
	store, root, err := storage.Open(t.Context(), spec.Output)
	if err != nil {
		t.Fatal(err)
	}
	p, err := publish.Open(t.Context(), store, root, spec.AsOf.Format(time.DateOnly))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Threads and buckets change no byte, of the first run or of one that replaces it.
func TestStreamsAreTheSameBytes(t *testing.T) {
	var want map[string][]byte
	b, spec := streaming(t)
	out := spec.Output
	for i, with := range []struct{ threads, buckets int }{{1, 1}, {2, 8}, {3, 2}} {
		original := newBase(t)
		b.lists, b.engagements = original.lists, original.engagements
		b.write(t)
		for _, name := range []string{"contacts", "engagements", "lists"} { // pinned as the same
			if err := os.Chtimes(filepath.Join(b.dir, "in", name+".parquet"), spec.AsOf, spec.AsOf); err != nil {
				t.Fatal(err)
			}
		}
		spec.Threads, spec.Buckets, spec.Replace = with.threads, with.buckets, false
		spec.Output = out + string(rune('a'+i))
		run(t, spec)
		cydToo(t, b)
		for _, name := range []string{"contacts", "engagements", "lists"} {
			if err := os.Chtimes(filepath.Join(b.dir, "in", name+".parquet"), spec.AsOf, spec.AsOf); err != nil {
				t.Fatal(err)
			}
		}
		spec.Replace = true
		run(t, spec)
		got := map[string][]byte{}
		for _, pattern := range []string{"extracts/*/*/*", "_streams/*/*"} {
			files, err := filepath.Glob(filepath.Join(spec.Output, filepath.FromSlash(pattern)))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				got[strings.TrimPrefix(file, spec.Output)] = data
			}
		}
		if len(got) != 2*len(export.Formats)+2 {
			t.Fatalf("%d files", len(got))
		}
		if want == nil {
			want = got
		} else if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%+v: %.500s", with, d)
		}
	}
}

// spoil changes a byte of every part of a table.
func spoil(t testing.TB, out, table string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(out, table, "*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no parts, %v", table, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 1
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A run refuses to go on from what is damaged.
func TestStreamsGoOnFromSoundParts(t *testing.T) {
	for table, words := range map[string][]string{
		"_streams":      {"2026-11-01", "what streams have delivered", "_streams", "damaged", "restore"},
		"extracts/list": {"2026-11-01", "who is on the list ready", "extracts/list", "damaged", "restore"},
	} {
		_, spec := streaming(t)
		run(t, spec)
		spoil(t, spec.Output, table)
		spec.AsOf = spec.AsOf.AddDate(0, 0, 1)
		_, err := pipeline.Run(t.Context(), spec, pipeline.Unwatched{})
		for _, word := range words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: the error does not say %q: %v", table, word, err)
			}
		}
	}
	b, spec := streaming(t)
	run(t, spec)
	spoil(t, spec.Output, "extracts/csv")
	cydToo(t, b)
	spec.Replace = true
	if _, err := pipeline.Run(t.Context(), spec, pipeline.Unwatched{}); err == nil || !strings.Contains(err.Error(), "what extracts/csv has delivered on that date") {
		t.Errorf("%v", err)
	}
}

// A run whose parts are lost becomes what it was: from the run that it went on from, or, where that is gone, from itself.
func TestLostPartsOfStreams(t *testing.T) {
	b, spec := streaming(t)
	first := run(t, spec)
	lose := func(table string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(spec.Output, filepath.FromSlash(table), "dt=2026-11-01")); err != nil {
			t.Fatal(err)
		}
	}
	lose("extracts/csv")
	again := run(t, spec)
	if again.AlreadyDone || again.RunID != first.RunID {
		t.Errorf("%+v", again)
	}
	cydToo(t, b)
	spec.Replace = true
	second := run(t, spec)
	if _, err := pipeline.Clean(t.Context(), spec.Output, 0, false); err != nil {
		t.Fatal(err)
	}
	lose("scores")
	third := run(t, spec)
	if third.AlreadyDone || third.RunID == second.RunID || third.Extracts[0].Rows != 4 || *third.Extracts[0].Delivered != 0 {
		t.Errorf("%+v", third)
	}
	if v := verified(t, spec.Output); len(v.Faults) > 0 {
		t.Errorf("%v", v.Faults)
	}
}

// waits holds a run at its first part until it is let go.
type waits struct {
	pipeline.Unwatched
	reached, goOn chan struct{}
}

func (w *waits) Stage(name string, _ int64, _ string) {
	if name == "evaluate" {
		close(w.reached)
		<-w.goOn
	}
}

// Of two dates at once only one hands over contacts, as neither would know of the other's.
func TestTurns(t *testing.T) {
	_, spec := streaming(t)
	w := &waits{reached: make(chan struct{}), goOn: make(chan struct{})}
	done := make(chan error)
	go func() {
		_, err := pipeline.Run(context.Background(), spec, w)
		done <- err
	}()
	<-w.reached
	other := spec
	other.AsOf = spec.AsOf.AddDate(0, 0, 1)
	other.TempDir = t.TempDir()
	_, err := pipeline.Run(t.Context(), other, pipeline.Unwatched{})
	coded := interface{ ExitCode() int }(nil)
	if !errors.As(err, &coded) || coded.ExitCode() != 75 || !strings.Contains(err.Error(), "another date is handing over") {
		t.Errorf("%v", err)
	}
	plain := other
	plain.Extracts, plain.AsOf = nil, spec.AsOf.AddDate(0, 0, -1)
	run(t, plain) // need not wait
	close(w.goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s := run(t, other); *s.Extracts[0].Delivered != 0 {
		t.Errorf("delivered twice: %+v", s.Extracts[0])
	}
}

// Job files that ask of lists what cannot be done.
func TestListsThatClash(t *testing.T) {
	_, spec := streaming(t)
	spec.Extracts = []pipeline.Extract{
		{Name: "A", Slug: "a", AddToList: "Ready"}, {Name: "B", Slug: "b", AddToList: " ready"}, {Name: "C", Slug: "c", RemoveFromList: "ready", Limit: 2},
	}
	_, err := pipeline.Run(t.Context(), spec, pipeline.Unwatched{})
	var found []string
	if wrong := (*pipeline.DiagnosticsError)(nil); errors.As(err, &wrong) {
		for _, d := range wrong.List {
			found = append(found, d.What)
		}
	}
	slices.Sort(found)
	if d := cmp.Diff([]string{"remove_from_list has a limit", "two extracts add_to_list ready"}, found); d != "" {
		t.Error(d, err)
	}
	nothingIn(t, spec.Output)
}
