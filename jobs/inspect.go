package jobs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"sort"
	"time"

	"leadscore/pipeline"
	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/storage"
	"leadscore/transforms/match"
)

// A look at the files of an input: which columns they have and which texts stand in them. init guesses from it.
//
//	globs ─ storage ─▶ files ─ parquetio ─▶ columns ─┬─ a sample of the values of every text column
//	                                                 └─ every contact id, to know whether one stands twice

// looked is what was seen of an input.
type looked struct {
	files   []lookedFile
	rows    int64
	columns []parquetio.Column // of all files, in the order in which they were met
	values  map[string]*seen   // of the text columns, by name
}

type lookedFile struct {
	object storage.Object
	store  storage.Store
	file   *parquetio.File
}

// seen is the values of a text column in a sample of rows.
type seen struct {
	counts map[string]int64
	many   bool // more than mostSeen different ones; the rest is not counted
}

const (
	sampleFiles = 12     // files whose values are looked at, spread over all
	sampleRows  = 65_536 // rows of each of those
	mostSeen    = 5_000  // different values of a column
	longestSeen = 200    // bytes of a value that is worth keeping
)

// look opens all files of the globs and samples the values of the text columns.
func look(ctx context.Context, table string, globs []string) (*looked, error) {
	l, err := openAll(ctx, table, globs)
	if err != nil {
		return nil, err
	}
	for _, f := range l.sampled() {
		if err := l.sample(ctx, f); err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
	}
	return l, nil
}

// sampled gives the files whose values are looked at.
func (l *looked) sampled() []lookedFile {
	var some []lookedFile
	for i := 0; i < len(l.files); i += max(1, (len(l.files)+sampleFiles-1)/sampleFiles) {
		some = append(some, l.files[i])
	}
	return some
}

// openAll opens all files of the globs and reads which columns they have.
func openAll(ctx context.Context, table string, globs []string) (*looked, error) {
	l := &looked{values: make(map[string]*seen)}
	for _, glob := range globs {
		store, objects, _, err := pipeline.ListInput(ctx, glob, time.Now().UTC().Format(time.DateOnly))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
		for _, o := range objects {
			f := lookedFile{object: o, store: store}
			if err := f.read(ctx, func(r storage.Reader) (err error) {
				f.file, err = parquetio.Open(o.Address, r, o.Size, parquetio.Limits{})
				return err
			}); err != nil {
				return nil, fmt.Errorf("%s: %w", table, err)
			}
			l.add(f)
		}
	}
	return l, nil
}

func (f lookedFile) read(ctx context.Context, with func(storage.Reader) error) error {
	r, err := f.store.Open(ctx, f.object)
	if err != nil {
		return err
	}
	return errors.Join(with(r), r.Close())
}

func (l *looked) add(f lookedFile) {
	l.files = append(l.files, f)
	l.rows += f.file.NumRows()
	for _, c := range f.file.Columns() {
		if _, known := l.column(c.Name); !known {
			l.columns = append(l.columns, c)
		}
	}
}

// column finds a column by its name.
func (l *looked) column(name string) (parquetio.Column, bool) { return column(l.columns, name) }

func column(columns []parquetio.Column, name string) (parquetio.Column, bool) {
	for _, c := range columns {
		if c.Name == name {
			return c, true
		}
	}
	return parquetio.Column{}, false
}

var errEnough = errors.New("enough was seen")

// sample reads the first rows of all text columns of a file.
func (l *looked) sample(ctx context.Context, f lookedFile) error {
	return f.read(ctx, func(r storage.Reader) error {
		reader := parquetio.NewReader()
		for i, c := range f.file.Columns() {
			if c.Leaf < 0 || c.Type.Kind != match.Text {
				continue
			}
			s := l.values[c.Name]
			if s == nil {
				s = &seen{counts: make(map[string]int64)}
				l.values[c.Name] = s
			}
			err := eachPage(ctx, reader, f.file, r, i, func(p *parquetio.Page, row int64) error {
				s.take(p)
				if row+int64(p.Rows) >= sampleRows {
					return errEnough
				}
				return nil
			})
			if err != nil && !errors.Is(err, errEnough) {
				return err
			}
		}
		return nil
	})
}

