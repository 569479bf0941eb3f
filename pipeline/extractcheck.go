package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/published"
	"leadscore/transforms/diag"
	"leadscore/transforms/filter"
)

// checkExtracts reads what the extracts ask for and holds it against the tables that the run will publish. What is wrong is in the list.
func (r *run) checkExtracts() ([]diag.Diagnostic, error) {
	r.extracts = nil
	if len(r.spec.Extracts) == 0 {
		return nil, nil
	}
	schema, err := r.plannedSchema()
	if err != nil {
		return []diag.Diagnostic{{Severity: diag.Error, Position: r.spec.Extracts[0].Places["extract"].Position, What: "there are no contacts to extract",
			Why: "neither scores nor mql is published", Fix: "publish scores: see output.tables"}}, nil
	}
	var list []diag.Diagnostic
	for _, asked := range r.spec.Extracts {
		x := &extract{Extract: asked, schema: schema, idType: arrowType(r.idType)}
		list = append(list, x.read(schema, r)...)
		r.extracts = append(r.extracts, x)
	}
	return append(list, r.checkExtractLists()...), nil
}

// plannedSchema is the schema that the run's tables will have.
func (r *run) plannedSchema() (*filter.Schema, error) {
	tables := map[string][]filter.Column{}
	for _, table := range []string{scoresTable, whoTable, mqlTable, changesTable, setScoresTable, breakdownTable} {
		if !r.wants[table] {
			continue
		}
		for _, f := range r.fieldsOf(table) {
			tables[table] = append(tables[table], published.ColumnOf(f.Name, arrowType(f.Type)))
		}
	}
	s, err := published.SchemaOf(r.spec.AsOf, r.spec.Model, tables)
	if err != nil {
		return nil, err
	}
	for i := range s.Missing {
		s.Missing[i].Why = strings.Replace(s.Missing[i].Why, "the run has not published", "the run does not publish", 1)
	}
	for _, c := range r.sources[contactsTable].schema() {
		if _, ok := s.TypeOf(filter.Ref{Column: c.Name}); !ok {
			s.Missing = append(s.Missing, filter.Absent{Column: c.Name, Why: "the contacts have it, but no table publishes it",
				Fix: "write output: {contact_columns: [" + strings.Join(append(slices.Clone(r.spec.ContactColumns), c.Name), ", ") + "]}"})
		}
	}
	return s, nil
}

// arrowType gives the type that a column is read as which was written as this.
func arrowType(t encode.Type) arrow.DataType {
	switch t := t.(type) {
	case encode.IntType:
		signed := map[int]arrow.DataType{8: arrow.PrimitiveTypes.Int8, 16: arrow.PrimitiveTypes.Int16, 32: arrow.PrimitiveTypes.Int32, 64: arrow.PrimitiveTypes.Int64}
		unsigned := map[int]arrow.DataType{8: arrow.PrimitiveTypes.Uint8, 16: arrow.PrimitiveTypes.Uint16, 32: arrow.PrimitiveTypes.Uint32, 64: arrow.PrimitiveTypes.Uint64}
		if t.Signed {
			return signed[t.Bits]
		}
		return unsigned[t.Bits]
	case encode.DecimalType:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	}
	switch t {
	case encode.Int64:
		return arrow.PrimitiveTypes.Int64
	case encode.Int32:
		return arrow.PrimitiveTypes.Int32
	case encode.Double:
		return arrow.PrimitiveTypes.Float64
	case encode.Float:
		return arrow.PrimitiveTypes.Float32
	case encode.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case encode.Timestamp, encode.Instant:
		return arrow.FixedWidthTypes.Timestamp_us
	case encode.Date:
		return arrow.FixedWidthTypes.Date32
	case encode.TimeOfDay:
		return arrow.FixedWidthTypes.Time64us
	case encode.Binary:
		return arrow.BinaryTypes.Binary
	}
	return arrow.BinaryTypes.String
}

