package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/iter"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/storage"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

// source is one input table: its files, pinned and opened, and how its columns are read.
type source struct {
	table    inputTable
	input    Input
	zone     *time.Location // of zone-less times
	notes    []string       // what is suspicious about its paths
	files    []*sourceFile  // by address
	rows     int64
	previous string                   // the date that dt=previous stands for; empty: none
	nulls    func(folded []byte) bool // which texts, as they are compared, mean missing; nil: none

	wanted []string     // columns that are read of every row group
	needed int64        // bytes of them and of the footers
	read   atomic.Int64 // bytes that the stores gave
	ahead  *ahead       // nil: reads are made as they come
}

// sourceFile is one file of an input.
type sourceFile struct {
	store   storage.Store
	object  storage.Object
	read    *atomic.Int64 // counts the input's bytes
	file    *parquetio.File
	columns map[string]int // our column name → top-level column of the file

	sync.Mutex
	reader *fileReader // nil while nobody reads the file
	users  int
}

// open gives a reader of the file as it was pinned, to be given back with done. There may be more files than a process can
// have open, so a file is open only while some goroutine reads it.
func (f *sourceFile) open(ctx context.Context) (*fileReader, error) {
	f.Lock()
	defer f.Unlock()
	if f.reader == nil {
		r, err := f.store.Open(ctx, f.object)
		if err != nil {
			return nil, err
		}
		f.reader = &fileReader{Reader: counted{r, f.read}}
	}
	f.users++
	return f.reader, nil
}

func (f *sourceFile) done() error {
	f.Lock()
	defer f.Unlock()
	if f.users--; f.users > 0 {
		return nil
	}
	r := f.reader
	f.reader = nil
	return r.Close()
}

// openSource finds, pins and opens the files of an input, for a run of a date.
func openSource(ctx context.Context, table inputTable, input Input, zone *time.Location, date string, limits parquetio.Limits) (*source, error) {
	s := &source{table: table, input: input, zone: zone}
	if input.Zone != nil {
		s.zone = input.Zone
	}
	if len(input.NullValues) > 0 {
		s.nulls = match.NullTexts(input.NullValues)
	}
	if err := s.find(ctx, date); err != nil {
		return nil, err
	}
	if err := s.readFooters(ctx, limits); err != nil {
		return nil, fmt.Errorf("%s: %w", table, err)
	}
	for _, f := range s.files {
		s.rows += f.file.NumRows()
		s.needed += f.file.FooterBytes()
		f.columns = input.columnsOf(f.file)
	}
	return s, s.checkMapping()
}

