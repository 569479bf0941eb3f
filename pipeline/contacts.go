package pipeline

import (
	"context"
	"encoding/binary"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

const batchRows = 8 << 10

// contactReader turns the contacts files into rows of their buckets.
type contactReader struct {
	run    *run
	source *source
}

// readContacts reads the contacts into run.contacts.
func (r *run) readContacts(ctx context.Context) error {
	// While the heap is small collections are many: at 30 percent already here a run of 25 rules took a fortieth more time.
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	c := &contactReader{run: r, source: r.sources[contactsTable]}
	tasks := c.source.tasks()
	r.watch.Stage("contacts", c.source.rows, "rows")
	defer r.watch.Done("contacts")
	defer c.source.want(r.room(), r.contactColumns()...)()
	err := crew(ctx, r.threads, len(tasks),
		func() (*contactWorker, error) { return c.worker(), nil },
		func(ctx context.Context, w *contactWorker, i int) error {
			return c.source.reading(ctx, tasks[i], w.read)
		},
		func(w *contactWorker) error {
			r.counts.add(&w.tally)
			r.sawLists(w.seen)
			return w.out.flush()
		})
	r.counts.rows[contactsTable] = c.source.rows
	return err
}

// contactWorker reads row groups in one goroutine. Columns of text are read by their pages, where a test runs once for an
// entry of a dictionary; all others as Arrow arrays.
type contactWorker struct {
	*contactReader
	reader *parquetio.Reader
	out    *appender
	tally  tally
	seen   []bool // statics whose list is in the data

	file    int32 // whose tests are bound
	bound   []boundStatic
	texts   []*textStatics
	idPages bool           // contact_id is read by its pages
	wanted  []int          // columns to read as arrays, ascending
	places  map[string]int // our name → place in wanted

	holds   []uint64 // of the row group
	ids     texts    // of the row group, where idPages
	passed  []bool
	timed   []rowSpan
	key     []byte
	few     []byte // scratch of fewHave
	integer []byte
}

// boundStatic is a static bound to the type that its column has in a file.
type boundStatic struct {
	static  int
	matcher *match.Matcher // nil: the column is missing, or one value for all
	column  int            // in the file; -1: there is none
	all     bool           // what holds for every row, without a column
	lists   bool           // the static is a list, the column holds lists
}

type rowSpan struct {
	row    int
	static int
	start  int64
	end    int64
}

func (c *contactReader) worker() *contactWorker {
	return &contactWorker{
		contactReader: c, reader: parquetio.NewReader(), out: c.run.contacts.appender(), file: -1,
		seen: make([]bool, len(c.run.program.Statics)),
	}
}

// bind prepares the tests for a file: types differ from file to file, and so may columns.
func (w *contactWorker) bind(file int32) error {
	if w.file == file {
		return nil
	}
	w.file = file
	f := w.source.files[file]
	need := map[int]bool{}
	take := func(column string) (int, bool) {
		i, ok := f.columns[column]
		if ok {
			need[i] = true
		}
		return i, ok
	}
	id := f.file.Columns()[f.columns["contact_id"]]
	if w.idPages = readsAsKeys(id); !w.idPages {
		take("contact_id")
	}
	if by := w.source.input.KeepLatest; by != "" {
		take(by)
	}
	for _, p := range w.run.payload {
		take(p.name)
	}
	w.bound, w.texts = w.bound[:0], w.texts[:0]
	for i := range w.run.program.Statics {
		if err := w.bindStatic(f, i, take); err != nil {
			return err
		}
	}
	words := w.run.program.StaticWords()
	for _, t := range w.texts {
		t.set = match.NewSet(t.matchers).WithNulls(w.source.input.NullValues)
		t.pattern, t.mask = make([]uint64, match.Words(len(t.matchers))), make([]uint64, words)
	}
	w.wanted, w.places = ascending(need, f)
	return nil
}

// bindStatic binds one static; take has a column read as an array.
func (w *contactWorker) bindStatic(f *sourceFile, i int, take func(column string) (int, bool)) error {
	s := w.run.program.Statics[i]
	b := boundStatic{static: i, column: -1}
	column, test, zone := s.Column, s.Test, w.run.spec.Model.Zone
	if s.List != "" {
		if !w.run.listsColumn {
			return nil // the lists input tells
		}
		column, b.lists = "lists", true
	}
	at, there := f.columns[column]
	value := w.source.constant(column)
	typ := match.Type{Kind: match.Null, Name: "nothing"}
	switch {
	case value != nil:
		typ = match.Type{Kind: match.Text, Name: "text"}
	case there:
		typ = f.file.Columns()[at].Type
	}
	if b.lists {
		if b.column, there = take(column); there {
			w.bound = append(w.bound, b)
		}
		return nil
	}
	m, err := match.Compile(test, typ, zone)
	switch {
	case err != nil:
		return failed(exitUsage, "%s: column %q: %v", f.object.Address, column, err)
	case value != nil:
		b.all = m.Text([]byte(*value))
	case !there:
		b.all = m.Missing()
	case typ.Kind == match.Text && f.file.Columns()[at].Leaf >= 0:
		t := w.textsOf(at)
		t.statics, t.matchers = append(t.statics, i), append(t.matchers, m)
		return nil
	default:
		b.matcher = m
		b.column, _ = take(column)
	}
	w.bound = append(w.bound, b)
	return nil
}

// ascending gives the columns in the order in which batches have them, and our names for their places there.
func ascending(need map[int]bool, f *sourceFile) (columns []int, places map[string]int) {
	place := map[int]int{}
	for i := range f.file.Columns() {
		if need[i] {
			place[i] = len(columns)
			columns = append(columns, i)
		}
	}
	places = map[string]int{}
	for name, i := range f.columns {
		if at, ok := place[i]; ok {
			places[name] = at
		}
	}
	return columns, places
}

// read reads a row group of an open file.
func (w *contactWorker) read(ctx context.Context, f *sourceFile, t task) error {
	if err := w.bind(t.file); err != nil {
		return err
	}
	n, words := int(f.file.RowGroupRows(t.group)), w.run.program.StaticWords()
	if err := w.run.checkRows(f, t, rowBytes+8*words); err != nil {
		return err
	}
	w.holds = grown(w.holds, n*words)
	clear(w.holds)
	for i := range w.bound {
		if b := &w.bound[i]; b.column < 0 && b.all {
			for row := range n {
				w.holds[row*words+b.static/64] |= 1 << (b.static % 64)
			}
		}
	}
	for _, c := range w.texts {
		if err := w.readTexts(f, t, c); err != nil {
			return err
		}
	}
	if w.idPages {
		if err := w.readIDs(f, t); err != nil {
			return err
		}
	}
	if len(w.wanted) == 0 {
		w.timed = w.timed[:0]
		payload, err := payloadOf(w.run.payload, w.places, nil, w.source)
		if err != nil {
			return err
		}
		return w.emit(t, 0, n, func(dst []byte, i int) ([]byte, bool) { return w.ids.get(i) }, nil, payload)
	}
	row := 0
	return f.file.Records(ctx, f.reader, w.wanted, t.group, batchRows, func(batch arrow.RecordBatch) error {
		err := w.batch(f, t, row, batch)
		row += int(batch.NumRows())
		return err
	})
}

// column gives the batch's column of a place among the file's.
func (w *contactWorker) column(batch arrow.RecordBatch, column int) arrow.Array {
	for place, c := range w.wanted {
		if c == column {
			return batch.Column(place)
		}
	}
	return nil
}

// batch works out the statics of the other columns for the rows from first on, and hands these rows on.
func (w *contactWorker) batch(f *sourceFile, t task, first int, batch arrow.RecordBatch) error {
	n := int(batch.NumRows())
	w.timed = w.timed[:0]
	for i := range w.bound {
		if w.bound[i].column >= 0 {
			w.test(batch, &w.bound[i], first, n)
		}
	}
	w.timed = sortSpans(w.timed)
	key := func(dst []byte, i int) ([]byte, bool) { return w.ids.get(first + i) }
	if !w.idPages {
		ids, err := keysOf(batch.Column(w.places["contact_id"]))
		if err != nil {
			return failed(exitUsage, "%s: %v", f.object.Address, err)
		}
		key = ids.of
	}
	order, err := w.order(batch)
	if err != nil {
		return failed(exitUsage, "%s: %v", f.object.Address, err)
	}
	payload, err := payloadOf(w.run.payload, w.places, batch, w.source)
	if err != nil {
		return failed(exitUsage, "%s: %v", f.object.Address, err)
	}
	return w.emit(t, first, n, key, order, payload)
}

// emit hands on n rows of the row group from first on. order and payload are nil where there is none.
func (w *contactWorker) emit(t task, first, n int, id func([]byte, int) ([]byte, bool), order, payload func([]byte, int) []byte) error {
	words, spans := w.run.program.StaticWords(), w.timed
	for i := range n {
		from := 0
		for from < len(spans) && spans[from].row == i {
			from++
		}
		timed := spans[:from]
		spans = spans[from:]
		row := t.first + int64(first+i)
		key, ok := id(w.key[:0], i)
		if !ok {
			w.tally[contactsTable][nullID]++
			w.run.counts.note(contactsTable, nullID, t.file, row, "")
			if err := w.run.rejects.add(reject{contactsTable, nullID, t.file, row, nil}); err != nil {
				return err
			}
			continue
		}
		if !w.idPages {
			w.key = key
		}
		few := w.fewHave(timed, order, payload, i)
		length, bucket := contactHead+8*words+4+len(key)+len(few), w.run.layout.bucket(hashID(key))
		block, err := w.out.room(bucket, length)
		if err != nil {
			return err
		}
		block = binary.LittleEndian.AppendUint32(block, uint32(length))
		block = binary.LittleEndian.AppendUint32(block, uint32(t.file))
		block = binary.LittleEndian.AppendUint64(block, uint64(row))
		for _, word := range w.holds[(first+i)*words : (first+i+1)*words] {
			block = binary.LittleEndian.AppendUint64(block, word)
		}
		w.out.put(bucket, append(appendWide(block, key), few...))
	}
	w.run.watch.Advance("contacts", int64(n))
	return nil
}

// fewHave gives the end of a contact row, which most contacts do not have. It is good until the next call.
func (w *contactWorker) fewHave(timed []rowSpan, order, payload func([]byte, int) []byte, row int) []byte {
	if len(timed) == 0 && order == nil && payload == nil {
		return nil
	}
	b := binary.LittleEndian.AppendUint32(w.few[:0], uint32(len(timed)))
	for _, s := range timed {
		b = binary.LittleEndian.AppendUint32(b, uint32(s.static))
		b = binary.LittleEndian.AppendUint64(b, uint64(s.start))
		b = binary.LittleEndian.AppendUint64(b, uint64(s.end))
	}
	at := len(b)
	if b = append(b, 0, 0, 0, 0); order != nil {
		b = order(b, row)
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	if payload != nil {
		b = payload(b, row)
	}
	w.few = b
	return b
}

// test works one static out for the n rows of a batch, which stand in the row group from first on.
func (w *contactWorker) test(batch arrow.RecordBatch, b *boundStatic, first, n int) {
	words := w.run.program.StaticWords()
	word, bit := b.static/64, uint64(1)<<(b.static%64)
	holds := w.holds[first*words:]
	switch {
	case b.lists:
		name := w.run.program.Statics[b.static].List
		listMembers(w.column(batch, b.column), name, func(row int) {
			holds[row*words+word] |= bit
			w.seen[b.static] = true
		})
	case b.matcher.Timed():
		b.matcher.Spans(w.column(batch, b.column), w.source.zone, w.source.nulls, func(row int, start, end int64) {
			w.timed = append(w.timed, rowSpan{row, b.static, start, end})
		})
	default:
		w.passed = grown(w.passed, n)
		b.matcher.Array(w.column(batch, b.column), w.source.zone, w.source.nulls, w.passed)
		for i, ok := range w.passed {
			if ok {
				holds[i*words+word] |= bit
			}
		}
	}
}

// order gives what appends the key by which the latest of several rows of a contact is kept: greater is later, empty is null. It is nil
// where nothing is kept by.
func (w *contactWorker) order(batch arrow.RecordBatch) (func(dst []byte, row int) []byte, error) {
	place, ok := w.places[w.source.input.KeepLatest]
	if w.source.input.KeepLatest == "" || !ok {
		return nil, nil
	}
	values := batch.Column(place)
	order, err := orderKeys(values, w.source.zone)
	if err != nil || w.source.nulls == nil || kindOfValues(values) != textID {
		return order, err
	}
	var folded []byte
	return func(dst []byte, row int) []byte {
		start := len(dst)
		dst = order(dst, row)
		if folded = match.Normalize(folded[:0], dst[start:], false); w.source.nulls(folded) {
			return dst[:start]
		}
		return dst
	}, nil
}
