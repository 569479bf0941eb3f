package pipeline

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"leadscore/pipeline/storage"
)

// An object store answers a read after a journey, so the reads of a row group are not left to those who decode it:
//
//	reading(task) ─▶ fetch this row group's columns, and those of the next ones while there is room
//	ReadAt        ─▶ waits for the bytes that are under way; whatever was not fetched is read as it is asked for
//
// Neighbouring columns come in one request, long stretches in several at once. Engagements on a local disk need none of this:
// there the pages are in memory, or come in the order in which they are read. Contacts and lists are fetched from there too,
// as Records reads every column twice.

const (
	// longestRequest is how much one request brings. More takes several at once, which is faster.
	longestRequest = 8 << 20
	// widestGap is how many bytes that nobody wants are read rather than to begin another request,
	widestGap = 128 << 10
	// and gapShare the part of what is wanted that they may come to.
	gapShare = 32
	// mostRequests is how many requests of one input are under way at once,
	mostRequests = 16
	// and mostFetches how many row groups, each of which may hold a file open.
	mostFetches = 64
)

// ahead fetches the row groups of an input before they are decoded. nil fetches nothing.
type ahead struct {
	source *source
	tasks  []task
	places map[task]int
	room   int64 // bytes that may be held
	slots  chan struct{}
	under  conc.WaitGroup

	mu      sync.Mutex
	held    int64
	fetches map[task]*fetch
	next    int // place of the first task that was not looked at
}

// fetch is the bytes of one row group.
type fetch struct {
	file   *sourceFile
	size   int64
	blocks []*block
	cancel context.CancelFunc // of the requests that have not begun
}

// block is consecutive bytes of a file, brought by one or more requests.
type block struct {
	offset   int64
	data     []byte
	requests []*request
}

type request struct {
	from, to int // within the block
	done     chan struct{}
	err      error
}

// want says which columns will be read of every row group, under our names, before any is; room is how many bytes may be held. It
// counts what is needed, and gets ready to fetch ahead where that pays. What it gives is to be called after the last read.
func (s *source) want(room int64, columns ...string) (stop func()) {
	s.wanted = columns
	tasks := s.tasks()
	for _, t := range tasks {
		for _, r := range s.ranges(t) {
			s.needed += r.length
		}
	}
	if !slices.ContainsFunc(s.files, s.fetches) {
		return func() {}
	}
	s.ahead = &ahead{source: s, tasks: tasks, places: map[task]int{}, room: room, slots: make(chan struct{}, mostRequests), fetches: map[task]*fetch{}}
	for i, t := range tasks {
		s.ahead.places[t] = i
	}
	return s.ahead.stop
}

// fetches tells whether a file is fetched ahead.
func (s *source) fetches(f *sourceFile) bool {
	return storage.Distant(f.store) || s.table != engagementsTable
}

// room is how much the inputs may hold of what was fetched ahead.
func (r *run) room() int64 { return r.spec.Memory / 8 }

// engagementColumns are those that the scan reads.
func (r *run) engagementColumns() []string {
	columns := []string{"contact_id", "occurred_at"}
	if r.events {
		columns = append(columns, "event_id")
	}
	return append(columns, namesOf(r.columns)...)
}

func namesOf(columns []*tested) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// contactColumns are those that the statics, the mql table and the choice between duplicates read.
func (r *run) contactColumns() []string {
	columns := []string{"contact_id"}
	if by := r.sources[contactsTable].input.KeepLatest; by != "" {
		columns = append(columns, by)
	}
	for _, p := range r.payload {
		columns = append(columns, p.name)
	}
	for _, s := range r.program.Statics {
		if s.List == "" {
			columns = append(columns, s.Column)
		} else if r.listsColumn {
			columns = append(columns, "lists")
		}
	}
	return columns
}

// span is a range of bytes of a file.
type span struct{ offset, length int64 }

// ranges gives where the wanted columns of a row group lie, in order.
func (s *source) ranges(t task) []span {
	f := s.files[t.file]
	var spans []span
	for _, column := range s.wanted {
		at, ok := f.columns[column]
		if !ok {
			continue
		}
		if offset, length := f.file.ChunkRange(t.group, at); length > 0 {
			spans = append(spans, span{offset, length})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.offset, b.offset) })
	return slices.Compact(spans) // two of our columns may be one of theirs
}

