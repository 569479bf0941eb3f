package published

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/publish"
)

// Causes are the columns of score_changes that split a change by what moved the score. They add up to it.
var Causes = []string{"new_engagement", "expiry", "field_change", "list_change", "model_change", "late_data"}

// Comparison tells what became of the contacts of one run until another: what each run says of them, and by what that came about, which
// is added up from the changes of the nights between.
//
//	scores of From ─▶ what they were ─┐
//	scores of To   ─▶ what they are  ─┼─▶ who is another, by what
//	score_changes  ─▶ sums by cause  ─┘
//
// The contacts are taken by parts, as parts of the same number have the same contacts; where that is not so, in several passes by a hash
// of the id. So it does not matter how many parts a run has, and how many contacts there are.
type Comparison struct {
	From, To *Run
	Nights   []*Run // whose score_changes are added up
	Whole    bool   // the nights lead from From to To without a gap, so that nothing is unexplained

	most int64 // contacts that stand in memory at once; 0: mostCompared
}

const mostCompared = 1 << 20

// ErrNoScores says that a run has published no table that tells of all its contacts.
var ErrNoScores = errors.New("has published no scores")

// endpoint gives the table that tells what a run says of each contact: scores, or else what it left for the next run.
func endpoint(r *Run) (table string, columns []string, err error) {
	columns = []string{contactColumn, "score", "band", "is_mql"}
	switch {
	case r.Has("scores"):
		return "scores", columns, nil
	case r.Has("_state"):
		return "_state", append(columns, "present"), nil
	}
	return "", nil, fmt.Errorf("the run of %s %w", r.Manifest.Date, ErrNoScores)
}

