package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"leadscore/transforms/match"
)

// FirstRow is the number of the first row of a file.
const FirstRow = 0

// Layout says how tables lie in files: nothing in it changes what the tables say.
type Layout struct {
	Seed         uint64       // of the order of rows and columns and of which file a row goes to
	Shuffle      bool         // rows in random order, else in the order of the tables
	Renamed      bool         // the files' columns have other names than ours
	Noise        bool         // nested columns that nobody asked for
	LeaveOutNull bool         // files whose values of an optional column are all null do without the column, but for the first file
	Files        []FileLayout // at least one; a table with fewer rows than files has empty files
}

// FileLayout says how one file is written.
type FileLayout struct {
	Writer       string // arrow or parquet-go
	Codec        string // none, snappy, zstd, gzip, brotli, lz4_raw (arrow writes that one)
	Encoding     string // dictionary, plain or delta
	Page         int    // data page version: 1 or 2
	PageBytes    int    // size at which a page ends
	RowGroup     int    // rows
	EmptyGroup   bool   // arrow: an empty row group in front
	TimeUnit     string // ms, us, ns, int96 (for instants only)
	ID           string // type of contact ids that are integers, where they fit: int32, int64, uint32, uint64, double; empty: as the table says
	Required     bool   // columns without nulls are written as required
	DecimalAsInt bool   // arrow: decimals of few digits as integers
}

// Written is where the tables of a Layout lie.
type Written struct {
	Tables      Tables // the same, every row knowing its file and row
	Contacts    []string
	Engagements []string
	Lists       []string // empty where there is no lists input
	Renamed     bool
}

// Source gives the files' name of one of our columns.
func (w Written) Source(column string) string {
	if w.Renamed {
		return "Their " + column
	}
	return column
}

// tableColumn is a column of a table with all its values.
type tableColumn struct {
	Column
	values   []Value // []Answer for the answers map
	optional bool    // a file may do without it
	id       bool    // contact_id
}

// answersType marks the answers map.
var answersType = match.Type{Kind: match.Other, Name: "answers"}

// Write writes the tables to Parquet files below dir.
func (l Layout) Write(dir string, t Tables) (Written, error) {
	w := Written{Renamed: l.Renamed}
	var err error
	w.Tables = t
	contacts, contactColumns := contactColumns(t)
	if w.Contacts, err = l.writeTable(dir, "contacts", len(contacts), contactColumns, func(i int, file string, row int64) {
		contacts[i].File, contacts[i].Row = file, row
	}); err != nil {
		return w, err
	}
	events, eventColumns := eventColumns(t)
	if w.Engagements, err = l.writeTable(dir, "engagements", len(events), eventColumns, func(i int, file string, row int64) {
		events[i].File, events[i].Row = file, row
	}); err != nil {
		return w, err
	}
	members, memberColumns := memberColumns(t)
	if t.HasLists {
		if w.Lists, err = l.writeTable(dir, "lists", len(members), memberColumns, func(i int, file string, row int64) {
			members[i].File, members[i].Row = file, row
		}); err != nil {
			return w, err
		}
	}
	w.Tables.Contacts, w.Tables.Events, w.Tables.Members = contacts, events, members
	return w, nil
}

