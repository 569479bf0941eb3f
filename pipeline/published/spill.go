package published

import (
	"bytes"
	"container/heap"
	"encoding/gob"
	"errors"
	"os"

	"github.com/klauspost/compress/s2"
)

// SpillFile makes a file for rows that do not fit the memory; remove is called once it is closed.
type SpillFile func() (f *os.File, remove func() error, err error)

// mergedRows is how many rows of a sorted run stand in memory at once while runs are merged.
const mergedRows = 8 << 10

// spill is sorted runs of rows on disk.
type spill struct {
	create SpillFile
	file   *os.File
	remove func() error
	end    int64
	runs   [][]spilledRows
}

// spilledRows are some rows of a run: where they are in the file.
type spilledRows struct {
	offset int64
	length int
}

// written is rows as they are written: of each column one of the slices is empty but for its values.
type written struct {
	Rows   int
	Ints   [][]int64
	Floats [][]float64
	Texts  [][]string
	Null   [][]bool
}

// spillRows writes the rows in hand, which are in order, as a run.
func (s *Sorted) spillRows() (err error) {
	p := s.spill
	if p.file == nil {
		if p.file, p.remove, err = p.create(); err != nil {
			return err
		}
	}
	var run []spilledRows
	for from, rows := 0, s.rows(); from < rows; from += mergedRows {
		to := min(from+mergedRows, rows)
		w := written{Rows: to - from}
		for _, c := range s.columns {
			w.Ints, w.Floats = append(w.Ints, between(c.Ints, from, to)), append(w.Floats, between(c.Floats, from, to))
			w.Texts, w.Null = append(w.Texts, between(c.Texts, from, to)), append(w.Null, between(c.Null, from, to))
		}
		var plain bytes.Buffer
		if err := gob.NewEncoder(&plain).Encode(w); err != nil {
			return err
		}
		packed := s2.Encode(nil, plain.Bytes())
		if _, err := p.file.WriteAt(packed, p.end); err != nil {
			return err
		}
		run = append(run, spilledRows{p.end, len(packed)})
		p.end += int64(len(packed))
	}
	p.runs = append(p.runs, run)
	s.columns = s.empty()
	return nil
}

func between[T any](values []T, from, to int) []T {
	if values == nil {
		return nil
	}
	return values[from:to]
}

// Spilled is how many bytes went to disk.
func (s *Sorted) Spilled() int64 {
	if s.spill == nil {
		return 0
	}
	return s.spill.end
}

// Close gives the file back.
func (s *Sorted) Close() error {
	if s.spill == nil || s.spill.file == nil {
		return nil
	}
	return errors.Join(s.spill.file.Close(), s.spill.remove())
}

// cursor is a place in a run.
type cursor struct {
	left []spilledRows
	rows *sortable
	n    int
	at   int32
}

// read brings the next rows of a run into memory, and tells whether there are any.
func (s *Sorted) read(c *cursor) (bool, error) {
	if len(c.left) == 0 {
		return false, nil
	}
	packed := make([]byte, c.left[0].length)
	if _, err := s.spill.file.ReadAt(packed, c.left[0].offset); err != nil {
		return false, err
	}
	plain, err := s2.Decode(nil, packed)
	if err != nil {
		return false, err
	}
	var w written
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(&w); err != nil {
		return false, err
	}
	columns := make([]*Column, len(s.columns))
	for i, like := range s.columns {
		columns[i] = NewColumn(like.Name, like.Type)
		columns[i].n = w.Rows
		columns[i].Ints, columns[i].Floats = orNil(w.Ints[i]), orNil(w.Floats[i])
		columns[i].Texts, columns[i].Null = orNil(w.Texts[i]), orNil(w.Null[i])
	}
	c.left, c.rows, c.n, c.at = c.left[1:], s.sortable(columns), w.Rows, 0
	return true, nil
}

// orNil gives nil for what was nil before it was written.
func orNil[T any](values []T) []T {
	if len(values) == 0 {
		return nil
	}
	return values
}

// cursors are the runs, the one with the least row first.
type cursors struct {
	all     []*cursor
	compare func(a *sortable, i int32, b *sortable, j int32) int
}

func (h *cursors) Len() int { return len(h.all) }
func (h *cursors) Less(i, j int) bool {
	return h.compare(h.all[i].rows, h.all[i].at, h.all[j].rows, h.all[j].at) < 0
}
func (h *cursors) Swap(i, j int) { h.all[i], h.all[j] = h.all[j], h.all[i] }
func (h *cursors) Push(c any)    { h.all = append(h.all, c.(*cursor)) }
func (h *cursors) Pop() any {
	last := h.all[len(h.all)-1]
	h.all = h.all[:len(h.all)-1]
	return last
}

// merge gives the rows of all runs in order.
func (s *Sorted) merge(give func(columns []*Column, rows int) error) error {
	if s.rows() > 0 {
		if err := s.spillRows(); err != nil {
			return err
		}
	}
	h := &cursors{compare: s.comparer()}
	for _, run := range s.spill.runs {
		c := &cursor{left: run}
		if _, err := s.read(c); err != nil {
			return err
		}
		h.all = append(h.all, c)
	}
	heap.Init(h)
	out, rows, total := s.empty(), 0, 0
	for h.Len() > 0 && (s.limit == 0 || total < s.limit) {
		c := h.all[0]
		for i, column := range out {
			column.AppendRows(c.rows.columns[i], []int32{c.at})
		}
		rows, total = rows+1, total+1
		if c.at++; int(c.at) == c.n {
			more, err := s.read(c)
			if err != nil {
				return err
			}
			if !more {
				heap.Pop(h)
			}
		}
		if h.Len() > 0 {
			heap.Fix(h, 0)
		}
		if rows == mergedRows {
			if err := give(out, rows); err != nil {
				return err
			}
			out, rows = s.empty(), 0
		}
	}
	if rows > 0 {
		return give(out, rows)
	}
	return nil
}

// empty gives columns as the rows have them, without rows.
func (s *Sorted) empty() []*Column {
	columns := make([]*Column, len(s.columns))
	for i, c := range s.columns {
		columns[i] = NewColumn(c.Name, c.Type)
	}
	return columns
}
