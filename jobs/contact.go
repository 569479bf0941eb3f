package jobs

import (
	"context"
	"errors"
	"strings"
	"time"

	"leadscore/pipeline/published"
	"leadscore/transforms/reach"
)

// Card is all that one run says about one contact. Instants are in UTC. What the run has not published is nil or empty, and Notes
// says of each such figure which table it would take.
type Card struct {
	ContactID    any       `json:"contact_id"`
	Output       string    `json:"output"`
	Date         string    `json:"date"`
	AsOf         time.Time `json:"as_of"`
	RunID        string    `json:"run_id"`
	Model        string    `json:"model"`
	ModelVersion string    `json:"model_version,omitempty"`

	Fields []NamedValue `json:"fields"` // contact columns of the contacts table, then those that only mql carries

	Score      *int64     `json:"score"`
	Threshold  *int64     `json:"mql_threshold"`
	UntilBelow *int64     `json:"mql_until_below,omitempty"`         // the score under which an MQL ends, where that is not the threshold
	AgainAfter int64      `json:"mql_again_after_seconds,omitempty"` // the cool-down after that; 0: none
	Band       string     `json:"band,omitempty"`
	Grade      string     `json:"grade,omitempty"`
	IsMQL      *bool      `json:"is_mql"`
	Status     string     `json:"status,omitempty"`     // new, retained, returned
	Suppressed string     `json:"suppressed,omitempty"` // why it is in no hand-off
	Gone       bool       `json:"gone,omitempty"`       // it was a contact in an earlier run, and is none in this one
	MQLSince   *time.Time `json:"mql_since"`
	MQLExpires *time.Time `json:"mql_expires_at"`
	FirstMQL   *time.Time `json:"first_mql_at"`
	TimesMQL   *int64     `json:"times_mql"` // how often it became or returned so far
	Explicit   *int64     `json:"explicit_points"`
	Implicit   *int64     `json:"implicit_points"`

	LastEngagement *time.Time `json:"last_engagement_at"`
	ScoreIn7d      *int64     `json:"score_in_7d"`
	ScoreIn30d     *int64     `json:"score_in_30d"`
	ScoreIn90d     *int64     `json:"score_in_90d"`
	NextChange     *time.Time `json:"next_change_at"`

	Sets      []SetCard    `json:"sets"`
	Breakdown []LedgerLine `json:"breakdown"`
	History   []Turn       `json:"history"` // ascending

	Change     *CardChange `json:"change"`      // since the run before; null: there is none, or the run does not say
	Events     []MQLEvent  `json:"mql_events"`  // of EventDates, ascending
	EventDates []string    `json:"event_dates"` // published dates that were asked for events, ascending: the newest up to the run's, eventDates at most

	Missing     *int64      `json:"missing_points"` // for the threshold; 0: reached
	Ways        []reach.Way `json:"ways"`           // to get them
	Unreachable bool        `json:"unreachable,omitempty"`

	Tables []string `json:"tables"` // that the run has published
	Notes  []string `json:"notes,omitempty"`
	Cost   ReadCost `json:"read"`
}

// NamedValue is a column of the contact: its value as it is written, empty where there is none.
type NamedValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// SetCard is the score of one set.
type SetCard struct {
	Set        string     `json:"set"`
	Active     bool       `json:"active"`
	Score      int64      `json:"score"`
	Band       string     `json:"band,omitempty"`
	IsMQL      *bool      `json:"is_mql"`
	MQLSince   *time.Time `json:"mql_since"`
	MQLExpires *time.Time `json:"mql_expires_at"`
}

// LedgerLine is a rule with points, or a limit that gave or took some.
type LedgerLine struct {
	Kind            string     `json:"kind"` // rule, set_limit, score_limit
	Set             string     `json:"set,omitempty"`
	Rule            string     `json:"rule,omitempty"`
	Points          int64      `json:"points"`
	Since           *time.Time `json:"since"`
	Expires         *time.Time `json:"expires_at"`
	After           *int64     `json:"points_after"`
	Occurrences     *int64     `json:"occurrences"`
	FirstEngagement *time.Time `json:"first_engagement_at"`
	LastEngagement  *time.Time `json:"last_engagement_at"`
}

// Turn is a change of the score.
type Turn struct {
	At       time.Time `json:"changed_at"`
	Score    int64     `json:"score"`
	Previous int64     `json:"previous_score"`
	IsMQL    *bool     `json:"is_mql"`
}

// CardChange is what moved the score since the run that this one was compared with.
type CardChange struct {
	Since    string      `json:"since"`    // date of that run
	Previous *int64      `json:"previous"` // score; null: the contact is new
	Change   int64       `json:"change"`
	Causes   []CardCause `json:"causes"` // those that moved it; they add up to the change
}

// CardCause is points by one cause.
type CardCause struct {
	Cause  string `json:"cause"`
	Points int64  `json:"points"`
}

// MQLEvent is a row of mql_events.
type MQLEvent struct {
	Date       string    `json:"date"` // of the run that published it
	At         time.Time `json:"at"`
	Event      string    `json:"event"` // became, returned, lapsed
	Cause      string    `json:"cause"`
	Score      *int64    `json:"score"` // null: the contact was gone
	Times      int64     `json:"times"`
	Suppressed string    `json:"suppressed,omitempty"`
}

// ReadCost is what a question took: bytes of the published parts that were read, in how many reads, and how many bytes they have.
type ReadCost struct {
	Bytes int64 `json:"bytes"`
	Reads int64 `json:"reads"`
	Of    int64 `json:"of_bytes"`
}

// Contact gives the card of one contact from the run of a date, empty for the newest, in a folder.
func Contact(ctx context.Context, out, date, id string) (card *Card, err error) {
	run, err := openRun(ctx, out, date)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	rows, err := run.Contact(ctx, id, "scores", "set_scores", "breakdown", "mql", "score_history", "contacts", "score_changes", "_state")
	if err != nil {
		return nil, contactFault(err, run)
	}
	b := cardBuilder{run: run, rows: rows, model: modelOf(run), card: &Card{
		Output: out, Date: run.Manifest.Date, AsOf: run.Manifest.AsOf.UTC(), RunID: run.Manifest.RunID,
		Model: run.Manifest.Model.Name, ModelVersion: run.Manifest.Model.Version,
		Fields: []NamedValue{}, Sets: []SetCard{}, Breakdown: []LedgerLine{}, History: []Turn{}, Events: []MQLEvent{}, EventDates: []string{}, Ways: []reach.Way{},
	}}
	if out == "" {
		b.card.Output = DefaultOut
	}
	b.build()
	b.card.Cost = costOf(run)
	return b.card, b.events(ctx, b.card.Output, id)
}

// contactFault says what to do about a contact that is not there.
func contactFault(err error, run *published.Run) error {
	if no := (*published.IDError)(nil); errors.As(err, &no) {
		return &NotFound{What: no.Error(), Fix: "write the id as the column contact_id of the tables has it"}
	}
	unknown := (*published.UnknownContact)(nil)
	if !errors.As(err, &unknown) {
		return readFault(err)
	}
	fault := &NotFound{What: unknown.Error() + " in the run of " + run.Manifest.Date}
	switch {
	case len(unknown.Near) > 0:
		fault.Fix = "did you mean " + strings.Join(unknown.Near[:min(len(unknown.Near), 5)], " or ") + "?"
	case !run.Has("scores"):
		fault.What += ", which has not published the table scores: only contacts with rows in other tables can be found"
	default:
		fault.Fix = "write the id as the contacts input has it, upper and lower case alike"
	}
	return fault
}
