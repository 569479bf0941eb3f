package jobs

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"leadscore/pipeline"
	"leadscore/pipeline/export"
	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
)

// The part of the job file that says which contacts are handed to other systems.

const extractFix = "write extracts: [{extract: Hot leads, where: score >= 80}]"

// extracts reads the list of extracts.
func (r *jobReader) extracts(n *yamltree.Node) {
	if n.Kind != yamltree.List || len(n.Items) == 0 {
		r.wrong(n, "extracts", "a list of extracts", extractFix)
		return
	}
	slugs := map[string]*yamltree.Node{}
	for i, item := range n.Items {
		e := &extractReader{jobReader: r, key: fmt.Sprintf("extracts.%d", i), extract: pipeline.Extract{Places: map[string]pipeline.Place{}}}
		e.read(item, slugs)
		r.job.Extracts = append(r.job.Extracts, e.extract)
	}
	for _, x := range r.job.Extracts {
		if other, taken := slugs[x.Slug+"_rejects"]; taken && x.SuperOffice != nil {
			r.clash(other, slugs[x.Slug], "extracts/"+x.Slug+"_rejects is the folder of those that "+yamltree.Quote(x.Name)+" rejects",
				"contacts that SuperOffice does not know are published there", "give this extract another name")
		}
	}
}

// extractReader reads one extract.
type extractReader struct {
	*jobReader
	key     string
	extract pipeline.Extract
}

// actions are what can become of the contacts of an extract, one at most.
var actions = []string{"stream", "add_to_list", "remove_from_list", "superoffice"}

func (e *extractReader) read(n *yamltree.Node, slugs map[string]*yamltree.Node) {
	x := &e.extract
	text := func(key string, to *string) field {
		return field{key, func(n *yamltree.Node) { *to = e.text(n, key) }}
	}
	e.fields(n, e.key, "an extract", []field{
		{"extract", func(n *yamltree.Node) { e.name(n, slugs) }},
		text("where", &x.Where),
		{"columns", e.columns},
		text("order", &x.Order),
		{"limit", func(n *yamltree.Node) {
			limit, ok := n.Number()
			if n.Kind != yamltree.Scalar || !ok || !limit.IsInt() || limit.Sign() <= 0 || limit.Num().BitLen() > 31 {
				e.wrong(n, e.key+".limit", "a number of contacts", "write limit: 500")
				return
			}
			x.Limit = int(limit.Num().Int64())
		}},
		{"format", e.format},
		{"raw", func(n *yamltree.Node) { x.Raw = e.truth(n, "raw", "write raw: true for programs that import the file") }},
		{"stream", e.stream},
		text("add_to_list", &x.AddToList),
		text("remove_from_list", &x.RemoveFromList),
		{"superoffice", e.superoffice},
	})
	if n.Kind != yamltree.Map {
		return
	}
	if n.Get("extract") == nil && !e.job.said(e.key+".extract") {
		e.fail(n, "this extract has no name", "its folder is named like it", "write extract: Hot leads")
	}
	e.clashes(n)
}

// wrong says that the value of a key of the extract is not what it must be.
func (e *extractReader) wrong(n *yamltree.Node, key, wanted, fix string) {
	e.job.broken[key] = true
	e.fail(n, strings.TrimPrefix(key, e.key+".")+" is "+n.String(), "it must be "+wanted, fix)
}

// text reads a text that has to be there.
func (e *extractReader) text(n *yamltree.Node, key string) string {
	if n.Kind != yamltree.Scalar || n.Blank() {
		e.wrong(n, e.key+"."+key, "a text that is not empty", "write "+key[strings.LastIndexByte(key, '.')+1:]+": text, or leave it out")
		return ""
	}
	e.extract.Places[key] = e.placeOf(n)
	return n.Text
}

// placeOf tells where a scalar stands, and whether letter by letter.
func (r *jobReader) placeOf(n *yamltree.Node) pipeline.Place {
	at := pipeline.Place{Position: n.Position}
	if n.Position.Line < 1 || n.Position.Line > len(r.lines) {
		return at
	}
	if strings.Contains(n.Text, "\n") {
		return r.blockOf(n, at)
	}
	line := []rune(r.lines[n.Position.Line-1])
	if n.Position.Column > len(line) {
		return at
	}
	rest := string(line[n.Position.Column-1:])
	for _, quote := range []string{"", `"`, "'"} {
		if strings.HasPrefix(rest, quote+n.Text) {
			at.Column += len(quote)
			at.Length, at.Verbatim = utf8.RuneCountInString(n.Text), true
			break
		}
	}
	return at
}

