package pipeline

import (
	"slices"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/filter"
	"leadscore/transforms/model"
)

// DefaultColumns are those that a list of contacts has where none are named: what says most, as far as there is such a column, and the
// columns of the contacts.
func DefaultColumns(s *filter.Schema, m *model.Model) []filter.Ref {
	wanted := []string{"contact_id", "score", "band", "grade", "is_mql", "mql_since", "next_change_at", "last_engagement_at", "status", "suppressed"}
	if m != nil {
		wanted = slices.DeleteFunc(wanted, func(name string) bool {
			return name == "suppressed" && len(m.Suppress) == 0 || name == "band" && len(m.Score.Bands) == 0 || name == "grade" && len(m.Score.Explicit) == 0 ||
				m.Score.MQL == nil && slices.Contains([]string{"is_mql", "mql_since", "status"}, name)
		})
	}
	var ownColumns []string // of the tables, whoever the contacts are
	for _, table := range []string{scoresTable, mqlTable, changesTable} {
		for _, f := range Fields(table, encode.Text, nil) {
			ownColumns = append(ownColumns, f.Name)
		}
	}
	var refs []filter.Ref
	for _, name := range wanted {
		if _, ok := s.TypeOf(filter.Ref{Column: name}); ok {
			refs = append(refs, filter.Ref{Column: name})
		}
	}
	for _, c := range s.Contacts {
		if !slices.Contains(ownColumns, c.Name) {
			refs = append(refs, filter.Ref{Column: c.Name})
		}
	}
	return refs
}

// Titles names columns for people; where two would have one name, as a filter writes them.
func Titles(refs []filter.Ref) []string {
	names := make([]string, len(refs))
	seen := map[string]int{}
	for i, r := range refs {
		names[i] = r.Title()
		seen[names[i]]++
	}
	for i, r := range refs {
		if seen[names[i]] > 1 {
			names[i] = r.String()
		}
	}
	return names
}
