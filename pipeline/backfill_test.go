package pipeline_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
)

// An engagement that the model does not ask for makes no event, in a run of many dates neither: there its row is kept for the contact's last
// engagement.
func TestBackfillCauses(t *testing.T) {
	b := newBase(t)
	b.model = strings.Replace(smallModel, "      - {rule: Silent, points: -3, when: {not: {engagement: any, within: 60d}}}\n", "", 1)
	// Ann's clicks of 20 September expire when she sees something that no rule asks for.
	b.engagements[1] = times("occurred_at", "2026-10-20", "2026-09-20", "2026-10-20", "2026-01-01", "2026-10-30", "2026-07-01", "2026-09-20")
	b.engagements[2] = texts("channel", "email", "email", "email", "email", "website", "email", "email")
	b.engagements[3] = texts("action", "seen", "clicked", "clicked", "clicked", "visited", "clicked", "clicked")
	spec := b.write(t)
	instants := []time.Time{spec.AsOf.AddDate(0, 0, -20), spec.AsOf}
	apart, together := spec, spec
	together.Output += " together"
	for _, at := range instants {
		apart.AsOf = at
		run(t, apart)
	}
	if err := pipeline.Backfill(t.Context(), together, instants, pipeline.Unwatched{}, func(*pipeline.Summary) error { return nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{"ann lapsed expiry"}
	for _, out := range []string{apart.Output, together.Output} {
		if d := cmp.Diff(want, pickDate(t, out, "mql_events", "2026-11-01", "contact_id", "event", "cause")); d != "" {
			t.Errorf("%s: %s", out, d)
		}
	}
}
