package jobs

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/pipeline"
	"leadscore/transforms/diag"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestJobSins holds the whole message of every sin that a job file can commit, one file each.
func TestJobSins(t *testing.T) {
	const folder = "../testdata/job"
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d job files in %s (%v)", len(files), folder, err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			job, list := ParseJob(name, text)
			list = append(list, job.incomplete()...)
			list.Sort()
			var got bytes.Buffer
			if err := diag.Render(&got, func(string) []byte { return text }, list); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
			for _, d := range list {
				if d.Severity == diag.Error && d.Fix == "" {
					t.Errorf("%s has no fix", d.What)
				}
			}
		})
	}
}

// TestJobWhole holds that every form of the job language arrives where it belongs.
func TestJobWhole(t *testing.T) {
	text, err := os.ReadFile("../testdata/job/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	job, list := ParseJob("some/folder/job.yaml", text)
	if len(list) > 0 {
		t.Fatalf("found %v", list)
	}
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	git, leadscore, share := "git", "leadscore", 0.3
	want := &Job{
		File:  "some/folder/job.yaml",
		Model: "some/folder/model.yaml",
		Contacts: pipeline.Input{Paths: []string{"some/folder/exports/contacts/*.parquet"},
			Columns: map[string]pipeline.Source{"contact_id": {Column: "id"}}, KeepLatest: "updated_at",
			NullValues: []string{"", "Select", "n/a"}},
		Engagements: pipeline.Input{Paths: []string{"some/folder/exports/web/*.parquet", "some/folder/exports/mail/*.parquet"},
			Columns: map[string]pipeline.Source{"contact_id": {Column: "contact"}, "occurred_at": {Column: "at"}, "channel": {Value: &git},
				"action": {Column: "event_type"}, "asset": {Column: "repo"}},
			Values: map[string]map[string]string{"action": {"lp": "landing_page", "web": "website"}}, Zone: stockholm},
		Lists:      &pipeline.Input{Paths: []string{"some/folder/exports/members.parquet"}},
		Out:        "some/folder/published",
		Tables:     outputTables,
		History:    90 * 24 * time.Hour,
		MQLColumns: []string{"email", "phone", "company"}, ContactColumns: []string{"email", "so_id"},
		Extracts: []pipeline.Extract{
			{Name: "Hot leads!", Slug: "hot_leads_", Where: `score >= 80 and "Demo" in rules`, Columns: []pipeline.ExtractColumn{
				{Column: "contact_id"}, {Name: "E-mail", Column: "email"}, {Column: "score"}, {Name: "Source", Value: &leadscore}},
				Order: "-score, email", Limit: 500, Format: "jsonl", Stream: &pipeline.Stream{FetchHistory: true}},
			{Name: "Lead stream", Slug: "lead_stream", Raw: true, Stream: &pipeline.Stream{}},
			{Name: "Ready", Slug: "ready", Where: "score >= 60", AddToList: "Sales ready"},
			{Name: "No more", Slug: "no_more", Where: "score < 20", RemoveFromList: "Sales ready"},
			{Name: "2 CRM", Slug: "2_crm", Format: "csv", SuperOffice: &pipeline.SuperOffice{Target: "project", Name: "Autumn", ExternalID: "so_id", Email: "email"}},
		},
		Limits: []pipeline.Limit{{Table: "engagements", Problem: "unknown_contact", Share: &share}, {Table: "engagements", Problem: "null_id", Count: 100}},
	}
	zones := cmp.Comparer(func(a, b *time.Location) bool { return a == b || a != nil && b != nil && a.String() == b.String() })
	hidden := cmp.FilterPath(func(p cmp.Path) bool {
		return p.String() == "places" || p.String() == "broken" || p.String() == "Extracts.Places"
	}, cmp.Ignore())
	if diff := cmp.Diff(want, job, zones, hidden, cmp.AllowUnexported(Job{})); diff != "" {
		t.Error(diff)
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		folder, address string
		glob            bool
		want            string
	}{
		{".", "exports/*.parquet", true, "exports/*.parquet"},
		{"a/b", "exports/**/*.parquet", true, "a/b/exports/**/*.parquet"},
		{"a[1]", "exports/*.parquet", true, `a\[1\]/exports/*.parquet`},
		{"a[1]", "exports/x.parquet", true, `a[1]/exports/x.parquet`},
		{"a", "../x.parquet", true, "a/../x.parquet"},
		{"a", "/abs/*.parquet", true, "/abs/*.parquet"},
		{"a", "gs://bucket/x/*.parquet", true, "gs://bucket/x/*.parquet"},
		{"a", "published/", false, "a/published"},
		{"a", "s3://bucket/out", false, "s3://bucket/out"},
	} {
		if got := within(c.folder, c.address, c.glob); got != c.want {
			t.Errorf("within(%q, %q, %v) = %q, want %q", c.folder, c.address, c.glob, got, c.want)
		}
	}
}

// TestJobNeverPanics throws parts of job files together: whatever comes, ParseJob gives a job and says what is wrong with it.
func TestJobNeverPanics(t *testing.T) {
	words := []string{"extracts", "extract", "where", "order", "stream", "superoffice", "target", "model", "inputs", "contacts", "engagements", "lists", "output", "limits", "path", "columns", "values", "null_values",
		"duplicates", "keep", "by", "time_zone", "tables", "history", "mql_columns", "contact_id", "value", "latest", "90d", "30%", "-1", "~", `""`, "[]", "{}"}
	rapid.Check(t, func(t *rapid.T) {
		var node func(depth int) string
		node = func(depth int) string {
			kind := rapid.IntRange(0, 4).Draw(t, "kind")
			if depth > 4 || kind < 2 {
				return rapid.SampledFrom(words).Draw(t, "word")
			}
			var parts []string
			for range rapid.IntRange(0, 4).Draw(t, "parts") {
				part := node(depth + 1)
				if kind > 2 {
					part = rapid.SampledFrom(words[:28]).Draw(t, "key") + ": " + part
				}
				parts = append(parts, part)
			}
			if kind == 2 {
				return "[" + strings.Join(parts, ", ") + "]"
			}
			return "{" + strings.Join(parts, ", ") + "}"
		}
		job, list := ParseJob("job.yaml", []byte(node(0)))
		for _, d := range append(list, job.incomplete()...) {
			if d.What == "" || d.Position.File != "job.yaml" {
				t.Fatalf("a diagnostic says nothing: %+v", d)
			}
		}
	})
}

// Addresses in a job file are relative to it, wherever it lies.
func TestWithinStores(t *testing.T) {
	for _, c := range []struct {
		file, address string
		glob          bool
		want          string
	}{
		{"gs://b/jobs/job.yaml", "model.yaml", false, "gs://b/jobs/model.yaml"},
		{"gs://b/jobs/job.yaml", "../published/", false, "gs://b/published"},
		{"gs://b/job.yaml", "./exports/*.parquet", true, "gs://b/exports/*.parquet"},
		{"s3://b/[1]/job.yaml", "exports/*.parquet", true, `s3://b/\[1\]/exports/*.parquet`},
		{"az://c/jobs/job.yaml", "gs://other/x", true, "gs://other/x"},
		{"az://c/jobs/job.yaml", "/srv/x.parquet", true, "/srv/x.parquet"},
		{"file:///srv/job.yaml", "model.yaml", false, "file:///srv/model.yaml"},
		{"some/job.yaml", "s3://b/x", false, "s3://b/x"},
		{"some/job.yaml", "x", false, "some/x"},
	} {
		if got := within(folderOf(c.file), c.address, c.glob); got != c.want {
			t.Errorf("%s in %s is %s, want %s", c.address, c.file, got, c.want)
		}
	}
}
