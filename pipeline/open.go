package pipeline

import (
	"context"
	"slices"
	"time"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/diag"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
	"leadscore/transforms/score"
)

// latestAsOf keeps the years that engagements can have within what a word holds.
var latestAsOf = time.Date(4000, 1, 1, 0, 0, 0, 0, time.UTC)

// open pins and opens all inputs.
func open(ctx context.Context, spec Spec, watch Watcher) (*run, error) {
	if spec.Memory <= 0 {
		spec.Memory = defaultMemory()
	}
	if len(spec.Tables) == 0 {
		spec.Tables = Tables
	}
	r := &run{
		intake: &intake{
			watch: watch, threads: spec.Threads, newest: spec.AsOf.Unix(), wants: map[string]bool{}, limits: parquetio.DefaultLimits(spec.Memory),
		},
		spec: spec, asOf: spec.AsOf.Unix(), counts: &counts{}, rejects: &rejects{}, written: &written{tables: map[string]*TableSummary{}},
	}
	if r.threads <= 0 {
		r.threads = defaultThreads()
	}
	if spec.AsOf.Before(time.Unix(0, 0)) || spec.AsOf.After(latestAsOf) {
		return nil, failed(exitUsage, "the as-of instant %s is not between 1970 and %d", spec.AsOf.Format(time.RFC3339), latestAsOf.Year())
	}
	for _, t := range spec.Tables {
		if !slices.Contains(Tables, t) {
			return nil, failed(exitUsage, "there is no table %q", t)
		}
		r.wants[t] = true
	}
	inputs := [inputTables]*Input{contactsTable: &spec.Contacts, engagementsTable: &spec.Engagements, listsTable: spec.Lists}
	for t, input := range inputs {
		if input == nil {
			continue
		}
		s, err := openSource(ctx, inputTable(t), *input, spec.Model.Zone, r.limits)
		if err != nil {
			return nil, err
		}
		r.sources[t] = s
	}
	return r, nil
}

// check holds the inputs against what leadscore needs of them, and the model against the inputs.
func (r *run) check() ([]diag.Diagnostic, error) {
	contacts, engagements, lists := r.sources[contactsTable], r.sources[engagementsTable], r.sources[listsTable]
	if contacts.constant("contact_id") != nil {
		return nil, failed(exitUsage, "contacts: contact_id cannot be one value for all rows")
	}
	if err := contacts.require("contact_id", "the contact's id"); err != nil {
		return nil, err
	}
	if by := contacts.input.KeepLatest; by != "" {
		if err := contacts.checkOrder(by); err != nil {
			return nil, err
		}
	}
	if err := r.checkEngagements(); err != nil {
		return nil, err
	}
	_, mapped := contacts.input.Columns["lists"]
	r.listsColumn = mapped && contacts.has("lists")
	if lists != nil {
		if r.listsColumn {
			return nil, failed(exitUsage, "there are both a lists input and a contacts column that stands in for it; keep one")
		}
		if err := r.checkLists(); err != nil {
			return nil, err
		}
	}
	if err := r.checkIDs(); err != nil {
		return nil, err
	}
	schema := &model.Schema{Lists: lists != nil || r.listsColumn}
	schema.Contacts, schema.Engagements = contacts.schema(), engagements.schema()
	if r.listsColumn {
		i := slices.IndexFunc(schema.Contacts, func(c model.Column) bool { return c.Name == "lists" })
		if t := schema.Contacts[i].Type; t.Kind != match.List && t.Kind != match.Null {
			return nil, failed(exitUsage, "contacts: the column that stands in for the lists is %s; it has to hold lists of names", t.Name)
		}
	}
	if r.wants[mqlTable] {
		var err error
		if r.payload, err = payloadColumns(r.spec.MQLColumns, contacts); err != nil {
			return nil, err
		}
	}
	return model.Check(r.spec.Model, schema), nil
}

