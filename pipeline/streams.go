package pipeline

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/publish"
	"leadscore/transforms/handoff"
)

// The states of streams pass from run to run in an internal table, _streams: a row for each contact that matches a stream or was ever
// delivered by it. They are looked up part by part, as the contacts that match come part by part:
//
//	_streams of the base ─▶ states ──┬─ lookup ─▶ admit, who newly matches ─▶ file of the stream (stream.go)
//	                      by part    │                 └─▶ matches, by part ─┐
//	                                 └───────────────────────────────────────┴─▶ next states ─▶ _streams
//
// Ids are kept as text, so that a column of ids may become wider, or text become numbers, without any contact being a new one.
type streams struct {
	run     *run
	names   []string // folders of the extracts: of the job, and of the base
	since   []string // first date; empty: the stream has not begun
	nights  []handoff.Night
	states  *spool
	matches *spool
	seen    *appender // to matches
}

// openStreams reads the states that the run goes on from.
func (r *run) openStreams(ctx context.Context) error {
	l := r.lineage
	if !l.streams {
		return nil
	}
	s := &streams{run: r, states: r.spool("states", r.layout.parts()), matches: r.spool("matches", r.layout.parts())}
	r.streams, s.seen = s, s.matches.appender()
	since := map[string]string{}
	if l.base != nil {
		for _, of := range l.base.Manifest.Deliveries.Streams {
			since[of.Stream] = of.Since
		}
	}
	asked := map[string]*Stream{}
	for _, x := range r.spec.Extracts {
		if x.Stream != nil {
			asked[x.Slug] = x.Stream
		} else if l.again && since[x.Slug] != "" {
			return failed(exitUsage, "extract %q was a stream on %s, whose deliveries stay; give the extract another name", x.Name, r.date())
		}
		if x.Stream != nil && since[x.Slug] == "" && l.newest {
			since[x.Slug] = r.date()
		}
	}
	names := slices.Collect(maps.Keys(since))
	for name := range asked {
		names = append(names, name)
	}
	slices.Sort(names)
	s.names = slices.Compact(names)
	for _, name := range s.names {
		s.since = append(s.since, since[name])
		night := handoff.Night{Again: l.again, Newest: l.newest && asked[name] != nil, First: since[name] == r.date()}
		night.History = asked[name] != nil && asked[name].FetchHistory
		s.nights = append(s.nights, night)
	}
	if l.base == nil {
		return nil
	}
	if err := s.load(ctx, l.base); err != nil {
		return r.damagedBase("what streams have delivered", l.base, err)
	}
	return nil
}

// all are the streams whose state the run has.
func (s *streams) all() []publish.Stream {
	all := []publish.Stream{}
	if s == nil {
		return all
	}
	for i, name := range s.names {
		if s.since[i] != "" {
			all = append(all, publish.Stream{Stream: name, Since: s.since[i]})
		}
	}
	return all
}

// The columns of _streams.
var streamFields = []encode.Field{
	required("contact_id", encode.Text), required("stream", encode.Text), required("matching", encode.Boolean),
	required("matching_before", encode.Boolean), required("delivered", encode.Boolean), required("times", encode.Int64),
}

