package jobs

import (
	"cmp"
	"slices"
	"time"

	"leadscore/pipeline/published"
	"leadscore/transforms/model"
	"leadscore/transforms/reach"
)

// cardBuilder puts a card together from the rows of one contact.
type cardBuilder struct {
	run   *published.Run
	rows  map[string]*published.Rows
	model *model.Model // nil: its text cannot be read any more
	card  *Card
}

func (b *cardBuilder) build() {
	b.identify()
	b.who()
	b.scores()
	b.lead()
	b.life()
	b.sets()
	b.breakdown()
	b.history()
	b.missing()
	b.notes()
}

// identify gives the id as the tables have it.
func (b *cardBuilder) identify() {
	for _, table := range []string{"scores", "set_scores", "breakdown", "mql", "score_history", "contacts", "score_changes", "_state"} {
		if c := b.rows[table].Column("contact_id"); c != nil && c.Len() > 0 {
			b.card.ContactID = c.Cell(0)
			return
		}
	}
}

// reader reads the columns of a table, row by row.
type reader struct {
	rows *published.Rows
	row  int
}

// value gives a cell of a type, nil where there is none.
func value[T any](r reader, column string) *T {
	c := r.rows.Column(column)
	if c == nil || r.row >= c.Len() {
		return nil
	}
	if v, ok := c.Cell(r.row).(T); ok {
		return &v
	}
	return nil
}

// given is value with the zero value for none.
func given[T any](r reader, column string) T {
	if v := value[T](r, column); v != nil {
		return *v
	}
	var zero T
	return zero
}

// each calls read for every row of a table.
func (b *cardBuilder) each(table string, read func(r reader)) {
	if rows := b.rows[table]; rows != nil {
		for i := range rows.N {
			read(reader{rows, i})
		}
	}
}

func (b *cardBuilder) scores() {
	c := b.card
	b.each("scores", func(r reader) {
		c.Score, c.Band, c.Grade, c.IsMQL = value[int64](r, "score"), given[string](r, "band"), given[string](r, "grade"), value[bool](r, "is_mql")
		c.MQLSince, c.MQLExpires = value[time.Time](r, "mql_since"), value[time.Time](r, "mql_expires_at")
		c.Explicit, c.Implicit = value[int64](r, "explicit_points"), value[int64](r, "implicit_points")
		c.ScoreIn7d, c.ScoreIn30d, c.ScoreIn90d = value[int64](r, "score_in_7d"), value[int64](r, "score_in_30d"), value[int64](r, "score_in_90d")
		c.Suppressed = given[string](r, "suppressed")
		c.NextChange, c.LastEngagement = value[time.Time](r, "next_change_at"), value[time.Time](r, "last_engagement_at")
	})
	if b.model != nil {
		c.Threshold = thresholdOf(b.model)
		if t := b.model.Score.MQL; t != nil && !t.Plain() {
			if c.AgainAfter = t.AgainAfter; t.UntilBelow < t.At {
				c.UntilBelow = &t.UntilBelow
			}
		}
	}
}

// lead reads what the mql table adds, or stands in for scores.
func (b *cardBuilder) lead() {
	c := b.card
	b.each("mql", func(r reader) {
		c.Status = given[string](r, "status")
		c.FirstMQL, c.TimesMQL = value[time.Time](r, "first_mql_at"), value[int64](r, "times_mql")
		if !b.run.Has("scores") {
			yes := true
			c.Score, c.Band, c.Grade, c.IsMQL = value[int64](r, "score"), given[string](r, "band"), given[string](r, "grade"), &yes
			c.MQLSince, c.MQLExpires = value[time.Time](r, "mql_since"), value[time.Time](r, "mql_expires_at")
		}
	})
}

// who reads who the contact is: the columns of the contacts that tables carry.
func (b *cardBuilder) who() {
	for _, table := range []string{"contacts", "mql"} {
		own := ownColumns(table)
		b.each(table, func(r reader) {
			for _, column := range r.rows.Columns {
				known := slices.ContainsFunc(b.card.Fields, func(f NamedValue) bool { return f.Name == column.Name })
				if !known && !slices.Contains(own, column.Name) {
					b.card.Fields = append(b.card.Fields, NamedValue{column.Name, column.Text(r.row)})
				}
			}
		})
	}
}

