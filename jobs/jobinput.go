package jobs

import (
	"time"

	"leadscore/pipeline"
	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/match"
)

// The part of the job file that says where an input table lies and how its columns are read.

// inputColumn is a column that leadscore itself reads from an input, under its own name.
type inputColumn struct {
	name     string
	required bool
	constant bool // one value for every row makes sense
	coded    bool // it has values to translate
}

// inputColumns are the columns of each input that have a meaning of their own. Contacts and engagements may have any others beside
// them, lists may not.
var inputColumns = map[string][]inputColumn{
	"contacts": {{name: "contact_id", required: true}, {name: "lists", coded: true}},
	"engagements": {
		{name: "contact_id", required: true}, {name: "occurred_at", required: true},
		{name: "channel", required: true, constant: true, coded: true}, {name: "action", required: true, constant: true, coded: true},
		{name: "asset", constant: true, coded: true}, {name: "url", constant: true, coded: true},
		{name: "question", constant: true, coded: true}, {name: "answer", constant: true, coded: true},
		{name: "answers"}, {name: "event_id"},
	},
	"lists": {{name: "contact_id", required: true}, {name: "list", required: true, constant: true, coded: true}, {name: "added_at"}},
}

// input reads one input table.
func (r *jobReader) input(n *yamltree.Node, table string, in *pipeline.Input) {
	key := "inputs." + table
	fields := []field{
		{"path", func(n *yamltree.Node) { r.paths(n, key+".path", in) }},
		{"columns", func(n *yamltree.Node) { r.columns(n, table, in) }},
		{"values", func(n *yamltree.Node) { r.values(n, table, in) }},
		{"null_values", func(n *yamltree.Node) {
			for _, item := range r.scalars(n, key+".null_values", "texts that mean missing") {
				in.NullValues = append(in.NullValues, item.Text)
			}
		}},
		{"time_zone", func(n *yamltree.Node) { in.Zone = r.zone(n, key+".time_zone") }},
	}
	if table == "contacts" {
		fields = append(fields, field{"duplicates", func(n *yamltree.Node) { r.duplicates(n, in) }})
	}
	r.fields(n, key, key, fields)
	r.clashes(table, in)
}

// paths reads one address or several.
func (r *jobReader) paths(n *yamltree.Node, key string, in *pipeline.Input) {
	for _, item := range r.texts(n, key, "paths") {
		in.Paths = append(in.Paths, within(r.folder, item.Text, true))
	}
}

// columns reads which of their columns is which of ours.
func (r *jobReader) columns(n *yamltree.Node, table string, in *pipeline.Input) {
	key := "inputs." + table + ".columns"
	if n.Kind != yamltree.Map {
		r.wrong(n, key, "a map of our names to theirs", "write columns: {contact_id: id}")
		return
	}
	in.Columns = make(map[string]pipeline.Source, len(n.Entries))
	for _, e := range n.Entries {
		ours := e.Key.Text
		if !r.knownColumn(e.Key, table) {
			continue
		}
		r.job.places[key+"."+ours] = e.Value.Position
		if source, ok := r.source(e.Value, key+"."+ours, table, ours); ok {
			in.Columns[ours] = source
		}
	}
}

// source reads where the values of a column come from: a name, or {value: text} for every row.
func (r *jobReader) source(n *yamltree.Node, key, table, ours string) (pipeline.Source, bool) {
	if n.Kind == yamltree.Scalar && !n.Blank() {
		return pipeline.Source{Column: n.Text}, true
	}
	if n.Kind != yamltree.Map {
		r.wrong(n, key, "the name of a column in the files", "write "+ours+": their_name, or "+ours+": {value: text} for the same text in every row")
		return pipeline.Source{}, false
	}
	var source pipeline.Source
	r.fields(n, key, key, []field{{"value", func(n *yamltree.Node) {
		if n.Kind != yamltree.Scalar || n.Blank() {
			r.wrong(n, key+".value", "a text", "write "+ours+": {value: text}")
			return
		}
		source.Value = &n.Text
	}}})
	for _, c := range inputColumns[table] {
		if c.name == ours && !c.constant && source.Value != nil {
			r.fail(n, "one value for every "+ours+" makes no sense", "each row has one of its own", "write "+ours+": their_name")
			return source, false
		}
	}
	if source.Value == nil && len(n.Entries) == 0 {
		r.wrong(n, key, "the name of a column in the files", "write "+ours+": their_name, or "+ours+": {value: text}")
	}
	return source, source.Value != nil
}

// knownColumn refuses names that no such table can have and warns of those that are nearly one of ours.
func (r *jobReader) knownColumn(key *yamltree.Node, table string) bool {
	names := columnNames(table)
	for _, name := range names {
		if name == key.Text {
			return true
		}
	}
	near, isNear := diag.Nearest(key.Text, names)
	fix := "the columns of " + table + " are " + listed(names)
	if isNear {
		fix = "did you mean " + yamltree.Quote(near) + "?"
	}
	if table == "lists" {
		r.fail(key, "unknown column "+yamltree.Quote(key.Text)+" of lists", "list memberships have no other columns than "+listed(names), fix)
		return false
	}
	if isNear {
		r.warn(key, "the column "+yamltree.Quote(key.Text)+" has no meaning of its own", "it is a name nearly that of one that has", fix)
	}
	return true
}

