package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"leadscore/pipeline"
	"leadscore/pipeline/export"
	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/published"
	"leadscore/transforms/diag"
	"leadscore/transforms/filter"
	"leadscore/transforms/model"
)

// ListOptions say which contacts of a published run are listed, and what of them. What is empty is the default.
type ListOptions struct {
	Out, Date string
	Where     string
	Columns   string
	Sort      string // Unsorted: in the order in which they are stored
	Limit     int    // 0: none
}

// Unsorted is the order in which contacts are stored, which takes no memory.
const Unsorted = "none"

const defaultSort = "-score, contact_id"

// mostSorted bounds the memory of rows that are sorted.
const mostSorted = 512 << 20

// Question is a Refusal of what a flag asks for. The flag's text is shown with what is wrong with it.
type Question struct {
	Diagnostics diag.List
	texts       map[string]string // flag → text
}

// Error says that there is something wrong.
func (q *Question) Error() string {
	return plural(len(q.Diagnostics.Errors()), "error") + " in what was asked for"
}

// ExitCode is ExitUsage.
func (q *Question) ExitCode() int { return ExitUsage }

// Source gives the text of a flag.
func (q *Question) Source(flag string) []byte { return []byte(q.texts[flag]) }

// List is a list of contacts that can be counted and written.
type List struct {
	run     *published.Run
	query   published.Query
	orders  []filter.Order
	limit   int
	columns int // of the query's columns, those that were asked for; the others are there to sort by
	header  export.Header
}

// NewList opens a run and reads what is asked of it: everything that is wrong comes back in one Question. Close it.
func NewList(ctx context.Context, o ListOptions) (l *List, err error) {
	run, err := openRun(ctx, o.Out, o.Date)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, run.Close())
		}
	}()
	m := modelOf(run)
	schema, err := run.Schema(ctx, m)
	if errors.Is(err, published.ErrNoContacts) {
		return nil, &NotFound{What: err.Error(), Fix: "publish scores: see tables in the job file"}
	}
	if err != nil {
		return nil, readFault(err)
	}
	l = &List{run: run, limit: o.Limit}
	if err := l.read(o, schema, m); err != nil {
		return nil, err
	}
	if l.header.Types, err = run.Types(ctx, l.query.Columns[:l.columns]); err != nil {
		return nil, readFault(err)
	}
	return l, nil
}

// read reads the flags.
func (l *List) read(o ListOptions, schema *filter.Schema, m *model.Model) error {
	q := &Question{texts: map[string]string{"--where": o.Where, "--columns": o.Columns, "--sort": o.Sort}}
	if o.Where != "" {
		f, list := filter.Parse("--where", o.Where, schema)
		l.query.Where, q.Diagnostics = f, list
	}
	refs := defaultColumns(schema, m)
	if o.Columns != "" {
		var list diag.List
		refs, list = filter.Columns("--columns", o.Columns, schema)
		q.Diagnostics = append(q.Diagnostics, list...)
	}
	if o.Sort == "" {
		o.Sort = defaultSort
	}
	if o.Sort != Unsorted {
		var list diag.List
		l.orders, list = filter.Orders("--sort", o.Sort, schema)
		q.Diagnostics = append(q.Diagnostics, list...)
	}
	if len(q.Diagnostics) > 0 {
		return q
	}
	l.columns = len(refs)
	l.header.Names = titles(refs)
	l.query.Columns = slices.Clone(refs)
	if len(l.orders) > 0 {
		l.orders = append(l.orders, filter.Order{Ref: filter.Ref{Column: "contact_id"}}) // so that the order is always the same
	}
	for _, order := range l.orders {
		if !slices.Contains(l.query.Columns, order.Ref) {
			l.query.Columns = append(l.query.Columns, order.Ref)
		}
	}
	return nil
}

