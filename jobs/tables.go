package jobs

import (
	"slices"

	"leadscore/pipeline"
	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
)

// The names that job files and flags may use.

// outputTables are the tables that a run can publish.
var outputTables = pipeline.Tables

// inputProblem is something that can be wrong with an input row, counted by the run.
type inputProblem struct{ table, problem, meaning string }

var inputProblems = []inputProblem{
	{"contacts", "null_id", "contacts without an id; by default none may be"},
	{"contacts", "duplicate", "contacts that stand twice; by default none may"},
	{"engagements", "null_id", "engagements without a contact id"},
	{"engagements", "null_time", "engagements without a time"},
	{"engagements", "time_out_of_range", "engagements at a time that no calendar of the outputs can hold"},
	{"engagements", "repeated_event_id", "engagements of a contact with an event id that was there already"},
	{"engagements", "unknown_contact", "engagements of contacts that the contacts do not have"},
	{"engagements", "after_as_of", "engagements after the instant that is scored"},
	{"lists", "null_id", "memberships without a contact id"},
	{"lists", "null_list", "memberships without a list"},
	{"lists", "unknown_contact", "memberships of contacts that the contacts do not have"},
	{"lists", "after_as_of", "memberships added after the instant that is scored"},
}

// mqlOwnColumns are the columns that the mql table always has.
var mqlOwnColumns = []string{"contact_id", "as_of", "score", "band", "grade", "mql_since", "mql_expires_at", "status", "first_mql_at", "times_mql", "reasons"}

// badTable tells what is wrong with the name of an output table, nil where nothing is.
func badTable(name string) *Usage {
	if slices.Contains(outputTables, name) {
		return nil
	}
	fix := "the tables are " + listed(outputTables)
	if near, ok := diag.Nearest(name, outputTables); ok {
		fix = "did you mean " + yamltree.Quote(near) + "?"
	}
	return usagef(fix, "unknown table %s", yamltree.Quote(name))
}
