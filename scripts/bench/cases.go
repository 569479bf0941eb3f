package main

import (
	"fmt"
	"strings"
)

// benchCase is one line of the table: which data is scored how.
type benchCase struct {
	Name    string
	Data    dataset
	Rules   int
	Tables  []string // published tables; empty: all of them
	Threads int      // 0: the job's own choice
	Memory  string   // as --memory takes it; empty: the job's own choice
}

// scoresAndBreakdown are the two tables that every other engine was made to write too.
var scoresAndBreakdown = []string{"scores", "breakdown"}

// cases are the cases that have a name. A new case is a new line.
var cases = []benchCase{
	{Name: "25-rules", Data: million(20, byTime, text8), Rules: 25, Tables: scoresAndBreakdown},
	{Name: "100-rules", Data: million(20, byTime, text8), Rules: 100, Tables: scoresAndBreakdown},
	{Name: "300-rules", Data: million(20, byTime, text8), Rules: 300, Tables: scoresAndBreakdown},
	{Name: "by-contact", Data: million(20, byContact, text8), Rules: 100, Tables: scoresAndBreakdown},
	{Name: "all-tables", Data: million(20, byTime, text8), Rules: 100},
	{Name: "one-thread", Data: million(20, byTime, text8), Rules: 100, Tables: scoresAndBreakdown, Threads: 1},
	{Name: "two-threads", Data: million(20, byTime, text8), Rules: 100, Tables: scoresAndBreakdown, Threads: 2},
	{Name: "uuid-ids", Data: million(20, byTime, uuids), Rules: 100, Tables: scoresAndBreakdown},
	{Name: "email-ids", Data: million(20, byTime, email), Rules: 100, Tables: scoresAndBreakdown},
	{Name: "int64-ids", Data: million(20, byTime, int64s), Rules: 100, Tables: scoresAndBreakdown},
	{Name: "100-million", Data: million(100, byTime, text8), Rules: 100, Tables: scoresAndBreakdown},
	{Name: "100-million-512MiB", Data: million(100, byTime, text8), Rules: 100, Tables: scoresAndBreakdown, Memory: "512MiB"},
}

// targets are the names of the cases that are measured where none is asked for: size, rules and layout, each where it
// tells the most.
var targets = []string{"25-rules", "100-rules", "300-rules", "by-contact", "100-million"}

// million is a data set of n million engagements with one contact for every twenty.
func million(n int64, layout, shape string) dataset {
	return dataset{Engagements: n * 1_000_000, Contacts: n * 50_000, Layout: layout, IDs: shape}
}

// named finds cases by their names, parted by commas; "all" are all of them.
func named(names string) ([]benchCase, error) {
	if names == "all" {
		return cases, nil
	}
	var found []benchCase
search:
	for name := range strings.SplitSeq(names, ",") {
		for _, c := range cases {
			if c.Name == name {
				found = append(found, c)
				continue search
			}
		}
		known := make([]string, len(cases))
		for i, c := range cases {
			known[i] = c.Name
		}
		return nil, fmt.Errorf("-case %s: there is no such case; there are all, %s", name, strings.Join(known, ", "))
	}
	return found, nil
}