// defaultColumns are those that say most, as far as the run has them, and the columns of the contacts.
func defaultColumns(s *filter.Schema, m *model.Model) []filter.Ref {
	wanted := []string{"contact_id", "score", "band", "grade", "is_mql", "mql_since", "next_change_at", "last_engagement_at", "status", "suppressed"}
	if m != nil {
		wanted = slices.DeleteFunc(wanted, func(name string) bool {
			return name == "suppressed" && len(m.Suppress) == 0 || name == "band" && len(m.Score.Bands) == 0 || name == "grade" && len(m.Score.Explicit) == 0 ||
				m.Score.MQL == nil && slices.Contains([]string{"is_mql", "mql_since", "status"}, name)
		})
	}
	var ownColumns []string // of the tables, whoever the contacts are
	for _, table := range []string{"scores", "mql", "score_changes"} {
		for _, f := range pipeline.Fields(table, encode.Text, nil) {
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

// titles names columns for people; where two would have one name, as a filter writes them.
func titles(refs []filter.Ref) []string {
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

// Header describes the columns of the list.
func (l *List) Header() export.Header { return l.header }

// Close closes the run.
func (l *List) Close() error { return l.run.Close() }

// Count counts the contacts, whatever the limit.
func (l *List) Count(ctx context.Context) (int64, error) {
	total := int64(0)
	err := l.run.Select(ctx, published.Query{Where: l.query.Where}, func(_ []*published.Column, rows int) error {
		total += int64(rows)
		return nil
	})
	return total, readFault(err)
}

// errLimit ends the reading once the limit is reached.
var errLimit = errors.New("enough rows")

// Write gives the rows to a receiver, in order, and tells how many contacts match; a limit without an order stops there, and then the
// total is not known: -1.
func (l *List) Write(ctx context.Context, give func(columns []*published.Column, rows int) error) (total int64, err error) {
	if len(l.orders) == 0 {
		return l.stream(ctx, give)
	}
	var keys []published.Key
	for _, order := range l.orders {
		keys = append(keys, published.Key{Column: slices.Index(l.query.Columns, order.Ref), Descending: order.Descending})
	}
	sorted := published.NewSorted(keys, l.limit, mostSorted)
	err = l.run.Select(ctx, l.query, func(columns []*published.Column, rows int) error {
		total += int64(rows)
		return sorted.Add(columns, rows)
	})
	if many := (*published.TooMany)(nil); errors.As(err, &many) {
		return 0, usagef("give a --limit, fewer --columns, a narrower --where, or --sort "+Unsorted, "%v", many)
	}
	if err != nil {
		return 0, readFault(err)
	}
	if rows := sorted.Finish(); rows > 0 {
		return total, give(sorted.Columns[:l.columns], rows)
	}
	return total, nil
}

// stream gives rows as they come.
func (l *List) stream(ctx context.Context, give func(columns []*published.Column, rows int) error) (total int64, err error) {
	err = l.run.Select(ctx, l.query, func(columns []*published.Column, rows int) error {
		if l.limit > 0 {
			rows = min(rows, l.limit-int(total))
		}
		if err := give(columns[:l.columns], rows); err != nil {
			return err
		}
		if total += int64(rows); l.limit > 0 && total == int64(l.limit) {
			return errLimit
		}
		return nil
	})
	if errors.Is(err, errLimit) {
		return -1, nil
	}
	return total, readFault(err)
}

// FormatOf finds the format: the one that was asked for, else that of the file's name, else the table.
func FormatOf(format, to string) (string, error) {
	formats := append([]string{"table"}, export.Formats...)
	if format == "" {
		format = "table"
		for _, f := range export.Formats {
			if to != "" && len(to) > len(f)+1 && to[len(to)-len(f)-1:] == "."+f {
				format = f
			}
		}
		if to != "" && format == "table" {
			return "", usagef("give --format, or end the name in .csv, .tsv, .xlsx, .jsonl or .parquet", "the format of %s is not known", to)
		}
	}
	if !slices.Contains(formats, format) {
		fix := "the formats are " + listed(formats)
		if near, ok := diag.Nearest(format, formats); ok {
			fix = "did you mean " + near + "?"
		}
		return "", usagef(fix, "there is no format %s", fmt.Sprintf("%q", format))
	}
	return format, nil
}
