package pipeline

import (
	"context"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/transforms/match"
)

const batchRows = 8 << 10

// A contact row in its bucket's stream, little endian:
//
//	uint32 length of all │ uint32 file │ uint64 row │ statics: words │ uint32 length, id │
//	uint32 number of timed spans, {uint32 static, int64 start, int64 end} │ uint32 length, order by which the latest is kept │ payload
//
// The payload is the contact's mql columns.

// contactReader turns the contacts files into rows of their buckets.
type contactReader struct {
	run    *run
	source *source
}

// readContacts reads the contacts into run.contacts.
func (r *run) readContacts(ctx context.Context) error {
	c := &contactReader{run: r, source: r.sources[contactsTable]}
	tasks := c.source.tasks()
	r.watch.Stage("contacts", c.source.rows, "rows")
	defer r.watch.Done("contacts")
	err := crew(ctx, r.threads, len(tasks),
		func() (*contactWorker, error) { return c.worker(), nil },
		func(ctx context.Context, w *contactWorker, i int) error { return w.read(ctx, tasks[i]) },
		func(w *contactWorker) error {
			r.counts.add(&w.tally)
			r.sawLists(w.seen)
			return w.out.flush()
		})
	r.counts.rows[contactsTable] = c.source.rows
	return err
}

// contactWorker reads row groups in one goroutine.
type contactWorker struct {
	*contactReader
	out   *appender
	tally tally
	seen  []bool // statics whose list is in the data

	file     int32 // whose tests are bound
	bound    []boundStatic
	wanted   []int // top-level columns, ascending
	places   map[string]int
	holds    []uint64
	passed   []bool
	timed    []rowSpan
	key, row []byte
}

// boundStatic is a static bound to the type that its column has in a file.
type boundStatic struct {
	static  int
	matcher *match.Matcher // nil: the column is missing, or one value for all
	column  int            // in the batch
	all     bool           // what holds for every row, without a matcher
	lists   bool           // the static is a list, the column holds lists
}

type rowSpan struct {
	row    int
	static int
	start  int64
	end    int64
}

func (c *contactReader) worker() *contactWorker {
	return &contactWorker{contactReader: c, out: c.run.contacts.appender(), file: -1, seen: make([]bool, len(c.run.program.Statics))}
}

