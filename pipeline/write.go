package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
)

const rowGroupRows = 128 << 10 // whoever looks one contact up reads the ids of a row group

// tableWriter writes the tables' parts from the results of their buckets. It belongs to one goroutine and keeps its buffers.
type tableWriter struct {
	run   *run
	total totals
	names *dictionaries

	order []member
	ids   encode.Texts // of the contacts in hand
	runs  []uint32
	i64   [16][]int64
	codes [4][]uint32
	flags []byte
}

// member is a contact of a part: its bucket and place, and the first bytes of its id to sort by.
type member struct {
	prefix uint64
	bucket uint32
	place  uint32
}

func newTableWriter(r *run) *tableWriter {
	return &tableWriter{run: r, names: newDictionaries(r.program), total: totals{bands: make([]int64, len(r.spec.Model.Score.Bands))}}
}

// part writes part number n of every table that is asked for.
func (w *tableWriter) part(ctx context.Context, n int, p *partState) error {
	w.arrange(p)
	if err := w.summarize(p); err != nil {
		return err
	}
	r := w.run
	for _, t := range []struct {
		name  string
		rows  func(*score.Results, int) int // of a contact
		write func(*partState, []member, *encode.Writer) error
	}{
		{scoresTable, nil, w.scores},
		{setScoresTable, func(*score.Results, int) int { return len(r.program.Sets) }, w.setScores},
		{breakdownTable, func(out *score.Results, c int) int { return int(out.RowStart[c+1] - out.RowStart[c]) }, w.breakdown},
		{historyTable, func(out *score.Results, c int) int { return int(out.HistoryStart[c+1] - out.HistoryStart[c]) }, w.history},
		{mqlTable, func(out *score.Results, c int) int { return int(number(w.isMQL(out.Score[c]))) }, w.mql},
	} {
		if !r.wants[t.name] {
			continue
		}
		rows := t.rows
		if rows == nil {
			rows = func(*score.Results, int) int { return 1 }
		}
		err := r.publishPart(ctx, t.name, n, func(out *encode.Writer) error {
			return w.chunks(p, rows, func(members []member) error { return t.write(p, members, out) })
		})
		if err != nil {
			return err
		}
	}
	if !r.wants[rejectsTable] {
		return nil
	}
	return r.publishPart(ctx, rejectsTable, n, func(out *encode.Writer) error { return w.rejected(n, out) })
}

// arrange orders the contacts of all buckets of a part by id.
func (w *tableWriter) arrange(p *partState) {
	w.order = w.order[:0]
	for b, people := range p.people {
		for i := range people.n {
			var prefix [8]byte
			copy(prefix[:], people.id(i))
			w.order = append(w.order, member{binary.BigEndian.Uint64(prefix[:]), uint32(b), uint32(i)})
		}
	}
	slices.SortFunc(w.order, func(a, b member) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return bytes.Compare(p.people[a.bucket].id(int(a.place)), p.people[b.bucket].id(int(b.place)))
	})
}

// chunks calls write for runs of contacts that have so many rows as a row group takes. rows tells how many a contact has.
func (w *tableWriter) chunks(p *partState, rows func(out *score.Results, contact int) int, write func(members []member) error) error {
	from, total := 0, 0
	for i, m := range w.order {
		n := rows(p.results[m.bucket], int(m.place))
		if total > 0 && total+n > rowGroupRows {
			if err := write(w.order[from:i]); err != nil {
				return err
			}
			from, total = i, 0
		}
		total += n
	}
	if total == 0 {
		return nil
	}
	return write(w.order[from:])
}

