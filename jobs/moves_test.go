package jobs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/published"
)

// The tables of what changed, as another reader sees them.
type (
	changeRow struct {
		Contact  int64   `parquet:"contact_id"`
		Previous *int64  `parquet:"previous_score,optional"`
		Score    *int64  `parquet:"score,optional"`
		WasMQL   *bool   `parquet:"was_mql,optional"`
		IsMQL    *bool   `parquet:"is_mql,optional"`
		New      int64   `parquet:"new_engagement"`
		Expiry   int64   `parquet:"expiry"`
		Field    int64   `parquet:"field_change"`
		List     int64   `parquet:"list_change"`
		Model    int64   `parquet:"model_change"`
		Late     int64   `parquet:"late_data"`
		Band     *string `parquet:"band,optional"`
	}
	eventRow struct {
		Contact    int64   `parquet:"contact_id"`
		At         int64   `parquet:"at,timestamp(microsecond)"`
		Event      string  `parquet:"event"`
		Score      *int64  `parquet:"score,optional"`
		Times      int64   `parquet:"times"`
		Cause      string  `parquet:"cause"`
		Suppressed *string `parquet:"suppressed,optional"`
	}
	suppressedRow struct {
		Contact    int64   `parquet:"contact_id"`
		Score      int64   `parquet:"score"`
		IsMQL      bool    `parquet:"is_mql,optional"`
		Suppressed *string `parquet:"suppressed,optional"`
	}
)

func (r *changeRow) causes() []int64 {
	return []int64{r.New, r.Expiry, r.Field, r.List, r.Model, r.Late}
}