// blockOf finds the lines of a block behind a bar.
func (r *jobReader) blockOf(n *yamltree.Node, at pipeline.Place) pipeline.Place {
	texts, below := strings.Split(strings.TrimRight(n.Text, "\n"), "\n"), r.lines[n.Position.Line:]
	if len(texts) > len(below) {
		return at
	}
	indent := len(below[0]) - len(strings.TrimLeft(below[0], " "))
	for i, text := range texts {
		if strings.TrimRight(below[i], "\r") != strings.Repeat(" ", indent)+text && text+strings.TrimSpace(below[i]) != "" {
			return at
		}
	}
	at.Line, at.Column, at.Length = at.Line+1, indent+1, utf8.RuneCountInString(texts[0])
	at.Verbatim, at.Indent = true, indent
	return at
}

// name reads the name of an extract, which gives that of its folder.
func (e *extractReader) name(n *yamltree.Node, slugs map[string]*yamltree.Node) {
	x := &e.extract
	if x.Name = e.text(n, "extract"); x.Name == "" {
		return
	}
	if x.Slug = slugOf(x.Name); x.Slug == "" {
		e.fail(n, "the extract "+yamltree.Quote(x.Name)+" has no letter from a to z and no digit in its name", "its folder is named by those", "write extract: Hot leads")
		return
	}
	if first, taken := slugs[x.Slug]; taken {
		e.clash(n, first, "two extracts would be published to extracts/"+x.Slug, "the folder is named like the extract, in lower case and with _ for everything but letters and digits",
			"give one of them another name")
	}
	slugs[x.Slug] = n
}

// slugOf makes a folder's name of an extract's: lower case, and _ for all that is no letter from a to z and no digit.
func slugOf(name string) string {
	slug := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToLower(name))
	return strings.TrimLeft(slug, "_")
}

const columnsFix = `write columns: [contact_id, {E-mail: email}, {Source: {value: leadscore}}]`

// columns reads the columns of the file: names of ours, or theirs with what it is to hold.
func (e *extractReader) columns(n *yamltree.Node) {
	items := n.Items
	if n.Kind == yamltree.Scalar {
		items = []*yamltree.Node{n}
	}
	if n.Kind == yamltree.Map || len(items) == 0 || n.Null() {
		e.wrong(n, e.key+".columns", "a list of columns", columnsFix)
		return
	}
	for i, item := range items {
		key := fmt.Sprintf("columns.%d", i)
		c := pipeline.ExtractColumn{}
		switch {
		case item.Kind == yamltree.Scalar && !item.Blank():
			c.Column = item.Text
			e.extract.Places[key] = e.placeOf(item)
		case item.Kind == yamltree.Map && len(item.Entries) == 1:
			c.Name = item.Entries[0].Key.Text
			e.column(item.Entries[0].Value, key, &c)
		default:
			e.wrong(item, e.key+"."+key, "one column", columnsFix)
		}
		e.extract.Columns = append(e.extract.Columns, c)
	}
}

// column reads what a column with a name of its own holds.
func (e *extractReader) column(n *yamltree.Node, key string, c *pipeline.ExtractColumn) {
	if n.Kind == yamltree.Scalar && !n.Blank() {
		c.Column = n.Text
		e.extract.Places[key] = e.placeOf(n)
		return
	}
	if n.Kind != yamltree.Map {
		e.wrong(n, e.key+"."+key, "one column", columnsFix)
		return
	}
	e.extract.Places[key] = pipeline.Place{Position: n.Position}
	e.fields(n, e.key+"."+key, "a column", []field{{"value", func(n *yamltree.Node) {
		if n.Kind != yamltree.Scalar || n.Null() {
			e.wrong(n, e.key+"."+key+".value", "a text", "write {"+c.Name+": {value: text}}")
			return
		}
		c.Value = &n.Text
	}}})
	if len(n.Entries) == 0 {
		e.wrong(n, e.key+"."+key, "a column or a value", "write {"+c.Name+": score} or {"+c.Name+": {value: text}}")
	}
}

// format reads what the file is to be.
func (e *extractReader) format(n *yamltree.Node) {
	if n.Kind != yamltree.Scalar || !slices.Contains(export.Formats, n.Text) {
		fix := "the formats are " + listed(export.Formats)
		if near, ok := diag.Nearest(n.Text, export.Formats); ok {
			fix = "did you mean " + near + "?"
		}
		e.wrong(n, e.key+".format", "a format", fix)
		return
	}
	e.extract.Format = n.Text
}

