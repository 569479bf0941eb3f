package published

import (
	"context"
	"fmt"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
)

// contactColumn is the column that names the contact in every table that is of contacts.
const contactColumn = "contact_id"

// inFlight is how many reads of one contact are under way at once.
const inFlight = 8

// Rows are the rows of a table that belong to one contact, as whole columns in the order of the table.
type Rows struct {
	Columns []*Column
	N       int
}

// Column gives a column by its name, nil where the table has none.
func (r *Rows) Column(name string) *Column {
	if r != nil {
		for _, c := range r.Columns {
			if c.Name == name {
				return c
			}
		}
	}
	return nil
}

// UnknownContact says that no table of a run has the contact.
type UnknownContact struct {
	ID   string
	Near []string // ids that differ from it by a slip of the finger and that the run does have
}

// Error says so.
func (e *UnknownContact) Error() string { return fmt.Sprintf("there is no contact %q", e.ID) }

// place is where a contact's rows stand in a part.
type place struct {
	part     *part
	group    int
	from, to int64
}

// Contact gives the rows of one contact in each of the tables. A table that is not published is left out, one without rows of the
// contact has empty Rows. *UnknownContact where no table has the contact; the first table should be one that has every contact.
// *IDError where the id cannot be one.
func (r *Run) Contact(ctx context.Context, text string, tables ...string) (map[string]*Rows, error) {
	tables = slices.DeleteFunc(slices.Clone(tables), func(t string) bool { return !r.Has(t) })
	number, err := r.find(ctx, text, tables)
	if err != nil {
		return nil, err
	}
	if number < 0 {
		near, err := r.near(ctx, text, tables)
		if err != nil {
			return nil, err
		}
		return nil, &UnknownContact{ID: text, Near: near}
	}
	found := make([]*Rows, len(tables))
	work := pool.New().WithErrors().WithFirstError().WithContext(ctx).WithCancelOnError()
	for i, table := range tables {
		work.Go(func(ctx context.Context) (err error) {
			found[i], err = r.rowsOf(ctx, text, table, number)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	rows := map[string]*Rows{}
	for i, table := range tables {
		rows[table] = found[i]
	}
	return rows, nil
}

// Expected gives the rows of one contact in a table, looked for only in the part where it is expected: no rows where the guess is wrong, as
// where there are none. That costs little also for who has none, of whom Contact would ask every part.
func (r *Run) Expected(ctx context.Context, text, table string) (*Rows, error) {
	if !r.Has(table) {
		return &Rows{}, nil
	}
	parts, err := r.likeliest(ctx, table, text)
	if err != nil {
		return nil, err
	}
	number, err := numberOf(parts[0])
	if err != nil {
		return nil, err
	}
	return r.rowsOf(ctx, text, table, number)
}

// find gives the number of the part that has the contact, -1 where none has.
func (r *Run) find(ctx context.Context, text string, tables []string) (int, error) {
	for _, table := range tables {
		outputs, err := r.likeliest(ctx, table, text)
		if err != nil {
			return -1, err
		}
		for i, o := range outputs {
			p, err := r.open(ctx, o)
			if err != nil {
				return -1, err
			}
			_, places, err := p.locate(text, i > 0)
			if err != nil || len(places) > 0 {
				return p.number, err
			}
		}
	}
	return -1, nil
}

// likeliest gives the parts of a table, the one first where the contact is guessed to be.
func (r *Run) likeliest(ctx context.Context, table, text string) ([]publish.Output, error) {
	outputs := slices.Clone(r.run.Parts(table))
	parts, err := r.partCount()
	if err != nil || r.guess == nil || len(outputs) < 2 {
		return outputs, err
	}
	p, err := r.open(ctx, outputs[0]) // any part tells what ids are
	if err != nil {
		return nil, err
	}
	at, ok := p.columns[contactColumn]
	if !ok {
		return outputs, nil
	}
	k, err := idOf(text, p.file.Columns()[at])
	if err != nil {
		return nil, err
	}
	guess := r.guess(text, k.form != textID, parts)
	for i, o := range outputs {
		if n, ok := o.Part(); ok && n == guess {
			copy(outputs[1:i+1], outputs[:i])
			outputs[0] = o
			break
		}
	}
	return outputs, nil
}

// locate finds the rows of a contact in a part, and gives the id as the part has it. The bloom filter is asked first where filter is set: where the contact is not
// expected.
func (p *part) locate(text string, filter bool) (id, []place, error) {
	column, ok := p.columns[contactColumn]
	if !ok {
		return id{}, nil, nil
	}
	k, err := idOf(text, p.file.Columns()[column])
	if err != nil {
		return id{}, nil, err
	}
	var places []place
	reader := parquetio.NewReader()
	for g := range p.file.RowGroups() {
		index, err := p.indexes.Column(g, column)
		if err != nil {
			return id{}, nil, err
		}
		first, last := pagesFor(index, &k, p.file.RowGroupRows(g))
		if first == last {
			continue
		}
		if filter {
			may, err := p.file.MayHold(p.src, g, column, k.plain())
			if err != nil {
				return id{}, nil, err
			}
			if !may {
				continue
			}
		}
		if places, err = p.search(places, reader, g, column, first, last, &k); err != nil {
			return id{}, nil, err
		}
	}
	return k, places, nil
}

// pagesFor gives the rows [from, to) of the pages whose bounds admit the id; all rows where there are no bounds.
func pagesFor(index *parquetio.PageIndex, k *id, rows int64) (from, to int64) {
	if index == nil || index.Low == nil {
		return 0, rows
	}
	found := false
	for i := range index.Pages() {
		if index.Vacant[i] || k.compare(index.Low[i]) < 0 || k.compare(index.High[i]) > 0 {
			continue
		}
		if !found {
			from, found = index.First[i], true
		}
		to = index.First[i+1]
	}
	return from, to
}

// search appends the stretches of rows within [from, to) that have the id; as rows ascend by it there is one at most.
func (p *part) search(places []place, reader *parquetio.Reader, group, column int, from, to int64, k *id) ([]place, error) {
	held := []bool(nil)
	err := p.pages(reader, group, column, from, to, func(first int64, page *parquetio.Page) error {
		values, n := &page.Values, page.Present()
		if page.Dict != nil {
			values, n = &page.Dict.Values, page.Dict.Len()
		}
		held = held[:0]
		any := false
		for i := range n {
			is := k.is(values, i)
			held, any = append(held, is), any || is
		}
		if !any {
			return nil
		}
		next := 0
		for row := range int64(page.Rows) {
			if page.Valid != nil && page.Valid[row] == 0 {
				continue
			}
			i := next
			if page.Dict != nil {
				i = int(page.Codes[next])
			}
			next++
			if at := first + row; held[i] && at >= from && at < to {
				if n := len(places); n > 0 && places[n-1].group == group && places[n-1].to == at {
					places[n-1].to++
				} else {
					places = append(places, place{p, group, at, at + 1})
				}
			}
		}
		return nil
	})
	return places, err
}

// rowsOf reads the rows of a contact in one table, in the part that has its number.
func (r *Run) rowsOf(ctx context.Context, text, table string, number int) (*Rows, error) {
	rows := &Rows{}
	o, ok := r.numbered(table, number)
	if !ok { // nobody of that part has a row
		return rows, nil
	}
	p, err := r.open(ctx, o)
	if err != nil {
		return nil, err
	}
	_, places, err := p.locate(text, false)
	if err != nil {
		return nil, err
	}
	work := pool.New().WithMaxGoroutines(inFlight).WithErrors().WithFirstError().WithContext(ctx).WithCancelOnError()
	for _, described := range p.file.Columns() {
		c, _ := p.newColumn(described.Name)
		rows.Columns = append(rows.Columns, c)
		work.Go(func(ctx context.Context) error {
			reader := parquetio.NewReader()
			for _, at := range places {
				if err := p.read(ctx, reader, at.group, c, at.from, at.to); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, at := range places {
		rows.N += int(at.to - at.from)
	}
	return rows, work.Wait()
}