func (w *tableWriter) isMQL(total int64) bool {
	threshold := w.run.spec.Model.Score.MQL
	return threshold != nil && total >= *threshold
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// summarize counts contacts, MQLs and bands.
func (w *tableWriter) summarize(p *partState) error {
	bands := w.run.spec.Model.Score.Bands
	for _, out := range p.results {
		w.total.contacts += int64(out.Contacts)
		for _, s := range out.Score {
			w.total.mqls += number(w.isMQL(s))
			if len(bands) > 0 {
				w.total.bands[bandOf(s, bands)]++
			}
		}
	}
	return nil
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

// pick gathers one value a contact.
func (w *tableWriter) pick(slot int, p *partState, members []member, column func(*score.Results) []int64) encode.Column {
	values := grown(w.i64[slot], len(members))
	for i, m := range members {
		values[i] = column(p.results[m.bucket])[m.place]
	}
	w.i64[slot] = values
	return encode.Int64s{Values: values}
}

// lengths gathers how many rows each contact has.
func (w *tableWriter) lengths(p *partState, members []member, start func(*score.Results) []uint32) []uint32 {
	w.runs = grown(w.runs, len(members))
	for i, m := range members {
		s := start(p.results[m.bucket])
		w.runs[i] = s[m.place+1] - s[m.place]
	}
	return w.runs
}

// pickRows gathers the rows of all contacts.
func (w *tableWriter) pickRows(slot int, p *partState, members []member, start func(*score.Results) []uint32, column func(*score.Results) []int64) encode.Column {
	values := w.i64[slot][:0]
	for _, m := range members {
		out := p.results[m.bucket]
		s := start(out)
		values = append(values, column(out)[s[m.place]:s[m.place+1]]...)
	}
	w.i64[slot] = values
	return encode.Int64s{Values: values}
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
			w.flags[i] = byte(number(w.isMQL(p.results[m.bucket].Score[m.place])))
		}
		mql = encode.Flags{Values: w.flags}
	}
	return band, grade, mql
}

func (w *tableWriter) scores(p *partState, members []member, out *encode.Writer) error {
	band, grade, mql := w.perScore(p, members)
	m := w.run.spec.Model
	column := func(slot int, c func(*score.Results) []int64) encode.Column { return w.pick(slot, p, members, c) }
	return out.Write([]encode.Column{
		w.contacts(p, members, nil), w.asOf(),
		column(0, func(r *score.Results) []int64 { return r.Score }), band, grade, mql,
		column(1, func(r *score.Results) []int64 { return r.MQLSince }),
		column(2, func(r *score.Results) []int64 { return r.MQLExpires }),
		column(3, func(r *score.Results) []int64 { return r.Explicit }),
		column(4, func(r *score.Results) []int64 { return r.Implicit }),
		column(5, func(r *score.Results) []int64 { return r.In7 }),
		column(6, func(r *score.Results) []int64 { return r.In30 }),
		column(7, func(r *score.Results) []int64 { return r.In90 }),
		column(8, func(r *score.Results) []int64 { return r.NextChange }),
		column(9, func(r *score.Results) []int64 { return r.Last }),
		column(10, func(r *score.Results) []int64 { return r.Fulfilled }),
		text(m.Name), text(m.Version),
	})
}

func (w *tableWriter) setScores(p *partState, members []member, out *encode.Writer) error {
	sets := w.run.program.Sets
	n := len(members) * len(sets)
	lengths := grown(w.runs, len(members))
	for i := range lengths {
		lengths[i] = uint32(len(sets))
	}
	w.runs = lengths
	for i := range 3 {
		w.i64[i] = w.i64[i][:0]
	}
	set, band := grown(w.codes[0], n), grown(w.codes[1], n)
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
	for _, m := range members {
		r := p.results[m.bucket]
		from, to := int(m.place)*len(sets), int(m.place+1)*len(sets)
		w.i64[0] = append(w.i64[0], r.SetScore[from:to]...)
		w.i64[1] = append(w.i64[1], r.SetMQLSince[from:to]...)
		w.i64[2] = append(w.i64[2], r.SetMQLExpires[from:to]...)
		for i, s := range sets {
			points := r.SetScore[from+i]
			set[row], band[row], mql[row] = uint32(i), noCode, 2
			active[row] = byte(number(s.Active))
			if len(s.Bands) > 0 {
				band[row] = firstBand[i] + uint32(bandOf(points, s.Bands))
			}
			if s.MQL != nil {
				mql[row] = byte(number(points >= *s.MQL))
			}
			row++
		}
	}
	w.codes[0], w.codes[1] = set, band
	return out.Write([]encode.Column{
		w.contacts(p, members, lengths), w.asOf(),
		encode.Codes[uint32]{Codes: set, Dictionary: w.names.sets}, encode.Flags{Values: active},
		encode.Int64s{Values: w.i64[0]}, encode.Codes[uint32]{Codes: band, Dictionary: bandNames}, encode.Flags{Values: mql},
		encode.Int64s{Values: w.i64[1]}, encode.Int64s{Values: w.i64[2]},
	})
}

