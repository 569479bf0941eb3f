// Package oracle computes what a run must publish in the plainest way there is: contact by contact, rule by rule, instant by
// instant, every definition of the contract evaluated as it is written. It shares no code with the engine beyond the parsed
// model, and only tests import it.
//
//	Tables ── Run ──▶ Result                    what must come out
//	   │                 │
//	   └── Layout.Write ─┼──▶ Parquet files ──▶ (the engine) ──▶ published tables
//	                     └────────────────── Compare ───────────────┘
//
// The one idea is that of candidates: whatever a contact is worth can change only at a few instants (an engagement begins to
// be seen or leaves a frame, a date field comes or ages, a membership begins). Between two neighbouring candidates everything is constant, so
// asking each rule at each candidate, and once before all of them, is asking it at every instant.
//
// Night after night a Result leaves a Night, and the Options of the next run hold it: plain maps of what was published of each contact,
// and the contact as it was. A run works out what changed from them, one total after another. Fold holds what was published over
// the nights against itself, by the tables alone.
//
// It is slow on purpose. ModelText, Tables and Layout also have random generators (random_*.go), and testdata/cases holds
// cases computed by hand, which keep the oracle itself honest.
package oracle
