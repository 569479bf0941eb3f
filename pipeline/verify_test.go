package pipeline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// verified verifies the latest run of a folder.
func verified(t testing.TB, out string) *pipeline.Verification {
	t.Helper()
	v, err := pipeline.Verify(t.Context(), out, "", pipeline.Unwatched{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVerify(t *testing.T) {
	spec := newBase(t).write(t)
	spec.ContactColumns = []string{"country"}
	if _, err := pipeline.Verify(t.Context(), spec.Output, "", pipeline.Unwatched{}); !errors.Is(err, publish.ErrNoRun) {
		t.Errorf("of nothing: %v", err)
	}
	summary := run(t, spec)
	rows, bytes := int64(0), int64(0)
	for _, table := range summary.Tables {
		rows, bytes = rows+table.Rows, bytes+table.Bytes
	}
	v := verified(t, spec.Output)
	if len(v.Faults)+len(v.Notes) > 0 || v.Ledger != pipeline.LedgerBalances || v.Contacts != 4 || v.RunID != summary.RunID || v.Rows != rows+4 || v.Bytes <= bytes { // _state too
		t.Errorf("%+v", v)
	}
	for _, missing := range []string{"scores", "breakdown"} {
		spec.Tables = slices.DeleteFunc(slices.Clone(pipeline.Tables), func(table string) bool { return table == missing })
		spec.Replace = true
		run(t, spec)
		if v := verified(t, spec.Output); len(v.Faults) > 0 || v.Ledger != pipeline.LedgerUnread+missing+" was not published" {
			t.Errorf("without %s: %+v", missing, v)
		}
	}
}

// Several parts, ids that are numbers, and limits that take points.
func TestVerifyManyParts(t *testing.T) {
	const contacts = 33_000 // two parts
	b := newBase(t)
	b.lists = nil
	b.model = "name: m\nscore: {range: {min: 0, max: 5}}\nsets: [{set: s, range: {max: 7}, rules: [{rule: r, points: 10, when: {field: n, below: 25000}}, {rule: q, points: -2, when: {field: n, below: 15000}}]}]\n"
	ids, ns := column{"contact_id", arrow.PrimitiveTypes.Int64, nil}, column{"n", arrow.PrimitiveTypes.Int64, nil}
	for i := range contacts {
		ids.values, ns.values = append(ids.values, i-100), append(ns.values, i)
	}
	b.contacts = []column{ids, ns}
	b.engagements[0] = ints("contact_id", 1, 2, 3, 4, 5, 6, 7)
	spec := b.write(t)
	spec.Contacts.Paths = []string{writeFile(t, filepath.Join(b.dir, "in", "many.parquet"), contacts, b.contacts...)}
	run(t, spec)
	if v := verified(t, spec.Output); len(v.Faults) > 0 || v.Contacts != contacts || v.Parts < 8 || v.Ledger != pipeline.LedgerBalances {
		t.Errorf("%+v", v)
	}
}

// damage is a run that was published and something that happens to it.
type damage struct {
	t        *testing.T
	out      string
	manifest string // path
}

func (d damage) part(table string) string {
	found, err := filepath.Glob(filepath.Join(d.out, table, "dt=*", "*.parquet"))
	if err != nil || len(found) != 1 {
		d.t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

func (d damage) edit(file string, change func([]byte) []byte) {
	d.t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, change(data), 0o666)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// rewrite changes the manifest.
func (d damage) rewrite(change func(*publish.Manifest)) {
	d.t.Helper()
	d.edit(d.manifest, func(data []byte) []byte {
		var m publish.Manifest
		if err := json.Unmarshal(data, &m); err != nil {
			d.t.Fatal(err)
		}
		change(&m)
		data, err := json.Marshal(m)
		if err != nil {
			d.t.Fatal(err)
		}
		return data
	})
}

// put puts another file in the place of a table's part, and what the manifest says of it with it.
func (d damage) put(table, from string) {
	d.t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		d.t.Fatal(err)
	}
	d.edit(d.part(table), func([]byte) []byte { return data })
	d.rewrite(func(m *publish.Manifest) {
		for i := range m.Outputs {
			if m.Outputs[i].Table == table {
				m.Outputs[i].Bytes, m.Outputs[i].CRC32C = int64(len(data)), fmt.Sprintf("%08x", crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
			}
		}
	})
}

func TestVerifyFindsDamage(t *testing.T) {
	broken := "does not balance"
	for _, test := range []struct {
		name   string
		do     func(damage)
		faults []string // words of each
		ledger string
	}{
		{"a wrong byte", func(d damage) {
			d.edit(d.part("mql"), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, []string{"mql/dt=2026-11-01/part-00000-.* has CRC32C"}, pipeline.LedgerBalances},
		{"a wrong byte of the ledger", func(d damage) {
			d.edit(d.part("breakdown"), func(b []byte) []byte { b[10] ^= 1; return b })
		}, []string{"breakdown/dt=2026-11-01/part-00000-.* has CRC32C"}, "not checked: parts of it are damaged"},
		{"a byte less", func(d damage) {
			d.edit(d.part("scores"), func(b []byte) []byte { return b[:len(b)-1] })
		}, []string{"scores/dt=2026-11-01/part-00000-.* is gone|scores/dt=2026-11-01/part-00000-.* bytes, .* were written"}, "not checked: parts of it are damaged"},
		{"a missing part and a wrong one", func(d damage) {
			if err := os.Remove(d.part("rejects")); err != nil {
				d.t.Fatal(err)
			}
			d.edit(d.part("rule_stats"), func(b []byte) []byte { b[5] ^= 1; return b })
		}, []string{"rejects/.* is gone", "rule_stats/.* has CRC32C"}, pipeline.LedgerBalances},
		{"other rows than the manifest says", func(d damage) {
			d.rewrite(func(m *publish.Manifest) { m.Outputs[0].Rows += 3 })
		}, []string{"_state/.* has 4 rows, the manifest says 7"}, pipeline.LedgerBalances},
		{"another model than the footers say", func(d damage) {
			d.rewrite(func(m *publish.Manifest) { m.Model.Text += "\n" })
		}, []string{"the manifest's model text has another digest"}, pipeline.LedgerBalances},
		{"no Parquet file", func(d damage) {
			file := filepath.Join(d.t.TempDir(), "x")
			if err := os.WriteFile(file, bytes.Repeat([]byte("x"), 500), 0o666); err != nil {
				d.t.Fatal(err)
			}
			d.put("set_scores", file)
		}, []string{"set_scores/.*not a Parquet file"}, pipeline.LedgerBalances},
		{"a ledger that does not balance, of another run", func(d damage) {
			d.put("breakdown", writeFile(d.t, filepath.Join(d.t.TempDir(), "breakdown.parquet"), 10,
				texts("contact_id", "ann", "ann", "bob", "bob", "eve"), ints("points", 20, 6, 10, 5, 0)))
		}, []string{
			"breakdown/.* has 5 rows, the manifest says", `footer of breakdown/.* says leadscore.run_id ""`, `says leadscore.model_digest ""`, `says leadscore.engine_version ""`,
			"score of contact ann is -1 more than", "score of contact bob is -5 more than", "score of contact cyd is -3 more than", "score of contact dan is 9 more than",
			"contact eve has a breakdown of 0 points and no score",
		}, broken},
		{"a ledger without points", func(d damage) {
			d.put("breakdown", writeFile(d.t, filepath.Join(d.t.TempDir(), "breakdown.parquet"), 10, texts("contact_id", "ann")))
		}, []string{"has 1 rows", "run_id", "model_digest", "engine_version", `column "points": the column is missing`}, "not checked: parts of it are damaged"},
		{"events that do not follow", func(d damage) {
			d.put("mql_events", writeFile(d.t, filepath.Join(d.t.TempDir(), "events.parquet"), 10,
				texts("contact_id", "ann", "ann", "bob"), texts("event", "became", "returned", "became"), ints("times", 1, 2, 1)))
		}, []string{
			"mql_events/.* has 3 rows", "run_id", "model_digest", "engine_version", `the event "returned" of contact ann, number 2, does not follow`,
			"by its events contact bob is an MQL: true; in scores: false",
		}, pipeline.LedgerBalances},
		{"changes that do not add up", func(d damage) {
			d.put("score_changes", writeFile(d.t, filepath.Join(d.t.TempDir(), "changes.parquet"), 10,
				texts("contact_id", "ann", "bob", "eve"), ints("previous_score", 5, nil, 7), ints("score", 25, 11, nil),
				column{"is_mql", arrow.FixedWidthTypes.Boolean, []any{true, false, nil}},
				ints("new_engagement", 20, 10, 0), ints("expiry", -1, 0, 0), ints("field_change", 1, 1, -6),
				ints("list_change", 0, 0, 0), ints("model_change", 0, 0, 0), ints("late_data", 0, 0, 0)))
		}, []string{
			"score_changes/.* has 3 rows", "run_id", "model_digest", "engine_version", "the score of contact eve changed by -1 more than the parts",
			"contact bob has score 11, MQL: false; in scores it has 10, MQL: false",
		}, pipeline.LedgerBalances},
		{"another state than the scores", func(d damage) {
			d.put("_state", writeFile(d.t, filepath.Join(d.t.TempDir(), "state.parquet"), 10,
				texts("contact_id", "ann", "dan", "eve"), ints("score", 25, 8, nil), column{"is_mql", arrow.FixedWidthTypes.Boolean, []any{true, nil, nil}}))
		}, []string{
			"_state/.* has 3 rows", "run_id", "model_digest", "engine_version", "contact dan has score 8, MQL: false; in scores it has 9", "has 2 contacts, scores has 4",
		}, pipeline.LedgerBalances},
		{"a stranger", func(d damage) {
			writeFile(d.t, filepath.Join(filepath.Dir(d.part("scores")), "mine.parquet"), 10, texts("contact_id", "ann"))
		}, []string{"scores/dt=2026-11-01/mine.parquet is no part of the run"}, pipeline.LedgerBalances},
		{"a manifest of another run", func(d damage) {
			d.rewrite(func(m *publish.Manifest) { m.ContentKey = "0123" })
		}, []string{`content key ".*", the manifest "0123"`}, pipeline.LedgerBalances},
		{"no manifest", func(d damage) {
			d.edit(d.manifest, func([]byte) []byte { return []byte("{") })
		}, []string{"is no manifest of leadscore"}, "not checked: the manifest cannot be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := newBase(t).write(t)
			run(t, spec)
			manifests, err := filepath.Glob(filepath.Join(spec.Output, "_runs/2026-11-01/*.json"))
			if err != nil || len(manifests) != 1 {
				t.Fatalf("%v, %v", manifests, err)
			}
			test.do(damage{t, spec.Output, manifests[0]})
			v := verified(t, spec.Output)
			if v.Ledger != test.ledger {
				t.Errorf("ledger: %s, want %s", v.Ledger, test.ledger)
			}
			left := slices.Clone(v.Faults)
			for _, words := range test.faults {
				i := slices.IndexFunc(left, func(fault string) bool { return regexp.MustCompile(words).MatchString(fault) })
				if i < 0 {
					t.Errorf("no fault says %q: %q", words, v.Faults)
					continue
				}
				left = slices.Delete(left, i, i+1)
			}
			if len(left) > 0 {
				t.Errorf("more faults: %q", left)
			}
		})
	}
}

// A run that finds the date held by another process is to come again later.
func TestDateIsHeld(t *testing.T) {
	spec := newBase(t).write(t)
	held, err := publish.Begin(t.Context(), storage.NewLocal(), spec.Output, "2026-11-01", strings.Repeat("0123456789abcdef", 4), false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = pipeline.Run(t.Context(), spec, pipeline.Unwatched{})
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 75 || !errors.Is(err, publish.ErrBusy) {
		t.Errorf("got %v", err)
	}
	if err := held.Abort(); err != nil {
		t.Fatal(err)
	}
	run(t, spec)
}

func TestRuns(t *testing.T) {
	spec := newBase(t).write(t)
	spec.ContactColumns = []string{"country"}
	summary := run(t, spec)
	spec.AsOf, spec.Tables = spec.AsOf.Add(24*time.Hour), []string{"breakdown"}
	run(t, spec)
	runs, err := pipeline.Runs(t.Context(), spec.Output)
	if err != nil || len(runs) != 2 {
		t.Fatalf("%+v, %v", runs, err)
	}
	first, second := runs[0], runs[1]
	if first.Date != "2026-11-01" || first.RunID != summary.RunID || *first.Scores != 4 || *first.MQLs != 1 || first.Latest || first.State != pipeline.RunPublished ||
		len(first.Tables) != len(pipeline.Tables) || first.Tables[0] != summary.Tables[0] || first.Model == "" || !first.AsOf.Equal(summary.AsOf) {
		t.Errorf("%+v", first)
	}
	if second.Scores != nil || second.MQLs != nil || !second.Latest || len(second.Tables) != 1 || second.Bytes != second.Tables[0].Bytes {
		t.Errorf("%+v", second)
	}
}
