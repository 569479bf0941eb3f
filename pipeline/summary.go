package pipeline

import (
	"time"

	"leadscore/pipeline/publish"
	"leadscore/transforms/diag"
)

// Summary is what a run says of itself when it has ended well. The JSON names are those of the summary line.
type Summary struct {
	RunID        string                      `json:"run_id"`
	AsOf         time.Time                   `json:"as_of"`
	Date         string                      `json:"date"` // dt of the published folders, YYYY-MM-DD
	Output       string                      `json:"output"`
	AlreadyDone  bool                        `json:"already_done"` // the same run was published before; nothing was written
	Tables       []TableSummary              `json:"tables"`
	Contacts     int64                       `json:"contacts"`
	Engagements  int64                       `json:"engagements"` // rows read
	MQLs         *int64                      `json:"mqls"`        // nil: the model has no threshold
	NewMQLs      int64                       `json:"new_mqls"`    // of the mql table, never handed over before
	Suppressed   []publish.Suppressed        `json:"suppressed,omitempty"`
	Events       map[string]int64            `json:"events,omitempty"` // of the MQL life cycle: event → rows; nil: no table speaks of it
	Bands        []BandCount                 `json:"bands,omitempty"`
	Rules        []RuleCount                 `json:"rules,omitempty"` // in model order
	Counts       map[string]map[string]int64 `json:"counts"`          // table → problem → rows
	Notes        []string                    `json:"notes,omitempty"` // what is suspicious about the data
	Warnings     []diag.Diagnostic           `json:"-"`               // of the model against the data
	Stages       []StageTiming               `json:"stages"`
	SpilledBytes int64                       `json:"spilled_bytes"`
	BytesRead    int64                       `json:"bytes_read"`   // of the inputs, from their stores
	BytesNeeded  int64                       `json:"bytes_needed"` // what the columns that the run reads take in the files, and the footers
}

// TableSummary is one published table.
type TableSummary struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	Parts int    `json:"parts"`
	Bytes int64  `json:"bytes"`
}

// BandCount is the number of contacts in a band of the total score, in the model's order.
type BandCount struct {
	Band     string `json:"band"`
	Contacts int64  `json:"contacts"`
}

// RuleCount is what one rule did.
type RuleCount struct {
	Set        string `json:"set"`
	Rule       string `json:"rule"`
	Active     bool   `json:"active"`
	Contacts   int64  `json:"contacts"`
	Points     int64  `json:"points"`
	DecidesMQL int64  `json:"decides_mql"`
}

// StageTiming is the wall time of one stage.
type StageTiming struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
}
