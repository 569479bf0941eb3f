package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// worked is the heading of the tables that say what points come of which days.
const worked = "done, days before the run"

// TestReadmeWorkedExamples scores every row of the tables that say what points come of which days: a contact that did, on
// those days before the run, what the rule above the table asks for.
func TestReadmeWorkedExamples(t *testing.T) {
	points := section(t, readme(t), "### Points")
	examples := strings.Split(points, "```yaml\n")[1:]
	if len(examples) != 5 {
		t.Fatalf("found %d rules, there are five forms of points", len(examples))
	}
	for _, example := range examples {
		rule, after, _ := strings.Cut(example, "```\n")
		found := tables(after)
		if len(found) == 0 || found[0][0][0] != worked {
			t.Errorf("no table of worked examples stands below\n%s", rule)
			continue
		}
		text := "name: Example\nsets:\n  - set: A\n    rules:\n" + strings.ReplaceAll("\n"+rule, "\n", "\n      ")[1:] + "\n"
		m, list := model.Parse("example.yaml", []byte(text))
		if diag.List(list).HasErrors() {
			t.Errorf("%v\n%s", list, text)
			continue
		}
		name := m.Sets[0].Rules[0].Name
		t.Run(name, func(t *testing.T) { holdExamples(t, text, m.Sets[0].Rules[0].When.(*model.Engagement), found[0][1:]) })
	}
}

// holdExamples scores one contact for each row and holds the points to its second cell.
func holdExamples(t *testing.T, text string, done *model.Engagement, rows [][]string) {
	t.Chdir(t.TempDir())
	asset := ""
	if done.Asset != nil {
		asset = done.Asset.Conditions[0].Operands[0].Text
	}
	asOf := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	contacts := [][]string{{"contact_id:text"}}
	engagements := [][]string{{"contact_id:text", "occurred_at:instant", "channel:text", "action:text", "asset:text"}}
	for _, row := range rows {
		contacts = append(contacts, []string{row[0]})
		for days := range strings.SplitSeq(row[0], ", ") {
			n, err := strconv.Atoi(days)
			if err != nil {
				t.Fatal(err)
			}
			at := asOf.Add(-time.Duration(n) * 24 * time.Hour).Format(time.RFC3339)
			engagements = append(engagements, []string{row[0], at, *done.Channel, *done.Action, asset})
		}
	}
	for name, lines := range map[string][][]string{"contacts": contacts, "engagements": engagements} {
		var table bytes.Buffer
		if err := csv.NewWriter(&table).WriteAll(lines); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name+".csv", table.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := makeParquet([]string{name + ".csv", name + ".parquet"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("model.yaml", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"score", "--model", "model.yaml", "--contacts", "contacts.parquet", "--engagements", "engagements.parquet",
		"--out", "out", "--as-of", asOf.Format(time.RFC3339), "--tables", "scores", "--quiet"}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), args, nil, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr.String())
	}
	files, err := filepath.Glob("out/scores/dt=2026-11-22/*.parquet")
	if err != nil || len(files) != 1 {
		t.Fatalf("published %v (%v)", files, err)
	}
	lines, err := fileRows(files[0], []string{"contact_id", "score"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !slices.Contains(lines, row[0]+","+row[1]) {
			t.Errorf("done %s days before the run, the README says %s points, but the scores are %v", row[0], row[1], lines)
		}
	}
}
