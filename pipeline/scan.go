package pipeline

import (
	"context"
	"errors"
	"math"
	"runtime"
	"unsafe"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

// An engagement travels as a word: 36 bits of time, 28 bits of signature. The time counts seconds from 2^36 - 1 seconds
// (2,177 years) before the as-of instant, so that words sort by time.
const (
	timeBits      = 36
	signatureBits = 28
	longestAgo    = 1<<timeBits - 1
)

// Marks that stand in the place of a word for a row without a usable time. No word is so great, since 2^28 signatures never come up.
const (
	noTime   = math.MaxUint64
	wildTime = math.MaxUint64 - 1
)

// scan reads the engagement files and hands every row on to its contact's bucket.
type scan struct {
	run     *run
	source  *source
	columns []*tested
	events  bool // engagements have ids
	whole   bool // ids travel whole: contacts are not in memory, or event ids have to be compared
}

// readEngagements scans all engagements.
func (r *run) readEngagements(ctx context.Context) error {
	s := &scan{run: r, source: r.sources[engagementsTable], columns: r.columns, events: r.events, whole: r.late}
	tasks := s.source.tasks()
	r.watch.Stage("engagements", s.source.rows, "rows")
	defer r.watch.Done("engagements")
	r.counts.rows[engagementsTable] = s.source.rows
	defer s.source.want(r.room(), r.engagementColumns()...)()
	err := crew(ctx, r.threads, len(tasks),
		func() (*scanner, error) { return s.scanner() },
		func(ctx context.Context, w *scanner, i int) error { return s.source.reading(ctx, tasks[i], w.read) },
		func(w *scanner) error { return w.finish() })
	if err != nil || r.late {
		return err
	}
	runtime.GC() // takes the buffers of the scan first: that lowers the peak of 25 rules by a twentieth
	return r.closeRecords(ctx)
}

// rowBytes is what a row of a row group takes at least while it is read: its id, its time, its sum.
const rowBytes = 40

// checkRows holds that a row group fits the memory budget. Its reader holds all of its rows, with what it works out: so many
// bytes a row. A file of a few bytes can have any number of rows.
func (r *run) checkRows(f *sourceFile, t task, bytesARow int) error {
	n, most := f.file.RowGroupRows(t.group), max(r.spec.Memory/int64(2*bytesARow*r.threads), 64<<10)
	if n > most {
		return failed(exitFailed, "%s: row group %d has %d rows, more than the %d that fit the memory budget with %d threads; give more --memory or fewer --threads, or write smaller row groups",
			f.object.Address, t.group, n, most, r.threads)
	}
	return nil
}

// scanner reads row groups in one goroutine.
type scanner struct {
	*scan
	reader   *parquetio.Reader
	combiner *combiner
	readers  []*columnReader
	file     int32
	clock    *match.Clock

	sums    []uint64
	at      []int64 // unix seconds, or nullSecond
	words   []uint64
	event   texts // of each row, when there are event ids
	out     *scanOutput
	integer []byte // scratch of key
	folded  []byte // scratch of isNull
	tally   tally
}

const nullSecond = math.MinInt64

func (s *scan) scanner() (*scanner, error) {
	w := &scanner{
		scan: s, reader: parquetio.NewReader(), file: -1, clock: match.NewClock(s.source.zone),
		combiner: newCombiner(s.columns, s.run.signatures, len(s.run.program.Selectors)),
		out:      s.run.scanOutput(),
	}
	for _, c := range s.columns {
		reader, err := newColumnReader(s, c)
		if err != nil {
			return nil, err
		}
		w.readers = append(w.readers, reader)
	}
	return w, nil
}

func (w *scanner) finish() error {
	w.run.counts.add(&w.tally)
	return w.out.finish()
}

// errAgain stops the reading of a row group in which a class came up that the sums have no room for.
var errAgain = errors.New("more classes than there is room for")

func (w *scanner) read(ctx context.Context, f *sourceFile, t task) error {
	if err := w.classes(ctx, f, t); err != nil {
		return err
	}
	n := int(f.file.RowGroupRows(t.group))
	if err := w.times(ctx, f, t, n); err != nil {
		return err
	}
	w.toWords(n)
	if w.events {
		if err := w.readEvents(ctx, f, t, n); err != nil {
			return err
		}
	}
	if err := w.ids(ctx, f, t); err != nil {
		return err
	}
	w.run.watch.Advance("engagements", int64(n))
	return nil
}

// classes makes the sums of a row group, in which the class of every tested column has its place.
func (w *scanner) classes(ctx context.Context, f *sourceFile, t task) error {
	if w.file != t.file {
		w.file = t.file
		for _, c := range w.readers {
			if err := c.bind(f); err != nil {
				return err
			}
		}
	}
	if err := w.run.checkRows(f, t, rowBytes); err != nil {
		return err
	}
	w.sums = grown(w.sums, int(f.file.RowGroupRows(t.group)))
	for {
		err := w.classify(ctx, f, t)
		if err != errAgain {
			return err
		}
		w.combiner.fit()
	}
}

// classify adds up the classes of every row.
func (w *scanner) classify(ctx context.Context, f *sourceFile, t task) error {
	clear(w.sums)
	for i, c := range w.readers {
		if done := w.combiner.begins(i); done != nil {
			w.combiner.fold(done, w.sums)
		}
		c.shift = w.combiner.shift[i]
		c.fits = func(class uint32) bool { return w.combiner.fits(i, class) }
		if err := c.read(ctx, w.reader, f, t.group, w.sums); err != nil {
			return err
		}
	}
	return nil
}

// toWords turns sums and times into words.
func (w *scanner) toWords(n int) {
	if w.whole { // which needs the times as well
		w.words = grown(w.words, n)
	} else {
		w.words = unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(w.at))), n)
	}
	newest, earliest := w.run.newest, w.run.newest-longestAgo
	for i, at := range w.at[:n] {
		switch {
		case at == nullSecond:
			w.words[i] = noTime
		case at > newest:
			w.words[i] = afterTheAsOf
		case at <= earliest: // a time of 0 is none
			w.words[i] = wildTime
		default:
			w.words[i] = uint64(at-earliest)<<signatureBits | uint64(w.combiner.signature(w.sums[i]))
		}
	}
}

// reject counts a row that has no usable id or time, and keeps it for the rejects table.
func (w *scanner) reject(reason problem, file int32, row int64, key []byte) error {
	w.tally[engagementsTable][reason]++
	if w.tally[engagementsTable][reason] == 1 { // the first of this goroutine, which reads the row groups in order
		w.run.counts.note(engagementsTable, reason, file, row, "")
	}
	return w.run.rejects.add(reject{engagementsTable, reason, file, row, key})
}

// row hands one row on. key is nil for a null id; hash and short are those of the key, short 0 where it does not pack.
func (w *scanner) row(file int32, first int64, i int, key []byte, hash, short uint64) error {
	word := w.words[i]
	switch {
	case key == nil:
		return w.reject(nullID, file, first+int64(i), nil)
	case word == noTime:
		return w.reject(nullTime, file, first+int64(i), key)
	case word == wildTime:
		return w.reject(timeOutOfRange, file, first+int64(i), key)
	case w.whole:
		return w.out.whole(w.run.layout.bucket(hash), word, w.at[i], key, file, first+int64(i), w.eventOf(i))
	case short != 0:
		return w.out.short(w.run.layout.bucket(hash), word, short)
	}
	return w.out.long(w.run.layout.bucket(hash), word, hash, key)
}

func (w *scanner) eventOf(i int) []byte {
	if !w.events {
		return nil
	}
	return w.event.at(i)
}
