package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline"
	"leadscore/pipeline/export"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
	"leadscore/transforms/diag"
	"leadscore/transforms/filter"
	"leadscore/transforms/match"
)

// DiffOptions say which two dates are compared, and what is listed of the contacts that changed between them. What is empty is the default.
type DiffOptions struct {
	Out      string
	From, To string // the newest published date before To; the newest
	Where    string
	Columns  string
	Sort     string // pipeline.Unsorted: in the order in which they are stored. Default: the greatest changes first, either way
	Limit    int    // 0: none
}

// Diff is what became of the contacts from one published date to another.
type Diff struct {
	Output string   `json:"output"`
	From   DiffEnd  `json:"from"`
	To     DiffEnd  `json:"to"`
	Nights []string `json:"nights"` // dates whose score_changes are added up, ascending
	// Notes say why something is unexplained, and which dates to publish again.
	Notes []string `json:"notes,omitempty"`

	compared published.Comparison
	runs     []*published.Run // to be closed
	where    *filter.Filter   // nil: all
	refs     []string         // columns to write
	keys     []diffKey
	limit    int
	header   export.Header
}

// DiffEnd is one of the two dates.
type DiffEnd struct {
	Date  string    `json:"date"`
	AsOf  time.Time `json:"as_of"`
	RunID string    `json:"run_id"`
}

func endOf(run *published.Run) DiffEnd {
	return DiffEnd{run.Manifest.Date, run.Manifest.AsOf.UTC(), run.Manifest.RunID}
}

// diffKey is a column to order by.
type diffKey struct {
	column     string
	descending bool
}

// distance is the column of how far a score moved either way, by which a diff is sorted where nobody says otherwise.
const distance = "distance"

// NewDiff opens the runs of both dates and those that lead from one to the other, and reads what is asked: everything that is wrong with that
// comes back in one Question. Close it.
func NewDiff(ctx context.Context, o DiffOptions) (diff *Diff, err error) {
	for flag, date := range map[string]string{"--from": o.From, "--to": o.To} {
		if _, err := time.Parse(time.DateOnly, date); err != nil && date != "" {
			return nil, usagef("write a published date, such as "+flag+" 2026-11-01", "%s: %q is not a date", flag, date)
		}
	}
	if o.From != "" && o.To != "" && o.From >= o.To {
		fix := "write --from " + o.To + " --to " + o.From
		if o.From == o.To {
			fix = "leave --from out for the published date before"
		}
		return nil, usagef(fix, "--from %s is not before --to %s", o.From, o.To)
	}
	if o.Out == "" {
		o.Out = DefaultOut
	}
	d := &Diff{Output: o.Out, Nights: []string{}, limit: o.Limit}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	c, err := openChain(ctx, o.Out, o.From, o.To)
	if err == nil {
		err = readFault(c.follow(ctx))
	}
	d.runs = c.opened
	if err != nil {
		return nil, err
	}
	d.From, d.To, d.Notes = endOf(c.from), endOf(c.to), c.notes
	d.compared = published.Comparison{From: c.from, To: c.to, Nights: c.nights, Whole: len(c.notes) == 0}
	for _, night := range c.nights {
		d.Nights = append(d.Nights, night.Manifest.Date)
	}
	names, types, err := d.compared.Columns(ctx)
	if errors.Is(err, published.ErrNoScores) {
		return nil, &NotFound{What: err.Error(), Fix: "publish scores: see tables in the job file"}
	}
	if err != nil {
		return nil, readFault(err)
	}
	return d, d.ask(o, names, types)
}

// ask reads the flags.
func (d *Diff) ask(o DiffOptions, names []string, types []arrow.DataType) error {
	schema := &filter.Schema{AsOf: d.To.AsOf, SetNames: []string{}, RuleList: []filter.RuleName{}}
	if m := modelOf(d.compared.To); m != nil {
		schema.Zone = m.Zone
	}
	for i, name := range names {
		schema.Contacts = append(schema.Contacts, filter.Column{Name: name, Type: match.TypeOf(types[i])})
	}
	q := &Question{texts: map[string]string{"--where": o.Where, "--columns": o.Columns, "--sort": o.Sort}}
	add := func(list diag.List) { q.Diagnostics = append(q.Diagnostics, list...) }
	if o.Where != "" {
		f, list := filter.Parse("--where", o.Where, schema)
		d.where = f
		add(list)
	}
	d.refs = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == published.Unexplained && d.compared.Whole })
	if o.Columns != "" {
		refs, list := filter.Columns("--columns", o.Columns, schema)
		d.refs = nil
		for _, ref := range refs {
			d.refs = append(d.refs, ref.Column)
		}
		add(list)
	}
	switch o.Sort {
	case "":
		d.keys = []diffKey{{distance, true}}
	case pipeline.Unsorted:
	default:
		orders, list := filter.Orders("--sort", o.Sort, schema)
		for _, order := range orders {
			d.keys = append(d.keys, diffKey{order.Ref.Column, order.Descending})
		}
		add(list)
	}
	if len(q.Diagnostics) > 0 {
		return q
	}
	if len(d.keys) > 0 {
		d.keys = append(d.keys, diffKey{"contact_id", false}) // so that the order is always the same
	}
	d.header.Names = d.refs
	for _, name := range d.refs {
		d.header.Types = append(d.header.Types, types[slices.Index(names, name)])
	}
	return nil
}