// read reads what the extract asks for.
func (x *extract) read(schema *filter.Schema, r *run) []diag.Diagnostic {
	var list []diag.Diagnostic
	found := func(key, text string, some diag.List) {
		for _, d := range some {
			d.Position = x.at(key, text, d.Position)
			list = append(list, d)
		}
	}
	if x.Where != "" {
		var some diag.List
		x.where, some = filter.Parse("where", x.Where, schema)
		found("where", x.Where, some)
	}
	if x.Columns == nil {
		refs := DefaultColumns(schema, r.spec.Model)
		for i, name := range Titles(refs) {
			x.columns = append(x.columns, outColumn{name: name, from: x.need(refs[i])})
		}
	}
	for i, c := range x.Columns {
		key := fmt.Sprintf("columns.%d", i)
		if c.Value != nil {
			x.columns = append(x.columns, outColumn{name: c.Name, from: -1, value: *c.Value, key: key})
			continue
		}
		refs, some := filter.Columns("columns", c.Column, schema)
		found(key, c.Column, some)
		for _, ref := range refs {
			name := c.Name
			if name == "" {
				name = ref.Title()
			}
			x.columns = append(x.columns, outColumn{name: name, from: x.need(ref), key: key})
		}
	}
	list = append(list, x.twice()...)
	order := x.Order
	if order == "" {
		order = DefaultOrder
	}
	if order != Unsorted {
		orders, some := filter.Orders("order", order, schema)
		found("order", order, some)
		x.orders = append(orders, filter.Order{Ref: contactRef}) // so that the order is always the same
	}
	if so := x.SuperOffice; so != nil {
		for _, key := range []struct{ name, column string }{{"external_id", so.ExternalID}, {"email", so.Email}} {
			refs, some := filter.Columns(key.name, key.column, schema)
			found("superoffice."+key.name, key.column, some)
			for _, ref := range refs {
				x.need(ref)
			}
		}
	}
	for _, o := range x.orders {
		x.need(o.Ref)
	}
	x.need(contactRef)
	if x.suppressed = -1; r.wants[scoresTable] {
		x.suppressed = x.need(suppressedRef)
	}
	return list
}

// twice finds columns of the file that have one name.
func (x *extract) twice() []diag.Diagnostic {
	for i, c := range x.columns {
		if x.SuperOffice != nil && slices.Contains(x.SuperOffice.columns(), c.name) {
			return []diag.Diagnostic{{Severity: diag.Error, Position: x.at(c.key, "", diag.Position{}), What: fmt.Sprintf("a file for SuperOffice has a column %q already", c.name),
				Why: "nobody could tell the two apart", Fix: "give this one another name: {Other name: column}, or take it out"}}
		}
		if first := slices.IndexFunc(x.columns, func(other outColumn) bool { return other.name == c.name }); first < i {
			at := func(i int) diag.Position { return x.at(x.columns[i].key, "", diag.Position{}) }
			return []diag.Diagnostic{{Severity: diag.Error, Position: at(i), Related: at(first), What: fmt.Sprintf("two columns are named %q", c.name),
				Why: "nobody could tell them apart", Fix: "give one of them another name: {Other name: column}"}}
		}
	}
	return nil
}

// at gives where in the job file something stands that stands in the text of a key.
func (x *extract) at(key, text string, within diag.Position) diag.Position {
	place, ok := x.Places[key]
	if !ok {
		place = x.Places["extract"]
	}
	if !ok || !place.Verbatim || within.Line == 0 {
		return place.Position
	}
	at := diag.Position{File: place.File, Line: place.Line, Column: place.Column, Length: within.Length}
	// A filter counts from the beginning of its text, or of one of its lines.
	line, offset := within.Line-1, within.Column-1
	for i, written := range strings.Split(text, "\n") {
		length := utf8.RuneCountInString(written)
		if i >= line && offset <= length {
			at.Line += i
			break
		}
		if i >= line {
			offset -= length + 1
		}
	}
	if at.Line > place.Line {
		at.Column = place.Indent + 1
	}
	at.Column += offset
	return at
}

// extractFacts are what decides the content of extracts.
func extractFacts(extracts []Extract) []Extract {
	facts := slices.Clone(extracts)
	for i := range facts {
		facts[i].Places = nil
	}
	return facts
}
