package model

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	_ "time/tzdata" // a model means the same on every machine, whether or not it knows time zones

	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/match"
)

// parser reads one file. Each of its methods reads one construct, reports what is wrong with it and goes on; what it could
// not read is left at its zero value, which matters to nobody since a model with errors is not used.
type parser struct {
	model *Model
	clock *match.Clock // of the model's zone
	list  diag.List
	rule  string // what messages call the rule that is being read

	reported map[report]bool        // errors are reported once, however often an alias repeats them
	broken   map[diag.Position]bool // places of nodes that YAML itself could not give
}

// Parse reads the model file whose text is given; file is what messages call it. All errors of the file are reported at once,
// sorted by place. Where there is any, the model means nothing and must not be used; it is never nil.
func Parse(file string, text []byte) (*Model, []diag.Diagnostic) {
	sum := sha256.Sum256(text)
	p := &parser{
		model:    &Model{Zone: time.UTC, Text: text, Digest: hex.EncodeToString(sum[:]), places: make(places)},
		reported: make(map[report]bool), broken: make(map[diag.Position]bool),
	}
	root, faults := yamltree.Parse(file, text)
	p.list = append(p.list, faults...)
	for _, d := range faults {
		p.broken[d.Position] = true
	}
	if root != nil {
		p.root(root)
	}
	p.list.Sort()
	if len(p.list) == mostErrors {
		p.list = append(p.list, diag.Diagnostic{Severity: diag.Error, Position: diag.Position{File: file}, What: "and more errors",
			Why: "there are more than can be shown at once", Fix: "correct these first"})
	}
	return p.model, p.list
}

// root reads the whole file.
func (p *parser) root(n *node) {
	elsewhere := func(key string) string {
		switch key {
		case "mql", "range", "bands", "grade":
			return "write it under score:, indented by two spaces"
		case "rules", "set", "active":
			return "write it in a set under sets:, as - set: its name"
		case "rule", "when", "points":
			return "write it in the rules of a set"
		case "reason":
			return "write it in the list under suppress:"
		}
		return ""
	}
	if !p.fields(n, "a model", "the keys name, score and sets, each on a line of its own", names(modelKeys), elsewhere) {
		return
	}
	if name := n.Get("name"); name == nil {
		p.missing(n.Position, "name", "the model's name", "stands in every output", "name: My model")
	} else {
		p.model.Name, _ = p.text(name, "the model's name", "name: My model")
	}
	if version := n.Get("version"); version != nil {
		p.model.Version, _ = p.text(version, "the version", `a text such as "2026-11"`)
	}
	if zone := n.Get("time_zone"); zone != nil {
		p.zone(zone)
	}
	p.clock = match.NewClock(p.model.Zone)
	if score := n.Get("score"); score != nil {
		p.score(score)
	}
	if sets := n.Get("sets"); sets == nil {
		p.missing(n.Position, "sets", "a model", "is made of score sets, and this one has none", "sets: with - set: its name, and its rules")
	} else {
		p.model.places[section("sets")] = n.Key("sets").Position
		p.sets(sets)
	}
	if suppress := n.Get("suppress"); suppress != nil {
		p.suppress(suppress)
	}
}

// zone reads the time zone, before any date is read.
func (p *parser) zone(n *node) {
	name, ok := p.text(n, "time_zone", "a name such as Europe/Stockholm")
	if !ok {
		return
	}
	if zone, ok := loadZone(name); ok {
		p.model.Zone = zone
		return
	}
	fix := "write a name of the IANA time zone database, such as Europe/Stockholm, America/New_York or UTC"
	if near, ok := nearZone(name); ok {
		fix = "did you mean " + near + "?"
	}
	p.fault(n.Position, "unknown time zone "+yamltree.Quote(name), "the time zone database has no zone of that name", fix)
}

// score reads how the total is read.
func (p *parser) score(n *node) {
	elsewhere := func(key string) string {
		switch key {
		case "min", "max":
			return "write range: {" + key + ": …}"
		case "explicit", "implicit":
			return "write it under grade:"
		case "until_below", "again_after":
			return inThreshold(key)
		case "suppress":
			return "write it without blanks before it, beside sets:"
		}
		return ""
	}
	if !p.fields(n, "score", "score: {range: {min: 0, max: 100}, mql: 80}", names(scoreKeys), elsewhere) {
		return
	}
	s := &p.model.Score
	s.Range = p.limits(n.Get("range"))
	s.MQL = p.threshold(n.Get("mql"))
	s.Bands = p.bands(n.Get("bands"))
	if grade := n.Get("grade"); grade != nil {
		p.grade(grade)
	}
}

