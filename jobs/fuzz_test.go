package jobs

import (
	"os"
	"path/filepath"
	"testing"

	"leadscore/transforms/diag"
)

// FuzzParseJob throws texts at the reader of job files: it never panics, always says where and what to type instead, and lets no
// limit or span through that cannot be.
func FuzzParseJob(f *testing.F) {
	files, err := filepath.Glob("../testdata/job/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds (%v)", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(demoJob)
	f.Fuzz(func(t *testing.T, text []byte) {
		job, list := ParseJob("job.yaml", text)
		if job == nil {
			t.Fatal("no job")
		}
		for _, d := range append(list, job.incomplete()...) {
			if d.What == "" || d.Position.File != "job.yaml" {
				t.Fatalf("says nothing: %+v", d)
			}
			if d.Severity == diag.Error && d.Fix == "" {
				t.Fatalf("no fix: %+v", d)
			}
		}
		if list.HasErrors() {
			return
		}
		for _, limit := range job.Limits {
			if limit.Count < 0 || limit.Share != nil && (*limit.Share < 0 || *limit.Share > 1) {
				t.Fatalf("a limit that cannot be: %+v", limit)
			}
		}
		if job.History < 0 {
			t.Fatalf("history %v", job.History)
		}
	})
}
