package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
)

// EngineVersion names the arithmetic and the layout of the tables. It is part of what decides a run's content, so it changes
// exactly when the same inputs may give other bytes.
const EngineVersion = "3"

// What the footer of every part says of its run.
const (
	footerRunID  = "leadscore.run_id"
	footerModel  = "leadscore.model_digest"
	footerEngine = "leadscore.engine_version"
)

// target finds out where the run would be published and what its content is.
func (r *run) target(ctx context.Context) (err error) {
	if r.store, r.folder, err = storage.Open(ctx, r.spec.Output); err != nil {
		return err
	}
	facts := r.facts()
	r.earlier = nil // it may be looked for again
	if r.remembers() {
		published, err := publish.PreviousRun(ctx, r.store, r.folder, r.date())
		switch {
		case errors.Is(err, publish.ErrNoRun):
		case err != nil:
			return err
		default:
			r.earlier = &earlier{Published: published}
			facts["previous_run"] = published.Manifest.RunID
		}
	}
	return r.identify(ctx, facts)
}

// identify finds out what the run goes on from, and gives it its content key. Where the run that stands for the date is the same but for
// what it went on from, it is this one.
func (r *run) identify(ctx context.Context, facts map[string]any) error {
	l, err := r.findLineage(ctx)
	if err != nil {
		return err
	}
	r.lineage = l
	if was := l.recorded; was != nil && !r.anew {
		base := ""
		if was.Base != nil {
			base = was.Base.RunID
		}
		if r.contentKey, err = r.keyOf(facts, base, was.Newest); err != nil || r.contentKey == l.key {
			return err
		}
	}
	l.recorded = nil
	r.contentKey, err = r.keyOf(facts, l.runID(), l.newest)
	return err
}

// keyOf gives the content key of the run if its streams went on from a base.
func (r *run) keyOf(facts map[string]any, base string, newest bool) (string, error) {
	facts = maps.Clone(facts)
	r.lineage.facts(facts, base, newest)
	job, err := json.Marshal(facts)
	if err != nil {
		return "", err
	}
	return publish.ContentKey(publish.Content{
		Inputs: r.inputs(), Model: r.spec.Model.Digest, Job: job, Engine: EngineVersion, AsOf: r.spec.AsOf,
	})
}

// lookAgain bounds how often a run looks at what is published when others publish meanwhile.
const lookAgain = 4

// begin takes the output folder for this run. A summary means that there is nothing to do.
func (r *run) begin(ctx context.Context) (*Summary, error) {
	for range lookAgain {
		if done, err := r.takeDate(ctx); done != nil || err != nil {
			return done, err
		}
		settled, err := r.settleLineage(ctx)
		if err != nil {
			return nil, err
		}
		if settled {
			if err := r.findLater(ctx); err != nil {
				return nil, err
			}
			// What stands in the way of publishing is better known now than after all the work.
			return nil, r.publication.Ready(ctx, r.tables()...)
		}
		if err := r.publication.Abort(); err != nil {
			return nil, err
		}
	}
	return nil, failed(exitLater, "other runs are publishing to %s; run again when they are done", r.address())
}

// takeDate takes the date. A summary means that there is nothing to do.
func (r *run) takeDate(ctx context.Context) (*Summary, error) {
	err := r.target(ctx)
	if err != nil {
		return nil, err
	}
	r.publication, err = publish.Begin(ctx, r.store, r.folder, r.date(), r.contentKey, r.spec.Replace)
	switch {
	case errors.Is(err, publish.ErrAlreadyDone):
		published, err := publish.Open(ctx, r.store, r.folder, r.date())
		if err != nil {
			return nil, err
		}
		return r.alreadyDone(published), nil
	case errors.Is(err, publish.ErrDatePublished):
		return nil, &Error{Code: exitFailed, Err: err}
	case errors.Is(err, publish.ErrBusy):
		return nil, &Error{Code: exitLater, Err: err}
	}
	return nil, err
}

// tables are the tables that the run publishes: those that are asked for, and what the next run has to know.
func (r *run) tables() []string {
	var all []string
	for _, t := range append(slices.Clone(Tables), stateTable) {
		if r.publishes(t) {
			all = append(all, t)
		}
	}
	return all
}

