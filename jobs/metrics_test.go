package jobs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"leadscore/pipeline"
)

// readMetrics reads a file of metrics as Prometheus does: name{label="value"} → value.
func readMetrics(t *testing.T, file string) map[string]float64 {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(in)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for name, family := range families {
		if family.GetHelp() == "" || !strings.HasPrefix(name, "leadscore_run_") {
			t.Errorf("%s has help %q", name, family.GetHelp())
		}
		for _, m := range family.Metric {
			labels := []string{}
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			values[strings.TrimSpace(name+" "+strings.Join(labels, " "))] = m.GetGauge().GetValue()
		}
	}
	return values
}

func TestMetrics(t *testing.T) {
	type person struct {
		ID string `parquet:"contact_id"`
	}
	type activity struct {
		Contact *string `parquet:"contact_id,optional"`
		At      int64   `parquet:"occurred_at,timestamp(millisecond)"`
		Channel string  `parquet:"channel"`
		Action  string  `parquet:"action"`
	}
	folder, a := t.TempDir(), "a"
	contacts := write(t, folder, "c.parquet", []person{{"a"}, {"b"}})
	engagements := write(t, folder, "e.parquet", []activity{{&a, 1, "email", "clicked"}, {nil, 1, "email", "clicked"}, {&a, 1, "email", "opened"}})
	hour := time.Now().Add(-time.Hour)
	if err := os.Chtimes(engagements, hour, hour); err != nil {
		t.Fatal(err)
	}
	modelFile := filepath.Join(folder, "model.yaml")
	text := "name: \"A \\\"model\\\"\"\nversion: \"1\"\nscore: {mql: 1}\nsets: [{set: A, rules: [{rule: R, points: 1, when: {email: clicked}}]}]\n"
	if err := os.WriteFile(modelFile, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	jobFile := filepath.Join(folder, "job.yaml")
	if err := os.WriteFile(jobFile, []byte("limits: {engagements.null_id: 1}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	o := Options{Job: jobFile, Model: modelFile, Contacts: []string{contacts}, Engagements: []string{engagements}, Out: filepath.Join(folder, "out"), AsOf: "2026-11-01"}
	file := filepath.Join(folder, "leadscore.prom")
	// once runs the job as the command does.
	once := func(ctx context.Context, o Options) map[string]float64 {
		t.Helper()
		metrics, err := NewMetrics(file)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := Prepare(ctx, o)
		var summary *pipeline.Summary
		if err == nil {
			summary, err = Score(ctx, plan, metrics.Watch(Unwatched{}))
		}
		if err := metrics.Write(plan, summary, Cause(ctx, err)); err != nil {
			t.Fatal(err)
		}
		return readMetrics(t, file)
	}
	hold := func(got, want map[string]float64) {
		t.Helper()
		for name, value := range want {
			if v, ok := got[name]; !ok || v != value {
				t.Errorf("%s is %v (%v), want %v", name, v, ok, value)
			}
		}
	}

	first := once(t.Context(), o)
	size := func(file string) float64 {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		return float64(info.Size())
	}
	hold(first, map[string]float64{
		"leadscore_run_exit_code": 0, "leadscore_run_already_done": 0, "leadscore_run_contacts": 2, "leadscore_run_mqls": 1, "leadscore_run_new_mqls": 1,
		"leadscore_run_input_rows input=engagements": 3, "leadscore_run_input_files input=contacts": 1, "leadscore_run_input_bytes input=contacts": size(contacts),
		"leadscore_run_problem_rows input=engagements problem=null_id": 1, "leadscore_run_problem_rows input=contacts problem=duplicate": 0,
		"leadscore_run_table_rows table=scores": 2, "leadscore_run_table_parts table=scores": 1, "leadscore_run_as_of_timestamp_seconds": 1793491200,
		`leadscore_run_info version=` + Version().Version + ` model=A "model" model_version=1`: 1,
		"leadscore_run_spilled_bytes": 0, lastSuccess: first["leadscore_run_end_timestamp_seconds"],
	})
	if age := first["leadscore_run_input_age_seconds input=engagements"]; age < 3600 || age > 3700 {
		t.Errorf("the engagements are %v seconds old", age)
	}
	for _, stage := range []string{"contacts", "engagements", "evaluate", "publish"} {
		if _, ok := first["leadscore_run_stage_seconds stage="+stage]; !ok {
			t.Errorf("nothing is said of the stage %s", stage)
		}
	}
	if peak := first["leadscore_run_peak_memory_bytes"]; runtime.GOOS == "linux" && peak < 1<<20 {
		t.Errorf("peak memory is %v", peak)
	}

	again := once(t.Context(), o)
	hold(again, map[string]float64{"leadscore_run_exit_code": 0, "leadscore_run_already_done": 1, "leadscore_run_mqls": 1, "leadscore_run_table_rows table=scores": 2,
		"leadscore_run_problem_rows input=engagements problem=null_id": 1, lastSuccess: again["leadscore_run_end_timestamp_seconds"]})

	// Runs that fail say why, as far as they came, and keep the time of the last that did not.
	if err := os.WriteFile(jobFile, []byte("limits: {engagements.null_id: 0}\noutput: {history: 30d}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	o.Replace = true
	over := once(t.Context(), o)
	hold(over, map[string]float64{"leadscore_run_exit_code": 3, "leadscore_run_problem_rows input=engagements problem=null_id": 1, lastSuccess: again[lastSuccess]})
	for _, absent := range []string{"leadscore_run_mqls", "leadscore_run_already_done", "leadscore_run_table_rows table=scores"} {
		if _, ok := over[absent]; ok {
			t.Errorf("a run that failed has %s", absent)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(Interrupted{syscall.SIGTERM})
	hold(once(ctx, o), map[string]float64{"leadscore_run_exit_code": 143, lastSuccess: again[lastSuccess]})
	o.Model = filepath.Join(folder, "none.yaml")
	hold(once(t.Context(), o), map[string]float64{"leadscore_run_exit_code": 2, lastSuccess: again[lastSuccess]})
	if left, err := filepath.Glob(filepath.Join(folder, ".leadscore-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	// Whatever stands in the file, the next run writes over it.
	if err := os.WriteFile(file, []byte("not { metrics\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	hold(once(t.Context(), o), map[string]float64{"leadscore_run_exit_code": 2, lastSuccess: 0})
}

func TestMetricsFile(t *testing.T) {
	for file, want := range map[string]int{"": 0, "gs://b/m.prom": 2, filepath.Join(t.TempDir(), "none", "m.prom"): 2, t.TempDir(): 2, filepath.Join(t.TempDir(), "m.prom"): 0} {
		if _, err := NewMetrics(file); ExitCode(err) != want {
			t.Errorf("%q: %v", file, err)
		}
	}
	var none *Metrics
	if none.Watch(Unwatched{}) != (Unwatched{}) || none.Write(nil, nil, errors.New("x")) != nil {
		t.Error("no metrics do something")
	}
}
