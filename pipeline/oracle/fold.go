package oracle

import (
	"fmt"
	"slices"
)

// Fold adds up what was published night after night below outDir, by the tables alone: the events of all dates give the state of the
// last, the parts of a change give the change, and an event's id is that of its contact, its way and its count. "" when all of it
// holds. Dates are in order, and the first of them looked back at none.
func Fold(outDir string, dates []string) string {
	f := &fold{state: map[string]bool{}, times: map[string]int64{}, scores: map[string]int64{}, ids: map[string]string{}}
	for i, date := range dates {
		f.date, f.first = date, i == 0
		for _, step := range []func(string) error{f.events, f.changes, f.published} {
			if err := step(outDir); err != nil {
				return err.Error()
			}
		}
	}
	return ""
}

type fold struct {
	date   string
	first  bool
	state  map[string]bool
	times  map[string]int64
	scores map[string]int64
	ids    map[string]string // of an event → event, and back
}

// each reads the rows of a table, by the names of its columns.
func (f *fold) each(outDir, table string, do func(row map[string]Value) error) error {
	parts, err := readTable(outDir, table, f.date)
	if err != nil {
		return err
	}
	for _, part := range parts {
		for _, cells := range part.rows {
			r := map[string]Value{}
			for i, name := range part.names {
				r[name] = cells[i]
			}
			if err := do(r); err != nil {
				return fmt.Errorf("%s of %s: %w", table, f.date, err)
			}
		}
	}
	return nil
}

func (f *fold) events(outDir string) error {
	var rows []map[string]Value
	err := f.each(outDir, "mql_events", func(r map[string]Value) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b map[string]Value) int { return sign(a["at"].(Instant).Second - b["at"].(Instant).Second) })
	for _, r := range rows {
		id, is := idText(r["contact_id"]), r["event"] != lapsed
		if f.state[id] == is {
			return fmt.Errorf("%s of %s on %s changes nothing", r["event"], id, r["at"])
		}
		f.state[id] = is
		if is {
			f.times[id]++
		}
		if r["times"] != f.times[id] || (r["event"] == became) != (is && f.times[id] == 1) {
			return fmt.Errorf("%s of %s says %v times; it is %d", r["event"], id, r["times"], f.times[id])
		}
		event, eventID := fmt.Sprintf("%q %v %d", id, is, f.times[id]), r["event_id"].(string)
		for a, b := range map[string]string{event: eventID, eventID: event} {
			if known, ok := f.ids[a]; ok && known != b {
				return fmt.Errorf("%s is %s here and was %s", a, b, known)
			}
			f.ids[a] = b
		}
	}
	return nil
}

func (f *fold) changes(outDir string) error {
	return f.each(outDir, "score_changes", func(r map[string]Value) error {
		id, sum := idText(r["contact_id"]), int64(0)
		for _, part := range []string{"new_engagement", "expiry", "field_change", "list_change", "model_change", "late_data"} {
			sum += r[part].(int64)
		}
		previous, was := r["previous_score"].(int64)
		score, _ := r["score"].(int64)
		known, there := f.scores[id]
		if f.first || sum != score-previous || was != there || previous != known {
			return fmt.Errorf("%v does not go from %d to what is published", r, known)
		}
		f.scores[id] = score
		if r["score"] == nil {
			delete(f.scores, id)
		}
		return nil
	})
}

// published holds what has been added up against the scores of the date.
func (f *fold) published(outDir string) error {
	scores := map[string]int64{}
	err := f.each(outDir, "scores", func(r map[string]Value) error {
		id := idText(r["contact_id"])
		scores[id] = r["score"].(int64)
		if is := r["is_mql"] == true; is != f.state[id] {
			return fmt.Errorf("is_mql of %s is %v, the events say %v", id, is, f.state[id])
		}
		if known, there := f.scores[id]; !f.first && (!there || known != scores[id]) {
			return fmt.Errorf("the score of %s is %d, with what changed it is %d", id, scores[id], known)
		}
		return nil
	})
	if err == nil && !f.first && len(scores) != len(f.scores) {
		err = fmt.Errorf("%d contacts have scores on %s, with what changed it is %d", len(scores), f.date, len(f.scores))
	}
	for id, is := range f.state {
		if _, there := scores[id]; !there && is {
			err = fmt.Errorf("%s is gone on %s, yet an MQL", id, f.date)
		}
	}
	f.scores = scores
	return err
}