// suppressing adds to the demo's model, once, who is kept out of hand-offs, and on the last date makes a rule worth more.
func suppressing(t *testing.T, last string) func(o *Options) {
	return func(o *Options) {
		file := filepath.Join(filepath.Dir(o.Job), "model.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		model := string(text)
		if !strings.Contains(model, "suppress:") {
			model += "suppress:\n  - {reason: Cannot ship, when: {not: {field: country, in: [SE, NO, DK, FI, DE]}}}\n  - {reason: No newsletter, when: {not: {field: newsletter, equals: true}}}\n"
		}
		if o.AsOf == last {
			model = strings.Replace(model, "points: 3, when: {field: phone}", "points: 5, when: {field: phone}", 1)
		}
		if err := os.WriteFile(file, []byte(model), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatChanged holds what a report, cards, a list and a diff say of suppression, events and changes to the tables.
func TestWhatChanged(t *testing.T) {
	dates := []string{"2026-09-25", "2026-10-07", "2026-10-19"}
	out, summaries := scoreDemo(t, suppressing(t, dates[2]), dates...)
	s := summaries[dates[2]]
	changes, err := readTable[changeRow](s, "score_changes")
	if err != nil {
		t.Fatal(err)
	}
	events, err := readTable[eventRow](s, "mql_events")
	if err != nil {
		t.Fatal(err)
	}
	scores, err := readTable[suppressedRow](s, "scores")
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReportRun(t.Context(), out, "")
	if err != nil {
		t.Fatal(err)
	}

	want := newMovement(published.Causes)
	for _, row := range changes {
		change := *row.Score - *row.Previous
		want.Contacts++
		want.Change += change
		if change > 0 {
			want.Risen++
		} else if change < 0 {
			want.Fallen++
		}
		if *row.IsMQL && !*row.WasMQL {
			want.MQLsGained++
		} else if *row.WasMQL && !*row.IsMQL {
			want.MQLsLost++
		}
		for i, points := range row.causes() {
			change -= points
			c := &want.Causes[i]
			switch c.Change += points; {
			case points > 0:
				c.Contacts, c.Gained = c.Contacts+1, c.Gained+points
			case points < 0:
				c.Contacts, c.Lost = c.Contacts+1, c.Lost-points
			}
		}
		if change != 0 {
			t.Errorf("the causes of %d lack %d", row.Contact, change)
		}
	}
	if diff := cmp.Diff(want, r.Moved); diff != "" || want.Risen == 0 || want.Causes[4].Gained == 0 || r.Previous != dates[1] {
		t.Errorf("moved since %s (- the table, + the report):\n%s", r.Previous, diff)
	}

	counted := map[string]EventReport{}
	for _, e := range events {
		c := counted[e.Event+e.Cause]
		c.Event, c.Cause, c.Events = e.Event, e.Cause, c.Events+1
		if e.Suppressed != nil {
			c.Suppressed++
		}
		counted[e.Event+e.Cause] = c
	}
	got := map[string]EventReport{}
	for _, e := range r.Events {
		got[e.Event+e.Cause] = e
	}
	if diff := cmp.Diff(counted, got); diff != "" || len(counted) < 2 {
		t.Errorf("events (- the table, + the report):\n%s", diff)
	}

	suppressed := []SuppressedReport{{Reason: "Cannot ship"}, {Reason: "No newsletter"}}
	mqls := int64(0)
	for _, row := range scores {
		if row.Suppressed == nil {
			if row.IsMQL {
				mqls++
			}
			continue
		}
		p := &suppressed[slices.IndexFunc(suppressed, func(p SuppressedReport) bool { return p.Reason == *row.Suppressed })]
		p.Contacts++
		if row.IsMQL {
			p.MQLs++
		}
	}
	if diff := cmp.Diff(suppressed, r.Suppressed); diff != "" || suppressed[0].MQLs+suppressed[1].MQLs == 0 {
		t.Errorf("suppressed (- the table, + the report):\n%s", diff)
	}
	if d := r.Dates[len(r.Dates)-1]; *d.MQLs != mqls || *d.New+*d.Returned+*d.Retained != mqls {
		t.Errorf("%d MQLs are handed over, of which the report tells %+v", mqls, d)
	}
	for _, p := range suppressed {
		if n := count(t, out, fmt.Sprintf("suppressed == %q", p.Reason)); n != p.Contacts {
			t.Errorf("the list finds %d of %q, not %d", n, p.Reason, p.Contacts)
		}
	}
	if n := count(t, out, "score - previous_score == new_engagement + expiry + field_change + list_change + model_change + late_data"); n != want.Contacts {
		t.Errorf("the list finds %d changes that add up, not %d", n, want.Contacts)
	}
	holdCards(t, out, changes, events, scores)

	d, err := NewDiff(t.Context(), DiffOptions{Out: out})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	sum, err := d.Write(t.Context(), func([]*published.Column, int) error { return nil })
	if diff := cmp.Diff(r.Moved, sum); err != nil || diff != "" {
		t.Errorf("%v; the diff of a night (- the report, + the diff):\n%s", err, diff)
	}
}

func count(t *testing.T, out, where string) int64 {
	t.Helper()
	l, err := NewList(t.Context(), ListOptions{Out: out, Where: where})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n, err := l.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// holdCards looks at the cards of contacts with events, without a change, and of some that are suppressed.
func holdCards(t *testing.T, out string, changes []changeRow, events []eventRow, scores []suppressedRow) {
	t.Helper()
	changed := map[int64]changeRow{}
	for _, row := range changes {
		changed[row.Contact] = row
	}
	var ids []int64
	for _, e := range events[:min(len(events), 5)] {
		ids = append(ids, e.Contact)
	}
	calm, barred := 0, 0
	for _, s := range scores {
		if _, moved := changed[s.Contact]; !moved && calm < 2 {
			ids, calm = append(ids, s.Contact), calm+1
		}
		if s.Suppressed != nil && s.IsMQL && barred < 2 {
			ids, barred = append(ids, s.Contact), barred+1
		}
	}
	if calm == 0 || barred == 0 || len(events) == 0 {
		t.Fatalf("%d without a change, %d suppressed, %d events", calm, barred, len(events))
	}
	for _, id := range ids {
		c, err := Contact(t.Context(), out, "", fmt.Sprint(id))
		if err != nil {
			t.Fatal(err)
		}
		of := scores[slices.IndexFunc(scores, func(s suppressedRow) bool { return s.Contact == id })]
		if of.Suppressed == nil && c.Suppressed != "" || of.Suppressed != nil && c.Suppressed != *of.Suppressed {
			t.Errorf("contact %d is suppressed by %q", id, c.Suppressed)
		}
		row, moved := changed[id]
		if moved {
			sum := int64(0)
			for _, cause := range c.Change.Causes {
				sum += cause.Points
				if points := row.causes()[slices.Index(published.Causes, cause.Cause)]; points != cause.Points {
					t.Errorf("contact %d: %s is %d, not %d", id, cause.Cause, cause.Points, points)
				}
			}
			if *c.Change.Previous != *row.Previous || c.Change.Change != sum || sum != *row.Score-*row.Previous {
				t.Errorf("contact %d changed by %+v", id, c.Change)
			}
		} else if c.Change.Change != 0 || *c.Change.Previous != of.Score || len(c.Change.Causes) > 0 {
			t.Errorf("contact %d has not changed: %+v", id, c.Change)
		}
		var last []MQLEvent
		for _, e := range events {
			if e.Contact == id {
				last = append(last, MQLEvent{Date: c.Date, Event: e.Event, Cause: e.Cause, Score: e.Score, Times: e.Times})
			}
		}
		var shown []MQLEvent
		became := int64(0)
		for _, e := range c.Events {
			if e.Event != "lapsed" {
				became++
			}
			if e.Date == c.Date {
				shown = append(shown, MQLEvent{Date: e.Date, Event: e.Event, Cause: e.Cause, Score: e.Score, Times: e.Times})
			}
		}
		if diff := cmp.Diff(last, shown); diff != "" {
			t.Errorf("events of contact %d (- the table, + the card):\n%s", id, diff)
		}
		if *c.TimesMQL != became || (became > 0) != (c.FirstMQL != nil) || len(c.EventDates) != 3 {
			t.Errorf("contact %d became an MQL %d times by %v, and %d times by its events", id, *c.TimesMQL, c.EventDates, became)
		}
	}
}

// TestCardOfFewTables holds that who has not changed is not taken for new where no table but _state tells its score.
func TestCardOfFewTables(t *testing.T) {
	out, summaries := scoreDemo(t, func(o *Options) { o.Tables = []string{"breakdown", "score_changes"} }, "2026-09-25", "2026-09-26")
	changes, err := readTable[changeRow](summaries["2026-09-26"], "score_changes")
	if err != nil {
		t.Fatal(err)
	}
	l := struct{ before, after *Card }{}
	for id := int64(100_000); l.after == nil && id < 200_000; id++ {
		if slices.ContainsFunc(changes, func(row changeRow) bool { return row.Contact == id }) {
			continue
		}
		if l.before, err = Contact(t.Context(), out, "2026-09-25", fmt.Sprint(id)); err != nil || *l.before.Score == 0 {
			continue
		}
		if l.after, err = Contact(t.Context(), out, "", fmt.Sprint(id)); err != nil {
			t.Fatal(err)
		}
	}
	if c := l.after.Change; c == nil || c.Previous == nil || *c.Previous != *l.before.Score || c.Change != 0 {
		t.Errorf("contact %v: %+v", l.after.ContactID, c)
	}
}
