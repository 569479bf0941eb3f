package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"leadscore/transforms/model"
)

var demoSmall = demoSize{contacts: 600, engagements: 12_000}

func digests(t *testing.T, folder string) map[string]string {
	t.Helper()
	sums := make(map[string]string)
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		sum := sha256.Sum256(text)
		sums[filepath.ToSlash(name)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func TestDemoBaseIsTheSameEachTime(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	told := 0
	for _, folder := range []string{a, b} {
		if err := writeDemoBase(t.Context(), folder, demoSmall, func(n int) { told += n }); err != nil {
			t.Fatal(err)
		}
	}
	first := digests(t, a)
	if diff := cmp.Diff(first, digests(t, b)); diff != "" {
		t.Error(diff)
	}
	if len(first) != 12 {
		t.Errorf("wrote %d files, want 12", len(first))
	}
	if told < 2*(demoSmall.contacts+demoSmall.engagements) {
		t.Errorf("told of %d rows only", told)
	}
}

// TestDemoBaseIsDirty holds that the base has every kind of dirt that a real export has, in every proportion that matters.
func TestDemoBaseIsDirty(t *testing.T) {
	folder := t.TempDir()
	if err := writeDemoBase(t.Context(), folder, demoSmall, func(int) {}); err != nil {
		t.Fatal(err)
	}
	known, twice, nameless := make(map[int64]bool), 0, 0
	for _, c := range readAll[demoContact](t, folder, "contacts") {
		switch {
		case c.ID == nil:
			nameless++
		case known[*c.ID]:
			twice++
		default:
			known[*c.ID] = true
		}
	}
	if len(known) != demoSmall.contacts || twice == 0 || nameless == 0 {
		t.Errorf("%d contacts, %d twice, %d without an id", len(known), twice, nameless)
	}
	count := make(map[string]int)
	seen := make(map[string]bool)
	visit := func(id *string, contact, at *int64, micros int64) {
		count["all"]++
		if contact == nil {
			count["null id"]++
		} else if !known[*contact] {
			count["unknown contact"]++
		}
		if at == nil {
			count["null time"]++
		} else if *at*micros > demoAsOf.UnixMicro() {
			count["after as-of"]++
		}
		if id == nil {
			count["no event id"]++
		} else if seen[*id] {
			count["repeated event id"]++
		} else {
			seen[*id] = true
		}
	}
	for _, e := range readAll[demoWebRow](t, folder, "web") {
		visit(e.EventID, e.Contact, e.At, 1)
	}
	previous := int64(0)
	for _, e := range readAll[demoMailRow](t, folder, "mail") {
		visit(e.EventID, e.Contact, e.At, 1000)
		if e.At != nil && *e.At < previous-90*24*3600*1000 {
			count["late"]++
		} else if e.At != nil {
			previous = max(previous, *e.At)
		}
	}
	for _, dirt := range []string{"null id", "unknown contact", "null time", "after as-of", "no event id", "repeated event id", "late"} {
		if count[dirt] == 0 {
			t.Errorf("no engagement has %s", dirt)
		}
		if count[dirt] > count["all"]/20 {
			t.Errorf("%d of %d engagements have %s: too many to be real", count[dirt], count["all"], dirt)
		}
	}
}

func readAll[T any](t *testing.T, folder, table string) []T {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, table, "*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s (%v)", table, err)
	}
	var rows []T
	for _, f := range files {
		more, err := parquet.ReadFile[T](f)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, more...)
	}
	return rows
}

// TestDemoModelShowsTheLanguage holds that the demo's model has most of what a model can have, and that both files are in order.
func TestDemoModelShowsTheLanguage(t *testing.T) {
	m, list := model.Parse("model.yaml", demoModel)
	if len(list) > 0 {
		t.Fatalf("the model: %v", list)
	}
	if _, list := ParseJob("job.yaml", demoJob); len(list) > 0 {
		t.Fatalf("the job: %v", list)
	}
	rules, kinds := 0, make(map[string]bool)
	for _, s := range m.Sets {
		rules += len(s.Rules)
		kinds["inactive set"] = kinds["inactive set"] || !s.Active
		kinds["set range"] = kinds["set range"] || s.Range.Max != nil
		for _, r := range s.Rules {
			kinds[[]string{"", "constant", "each", "tiers", "fade"}[r.Points.Kind]] = true
			model.Walk(r.When, func(e model.Expr, negated bool) {
				kinds["not"] = kinds["not"] || negated
				switch e := e.(type) {
				case *model.Any:
					kinds["any"] = true
				case *model.All:
					kinds["all"] = true
				case *model.Field:
					kinds["field"] = true
				case *model.ListMember:
					kinds["list"] = true
				case *model.Engagement:
					kinds["where"] = kinds["where"] || len(e.Where) > 0
					kinds["answer"] = kinds["answer"] || e.Answer != nil
					kinds["times"] = kinds["times"] || e.Times
					kinds["from"] = kinds["from"] || e.Frame.From != nil
				}
			})
		}
	}
	for _, kind := range []string{"inactive set", "set range", "constant", "each", "tiers", "fade", "not", "any", "all", "field", "list", "where", "answer", "times", "from"} {
		if !kinds[kind] {
			t.Errorf("the model shows no %s", kind)
		}
	}
	if rules < 15 || m.Score.MQL == nil || len(m.Score.Bands) < 3 || len(m.Score.Explicit) == 0 || m.Score.Range.Max == nil {
		t.Errorf("the model has %d rules and %+v", rules, m.Score)
	}
}