// joined puts ranges together that lie close to each other, so that the bytes between them stay few.
func joined(spans []span) []span {
	var out []span
	wanted, wasted := int64(0), int64(0)
	for _, s := range spans {
		wanted += s.length
	}
	for _, s := range spans {
		if n := len(out); n > 0 {
			last := &out[n-1]
			gap := s.offset - last.offset - last.length
			if gap <= widestGap && wasted+max(gap, 0) <= wanted/gapShare {
				wasted += max(gap, 0)
				last.length = max(last.length, s.offset+s.length-last.offset)
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// begin fetches a row group, unless that is under way, and as many of the next as there is room for.
func (a *ahead) begin(ctx context.Context, t task) error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.places[t]
	for i := a.next; i < len(a.tasks); i++ {
		next := a.tasks[i]
		f := a.source.files[next.file]
		spans := a.source.ranges(next)
		if storage.Distant(f.store) {
			spans = joined(spans)
		}
		size := int64(0)
		for _, s := range spans {
			size += s.length
		}
		switch {
		case !a.source.fetches(f) || size == 0:
		case a.held+size <= a.room && len(a.fetches) < mostFetches:
			if err := a.start(ctx, next, f, spans, size); err != nil {
				return err
			}
		case i > at: // its turn comes
			return nil
		}
		a.next = i + 1
	}
	return nil
}

// start begins the requests of a row group. It is called under mu.
func (a *ahead) start(ctx context.Context, t task, f *sourceFile, spans []span, size int64) error {
	reader, err := f.open(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	a.held += size
	b := &fetch{file: f, size: size, cancel: cancel}
	for _, s := range spans {
		st := &block{offset: s.offset, data: make([]byte, s.length)}
		for from := int64(0); from < s.length; from += longestRequest {
			r := &request{from: int(from), to: int(min(from+longestRequest, s.length)), done: make(chan struct{})}
			st.requests = append(st.requests, r)
			a.under.Go(func() {
				defer close(r.done)
				select {
				case a.slots <- struct{}{}:
				case <-ctx.Done():
					r.err = ctx.Err()
					return
				}
				defer func() { <-a.slots }()
				if r.err = ctx.Err(); r.err == nil {
					_, r.err = reader.Reader.ReadAt(st.data[r.from:r.to], st.offset+int64(r.from))
				}
				if errors.Is(r.err, io.EOF) {
					r.err = nil // which may come with the last byte
				}
			})
		}
		b.blocks = append(b.blocks, st)
	}
	a.fetches[t] = b
	reader.add(b.blocks)
	return nil
}

// end gives back the bytes of a row group.
func (a *ahead) end(t task) error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	b := a.fetches[t]
	delete(a.fetches, t)
	a.mu.Unlock()
	if b == nil {
		return nil
	}
	b.cancel()
	for _, s := range b.blocks {
		for _, r := range s.requests {
			<-r.done
		}
	}
	b.file.reader.remove(b.blocks)
	a.mu.Lock()
	a.held -= b.size
	a.mu.Unlock()
	return b.file.done()
}

// stop ends what is still under way when nobody reads any more.
func (a *ahead) stop() {
	a.mu.Lock()
	left := make([]task, 0, len(a.fetches))
	for t, b := range a.fetches {
		b.cancel()
		left = append(left, t)
	}
	a.mu.Unlock()
	for _, t := range left {
		_ = a.end(t) // closing what was only read
	}
	a.under.Wait()
	a.source.ahead = nil
}

// fileReader reads a file of an input: from what was fetched ahead, else from its store. It counts what the store has given.
type fileReader struct {
	storage.Reader
	mu    sync.RWMutex
	ready []*block
}

// counted counts the bytes that a store has given.
type counted struct {
	storage.Reader
	bytes *atomic.Int64
}

func (c counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.bytes.Add(int64(n))
	return n, err
}

func (r *fileReader) add(s []*block) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready = append(r.ready, s...)
}

func (r *fileReader) remove(s []*block) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready = slices.DeleteFunc(r.ready, func(x *block) bool { return slices.Contains(s, x) })
}

func (r *fileReader) ReadAt(p []byte, off int64) (int, error) {
	if s := r.fetched(off, len(p)); s != nil {
		return s.read(p, off)
	}
	return r.Reader.ReadAt(p, off)
}

// fetched finds the block that has all of a range.
func (r *fileReader) fetched(off int64, n int) *block {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, s := range r.ready {
		if off >= s.offset && off+int64(n) <= s.offset+int64(len(s.data)) {
			return s
		}
	}
	return nil
}

// read copies a range once the requests that bring it are done.
func (s *block) read(p []byte, off int64) (int, error) {
	from := int(off - s.offset)
	for _, r := range s.requests {
		if r.from < from+len(p) && from < r.to {
			if <-r.done; r.err != nil {
				return 0, r.err
			}
		}
	}
	return copy(p, s.data[from:]), nil
}
