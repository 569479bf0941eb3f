package pipeline

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/publish"
	"leadscore/transforms/score"
)

var mqlStatus = []string{"new", "retained"}

// mqlRows is a row for each MQL.
func (w *tableWriter) mqlRows(out *score.Results, contact uint32) (from, to uint32) {
	return contact, contact + uint32(number(w.isMQL(out.Score[contact])))
}

// mql writes the MQLs among the members.
func (w *tableWriter) mql(p *partState, all []member, out *encode.Writer) error {
	members := make([]member, 0, len(all))
	for _, m := range all {
		if w.isMQL(p.results[m.bucket].Score[m.place]) {
			members = append(members, m)
		}
	}
	if len(members) == 0 {
		return nil
	}
	band, grade, _ := w.perScore(p, members)
	w.piecesOf(p, members, oneRow)
	column := func(of func(*score.Results) []int64) encode.Column { return w.column(p, of) }
	status := make([]uint32, len(members))
	reasons := encode.TextLists{Offsets: []uint32{0}, Dictionary: w.names.rules}
	builders := w.payloadBuilders()
	for i, m := range members {
		r, people := p.results[m.bucket], p.people[m.bucket]
		if people.before[string(people.id(int(m.place)))] {
			status[i] = 1
		} else {
			w.total.newMQLs++
		}
		for _, rule := range r.Reason[r.ReasonStart[m.place]:r.ReasonStart[m.place+1]] {
			reasons.Codes = append(reasons.Codes, w.names.ruleName[rule])
		}
		reasons.Offsets = append(reasons.Offsets, uint32(len(reasons.Codes)))
		payload := people.payloadOf(int(m.place))
		for b := range builders {
			payload = builders[b].take(payload)
		}
	}
	columns := []encode.Column{
		w.contacts(p, members, nil), w.asOf(), column(func(r *score.Results) []int64 { return r.Score }), band, grade,
		column(func(r *score.Results) []int64 { return r.MQLSince }),
		column(func(r *score.Results) []int64 { return r.MQLExpires }),
		encode.Codes[uint32]{Codes: status, Dictionary: mqlStatus}, reasons,
	}
	return out.Write(w.carried(columns, mqlTable, builders))
}

// readPrevious brings the MQLs of the newest run of an earlier date into their buckets, for the status of this run's.
func (r *run) readPrevious(ctx context.Context) error {
	published := r.earlier
	if published == nil {
		return nil
	}
	out := r.previous.appender()
	table := mqlTable
	if len(published.Parts(table)) == 0 {
		table = scoresTable
	}
	if len(published.Parts(table)) == 0 {
		r.watch.Warn(fmt.Sprintf("the run published for %s has neither mql nor scores, so every MQL counts as new", published.Manifest.Date))
	}
	for _, part := range published.Parts(table) {
		err := r.readPreviousPart(ctx, published, part, table == scoresTable, out)
		if errors.Is(err, publish.ErrDamaged) {
			return failed(exitFailed, "the run published for %s tells which MQLs are new, but %w; publish that date again, or remove it from %s with all that is published before it",
				published.Manifest.Date, err, r.address())
		}
		if err != nil {
			return fmt.Errorf("the run published for %s: %w", published.Manifest.Date, err)
		}
	}
	return out.flush()
}

// readPreviousPart reads a part of at most some 65,000 contacts whole: a wrong byte that decodes would change who is new.
func (r *run) readPreviousPart(ctx context.Context, published *publish.Published, part publish.Output, flagged bool, out *appender) error {
	data, err := published.ReadPart(ctx, part)
	if err != nil {
		return err
	}
	src := bytes.NewReader(data)
	file, err := parquetio.Open(part.Path, src, src.Size(), r.limits)
	if err != nil {
		return err
	}
	f := &sourceFile{file: file, columns: (&Input{}).columnsOf(file)}
	need := map[int]bool{f.columns["contact_id"]: true}
	if flagged {
		need[f.columns["is_mql"]] = true
	}
	columns, places := ascending(need, f)
	var key, record []byte
	for g := range file.RowGroups() {
		err := file.Records(ctx, src, columns, g, batchRows, func(batch arrow.RecordBatch) error {
			values := batch.Column(places["contact_id"])
			ids, err := keysOf(values)
			if err != nil {
				return err
			}
			isMQL := func(int) bool { return true }
			if flags, ok := batch.Column(places["is_mql"]).(*array.Boolean); ok && flagged {
				isMQL = func(i int) bool { return flags.IsValid(i) && flags.Value(i) }
			}
			for i := range int(batch.NumRows()) {
				var ok bool
				if key, ok = ids.of(key[:0], i); !ok || !isMQL(i) {
					continue
				}
				record = appendWide(record[:0], key)
				if err := out.append(r.layout.bucket(hashID(key)), record); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recall gives a bucket's people the MQLs of the previous run.
func (r *run) recall(bucket int, p *people) error {
	if r.previous == nil {
		return nil
	}
	p.before = map[string]bool{}
	return r.previous.take(bucket, nil, func(block []byte) error {
		for len(block) > 0 {
			n := 4 + binary.LittleEndian.Uint32(block)
			p.before[string(block[4:n])] = true
			block = block[n:]
		}
		return nil
	})
}
