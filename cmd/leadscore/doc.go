// Leadscore scores a whole base of contacts by rules over what they are and what they did.
//
// It reads contacts, engagements and list memberships from Parquet files, evaluates a model that marketing wrote,
// and publishes scores, the reasons behind them and who is a marketing qualified lead (an MQL) as Parquet tables:
// all of them, or none.
//
//	contacts.parquet ────┐
//	engagements.parquet ─┼─▶ leadscore score ─▶ scores  set_scores  breakdown  mql  mql_events
//	lists.parquet ───────┘        ▲             score_changes  score_history  rule_stats  rejects
//	                              │
//	       model.yaml (what counts, marketing)  job.yaml (where it lies, data engineering)
//
// Start here:
//
//	leadscore demo                     a base of 24,000 contacts to play with, scored
//	leadscore init --contacts 'exports/contacts/*.parquet' --engagements 'exports/events/*.parquet'
//	                                   a model and a job file for your own data
//	leadscore check model.yaml --job job.yaml
//	                                   everything that is wrong with them, before anything runs
//	leadscore score job.yaml           the run; every night, with --as-of "$(date +%F)"
//	leadscore runs published           what is published; leadscore verify reads all of it again
//	leadscore contact 4711 --out published
//	                                   who a contact is, why it has its score, and what becomes of it
//	leadscore list published --where 'score >= 50 and status == "new"' --to leads.xlsx
//	                                   the contacts that a filter finds, for people and for other programs
//	leadscore report published --html report.html
//	                                   a run as a whole: scores, MQLs, rules, what expires, data quality
//	leadscore diff published           what changed since the published date before, and by what
//
// # Words
//
//	contact      a person who may become a customer: one row of the contacts
//	engagement   one thing that a contact did at one instant: one row of the engagements
//	criterion    one test: of the engagements, of a field of the contact, of a list it is in
//	rule         criteria joined with all, any and not, and the points that fulfilling them is worth
//	set          a named group of rules with a score of its own, for example one a product
//	as-of        the instant for which everything is computed; nothing after it is used
//	MQL          a contact whose score has reached the model's threshold
//
// # What it writes where
//
// Results go to stdout, everything else to stderr. On a terminal a run shows its progress and ends with a summary.
// Elsewhere it logs to stderr (as JSON with --json) and ends with one line of JSON on stdout, so that a scheduler can
// read it. NO_COLOR is respected.
//
// # Exit codes
//
//	0    done, or there was nothing to do
//	1    failed; nothing was published. Of verify: the run has faults
//	2    the command line, the model or the job file is wrong, or does not fit the data; nothing was published
//	3    the input data is over its limits; nothing was published
//	75   try again later: storage unavailable, or another run holds the date
//	130  interrupted (143 by SIGTERM); nothing was published
package main
