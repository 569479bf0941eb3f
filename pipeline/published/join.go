package published

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/filter"
)

// group is a row group of contacts, and what has been read of it.
type group struct {
	run     *Run
	part    *part
	number  int // of the row group
	rows    int
	reader  *parquetio.Reader
	columns map[filter.Ref]*Column
	places  *index // of ids; nil until a column of another table is asked for
}

// index finds the row of a contact.
type index struct {
	texts map[string]int32
	ints  map[int64]int32
	float map[float64]int32
}

func indexOf(c *Column) *index {
	x := &index{}
	switch formOf(c.Type) {
	case texts:
		x.texts = make(map[string]int32, c.n)
		for row, id := range c.Texts {
			x.texts[id] = int32(row)
		}
	case floats:
		x.float = make(map[float64]int32, c.n)
		for row, id := range c.Floats {
			x.float[id] = int32(row)
		}
	default:
		x.ints = make(map[int64]int32, c.n)
		for row, id := range c.Ints {
			x.ints[id] = int32(row)
		}
	}
	return x
}

// row gives the row of the contact that a row of another table is of.
func (x *index) row(ids *Column, row int) (int32, bool) {
	var at int32
	var ok bool
	switch {
	case ids.Texts != nil:
		at, ok = x.texts[ids.Texts[row]]
	case ids.Floats != nil:
		at, ok = x.float[ids.Floats[row]]
	case ids.Ints != nil:
		at, ok = x.ints[ids.Ints[row]]
	}
	return at, ok
}

// load reads the columns that are not there yet, one row a contact.
func (g *group) load(ctx context.Context, refs []filter.Ref) error {
	joined := map[string][]filter.Ref{}
	for _, ref := range refs {
		if g.columns[ref] != nil {
			continue
		}
		table, err := g.run.tableOf(ref, g.part)
		if err != nil {
			return err
		}
		if table != "" {
			joined[table] = append(joined[table], ref)
			continue
		}
		c, _ := g.part.newColumn(ref.Column)
		if err := g.part.read(ctx, g.reader, g.number, c, 0, int64(g.rows)); err != nil {
			return err
		}
		g.columns[ref] = c
	}
	for _, table := range []string{"set_scores", "breakdown", "contacts", "mql", "score_changes"} {
		if len(joined[table]) == 0 {
			continue
		}
		if err := g.join(ctx, table, joined[table]); err != nil {
			return err
		}
	}
	return nil
}

// join reads columns of another table, of which a contact has a row, or one a set, or one a rule; or none.
func (g *group) join(ctx context.Context, table string, refs []filter.Ref) error {
	if g.places == nil {
		id := filter.Ref{Column: contactColumn}
		if err := g.load(ctx, []filter.Ref{id}); err != nil {
			return err
		}
		g.places = indexOf(g.columns[id])
	}
	o, ok := g.run.numbered(table, g.part.number)
	if !ok { // nobody of this part has a row
		for _, ref := range refs {
			typ, err := g.run.typeOf(ctx, table, ref.Column)
			if err != nil {
				return err
			}
			c := NewColumn(ref.Column, typ)
			c.AppendNull(g.rows)
			g.columns[ref] = c
		}
		return nil
	}
	p, err := g.run.open(ctx, o)
	if err != nil {
		return err
	}
	at := make([][]int32, len(refs)) // of each ref: the row of the other table, -1 for none, for each contact
	values := make([]*Column, len(refs))
	for i, ref := range refs {
		at[i] = slices.Repeat([]int32{-1}, g.rows)
		c, ok := p.newColumn(ref.Column)
		if !ok {
			return fmt.Errorf("%s has no column %s", p.file.Name(), ref.Column)
		}
		values[i] = c
	}
	before := int32(0)
	for n := range p.file.RowGroups() {
		if err := g.joinGroup(ctx, p, n, refs, at, values, before); err != nil {
			return err
		}
		before += int32(p.file.RowGroupRows(n))
	}
	for i, ref := range refs {
		c := NewColumn(ref.Column, values[i].Type)
		c.AppendRows(values[i], at[i])
		g.columns[ref] = c
	}
	return nil
}

// joinGroup reads one row group of another table and finds whose rows they are. Several refs share what they have in common.
func (g *group) joinGroup(ctx context.Context, p *part, n int, refs []filter.Ref, at [][]int32, values []*Column, before int32) error {
	rows := p.file.RowGroupRows(n)
	read := map[string]*Column{}
	column := func(name string) (*Column, error) {
		if read[name] == nil {
			c, ok := p.newColumn(name)
			if !ok {
				return nil, fmt.Errorf("%s has no column %s", p.file.Name(), name)
			}
			if err := p.read(ctx, g.reader, n, c, 0, rows); err != nil {
				return nil, err
			}
			read[name] = c
		}
		return read[name], nil
	}
	ids, err := column(contactColumn)
	if err != nil {
		return err
	}
	for i, ref := range refs {
		is, err := named(ref, column)
		if err != nil {
			return err
		}
		for row := range int(rows) {
			if !is(row) {
				continue
			}
			if contact, ok := g.places.row(ids, row); ok {
				at[i][contact] = before + int32(row)
			}
		}
		c, err := column(ref.Column)
		if err != nil {
			return err
		}
		all := make([]int32, rows)
		for row := range all {
			all[row] = int32(row)
		}
		values[i].AppendRows(c, all)
	}
	return nil
}

// named tells which rows are of the set or rule that a ref names.
func named(ref filter.Ref, column func(string) (*Column, error)) (func(row int) bool, error) {
	if ref.Scope == filter.OfContact {
		return func(int) bool { return true }, nil
	}
	set, err := column("set")
	if err != nil || ref.Scope == filter.OfSet {
		return func(row int) bool { return set.Texts[row] == ref.Set }, err
	}
	rule, err := column("rule")
	return func(row int) bool {
		return rule.Texts[row] == ref.Rule && !rule.IsNull(row) && (ref.Set == "" || set.Texts[row] == ref.Set)
	}, err
}

// typeOf gives the type of a column of a table, from any of its parts.
func (r *Run) typeOf(ctx context.Context, table, column string) (arrow.DataType, error) {
	p, err := r.open(ctx, r.run.Parts(table)[0])
	if err != nil {
		return nil, err
	}
	c, ok := p.newColumn(column)
	if !ok {
		return nil, fmt.Errorf("%s has no column %s", p.file.Name(), column)
	}
	return c.Type, nil
}
