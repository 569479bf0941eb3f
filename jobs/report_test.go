package jobs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
	"leadscore/pipeline/published"
)

// The tables as another reader sees them.
type (
	scoreRow struct {
		Contact int64   `parquet:"contact_id"`
		Score   int64   `parquet:"score"`
		Band    *string `parquet:"band,optional"`
		Grade   *string `parquet:"grade,optional"`
		IsMQL   *bool   `parquet:"is_mql,optional"`
		Expires *int64  `parquet:"mql_expires_at,optional,timestamp(microsecond)"`
		In7d    int64   `parquet:"score_in_7d"`
		In30d   int64   `parquet:"score_in_30d"`
		In90d   int64   `parquet:"score_in_90d"`
	}
	ledgerRow struct {
		Kind    string  `parquet:"kind"`
		Set     *string `parquet:"set,optional"`
		Rule    *string `parquet:"rule,optional"`
		Points  int64   `parquet:"points"`
		Expires *int64  `parquet:"expires_at,optional,timestamp(microsecond)"`
		After   *int64  `parquet:"points_after,optional"`
	}
	statsRow struct {
		Set      string   `parquet:"set"`
		Rule     string   `parquet:"rule"`
		Active   bool     `parquet:"active"`
		Kind     string   `parquet:"kind"`
		Contacts int64    `parquet:"contacts"`
		Share    *float64 `parquet:"share,optional"`
		Points   int64    `parquet:"points"`
		Decides  int64    `parquet:"decides_mql"`
	}
)