func (s *streams) load(ctx context.Context, base *publish.Published) error {
	out := s.states.appender()
	var record []byte
	for _, output := range base.Parts(streamsTable) {
		f, src, err := s.run.reread(ctx, base, output)
		if err != nil {
			return err
		}
		err = f.batches(ctx, src, []string{"contact_id", "stream", "matching", "matching_before", "delivered", "times"}, func(column func(name string) arrow.Array, rows int) error {
			ids, of := column("contact_id"), column("stream")
			var flags [3]*array.Boolean
			var err error
			for i, name := range []string{"matching", "matching_before", "delivered"} {
				if flags[i], err = typed[*array.Boolean](column(name), name); err != nil {
					return err
				}
			}
			times, err := typed[*array.Int64](column("times"), "times")
			if err != nil {
				return err
			}
			for row := range rows {
				stream := slices.Index(s.names, of.ValueStr(row))
				if stream < 0 {
					continue
				}
				id := ids.ValueStr(row)
				record = appendState(record[:0], stream, id, handoff.State{
					Matching: flags[0].Value(row), Before: flags[1].Value(row), Delivered: flags[2].Value(row), Times: times.Value(row)})
				if err := out.append(s.run.partOfID(id), record); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return out.flush()
}

// A state as it lies in a spool: stream, flags, times, id.
func appendState(b []byte, stream int, id string, s handoff.State) []byte {
	flags := byte(number(s.Matching) | number(s.Before)<<1 | number(s.Delivered)<<2)
	b = append(binary.AppendUvarint(b, uint64(stream)), flags)
	return appendText(binary.AppendUvarint(b, uint64(s.Times)), id)
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func takeState(b []byte) (stream int, id string, s handoff.State, rest []byte) {
	number, n := binary.Uvarint(b)
	flags := b[n]
	b = b[n+1:]
	times, n := binary.Uvarint(b)
	id, rest = takeText(b[n:])
	return int(number), id, handoff.State{Matching: flags&1 != 0, Before: flags&2 != 0, Delivered: flags&4 != 0, Times: int64(times)}, rest
}

func takeText(b []byte) (text string, rest []byte) {
	length, n := binary.Uvarint(b)
	b = b[n:]
	return string(b[:length]), b[length:]
}

// part gives the states of a stream's contacts in a part, as they enter the night.
func (s *streams) part(stream, part int) (map[string]handoff.State, error) {
	states := map[string]handoff.State{}
	err := s.states.visit(part, nil, func(block []byte) error {
		for len(block) > 0 {
			var of int
			var id string
			var state handoff.State
			if of, id, state, block = takeState(block); of == stream {
				states[id] = s.nights[stream].Enter(state)
			}
		}
		return nil
	})
	return states, err
}

// match notes that a contact matches a stream and, if so, that it is delivered now.
func (s *streams) match(stream int, id string, delivered bool) error {
	return s.seen.append(s.run.partOfID(id), appendState(nil, stream, id, handoff.State{Delivered: delivered}))
}

// write writes the states after the night. What a date behind the newest knows of earlier ones, it does not hand on.
func (s *streams) write(ctx context.Context) error {
	if err := s.seen.flush(); err != nil {
		return err
	}
	if !s.run.lineage.newest && !s.run.lineage.again {
		return nil
	}
	parts := s.run.layout.parts()
	return crew(ctx, s.run.threads, parts, func() (struct{}, error) { return struct{}{}, nil },
		func(ctx context.Context, _ struct{}, part int) error {
			rows, err := s.next(part)
			if err != nil || len(rows) == 0 {
				return err
			}
			return s.run.publishPart(ctx, streamsTable, part, func(out *encode.Writer) error { return out.Write(s.columns(rows)) })
		}, nil)
}

// streamRow is a row of _streams.
type streamRow struct {
	id     string
	stream int
	state  handoff.State
}

// next gives the rows of a part, in their order.
func (s *streams) next(part int) ([]streamRow, error) {
	type key struct {
		stream int
		id     string
	}
	type contact struct {
		entered            handoff.State
		matches, delivered bool
	}
	contacts := map[key]contact{}
	visit := func(from *spool, note func(*contact, int, handoff.State)) error {
		return from.take(part, nil, func(block []byte) error {
			for len(block) > 0 {
				var k key
				var state handoff.State
				k.stream, k.id, state, block = takeState(block)
				c := contacts[k]
				note(&c, k.stream, state)
				contacts[k] = c
			}
			return nil
		})
	}
	err := visit(s.states, func(c *contact, stream int, state handoff.State) { c.entered = s.nights[stream].Enter(state) })
	if err == nil {
		err = visit(s.matches, func(c *contact, _ int, state handoff.State) { c.matches, c.delivered = true, state.Delivered })
	}
	var rows []streamRow
	for k, c := range contacts {
		if next := s.nights[k.stream].Next(c.entered, c.matches, c.delivered); next != (handoff.State{}) {
			rows = append(rows, streamRow{k.id, k.stream, next})
		}
	}
	slices.SortFunc(rows, func(a, b streamRow) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.stream, b.stream)) })
	return rows, err
}

func (s *streams) columns(rows []streamRow) []encode.Column {
	ids, times := encode.Texts{Offsets: []uint32{0}}, encode.Int64s{}
	of := encode.Codes[uint32]{Dictionary: s.names}
	var flags [3]encode.Bools
	for _, row := range rows {
		ids.Bytes = append(ids.Bytes, row.id...)
		ids.Offsets = append(ids.Offsets, uint32(len(ids.Bytes)))
		of.Codes = append(of.Codes, uint32(row.stream))
		for i, flag := range []bool{row.state.Matching, row.state.Before, row.state.Delivered} {
			flags[i].Values = append(flags[i].Values, flag)
		}
		times.Values = append(times.Values, row.state.Times)
	}
	return []encode.Column{ids, of, flags[0], flags[1], flags[2], times}
}

// closeStreams writes what the next run's streams go on from, and keeps what streams that the job has no more delivered on the date.
func (r *run) closeStreams(ctx context.Context) error {
	if r.streams == nil {
		return nil
	}
	for _, name := range r.streams.names {
		asked := slices.ContainsFunc(r.spec.Extracts, func(x Extract) bool { return x.Slug == name })
		if asked || !r.lineage.again {
			continue
		}
		if _, err := r.keepParts(ctx, Extract{Slug: name}.table(), true); err != nil {
			return err
		}
	}
	return r.streams.write(ctx)
}

// close gives back the files that the states are in.
func (s *streams) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.states.close(), s.matches.close())
}

// partOfID gives the part in which the rows of a contact stand.
func (r *run) partOfID(id string) int { return PartOf(id, r.ids != textID, r.layout.parts()) }