// readFooters reads what the files say of themselves. Of several that cannot be read the first is told.
func (s *source) readFooters(ctx context.Context, limits parquetio.Limits) error {
	errs := make([]error, len(s.files))
	iter.Iterator[*sourceFile]{MaxGoroutines: mostRequests}.ForEachIdx(s.files, func(i int, f **sourceFile) {
		errs[i] = (*f).readFooter(ctx, limits)
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// readFooter reads what the file says of itself.
func (f *sourceFile) readFooter(ctx context.Context, limits parquetio.Limits) (err error) {
	r, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.done()) }()
	if f.file, err = parquetio.Open(f.object.Address, r, f.object.Size, limits); err != nil {
		return err
	}
	if f.object.Checksum == "" {
		f.object.Checksum = "footer:" + f.file.Footer()
	}
	return nil
}

// columnsOf gives the columns of a file under our names: those that the job maps, and every other under its own.
func (in *Input) columnsOf(file *parquetio.File) map[string]int {
	columns := map[string]int{}
	for i, c := range file.Columns() {
		if _, mapped := in.Columns[c.Name]; !mapped {
			columns[c.Name] = i
		}
	}
	for ours, from := range in.Columns {
		for i, c := range file.Columns() {
			if from.Value == nil && c.Name == from.Column {
				columns[ours] = i
			}
		}
	}
	return columns
}

// checkMapping finds columns that the job file names and no file has. Where there are no files yet, none can be missed.
func (s *source) checkMapping() error {
	if len(s.files) == 0 {
		return nil
	}
	for _, ours := range slices.Sorted(maps.Keys(s.input.Columns)) {
		from := s.input.Columns[ours]
		if from.Value != nil || s.has(ours) {
			continue
		}
		return failed(exitUsage, "the job file reads %s.%s from the column %q, but no file of %s has it; %s",
			s.table, ours, from.Column, s.table, s.theirColumns())
	}
	for _, column := range slices.Sorted(maps.Keys(s.input.Values)) {
		if !s.has(column) {
			return failed(exitUsage, "the job file gives other values for %s.%s, but no file of %s has that column; %s",
				s.table, column, s.table, s.theirColumns())
		}
		for _, f := range s.files {
			if at, ok := f.columns[column]; ok {
				if t := f.file.Columns()[at].Type; t.Kind != match.Text && t.Kind != match.Null {
					return failed(exitUsage, "the job file gives other values for %s.%s, which is %s in %s; only text can have other values", s.table, column, t.Name, f.object.Address)
				}
			}
		}
	}
	return nil
}

// theirColumns shows the columns of the first file, for messages about a column that none has.
func (s *source) theirColumns() string {
	return fmt.Sprintf("%s has: %s", s.files[0].object.Address, s.files[0].theirColumns())
}

func (f *sourceFile) theirColumns() string {
	var names []string
	for _, c := range f.file.Columns() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// has tells whether any file has the column, or the job gives it a value.
func (s *source) has(column string) bool {
	if s.constant(column) != nil {
		return true
	}
	for _, f := range s.files {
		if _, ok := f.columns[column]; ok {
			return true
		}
	}
	return false
}

// constant is the value that the job gives the column in every row, or nil.
func (s *source) constant(column string) *string { return s.input.Columns[column].Value }

// require makes sure that every file has the column.
func (s *source) require(column, what string) error {
	if s.constant(column) != nil {
		return nil
	}
	for _, f := range s.files {
		if _, ok := f.columns[column]; !ok {
			return failed(exitUsage, "%s: %s has no column %q (%s); name the one that holds it with columns: {%s: its name} under %s in the job file; the file has: %s",
				s.table, f.object.Address, column, what, column, s.table, f.theirColumns())
		}
	}
	return nil
}

// schema gives the columns of all files under our names. One whose types cannot be compared with each other is of a kind that
// no operator can read.
func (s *source) schema() []model.Column {
	var columns []model.Column
	place := map[string]int{}
	from := map[string]string{}
	for _, f := range s.files {
		for _, name := range slices.Sorted(maps.Keys(f.columns)) {
			t := f.file.Columns()[f.columns[name]].Type
			i, known := place[name]
			if !known {
				place[name] = len(columns)
				from[name] = f.object.Address
				columns = append(columns, model.Column{Name: name, Type: t})
				continue
			}
			if columns[i].Type.Kind == match.Null {
				columns[i].Type, from[name] = t, f.object.Address
			}
			if !canCompare(columns[i].Type, t) && columns[i].Type.Kind != match.Other {
				// Whoever asks anything of it is told so; whoever does not need not care.
				columns[i].Type = match.Type{Kind: match.Other, Name: fmt.Sprintf("%s in %s but %s in %s", columns[i].Type.Name, from[name], t.Name, f.object.Address)}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.input.Columns)) {
		if s.constant(name) != nil {
			columns = append(columns, model.Column{Name: name, Type: match.Type{Kind: match.Text, Name: "text"}})
		}
	}
	return columns
}

// canCompare tells whether values of two columns can stand in one: texts, numbers, booleans, dates, and lists of those.
func canCompare(a, b match.Type) bool {
	class := func(k match.Kind) int {
		switch k {
		case match.Int, match.Uint, match.Float, match.Decimal:
			return 1
		case match.DateOnly, match.Timestamp:
			return 2
		}
		return 10 + int(k)
	}
	switch {
	case a.Kind == match.Null || b.Kind == match.Null:
		return true
	case a.Kind == match.List && b.Kind == match.List && a.Elem != nil && b.Elem != nil:
		return canCompare(*a.Elem, *b.Elem)
	}
	return class(a.Kind) == class(b.Kind)
}

// idKind tells what the contact ids of the table are; 0 when no file says.
func (s *source) idKind() (idKind, error) {
	kind, first := idKind(0), ""
	for _, f := range s.files {
		t := f.file.Columns()[f.columns["contact_id"]].Type
		k := kindOfID(t)
		switch {
		case t.Kind == match.Null:
		case k == 0:
			return 0, failed(exitUsage, "%s: contact_id of %s is %s, but a contact id has to be text or an integer; cast it when you export", s.table, f.object.Address, t.Name)
		case kind != 0 && k != kind:
			return 0, failed(exitUsage, "%s: contact_id is %s in %s but %s in %s; such ids can never be equal, cast one of them", s.table, kind, first, k, f.object.Address)
		default:
			kind, first = k, f.object.Address
		}
	}
	return kind, nil
}

// checkOrder makes sure that rows can be ordered by a column.
func (s *source) checkOrder(by string) error {
	found, first := false, match.Type{}
	for _, f := range s.files {
		at, ok := f.columns[by]
		if !ok {
			continue
		}
		if t := f.file.Columns()[at].Type; !found || first.Kind == match.Null {
			found, first = true, t
		} else if !canCompare(first, t) {
			return failed(exitUsage, "%s: duplicates are kept by the column %q, which is %s in some files and %s in %s; write all files with the same type", s.table, by, first.Name, t.Name, f.object.Address)
		}
		switch t := f.file.Columns()[at].Type; t.Kind {
		case match.DateOnly, match.Timestamp, match.Int, match.Uint, match.Float, match.Text, match.Null:
		default:
			return failed(exitUsage, "%s: duplicates are kept by the column %q, which is %s in %s; it has to hold dates, numbers or text", s.table, by, t.Name, f.object.Address)
		}
	}
	if !found {
		return failed(exitUsage, "%s: duplicates are kept by the column %q, but no file has it; %s", s.table, by, s.theirColumns())
	}
	return nil
}

// reading calls read with the file of a row group, which is open meanwhile.
func (s *source) reading(ctx context.Context, t task, read func(context.Context, *sourceFile, task) error) (err error) {
	f := s.files[t.file]
	if _, err := f.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.ahead.end(t), f.done()) }()
	if err := s.ahead.begin(ctx, t); err != nil {
		return err
	}
	return read(ctx, f, t)
}

// tasks lists the row groups of all files that have rows, in order.
func (s *source) tasks() []task {
	var list []task
	for i, f := range s.files {
		row := int64(0)
		for g := range f.file.RowGroups() {
			if n := f.file.RowGroupRows(g); n > 0 {
				list = append(list, task{int32(i), g, row})
				row += n
			}
		}
	}
	return list
}

// task is a row group to read. first is its first row's place in the file.
type task struct {
	file  int32
	group int
	first int64
}
