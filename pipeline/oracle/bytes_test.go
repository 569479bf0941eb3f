package oracle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"leadscore/pipeline"
	"leadscore/pipeline/oracle"
)

// parts reads the parts that a run published, by table and part number. The run id, which stands in names and footers and
// follows from the inputs' files, is taken out.
func parts(t *rapid.T, summary *pipeline.Summary, except string) map[string][]byte {
	paths, err := filepath.Glob(filepath.Join(summary.Output, "*", "dt="+summary.Date, "part-*.parquet"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no parts", err)
	}
	content := map[string][]byte{}
	for _, path := range paths {
		table := filepath.Base(filepath.Dir(filepath.Dir(path)))
		if table == except {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := strings.CutSuffix(filepath.Base(path), "-"+summary.RunID+".parquet")
		content[table+"/"+name] = bytes.ReplaceAll(b, []byte(summary.RunID), []byte(strings.Repeat("x", len(summary.RunID))))
	}
	return content
}

func sameParts(t *rapid.T, what string, want, got map[string][]byte) {
	for name, b := range want {
		if !bytes.Equal(b, got[name]) {
			t.Fatalf("%s: %s has other bytes (%d and %d)", what, name, len(b), len(got[name]))
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d parts, not %d", what, len(got), len(want))
	}
}

// No number of threads or buckets changes a byte, nor does the way in which the same rows lie in files.
func TestBytesDependOnInputsAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := oracle.DrawWorld(rt)
		dir, err := os.MkdirTemp(t.TempDir(), "world")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := parsed(rt, w.Model)
		publish := func(name string, layout oracle.Layout, threads, buckets int) *pipeline.Summary {
			for i := range layout.Files {
				layout.Files[i].ID = "" // the tables keep the type of the ids
			}
			written, err := layout.Write(filepath.Join(dir, "in "+name), w.Tables)
			if err != nil {
				rt.Fatal(err)
			}
			spec := specOf(m, written, w.Options, filepath.Join(dir, "out "+name))
			spec.Threads, spec.Buckets = threads, buckets
			summary, err := run(spec)
			if err != nil {
				rt.Skip(err) // a world that has to be refused
			}
			return summary
		}
		layout := oracle.DrawLayout(rt)
		first := publish("a", layout, 1, 1)
		want, beside := parts(rt, first, ""), parts(rt, first, "rejects")
		threads, buckets := rapid.IntRange(2, 8).Draw(rt, "threads"), rapid.IntRange(2, 64).Draw(rt, "buckets")
		os.RemoveAll(filepath.Join(dir, "out a"))
		sameParts(rt, "threads and buckets", want, parts(rt, publish("a", layout, threads, buckets), ""))

		if first.Counts["contacts"]["duplicate"]+first.Counts["engagements"]["repeated_event_id"] > 0 {
			return // of rows that stand twice, the place decides which one stays
		}
		sameParts(rt, "layout", beside, parts(rt, publish("b", oracle.DrawLayout(rt), threads, buckets), "rejects"))
	})
}
