package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"leadscore/pipeline/published"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// Report is what one run came to, in figures. What the run has not published is nil or empty, and Notes says of each such figure which
// table it would take.
type Report struct {
	Output       string    `json:"output"`
	Date         string    `json:"date"`
	AsOf         time.Time `json:"as_of"`
	RunID        string    `json:"run_id"`
	Engine       string    `json:"engine_version"`
	Model        string    `json:"model"`
	ModelVersion string    `json:"model_version,omitempty"`
	Previous     string    `json:"previous,omitempty"` // date of the run that this one was compared with when it was published

	Threshold *int64 `json:"mql_threshold"`
	Contacts  *int64 `json:"contacts"`
	MQLs      *int64 `json:"mqls"`

	Scores   *Distribution  `json:"scores"`
	Bands    []BandReport   `json:"bands"` // in the model's order
	Grid     *Grid          `json:"grid"`
	Dates    []DateReport   `json:"dates"`  // ascending; the last is that of the run
	Moved    *Movement      `json:"moved"`  // since the run before; null: there is none
	Events   []EventReport  `json:"events"` // of MQLs
	Rules    []RuleReport   `json:"rules"`  // in the model's order
	Forecast *Forecast      `json:"forecast"`
	Expiring []RuleExpiry   `json:"expiring"` // most contacts first
	Inputs   []InputReport  `json:"inputs"`
	Warnings []ModelWarning `json:"warnings"`

	Suppressed []SuppressedReport `json:"suppressed"` // in the model's order

	Notes []string `json:"notes,omitempty"`
	Cost  ReadCost `json:"read"` // of this run; of the other dates only the MQLs are read
}

// BandReport is a band: who is in it, and who would be in 30 days if nobody did anything more (nil: not known).
type BandReport struct {
	Band     string `json:"band"`
	Floor    *int64 `json:"floor"`
	Contacts int64  `json:"contacts"`
	In30d    *int64 `json:"in_30d"`
}

// Grid counts contacts by the two parts of the grade: Contacts[fit][engagement].
type Grid struct {
	Fit        []string  `json:"fit"`
	Engagement []string  `json:"engagement"`
	Contacts   [][]int64 `json:"contacts"`
}

// RuleReport is a row of rule_stats.
type RuleReport struct {
	Set        string   `json:"set"`
	Rule       string   `json:"rule"`
	Active     bool     `json:"active"`
	Kind       string   `json:"kind"`
	Contacts   int64    `json:"contacts"`
	Share      *float64 `json:"share"`
	Points     int64    `json:"points"`
	DecidesMQL int64    `json:"decides_mql"`
}

// InputReport is what was wrong with the rows of an input.
type InputReport struct {
	Input    string         `json:"input"`
	Rows     int64          `json:"rows"`
	Problems []InputProblem `json:"problems"` // those that have happened
}

// InputProblem is a problem and how many rows have it.
type InputProblem struct {
	Problem string `json:"problem"`
	Rows    int64  `json:"rows"`
}

// ModelWarning is a warning that the run gave, of its model or of its data.
type ModelWarning struct {
	What string `json:"what"` // with its place, where it has one
	Why  string `json:"why,omitempty"`
	Fix  string `json:"fix,omitempty"`
}

// ReportRun reports on the run of a date, empty for the newest, in a folder.
func ReportRun(ctx context.Context, out, date string) (report *Report, err error) {
	run, err := openRun(ctx, out, date)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	if out == "" {
		out = DefaultOut
	}
	m := modelOf(run)
	b := reporter{run: run, model: m, report: &Report{
		Output: out, Date: run.Manifest.Date, AsOf: run.Manifest.AsOf.UTC(), RunID: run.Manifest.RunID, Engine: run.Manifest.EngineVersion,
		Model: run.Manifest.Model.Name, ModelVersion: run.Manifest.Model.Version,
		Bands: []BandReport{}, Dates: []DateReport{}, Events: []EventReport{}, Suppressed: []SuppressedReport{}, Rules: []RuleReport{}, Expiring: []RuleExpiry{},
	}}
	if m != nil {
		b.report.Threshold = thresholdOf(m)
	}
	b.report.Inputs, b.report.Warnings = inputReports(run.Manifest.Counts), modelWarnings(run.Manifest.Warnings, m)
	for _, read := range []func(context.Context) error{b.scores, b.rules, b.expiring, b.moves} {
		if err := read(ctx); err != nil {
			return nil, readFault(err)
		}
	}
	if err := b.dates(ctx, out); err != nil {
		return nil, readFault(err)
	}
	b.notes()
	b.report.Cost = costOf(run)
	return b.report, nil
}

