package published

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/publish"
)

// Unexplained is the column of what a change has beside its causes.
const Unexplained = "unexplained"

// changeRows are rows of a Comparison.
type changeRows struct {
	columns []*Column
	byName  map[string]*Column
}

func newChangeRows(id arrow.DataType) *changeRows {
	r := &changeRows{byName: map[string]*Column{}}
	add := func(typ arrow.DataType, names ...string) {
		for _, name := range names {
			r.byName[name] = NewColumn(name, typ)
			r.columns = append(r.columns, r.byName[name])
		}
	}
	add(id, contactColumn)
	add(&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, "as_of", "previous_as_of")
	add(arrow.PrimitiveTypes.Int64, "previous_score", "score", "change")
	add(arrow.BinaryTypes.String, "previous_band", "band")
	add(arrow.FixedWidthTypes.Boolean, "was_mql", "is_mql")
	add(arrow.PrimitiveTypes.Int64, append(append([]string{}, Causes...), Unexplained)...)
	return r
}

// give gives the rows of those who changed, and holds every contact's causes to its change.
func (l *ledger) give(c *Comparison, give func(columns []*Column, rows int) error) error {
	for id, sum := range l.strays {
		if sum != 0 && c.Whole {
			return c.disagree(id, sum, 0)
		}
	}
	rows := newChangeRows(l.ids.Type)
	var changed []int32
	for place := range l.now {
		before, now := l.before[place], l.now[place]
		sum := int64(0)
		for _, part := range l.sums[place] {
			sum += part
		}
		if change := now.score - before.score; sum != change && c.Whole {
			return c.disagree(l.ids.Text(place), sum, change)
		}
		if now.differs(before) {
			changed = append(changed, int32(place))
			l.row(rows, place, now.score-before.score-sum)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	rows.columns[0].AppendRows(l.ids, changed)
	for range changed {
		rows.byName["as_of"].AppendInt(c.To.Manifest.AsOf.UnixMicro())
		rows.byName["previous_as_of"].AppendInt(c.From.Manifest.AsOf.UnixMicro())
	}
	return give(rows.columns, len(changed))
}

// disagree says that the nights' changes of a contact do not lead from one score to the other.
func (c *Comparison) disagree(id string, sum, change int64) error {
	return fmt.Errorf("%w: the changes of contact %s from %s to %s add up to %d, and its score changed by %d", publish.ErrDamaged, id,
		c.From.Manifest.Date, c.To.Manifest.Date, sum, change)
}

// row appends all columns of a contact but the id and the instants.
func (l *ledger) row(rows *changeRows, place int, unexplained int64) {
	l.standingTo(rows, l.before[place], "previous_score", "previous_band", "was_mql")
	l.standingTo(rows, l.now[place], "score", "band", "is_mql")
	rows.byName["change"].AppendInt(l.now[place].score - l.before[place].score)
	for i, cause := range Causes {
		part := int64(0)
		if l.sums[place] != nil {
			part = l.sums[place][i]
		}
		rows.byName[cause].AppendInt(part)
	}
	rows.byName[Unexplained].AppendInt(unexplained)
}

func (l *ledger) standingTo(rows *changeRows, s standing, score, band, mql string) {
	if s.state&present != 0 {
		rows.byName[score].AppendInt(s.score)
	} else {
		rows.byName[score].AppendNull(1)
	}
	if s.band >= 0 {
		rows.byName[band].AppendText(l.bands[s.band])
	} else {
		rows.byName[band].AppendNull(1)
	}
	switch {
	case s.state&threshold == 0:
		rows.byName[mql].AppendNull(1)
	case s.state&isMQL != 0:
		rows.byName[mql].AppendInt(1)
	default:
		rows.byName[mql].AppendInt(0)
	}
}