func (b *cardBuilder) sets() {
	b.each("set_scores", func(r reader) {
		b.card.Sets = append(b.card.Sets, SetCard{
			Set: given[string](r, "set"), Active: given[bool](r, "active"), Score: given[int64](r, "score"), Band: given[string](r, "band"),
			IsMQL: value[bool](r, "is_mql"), MQLSince: value[time.Time](r, "mql_since"), MQLExpires: value[time.Time](r, "mql_expires_at"),
		})
	})
}

func (b *cardBuilder) breakdown() {
	sum := int64(0)
	b.each("breakdown", func(r reader) {
		line := LedgerLine{
			Kind: given[string](r, "kind"), Set: given[string](r, "set"), Rule: given[string](r, "rule"), Points: given[int64](r, "points"),
			Since: value[time.Time](r, "since"), Expires: value[time.Time](r, "expires_at"), After: value[int64](r, "points_after"),
			Occurrences:     value[int64](r, "occurrences"),
			FirstEngagement: value[time.Time](r, "first_engagement_at"), LastEngagement: value[time.Time](r, "last_engagement_at"),
		}
		sum += line.Points
		b.card.Breakdown = append(b.card.Breakdown, line)
	})
	if b.card.Score == nil && b.run.Has("breakdown") { // the ledger balances
		b.card.Score = &sum
	}
	// Rules before limits, most points first, and else in the order of the model.
	slices.SortStableFunc(b.card.Breakdown, func(x, y LedgerLine) int {
		return cmp.Or(cmp.Compare(x.order(), y.order()), cmp.Compare(y.Points, x.Points))
	})
}

// order puts rules before the limits of sets, and those before that of the total.
func (l *LedgerLine) order() int {
	return slices.Index([]string{"rule", "set_limit", "score_limit"}, l.Kind)
}

func (b *cardBuilder) history() {
	b.each("score_history", func(r reader) {
		b.card.History = append(b.card.History, Turn{
			At: given[time.Time](r, "changed_at"), Score: given[int64](r, "score"), Previous: given[int64](r, "previous_score"), IsMQL: value[bool](r, "is_mql"),
		})
	})
	slices.SortStableFunc(b.card.History, func(x, y Turn) int { return x.At.Compare(y.At) })
}

// missing finds how many points lack for the threshold, and what would bring them.
func (b *cardBuilder) missing() {
	c := b.card
	if c.Threshold == nil || c.Score == nil {
		return
	}
	missing := max(0, *c.Threshold-*c.Score)
	if c.IsMQL != nil && *c.IsMQL {
		missing = 0 // it stays one though its score is below
	}
	c.Missing = &missing
	if missing == 0 || !b.run.Has("breakdown") {
		return
	}
	points := map[reach.Name]int64{}
	for _, line := range c.Breakdown {
		if line.Kind == "rule" {
			points[reach.Name{Set: line.Set, Rule: line.Rule}] = line.Points
		}
	}
	if ways := reach.Ways(b.model, points); ways != nil {
		c.Ways = ways
	} else {
		c.Unreachable = true
	}
}

// notes says which figures lack for want of which table.
func (b *cardBuilder) notes() {
	for _, table := range outputTables {
		if b.run.Has(table) {
			b.card.Tables = append(b.card.Tables, table)
		}
	}
	note := func(text string) { b.card.Notes = append(b.card.Notes, text) }
	ofScores := "band, grade, dates of the MQL, points by kind and forecast"
	if b.card.Score == nil {
		ofScores = "score, " + ofScores
	} else if rows := b.rows["mql"]; rows != nil && rows.N > 0 {
		ofScores = "points by kind and forecast"
	}
	ofMQL := "whether an MQL is new"
	if !b.run.Has("contacts") {
		ofMQL = "who the contact is, and " + ofMQL
	}
	for _, t := range []struct{ table, figures string }{
		{"scores", ofScores},
		{"set_scores", "the scores of the sets"},
		{"breakdown", "the breakdown, and what would bring the missing points"},
		{"mql", ofMQL},
		{"score_history", "the graph of the score"},
		{"score_changes", "what moved the score since the run before"},
		{"mql_events", "when it became an MQL and lapsed"},
	} {
		if !b.run.Has(t.table) {
			note(t.figures + ": the run has not published the table " + t.table)
		}
	}
	if b.model == nil {
		note("the threshold, and what would bring the missing points: the model of the run is not in a language that this version reads")
	}
	if rows := b.rows["mql"]; !b.run.Has("contacts") && rows != nil && rows.N == 0 && len(rows.Columns) > len(ownColumns("mql")) {
		note("who the contact is: columns of the contacts are published of MQLs only; output.contact_columns publishes them of all")
	}
}
