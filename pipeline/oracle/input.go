package oracle

import (
	"slices"
	"time"

	"leadscore/transforms/match"
)

// Contact is a row of the contacts snapshot.
type Contact struct {
	ID     Value
	Fields map[string]Value // by our column name; a field that is not there is null
	File   string
	Row    int64
}

// Event is a row of the engagements snapshot.
type Event struct {
	ID      Value
	At      Value // Instant, Local, Day or nil
	Channel Value
	Action  Value
	Asset   Value
	URL     Value

	Question Value
	Answer   Value
	Answers  []Answer // where the table has the map instead of question and answer; nil is null

	EventID Value
	Where   map[string]Value // further columns
	File    string
	Row     int64
}

// Answer is one entry of an answers map.
type Answer struct{ Question, Answer Value }

// Member is a row of the list memberships snapshot.
type Member struct {
	ID    Value
	List  Value // text or integer
	Added Value // Instant, Local, Day or nil
	File  string
	Row   int64
}

// Column is a column of a table, under our name.
type Column struct {
	Name string
	Type match.Type
}

// Tables is the input of a run: what it says, without how it is laid out in files.
type Tables struct {
	Contacts []Contact
	Events   []Event
	Members  []Member

	ContactID  match.Type // of contacts.contact_id
	EventKey   match.Type // of engagements.contact_id
	MemberKey  match.Type // of lists.contact_id
	Fields     []Column   // the other columns of contacts
	EventAt    match.Type // of occurred_at: Timestamp or DateOnly
	Optional   []Column   // the optional columns of engagements that are there: asset, url, question, answer, event_id
	HasAnswers bool       // engagements have the answers map (instead of question and answer)
	Where      []Column   // the further columns of engagements

	HasLists  bool        // there is a lists input
	ListID    match.Type  // of lists.list
	AddedAt   *match.Type // of lists.added_at; nil: the column is not there
	ListField string      // the list-typed column of contacts that stands in for the lists input; empty: none
}

// Reading says how the columns of one input are read.
type Reading struct {
	Zone       *time.Location               // of zone-less timestamps and dates; nil: the model's
	NullValues []string                     // texts that mean missing
	Values     map[string]map[string]string // our column name → value in the data → value to read instead
}

// Options is what a run depends on beside the model and the tables.
type Options struct {
	AsOf        int64 // unix seconds
	History     int64 // seconds
	Contacts    Reading
	Engagements Reading
	Lists       Reading
	KeepLatest  string          // contacts: the column by which the latest of rows with the same id stays; empty: an error
	MQLColumns  []string        // contact columns that the mql table carries
	Tables      []string        // that are published; empty: all
	Earlier     *Night          // the newest run published for an earlier date; nil: none
	Tolerated   map[string]bool // contact problems (null_id, duplicate) that a limit lets happen
}

// Publishes tells whether a run publishes any of some tables.
func (o Options) Publishes(tables ...string) bool {
	return len(o.Tables) == 0 || slices.ContainsFunc(tables, func(name string) bool { return slices.Contains(o.Tables, name) })
}
