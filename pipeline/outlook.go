package pipeline

import (
	"context"
	"errors"
	"slices"
	"time"

	"leadscore/pipeline/publish"
	"leadscore/transforms/diag"
)

// Outlook is what a run would do. The JSON names are those of leadscore score with dry-run.
type Outlook struct {
	RunID         string         `json:"run_id"`
	AsOf          time.Time      `json:"as_of"`
	Date          string         `json:"date"`
	Output        string         `json:"output"`
	State         string         `json:"state"`          // of the date: DateFree …
	Standing      string         `json:"standing_run"`   // the run that is published for the date; empty: none
	BecomesLatest bool           `json:"becomes_latest"` // LATEST.json would name this run
	Previous      string         `json:"previous_date"`  // that the run would be compared with; empty: none, or no table speaks of it
	Tables        []string       `json:"tables"`
	Extracts      []string       `json:"extracts,omitempty"` // their folders
	Inputs        []InputOutlook `json:"inputs"`

	Warnings []diag.Diagnostic `json:"-"` // of the model against the columns of the data
}

// InputOutlook is what a run would read of an input.
type InputOutlook struct {
	Input     string    `json:"input"`
	Previous  string    `json:"previous_date,omitempty"` // what dt=previous in its path stands for; empty: nothing
	Files     int       `json:"files"`
	RowGroups int       `json:"row_groups"` // that have rows
	Rows      int64     `json:"rows"`
	Columns   []string  `json:"columns"` // by our names
	Needed    int64     `json:"bytes_needed"`
	Bytes     int64     `json:"bytes"` // of the files, footers and all
	Modified  time.Time `json:"modified"`
}

// What a date is to a run.
const (
	DateFree     = "free"          // nothing is published for it
	DateDone     = "already_done"  // this run is: it would do nothing
	DateReplaced = "replaced"      // another run is, whose place this one would take
	DateTaken    = "needs_replace" // another run is, and the run would be refused
	DateDamaged  = "damaged"       // this run is, but parts of it are missing: it would be published again
)

// Foresee opens the inputs of a run, holds the model against their columns, and looks at the output folder: what the run
// would read and publish. It reads footers, pointers and manifests, and writes nothing. Errors are those that Run would
// give before it reads any row.
func Foresee(ctx context.Context, spec Spec) (*Outlook, error) {
	o, err := foresee(ctx, spec)
	return o, withCode(err)
}

func foresee(ctx context.Context, spec Spec) (_ *Outlook, err error) {
	r, err := open(ctx, spec, Unwatched{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	found, err := r.check()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }) {
		return nil, &DiagnosticsError{found}
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if err := r.target(ctx); err != nil {
		return nil, err
	}
	o := &Outlook{RunID: publish.RunID(r.contentKey), AsOf: spec.AsOf, Date: r.date(), Output: r.address(), Warnings: found}
	for _, table := range Tables {
		if r.wants[table] {
			o.Tables = append(o.Tables, table)
		}
	}
	for _, x := range r.extracts {
		o.Extracts = append(o.Extracts, x.table())
		if x.SuperOffice != nil {
			o.Extracts = append(o.Extracts, x.rejectsTable())
		}
	}
	if r.earlier != nil && r.earlier.strange(r.asOf) == "" {
		o.Previous = r.earlier.Manifest.Date
	}
	for t, s := range r.sources {
		if s != nil {
			o.Inputs = append(o.Inputs, s.outlook(r.needed(inputTable(t))))
		}
	}
	return o, r.standing(ctx, o)
}

// standing finds out what is published for the date, and what the run would be to it.
func (r *run) standing(ctx context.Context, o *Outlook) error {
	latest, err := publish.Open(ctx, r.store, r.folder, publish.Latest)
	switch {
	case err == nil:
		o.BecomesLatest = latest.Pointer.Date <= o.Date
	case errors.Is(err, publish.ErrNoRun):
		o.BecomesLatest = true
	case !errors.Is(err, publish.ErrDamaged):
		return err
	}
	published, err := publish.Open(ctx, r.store, r.folder, o.Date)
	switch {
	case errors.Is(err, publish.ErrNoRun):
		o.State = DateFree
		return nil
	case err != nil && !errors.Is(err, publish.ErrDamaged):
		return err
	}
	same, damaged := false, err != nil
	if !damaged {
		o.Standing, same = published.Pointer.RunID, published.Pointer.ContentKey == r.contentKey
	}
	if same {
		missing, err := published.Missing(ctx)
		if err != nil {
			return err
		}
		damaged = len(missing) > 0
	}
	switch {
	case same && damaged:
		o.State = DateDamaged
	case same:
		o.State = DateDone
	case r.spec.Replace:
		o.State = DateReplaced
	default:
		o.State = DateTaken
	}
	return nil
}

// needed gives the columns that a run reads of an input, by our names.
func (r *run) needed(t inputTable) []string {
	var names []string
	switch t {
	case contactsTable:
		names = append(names, "contact_id")
		if by := r.sources[t].input.KeepLatest; by != "" {
			names = append(names, by)
		}
		for _, p := range r.payload {
			names = append(names, p.name)
		}
		for _, s := range r.program.Statics {
			switch {
			case s.List == "":
				names = append(names, s.Column)
			case r.listsColumn:
				names = append(names, "lists")
			}
		}
	case engagementsTable:
		names = append(names, "contact_id", "occurred_at")
		if r.events {
			names = append(names, "event_id")
		}
		for _, c := range r.columns {
			names = append(names, c.name)
		}
	case listsTable:
		names = append(names, "contact_id", "list", "added_at")
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return !r.sources[t].has(name) })
}

// outlook adds up what of a source is read for some columns.
func (s *source) outlook(columns []string) InputOutlook {
	o := InputOutlook{Input: s.table.String(), Previous: s.previous, Files: len(s.files), Rows: s.rows, Columns: columns}
	for _, f := range s.files {
		o.Bytes += f.object.Size
		if f.object.Modified.After(o.Modified) {
			o.Modified = f.object.Modified
		}
	}
	for _, task := range s.tasks() {
		f := s.files[task.file]
		o.RowGroups++
		for _, at := range f.places(columns) {
			_, length := f.file.ChunkRange(task.group, at)
			o.Needed += length
		}
	}
	return o
}

// places gives the columns of the file that stand for ours, each once.
func (f *sourceFile) places(columns []string) []int {
	var places []int
	for _, name := range columns {
		if at, ok := f.columns[name]; ok && !slices.Contains(places, at) {
			places = append(places, at)
		}
	}
	return places
}
