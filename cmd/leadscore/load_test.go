package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
	"leadscore/pipeline/parquetio/encode"
)

// The examples of scripts/load: their tables have the columns and types of the real ones, and what loads them names every column.

var warehouses = []struct {
	name       string
	id, number string // of contact ids, of whole numbers
	types      map[encode.Type]string
	required   bool // NOT NULL stands where no null can be
	lists      bool // also of lists
}{
	{"duckdb", "BIGINT", "BIGINT", map[encode.Type]string{encode.Text: "VARCHAR", encode.Boolean: "BOOLEAN", encode.Timestamp: "TIMESTAMPTZ", encode.Double: "DOUBLE", encode.TextList: "VARCHAR[]"}, true, true},
	{"bigquery", "INT64", "INT64", map[encode.Type]string{encode.Text: "STRING", encode.Boolean: "BOOL", encode.Timestamp: "TIMESTAMP", encode.Double: "FLOAT64", encode.TextList: "ARRAY<STRING>"}, true, false},
	{"snowflake", "BIGINT", "BIGINT", map[encode.Type]string{encode.Text: "VARCHAR", encode.Boolean: "BOOLEAN", encode.Timestamp: "TIMESTAMP_LTZ", encode.Double: "FLOAT", encode.TextList: "ARRAY"}, true, true},
	{"spark", "BIGINT", "BIGINT", map[encode.Type]string{encode.Text: "STRING", encode.Boolean: "BOOLEAN", encode.Timestamp: "TIMESTAMP", encode.Double: "DOUBLE", encode.TextList: "ARRAY<STRING>"}, false, false},
}

var (
	createTable = regexp.MustCompile(`(?s)CREATE TABLE IF NOT EXISTS (?:leads\.)?(\w+) \(\n(.*?)\n\)`)
	insertInto  = regexp.MustCompile(`(?s)(?:INSERT|COPY) INTO (?:leads\.)?(\w+) \(\n(.*?)\n\)\n(?:FROM \(\n)?\s*SELECT\n(.*?)\n\s*FROM`)
	quotes      = strings.NewReplacer("`", "", `"`, "")
)

// names splits a list of columns with commas between them.
func names(list string) []string {
	var all []string
	for name := range strings.SplitSeq(list, ",") {
		all = append(all, strings.ToLower(quotes.Replace(strings.TrimSpace(name))))
	}
	return all
}

func TestTablesOfWarehouses(t *testing.T) {
	for _, w := range warehouses {
		text := example(t, "load/"+w.name+".sql")
		var tables []string
		columns := map[string][]string{}
		for _, found := range createTable.FindAllStringSubmatch(text, -1) {
			table := found[1]
			tables = append(tables, table)
			var want []string
			for _, f := range pipeline.Fields(table, encode.IntType{Bits: 16}, nil) {
				typ := w.types[f.Type]
				switch f.Type {
				case encode.Int64:
					typ = w.number
				case encode.IntType{Bits: 16}:
					typ = w.id
				}
				line := f.Name + " " + typ
				if w.required && !f.Nullable && (f.Type != encode.TextList || w.lists) {
					line += " NOT NULL"
				}
				want = append(want, line)
				columns[table] = append(columns[table], f.Name)
			}
			date := "dt DATE"
			if w.required {
				date += " NOT NULL"
			}
			want, columns[table] = append(want, date), append(columns[table], "dt")
			var got []string
			for line := range strings.SplitSeq(found[2], ",\n") {
				name, typ, _ := strings.Cut(strings.TrimSpace(line), " ")
				got = append(got, names(name)[0]+" "+typ)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s.sql, %s (- the code, + the script):\n%s", w.name, table, diff)
			}
		}
		if diff := cmp.Diff(pipeline.Tables, tables); diff != "" {
			t.Errorf("%s.sql, tables (- the code, + the script):\n%s", w.name, diff)
		}
		loaded := insertInto.FindAllStringSubmatch(text, -1)
		if want := len(pipeline.Tables); len(loaded) != want && w.name != "spark" {
			t.Errorf("%s.sql loads %d tables, want %d", w.name, len(loaded), want)
		}
		for _, found := range loaded {
			if diff := cmp.Diff(columns[found[1]], names(found[2])); diff != "" {
				t.Errorf("%s.sql loads other columns into %s: %s", w.name, found[1], diff)
			}
			selected := names(found[3])
			for i, c := range selected {
				// $1:score::BIGINT, of the type that the table has.
				if from, typ, cast := strings.Cut(strings.TrimPrefix(c, "$1:"), "::"); cast {
					if selected[i] = from; !regexp.MustCompile(`(?i)\n  "?` + from + `"? ` + regexp.QuoteMeta(typ) + `\b`).MatchString(text) {
						t.Errorf("%s.sql reads %s as %s", w.name, from, typ)
					}
				} else if strings.HasPrefix(c, "to_date(") {
					selected[i] = "dt"
				}
			}
			if diff := cmp.Diff(columns[found[1]], selected); diff != "" {
				t.Errorf("%s.sql selects other columns for %s: %s", w.name, found[1], diff)
			}
		}
	}
}

