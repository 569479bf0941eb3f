package pipeline

import (
	"context"
	"errors"
	"slices"

	"leadscore/transforms/diag"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
	"leadscore/transforms/score"
)

// Unseen reads the inputs of a run as far as it takes to warn of channels, actions, assets and lists that the model mentions
// and the data does not have. The model must fit the inputs (Check).
func Unseen(ctx context.Context, spec Spec) (found []diag.Diagnostic, err error) {
	spec.Tables = []string{scoresTable}
	ctx = spec.Patient(ctx)
	r, err := open(ctx, spec, Unwatched{})
	if err != nil {
		return nil, withCode(err)
	}
	defer func() { err = withCode(errors.Join(err, r.close())) }()
	if _, err := r.check(); err != nil {
		return nil, err
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	r.columns = slices.DeleteFunc(r.columns, func(c *tested) bool { return c.mentions == len(c.tests) })
	s := &scan{run: r, source: r.sources[engagementsTable], columns: r.columns}
	tasks := s.source.tasks()
	stop := s.source.want(r.room(), namesOf(r.columns)...)
	err = crew(ctx, r.threads, len(tasks), s.scanner,
		func(ctx context.Context, w *scanner, i int) error { return s.source.reading(ctx, tasks[i], w.classes) }, nil)
	stop()
	if err == nil && r.members != nil {
		err = r.readLists(ctx)
	}
	if err == nil && r.listsColumn {
		err = r.readContacts(ctx)
	}
	if err != nil {
		return nil, err
	}
	return r.unseen(), nil
}

// mentionTests are tests that tell whether the data has the channels, actions and assets that the model mentions.
func (r *run) mentionTests() []score.ColumnTest {
	var tests []score.ColumnTest
	for _, m := range model.Mentions(r.spec.Model) {
		if m.Kind != model.MentionList {
			tests = append(tests, score.ColumnTest{Column: m.Kind, Test: m.Test})
		}
	}
	return tests
}

// unseen warns of what the model mentions and the data does not have. It asks in the order in which mentionTests listed.
func (r *run) unseen() []diag.Diagnostic {
	seen := map[string][]bool{}
	for _, c := range r.columns {
		for i := c.mentions; i < len(c.tests); i++ {
			seen[c.name] = append(seen[c.name], c.seen[i/64]>>(i%64)&1 == 1)
		}
	}
	lists := map[string]bool{}
	for i, s := range r.program.Statics {
		lists[s.List] = lists[s.List] || r.listsSeen[i]
	}
	answer := map[mentionKey]bool{}
	for _, m := range model.Mentions(r.spec.Model) {
		if m.Kind == model.MentionList {
			answer[keyOf(m)] = lists[match.NormalizeString(m.Value, false)]
			continue
		}
		answer[keyOf(m)] = seen[m.Kind][0]
		seen[m.Kind] = seen[m.Kind][1:]
	}
	return model.Unseen(r.spec.Model, func(m model.Mention) bool { return answer[keyOf(m)] }, nil)
}

type mentionKey struct {
	kind, value  string
	rule         *model.Rule
	line, column int
}

func keyOf(m model.Mention) mentionKey {
	return mentionKey{m.Kind, m.Value, m.Rule, m.Position.Line, m.Position.Column}
}