// Columns gives the names and types of the columns that Rows gives.
func (c *Comparison) Columns(ctx context.Context) (names []string, types []arrow.DataType, err error) {
	id, err := c.idType(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, column := range newChangeRows(id).columns {
		names, types = append(names, column.Name), append(types, column.Type)
	}
	return names, types, nil
}

// idType is the type of the ids: text where the two runs have ids of different types.
func (c *Comparison) idType(ctx context.Context) (arrow.DataType, error) {
	var types [2]arrow.DataType
	for i, r := range []*Run{c.From, c.To} {
		table, _, err := endpoint(r)
		if err != nil {
			return nil, err
		}
		if types[i], err = r.typeOf(ctx, table, contactColumn); err != nil {
			return nil, err
		}
	}
	if arrow.TypeEqual(types[0], types[1]) {
		return types[1], nil
	}
	return arrow.BinaryTypes.String, nil
}

// Rows gives a row for each contact that is new or gone, or of which the score, the band or the MQL state is another than before. The sum
// of its causes and of what is unexplained is held to the change of its score, for every contact, changed or not: publish.ErrDamaged
// where the tables do not agree.
func (c *Comparison) Rows(ctx context.Context, give func(columns []*Column, rows int) error) error {
	id, err := c.idType(ctx)
	if err != nil {
		return err
	}
	most := c.most
	if most == 0 {
		most = mostCompared
	}
	groups := 1
	if c.rows(1, 0) > most {
		if groups, err = c.groups(ctx); err != nil {
			return err
		}
	}
	seed := maphash.MakeSeed()
	for group := range groups {
		passes := uint64(c.rows(groups, group)/most + 1)
		for pass := range passes {
			l := newLedger(id)
			if passes > 1 {
				l.wanted = func(id string) bool { return maphash.String(seed, id)%passes == pass }
			}
			if err := c.read(ctx, l, groups, group); err != nil {
				return err
			}
			if err := l.give(c, give); err != nil {
				return err
			}
		}
	}
	return nil
}

// read fills a ledger with the contacts of a group of parts.
func (c *Comparison) read(ctx context.Context, l *ledger, groups, group int) error {
	for _, end := range []struct {
		run *Run
		to  *[]standing
	}{{c.From, &l.before}, {c.To, &l.now}} {
		table, columns, err := endpoint(end.run)
		if err != nil {
			return err
		}
		err = end.run.scan(ctx, table, columns, end.run.inGroup(groups, group), func(columns []*Column, rows int) error {
			l.stand(end.to, columns, rows)
			return nil
		})
		if err != nil {
			return err
		}
	}
	columns := append([]string{contactColumn, "previous_score", "score"}, Causes...)
	for _, night := range c.Nights {
		err := night.scan(ctx, "score_changes", columns, night.inGroup(groups, group), func(columns []*Column, rows int) error {
			return l.add(night.Manifest.Date, columns, rows)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// all gives the runs that are read, and the table of each.
func (c *Comparison) all() (runs []*Run, tables []string) {
	for _, r := range []*Run{c.From, c.To} {
		table, _, _ := endpoint(r) // idType has seen to it that there is one
		runs, tables = append(runs, r), append(tables, table)
	}
	for _, night := range c.Nights {
		runs, tables = append(runs, night), append(tables, "score_changes")
	}
	return runs, tables
}

// rows is how many rows of contacts the larger end has in a group of parts, and half of the other's.
func (c *Comparison) rows(groups, group int) int64 {
	var rows [2]int64
	for i, r := range []*Run{c.From, c.To} {
		table, _, _ := endpoint(r)
		in := r.inGroup(groups, group)
		for _, o := range r.run.Parts(table) {
			if in(o) {
				rows[i] += o.Rows
			}
		}
	}
	return max(rows[0], rows[1]) + min(rows[0], rows[1])/2
}

// groups gives into how many groups the parts of all runs can be taken, so that a contact is in the same group everywhere: as many as the
// run with the fewest parts has. That contacts lie where the guess has them is not taken for granted: 1 where some do not.
func (c *Comparison) groups(ctx context.Context) (int, error) {
	runs, tables := c.all()
	groups, integers := 1<<30, 0
	for i, r := range runs {
		parts, err := r.partCount()
		if err != nil {
			return 0, err
		}
		typ, err := r.typeOf(ctx, tables[i], contactColumn)
		if err != nil {
			return 0, err
		}
		if groups = min(groups, parts); formOf(typ) == ints {
			integers++
		}
		if r.guess == nil {
			return 1, nil
		}
	}
	if integers > 0 && integers < len(runs) { // a number lies elsewhere than the same as text
		return 1, nil
	}
	if groups == 1 {
		return 1, nil
	}
	astray := errors.New("a contact lies elsewhere")
	for i, r := range runs {
		for group := range groups {
			err := r.scan(ctx, tables[i], []string{contactColumn}, r.inGroup(groups, group), func(columns []*Column, rows int) error {
				integer := formOf(columns[0].Type) == ints
				for row := range rows {
					if r.guess(columns[0].Text(row), integer, groups) != group {
						return astray
					}
				}
				return nil
			})
			if errors.Is(err, astray) {
				return 1, nil
			}
			if err != nil {
				return 0, err
			}
		}
	}
	return groups, nil
}

// inGroup tells which parts are in one of so many groups of neighbours; a run with fewer parts has them all in the first.
func (r *Run) inGroup(groups, group int) func(publish.Output) bool {
	parts, err := r.partCount()
	return func(o publish.Output) bool {
		number, _ := o.Part()
		return err != nil || number/max(1, parts/groups) == group // what is wrong with a name the scan will say
	}
}

// standing is what a run says of a contact.
type standing struct {
	score int64
	band  int32 // place among the ledger's bands; -1: none
	state state
}

// differs tells whether something is another: that a model has a threshold and none reaches it is nothing.
func (s standing) differs(from standing) bool {
	return s.score != from.score || s.band != from.band || (s.state^from.state)&(present|isMQL) != 0
}

type state uint8

const (
	present   state = 1 << iota
	threshold       // its model has one
	isMQL
)

// ledger holds some contacts.
type ledger struct {
	wanted func(id string) bool // nil: all

	places      map[string]int32 // of ids, below
	ids         *Column
	before, now []standing
	sums        [][]int64        // by cause; nil: no night speaks of the contact
	strays      map[string]int64 // sums of contacts that both ends do not know

	bands []string
}

func newLedger(id arrow.DataType) *ledger {
	return &ledger{places: map[string]int32{}, ids: NewColumn(contactColumn, id), strays: map[string]int64{}}
}

// band gives the place of a band.
func (l *ledger) band(c *Column, row int) int32 {
	if c.IsNull(row) {
		return -1
	}
	i := slices.Index(l.bands, c.Texts[row])
	if i < 0 {
		i = len(l.bands)
		l.bands = append(l.bands, c.Texts[row])
	}
	return int32(i)
}

// stand takes rows of an endpoint in.
func (l *ledger) stand(to *[]standing, c []*Column, rows int) {
	var added []int32
	for row := range rows {
		if len(c) > 4 && c[4].Ints[row] == 0 { // it is gone
			continue
		}
		id := c[0].Text(row)
		if l.wanted != nil && !l.wanted(id) {
			continue
		}
		place, ok := l.places[id]
		if !ok {
			place = int32(len(l.now))
			l.places[id] = place
			l.before, l.now, l.sums = append(l.before, standing{band: -1}), append(l.now, standing{band: -1}), append(l.sums, nil)
			added = append(added, int32(row))
		}
		s := standing{score: c[1].Ints[row], band: l.band(c[2], row), state: present}
		if !c[3].IsNull(row) {
			s.state |= threshold
			if c[3].Ints[row] != 0 {
				s.state |= isMQL
			}
		}
		(*to)[place] = s
	}
	if arrow.TypeEqual(l.ids.Type, c[0].Type) {
		l.ids.AppendRows(c[0], added)
		return
	}
	for _, row := range added {
		l.ids.AppendText(c[0].Text(int(row)))
	}
}

// add adds rows of score_changes up, each of which has to add up itself.
func (l *ledger) add(date string, c []*Column, rows int) error {
	for row := range rows {
		id := c[0].Text(row)
		if l.wanted != nil && !l.wanted(id) {
			continue
		}
		sum := int64(0)
		for _, part := range c[3:] {
			sum += part.Ints[row]
		}
		// A score that is missing has a zero in its place: the contact is new or gone.
		if change := c[2].Ints[row] - c[1].Ints[row]; sum != change {
			return fmt.Errorf("%w: score_changes of %s: the causes of contact %s add up to %d, and its score changed by %d", publish.ErrDamaged, date, id, sum, change)
		}
		place, ok := l.places[id]
		if !ok {
			l.strays[id] += sum
			continue
		}
		if l.sums[place] == nil {
			l.sums[place] = make([]int64, len(Causes))
		}
		for i, part := range c[3:] {
			l.sums[place][i] += part.Ints[row]
		}
	}
	return nil
}
