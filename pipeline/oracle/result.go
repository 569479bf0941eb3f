package oracle

import "leadscore/transforms/model"

// Result is what a run must publish.
type Result struct {
	Refused string // why nothing is published; empty when it is

	Scores       []Score
	SetScores    []SetScore
	Breakdown    []Breakdown
	MQL          []MQL
	ScoreHistory []ScoreHistory
	MQLEvents    []MQLEvent
	ScoreChanges []ScoreChange
	State        []State
	RuleStats    []RuleStat
	Rejects      []Reject

	Counts     map[string]map[string]int64 // table → problem → rows
	MQLColumns []Column                    // the contact columns behind those of MQL

	Night *Night // what the run leaves to those of later dates; nil: it publishes nothing that they could look back at

	model   *model.Model
	explain func(id, set, rule string) string
}

// The rows of the tables of SPEC.md section 5. Their columns stand in the order of the struct's fields, under the name in
// the tag; nil is null, times are unix seconds.

// Score is a row of scores.
type Score struct {
	ContactID        Value   `column:"contact_id"`
	AsOf             int64   `column:"as_of,time"`
	Score            int64   `column:"score"`
	Band             *string `column:"band"`
	Grade            *string `column:"grade"`
	IsMQL            *bool   `column:"is_mql"`
	MQLSince         *int64  `column:"mql_since,time"`
	MQLExpiresAt     *int64  `column:"mql_expires_at,time"`
	ExplicitPoints   int64   `column:"explicit_points"`
	ImplicitPoints   int64   `column:"implicit_points"`
	ScoreIn7d        int64   `column:"score_in_7d"`
	ScoreIn30d       int64   `column:"score_in_30d"`
	ScoreIn90d       int64   `column:"score_in_90d"`
	NextChangeAt     *int64  `column:"next_change_at,time"`
	LastEngagementAt *int64  `column:"last_engagement_at,time"`
	RulesFulfilled   int64   `column:"rules_fulfilled"`
	Model            string  `column:"model"`
	ModelVersion     string  `column:"model_version"`
	Suppressed       *string `column:"suppressed"`
}

// SetScore is a row of set_scores.
type SetScore struct {
	ContactID    Value   `column:"contact_id"`
	AsOf         int64   `column:"as_of,time"`
	Set          string  `column:"set"`
	Active       bool    `column:"active"`
	Score        int64   `column:"score"`
	Band         *string `column:"band"`
	IsMQL        *bool   `column:"is_mql"`
	MQLSince     *int64  `column:"mql_since,time"`
	MQLExpiresAt *int64  `column:"mql_expires_at,time"`
}

// Breakdown is a row of breakdown.
type Breakdown struct {
	ContactID         Value   `column:"contact_id"`
	AsOf              int64   `column:"as_of,time"`
	Kind              string  `column:"kind"`
	Set               *string `column:"set"`
	Rule              *string `column:"rule"`
	Points            int64   `column:"points"`
	Since             *int64  `column:"since,time"`
	ExpiresAt         *int64  `column:"expires_at,time"`
	PointsAfter       *int64  `column:"points_after"`
	Occurrences       *int64  `column:"occurrences"`
	FirstEngagementAt *int64  `column:"first_engagement_at,time"`
	LastEngagementAt  *int64  `column:"last_engagement_at,time"`
}

// MQL is a row of mql. Contact has the values of the contact columns that the job names, in its order.
type MQL struct {
	ContactID    Value    `column:"contact_id"`
	AsOf         int64    `column:"as_of,time"`
	Score        int64    `column:"score"`
	Band         *string  `column:"band"`
	Grade        *string  `column:"grade"`
	MQLSince     *int64   `column:"mql_since,time"`
	MQLExpiresAt *int64   `column:"mql_expires_at,time"`
	Status       string   `column:"status"`
	FirstMQLAt   int64    `column:"first_mql_at,time"`
	TimesMQL     int64    `column:"times_mql"`
	Reasons      []string `column:"reasons"`
	Contact      []Value  `column:"*"`
}

// ScoreHistory is a row of score_history.
type ScoreHistory struct {
	ContactID     Value `column:"contact_id"`
	ChangedAt     int64 `column:"changed_at,time"`
	Score         int64 `column:"score"`
	PreviousScore int64 `column:"previous_score"`
	IsMQL         *bool `column:"is_mql"`
}

// MQLEvent is a row of mql_events. EventID is anyDigest.
type MQLEvent struct {
	ContactID  Value   `column:"contact_id"`
	AsOf       int64   `column:"as_of,time"`
	At         int64   `column:"at,time"`
	Event      string  `column:"event"`
	Score      *int64  `column:"score"`
	FirstMQLAt int64   `column:"first_mql_at,time"`
	Times      int64   `column:"times"`
	Cause      string  `column:"cause"`
	Suppressed *string `column:"suppressed"`
	EventID    string  `column:"event_id"`
}

// ScoreChange is a row of score_changes.
type ScoreChange struct {
	ContactID     Value   `column:"contact_id"`
	AsOf          int64   `column:"as_of,time"`
	PreviousAsOf  int64   `column:"previous_as_of,time"`
	PreviousScore *int64  `column:"previous_score"`
	Score         *int64  `column:"score"`
	PreviousBand  *string `column:"previous_band"`
	Band          *string `column:"band"`
	WasMQL        *bool   `column:"was_mql"`
	IsMQL         *bool   `column:"is_mql"`
	NewEngagement int64   `column:"new_engagement"`
	Expiry        int64   `column:"expiry"`
	FieldChange   int64   `column:"field_change"`
	ListChange    int64   `column:"list_change"`
	ModelChange   int64   `column:"model_change"`
	LateData      int64   `column:"late_data"`
}

// State is a row of _state, less its words of statics.
type State struct {
	ContactID  Value   `column:"contact_id"`
	Present    bool    `column:"present"`
	Score      *int64  `column:"score"`
	Band       *string `column:"band"`
	IsMQL      *bool   `column:"is_mql"`
	FirstMQLAt *int64  `column:"first_mql_at,time"`
	TimesMQL   int64   `column:"times_mql"`
	Handed     bool    `column:"handed"`
	EverHanded bool    `column:"ever_handed"`
}

// RuleStat is a row of rule_stats.
type RuleStat struct {
	Set        string   `column:"set"`
	Rule       string   `column:"rule"`
	Active     bool     `column:"active"`
	Kind       string   `column:"kind"`
	Contacts   int64    `column:"contacts"`
	Share      *float64 `column:"share"`
	Points     int64    `column:"points"`
	DecidesMQL int64    `column:"decides_mql"`
}

// Reject is a row of rejects.
type Reject struct {
	Table     string  `column:"table"`
	File      string  `column:"file"`
	Row       int64   `column:"row"`
	Reason    string  `column:"reason"`
	ContactID *string `column:"contact_id"`
}