func columnNames(table string) []string {
	var names []string
	for _, c := range inputColumns[table] {
		names = append(names, c.name)
	}
	return names
}

// values reads how the values of the data are to be called.
func (r *jobReader) values(n *yamltree.Node, table string, in *pipeline.Input) {
	key := "inputs." + table + ".values"
	if n.Kind != yamltree.Map {
		r.wrong(n, key, "a map of columns", "write values: {channel: {lp: landing_page}}")
		return
	}
	in.Values = make(map[string]map[string]string, len(n.Entries))
	for _, e := range n.Entries {
		if !r.knownColumn(e.Key, table) {
			continue
		}
		fixed := false
		for _, c := range inputColumns[table] {
			fixed = fixed || c.name == e.Key.Text && !c.coded
		}
		if fixed {
			r.fail(e.Key, "the values of "+e.Key.Text+" cannot be translated", "only texts that say what something is can", "take it out")
			continue
		}
		in.Values[e.Key.Text] = r.translations(e.Value, key+"."+e.Key.Text)
	}
}

// translations reads one map of theirs to ours. Two keys that compare as equal would leave open which one counts.
func (r *jobReader) translations(n *yamltree.Node, key string) map[string]string {
	if n.Kind != yamltree.Map {
		r.wrong(n, key, "a map of their values to ours", "write {lp: landing_page}")
		return nil
	}
	to := make(map[string]string, len(n.Entries))
	seen := make(map[string]*yamltree.Node, len(n.Entries))
	for _, e := range n.Entries {
		if e.Value.Kind != yamltree.Scalar || e.Value.Blank() {
			r.wrong(e.Value, key+"."+e.Key.Text, "a text", "write "+e.Key.Text+": text; values that mean missing belong in null_values")
			continue
		}
		plain := match.NormalizeString(e.Key.Text, false)
		if first, twice := seen[plain]; twice {
			r.clash(e.Key, first, yamltree.Quote(e.Key.Text)+" and "+yamltree.Quote(first.Text)+" are the same value",
				"texts compare without white space around them, upper or lower case", "take one of the two away")
			continue
		}
		seen[plain] = e.Key
		to[e.Key.Text] = e.Value.Text
	}
	return to
}

// duplicates reads what to do with contacts that stand twice.
func (r *jobReader) duplicates(n *yamltree.Node, in *pipeline.Input) {
	const key, fix = "inputs.contacts.duplicates", "write duplicates: {keep: latest, by: updated_at}"
	if n.Kind != yamltree.Map {
		r.wrong(n, key, "a map", fix)
		return
	}
	keeps := false
	r.fields(n, key, key, []field{
		{"keep", func(n *yamltree.Node) {
			if keeps = n.Kind == yamltree.Scalar && n.Text == "latest"; !keeps {
				r.fail(n, "keep is "+n.String(), "the only row that can be kept is the latest", "write keep: latest")
			}
		}},
		{"by", func(n *yamltree.Node) {
			if n.Kind != yamltree.Scalar || n.Blank() {
				r.wrong(n, key+".by", "the name of a column", fix)
				return
			}
			in.KeepLatest = n.Text
		}},
	})
	if n.Get("keep") == nil || n.Get("by") == nil {
		r.fail(n, "duplicates needs both keep and by", "of rows with the same id one is kept, and it must be clear which", fix)
	}
}

// zone reads a time zone.
func (r *jobReader) zone(n *yamltree.Node, key string) *time.Location {
	const fix = "write a name such as Europe/Stockholm, or UTC"
	if n.Kind != yamltree.Scalar || n.Blank() {
		r.wrong(n, key, "the name of a time zone", fix)
		return nil
	}
	zone, err := time.LoadLocation(n.Text)
	if err != nil || n.Text == "Local" {
		r.fail(n, "unknown time zone "+yamltree.Quote(n.Text), "zones have the names of the IANA time zone database", fix)
		return nil
	}
	return zone
}

// clashes finds what cannot go together within one input.
func (r *jobReader) clashes(table string, in *pipeline.Input) {
	if table != "engagements" {
		return
	}
	_, answers := in.Columns["answers"]
	for _, single := range []string{"question", "answer"} {
		if _, ok := in.Columns[single]; ok && answers {
			key := "inputs.engagements.columns."
			r.list = append(r.list, diag.Diagnostic{Severity: diag.Error, Position: r.job.place(key + single), Related: r.job.place(key + "answers"),
				What: "engagements have answers and " + single + " both", Why: "it would not be clear which of the two holds what was answered",
				Fix: "map either answers, or question and answer"})
			return
		}
	}
}
