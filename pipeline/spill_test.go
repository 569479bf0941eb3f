package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leadscore/pipeline"
	"leadscore/pipeline/oracle"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

const spillModel = `
name: spill
score:
  mql: 20
  bands: {cold: 0, hot: 20}
sets:
  - set: Engagement
    range: {max: 40}
    rules:
      - {rule: Visits, points: {each: 2, max: 30}, when: {website: visited, within: 90d}}
      - {rule: Clicks, points: 15, when: {email: clicked, times: 2, within: 60d}}
      - {rule: Silent, points: -10, when: {not: {engagement: any, within: 30d}}}
  - set: Persona
    rules:
      - {rule: Country, points: 5, when: {field: country, in: [SE, NO]}}
`

// spillTables makes contacts and engagements of them, enough to need more than the smallest budgets.
func spillTables(contacts, engagements int, eventIDs bool) oracle.Tables {
	random := rand.New(rand.NewPCG(1, 2))
	text := match.Type{Kind: match.Text, Name: "text"}
	t := oracle.Tables{
		ContactID: text, EventKey: text, Fields: []oracle.Column{{Name: "country", Type: text}},
		EventAt: match.Type{Kind: match.Timestamp, Zoned: true, Name: "timestamp"},
	}
	if eventIDs {
		t.Optional = []oracle.Column{{Name: "event_id", Type: text}}
	}
	for i := range contacts {
		t.Contacts = append(t.Contacts, oracle.Contact{
			ID: fmt.Sprintf("contact-%06d", i), Fields: map[string]oracle.Value{"country": []string{"SE", "NO", "DE"}[random.IntN(3)]},
		})
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for i := range engagements {
		kind := random.IntN(3)
		e := oracle.Event{
			ID: fmt.Sprintf("contact-%06d", random.IntN(contacts+contacts/10)), At: oracle.Instant{Second: start + random.Int64N(300*24*3600)},
			Channel: []string{"website", "email", "form"}[kind], Action: []string{"visited", "clicked", "submitted"}[kind],
		}
		if eventIDs {
			e.EventID = fmt.Sprintf("event %d", random.IntN(i+1))
		}
		t.Events = append(t.Events, e)
	}
	return t
}

// A base larger than the memory budget gives the same bytes as one inside it, and leaves no temporary file.
func TestSpillingChangesNothing(t *testing.T) {
	m, found := model.Parse("model.yaml", []byte(spillModel))
	if m == nil {
		t.Fatal(found)
	}
	for _, c := range []struct {
		name                  string
		contacts, engagements int
		eventIDs              bool
	}{
		{"records", 1_000, 90_000, false},
		{"contacts too", 15_000, 60_000, false},
		{"event ids", 1_000, 30_000, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			layout := oracle.PlainLayout
			layout.Files[0].RowGroup = 5_000
			written, err := layout.Write(filepath.Join(dir, "in"), spillTables(c.contacts, c.engagements, c.eventIDs))
			if err != nil {
				t.Fatal(err)
			}
			var want map[string][]byte
			for _, memory := range []int64{1 << 30, 1 << 20} {
				temp := t.TempDir()
				spec := pipeline.Spec{
					Model: m, AsOf: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), History: 90 * 24 * time.Hour, TempDir: temp,
					Contacts: pipeline.Input{Paths: written.Contacts}, Engagements: pipeline.Input{Paths: written.Engagements},
					Output: filepath.Join(dir, fmt.Sprint("out", memory)), Memory: memory, Threads: 3, Buckets: 16,
				}
				summary, err := pipeline.Run(context.Background(), spec, pipeline.Unwatched{})
				if err != nil {
					t.Fatal(err)
				}
				if spilled := summary.SpilledBytes > 0; spilled != (memory == 1<<20) {
					t.Fatalf("with a budget of %d bytes %d bytes were spilled", memory, summary.SpilledBytes)
				}
				if left, _ := os.ReadDir(temp); len(left) > 0 {
					t.Errorf("%s was left behind", left[0].Name())
				}
				got := published(t, spec.Output)
				if want == nil {
					want = got
					continue
				}
				for name, b := range want {
					if !bytes.Equal(b, got[name]) {
						t.Errorf("%s has other bytes", name)
					}
				}
			}
		})
	}
}

// published reads all parts under a folder.
func published(t *testing.T, out string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(out, "*", "dt=*", "part-*.parquet"))
	if err != nil || len(paths) < 7 {
		t.Fatal("parts are missing", paths, err)
	}
	content := map[string][]byte{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content[strings.TrimPrefix(path, out)] = b
	}
	return content
}