// limits reads a range.
func (p *parser) limits(n *node) Range {
	var r Range
	if n == nil || !p.fields(n, "range", "range: {min: 0, max: 100}, or only one of the two", names(rangeKeys), nil) {
		return r
	}
	r.Min = p.end(n.Get("min"), "min")
	r.Max = p.end(n.Get("max"), "max")
	if n.Get("min") == nil && n.Get("max") == nil {
		p.fault(n.Position, "range without min and max", "it limits nothing", "write range: {min: 0, max: 100}, or take range away")
	}
	if r.Min != nil && r.Max != nil && *r.Min > *r.Max {
		p.clash(n.Get("min").Position, n.Get("max").Position, "min is above max",
			"no score lies between "+n.Get("min").Text+" and "+n.Get("max").Text, "write the smaller number as min")
	}
	return r
}

// end reads one end of a range.
func (p *parser) end(n *node, what string) *int64 {
	if n == nil {
		return nil
	}
	value, ok := p.points(n, what)
	if !ok {
		return nil
	}
	p.model.places[&value] = n.Position
	return &value
}

// bands reads the bands of a score.
func (p *parser) bands(n *node) []Band {
	if n == nil {
		return nil
	}
	bands := p.floors(n, "bands", "bands: {cold: 0, warm: 40, hot: 80}")
	for i := 1; i < len(bands); i++ {
		if bands[i].Floor <= bands[i-1].Floor {
			p.clash(p.model.places.of(&bands[i]), p.model.places.of(&bands[i-1]),
				"the bands do not ascend",
				"a band's number is its lowest score, and "+bands[i].Name+" does not begin above "+bands[i-1].Name,
				"write the bands from the lowest to the highest, each with a number above the one before")
		}
	}
	return bands
}

// grade reads the two halves of the grade.
func (p *parser) grade(n *node) {
	const example = "grade: {explicit: {A: 30, B: 10, C: 0}, implicit: {1: 50, 2: 20, 3: 0}}"
	if !p.fields(n, "grade", example, names(gradeKeys), nil) {
		return
	}
	half := func(key, what, example string, fits func(name string) bool) []Band {
		h := n.Get(key)
		if h == nil {
			p.missing(n.Position, key, "a grade", "is a letter for the explicit points and a digit for the implicit points", key+": "+example)
			return nil
		}
		floors := p.floors(h, "grade: "+key, key+": "+example)
		for i := range floors {
			if !fits(floors[i].Name) {
				p.fault(h.Key(floors[i].Name).Position, yamltree.Quote(floors[i].Name)+" is no "+what,
					"a grade is one letter and one digit, such as A1", "write "+key+": "+example)
			}
			if i > 0 && floors[i].Floor >= floors[i-1].Floor {
				p.clash(p.model.places.of(&floors[i]), p.model.places.of(&floors[i-1]), "the floors of the grade do not descend",
					"the best grade stands first, and "+floors[i].Name+" does not ask for less than "+floors[i-1].Name,
					"write "+key+": "+example)
			}
		}
		return floors
	}
	s := &p.model.Score
	s.Explicit = half("explicit", "letter", "{A: 30, B: 10, C: 0}", func(name string) bool {
		return len(name) == 1 && name[0] >= 'A' && name[0] <= 'Z'
	})
	s.Implicit = half("implicit", "digit", "{1: 50, 2: 20, 3: 0}", func(name string) bool {
		return len(name) == 1 && name[0] >= '0' && name[0] <= '9'
	})
}

// floors reads a map of names and numbers of points, in the order of the file.
func (p *parser) floors(n *node, what, example string) []Band {
	if n.Kind != yamltree.Map || len(n.Entries) == 0 {
		p.fault(n.Position, what+" must be a map of names and numbers", saw(n), "write "+example)
		return nil
	}
	bands := make([]Band, 0, len(n.Entries))
	for _, e := range n.Entries {
		if strings.TrimSpace(e.Key.Text) == "" {
			p.fault(e.Key.Position, "a name is empty", "it stands in the outputs", "write "+example)
			continue
		}
		floor, ok := p.points(e.Value, "the number of "+e.Key.Text)
		if !ok {
			continue
		}
		bands = append(bands, Band{strings.TrimSpace(e.Key.Text), floor})
		p.model.places[&bands[len(bands)-1]] = span(e.Key.Position, e.Value.Position)
	}
	return bands
}