// eachPage visits the pages of a column of all row groups; row is the number of rows before the page.
func eachPage(ctx context.Context, reader *parquetio.Reader, file *parquetio.File, src io.ReaderAt, column int, visit func(p *parquetio.Page, row int64) error) error {
	row := int64(0)
	for group := range file.RowGroups() {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := reader.Pages(file, src, group, column, func(p *parquetio.Page) error {
			err := visit(p, row)
			row += int64(p.Rows)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// take counts the values of a page.
func (s *seen) take(p *parquetio.Page) {
	if p.Dict == nil {
		for i := range p.Present() {
			s.count(p.Values.At(i), 1)
		}
		return
	}
	codes := make([]int64, p.Dict.Len())
	for _, code := range p.Codes {
		codes[code]++
	}
	for code, n := range codes {
		if n > 0 {
			s.count(p.Dict.Bytes(code), n)
		}
	}
}

func (s *seen) count(value []byte, n int64) {
	value = value[:min(len(value), longestSeen)]
	if _, known := s.counts[string(value)]; !known && len(s.counts) >= mostSeen {
		s.many = true
		return
	}
	s.counts[string(value)] += n
}

// common gives the values seen, most frequent first.
func (s *seen) common() []string {
	if s == nil {
		return nil
	}
	values := make([]string, 0, len(s.counts))
	for v := range s.counts {
		values = append(values, v)
	}
	sort.Slice(values, func(i, j int) bool {
		a, b := s.counts[values[i]], s.counts[values[j]]
		return a > b || a == b && values[i] < values[j]
	})
	return values
}

// idSet is the contact ids of an input. Ids are told apart by a hash of 64 bits, which is enough for advice.
type idSet struct {
	met          map[uint64]struct{}
	nulls, twice int64 // rows without an id, rows whose id stood before
}

var idSeed = maphash.MakeSeed()

// mostIDs is how many rows are remembered. A larger base gets no advice about its ids.
const mostIDs = 50_000_000

// ids reads all ids of a column, and gives nil where there are too many or they cannot be read page by page.
func (l *looked) ids(ctx context.Context, column string) (*idSet, error) {
	if l.rows > mostIDs {
		return nil, nil
	}
	set := &idSet{met: make(map[uint64]struct{}, l.rows)}
	known := true
	err := l.eachID(ctx, column, l.files, 1<<62, func(id []byte) {
		if match.Missing(id) {
			set.nulls++
			return
		}
		h := maphash.Bytes(idSeed, id)
		if _, again := set.met[h]; again {
			set.twice++
		}
		set.met[h] = struct{}{}
	}, func() { known = false })
	if err != nil || !known {
		return nil, err
	}
	return set, nil
}

// shared is the share of the ids of a sample of l's rows that the set has.
func (s *idSet) shared(ctx context.Context, l *looked, column string) (float64, error) {
	all, known := 0, 0
	err := l.eachID(ctx, column, l.files[:min(len(l.files), 1)], sampleRows, func(id []byte) {
		if match.Missing(id) {
			return
		}
		all++
		if _, ok := s.met[maphash.Bytes(idSeed, id)]; ok {
			known++
		}
	}, func() {})
	return float64(known) / float64(max(all, 1)), err
}

// eachID visits the ids of a column in some files, nil for null, up to so many rows of each file. cannot is called where ids are neither texts
// nor whole numbers.
func (l *looked) eachID(ctx context.Context, column string, files []lookedFile, rows int64, visit func([]byte), cannot func()) error {
	for _, f := range files {
		at, decimal := -1, false
		for i, c := range f.file.Columns() {
			if c.Name == column && c.Leaf >= 0 {
				at, decimal = i, c.Type.Kind == match.Decimal
			}
		}
		if at < 0 {
			cannot()
			continue
		}
		err := f.read(ctx, func(r storage.Reader) error {
			return eachPage(ctx, parquetio.NewReader(), f.file, r, at, func(p *parquetio.Page, row int64) error {
				for range p.Rows - p.Present() {
					visit(nil)
				}
				if !pageIDs(p, decimal, visit) {
					cannot()
				}
				if row+int64(p.Rows) >= rows {
					return errEnough
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	return nil
}

// pageIDs gives the ids of a page as bytes, and false where they are neither texts nor whole numbers.
func pageIDs(p *parquetio.Page, decimal bool, visit func([]byte)) bool {
	values, at := p.Values, func(i int) int { return i }
	if p.Dict != nil {
		values, at = p.Dict.Values, func(i int) int { return int(p.Codes[i]) }
	}
	var number [9]byte // the last byte is never white space, so that no number looks like an empty text
	number[8] = 1
	for i := range p.Present() {
		switch k := at(i); {
		case decimal && (len(values.Offsets) > 0 || values.Width > 0):
			binary.LittleEndian.PutUint64(number[:8], wholeOf(values.At(k)))
			visit(number[:])
		case len(values.Offsets) > 0 || values.Width > 0:
			visit(values.At(k))
		case len(values.Int64) > 0:
			binary.LittleEndian.PutUint64(number[:8], uint64(values.Int64[k]))
			visit(number[:])
		case len(values.Int32) > 0:
			binary.LittleEndian.PutUint64(number[:8], uint64(values.Int32[k]))
			visit(number[:])
		default:
			return false
		}
	}
	return true
}

// wholeOf gives the lowest 64 bits of a number in the form of decimals: two's complement, highest byte first.
func wholeOf(bytes []byte) uint64 {
	whole := uint64(0)
	if len(bytes) > 0 && bytes[0] >= 0x80 {
		whole = ^whole
	}
	for _, b := range bytes {
		whole = whole<<8 | uint64(b)
	}
	return whole
}
