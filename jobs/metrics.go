package jobs

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"leadscore/pipeline"
)

// Metrics are the numbers of one run, in the text format of Prometheus, for what collects such files. A nil Metrics
// collects nothing.
type Metrics struct {
	file  string
	began time.Time
	seen  pipeline.Observation
}

// lastSuccess is the one metric that outlives the run: one that fails keeps that of the run before.
const lastSuccess = "leadscore_run_last_success_timestamp_seconds"

// NewMetrics begins the metrics of a run, which are to go to a file; "" for none.
func NewMetrics(file string) (*Metrics, error) {
	if file == "" {
		return nil, nil
	}
	if strings.Contains(file, "://") {
		return nil, usagef("name a file on this machine", "--metrics-file: %s is not a local file", file)
	}
	if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
		return nil, usagef("make it, or name a file in a folder that exists", "--metrics-file: there is no folder %s", filepath.Dir(file))
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return nil, usagef("name a file in it, such as "+filepath.Join(file, "leadscore.prom"), "--metrics-file: %s is a folder", file)
	}
	return &Metrics{file: file, began: time.Now()}, nil
}

// observed is a Watcher whose run the metrics are of.
type observed struct {
	Watcher
	metrics *Metrics
}

// Observe keeps what the run has found out.
func (o observed) Observe(seen pipeline.Observation) { o.metrics.seen = seen }

// Watch gives a Watcher that collects for the metrics, and passes everything on.
func (m *Metrics) Watch(watch Watcher) Watcher {
	if m == nil {
		return watch
	}
	return observed{watch, m}
}

// Write writes the metrics of a run that has ended: well, with a summary, or with an error. The plan is nil where there was none.
// Whoever reads the file sees these metrics whole, or those of the run before.
func (m *Metrics) Write(plan *Plan, summary *pipeline.Summary, err error) error {
	if m == nil {
		return nil
	}
	ended := time.Now()
	var b bytes.Buffer
	for _, family := range m.families(plan, summary, err, ended).all {
		if _, err := expfmt.MetricFamilyToText(&b, family); err != nil {
			return err
		}
	}
	return writeWhole(m.file, b.Bytes())
}