// stream reads whether the contacts are delivered once each, and what at first.
func (e *extractReader) stream(n *yamltree.Node) {
	const form = "write stream: true, or stream: {fetch_history: true}"
	if on, ok := n.Bool(); ok && n.Kind == yamltree.Scalar {
		if on {
			e.extract.Stream = &pipeline.Stream{}
		}
		return
	}
	if n.Kind != yamltree.Map {
		e.wrong(n, e.key+".stream", "true or a map", form)
		return
	}
	e.extract.Stream = &pipeline.Stream{}
	e.fields(n, e.key+".stream", "a stream", []field{{"fetch_history", func(n *yamltree.Node) {
		e.extract.Stream.FetchHistory = e.truth(n, "stream.fetch_history", form)
	}}})
}

// truth reads true or false.
func (e *extractReader) truth(n *yamltree.Node, key, fix string) bool {
	on, ok := n.Bool()
	if !ok || n.Kind != yamltree.Scalar {
		e.wrong(n, e.key+"."+key, "true or false", fix)
		return false
	}
	return on
}

// superoffice reads what SuperOffice is told.
func (e *extractReader) superoffice(n *yamltree.Node) {
	so := &pipeline.SuperOffice{}
	text := func(key string, to *string) field {
		return field{key, func(n *yamltree.Node) { *to = e.text(n, "superoffice."+key) }}
	}
	e.fields(n, e.key+".superoffice", "superoffice", []field{
		{"target", func(n *yamltree.Node) {
			targets := []string{"selection", "project"}
			if n.Kind != yamltree.Scalar || !slices.Contains(targets, n.Text) {
				e.wrong(n, e.key+".superoffice.target", "selection or project", "write target: selection, or target: project")
				return
			}
			so.Target = n.Text
		}},
		text("name", &so.Name), text("external_id", &so.ExternalID), text("email", &so.Email),
	})
	if n.Kind != yamltree.Map {
		return
	}
	for _, needed := range []string{"target", "name", "external_id", "email"} {
		if n.Get(needed) == nil && !e.job.said(e.key+".superoffice."+needed) {
			e.fail(n, "superoffice has no "+needed, "SuperOffice knows a person by its id and e-mail address, and puts them into what is named",
				"write superoffice: {target: selection, name: Hot leads, external_id: superoffice_id, email: email}")
			return
		}
	}
	e.extract.SuperOffice = so
}

// clashes finds keys that cannot stand side by side.
func (e *extractReader) clashes(n *yamltree.Node) {
	var acts *yamltree.Node
	for _, action := range actions {
		value, key := n.Get(action), n.Key(action)
		if value == nil {
			continue
		}
		if on, ok := value.Bool(); ok && !on && action == "stream" {
			continue
		}
		if acts != nil {
			e.clash(key, acts, "this extract has "+acts.Text+" and "+action+" both", "each says what is to become of the contacts",
				"make two extracts of it")
		} else {
			acts = key
		}
	}
	format := n.Get("format")
	csv := format == nil && (acts == nil || acts.Text == "stream") || e.extract.Format == "csv" || e.extract.Format == "tsv"
	if raw := n.Key("raw"); raw != nil && e.extract.Raw && !csv {
		e.fail(raw, "raw says nothing of this extract", "only csv and tsv mark texts that a spreadsheet would take for formulas", "take raw out, or write format: csv")
	}
	if acts == nil {
		return
	}
	switch acts.Text {
	case "add_to_list", "remove_from_list":
		if columns := n.Key("columns"); columns != nil {
			e.clash(columns, acts, "this extract has columns and "+acts.Text+" both", "a table of memberships has the columns of the lists input, so that it can be taken in as one", "take columns out")
		}
		if format != nil && e.extract.Format != "" && e.extract.Format != "parquet" {
			e.clash(format, acts, "this extract is "+e.extract.Format+" and for a list", "a table of memberships is Parquet, as the lists input is", "take format out")
		}
	case "superoffice":
		if format != nil && slices.Contains([]string{"jsonl", "parquet"}, e.extract.Format) {
			e.clash(format, acts, "SuperOffice does not import "+e.extract.Format, "it reads spreadsheets, and its client for Windows text files", "write format: xlsx, csv or tsv")
		}
	}
}
