package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"leadscore/pipeline"
	"leadscore/pipeline/parquetio"
	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/match"
)

// misfits finds what the job says of columns that the data does not have, and names the line that says it. Without a job file there are
// no lines to name. An error means that the data could not be looked at.
func (j *Job) misfits(ctx context.Context) (diag.List, error) {
	if j.File == "" {
		return nil, nil
	}
	var list diag.List
	inputs := map[string]*pipeline.Input{"contacts": &j.Contacts, "engagements": &j.Engagements, "lists": j.Lists}
	for _, table := range []string{"contacts", "engagements", "lists"} {
		in := inputs[table]
		if in == nil || len(in.Paths) == 0 {
			continue
		}
		l, err := openAll(ctx, table, in.Paths)
		if err != nil {
			return nil, err
		}
		if len(l.files) == 0 { // dt=previous stands for no date yet
			continue
		}
		for _, ours := range slices.Sorted(maps.Keys(in.Columns)) {
			if theirs := in.Columns[ours]; theirs.Value == nil {
				list = append(list, j.absent(l, table, theirs.Column, "inputs."+table+".columns."+ours, l.theirs())...)
			}
		}
		list = append(list, j.missing(l, table, in)...)
		list = append(list, j.mistyped(l, table, in)...)
		if table == "contacts" {
			if in.KeepLatest != "" {
				list = append(list, j.absent(l, table, in.KeepLatest, "inputs.contacts.duplicates.by", l.ours(in))...)
			}
			for _, c := range j.MQLColumns {
				list = append(list, j.mqlMisfit(l, in, c)...)
			}
		}
	}
	list.Sort()
	return list, nil
}

// absent says that no file has a column that the job names, and which one is probably meant.
func (j *Job) absent(l *looked, table, column, key string, have []string) diag.List {
	if slices.Contains(have, column) {
		return nil
	}
	fix := "the columns are " + listed(have)
	if near, ok := diag.Nearest(column, have); ok {
		fix = "did you mean " + yamltree.Quote(near) + "?"
	}
	return diag.List{{Severity: diag.Error, Position: j.place(key), What: fmt.Sprintf("no file of %s has a column %s", table, yamltree.Quote(column)),
		Why: "the job reads it, and it is in none of the files", Fix: fix}}
}

// missing says that a column which every row needs is neither there under our name nor mapped.
func (j *Job) missing(l *looked, table string, in *pipeline.Input) diag.List {
	var list diag.List
	have := l.ours(in)
	for _, c := range inputColumns[table] {
		_, mapped := in.Columns[c.name]
		if !c.required || mapped || slices.Contains(have, c.name) || j.said("inputs."+table+".columns."+c.name) {
			continue
		}
		form := "their name"
		if near, ok := diag.Nearest(c.name, have); ok {
			form = near
		}
		list = append(list, diag.Diagnostic{Severity: diag.Error, Position: j.place("inputs." + table + ".columns"),
			What: fmt.Sprintf("%s have no column %s", table, yamltree.Quote(c.name)), Why: "every row needs it; the columns are " + listed(have),
			Fix: fmt.Sprintf("write columns: {%s: %s} under %s", c.name, form, table)})
	}
	return list
}

// types are the columns that a run can read in some types only.
var types = []struct {
	table, column, wanted string
	fits                  func(parquetio.Column) bool
}{
	{"contacts", "contact_id", "text or a whole number", isID(nil)},
	{"engagements", "contact_id", "text or a whole number", isID(nil)},
	{"engagements", "occurred_at", "a timestamp or a date", isTime},
	{"lists", "contact_id", "text or a whole number", isID(nil)},
	{"lists", "added_at", "a timestamp or a date", isTime},
}

// mistyped says that a file has a column in a type that a run cannot read.
func (j *Job) mistyped(l *looked, table string, in *pipeline.Input) diag.List {
	var list diag.List
	for _, t := range types {
		theirs := t.column
		if from, mapped := in.Columns[t.column]; mapped {
			theirs = from.Column
		}
		at := slices.IndexFunc(l.files, func(f lookedFile) bool {
			c, there := column(f.file.Columns(), theirs)
			return there && c.Type.Kind != match.Null && !t.fits(c)
		})
		if t.table != table || at < 0 {
			continue
		}
		c, _ := column(l.files[at].file.Columns(), theirs)
		list = append(list, diag.Diagnostic{Severity: diag.Error, Position: j.place("inputs." + table + ".columns." + t.column),
			What: fmt.Sprintf("%s of %s is %s", t.column, table, c.Type.Name),
			Why:  fmt.Sprintf("it must be %s; it is the column %s of %s", t.wanted, yamltree.Quote(theirs), l.files[at].object.Address), Fix: "cast it when you export, or map another column to " + t.column})
	}
	return list
}

// mqlMisfit says why a contact column cannot be carried by the mql table.
func (j *Job) mqlMisfit(l *looked, in *pipeline.Input, column string) diag.List {
	key := "output.mql_columns." + column
	if list := j.absent(l, "contacts", column, key, l.ours(in)); list != nil {
		return list
	}
	theirs := column
	if from, ok := in.Columns[column]; ok {
		theirs = from.Column
	}
	if c, ok := l.column(theirs); ok && (c.Type.Kind == match.List || c.Type.Kind == match.Other) {
		return diag.List{{Severity: diag.Error, Position: j.place(key), What: fmt.Sprintf("the mql table cannot carry %s", yamltree.Quote(column)),
			Why: "it is " + c.Type.Name + ", and the tables have plain columns only", Fix: "take it out of mql_columns"}}
	}
	return nil
}

// theirs gives the names of the columns as the files have them.
func (l *looked) theirs() []string {
	names := make([]string, len(l.columns))
	for i, c := range l.columns {
		names[i] = c.Name
	}
	return names
}

// ours gives the names of the columns after mapping.
func (l *looked) ours(in *pipeline.Input) []string {
	var names []string
	for _, name := range l.theirs() {
		if _, hidden := in.Columns[name]; !hidden {
			names = append(names, name)
		}
	}
	return append(names, slices.Sorted(maps.Keys(in.Columns))...)
}
