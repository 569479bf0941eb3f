package published

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

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

// changeOnly are the columns that score_changes has beside those of scores.
var changeOnly = append([]string{"previous_as_of", "previous_score", "previous_band", "was_mql"}, Causes...)

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

// Schema gives what can be asked of the run's contacts: see SchemaOf. The model names sets and rules; nil: it is not known.
func (r *Run) Schema(ctx context.Context, m *model.Model) (*filter.Schema, error) {
	tables := map[string][]filter.Column{}
	for _, table := range []string{"scores", "contacts", "mql", "score_changes", "set_scores", "breakdown"} {
		columns, err := r.columnsOf(ctx, table)
		if err != nil {
			return nil, err
		}
		if columns != nil {
			tables[table] = columns
		}
	}
	return SchemaOf(r.Manifest.AsOf, m, tables)
}

// SchemaOf gives what can be asked of the contacts of a run that publishes these tables: the columns of scores, those of contacts, further
// ones of mql (missing for who is no MQL) and of score_changes (missing for who has not changed), those of each set and of each rule.
// ErrNoContacts where neither scores nor mql is among them.
func SchemaOf(asOf time.Time, m *model.Model, tables map[string][]filter.Column) (*filter.Schema, error) {
	if tables["scores"] == nil && tables["mql"] == nil {
		return nil, ErrNoContacts
	}
	s := &filter.Schema{AsOf: asOf}
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
	tables = maps.Clone(tables)
	if c := tables["score_changes"]; c != nil { // what it has of scores, too, is missing there for who has not changed
		tables["score_changes"] = slices.DeleteFunc(slices.Clone(c), func(c filter.Column) bool { return !slices.Contains(changeOnly, c.Name) })
	}
	for _, table := range []string{"scores", "contacts", "mql", "score_changes"} {
		var known []string
		for _, c := range s.Contacts {
			known = append(known, c.Name)
		}
		s.Contacts = append(s.Contacts, but(tables[table], known)...)
	}
	for table, names := range map[string][]string{"mql": {"status", "first_mql_at", "times_mql", "reasons"}, "score_changes": changeOnly} {
		for _, name := range names {
			if tables[table] == nil {
				s.Missing = append(s.Missing, filter.Absent{Column: name, Why: "it is a column of " + table + ", a table that the run has not published"})
			}
		}
	}
	s.Sets, s.Rules = but(tables["set_scores"], setKeys), but(tables["breakdown"], ruleKeys)
	return s, nil
}

// but gives columns without those of some names.
func but(columns []filter.Column, names []string) []filter.Column {
	return slices.DeleteFunc(slices.Clone(columns), func(c filter.Column) bool { return slices.Contains(names, c.Name) })
}

// columnsOf gives the columns of a table; none where it is not published.
func (r *Run) columnsOf(ctx context.Context, table string) ([]filter.Column, error) {
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
		columns = append(columns, filter.Column{Name: c.Name, Type: readType(c.Type)})
	}
	return columns, nil
}

// readType is the type that a column of a table is read as: a list as one text.
func readType(t match.Type) match.Type {
	if t.Kind == match.List {
		return match.Type{Kind: match.Text, Name: "text"}
	}
	return t
}

// ColumnOf is a column as it will be read of a table that is written with this type.
func ColumnOf(name string, typ arrow.DataType) filter.Column {
	return filter.Column{Name: name, Type: readType(match.TypeOf(typ))}
}

// tableOf gives the table that has a column.
func (r *Run) tableOf(ref filter.Ref, base *part) (string, error) {
	switch {
	case ref.Scope == filter.OfSet:
		return "set_scores", nil
	case ref.Scope == filter.OfRule:
		return "breakdown", nil
	}
	if _, ok := base.columns[ref.Column]; ok {
		return "", nil
	}
	for _, table := range []string{"contacts", "mql", "score_changes"} {
		r.mu.Lock()
		_, has := r.columns[table][ref.Column]
		r.mu.Unlock()
		if has {
			return table, nil
		}
	}
	return "", fmt.Errorf("the run has not published a column %s", ref)
}

// learn notes which columns the tables beside the base have. It is done before parts are read side by side: whoever reads a part closes it.
func (r *Run) learn(ctx context.Context) error {
	for _, table := range []string{"contacts", "mql", "score_changes"} {
		r.mu.Lock()
		known := r.columns[table] != nil
		r.mu.Unlock()
		if known || !r.Has(table) {
			continue
		}
		p, err := r.open(ctx, r.run.Parts(table)[0])
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.columns[table] = p.columns
		r.mu.Unlock()
	}
	return nil
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
	if err := r.learn(ctx); err != nil {
		return nil, err
	}
	var types []arrow.DataType
	for _, ref := range refs {
		of, err := r.tableOf(ref, base)
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