func (r *run) publishes(table string) bool {
	return r.wants[table] || table == stateTable && r.remembers()
}

// address is the output folder as it may be shown: without credentials.
func (r *run) address() string { return r.store.Address(r.folder) }

// alreadyDone is the summary of a run that found its own content published.
func (r *run) alreadyDone(published *publish.Published) *Summary {
	m := published.Manifest
	s := &Summary{
		RunID: m.RunID, AsOf: r.spec.AsOf, Date: r.date(), Output: r.address(), AlreadyDone: true, Counts: m.Counts,
		Contacts: m.Counts[inputNames[contactsTable]]["rows"] - m.Counts[inputNames[contactsTable]][duplicateContact.String()] -
			m.Counts[inputNames[contactsTable]][nullID.String()],
		Engagements: m.Counts[inputNames[engagementsTable]]["rows"],
	}
	tables, extracts := splitSummaries(tableSummaries(m.Outputs))
	s.Tables = tables
	for _, x := range r.spec.Extracts {
		if i := slices.IndexFunc(extracts, func(t TableSummary) bool { return t.Table == x.table() }); i >= 0 {
			s.Extracts = append(s.Extracts, ExtractSummary{Extract: x.Name, TableSummary: extracts[i], Rejected: rowsOf(extracts, x.rejectsTable())})
		}
	}
	s.Suppressed, s.Events = m.Suppressed, m.Events
	if r.spec.Model.Score.MQL != nil {
		s.MQLs = rowsOf(s.Tables, mqlTable)
		for _, x := range m.Suppressed {
			if s.MQLs != nil {
				*s.MQLs += x.MQLs
			}
		}
	}
	return s
}

// tableSummaries adds up the parts of each table that is for people, in the order of Tables, and then of each extract.
func tableSummaries(outputs []publish.Output) []TableSummary {
	var all []TableSummary
	for _, output := range outputs {
		if strings.HasPrefix(output.Table, "_") {
			continue
		}
		i := slices.IndexFunc(all, func(t TableSummary) bool { return t.Table == output.Table })
		if i < 0 {
			i = len(all)
			all = append(all, TableSummary{Table: output.Table})
		}
		all[i].Rows, all[i].Bytes, all[i].Parts = all[i].Rows+output.Rows, all[i].Bytes+output.Bytes, all[i].Parts+1
	}
	place := func(t TableSummary) int { return slices.Index(append(slices.Clone(Tables), t.Table), t.Table) }
	slices.SortStableFunc(all, func(a, b TableSummary) int { return cmp.Compare(place(a), place(b)) })
	return all
}

// splitSummaries tells tables and extracts apart.
func splitSummaries(all []TableSummary) (tables, extracts []TableSummary) {
	for _, t := range all {
		if strings.HasPrefix(t.Table, publish.ExtractsFolder+"/") {
			extracts = append(extracts, t)
		} else {
			tables = append(tables, t)
		}
	}
	return tables, extracts
}

// rowsOf gives the number of rows of a table, nil where it is not published.
func rowsOf(tables []TableSummary, name string) *int64 {
	i := slices.IndexFunc(tables, func(t TableSummary) bool { return t.Table == name })
	if i < 0 {
		return nil
	}
	rows := tables[i].Rows
	return &rows
}

// date is the date of the as-of instant in the model's zone.
func (r *run) date() string { return r.spec.AsOf.In(r.spec.Model.Zone).Format(time.DateOnly) }

// facts are what decides the content of a run beside inputs, model and as-of.
func (r *run) facts() map[string]any {
	tables := slices.Clone(r.spec.Tables)
	slices.Sort(tables)
	inputs := map[string]any{}
	for t, s := range r.sources {
		if s != nil {
			inputs[inputNames[t]] = map[string]any{
				"columns": s.input.Columns, "values": s.input.Values, "null_values": s.input.NullValues,
				"time_zone": s.zone.String(), "keep_latest": s.input.KeepLatest,
			}
		}
	}
	facts := map[string]any{
		"tables": tables, "history_seconds": int64(r.spec.History / time.Second), "mql_columns": r.spec.MQLColumns, "inputs": inputs,
	}
	if len(r.spec.ContactColumns) > 0 {
		facts["contact_columns"] = r.spec.ContactColumns
	}
	if len(r.spec.Extracts) > 0 {
		facts["extracts"] = extractFacts(r.spec.Extracts)
	}
	return facts
}

