package pipeline

import (
	"context"
	"time"

	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// Spec is all that a run depends on, and what it may use to get there.
type Spec struct {
	Model       *model.Model
	AsOf        time.Time // whole seconds
	Contacts    Input
	Engagements Input
	Lists       *Input        // nil: none
	Output      string        // address of the folder to publish to
	Tables      []string      // of Tables; empty: all
	History     time.Duration // of score_history
	MQLColumns  []string      // contact columns that the mql table carries

	ContactColumns []string // contact columns that the contacts table carries; none: there is no such table

	Limits   []Limit
	Extracts []Extract
	Replace  bool          // publish over a run of the same date with other inputs
	RetryFor time.Duration // how long an operation on an object store is tried again; 0: storage.DefaultRetryFor; below 0: not at all

	Threads int    // 0: one for each processor
	Memory  int64  // bytes; 0: a quarter of the machine's memory, at most 4 GiB
	TempDir string // for spilled buckets; empty: the system's
	Buckets int    // 0: chosen by the number of contacts. No result depends on it

	more bool // the backfill that this is a run of comes to later dates yet
}

// Patient gives a context in which stores are as patient as the run is to be.
func (s Spec) Patient(ctx context.Context) context.Context {
	if s.RetryFor == 0 {
		return ctx
	}
	return storage.WithRetryFor(ctx, s.RetryFor)
}

// Input is one input table: where it is and how its columns are read.
type Input struct {
	Paths      []string                     // addresses or globs
	Columns    map[string]Source            // our column name → where its values come from
	Values     map[string]map[string]string // our column name → value in the data → value to read instead
	NullValues []string                     // texts that mean missing
	Zone       *time.Location               // of zone-less timestamps and dates; nil: the model's
	KeepLatest string                       // contacts: of rows with the same id keep the one latest by this column; empty: an error
}

// Source says where the values of a column come from: a column of the files, or one value for every row.
type Source struct {
	Column string
	Value  *string
}

// Extract is a list of contacts for another system, published with the tables in the folder extracts/Slug. At most one of Stream, AddToList,
// RemoveFromList and SuperOffice says what is to become of the contacts; none: the file is all.
type Extract struct {
	Name, Slug string
	Where      string          // a filter of package filter; empty: all contacts
	Columns    []ExtractColumn // nil: those that leadscore list shows
	Order      string          // as filter.Orders reads it; empty: DefaultOrder; Unsorted: as the contacts are stored
	Limit      int             // 0: none
	Format     string          // of export.Formats; empty: csv
	Raw        bool            // csv, tsv: texts that a spreadsheet takes for formulas are left as they are

	Stream         *Stream
	AddToList      string
	RemoveFromList string
	SuperOffice    *SuperOffice

	Places map[string]Place // where the keys' values stand in the job file: extract, where, order, columns.0 …; no result depends on it
}

// ExtractColumn is a column of an extract: one of ours, as a filter writes it, or one text in every row.
type ExtractColumn struct {
	Name   string  // in the file; empty: as leadscore list names it
	Column string  // ours
	Value  *string // the constant; nil: it is a column
}

// Stream delivers each contact once, when it newly matches.
type Stream struct {
	FetchHistory bool // the first run delivers all that match; else none
}

// SuperOffice is what SuperOffice's import is told of the contacts.
type SuperOffice struct {
	Target     string // selection or project
	Name       string // of the selection or project
	ExternalID string // the column that has SuperOffice's id of the person
	Email      string // the column that has the e-mail address
}

// Place is where a text stands in a file. Verbatim tells that it stands there letter by letter, its further lines behind so many blanks as Indent
// says, so that what is wrong with one of its words can be shown at that word.
type Place struct {
	diag.Position
	Verbatim bool
	Indent   int
}

// The orders of extracts and lists that are not lists of columns.
const (
	DefaultOrder = "-score, contact_id"
	Unsorted     = "none" // as the contacts are stored, which takes no memory
)

// Limit says how often an input problem may happen before the run fails: at most Count rows, or where Share is not nil at
// most that share (0 to 1) of the table's rows.
type Limit struct {
	Table   string // contacts, engagements, lists
	Problem string // null_id, null_time, duplicate, unknown_contact, after_as_of, repeated_event_id, null_list
	Count   int64
	Share   *float64
}
