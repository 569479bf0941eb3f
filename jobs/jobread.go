package jobs

import (
	"slices"
	"strings"

	"leadscore/pipeline"
	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
)

// What the parts of the job file's reader share: walking maps and lists, and saying what is wrong with them.

// field is a key that a map may have, and what reads its value.
type field struct {
	key  string
	read func(*yamltree.Node)
}

// elsewhere are keys that people look for in a job file, and where they belong.
var elsewhere = map[string]string{
	"as_of":     "the job is the same every night, its instant is not: give it as --as-of",
	"threads":   "it depends on the machine: give it as --threads",
	"memory":    "it depends on the machine: give it as --memory",
	"replace":   "it is decided once, for one run: give it as --replace",
	"out":       "write output: {path: …}",
	"contacts":  "write it below inputs: {contacts: …}",
	"sets":      "rules belong in the model file",
	"score":     "the threshold and the bands belong in the model file",
	"time_zone": "the zone of dates belongs in the model file, that of an input below the input",
}

// fields reads a map: every key with what reads it, unknown ones with what was probably meant.
func (r *jobReader) fields(n *yamltree.Node, key, what string, known []field) {
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = f.key
	}
	if n.Kind != yamltree.Map {
		r.job.broken[key] = true
		fix := what + " has the keys " + listed(names)
		if names[0] == "path" && n.Kind == yamltree.Scalar && !n.Null() {
			fix = "write " + key[strings.LastIndexByte(key, '.')+1:] + ": {path: " + n.Text + "}"
		}
		r.wrong(n, what, "a map", fix)
		return
	}
	for _, e := range n.Entries {
		i := slices.Index(names, e.Key.Text)
		if i < 0 {
			fix := "take it out"
			if near, ok := diag.Nearest(e.Key.Text, names); ok {
				fix = "did you mean " + yamltree.Quote(near) + "?"
				r.job.broken[strings.TrimPrefix(key+"."+near, ".")] = true
			} else if place, ok := elsewhere[e.Key.Text]; ok {
				fix = place
			}
			r.fail(e.Key, "unknown key "+yamltree.Quote(e.Key.Text), what+" has the keys "+listed(names), fix)
			continue
		}
		r.job.places[strings.TrimPrefix(key+"."+e.Key.Text, ".")] = e.Value.Position
		known[i].read(e.Value)
	}
}

// texts reads one text or a list of texts, none of them empty, none twice.
func (r *jobReader) texts(n *yamltree.Node, key, what string) []*yamltree.Node {
	var some []*yamltree.Node
	seen := make(map[string]*yamltree.Node)
	for _, item := range r.scalars(n, key, what) {
		first, twice := seen[item.Text]
		switch {
		case item.Blank():
			r.wrong(item, key, what, "take the empty one out, or write what is missing")
		case twice:
			r.clash(item, first, yamltree.Quote(item.Text)+" stands twice in "+key, "each counts once", "take one of the two out")
		default:
			seen[item.Text] = item
			some = append(some, item)
		}
	}
	return some
}

// scalars reads one scalar or a list of scalars, at least one.
func (r *jobReader) scalars(n *yamltree.Node, key, what string) []*yamltree.Node {
	short := key[strings.LastIndexByte(key, '.')+1:]
	items := n.Items
	switch {
	case n.Kind == yamltree.Scalar && !n.Null():
		return []*yamltree.Node{n}
	case n.Kind != yamltree.List || len(items) == 0:
		r.wrong(n, key, what, "write "+short+": name, or "+short+": [name, name]")
		return nil
	}
	var some []*yamltree.Node
	for _, item := range items {
		if item.Kind != yamltree.Scalar || item.Null() {
			r.wrong(item, "an item of "+key, "a text", "write "+short+": [name, name]; an empty text is \"\"")
			continue
		}
		some = append(some, item)
	}
	return some
}

// limits reads how often an input problem may happen.
func (r *jobReader) limits(n *yamltree.Node) {
	const form = "write limits: {engagements.unknown_contact: 30%, engagements.null_id: 100}"
	if n.Kind != yamltree.Map {
		r.wrong(n, "limits", "a map of problems to what is tolerated", form)
		return
	}
	known := make([]string, len(inputProblems))
	ofTable := make(map[string][]string)
	for i, p := range inputProblems {
		known[i] = p.table + "." + p.problem
		ofTable[p.table] = append(ofTable[p.table], p.problem)
	}
	for _, e := range n.Entries {
		i := slices.Index(known, e.Key.Text)
		if i < 0 {
			fix := form
			if near, ok := diag.Nearest(e.Key.Text, known); ok {
				fix = "did you mean " + yamltree.Quote(near) + "?"
			} else if problems := ofTable[e.Key.Text]; problems != nil {
				fix = "write the table and the problem with a dot between them, as in " + e.Key.Text + "." + problems[0]
			}
			why := "a limit names a table and one of its problems, such as " + known[0]
			if table, _, _ := strings.Cut(e.Key.Text, "."); ofTable[table] != nil {
				why = "the problems that are counted for " + table + " are " + listed(ofTable[table])
			}
			r.fail(e.Key, "unknown input problem "+yamltree.Quote(e.Key.Text), why, fix)
			continue
		}
		limit := pipeline.Limit{Table: inputProblems[i].table, Problem: inputProblems[i].problem}
		if share, ok := parseShare(e.Value.Text); ok && e.Value.Kind == yamltree.Scalar {
			limit.Share = &share
		} else if count, ok := e.Value.Number(); ok && count.IsInt() && count.Sign() >= 0 && count.Num().IsInt64() {
			limit.Count = count.Num().Int64()
		} else {
			r.wrong(e.Value, "limits."+e.Key.Text, "a number of rows or a share", "write a whole number such as 100, or a percentage from 0% to 100%")
			continue
		}
		r.job.places["limits."+e.Key.Text] = e.Value.Position
		r.job.Limits = append(r.job.Limits, limit)
	}
}

// wrong says that the value of a key is not what it must be.
func (r *jobReader) wrong(n *yamltree.Node, key, wanted, fix string) {
	r.job.broken[key] = true
	r.fail(n, key+" is "+n.String(), "it must be "+wanted, fix)
}

func (r *jobReader) fail(n *yamltree.Node, what, why, fix string) {
	r.list = append(r.list, diag.Diagnostic{Severity: diag.Error, Position: n.Position, What: what, Why: why, Fix: fix})
}

func (r *jobReader) warn(n *yamltree.Node, what, why, fix string) {
	r.list = append(r.list, diag.Diagnostic{Severity: diag.Warning, Position: n.Position, What: what, Why: why, Fix: fix})
}

func (r *jobReader) clash(n, other *yamltree.Node, what, why, fix string) {
	r.list = append(r.list, diag.Diagnostic{Severity: diag.Error, Position: n.Position, Related: other.Position, What: what, Why: why, Fix: fix})
}

// listed joins names for a sentence.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
