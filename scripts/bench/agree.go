package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// twin is a table that both a peer and the job have published, as two queries that give it the same columns.
type twin struct {
	name         string
	ours, theirs string
	keys, values []string // columns
}

// twins are scores and breakdown. Instants are compared in whole seconds, which is what the job publishes.
func twins(w work, files peerFiles) []twin {
	table := func(name string) string { return readParquet(filepath.Join(w.Out, name, "*", "*.parquet")) }
	return []twin{
		{
			name:   "scores",
			ours:   "SELECT contact_id, score, band, is_mql FROM " + table("scores"),
			theirs: "SELECT contact_id, score, band, is_mql FROM " + readParquet(files.scores),
			keys:   []string{"contact_id"},
			values: []string{"score", "band", "is_mql"},
		},
		{
			name: "breakdown",
			ours: "SELECT contact_id, rule, points, last_engagement_at, expires_at FROM " + table("breakdown"),
			theirs: "SELECT contact_id, 'Rule ' || rule_id AS rule, points, date_trunc('second', last_engagement_at) AS last_engagement_at, " +
				"date_trunc('second', expires_at) AS expires_at FROM " + readParquet(files.breakdown),
			keys:   []string{"contact_id", "rule"},
			values: []string{"points", "last_engagement_at", "expires_at"},
		},
	}
}

// sql gives one row, an agreement. The tables are equal when every joined row has both sides and equal values and there
// are as many of them as each table has: a row that stood twice on one side would be joined twice.
func (t twin) sql() string {
	first := t.keys[0]
	differs := fmt.Sprintf("ours.%s IS NULL OR theirs.%s IS NULL", first, first)
	columns := []string{
		"(SELECT count(*) FROM ours)::INTEGER AS ours", "(SELECT count(*) FROM theirs)::INTEGER AS theirs", "count(*)::INTEGER AS joined",
		fmt.Sprintf("(count(*) FILTER (theirs.%s IS NULL))::INTEGER AS ours_only", first),
		fmt.Sprintf("(count(*) FILTER (ours.%s IS NULL))::INTEGER AS theirs_only", first),
	}
	var counts, row []string
	for _, v := range t.values {
		unequal := fmt.Sprintf("ours.%s IS DISTINCT FROM theirs.%s", v, v)
		differs += " OR " + unequal
		counts = append(counts, fmt.Sprintf("%s: (count(*) FILTER (ours.%s IS NOT NULL AND theirs.%s IS NOT NULL AND %s))::INTEGER",
			v, first, first, unequal))
	}
	for _, k := range t.keys {
		row = append(row, fmt.Sprintf("coalesce(ours.%s, theirs.%s)::VARCHAR", k, k))
	}
	columns = append(columns,
		"to_json({"+strings.Join(counts, ", ")+"})::VARCHAR AS unequal",
		fmt.Sprintf("min(concat_ws(', ', %s)) FILTER (%s) AS example", strings.Join(row, ", "), differs))
	return fmt.Sprintf("WITH ours AS (%s), theirs AS (%s)\nSELECT %s\nFROM ours FULL JOIN theirs USING (%s)",
		t.ours, t.theirs, strings.Join(columns, ",\n  "), strings.Join(t.keys, ", "))
}

// agreement is how a table of ours and a peer's compare, in rows.
type agreement struct {
	Ours       int64   `json:"ours"`
	Theirs     int64   `json:"theirs"`
	Joined     int64   `json:"joined"`
	OursOnly   int64   `json:"ours_only"`
	TheirsOnly int64   `json:"theirs_only"`
	Unequal    string  `json:"unequal"` // column → rows that both have, with different values; as JSON
	Example    *string `json:"example"` // the key of one row that differs
}

func (a agreement) err(table string) error {
	if a.Ours == a.Theirs && a.Ours == a.Joined && a.Example == nil {
		return nil
	}
	example := ""
	if a.Example != nil {
		example = ", such as " + *a.Example
	}
	return fmt.Errorf("%s: the job published %d rows and the peer %d; %d are the job's alone, %d the peer's alone, in both but unequal are %s%s",
		table, a.Ours, a.Theirs, a.OursOnly, a.TheirsOnly, a.Unequal, example)
}

// check compares what the last run of the job and of DuckDB published, outside of what is measured.
func (d duckDB) check(ctx context.Context, w work) error {
	files := d.files(w)
	settings := "SET TimeZone = 'UTC';\nSET temp_directory = " + quote(files.spill) + ";\n"
	if files.memory > 0 {
		settings += fmt.Sprintf("SET memory_limit = '%dMiB';\n", files.memory>>20)
	}
	var wrong []error
	for _, t := range twins(w, files) {
		_, out, err := d.query(ctx, settings+t.sql())
		if err != nil {
			return err
		}
		var rows []agreement
		if err := json.Unmarshal(out, &rows); err != nil {
			return fmt.Errorf("comparing %s: %w", t.name, err)
		}
		if len(rows) != 1 {
			return fmt.Errorf("comparing %s gave %d rows instead of one", t.name, len(rows))
		}
		wrong = append(wrong, rows[0].err(t.name))
	}
	return errors.Join(wrong...)
}
