package encode

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// magic opens and closes a Parquet file.
const magic = "PAR1"

// flushBytes is how much is gathered before it goes to the destination.
const flushBytes = 256 << 10

// defaultPageRows is a compromise: smaller pages cost more headers and index entries, larger ones make a reader that looks for
// one contact fetch more of others.
const defaultPageRows = 8192

// Writer writes one Parquet file. One goroutine uses it at a time; any number of Writers work in parallel. Between calls a
// Writer holds no more than what the footer and the page indexes will say, some 100 KB for a row group of twelve columns and a million rows.
type Writer struct {
	dst      io.Writer
	options  Options
	columns  []column
	pageRows int
	err      error // the first failure
	closed   bool

	written       int64 // bytes that reached dst
	rows          int64
	groups        []rowGroup
	columnIndexes []byte
	offsetIndexes []byte
	ascending     bool
	highest       bound // of the column that rows are sorted by
	bounded       bool
}

// NewWriter gives a Writer of a table with these fields. Nothing is written before the first Write or Close; wrong fields or
// options come back as the error of those.
func NewWriter(dst io.Writer, fields []Field, o Options) *Writer {
	w := &Writer{dst: dst, options: o, pageRows: o.PageRows, ascending: true}
	if w.options.CreatedBy == "" {
		w.options.CreatedBy = "leadscore"
	}
	if w.pageRows == 0 {
		w.pageRows = defaultPageRows
	}
	if w.columns, w.err = columnsOf(fields); w.err == nil {
		w.err = w.checkOptions()
	}
	return w
}

func (w *Writer) checkOptions() error {
	o := w.options
	switch {
	case o.Codec > ZstdBetter:
		return fmt.Errorf("unknown codec %d", o.Codec)
	case w.pageRows < 8 || w.pageRows%8 != 0 || w.pageRows > 1<<20:
		return fmt.Errorf("pages of %d rows: it takes a multiple of 8, up to %d", w.pageRows, 1<<20)
	case o.SortedBy < -1 || o.SortedBy >= len(w.columns):
		return fmt.Errorf("rows cannot be sorted by column %d: there are %d", o.SortedBy, len(w.columns))
	case o.Bloom < -1 || o.Bloom >= len(w.columns):
		return fmt.Errorf("no bloom filter for column %d: there are %d", o.Bloom, len(w.columns))
	case o.SortedBy >= 0 && (w.columns[o.SortedBy].leaf.list || w.columns[o.SortedBy].leaf.kind == kindBoolean):
		return fmt.Errorf("rows cannot be sorted by column %q of %s", w.columns[o.SortedBy].Name, w.columns[o.SortedBy].leaf.name)
	case o.Bloom >= 0 && w.columns[o.Bloom].leaf.kind == kindBoolean:
		return fmt.Errorf("no bloom filter for column %q: the format has none for booleans", w.columns[o.Bloom].Name)
	}
	return nil
}

// Write appends one row group: a column for each field, all of the same length. Without rows it writes nothing.
// After an error the file is unusable and every further call gives that error.
func (w *Writer) Write(columns []Column) error {
	if w.closed {
		return errors.New("write to a closed table")
	}
	if w.err == nil {
		w.err = w.write(columns)
	}
	return w.err
}

func (w *Writer) write(columns []Column) error {
	rows, err := w.length(columns)
	if err != nil || rows == 0 {
		return err
	}
	s := scratches.Get().(*scratch)
	defer s.release()
	s.out = s.out[:0]
	w.begin(s)
	group := rowGroup{rows: int64(rows), at: w.offset(s), chunks: make([]chunkMeta, len(columns))}
	for i, c := range columns {
		if group.chunks[i], err = w.column(i, c, rows, s); err != nil {
			return fmt.Errorf("column %q: %w", w.columns[i].Name, err)
		}
	}
	w.groups = append(w.groups, group)
	w.rows += int64(rows)
	return w.flush(s, 0)
}

