package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// duckDB runs SQL: the program, or its npm package by way of scripts/duckdb/query.mjs.
type duckDB struct {
	program string   // empty: there is none
	args    []string // the query goes to standard input
	folder  string   // of the npm package, where it is that
}

// howToGetDuckDB is what a skipped query says.
const howToGetDuckDB = "there is no DuckDB to run it: put duckdb on the PATH, or npm install --prefix FOLDER @duckdb/node-api and set LEADSCORE_DUCKDB=FOLDER"

// findDuckDB looks where LEADSCORE_DUCKDB points, else on the PATH. What is named and is not there is a failure, and so is none
// at all where CI=true.
func findDuckDB(t *testing.T) duckDB {
	t.Helper()
	named := os.Getenv("LEADSCORE_DUCKDB")
	if named == "" {
		program, err := exec.LookPath("duckdb")
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(howToGetDuckDB)
			}
			return duckDB{}
		}
		return duckDB{program: program, args: []string{"-json"}}
	}
	named, err := filepath.Abs(named) // the queries run in another folder
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(named)
	if err != nil {
		t.Fatalf("LEADSCORE_DUCKDB: %v", err)
	}
	if !info.IsDir() {
		return duckDB{program: named, args: []string{"-json"}}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("LEADSCORE_DUCKDB is a folder of npm packages, which takes node: %v", err)
	}
	script, err := filepath.Abs("../../scripts/duckdb/query.mjs")
	if err != nil {
		t.Fatal(err)
	}
	return duckDB{node, []string{script}, named}
}

// hold runs a query in the working directory and holds it to find rows, or none where it says so.
func (d duckDB) hold(t *testing.T, query string) {
	t.Helper()
	if d.program == "" {
		t.Skip(howToGetDuckDB)
	}
	cmd := exec.Command(d.program, d.args...)
	cmd.Env = append(os.Environ(), "LEADSCORE_DUCKDB="+d.folder)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(query), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s\n%s", err, stdout.Bytes(), stderr.Bytes(), query)
	}
	var rows []map[string]any
	if text := bytes.TrimSpace(stdout.Bytes()); len(text) > 0 { // the program prints nothing, or [], where there are no rows
		if err := json.Unmarshal(text, &rows); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	if none := strings.Contains(query, "-- no rows"); none != (len(rows) == 0) {
		t.Errorf("found %d rows %v\n%s", len(rows), rows, query)
	}
}
