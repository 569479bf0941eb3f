package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSettings(t *testing.T) {
	tests := []struct {
		args []string
		want []benchCase
		err  string
	}{
		{
			args: []string{"-rules", "100"},
			want: []benchCase{{Name: "flags", Data: dataset{20_000_000, 1_000_000, byTime, text8}, Rules: 100, Tables: scoresAndBreakdown}},
		},
		{
			args: []string{"-runs", "3", "-no-scan"},
			want: []benchCase{
				{Name: "25-rules", Data: dataset{20_000_000, 1_000_000, byTime, text8}, Rules: 25, Tables: scoresAndBreakdown},
				{Name: "100-rules", Data: dataset{20_000_000, 1_000_000, byTime, text8}, Rules: 100, Tables: scoresAndBreakdown},
				{Name: "300-rules", Data: dataset{20_000_000, 1_000_000, byTime, text8}, Rules: 300, Tables: scoresAndBreakdown},
				{Name: "by-contact", Data: dataset{20_000_000, 1_000_000, byContact, text8}, Rules: 100, Tables: scoresAndBreakdown},
				{Name: "100-million", Data: dataset{100_000_000, 5_000_000, byTime, text8}, Rules: 100, Tables: scoresAndBreakdown},
			},
		},
		{
			args: []string{"-tables", "all", "-threads", "1", "-memory", "512MiB", "-ids", "uuid", "-layout", "contact", "-engagements", "10", "-contacts", "3"},
			want: []benchCase{{Name: "flags", Data: dataset{10, 3, byContact, uuids}, Rules: 100, Threads: 1, Memory: "512MiB"}},
		},
		{args: []string{"-case", "all"}, want: cases},
		{
			args: []string{"-case", "300-rules,by-contact", "-threads", "1"},
			want: []benchCase{
				{Name: "300-rules -threads 1", Data: dataset{20_000_000, 1_000_000, byTime, text8}, Rules: 300, Tables: scoresAndBreakdown, Threads: 1},
				{Name: "by-contact -threads 1", Data: dataset{20_000_000, 1_000_000, byContact, text8}, Rules: 100, Tables: scoresAndBreakdown, Threads: 1},
			},
		},
		{args: []string{"-case", "400-rules"}, err: "there is no such case"},
		{args: []string{"-ids", "text9"}, err: "must be one of"},
		{args: []string{"-layout", "size"}, err: "must be time or contact"},
		{args: []string{"-engagements", "0"}, err: "must be 1 to"},
		{args: []string{"-runs", "0"}, err: "must be at least 1"},
		{args: []string{"300-rules"}, err: "unexpected"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			s, err := parseSettings(test.args, io.Discard)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want one that says %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, s.cases); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCaseNamesDiffer(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range cases {
		if seen[c.Name] {
			t.Errorf("two cases are named %s", c.Name)
		}
		seen[c.Name] = true
		if err := c.Data.check(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// TestMeasure measures this very test program, once as a process that takes memory and time, once as one that fails.
func TestMeasure(t *testing.T) {
	t.Setenv("BENCH_TEST_CHILD", "work")
	took, out, err := measure(t.Context(), os.Args[0], "-test.run=^$")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "worked") {
		t.Errorf("stdout: %q", out)
	}
	if took.Wall <= 0 || took.CPU < 50*time.Millisecond {
		t.Errorf("wall %v, CPU %v", took.Wall, took.CPU)
	}
	if runtime.GOOS == "linux" && (took.Peak < childBytes || took.Peak > 1<<30) {
		t.Errorf("peak %d bytes, of which the child filled %d", took.Peak, childBytes)
	}
	t.Setenv("BENCH_TEST_CHILD", "fail")
	if _, _, err = measure(t.Context(), os.Args[0], "-test.run=^$"); err == nil || !strings.Contains(err.Error(), "this is why") {
		t.Errorf("error %v, want what the child wrote to stderr", err)
	}
}

const childBytes = 100 << 20

// TestMain is the child of TestMeasure, where the environment says so.
func TestMain(m *testing.M) {
	switch os.Getenv("BENCH_TEST_CHILD") {
	case "work":
		filled := make([]byte, childBytes)
		for start := time.Now(); time.Since(start) < 200*time.Millisecond; {
			for i := 0; i < len(filled); i += 4096 {
				filled[i]++
			}
		}
		os.Stdout.WriteString("worked\n")
		runtime.KeepAlive(filled)
	case "fail":
		os.Stderr.WriteString("this is why\n")
		os.Exit(3)
	default:
		os.Exit(m.Run())
	}
}

func TestReport(t *testing.T) {
	w := work{benchCase: benchCase{Name: "mine", Data: dataset{1000, 10, byTime, text8}, Rules: 25}, ReadBytes: 3 << 20}
	ran := func(wall, cpu time.Duration, peak int64) outcome {
		return outcome{usage: usage{Wall: wall, CPU: cpu, Peak: peak}, Rows: 77, Bytes: 1 << 20}
	}
	r := result{work: w, outcomes: map[string][]outcome{
		"leadscore": {ran(9*time.Second, 5*time.Second, 1<<20), ran(2*time.Second, 3*time.Second, 2<<20), ran(4*time.Second, 4*time.Second, 1<<20)},
		"page scan": {ran(time.Second, time.Second, 0), ran(3*time.Second, time.Second, 0)},
	}}
	var b strings.Builder
	report(&b, []result{r}, 3)
	for _, want := range []string{" mine ", " 250 ", " 4.00 s ", " 2.0 MiB ", " 2.00 s ", " 2.0x ", " 3.0 MiB ", " 1.0 MiB ", " 77 "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	delete(r.outcomes, "page scan")
	r.outcomes["leadscore"][1].Peak, r.outcomes["leadscore"] = 0, r.outcomes["leadscore"][1:2]
	if row := r.row(); row[7] != "-" || row[8] != "-" || row[9] != "-" {
		t.Errorf("what is not known is not '-': %v", row)
	}
}

func TestReportRatios(t *testing.T) {
	ran := func(wall, cpu time.Duration, peak int64) outcome {
		return outcome{usage: usage{Wall: wall, CPU: cpu, Peak: peak}}
	}
	r := result{work: work{benchCase: benchCase{Name: "mine"}}, outcomes: map[string][]outcome{
		"leadscore": {ran(9*time.Second, 5*time.Second, 1<<20), ran(2*time.Second, 3*time.Second, 9<<20), ran(4*time.Second, 4*time.Second, 2<<20)},
		"DuckDB":    {ran(20*time.Second, 30*time.Second, 8<<20), ran(30*time.Second, 50*time.Second, 10<<20)},
		"page scan": {ran(2*time.Second, time.Second, 0)},
	}}
	var b strings.Builder
	reportRatios(&b, []result{r}, "DuckDB")
	for _, want := range []string{" mine ", " 25.00 s ", " 40.00 s ", " 9.0 MiB ", " 4.00 s ", " 2.0 MiB ", " 6.2x ", " 10.0x ", " 4.5x ", " 2.0x "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	delete(r.outcomes, "page scan")
	r.outcomes["DuckDB"][0].Peak, r.outcomes["DuckDB"][1].Peak = 0, 0
	if row := r.ratios("DuckDB"); row[9] != "-" || row[10] != "-" {
		t.Errorf("what is not known is not '-': %v", row)
	}
}

func TestPrepareWritesAJob(t *testing.T) {
	d := dataset{Engagements: 50, Contacts: 10, Layout: byContact, IDs: int64s}
	dir := generated(t, d)
	w, err := benchCase{Name: "mine", Data: d, Rules: 3, Tables: scoresAndBreakdown}.prepare(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Engagements) != 1 || w.ReadBytes == 0 {
		t.Errorf("%d files of %d bytes", len(w.Engagements), w.ReadBytes)
	}
	job, err := os.ReadFile(w.Job)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{filepath.ToSlash(w.Model), "columns: {list: list_id}", "tables: [scores, breakdown]"} {
		if !strings.Contains(string(job), want) {
			t.Errorf("no %q in\n%s", want, job)
		}
	}
}