// column writes a column of a row group, and its bloom filter behind it.
func (w *Writer) column(i int, c Column, rows int, s *scratch) (chunkMeta, error) {
	t := target{leaf: &w.columns[i].leaf, nullable: w.columns[i].Nullable}
	if i == w.options.SortedBy {
		if err := checkAscending(t.leaf, t.nullable, c); err != nil {
			return chunkMeta{}, err
		}
		t.ascending = true
	}
	src, err := open(t, c, rows, s)
	if err != nil {
		return chunkMeta{}, err
	}
	m, err := w.chunk(t, src, rows, s)
	if err != nil {
		return m, err
	}
	if i == w.options.SortedBy {
		w.follow(t.leaf, &m)
	}
	if i == w.options.Bloom {
		m.bloomAt = w.offset(s)
		s.out = s.bloom(s.out, t.leaf, src)
		m.bloomSize = int32(w.offset(s) - m.bloomAt)
	}
	m.low, m.high = bound{}, bound{} // they look into the caller's memory
	return m, w.flush(s, flushBytes)
}

// length gives the number of rows that all columns agree on.
func (w *Writer) length(columns []Column) (int, error) {
	if len(columns) != len(w.columns) {
		return 0, fmt.Errorf("%d columns for a table of %d", len(columns), len(w.columns))
	}
	rows, by := -1, 0
	for i, c := range columns {
		if c == nil {
			return 0, fmt.Errorf("column %q: there is no column for it", w.columns[i].Name)
		}
		n := c.length()
		switch {
		case n < 0:
			continue
		case rows >= 0 && n != rows:
			return 0, fmt.Errorf("column %q has %d rows, but %q has %d", w.columns[i].Name, n, w.columns[by].Name, rows)
		case rows < 0:
			rows, by = n, i
		}
	}
	limit := math.MaxInt32
	if w.options.RowGroupRows > 0 {
		limit = w.options.RowGroupRows
	}
	switch {
	case rows < 0:
		return 0, errors.New("all columns are constants without a number of rows; one of them must give Rows")
	case rows > limit:
		return 0, fmt.Errorf("%d rows in one row group, but the most is %d; write fewer at a time", rows, limit)
	}
	return rows, nil
}

// follow notes whether a row group goes on where the last one ended.
func (w *Writer) follow(l *leaf, m *chunkMeta) {
	if !m.bounded {
		return
	}
	if w.bounded && l.less(m.low, w.highest) {
		w.ascending = false
	}
	w.bounded = true
	w.highest = m.high
	w.highest.text = strings.Clone(m.high.text)
}

// Close writes the footer and never closes dst. Without a Write before it, the file is a table without rows.
func (w *Writer) Close() (Footer, error) {
	if w.closed {
		return Footer{}, errors.New("close of a closed table")
	}
	w.closed = true
	if w.err != nil {
		return Footer{}, w.err
	}
	s := scratches.Get().(*scratch)
	defer s.release()
	s.out = s.out[:0]
	w.begin(s)
	columnIndexAt := w.offset(s)
	s.out = append(s.out, w.columnIndexes...)
	offsetIndexAt := w.offset(s)
	s.out = append(s.out, w.offsetIndexes...)
	s.out = w.footer(s.out, columnIndexAt, offsetIndexAt)
	if w.err = w.flush(s, 0); w.err != nil {
		return Footer{}, w.err
	}
	return Footer{Rows: w.rows, Bytes: w.written, Ascending: w.ascending && w.options.SortedBy >= 0}, nil
}

// begin appends the opening magic to a file that has none yet.
func (w *Writer) begin(s *scratch) {
	if w.written == 0 {
		s.out = append(s.out, magic...)
	}
}

// offset gives where in the file the next byte will stand.
func (w *Writer) offset(s *scratch) int64 { return w.written + int64(len(s.out)) }

// flush sends what is gathered to the destination when it is more than the limit.
func (w *Writer) flush(s *scratch, limit int) error {
	if len(s.out) <= limit {
		return nil
	}
	n, err := w.dst.Write(s.out)
	if err == nil && n < len(s.out) {
		err = io.ErrShortWrite
	}
	w.written += int64(len(s.out))
	s.out = s.out[:0]
	return err
}
