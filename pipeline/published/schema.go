package published

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/transforms/filter"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

// The columns of set_scores and breakdown that say which row it is, and not what is in it.
var (
	setKeys  = []string{"contact_id", "as_of", "set"}
	ruleKeys = []string{"contact_id", "as_of", "set", "rule", "kind"}
)

// ErrNoContacts says that a run has published neither of the tables that list contacts.
var ErrNoContacts = errors.New("the run has published neither scores nor mql, so it has no contacts to list")

// base is the table whose rows are the contacts: scores, or else mql, which has some of them.
func (r *Run) base() (string, error) {
	for _, table := range []string{"scores", "mql"} {
		if r.Has(table) {
			return table, nil
		}
	}
	return "", ErrNoContacts
}

// Schema gives what can be asked of the run's contacts: the columns of scores, further ones of mql (which are missing for who is no
// MQL) and of score_changes (missing for who has not changed), those of each set and of each rule. The model names sets and rules; nil: it is not known.
func (r *Run) Schema(ctx context.Context, m *model.Model) (*filter.Schema, error) {
	base, err := r.base()
	if err != nil {
		return nil, err
	}
	s := &filter.Schema{AsOf: r.Manifest.AsOf}
	if m != nil {
		s.Zone, s.SetNames, s.RuleList = m.Zone, []string{}, []filter.RuleName{}
		for _, set := range m.Sets {
			s.SetNames = append(s.SetNames, set.Name)
			for _, rule := range set.Rules {
				if set.Active {
					s.RuleList = append(s.RuleList, filter.RuleName{Set: set.Name, Rule: rule.Name})
				}
			}
		}
	}
	if s.Contacts, err = r.columnsOf(ctx, base, nil); err != nil {
		return nil, err
	}
	for _, table := range []string{"mql", "score_changes"} {
		if table == base {
			continue
		}
		var known []string
		for _, c := range s.Contacts {
			known = append(known, c.Name)
		}
		more, err := r.columnsOf(ctx, table, known)
		if err != nil {
			return nil, err
		}
		s.Contacts = append(s.Contacts, more...)
	}
	for table, names := range map[string][]string{
		"mql":           {"status", "first_mql_at", "times_mql", "reasons"},
		"score_changes": append([]string{"previous_as_of", "previous_score", "previous_band", "was_mql"}, Causes...),
	} {
		for _, name := range names {
			if !r.Has(table) {
				s.Missing = append(s.Missing, filter.Absent{Column: name, Why: "it is a column of " + table + ", a table that the run has not published"})
			}
		}
	}
	if s.Sets, err = r.columnsOf(ctx, "set_scores", setKeys); err != nil {
		return nil, err
	}
	s.Rules, err = r.columnsOf(ctx, "breakdown", ruleKeys)
	return s, err
}

// columnsOf gives the columns of a table but some; none where it is not published.
func (r *Run) columnsOf(ctx context.Context, table string, but []string) ([]filter.Column, error) {
	parts := r.run.Parts(table)
	if len(parts) == 0 {
		return nil, nil
	}
	p, err := r.open(ctx, parts[0])
	if err != nil {
		return nil, err
	}
	var columns []filter.Column
	for _, c := range p.file.Columns() {
		if slices.Contains(but, c.Name) {
			continue
		}
		typ := c.Type
		if typ.Kind == match.List { // read as one text
			typ = match.Type{Kind: match.Text, Name: "text"}
		}
		columns = append(columns, filter.Column{Name: c.Name, Type: typ})
	}
	return columns, nil
}

// tableOf gives the table that has a column.
func (r *Run) tableOf(ctx context.Context, ref filter.Ref, base *part) (string, error) {
	switch {
	case ref.Scope == filter.OfSet:
		return "set_scores", nil
	case ref.Scope == filter.OfRule:
		return "breakdown", nil
	}
	if _, ok := base.columns[ref.Column]; ok {
		return "", nil
	}
	for _, table := range []string{"mql", "score_changes"} {
		if has, err := r.HasColumn(ctx, table, ref.Column); err != nil || has {
			return table, err
		}
	}
	return "", fmt.Errorf("the run has not published a column %s", ref)
}

// Types gives the types of columns, as rows of them have.
func (r *Run) Types(ctx context.Context, refs []filter.Ref) ([]arrow.DataType, error) {
	table, err := r.base()
	if err != nil {
		return nil, err
	}
	base, err := r.open(ctx, r.run.Parts(table)[0])
	if err != nil {
		return nil, err
	}
	var types []arrow.DataType
	for _, ref := range refs {
		of, err := r.tableOf(ctx, ref, base)
		if err != nil {
			return nil, err
		}
		if of == "" {
			of = table
		}
		typ, err := r.typeOf(ctx, of, ref.Column)
		if err != nil {
			return nil, err
		}
		types = append(types, typ)
	}
	return types, nil
}