// checkIDs makes sure that the contact ids of the tables can be compared.
func (r *run) checkIDs() error {
	first := inputTable(0)
	for t, s := range r.sources {
		if s == nil {
			continue
		}
		kind, err := s.idKind()
		if err != nil {
			return err
		}
		if r.ids != 0 && kind != 0 && kind != r.ids {
			return failed(exitUsage, "contact_id is %s in %s but %s in %s, so no contact would be found; cast one of them when you export",
				r.ids, first, kind, inputTable(t))
		}
		if r.ids == 0 {
			r.ids, first = kind, inputTable(t)
		}
	}
	if r.ids == 0 {
		r.ids = textID
	}
	return nil
}

// outputIDType gives the type of contact_id in the tables: that of the contacts, the widest where files differ.
func (r *run) outputIDType() encode.Type {
	if r.ids == textID {
		return encode.Text
	}
	bits, signed, unsigned, single, double := 0, false, false, false, false
	for _, f := range r.sources[contactsTable].files {
		switch t := f.file.Columns()[f.columns["contact_id"]].Type; t.Kind {
		case match.Int:
			bits, signed = max(bits, t.Bits), true
		case match.Uint:
			bits, unsigned = max(bits, t.Bits), true
		case match.Decimal:
			bits, signed = 64, true
		case match.Float:
			single, double = single || t.Bits <= 32, double || t.Bits > 32
		}
	}
	switch {
	case (signed || unsigned) && (single || double), signed && unsigned, bits == 0 && !single && !double:
		return encode.IntType{Bits: 64, Signed: true}
	case double:
		return encode.Double
	case single:
		return encode.Float
	}
	return encode.IntType{Bits: bits, Signed: signed}
}

// prepare compiles the model and lays out the run.
func (r *run) prepare() error {
	contacts, engagements := r.sources[contactsTable], r.sources[engagementsTable]
	r.program = score.Compile(r.spec.Model)
	r.idType = r.outputIDType()
	r.events = engagements.has("event_id")
	r.listsSeen = make([]bool, len(r.program.Statics))
	r.options = score.Options{AsOf: r.asOf, History: int64(r.spec.History / time.Second), Need: score.Need{
		Scores: r.wants[scoresTable], SetScores: r.wants[setScoresTable], Breakdown: r.wants[breakdownTable],
		MQL: r.wants[mqlTable], History: r.wants[historyTable], RuleStats: r.wants[statsTable],
		Suppressed: len(r.spec.Model.Suppress) > 0, Events: r.remembers(), Changes: r.wants[changesTable], Statics: r.remembers(),
	}}
	r.columns = testedColumns(r.program, engagements.has("answers"), r.mentionTests())
	r.signatures = newSignatures(r.several)
	for _, s := range r.sources {
		if s == nil {
			continue
		}
		for _, f := range s.files {
			r.fileNames = append(r.fileNames, f.object.Address)
		}
	}
	// Buckets under way may take a good part of the budget; the rest is for decoding, for the people in hand and for garbage.
	r.memory = newMemory(r.spec.Memory*2/5, r.spec.TempDir)
	r.layout = newLayout(contacts.rows, engagements.rows, r.spec.Buckets)
	spool := func(name string) *spool { return r.spool(name, r.layout.buckets()) }
	r.contacts, r.narrow, r.wide, r.whole = spool("contacts"), spool("records"), spool("wide-records"), spool("engagements")
	if r.sources[listsTable] != nil {
		r.members = spool("lists")
	}
	r.own()
	return nil
}

// own makes what a run does not share with those of other instants.
func (r *run) own() {
	r.rejects.layout = r.layout
	if r.wants[rejectsTable] {
		r.rejects.out = r.spool("rejects", r.layout.parts()).appender()
	}
}

func (r *run) spool(name string, buckets int) *spool {
	return newSpool(name, buckets, r.threads, r.memory)
}

// fileNumber gives the place of a file's address among fileNames.
func (r *run) fileNumber(t inputTable, file int32) uint32 {
	n := uint32(file)
	for before, s := range r.sources {
		if inputTable(before) < t && s != nil {
			n += uint32(len(s.files))
		}
	}
	return n
}
