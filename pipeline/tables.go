package pipeline

import (
	"leadscore/pipeline/parquetio/encode"
)

// The names of the tables, as SPEC.md section 5 and the job file have them.
const (
	scoresTable    = "scores"
	setScoresTable = "set_scores"
	breakdownTable = "breakdown"
	mqlTable       = "mql"
	eventsTable    = "mql_events"
	changesTable   = "score_changes"
	historyTable   = "score_history"
	statsTable     = "rule_stats"
	rejectsTable   = "rejects"

	stateTable = "_state" // for the next run; it cannot be asked for
)

// Tables are the names of all tables that a run can publish.
var Tables = []string{scoresTable, setScoresTable, breakdownTable, mqlTable, eventsTable, changesTable, historyTable, statsTable, rejectsTable}

func required(name string, t encode.Type) encode.Field { return encode.Field{Name: name, Type: t} }

func nullable(name string, t encode.Type) encode.Field {
	return encode.Field{Name: name, Type: t, Nullable: true}
}

// Fields gives the columns of a table, in order. Contact ids are of type id; the mql table ends in the contact columns.
func Fields(table string, id encode.Type, contactColumns []encode.Field) []encode.Field {
	contact, asOf := required("contact_id", id), required("as_of", encode.Timestamp)
	switch table {
	case scoresTable:
		return []encode.Field{
			contact, asOf, required("score", encode.Int64), nullable("band", encode.Text), nullable("grade", encode.Text),
			nullable("is_mql", encode.Boolean), nullable("mql_since", encode.Timestamp), nullable("mql_expires_at", encode.Timestamp),
			required("explicit_points", encode.Int64), required("implicit_points", encode.Int64),
			required("score_in_7d", encode.Int64), required("score_in_30d", encode.Int64), required("score_in_90d", encode.Int64),
			nullable("next_change_at", encode.Timestamp), nullable("last_engagement_at", encode.Timestamp),
			required("rules_fulfilled", encode.Int64), nullable("model", encode.Text), nullable("model_version", encode.Text),
			nullable("suppressed", encode.Text),
		}
	case setScoresTable:
		return []encode.Field{
			contact, asOf, required("set", encode.Text), required("active", encode.Boolean), required("score", encode.Int64),
			nullable("band", encode.Text), nullable("is_mql", encode.Boolean),
			nullable("mql_since", encode.Timestamp), nullable("mql_expires_at", encode.Timestamp),
		}
	case breakdownTable:
		return []encode.Field{
			contact, asOf, required("kind", encode.Text), nullable("set", encode.Text), nullable("rule", encode.Text),
			required("points", encode.Int64), nullable("since", encode.Timestamp), nullable("expires_at", encode.Timestamp),
			nullable("points_after", encode.Int64), nullable("occurrences", encode.Int64),
			nullable("first_engagement_at", encode.Timestamp), nullable("last_engagement_at", encode.Timestamp),
		}
	case mqlTable:
		return append([]encode.Field{
			contact, asOf, required("score", encode.Int64), nullable("band", encode.Text), nullable("grade", encode.Text),
			nullable("mql_since", encode.Timestamp), nullable("mql_expires_at", encode.Timestamp), required("status", encode.Text),
			nullable("first_mql_at", encode.Timestamp), required("times_mql", encode.Int64), required("reasons", encode.TextList),
		}, contactColumns...)
	case eventsTable:
		return []encode.Field{
			contact, asOf, required("at", encode.Timestamp), required("event", encode.Text), nullable("score", encode.Int64),
			required("first_mql_at", encode.Timestamp), required("times", encode.Int64), required("cause", encode.Text),
			nullable("suppressed", encode.Text), required("event_id", encode.Text),
		}
	case changesTable:
		return []encode.Field{
			contact, asOf, required("previous_as_of", encode.Timestamp), nullable("previous_score", encode.Int64), nullable("score", encode.Int64),
			nullable("previous_band", encode.Text), nullable("band", encode.Text), nullable("was_mql", encode.Boolean), nullable("is_mql", encode.Boolean),
			required("new_engagement", encode.Int64), required("expiry", encode.Int64), required("field_change", encode.Int64),
			required("list_change", encode.Int64), required("model_change", encode.Int64), required("late_data", encode.Int64),
		}
	case stateTable:
		return []encode.Field{
			contact, required("present", encode.Boolean), nullable("score", encode.Int64), nullable("band", encode.Text),
			nullable("is_mql", encode.Boolean), nullable("first_mql_at", encode.Timestamp), required("times_mql", encode.Int64),
			required("handed", encode.Boolean), required("ever_handed", encode.Boolean),
		}
	case historyTable:
		return []encode.Field{
			contact, required("changed_at", encode.Timestamp), required("score", encode.Int64),
			required("previous_score", encode.Int64), nullable("is_mql", encode.Boolean),
		}
	case statsTable:
		return []encode.Field{
			required("set", encode.Text), required("rule", encode.Text), required("active", encode.Boolean),
			required("kind", encode.Text), required("contacts", encode.Int64), nullable("share", encode.Double),
			required("points", encode.Int64), required("decides_mql", encode.Int64),
		}
	case rejectsTable:
		return []encode.Field{
			required("table", encode.Text), required("file", encode.Text), required("row", encode.Int64),
			required("reason", encode.Text), nullable("contact_id", encode.Text),
		}
	}
	return nil
}
