package model_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/diag"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

const testdata = "../../testdata/model"

// inputs are the columns that the models in testdata/model/check are held to.
func inputs() *model.Schema {
	text := match.Type{Kind: match.Text, Name: "text"}
	integer := match.Type{Kind: match.Int, Bits: 32, Name: "int32"}
	stamp := match.Type{Kind: match.Timestamp, Zoned: true, Name: "timestamp"}
	return &model.Schema{
		Contacts: []model.Column{
			{Name: "contact_id", Type: text},
			{Name: "country", Type: text},
			{Name: "job_title", Type: text},
			{Name: "employee_count", Type: integer},
			{Name: "revenue", Type: match.Type{Kind: match.Decimal, Scale: 2, Name: "decimal(10,2)"}},
			{Name: "subscribed", Type: match.Type{Kind: match.Boolean, Name: "boolean"}},
			{Name: "created_at", Type: stamp},
			{Name: "interests", Type: match.Type{Kind: match.List, Elem: &text, Name: "list of text"}},
			{Name: "address", Type: match.Type{Kind: match.Other, Name: "struct"}},
		},
		Engagements: []model.Column{
			{Name: "contact_id", Type: text},
			{Name: "occurred_at", Type: stamp},
			{Name: "channel", Type: text},
			{Name: "action", Type: text},
			{Name: "asset", Type: text},
			{Name: "page_url", Type: text},
			{Name: "answers", Type: match.Type{Kind: match.Other, Name: "map of text to text"}},
			{Name: "campaign", Type: text},
			{Name: "value", Type: match.Type{Kind: match.Float, Bits: 64, Name: "double"}},
		},
	}
}

// TestGolden renders what there is to say about each model in testdata/model: errors has one sin a file, warnings what is
// legal but suspicious, check what only the inputs' columns tell, good what nothing but warnings is said about.
func TestGolden(t *testing.T) {
	for _, kind := range []string{"errors", "warnings", "check", "good"} {
		files, err := filepath.Glob(filepath.Join(testdata, kind, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no models in %s: %v", kind, err)
		}
		for _, file := range files {
			t.Run(kind+"/"+strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				list := said(t, kind, filepath.Base(file), text)
				var out strings.Builder
				if err := diag.Render(&out, func(string) []byte { return text }, list); err != nil {
					t.Fatal(err)
				}
				golden := strings.TrimSuffix(file, ".yaml") + ".golden"
				if *update {
					if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), out.String()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// said gives what is said about a model of testdata, and holds it to what its folder promises.
func said(t *testing.T, kind, name string, text []byte) diag.List {
	t.Helper()
	m, found := model.Parse(name, text)
	list := diag.List(found)
	if kind == "errors" {
		if !list.HasErrors() || len(list) != len(list.Errors()) {
			t.Errorf("%d errors among %d diagnostics", len(list.Errors()), len(list))
		}
		if len(list) != 1 && !strings.HasPrefix(name, "many-") {
			t.Errorf("%d errors for one sin", len(list))
		}
		return list
	}
	if len(list) > 0 {
		t.Errorf("errors: %v", list)
	}
	if kind == "check" {
		list = model.Check(m, inputs())
		if !list.HasErrors() {
			t.Error("no errors")
		}
		return list.Errors()
	}
	list = model.Check(m, nil)
	if list.HasErrors() {
		t.Errorf("errors without a schema: %v", list.Errors())
	}
	if kind == "warnings" && len(list) == 0 {
		t.Error("no warnings")
	}
	for _, d := range list {
		if d.Position.Line == 0 {
			t.Errorf("no place is known: %+v", d)
		}
	}
	return list
}
