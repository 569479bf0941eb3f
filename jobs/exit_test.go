package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"leadscore/pipeline"
	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
)

func TestExitCode(t *testing.T) {
	wrong := &Refusal{Diagnostics: diag.List{{Severity: diag.Error, Position: diag.Position{File: "m.yaml", Line: 1}}}}
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("disk on fire"), 1},
		{usagef("", "no"), 2},
		{fmt.Errorf("wrapped: %w", usagef("", "no")), 2},
		{wrong, 2},
		{&pipeline.Error{Code: 3, Err: errors.New("over limits")}, 3},
		{errors.Join(&pipeline.Error{Code: 75, Err: errors.New("later")}, os.ErrClosed), 75},
		{fmt.Errorf("stopped: %w", context.Canceled), 130},
		{Interrupted{syscall.SIGINT}, 130},
		{Interrupted{syscall.SIGTERM}, 143},
	} {
		if got := ExitCode(c.err); got != c.want {
			t.Errorf("ExitCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

func TestRefusalCountsAndNames(t *testing.T) {
	at := func(file string, s diag.Severity) diag.Diagnostic {
		return diag.Diagnostic{Severity: s, Position: diag.Position{File: file, Line: 1}}
	}
	r := &Refusal{Diagnostics: diag.List{at("job.yaml", diag.Error), at("job.yaml", diag.Error), at("model.yaml", diag.Error), at("x.yaml", diag.Warning)}}
	if got, want := r.Error(), "3 errors in job.yaml and model.yaml, nothing was published"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFix holds that what can be mended is said for real errors of a real disk.
func TestFix(t *testing.T) {
	store, path, err := storage.Open(t.Context(), t.TempDir()+"/nothing/*.parquet")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = store.List(t.Context(), path); !strings.Contains(Fix(fmt.Errorf("contacts: %w", err)), "pattern") {
		t.Errorf("Fix(%v) = %q", err, Fix(err))
	}
	if _, err = store.Pin(t.Context(), path); !strings.Contains(Fix(err), "check the path") {
		t.Errorf("Fix(%v) = %q", err, Fix(err))
	}
	if got := Fix(errors.New("disk on fire")); got != "" {
		t.Errorf("Fix of an unknown error = %q", got)
	}
}