func (l Layout) writeTable(dir, table string, rows int, columns []tableColumn, place func(i int, file string, row int64)) ([]string, error) {
	random := rand.New(rand.NewPCG(l.Seed, uint64(len(table))))
	order := make([]int, rows)
	for i := range order {
		order[i] = i
	}
	if l.Shuffle {
		random.Shuffle(rows, func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	perFile := make([][]int, len(l.Files))
	for n, i := range order {
		file := n * len(l.Files) / rows
		if l.Shuffle {
			file = random.IntN(len(l.Files))
		}
		perFile[file] = append(perFile[file], i)
	}
	if err := os.MkdirAll(filepath.Join(dir, table), 0o777); err != nil {
		return nil, err
	}
	var paths []string
	for n, layout := range l.Files {
		path := filepath.Join(dir, table, fmt.Sprintf("part-%02d.parquet", n))
		var chosen []tableColumn
		for _, c := range columns {
			values := make([]Value, len(perFile[n]))
			allNull := true
			for row, i := range perFile[n] {
				values[row] = c.values[i]
				allNull = allNull && values[row] == nil
			}
			if l.LeaveOutNull && c.optional && allNull && n > 0 {
				continue
			}
			c.values = values
			if c.id {
				c.Type = idType(layout.ID, c)
			}
			if l.Renamed {
				c.Name = Written{Renamed: true}.Source(c.Name)
			}
			chosen = append(chosen, c)
		}
		if l.Shuffle {
			random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
		}
		for row, i := range perFile[n] {
			place(i, path, int64(row)+FirstRow)
		}
		if err := layout.writeFile(path, chosen, len(perFile[n]), l.Noise); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func (f FileLayout) writeFile(path string, columns []tableColumn, rows int, noise bool) error {
	if f.Writer == "parquet-go" && f.Codec != "lz4_raw" {
		return f.writeParquetGo(path, columns, rows)
	}
	return f.writeArrow(path, columns, rows, noise)
}

// idType is the type in which integer contact ids are written: the wanted one if all of them fit, else the table's own.
func idType(want string, c tableColumn) match.Type {
	kinds := map[string]match.Type{
		"int32": {Kind: match.Int, Bits: 32}, "int64": {Kind: match.Int, Bits: 64},
		"uint32": {Kind: match.Uint, Bits: 32}, "uint64": {Kind: match.Uint, Bits: 64},
		"double": {Kind: match.Float, Bits: 64},
	}
	t, ok := kinds[want]
	if !ok || c.Type.Kind != match.Int && c.Type.Kind != match.Uint {
		return c.Type
	}
	for _, v := range c.values {
		if v == nil {
			continue
		}
		n, _, _ := number(v)
		low, high := int64(math.MinInt64), int64(math.MaxInt64)
		switch want {
		case "int32":
			low, high = math.MinInt32, math.MaxInt32
		case "uint32":
			low, high = 0, math.MaxUint32
		case "uint64":
			low = 0
		case "double":
			low, high = -(1<<53)+1, (1<<53)-1
		}
		if !n.Num().IsInt64() || n.Num().Int64() < low || n.Num().Int64() > high {
			return c.Type
		}
	}
	return t
}

// integer gives a number as the int64 with its bits.
func integer(v Value) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case uint64:
		return int64(v)
	case float64:
		return int64(v)
	}
	return 0
}

// float gives a number as float64.
func float(v Value) float64 {
	switch v := v.(type) {
	case float32:
		return float64(v)
	case float64:
		return v
	case uint64:
		return float64(v)
	}
	return float64(integer(v))
}

func contactColumns(t Tables) ([]Contact, []tableColumn) {
	rows := slices.Clone(t.Contacts)
	columns := []tableColumn{{Column: Column{"contact_id", t.ContactID}, id: true}}
	for _, f := range t.Fields {
		columns = append(columns, tableColumn{Column: f, optional: true})
	}
	for _, row := range rows {
		columns[0].values = append(columns[0].values, row.ID)
		for i, f := range t.Fields {
			columns[i+1].values = append(columns[i+1].values, row.Fields[f.Name])
		}
	}
	return rows, columns
}

func eventColumns(t Tables) ([]Event, []tableColumn) {
	rows := slices.Clone(t.Events)
	text := match.Type{Kind: match.Text}
	columns := []tableColumn{
		{Column: Column{"contact_id", t.EventKey}, id: true}, {Column: Column{"occurred_at", t.EventAt}},
		{Column: Column{"channel", text}}, {Column: Column{"action", text}},
	}
	for _, c := range t.Optional {
		columns = append(columns, tableColumn{Column: c, optional: true})
	}
	if t.HasAnswers {
		columns = append(columns, tableColumn{Column: Column{"answers", answersType}, optional: true})
	}
	for _, c := range t.Where {
		columns = append(columns, tableColumn{Column: c, optional: true})
	}
	for _, row := range rows {
		for i := range columns {
			columns[i].values = append(columns[i].values, row.value(columns[i].Name))
		}
	}
	return rows, columns
}

// value gives the value of one of our columns of engagements.
func (e Event) value(column string) Value {
	switch column {
	case "contact_id":
		return e.ID
	case "occurred_at":
		return e.At
	case "channel":
		return e.Channel
	case "action":
		return e.Action
	case "asset":
		return e.Asset
	case "url":
		return e.URL
	case "question":
		return e.Question
	case "answer":
		return e.Answer
	case "event_id":
		return e.EventID
	case "answers":
		if e.Answers == nil {
			return nil
		}
		return e.Answers
	}
	return e.Where[column]
}

func memberColumns(t Tables) ([]Member, []tableColumn) {
	rows := slices.Clone(t.Members)
	columns := []tableColumn{{Column: Column{"contact_id", t.MemberKey}, id: true}, {Column: Column{"list", t.ListID}}}
	if t.AddedAt != nil {
		columns = append(columns, tableColumn{Column: Column{"added_at", *t.AddedAt}, optional: true})
	}
	for _, row := range rows {
		columns[0].values = append(columns[0].values, row.ID)
		columns[1].values = append(columns[1].values, row.List)
		if t.AddedAt != nil {
			columns[2].values = append(columns[2].values, row.Added)
		}
	}
	return rows, columns
}