// before is when the last run that succeeded ended, as the file has it; 0 where it has nothing of the kind.
func (m *Metrics) before() float64 {
	text, err := os.ReadFile(m.file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil || len(families[lastSuccess].GetMetric()) != 1 {
		return 0
	}
	return families[lastSuccess].GetMetric()[0].GetGauge().GetValue()
}

// families are metrics by name.
type families struct{ all []*dto.MetricFamily }

// gauge adds a value. Labels are names and values in turn.
func (f *families) gauge(name, help string, value float64, labels ...string) {
	i := slices.IndexFunc(f.all, func(m *dto.MetricFamily) bool { return m.GetName() == name })
	if i < 0 {
		i = len(f.all)
		f.all = append(f.all, &dto.MetricFamily{Name: &name, Help: &help, Type: dto.MetricType_GAUGE.Enum()})
	}
	metric := &dto.Metric{Gauge: &dto.Gauge{Value: &value}}
	for at := 0; at < len(labels); at += 2 {
		metric.Label = append(metric.Label, &dto.LabelPair{Name: &labels[at], Value: &labels[at+1]})
	}
	f.all[i].Metric = append(f.all[i].Metric, metric)
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (m *Metrics) families(plan *Plan, summary *pipeline.Summary, err error, ended time.Time) *families {
	f := &families{}
	labels := []string{"version", Version().Version}
	if plan != nil {
		labels = append(labels, "model", plan.Spec.Model.Name, "model_version", plan.Spec.Model.Version)
	}
	f.gauge("leadscore_run_info", "Which leadscore ran which model.", 1, labels...)
	f.gauge("leadscore_run_exit_code", "Exit code of the run: 0 done, 75 try again later, others failed.", float64(ExitCode(err)))
	f.gauge("leadscore_run_start_timestamp_seconds", "When the run began.", unixSeconds(m.began))
	f.gauge("leadscore_run_end_timestamp_seconds", "When the run ended.", unixSeconds(ended))
	success := unixSeconds(ended)
	if err != nil {
		success = m.before()
	}
	f.gauge(lastSuccess, "When a run last ended with exit code 0, this one or one before it; 0 if none has.", success)
	if plan != nil {
		f.gauge("leadscore_run_as_of_timestamp_seconds", "The instant that was scored.", unixSeconds(plan.Spec.AsOf))
	}
	for _, in := range m.seen.Inputs {
		f.gauge("leadscore_run_input_files", "Files of each input.", float64(in.Files), "input", in.Input)
		f.gauge("leadscore_run_input_rows", "Rows of each input.", float64(in.Rows), "input", in.Input)
		f.gauge("leadscore_run_input_bytes", "Bytes of the files of each input.", float64(in.Bytes), "input", in.Input)
		if !in.Newest.IsZero() {
			f.gauge("leadscore_run_input_age_seconds", "How long before the run the newest file of each input was modified.",
				max(0, m.began.Sub(in.Newest).Seconds()), "input", in.Input)
		}
	}
	counts, tables := m.seen.Counts, m.seen.Tables
	if summary != nil {
		counts, tables = summary.Counts, summary.Tables
		m.result(f, summary)
	}
	for _, input := range slices.Sorted(maps.Keys(counts)) {
		for _, problem := range slices.Sorted(maps.Keys(counts[input])) {
			if problem != "rows" {
				f.gauge("leadscore_run_problem_rows", "Input rows that had a problem, by its name.", float64(counts[input][problem]), "input", input, "problem", problem)
			}
		}
	}
	if err == nil { // what was written and not published is nothing to count
		for _, t := range tables {
			f.gauge("leadscore_run_table_rows", "Rows that are published, of each table.", float64(t.Rows), "table", t.Table)
			f.gauge("leadscore_run_table_parts", "Parts that are published, of each table.", float64(t.Parts), "table", t.Table)
			f.gauge("leadscore_run_table_bytes", "Bytes that are published, of each table.", float64(t.Bytes), "table", t.Table)
		}
	}
	if summary != nil && err == nil {
		for _, x := range summary.Extracts {
			f.gauge("leadscore_run_extract_rows", "Rows that are published, of each extract.", float64(x.Rows), "extract", x.Extract)
			if x.Matching != nil {
				f.gauge("leadscore_run_extract_matching", "Contacts that match, of each extract.", float64(*x.Matching), "extract", x.Extract)
			}
			if x.Delivered != nil {
				f.gauge("leadscore_run_extract_delivered", "Contacts that this run delivers, puts on a list or takes off it, of each extract.", float64(*x.Delivered), "extract", x.Extract)
			}
			if x.Rejected != nil {
				f.gauge("leadscore_run_extract_rejected", "Contacts that match and that the receiver would not take, of each extract.", float64(*x.Rejected), "extract", x.Extract)
			}
		}
	}
	for _, s := range m.seen.Stages {
		f.gauge("leadscore_run_stage_seconds", "Wall time of each stage that the run came to.", s.Seconds, "stage", s.Stage)
	}
	f.gauge("leadscore_run_spilled_bytes", "Bytes that went to disk for want of memory.", float64(m.seen.SpilledBytes))
	if peak := peakMemory(); peak > 0 {
		f.gauge("leadscore_run_peak_memory_bytes", "The most memory that the process held at once.", float64(peak))
	}
	return f
}

// result adds what a run that ended well has to say.
func (m *Metrics) result(f *families, s *pipeline.Summary) {
	done := 0.0
	if s.AlreadyDone {
		done = 1
	}
	f.gauge("leadscore_run_already_done", "1 where the same run was published before and there was nothing to do.", done)
	f.gauge("leadscore_run_contacts", "Contacts that are scored.", float64(s.Contacts))
	if s.MQLs != nil {
		f.gauge("leadscore_run_mqls", "Contacts that are marketing qualified leads.", float64(*s.MQLs))
		if !s.AlreadyDone {
			f.gauge("leadscore_run_new_mqls", "Those that no run handed over before.", float64(s.NewMQLs))
		}
	}
	for _, x := range s.Suppressed {
		f.gauge("leadscore_run_suppressed_contacts", "Contacts that the model keeps out of every hand-off, by its reason.", float64(x.Contacts), "reason", x.Reason)
		f.gauge("leadscore_run_suppressed_mqls", "Those of them that are marketing qualified leads.", float64(x.MQLs), "reason", x.Reason)
	}
	for _, event := range slices.Sorted(maps.Keys(s.Events)) {
		f.gauge("leadscore_run_mql_events", "Changes of MQL states since the run before, by what happened.", float64(s.Events[event]), "event", event)
	}
}

// Cause is the error that a job ended with: what interrupted it, where something did, whatever failed first for it.
func Cause(ctx context.Context, err error) error {
	if cause := (Interrupted{}); err != nil && errors.As(context.Cause(ctx), &cause) {
		return cause
	}
	return err
}