// reporter puts a report together.
type reporter struct {
	run    *published.Run
	model  *model.Model // nil: its text cannot be read any more
	report *Report
}

// rules reads rule_stats.
func (b *reporter) rules(ctx context.Context) error {
	names := []string{"set", "rule", "active", "kind", "contacts", "share", "points", "decides_mql"}
	return b.run.Scan(ctx, "rule_stats", names, func(c []*published.Column, rows int) error {
		for row := range rows {
			r := RuleReport{
				Set: c[0].Texts[row], Rule: c[1].Texts[row], Active: c[2].Ints[row] != 0, Kind: c[3].Texts[row],
				Contacts: c[4].Ints[row], Points: c[6].Ints[row], DecidesMQL: c[7].Ints[row],
			}
			if !c[5].IsNull(row) {
				r.Share = &c[5].Floats[row]
			}
			b.report.Rules = append(b.report.Rules, r)
		}
		return nil
	})
}

// notes says which figures lack for want of which table.
func (b *reporter) notes() {
	r := b.report
	for _, t := range []struct{ table, figures string }{
		{"scores", "the distribution of the scores, bands, the grid and the forecast"},
		{"rule_stats", "the rules by contacts, points and MQLs"},
		{"breakdown", "which rules lose or change their points"},
		{"score_changes", "what moved the scores since the run before"},
		{"mql_events", "what made and ended MQLs since the run before"},
	} {
		if !b.run.Has(t.table) {
			r.Notes = append(r.Notes, t.figures+": the run has not published the table "+t.table)
		}
	}
	switch {
	case b.model == nil:
		r.Notes = append(r.Notes, "the threshold, the floors of bands and the grid: the model of the run is not in a language that this version reads")
	case b.model.Score.MQL == nil:
		r.Notes = append(r.Notes, "marketing qualified leads: the model has no threshold")
	case !b.run.Has("mql") && !b.run.Has("scores"):
		r.Notes = append(r.Notes, "marketing qualified leads: the run has published neither mql nor scores")
	}
}

// inputReports sorts the counts of a manifest.
func inputReports(counts map[string]map[string]int64) []InputReport {
	reports := []InputReport{}
	for _, input := range []string{"contacts", "engagements", "lists"} {
		of, ok := counts[input]
		if !ok {
			continue
		}
		r := InputReport{Input: input, Rows: of["rows"], Problems: []InputProblem{}}
		for _, p := range inputProblems {
			if n := of[p.problem]; p.table == input && n > 0 {
				r.Problems = append(r.Problems, InputProblem{p.problem, n})
			}
		}
		reports = append(reports, r)
	}
	return reports
}

// modelWarnings adds to the warnings of a manifest, which are one line each, what the model itself still tells of them.
func modelWarnings(lines []string, m *model.Model) []ModelWarning {
	warnings := []ModelWarning{}
	var found []diag.Diagnostic
	if m != nil {
		found = model.Check(m, nil)
	}
	for _, line := range lines {
		w := ModelWarning{What: line}
		for _, d := range found {
			if strings.HasSuffix(line, fmt.Sprintf(":%d:%d: %s", d.Position.Line, d.Position.Column, d.What)) {
				w.Why, w.Fix = d.Why, d.Fix
			}
		}
		warnings = append(warnings, w)
	}
	return warnings
}
