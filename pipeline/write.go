package pipeline

import (
	"bytes"
	"context"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
)

const rowGroupRows = 128 << 10 // whoever looks one contact up reads the ids of a row group

// tableWriter writes the tables' parts from the results of their buckets. It belongs to one goroutine and keeps its buffers.
type tableWriter struct {
	run   *run
	total totals
	names *dictionaries

	order  []member // the contacts of the part in hand
	gone   []member // and those that are gone from it
	merged []member
	pieces []encode.Piece
	ids    encode.Texts // of the contacts in hand
	runs   []uint32
	codes  [2][]uint32
	flags  []byte

	eventRows eventRows
	changed   []member
}

// member is a contact of a part: its bucket and place, and the first bytes of its id to sort by.
type member struct {
	prefix uint64
	bucket uint32
	place  uint32
}

func newTableWriter(r *run) *tableWriter {
	return &tableWriter{run: r, names: newDictionaries(r.program), total: newTotals(r.spec.Model)}
}

// tableOfResults is a table that comes from results, contact by contact. One without rows finds out itself which contacts it has, also
// among those that are gone.
type tableOfResults struct {
	name  string
	rows  func(out *score.Results, contact uint32) (from, to uint32)
	write func(*partState, []member, *encode.Writer) error
}

func (w *tableWriter) tables() []tableOfResults {
	return []tableOfResults{
		{scoresTable, oneRow, w.scores},
		{setScoresTable, w.setRows, w.setScores},
		{breakdownTable, ledgerRows, w.breakdown},
		{historyTable, historyRows, w.history},
		{mqlTable, mqlRows, w.mql},
		{whoTable, oneRow, w.who},
		{eventsTable, nil, w.events},
		{changesTable, nil, w.changes},
		{stateTable, nil, w.state},
	}
}

// part writes part number n of every table that is asked for.
func (w *tableWriter) part(ctx context.Context, n int, p *partState) error {
	w.order = w.arrange(p, w.order, func(bucket int) (from, to int) { return 0, p.people[bucket].n })
	w.summarize(p)
	r := w.run
	var everyone []member
	if r.remembers() {
		everyone = w.everyone(p)
	}
	for _, t := range w.tables() {
		if !r.publishes(t.name) {
			continue
		}
		if err := r.publishPart(ctx, t.name, n, func(out *encode.Writer) error { return w.write(p, t, everyone, out) }); err != nil {
			return err
		}
	}
	if !r.wants[rejectsTable] {
		return nil
	}
	return r.publishPart(ctx, rejectsTable, n, func(out *encode.Writer) error { return w.rejected(n, out) })
}

// write writes a table; everyone is also those who are gone from the part.
func (w *tableWriter) write(p *partState, t tableOfResults, everyone []member, out *encode.Writer) error {
	if t.rows == nil {
		return t.write(p, everyone, out)
	}
	return w.chunks(p, t, out)
}

// before tells whether the id of a member comes before that of another.
func (p *partState) before(a, b member) bool {
	if a.prefix != b.prefix {
		return a.prefix < b.prefix
	}
	return bytes.Compare(p.people[a.bucket].id(int(a.place)), p.people[b.bucket].id(int(b.place))) < 0
}

// arrange orders contacts of all buckets of a part by id; places says which of a bucket, which are in order, so pairs of buckets are
// merged, and pairs of what that gives: half the time of sorting.
func (w *tableWriter) arrange(p *partState, order []member, places func(bucket int) (from, to int)) []member {
	order = order[:0]
	ends := []int{0}
	for b, people := range p.people {
		from, to := places(b)
		for i := from; i < to; i++ {
			order = append(order, member{prefixOf(people.id(i)), uint32(b), uint32(i)})
		}
		ends = append(ends, len(order))
	}
	for len(ends) > 2 {
		w.merged = w.merged[:0]
		fewer := []int{0}
		for i := 2; i <= len(ends); i += 2 {
			last := ends[min(i, len(ends)-1)]
			w.merged = merge(w.merged, order[ends[i-2]:ends[i-1]], order[ends[i-1]:last], p.before)
			fewer = append(fewer, last)
		}
		order, w.merged, ends = w.merged, order, fewer
	}
	return order
}

