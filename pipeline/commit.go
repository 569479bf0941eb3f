package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"leadscore/pipeline/parquetio/encode"
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
	job, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	r.contentKey, err = publish.ContentKey(publish.Content{
		Inputs: r.inputs(), Model: r.spec.Model.Digest, Job: job, Engine: EngineVersion, AsOf: r.spec.AsOf,
	})
	return err
}

// begin takes the output folder for this run. A summary means that there is nothing to do.
func (r *run) begin(ctx context.Context) (*Summary, error) {
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
	case err != nil:
		return nil, err
	}
	if err := r.findLater(ctx); err != nil {
		return nil, err
	}
	// What stands in the way of publishing is better known now than after all the work.
	return nil, r.publication.Ready(ctx, r.tables()...)
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
	s.Tables = tableSummaries(m.Outputs)
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

// tableSummaries adds up the parts of each table that is for people, in the order of Tables.
func tableSummaries(outputs []publish.Output) []TableSummary {
	var all []TableSummary
	for _, output := range outputs {
		if output.Table == stateTable {
			continue
		}
		i := slices.IndexFunc(all, func(t TableSummary) bool { return t.Table == output.Table })
		if i < 0 {
			i = len(all)
			all = append(all, TableSummary{Table: output.Table})
		}
		all[i].Rows, all[i].Bytes, all[i].Parts = all[i].Rows+output.Rows, all[i].Bytes+output.Bytes, all[i].Parts+1
	}
	place := func(t TableSummary) int { return slices.Index(Tables, t.Table) }
	slices.SortStableFunc(all, func(a, b TableSummary) int { return cmp.Compare(place(a), place(b)) })
	return all
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
	return map[string]any{
		"tables": tables, "history_seconds": int64(r.spec.History / time.Second), "mql_columns": r.spec.MQLColumns, "inputs": inputs,
	}
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

// lateFile is a part that comes into being with its first byte, so that a part without rows leaves nothing.
type lateFile struct {
	create func() (*publish.PartWriter, error)
	part   *publish.PartWriter
}

func (f *lateFile) Write(b []byte) (int, error) {
	if f.part == nil {
		part, err := f.create()
		if err != nil {
			return 0, err
		}
		f.part = part
	}
	return f.part.Write(b)
}

// publishPart writes part number n of a table, unless it has no rows.
func (r *run) publishPart(ctx context.Context, table string, n int, write func(*encode.Writer) error) error {
	return r.part(ctx, table, n, false, write)
}

// writeEmpty writes a part without rows for each table that has no part.
func (r *run) writeEmpty(ctx context.Context) error {
	for _, t := range r.tables() {
		if r.written.tables[t] == nil {
			if err := r.part(ctx, t, 0, true, func(*encode.Writer) error { return nil }); err != nil {
				return err
			}
		}
	}
	return nil
}

// tableOf gives a table's columns and what its files have beside them.
func (r *run) tableOf(table string) (fields []encode.Field, o encode.Options) {
	var contactColumns []encode.Field
	for _, p := range r.payload {
		contactColumns = append(contactColumns, encode.Field{Name: p.name, Type: p.typ, Nullable: true})
	}
	o = encode.Options{
		SortedBy: -1, Bloom: -1, CreatedBy: "leadscore version " + EngineVersion + ".0.0 (build leadscore)",
		Metadata: [][2]string{{footerRunID, r.publication.RunID()}, {footerModel, r.spec.Model.Digest}, {footerEngine, EngineVersion}},
	}
	fields = Fields(table, r.idType, contactColumns)
	if table == stateTable {
		fields = r.stateFields()
		o.Metadata = append(o.Metadata, [2]string{footerStatics, r.staticsNote()})
	}
	for i, f := range fields {
		if f.Name == "contact_id" {
			o.Bloom = i
			if !f.Nullable {
				o.SortedBy = i
			}
		}
	}
	return fields, o
}

func (r *run) part(ctx context.Context, table string, n int, empty bool, write func(*encode.Writer) error) (err error) {
	if r.finishing != nil {
		ctx = r.finishing.ctx // the part may outlive those who write it
	}
	file := &lateFile{create: func() (*publish.PartWriter, error) { return r.publication.Create(ctx, table, n) }}
	defer func() {
		if err != nil && file.part != nil {
			err = errors.Join(err, file.part.Abort())
		}
	}()
	fields, o := r.tableOf(table)
	out := encode.NewWriter(file, fields, o)
	if err := write(out); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	if file.part == nil && !empty {
		return nil
	}
	footer, err := out.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	part := file.part
	file.part = nil // whoever finishes it aborts it
	finish := func() error {
		if err := part.Finish(footer.Rows); err != nil {
			return errors.Join(err, part.Abort())
		}
		r.written.add(table, footer)
		return nil
	}
	if r.finishing == nil {
		return finish()
	}
	r.finishing.do(finish)
	return nil
}

// add counts a part that was written.
func (w *written) add(table string, footer encode.Footer) {
	w.Lock()
	defer w.Unlock()
	t := w.tables[table]
	if t == nil {
		t = &TableSummary{Table: table}
		w.tables[table] = t
	}
	t.Rows += footer.Rows
	t.Bytes += footer.Bytes
	t.Parts++
}

// commit publishes the run.
func (r *run) commit(ctx context.Context, s *Summary) error {
	m := publish.Manifest{
		EngineVersion: EngineVersion, AsOf: r.spec.AsOf, Inputs: r.inputs(), Counts: s.Counts,
		Model: publish.Model{Name: r.spec.Model.Name, Version: r.spec.Model.Version, Digest: r.spec.Model.Digest, Text: string(r.spec.Model.Text)},
	}
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
		}
	}
	for _, t := range Tables {
		if written := r.written.tables[t]; written != nil {
			s.Tables = append(s.Tables, *written)
		}
	}
	if r.spec.Model.Score.MQL != nil {
		s.MQLs = &e.total.mqls
	}
	s.Suppressed = e.total.suppressed
	if r.remembers() {
		s.Events = map[string]int64{}
		for i, n := range e.total.events {
			s.Events[mqlEvents[i]] = n
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
