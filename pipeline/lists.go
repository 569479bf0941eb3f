package pipeline

import (
	"context"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
	"leadscore/transforms/timeline"
)

// readLists reads the list memberships: into the people where they are in memory for good, else into run.members.
func (r *run) readLists(ctx context.Context) error {
	s := r.sources[listsTable]
	statics := map[string]int{}
	for i, static := range r.program.Statics {
		if static.List != "" {
			statics[static.List] = i
		}
	}
	tasks := s.tasks()
	r.watch.Stage("lists", s.rows, "rows")
	defer r.watch.Done("lists")
	r.counts.rows[listsTable] = s.rows
	defer s.want(r.room(), "contact_id", "list", "added_at")()
	err := crew(ctx, r.threads, len(tasks),
		func() (*listWorker, error) {
			return &listWorker{
				run: r, source: s, statics: statics, seen: make([]bool, len(r.program.Statics)),
				joiner: r.joiner(), out: r.members.appender(), reader: parquetio.NewReader(),
			}, nil
		},
		func(ctx context.Context, w *listWorker, i int) error { return s.reading(ctx, tasks[i], w.read) },
		func(w *listWorker) error {
			w.joiner.finish(&w.tally)
			r.counts.add(&w.tally)
			r.sawLists(w.seen)
			return w.out.flush()
		})
	if err != nil || !r.joinsEarly() {
		return err
	}
	return r.joinAll(ctx)
}

// sawLists takes note of the lists that the data has.
func (r *run) sawLists(statics []bool) {
	r.counts.Lock()
	defer r.counts.Unlock()
	for i, seen := range statics {
		r.listsSeen[i] = r.listsSeen[i] || seen
	}
}

// checkLists makes sure that the lists input has what it needs.
func (r *run) checkLists() error {
	s := r.sources[listsTable]
	for _, c := range []struct{ name, what string }{
		{"contact_id", "whose membership it is"}, {"list", "the list's name or number"},
	} {
		if s.constant("contact_id") != nil {
			return failed(exitUsage, "lists: contact_id cannot be one value for all rows")
		}
		if err := s.require(c.name, c.what); err != nil {
			return err
		}
	}
	for _, f := range s.files {
		if at, ok := f.columns["list"]; ok {
			if t := f.file.Columns()[at].Type; kindOfID(t) == 0 && t.Kind != match.Null {
				return failed(exitUsage, "lists: list of %s is %s; it has to be text or integers", f.object.Address, t.Name)
			}
		}
		if at, ok := f.columns["added_at"]; ok {
			switch t := f.file.Columns()[at].Type; t.Kind {
			case match.Timestamp, match.DateOnly, match.Null:
			default:
				return failed(exitUsage, "lists: added_at of %s is %s; it has to be a date or a timestamp, or map another column to it", f.object.Address, t.Name)
			}
		}
	}
	return nil
}

type listWorker struct {
	run     *run
	source  *source
	statics map[string]int
	joiner  *joiner // nil: memberships wait for the evaluation
	out     *appender
	reader  *parquetio.Reader
	tally   tally
	seen    []bool   // statics whose list is in the data
	named   []uint32 // of the rows of a row group: the static of the list
	key     []byte
	text    []byte
	folded  []byte
	record  []byte
}

// read reads a row group: by its pages where ids and lists are plain columns and nothing dates the memberships.
func (w *listWorker) read(ctx context.Context, f *sourceFile, t task) error {
	if err := w.run.checkRows(f, t, rowBytes); err != nil {
		return err
	}
	id := f.file.Columns()[f.columns["contact_id"]]
	list, there := f.columns["list"]
	_, dated := f.columns["added_at"]
	defer w.run.watch.Advance("lists", f.file.RowGroupRows(t.group))
	if there && !dated && w.source.constant("list") == nil && readsAsKeys(id) && readsAsKeys(f.file.Columns()[list]) {
		return w.readPages(f, t, list)
	}
	need := map[int]bool{f.columns["contact_id"]: true}
	for _, name := range []string{"list", "added_at"} {
		if at, ok := f.columns[name]; ok {
			need[at] = true
		}
	}
	columns, places := ascending(need, f)
	row := t.first
	return f.file.Records(ctx, f.reader, columns, t.group, batchRows, func(batch arrow.RecordBatch) error {
		err := w.batch(t.file, row, batch, places)
		row += batch.NumRows()
		return err
	})
}

// nullStatic stands for a row that names no list.
const nullStatic = noList - 1