const noCode = ^uint32(0)

var ledgerKinds = []string{"rule", "set_limit", "score_limit"}

func (w *tableWriter) breakdown(p *partState, members []member, out *encode.Writer) error {
	start := func(r *score.Results) []uint32 { return r.RowStart }
	lengths := w.lengths(p, members, start)
	rules := w.run.program.Rules
	kind, set, rule := w.codes[0][:0], w.codes[1][:0], w.codes[2][:0]
	for _, m := range members {
		r := p.results[m.bucket]
		for _, code := range r.Code[r.RowStart[m.place]:r.RowStart[m.place+1]] {
			switch limit := int(code) - len(rules); {
			case limit < 0:
				kind, set, rule = append(kind, 0), append(set, uint32(rules[code].Set)), append(rule, w.names.ruleName[code])
			case limit < len(w.names.sets):
				kind, set, rule = append(kind, 1), append(set, uint32(limit)), append(rule, noCode)
			default:
				kind, set, rule = append(kind, 2), append(set, noCode), append(rule, noCode)
			}
		}
	}
	w.codes[0], w.codes[1], w.codes[2] = kind, set, rule
	column := func(slot int, c func(*score.Results) []int64) encode.Column {
		return w.pickRows(slot, p, members, start, c)
	}
	return out.Write([]encode.Column{
		w.contacts(p, members, lengths), w.asOf(),
		encode.Codes[uint32]{Codes: kind, Dictionary: ledgerKinds},
		encode.Codes[uint32]{Codes: set, Dictionary: w.names.sets}, encode.Codes[uint32]{Codes: rule, Dictionary: w.names.rules},
		column(0, func(r *score.Results) []int64 { return r.Points }),
		column(1, func(r *score.Results) []int64 { return r.Since }),
		column(2, func(r *score.Results) []int64 { return r.Expires }),
		column(3, func(r *score.Results) []int64 { return r.After }),
		column(4, func(r *score.Results) []int64 { return r.Occurrences }),
		column(5, func(r *score.Results) []int64 { return r.First }),
		column(6, func(r *score.Results) []int64 { return r.LastBehind }),
	})
}

func (w *tableWriter) history(p *partState, members []member, out *encode.Writer) error {
	start := func(r *score.Results) []uint32 { return r.HistoryStart }
	lengths := w.lengths(p, members, start)
	column := func(slot int, c func(*score.Results) []int64) encode.Column {
		return w.pickRows(slot, p, members, start, c)
	}
	columns := []encode.Column{
		w.contacts(p, members, lengths),
		column(0, func(r *score.Results) []int64 { return r.ChangedAt }),
		column(1, func(r *score.Results) []int64 { return r.ChangedTo }),
		column(2, func(r *score.Results) []int64 { return r.ChangedFrom }),
		encode.Constant{},
	}
	if w.run.spec.Model.Score.MQL != nil {
		w.flags = grown(w.flags, len(w.i64[1]))
		for i, s := range w.i64[1] {
			w.flags[i] = byte(number(w.isMQL(s)))
		}
		columns[4] = encode.Flags{Values: w.flags}
	}
	return out.Write(columns)
}