// merge appends what two ordered slices have, in order.
func merge[T any](dst, a, b []T, before func(a, b T) bool) []T {
	for len(a) > 0 && len(b) > 0 {
		if before(b[0], a[0]) {
			dst, b = append(dst, b[0]), b[1:]
		} else {
			dst, a = append(dst, a[0]), a[1:]
		}
	}
	return append(append(dst, a...), b...)
}

// chunks writes a table, in runs of contacts that have so many rows as a row group takes.
func (w *tableWriter) chunks(p *partState, t tableOfResults, out *encode.Writer) error {
	first, total := 0, 0
	for i, m := range w.order {
		from, to := t.rows(p.results[m.bucket], m.place)
		n := int(to - from)
		if total > 0 && total+n > rowGroupRows {
			if err := t.write(p, w.order[first:i], out); err != nil {
				return err
			}
			first, total = i, 0
		}
		total += n
	}
	if total == 0 {
		return nil
	}
	return t.write(p, w.order[first:], out)
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// summarize counts contacts, MQLs, bands, and whom the model suppresses.
func (w *tableWriter) summarize(p *partState) {
	bands := w.run.spec.Model.Score.Bands
	for _, out := range p.results {
		w.total.contacts += int64(out.Contacts)
		for i, s := range out.Score {
			w.total.mqls += int64(out.IsMQL[i])
			if len(bands) > 0 {
				w.total.bands[bandOf(s, bands)]++
			}
		}
		for i, reason := range out.Suppressed {
			if reason > 0 {
				w.total.suppressed[reason-1].Contacts++
				w.total.suppressed[reason-1].MQLs += int64(out.IsMQL[i])
			}
		}
	}
	for b, l := range p.lives {
		if l == nil {
			continue
		}
		out := p.results[b]
		for e := range out.EventAt {
			w.total.events[l.event(out, uint32(e))]++
		}
		for place := l.n; place < len(l.flags); place++ {
			w.total.events[eventLapsed] += number(l.leaves(place))
		}
	}
}

// contacts gives the id column of the members, each repeated as often as lengths says; nil: once.
func (w *tableWriter) contacts(p *partState, members []member, lengths []uint32) encode.Column {
	w.ids.Offsets, w.ids.Bytes = append(w.ids.Offsets[:0], 0), w.ids.Bytes[:0]
	for _, m := range members {
		w.ids.Bytes = append(w.ids.Bytes, p.people[m.bucket].id(int(m.place))...)
		w.ids.Offsets = append(w.ids.Offsets, uint32(len(w.ids.Bytes)))
	}
	ids := w.run.idColumn(w.ids)
	if lengths == nil {
		return ids
	}
	return encode.Runs{Lengths: lengths, IDs: ids}
}

// idColumn gives keys back in the type that the contacts have them in.
func (r *run) idColumn(keys encode.Texts) encode.Column {
	n := len(keys.Offsets) - 1
	key := func(i int) []byte { return keys.Bytes[keys.Offsets[i]:keys.Offsets[i+1]] }
	switch t := r.idType.(type) {
	case encode.IntType:
		if !t.Signed {
			values := make([]uint64, n)
			for i := range values {
				v, _ := integerOf(key(i))
				values[i] = uint64(v)
			}
			return encode.Uint64s{Values: values}
		}
	default:
		if r.ids == textID {
			return keys
		}
		values := make([]float64, n)
		for i := range values {
			v, _ := integerOf(key(i))
			values[i] = float64(v)
		}
		return encode.Doubles{Values: values}
	}
	values := make([]int64, n)
	for i := range values {
		values[i], _ = integerOf(key(i))
	}
	return encode.Int64s{Values: values}
}

// piecesOf says where in the columns of their buckets' results the members' rows are, and how many each member has.
func (w *tableWriter) piecesOf(p *partState, members []member, rows func(out *score.Results, contact uint32) (from, to uint32)) (lengths []uint32) {
	w.pieces, w.runs = grown(w.pieces, len(members)), grown(w.runs, len(members))
	for i, m := range members {
		from, to := rows(p.results[m.bucket], m.place)
		w.pieces[i] = encode.Piece{Column: m.bucket, From: from, To: to}
		w.runs[i] = to - from
	}
	return w.runs
}

func oneRow(_ *score.Results, contact uint32) (from, to uint32) { return contact, contact + 1 }

func ledgerRows(out *score.Results, contact uint32) (from, to uint32) {
	return out.RowStart[contact], out.RowStart[contact+1]
}

func historyRows(out *score.Results, contact uint32) (from, to uint32) {
	return out.HistoryStart[contact], out.HistoryStart[contact+1]
}

// column gives the rows that piecesOf has found, where they are.
func (w *tableWriter) column(p *partState, of func(*score.Results) []int64) encode.Column {
	columns := make([][]int64, len(p.results))
	for b, out := range p.results {
		columns[b] = of(out)
	}
	return encode.Pieces{Columns: columns, Pieces: w.pieces}
}

func (w *tableWriter) asOf() encode.Column { return encode.Constant{Value: w.run.asOf} }

func text(s string) encode.Column {
	if s == "" {
		return encode.Constant{}
	}
	return encode.Constant{Value: s}
}

// perScore gathers band and MQL state of one score a contact.
func (w *tableWriter) perScore(p *partState, members []member) (band, grade, mql encode.Column) {
	s := &w.run.spec.Model.Score
	band, grade, mql = encode.Constant{}, encode.Constant{}, encode.Constant{}
	if len(s.Bands) > 0 {
		w.codes[0] = grown(w.codes[0], len(members))
		for i, m := range members {
			w.codes[0][i] = uint32(bandOf(p.results[m.bucket].Score[m.place], s.Bands))
		}
		band = encode.Codes[uint32]{Codes: w.codes[0], Dictionary: w.names.bands}
	}
	if len(w.names.grades) > 0 {
		w.codes[1] = grown(w.codes[1], len(members))
		for i, m := range members {
			out := p.results[m.bucket]
			w.codes[1][i] = gradeOf(out.Explicit[m.place], out.Implicit[m.place], s)
		}
		grade = encode.Codes[uint32]{Codes: w.codes[1], Dictionary: w.names.grades}
	}
	if s.MQL != nil {
		w.flags = grown(w.flags, len(members))
		for i, m := range members {
			w.flags[i] = p.results[m.bucket].IsMQL[m.place]
		}
		mql = encode.Flags{Values: w.flags}
	}
	return band, grade, mql
}

func (w *tableWriter) scores(p *partState, members []member, out *encode.Writer) error {
	band, grade, mql := w.perScore(p, members)
	m := w.run.spec.Model
	w.piecesOf(p, members, oneRow)
	column := func(of func(*score.Results) []int64) encode.Column { return w.column(p, of) }
	return out.Write([]encode.Column{
		w.contacts(p, members, nil), w.asOf(),
		column(func(r *score.Results) []int64 { return r.Score }), band, grade, mql,
		column(func(r *score.Results) []int64 { return r.MQLSince }),
		column(func(r *score.Results) []int64 { return r.MQLExpires }),
		column(func(r *score.Results) []int64 { return r.Explicit }),
		column(func(r *score.Results) []int64 { return r.Implicit }),
		column(func(r *score.Results) []int64 { return r.In7 }),
		column(func(r *score.Results) []int64 { return r.In30 }),
		column(func(r *score.Results) []int64 { return r.In90 }),
		column(func(r *score.Results) []int64 { return r.NextChange }),
		column(func(r *score.Results) []int64 { return r.Last }),
		column(func(r *score.Results) []int64 { return r.Fulfilled }),
		text(m.Name), text(m.Version), w.suppressed(p, members),
	})
}

// who writes who the contacts are.
func (w *tableWriter) who(p *partState, members []member, out *encode.Writer) error {
	builders := w.payloadBuilders()
	for _, m := range members {
		payload := p.people[m.bucket].payloadOf(int(m.place))
		for b := range builders {
			payload = builders[b].take(payload)
		}
	}
	return out.Write(w.carried([]encode.Column{w.contacts(p, members, nil), w.asOf()}, whoTable, builders))
}

// suppressed gives what keeps members out of every hand-off.
func (w *tableWriter) suppressed(p *partState, members []member) encode.Column {
	if len(w.names.reasons) == 0 {
		return encode.Constant{}
	}
	codes := make([]uint32, len(members))
	for i, m := range members {
		codes[i] = suppressedBy(p.results[m.bucket], int(m.place))
	}
	return w.reasons(codes)
}

func (w *tableWriter) setRows(_ *score.Results, contact uint32) (from, to uint32) {
	sets := uint32(len(w.run.program.Sets))
	return contact * sets, (contact + 1) * sets
}

func (w *tableWriter) setScores(p *partState, members []member, out *encode.Writer) error {
	sets := w.run.program.Sets
	n := len(members) * len(sets)
	lengths := w.piecesOf(p, members, w.setRows)
	column := func(of func(*score.Results) []int64) encode.Column { return w.column(p, of) }
	w.codes[0], w.codes[1] = grown(w.codes[0], n), grown(w.codes[1], n)
	set, band := w.codes[0], w.codes[1]
	active, mql := make([]byte, n), make([]byte, n)
	var bandNames []string
	firstBand := make([]uint32, len(sets))
	for i, s := range sets {
		firstBand[i] = uint32(len(bandNames))
		for _, b := range s.Bands {
			bandNames = append(bandNames, b.Name)
		}
	}
	row := 0
	for _, piece := range w.pieces {
		points := p.results[piece.Column].SetScore[piece.From:piece.To]
		copy(mql[row:], p.results[piece.Column].SetIsMQL[piece.From:piece.To])
		for i, s := range sets {
			set[row], band[row] = uint32(i), noCode
			active[row] = byte(number(s.Active))
			if len(s.Bands) > 0 {
				band[row] = firstBand[i] + uint32(bandOf(points[i], s.Bands))
			}
			row++
		}
	}
	return out.Write([]encode.Column{
		w.contacts(p, members, lengths), w.asOf(),
		encode.Codes[uint32]{Codes: set, Dictionary: w.names.sets}, encode.Flags{Values: active},
		column(func(r *score.Results) []int64 { return r.SetScore }), encode.Codes[uint32]{Codes: band, Dictionary: bandNames}, encode.Flags{Values: mql},
		column(func(r *score.Results) []int64 { return r.SetMQLSince }),
		column(func(r *score.Results) []int64 { return r.SetMQLExpires }),
	})
}

func (w *tableWriter) breakdown(p *partState, members []member, out *encode.Writer) error {
	lengths := w.piecesOf(p, members, ledgerRows)
	column := func(of func(*score.Results) []int64) encode.Column { return w.column(p, of) }
	codes := w.codes[0][:0]
	for _, piece := range w.pieces {
		codes = append(codes, p.results[piece.Column].Code[piece.From:piece.To]...)
	}
	w.codes[0] = codes
	text := func(entries []uint32, dictionary []string) encode.Column {
		return encode.Codes[uint32]{Codes: codes, Entries: entries, Dictionary: dictionary}
	}
	return out.Write([]encode.Column{
		w.contacts(p, members, lengths), w.asOf(),
		text(w.names.ledgerKind, ledgerKinds), text(w.names.ledgerSet, w.names.sets), text(w.names.ledgerRule, w.names.rules),
		column(func(r *score.Results) []int64 { return r.Points }),
		column(func(r *score.Results) []int64 { return r.Since }),
		column(func(r *score.Results) []int64 { return r.Expires }),
		column(func(r *score.Results) []int64 { return r.After }),
		column(func(r *score.Results) []int64 { return r.Occurrences }),
		column(func(r *score.Results) []int64 { return r.First }),
		column(func(r *score.Results) []int64 { return r.LastBehind }),
	})
}

func (w *tableWriter) history(p *partState, members []member, out *encode.Writer) error {
	lengths := w.piecesOf(p, members, historyRows)
	column := func(of func(*score.Results) []int64) encode.Column { return w.column(p, of) }
	columns := []encode.Column{
		w.contacts(p, members, lengths),
		column(func(r *score.Results) []int64 { return r.ChangedAt }),
		column(func(r *score.Results) []int64 { return r.ChangedTo }),
		column(func(r *score.Results) []int64 { return r.ChangedFrom }),
		encode.Constant{},
	}
	if w.run.spec.Model.Score.MQL != nil {
		w.flags = w.flags[:0]
		for _, piece := range w.pieces {
			w.flags = append(w.flags, p.results[piece.Column].ChangedMQL[piece.From:piece.To]...)
		}
		columns[4] = encode.Flags{Values: w.flags}
	}
	return out.Write(columns)
}