func (w *listWorker) readPages(f *sourceFile, t task, list int) error {
	w.named = w.named[:0]
	var entries []uint32
	err := w.reader.Pages(f.file, f.reader, t.group, list, func(p *parquetio.Page) error {
		if p.Dict != nil && entries == nil {
			entries = make([]uint32, p.Dict.Len())
			for i := range entries {
				entries[i] = w.listOf(&p.Dict.Values, i)
			}
		}
		next := 0
		for i := range p.Rows {
			static := uint32(nullStatic)
			if p.Valid == nil || p.Valid[i] == 1 {
				if p.Dict != nil {
					static = entries[p.Codes[next]]
				} else {
					static = w.listOf(&p.Values, next)
				}
				next++
			}
			w.named = append(w.named, static)
		}
		return nil
	})
	if err != nil {
		return err
	}
	row := 0
	return w.reader.Pages(f.file, f.reader, t.group, f.columns["contact_id"], func(p *parquetio.Page) error {
		next := 0
		for i := range p.Rows {
			var key []byte
			if p.Valid == nil || p.Valid[i] == 1 {
				values, at := &p.Values, next
				if p.Dict != nil {
					values, at = &p.Dict.Values, int(p.Codes[next])
				}
				key, w.key = keyOfValue(values, at, w.key)
				next++
			}
			if err := w.member(t.file, t.first+int64(row), key, w.named[row], timeline.Ever); err != nil {
				return err
			}
			row++
		}
		return nil
	})
}

// listOf gives the static of a list by a value of its column.
func (w *listWorker) listOf(v *parquetio.Values, i int) uint32 {
	var text []byte
	switch {
	case len(v.Int64) > i:
		w.text = strconv.AppendInt(w.text[:0], v.Int64[i], 10)
		text = w.text
	case len(v.Int32) > i:
		w.text = strconv.AppendInt(w.text[:0], int64(v.Int32[i]), 10)
		text = w.text
	default:
		text = v.At(i)
	}
	static, ok := w.find(text)
	if !ok {
		return nullStatic
	}
	return static
}

func (w *listWorker) batch(file int32, first int64, batch arrow.RecordBatch, places map[string]int) error {
	ids, err := keysOf(batch.Column(places["contact_id"]))
	if err != nil {
		return failed(exitUsage, "%s: %v", w.source.files[file].object.Address, err)
	}
	names := w.names(batch, places)
	added := func(int) (int64, bool) { return timeline.Ever, true }
	if at, ok := places["added_at"]; ok {
		added = instants(batch.Column(at), w.source.zone)
	}
	for i := range int(batch.NumRows()) {
		key, ok := ids.of(w.key[:0], i)
		if w.key = key; !ok {
			key = nil
		}
		static, named := names(i)
		if !named {
			static = nullStatic
		}
		from, dated := added(i)
		if !dated {
			from = timeline.Ever
		}
		if err := w.member(file, first+int64(i), key, static, from); err != nil {
			return err
		}
	}
	return nil
}

// member hands a membership on; key is nil for a null id.
func (w *listWorker) member(file int32, row int64, key []byte, static uint32, from int64) error {
	if key == nil || static == nullStatic {
		reason := nullID
		if key != nil {
			reason = nullList
		}
		w.tally[listsTable][reason]++
		w.run.counts.note(listsTable, reason, file, row, "")
		return w.run.rejects.add(reject{listsTable, reason, file, row, key})
	}
	bucket := w.run.layout.bucket(hashID(key))
	if w.joiner != nil && from == timeline.Ever && packs(key) {
		w.joiner.add(bucket, shortKey(key), static)
		return nil
	}
	w.record = binary.LittleEndian.AppendUint32(w.record[:0], static)
	w.record = binary.LittleEndian.AppendUint64(w.record, uint64(from))
	w.record = appendWide(w.record, key)
	return w.out.append(bucket, w.record)
}

// find gives the static of the list that a text names; ok is false when it names none.
func (w *listWorker) find(text []byte) (static uint32, ok bool) {
	w.folded = match.Normalize(w.folded[:0], text, false)
	if len(w.folded) == 0 || w.source.nulls != nil && w.source.nulls(w.folded) {
		return noList, false
	}
	if i, ok := w.statics[string(w.folded)]; ok {
		w.seen[i] = true
		return uint32(i), true
	}
	return noList, true
}

// names gives what finds the static of a row's list; ok is false when the row names no list.
func (w *listWorker) names(batch arrow.RecordBatch, places map[string]int) func(row int) (static uint32, ok bool) {
	if value := w.source.constant("list"); value != nil {
		static, ok := w.find([]byte(*value))
		return func(int) (uint32, bool) { return static, ok }
	}
	texts := listTexts(batch.Column(places["list"]))
	return func(row int) (uint32, bool) {
		text, ok := texts(row)
		if !ok {
			return noList, false
		}
		return w.find(text)
	}
}

// instants reads an array of dates or timestamps as unix seconds; ok is false for a null.
func instants(values arrow.Array, zone *time.Location) func(row int) (seconds int64, ok bool) {
	at := func(int) int64 { return 0 }
	switch a := values.(type) {
	case *array.Null:
		return func(int) (int64, bool) { return 0, false }
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		at = func(i int) int64 {
			seconds, _ := match.InstantOf(int64(a.Value(i)), t.Unit, t.TimeZone != "", zone)
			return seconds
		}
	case *array.Date32:
		at = func(i int) int64 {
			seconds, _ := match.InstantOf(int64(a.Value(i))*24*60*60, arrow.Second, false, zone)
			return seconds
		}
	case *array.Date64:
		at = func(i int) int64 {
			seconds, _ := match.InstantOf(int64(a.Value(i)), arrow.Millisecond, false, zone)
			return seconds
		}
	}
	return func(row int) (int64, bool) {
		if values.IsNull(row) {
			return 0, false
		}
		return at(row), true
	}
}