// bind prepares the tests for a file: types differ from file to file, and so may columns.
func (w *contactWorker) bind(file int32) error {
	if w.file == file {
		return nil
	}
	w.file = file
	f := w.source.files[file]
	need := map[int]bool{f.columns["contact_id"]: true}
	take := func(column string) (int, bool) {
		i, ok := f.columns[column]
		if ok {
			need[i] = true
		}
		return i, ok
	}
	if by := w.source.input.KeepLatest; by != "" {
		take(by)
	}
	for _, p := range w.run.payload {
		take(p.name)
	}
	w.bound = w.bound[:0]
	for i, s := range w.run.program.Statics {
		b := boundStatic{static: i, column: -1}
		column, test := s.Column, s.Test
		if s.List != "" {
			if !w.run.listsColumn {
				continue // the lists input tells
			}
			column, b.lists = "lists", true
		}
		if value := w.source.constant(column); value != nil {
			m, err := match.Compile(test, match.Type{Kind: match.Text, Name: "text"}, w.run.spec.Model.Zone)
			if err != nil {
				return err
			}
			b.all = m.Text([]byte(*value))
		} else if at, ok := take(column); !ok {
			m, err := match.Compile(test, match.Type{Kind: match.Null, Name: "nothing"}, w.run.spec.Model.Zone)
			if err != nil {
				return err
			}
			b.all = m.Missing() && !b.lists
		} else {
			b.column = at
			if !b.lists {
				m, err := match.Compile(test, f.file.Columns()[at].Type, w.run.spec.Model.Zone)
				if err != nil {
					return failed(exitUsage, "%s: column %q: %v", f.object.Address, column, err)
				}
				b.matcher = m
			}
		}
		w.bound = append(w.bound, b)
	}
	w.wanted, w.places = ascending(need, f)
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

func (w *contactWorker) read(ctx context.Context, t task) error {
	if err := w.bind(t.file); err != nil {
		return err
	}
	f := w.source.files[t.file]
	row := t.first
	return f.file.Records(ctx, f.reader, w.wanted, t.group, batchRows, func(batch arrow.RecordBatch) error {
		defer w.run.watch.Advance("contacts", batch.NumRows())
		err := w.batch(f, t.file, row, batch)
		row += batch.NumRows()
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

func (w *contactWorker) batch(f *sourceFile, file int32, first int64, batch arrow.RecordBatch) error {
	n := int(batch.NumRows())
	words := w.run.program.StaticWords()
	w.holds = grown(w.holds, n*words)
	clear(w.holds)
	w.timed = w.timed[:0]
	for i := range w.bound {
		w.test(batch, &w.bound[i], n, words)
	}
	w.timed = sortSpans(w.timed)
	ids, err := keysOf(batch.Column(w.places["contact_id"]))
	if err != nil {
		return failed(exitUsage, "%s: %v", f.object.Address, err)
	}
	order, err := w.order(batch)
	if err != nil {
		return failed(exitUsage, "%s: %v", f.object.Address, err)
	}
	payload, err := payloadOf(w.run.payload, w.places, batch, w.source)
	if err != nil {
		return failed(exitUsage, "%s: %v", f.object.Address, err)
	}
	spans := w.timed
	for i := range n {
		from := 0
		for from < len(spans) && spans[from].row == i {
			from++
		}
		timed := spans[:from]
		spans = spans[from:]
		key, ok := ids.of(w.key[:0], i)
		w.key = key
		if !ok {
			w.tally[contactsTable][nullID]++
			w.run.counts.note(contactsTable, nullID, file, first+int64(i), "")
			if err := w.run.rejects.add(reject{contactsTable, nullID, file, first + int64(i), nil}); err != nil {
				return err
			}
			continue
		}
		w.row = append(w.row[:0], 0, 0, 0, 0)
		w.row = binary.LittleEndian.AppendUint32(w.row, uint32(file))
		w.row = binary.LittleEndian.AppendUint64(w.row, uint64(first)+uint64(i))
		for _, word := range w.holds[i*words : (i+1)*words] {
			w.row = binary.LittleEndian.AppendUint64(w.row, word)
		}
		w.row = binary.LittleEndian.AppendUint32(w.row, uint32(len(key)))
		w.row = append(w.row, key...)
		w.row = binary.LittleEndian.AppendUint32(w.row, uint32(len(timed)))
		for _, t := range timed {
			w.row = binary.LittleEndian.AppendUint32(w.row, uint32(t.static))
			w.row = binary.LittleEndian.AppendUint64(w.row, uint64(t.start))
			w.row = binary.LittleEndian.AppendUint64(w.row, uint64(t.end))
		}
		at := len(w.row)
		w.row = append(w.row, 0, 0, 0, 0)
		w.row = order(w.row, i)
		binary.LittleEndian.PutUint32(w.row[at:], uint32(len(w.row)-at-4))
		w.row = payload(w.row, i)
		binary.LittleEndian.PutUint32(w.row, uint32(len(w.row)))
		if err := w.out.append(w.run.layout.bucket(hashID(key)), w.row); err != nil {
			return err
		}
	}
	return nil
}

// test works one static out for a batch.
func (w *contactWorker) test(batch arrow.RecordBatch, b *boundStatic, n, words int) {
	word, bit := b.static/64, uint64(1)<<(b.static%64)
	switch {
	case b.column < 0:
		if b.all {
			for i := range n {
				w.holds[i*words+word] |= bit
			}
		}
	case b.lists:
		name := w.run.program.Statics[b.static].List
		listMembers(w.column(batch, b.column), name, func(row int) {
			w.holds[row*words+word] |= bit
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
				w.holds[i*words+word] |= bit
			}
		}
	}
}

// order gives what appends the key by which the latest of several rows of a contact is kept: greater is later, empty is null.
func (w *contactWorker) order(batch arrow.RecordBatch) (func(dst []byte, row int) []byte, error) {
	place, ok := w.places[w.source.input.KeepLatest]
	if w.source.input.KeepLatest == "" || !ok {
		return func(dst []byte, _ int) []byte { return dst }, nil
	}
	return orderKeys(batch.Column(place), w.source.zone)
}