// small scores two contacts for 2026-11-01 into published, in the working directory.
func small(t *testing.T, flags ...string) {
	t.Helper()
	for name, lines := range map[string]string{
		"contacts": "contact_id:int64,phone:text\n1,1\n2,null\n", "events": "contact_id:int64,occurred_at:instant,channel:text,action:text\n1,2026-10-01T00:00:00Z,email,clicked\nnull,2026-10-01T00:00:00Z,email,clicked\n",
	} {
		if err := os.WriteFile(name+".csv", []byte(lines), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := makeParquet([]string{name + ".csv", name + ".parquet"}); err != nil {
			t.Fatal(err)
		}
	}
	rules := "name: M\nversion: 1\nscore: {mql: 3, range: {max: 4}}\nsets: [{set: A, rules: [{rule: R, points: 2, when: {email: clicked}}, {rule: P, points: 3, when: {field: phone}}]}]\nsuppress: [{reason: No phone, when: {not: {field: phone}}}]\n"
	if err := os.WriteFile("model.yaml", []byte(rules), 0o666); err != nil {
		t.Fatal(err)
	}
	job := "output: {contact_columns: [phone]}\nextracts: [{extract: CRM, format: csv, superoffice: {target: selection, name: Hot, external_id: contact_id, email: phone}}, {extract: Lead stream, format: parquet, columns: [contact_id, score], stream: {fetch_history: true}}]\n"
	if err := os.WriteFile("job.yaml", []byte(job), 0o666); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := "score job.yaml --model model.yaml --contacts contacts.parquet --engagements events.parquet --out published --as-of 2026-11-01"
	if code := run(context.Background(), append(strings.Fields(args), flags...), nil, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr.String())
	}
}

// TestLoadIntoDuckDB executes the script twice, and holds that every row is there once.
func TestLoadIntoDuckDB(t *testing.T) {
	database := findDuckDB(t)
	script := example(t, "load/duckdb.sql")
	t.Chdir(t.TempDir())
	small(t)
	query := strings.Repeat(script, 2) + `
SELECT 1 AS right
WHERE (SELECT count(*) FROM scores WHERE dt = DATE '2026-11-01') = 2 AND (SELECT count(*) FROM set_scores) = 2
  AND (SELECT list(points ORDER BY points) FROM breakdown) = [-1, 2, 3] AND (SELECT max(reasons) FROM mql) = ['P', 'R']
  AND (SELECT max(as_of) FROM scores) = TIMESTAMPTZ '2026-11-01 00:00:00+00' AND (SELECT count(*) FROM score_history) = 1
  AND (SELECT count(*) FROM rule_stats) = 2 AND (SELECT max("row") FROM rejects) = 1 AND (SELECT count(*) FROM contacts) = 2;`
	database.hold(t, query)
}

// TestDeliveriesIntoDuckDB takes in what a stream has delivered after each of two publications of a date, twice.
func TestDeliveriesIntoDuckDB(t *testing.T) {
	database := findDuckDB(t)
	script := example(t, "load/deliveries.sql")
	t.Chdir(t.TempDir())
	small(t)
	small(t, "--replace", "--history", "30d")
	database.hold(t, strings.Repeat(script, 2)+`
SELECT 1 AS right
WHERE (SELECT list(contact_id ORDER BY contact_id) FROM lead_stream) = [1, 2] AND (SELECT min(dt) FROM lead_stream) = DATE '2026-11-01'
  AND (SELECT count(DISTINCT delivery_id) FROM lead_stream) = 2;`)
}