// Header describes the columns that Write gives.
func (d *Diff) Header() export.Header { return d.header }

// Close closes the runs.
func (d *Diff) Close() error {
	var errs []error
	for _, run := range d.runs {
		errs = append(errs, run.Close())
	}
	return errors.Join(errs...)
}

// Cost tells what has been read of all runs that were opened, and how much the two ends and the nights' changes have.
func (d *Diff) Cost() (cost ReadCost) {
	for _, run := range d.runs {
		of := costOf(run)
		cost.Bytes, cost.Reads, cost.Of = cost.Bytes+of.Bytes, cost.Reads+of.Reads, cost.Of+of.Of
	}
	return cost
}

// Write gives the contacts that changed to a receiver, in order, and sums all of them up, whatever the limit.
func (d *Diff) Write(ctx context.Context, give func(columns []*published.Column, rows int) error) (*Movement, error) {
	causes := published.Causes
	if !d.compared.Whole {
		causes = append(causes[:len(causes):len(causes)], published.Unexplained)
	}
	sum := newMovement(causes)
	sorted := published.NewSorted(d.sortKeys(), d.limit, mostSorted, nil)
	given := 0
	err := d.compared.Rows(ctx, func(columns []*published.Column, rows int) error {
		columns, rows = d.matching(columns, rows)
		if rows == 0 {
			return nil
		}
		sum.add(columns, rows)
		if len(d.keys) > 0 {
			return sorted.Add(d.wanted(columns, rows), rows)
		}
		if d.limit > 0 {
			rows = min(rows, d.limit-given)
		}
		given += rows
		if rows == 0 {
			return nil
		}
		return give(d.wanted(columns, rows)[:len(d.refs)], rows)
	})
	if many := (*published.TooMany)(nil); errors.As(err, &many) {
		return nil, usagef("give a --limit, fewer --columns, a narrower --where, or --sort "+pipeline.Unsorted, "%v", many)
	}
	if errors.Is(err, publish.ErrDamaged) {
		return nil, fmt.Errorf("%w; leadscore verify says whether the runs are what was published", err)
	}
	if err != nil {
		return nil, readFault(err)
	}
	return sum, sorted.Finish(func(columns []*published.Column, rows int) error { return give(columns[:len(d.refs)], rows) })
}

// matching gives the rows that the filter finds.
func (d *Diff) matching(columns []*published.Column, rows int) ([]*published.Column, int) {
	if d.where == nil {
		return columns, rows
	}
	var found []int32
	for row, holds := range d.where.Eval(func(ref filter.Ref) arrow.Array { return columnOf(columns, ref.Column).Array() }, rows) {
		if holds {
			found = append(found, int32(row))
		}
	}
	return published.Take(columns, found), len(found)
}

func columnOf(columns []*published.Column, name string) *published.Column {
	return columns[slices.IndexFunc(columns, func(c *published.Column) bool { return c.Name == name })]
}

// wanted gives the columns to write, and behind them those to sort by.
func (d *Diff) wanted(columns []*published.Column, rows int) []*published.Column {
	var all []*published.Column
	for _, name := range d.refs {
		all = append(all, columnOf(columns, name))
	}
	for _, key := range d.keys {
		if key.column != distance {
			all = append(all, columnOf(columns, key.column))
			continue
		}
		far, change := published.NewColumn(distance, arrow.PrimitiveTypes.Int64), columnOf(columns, "change")
		for row := range rows {
			far.AppendInt(max(change.Ints[row], -change.Ints[row]))
		}
		all = append(all, far)
	}
	return all
}

// sortKeys gives the places of the columns to sort by in what wanted gives.
func (d *Diff) sortKeys() (keys []published.Key) {
	for i, key := range d.keys {
		keys = append(keys, published.Key{Column: len(d.refs) + i, Descending: key.descending})
	}
	return keys
}
