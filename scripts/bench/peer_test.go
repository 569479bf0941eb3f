package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestPeersAreSkippedWithoutNode(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var stdout, stderr strings.Builder
	if err := run(t.Context(), []string{"peers", "-dir", t.TempDir(), "-engagements", "10", "-contacts", "3"}, &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), "skipped: there is no Node.js") {
		t.Errorf("stdout: %q", stdout.String())
	}
}

// duckDBInTest gives the DuckDB of the npm package that LEADSCORE_DUCKDB names, as for the queries of the README.
func duckDBInTest(t *testing.T, dir string) duckDB {
	t.Helper()
	library := os.Getenv("LEADSCORE_DUCKDB")
	if _, err := os.Stat(filepath.Join(library, "node_modules", "@duckdb", "node-api")); library == "" || err != nil {
		t.Skip("there is no DuckDB to measure against: npm install --prefix FOLDER @duckdb/node-api@" + duckDBVersion + " and set LEADSCORE_DUCKDB=FOLDER")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip(err)
	}
	script, err := filepath.Abs("../duckdb/query.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if library, err = filepath.Abs(library); err != nil {
		t.Fatal(err)
	}
	return duckDB{node: node, script: script, library: library, dir: dir, memory: 1 << 30}
}

// TestPeerPublishesTheSame runs the job and DuckDB on the same data, and then tampers with what DuckDB published: each
// difference has to be found.
func TestPeerPublishesTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the program")
	}
	d := dataset{Engagements: 60_000, Contacts: 3000, Layout: byTime, IDs: int64s}
	duck := duckDBInTest(t, "")
	duck.dir = generated(t, d)
	program, err := build(t.Context(), duck.dir)
	if err != nil {
		t.Fatal(err)
	}
	var w work
	for _, rules := range []int{1, 4, 300} { // a rule of one criterion alone, some, all that the bench has
		if w, err = (benchCase{Name: "same", Data: d, Rules: rules, Tables: scoresAndBreakdown}).prepare(duck.dir); err != nil {
			t.Fatal(err)
		}
		for _, c := range []contender{leadscore(program), duck.contender()} {
			if _, err := c.run(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
		if err := duck.check(t.Context(), w); err != nil {
			t.Fatalf("%d rules: %v", rules, err)
		}
	}
	files := duck.files(w)
	tests := []struct{ name, path, tampered, want string }{
		{"a score", files.scores, replaced("score", "score + 1", "contact_id"), `"score":1`},
		{"a band", files.scores, replaced("band", "'E'", "contact_id"), `"band":1`},
		{"a flag", files.scores, replaced("is_mql", "NOT is_mql", "contact_id"), `"is_mql":1`},
		{"points", files.breakdown, replaced("points", "points - 1", "contact_id, rule_id"), `"points":1`},
		{"an end", files.breakdown, replaced("expires_at", "TIMESTAMPTZ '2026-02-03 00:00:00+00'", "contact_id, rule_id"), `"expires_at":1`},
		{"a last engagement", files.breakdown, replaced("last_engagement_at", "TIMESTAMPTZ '2020-02-03 00:00:00+00'", "contact_id, rule_id"), `"last_engagement_at":1`},
		{"a rule", files.breakdown, replaced("rule_id", "1000", "contact_id, rule_id"), "1 are the job's alone, 1 the peer's alone"},
		{"a missing row", files.breakdown, "SELECT * FROM t ORDER BY contact_id, rule_id OFFSET 1", "1 are the job's alone, 0 the peer's alone"},
		{"a row twice", files.breakdown, "FROM t UNION ALL (FROM t LIMIT 1)", "0 are the job's alone, 0 the peer's alone"},
		{"no rows", files.scores, "FROM t LIMIT 0", "3000 are the job's alone"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole, err := os.ReadFile(test.path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.WriteFile(test.path, whole, 0o644); err != nil {
					t.Fatal(err)
				}
			}()
			sql := "CREATE TABLE t AS FROM " + readParquet(test.path) + ";\nCOPY (" + test.tampered + ") TO " + quote(test.path) + " (FORMAT parquet);\n"
			if _, _, err := duck.query(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
			if err := duck.check(t.Context(), w); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
		})
	}
}

// replaced is a query for t with a value changed in the row that is the first in an order.
func replaced(column, value, order string) string {
	return "SELECT * EXCLUDE (n) REPLACE (CASE WHEN n = 1 THEN " + value + " ELSE " + column + " END AS " + column + ") " +
		"FROM (SELECT *, row_number() OVER (ORDER BY " + order + ") AS n FROM t)"
}