func (r *run) inputs() []publish.Input {
	var list []publish.Input
	for t, s := range r.sources {
		if s == nil {
			continue
		}
		for _, f := range s.files {
			list = append(list, publish.Input{
				Table: inputNames[t], Address: f.object.Address, Size: f.object.Size, Version: f.object.Version,
				Checksum: f.object.Checksum, Rows: f.file.NumRows(),
			})
		}
	}
	return list
}

// commit publishes the run.
func (r *run) commit(ctx context.Context, s *Summary) error {
	m := publish.Manifest{
		EngineVersion: EngineVersion, AsOf: r.spec.AsOf, Inputs: r.inputs(), Counts: s.Counts,
		Model: publish.Model{Name: r.spec.Model.Name, Version: r.spec.Model.Version, Digest: r.spec.Model.Digest, Text: string(r.spec.Model.Text)},
	}
	m.Deliveries = r.deliveries()
	m.Suppressed, m.Events = s.Suppressed, s.Events
	if r.earlier != nil {
		m.Previous = &publish.Previous{Date: r.earlier.Manifest.Date, RunID: r.earlier.Manifest.RunID}
	}
	for _, w := range s.Warnings {
		m.Warnings = append(m.Warnings, fmt.Sprintf("%s:%d:%d: %s", w.Position.File, w.Position.Line, w.Position.Column, w.What))
	}
	m.Warnings = append(m.Warnings, s.Notes...)
	for _, t := range r.timings {
		m.Timings = append(m.Timings, publish.Timing(t))
	}
	r.watch.Stage("publish", 0, "")
	defer r.watch.Done("publish")
	start := time.Now()
	err := r.publication.Commit(ctx, m)
	r.timings = append(r.timings, StageTiming{"publish", time.Since(start).Seconds()})
	s.Stages = r.timings
	switch {
	case errors.Is(err, publish.ErrAlreadyDone): // by another process, meanwhile
		s.AlreadyDone = true
		return nil
	case errors.Is(err, publish.ErrUnfinished), errors.Is(err, publish.ErrUnknown):
		return &Error{Code: exitLater, Err: err}
	}
	return err
}

// summary says what the run has found out.
func (r *run) summary(e *evaluation, found []diag.Diagnostic) *Summary {
	s := &Summary{
		RunID: r.publication.RunID(), AsOf: r.spec.AsOf, Date: r.date(), Output: r.address(),
		Contacts: e.total.contacts, Engagements: r.counts.rows[engagementsTable], NewMQLs: e.total.newMQLs,
		Counts: r.counts.byName(), Notes: append(r.counts.notes(), r.later...), Warnings: found, SpilledBytes: r.memory.spilled.Load(),
	}
	for _, input := range r.sources {
		if input != nil {
			s.BytesRead, s.BytesNeeded = s.BytesRead+input.read.Load(), s.BytesNeeded+input.needed
			s.Notes = append(s.Notes, input.notes...)
		}
	}
	for _, t := range Tables {
		if written := r.written.tables[t]; written != nil {
			s.Tables = append(s.Tables, *written)
		}
	}
	for _, x := range r.extracts {
		s.Extracts = append(s.Extracts, x.summary)
	}
	if r.spec.Model.Score.MQL != nil {
		s.MQLs = &e.total.mqls
	}
	s.Suppressed = e.total.suppressed
	if r.remembers() {
		s.Events = map[string]int64{}
		for i, n := range e.total.events {
			s.Events[MQLEvents[i]] = n
		}
	}
	for i, b := range r.spec.Model.Score.Bands {
		s.Bands = append(s.Bands, BandCount{b.Name, e.total.bands[i]})
	}
	if !r.wants[statsTable] {
		return s // nobody counted
	}
	for i := range r.program.Rules {
		x := &r.program.Rules[i]
		s.Rules = append(s.Rules, RuleCount{
			Set: r.program.Sets[x.Set].Name, Rule: x.Name, Active: r.program.Sets[x.Set].Active,
			Contacts: e.stats.Contacts[i], Points: e.stats.Points[i], DecidesMQL: e.stats.Decides[i],
		})
	}
	return s
}