// scoreDemo scores a small demo base for some dates, in the order given, and gives the folder with the runs and what each said.
func scoreDemo(t *testing.T, edit func(o *Options), dates ...string) (out string, summaries map[string]*pipeline.Summary) {
	t.Helper()
	folder := t.TempDir()
	if err := writeDemoBase(t.Context(), filepath.Join(folder, "exports"), demoSmall, func(int) {}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"model.yaml", "job.yaml"} {
		text, err := os.ReadFile(filepath.Join("demo", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	summaries = map[string]*pipeline.Summary{}
	for _, date := range dates {
		o := Options{Job: filepath.Join(folder, "job.yaml"), AsOf: date}
		if edit != nil {
			edit(&o)
		}
		plan, err := Prepare(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if summaries[date], err = Score(t.Context(), plan, Unwatched{}); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "published"), summaries
}

// The last date is scored before the others, so that what its run said of new MQLs is not what is so now.
var reportDates = []string{"2026-11-01", "2026-09-01", "2026-09-13", "2026-09-25", "2026-10-07", "2026-10-19"}

func TestReportAgreesWithTheTables(t *testing.T) {
	out, summaries := scoreDemo(t, nil, reportDates...)
	r, err := ReportRun(t.Context(), out, "")
	if err != nil {
		t.Fatal(err)
	}
	s := summaries["2026-11-01"]
	if r.Date != "2026-11-01" || *r.Threshold != 60 || *r.Contacts != s.Contacts || *r.MQLs != *s.MQLs || s.Contacts == 0 || *s.MQLs == 0 {
		t.Errorf("%s: %d contacts, %d MQLs of %d; the run says %d and %d", r.Date, *r.Contacts, *r.MQLs, *r.Threshold, s.Contacts, *s.MQLs)
	}
	scores, err := readTable[scoreRow](s, "scores")
	if err != nil {
		t.Fatal(err)
	}
	holdScores(t, r, scores)
	holdDates(t, r, summaries)

	stats, err := readTable[statsRow](s, "rule_stats")
	if err != nil {
		t.Fatal(err)
	}
	var rules []RuleReport
	for _, row := range stats {
		rules = append(rules, RuleReport{row.Set, row.Rule, row.Active, row.Kind, row.Contacts, row.Share, row.Points, row.Decides})
	}
	if diff := cmp.Diff(rules, r.Rules); diff != "" || len(rules) == 0 {
		t.Errorf("rules (- the table, + the report):\n%s", diff)
	}

	ledger, err := readTable[ledgerRow](s, "breakdown")
	if err != nil {
		t.Fatal(err)
	}
	expiring := map[string]RuleExpiry{}
	for _, row := range ledger {
		if row.Kind == "rule" && row.Expires != nil && time.UnixMicro(*row.Expires).Before(r.AsOf.AddDate(0, 0, 30)) {
			e := expiring[*row.Set+*row.Rule]
			expiring[*row.Set+*row.Rule] = RuleExpiry{*row.Set, *row.Rule, e.Contacts + 1, e.Change + *row.After - row.Points}
		}
	}
	got := map[string]RuleExpiry{}
	for i, e := range r.Expiring {
		got[e.Set+e.Rule] = e
		if i > 0 && e.Contacts > r.Expiring[i-1].Contacts {
			t.Errorf("%s stands below %s", e.Rule, r.Expiring[i-1].Rule)
		}
	}
	if diff := cmp.Diff(expiring, got); diff != "" || len(expiring) == 0 {
		t.Errorf("what expires (- the table, + the report):\n%s", diff)
	}
	for _, in := range r.Inputs {
		if in.Rows != s.Counts[in.Input]["rows"] {
			t.Errorf("%s has %d rows, not %d", in.Input, in.Rows, s.Counts[in.Input]["rows"])
		}
		found := map[string]int64{"rows": in.Rows}
		for _, p := range in.Problems {
			found[p.Problem] = p.Rows
		}
		for problem, n := range s.Counts[in.Input] {
			if found[problem] != n {
				t.Errorf("%s of %s: %d, the run says %d", problem, in.Input, found[problem], n)
			}
		}
	}
	if len(r.Inputs) != 3 || len(r.Warnings) != len(s.Warnings) || r.Warnings[0].Why == "" || len(r.Notes) > 0 {
		t.Errorf("%d inputs, warnings %v, notes %v", len(r.Inputs), r.Warnings, r.Notes)
	}
	if r.Cost.Bytes == 0 || r.Cost.Bytes >= r.Cost.Of {
		t.Errorf("read %d of %d bytes", r.Cost.Bytes, r.Cost.Of)
	}
}

func holdScores(t *testing.T, r *Report, scores []scoreRow) {
	t.Helper()
	bands, later, grades, days, sum := map[string]int64{}, map[string]int64{}, map[string]int64{}, make([]int64, 30), int64(0)
	ahead := make([]int64, 4)
	losing, gaining := int64(0), int64(0)
	for _, s := range scores {
		sum += s.Score
		bands[*s.Band]++
		grades[*s.Grade]++
		switch { // the model of the demo
		case s.In30d < 25:
			later["cold"]++
		case s.In30d < 60:
			later["warm"]++
		default:
			later["hot"]++
		}
		if s.Expires != nil {
			if day := int(time.UnixMicro(*s.Expires).Sub(r.AsOf).Hours() / 24); day < 30 {
				days[day]++
			}
		}
		for i, v := range []int64{s.Score, s.In7d, s.In30d, s.In90d} {
			if v >= 60 {
				ahead[i]++
			}
		}
		if s.In30d < s.Score {
			losing++
		} else if s.In30d > s.Score {
			gaining++
		}
	}
	if want := float64(sum) / float64(len(scores)); math.Abs(r.Scores.Average-want) > 1e-9 {
		t.Errorf("the average is %v, not %v", r.Scores.Average, want)
	}
	holdBins(t, r.Scores, func(yield func(int64) bool) {
		for _, s := range scores {
			if !yield(s.Score) {
				return
			}
		}
	})
	for i, name := range []string{"cold", "warm", "hot"} {
		if b := r.Bands[i]; b.Band != name || b.Contacts != bands[name] || *b.In30d != later[name] || len(r.Bands) != 3 {
			t.Errorf("band %d is %+v (%d in 30 days), not %s %d %d", i, b, *b.In30d, name, bands[name], later[name])
		}
	}
	inGrid := int64(0)
	for i, fit := range r.Grid.Fit {
		for k, engagement := range r.Grid.Engagement {
			inGrid += r.Grid.Contacts[i][k]
			if r.Grid.Contacts[i][k] != grades[fit+engagement] {
				t.Errorf("%s%s: %d, not %d", fit, engagement, r.Grid.Contacts[i][k], grades[fit+engagement])
			}
		}
	}
	if inGrid != int64(len(scores)) {
		t.Errorf("the grid has %d contacts of %d", inGrid, len(scores))
	}
	total := int64(0)
	for i, d := range r.Forecast.Days {
		total += d.MQLs
		if d.MQLs != days[i] || !d.From.Equal(r.AsOf.AddDate(0, 0, i)) {
			t.Errorf("day %d: %+v, not %d", i, d, days[i])
		}
	}
	if f := r.Forecast; f.MQLs != total || total == 0 || f.Losing != losing || f.Gaining != gaining || f.Losing+f.Gaining+f.Unchanged != *r.Contacts {
		t.Errorf("forecast %+v; want %d MQLs, %d losing, %d gaining", f, total, losing, gaining)
	}
	for i, a := range r.Forecast.Ahead {
		if a.Contacts != ahead[i] {
			t.Errorf("in %d days %d contacts have the threshold, not %d", a.Days, a.Contacts, ahead[i])
		}
	}
}

func holdDates(t *testing.T, r *Report, summaries map[string]*pipeline.Summary) {
	t.Helper()
	var want []DateReport
	var before map[int64]bool
	ever, returned := map[int64]bool{}, int64(0)
	for i, date := range slices.Sorted(slices.Values(reportDates)) {
		leads, err := readTable[Lead](summaries[date], "mql")
		if err != nil {
			t.Fatal(err)
		}
		now := map[int64]bool{}
		retained, known := int64(0), int64(0)
		for _, l := range leads {
			now[l.ContactID] = true
			if before[l.ContactID] {
				retained++
			} else if ever[l.ContactID] {
				known++
			}
		}
		for id := range now {
			ever[id] = true
		}
		d := DateReport{Date: date, MQLs: pointer(int64(len(leads)))}
		if before != nil {
			d.New, d.Retained, d.Lapsed = pointer(*d.MQLs-retained), pointer(retained), pointer(int64(len(before))-retained)
			if *d.Retained == 0 {
				t.Errorf("%s tells nothing: %d new, %d retained, %d lapsed", date, *d.New, *d.Retained, *d.Lapsed)
			}
			if i < len(reportDates)-1 { // it was compared with the date before
				*d.New -= known
				d.Returned = pointer(known)
				returned += known
			}
		}
		want, before = append(want, d), now
	}
	if returned == 0 {
		t.Error("nobody returns")
	}
	if diff := cmp.Diff(want, r.Dates); diff != "" {
		t.Errorf("dates (- the tables, + the report):\n%s", diff)
	}
}

func pointer[T any](v T) *T { return &v }

// TestReportInManyPasses holds that it does not matter of how many MQLs the ids fit into memory, and where they are read.
func TestReportInManyPasses(t *testing.T) {
	for _, tables := range []string{"mql", "scores"} {
		out, _ := scoreDemo(t, func(o *Options) { o.Tables = []string{tables} }, reportDates...)
		run, err := openRun(t.Context(), out, "")
		if err != nil {
			t.Fatal(err)
		}
		defer run.Close()
		b := reporter{run: run, model: modelOf(run), report: &Report{Date: run.Manifest.Date}}
		runs, err := b.earlier(t.Context(), out)
		if err != nil || len(runs) != len(reportDates) {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
		defer closeAll(t, runs)
		one, err := b.compare(t.Context(), runs, 1)
		if err != nil {
			t.Fatal(err)
		}
		many, err := b.compare(t.Context(), runs, 5)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one, many); diff != "" || *one[5].New == 0 {
			t.Errorf("%s in one pass (-) and in five (+):\n%s", tables, diff)
		}
	}
}

func closeAll(t *testing.T, runs []*published.Run) {
	for _, run := range runs {
		if err := run.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReportOfSomeTables(t *testing.T) {
	out, summaries := scoreDemo(t, func(o *Options) { o.Tables = []string{"mql"} }, "2026-11-01", "2026-10-20")
	r, err := ReportRun(t.Context(), out, "2026-11-01")
	if err != nil {
		t.Fatal(err)
	}
	if *r.MQLs != *summaries["2026-11-01"].MQLs || r.Contacts != nil || r.Scores != nil || len(r.Rules) > 0 || len(r.Dates) != 2 || len(r.Notes) != 5 {
		t.Errorf("%d MQLs, %d dates, notes %q", *r.MQLs, len(r.Dates), r.Notes)
	}
	if r, err = ReportRun(t.Context(), out, "2026-10-20"); err != nil || len(r.Dates) != 1 {
		t.Errorf("the report of a date tells of %d dates, %v", len(r.Dates), err)
	}
	// Another date whose parts are gone is said to be so, and ends nothing.
	if err := os.RemoveAll(filepath.Join(out, "mql", "dt=2026-10-20")); err != nil {
		t.Fatal(err)
	}
	r, err = ReportRun(t.Context(), out, "")
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Dates; len(d) != 2 || d[0].MQLs != nil || *d[1].MQLs != *r.MQLs || d[1].New != nil || len(r.Notes) != 6 {
		t.Errorf("dates %+v, notes %q", d, r.Notes)
	}
	if err := os.RemoveAll(filepath.Join(out, "mql", "dt=2026-11-01")); err != nil {
		t.Fatal(err)
	}
	if r, err = ReportRun(t.Context(), out, ""); err == nil {
		t.Errorf("a run without its parts gives %+v", r)
	}
}

// holdBins counts anew, and holds the bins to have no gaps and round borders.
func holdBins(t *testing.T, d *Distribution, scores func(func(int64) bool)) {
	t.Helper()
	counts := make([]int64, len(d.Bins))
	for v := range scores {
		at := slices.IndexFunc(d.Bins, func(b ScoreBin) bool { return b.From <= v && v <= b.To })
		if at < 0 {
			t.Fatalf("%d is in no bin", v)
		}
		counts[at]++
	}
	for i, b := range d.Bins {
		if b.Contacts != counts[i] {
			t.Errorf("%d contacts from %d to %d, not %d", b.Contacts, b.From, b.To, counts[i])
		}
		if i > 0 && b.From != d.Bins[i-1].To+1 {
			t.Errorf("a gap before %d", b.From)
		}
	}
	if len(d.Bins) > mostBins || d.Bins[0].From != d.Lowest || d.Bins[len(d.Bins)-1].To != d.Highest {
		t.Errorf("%d bins from %d to %d for scores from %d to %d", len(d.Bins), d.Bins[0].From, d.Bins[len(d.Bins)-1].To, d.Lowest, d.Highest)
	}
}

func TestDistribution(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ n, low, span int64 }{
		{1, 7, 1}, {10, 0, 1}, {1000, -3, 25}, {1000, -3, 26}, {5000, -60, 161}, {20_000, -500_000, 1_000_000}, {30_000, 5, 9_000}, {9_000, -1_000_000_000_000, 2_000_000_000_001},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			h := newHistogram()
			var all []int64
			for range c.n {
				all = append(all, c.low+rng.Int64N(c.span))
				h.add(all[len(all)-1])
			}
			if len(h.counts) > mostTallied {
				t.Errorf("%d numbers in memory", len(h.counts))
			}
			d := h.distribution()
			holdBins(t, d, slices.Values(all))
			if d.Lowest != slices.Min(all) || d.Highest != slices.Max(all) {
				t.Errorf("from %d to %d", d.Lowest, d.Highest)
			}
		})
	}
	if newHistogram().distribution() != nil {
		t.Error("nobody has a distribution")
	}
}
