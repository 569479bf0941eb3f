package pipeline

import (
	"context"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
)

// standing is what a part says of a contact's score and MQL state.
type standing struct {
	score int64
	isMQL bool
}

// lives holds what the tables of a part say of what has changed against one another: the parts of each change add up to it, events
// follow from one another and lead to the MQL state, and what the next run will be told is what the scores are.
func (v *verifier) lives(ctx context.Context, n int, outputs []publish.Output, sound map[string]publish.Output) error {
	var scores map[string]standing // nil: not known
	whole := func(table string) bool {
		_, ok := sound[table]
		return ok || !slices.ContainsFunc(outputs, func(o publish.Output) bool { return o.Table == table })
	}
	if len(v.run.Parts(scoresTable)) > 0 && whole(scoresTable) {
		scores = map[string]standing{}
		if part, ok := sound[scoresTable]; ok {
			err := v.eachStanding(ctx, part, func(_ idKind, key []byte, s standing, _ bool) error {
				scores[string(key)] = s
				return nil
			})
			if err != nil {
				return v.unread(n, err)
			}
		}
	}
	for _, check := range []struct {
		table string
		check func(context.Context, int, publish.Output, map[string]standing) error
	}{{changesTable, v.changes}, {eventsTable, v.events}, {stateTable, v.state}} {
		part, ok := sound[check.table]
		if !ok {
			continue
		}
		if err := check.check(ctx, n, part, scores); err != nil {
			if !unreadable(err) {
				return err
			}
			v.fault(n, "%v", err)
		}
	}
	return nil
}

// eachStanding visits what a part says of each contact; there is false where it says that there is none.
func (v *verifier) eachStanding(ctx context.Context, part publish.Output, visit func(id idKind, key []byte, s standing, there bool) error) error {
	return v.eachRow(ctx, part, []string{"score", "is_mql"}, func(id idKind, key []byte, columns []arrow.Array, row int) error {
		scores, err := typed[*array.Int64](columns[0], "score")
		if err != nil {
			return err
		}
		flags, err := typed[*array.Boolean](columns[1], "is_mql")
		if err != nil {
			return err
		}
		return visit(id, key, standing{scores.Value(row), flags.IsValid(row) && flags.Value(row)}, scores.IsValid(row))
	})
}

// several counts faults of one kind in a part, of which only the first are named.
type several struct {
	v     *verifier
	n     int
	count int
}

func (s *several) fault(format string, args ...any) {
	if s.count++; s.count <= mostContacts {
		s.v.fault(s.n, format, args...)
	}
}

// end says how many were not named.
func (s *several) end(path string) {
	if more := s.count - mostContacts; more > 0 {
		s.v.fault(s.n, "%s: so it is with %d more", path, more)
	}
}

// against holds what a part says of a contact against the scores.
func (v *verifier) against(faults *several, path string, id idKind, key []byte, s standing, there bool, scores map[string]standing) {
	switch scored, ok := scores[string(key)]; {
	case scores == nil:
	case ok != there:
		faults.fault("%s: contact %s is in scores: %v, here: %v", path, showID(id, key), ok, there)
	case there && scored != s:
		faults.fault("%s: contact %s has score %d, MQL: %v; in scores it has %d, MQL: %v", path, showID(id, key), s.score, s.isMQL, scored.score, scored.isMQL)
	}
}

// changes adds up the parts of each change.
func (v *verifier) changes(ctx context.Context, n int, part publish.Output, scores map[string]standing) error {
	faults := &several{v: v, n: n}
	err := v.eachRow(ctx, part, append([]string{"previous_score", "score"}, published.Causes...), func(id idKind, key []byte, columns []arrow.Array, row int) error {
		left := int64(0)
		for i, column := range columns {
			values, err := typed[*array.Int64](column, "points")
			if err != nil {
				return err
			}
			switch {
			case values.IsNull(row):
			case i == 1:
				left += values.Value(row)
			default:
				left -= values.Value(row)
			}
		}
		if left != 0 {
			faults.fault("%s: the score of contact %s changed by %d more than the parts of the change add up to", part.Path, showID(id, key), left)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = v.eachStanding(ctx, part, func(id idKind, key []byte, s standing, there bool) error {
		v.against(faults, part.Path, id, key, s, there, scores)
		return nil
	})
	faults.end(part.Path)
	return err
}

// events folds each contact's events.
func (v *verifier) events(ctx context.Context, n int, part publish.Output, scores map[string]standing) error {
	faults := &several{v: v, n: n}
	type last struct {
		isMQL bool
		times int64
		id    idKind
	}
	contacts := map[string]last{}
	err := v.eachRow(ctx, part, []string{"event", "times"}, func(id idKind, key []byte, columns []arrow.Array, row int) error {
		times, err := typed[*array.Int64](columns[1], "times")
		if err != nil {
			return err
		}
		event, _ := listTexts(columns[0])(row)
		now := last{string(event) != MQLEvents[eventLapsed], times.Value(row), id}
		before, ok := contacts[string(key)]
		follows := !ok || now.isMQL != before.isMQL && now.times == before.times+number(now.isMQL)
		if !follows || (string(event) == MQLEvents[eventBecame]) != (now.isMQL && now.times == 1) {
			faults.fault("%s: the event %q of contact %s, number %d, does not follow from the one before", part.Path, event, showID(id, key), now.times)
		}
		contacts[string(key)] = now
		return nil
	})
	for _, key := range slices.Sorted(maps.Keys(contacts)) {
		if s := contacts[key]; scores != nil && scores[key].isMQL != s.isMQL {
			faults.fault("%s: by its events contact %s is an MQL: %v; in scores: %v", part.Path, showID(s.id, []byte(key)), s.isMQL, scores[key].isMQL)
		}
	}
	faults.end(part.Path)
	return err
}

// state holds what the next run will be told against the scores.
func (v *verifier) state(ctx context.Context, n int, part publish.Output, scores map[string]standing) error {
	faults := &several{v: v, n: n}
	seen := 0
	err := v.eachStanding(ctx, part, func(id idKind, key []byte, s standing, there bool) error {
		seen += int(number(there))
		v.against(faults, part.Path, id, key, s, there, scores)
		return nil
	})
	if err == nil && scores != nil && seen != len(scores) {
		faults.fault("%s has %d contacts, scores has %d", part.Path, seen, len(scores))
	}
	faults.end(part.Path)
	return err
}
