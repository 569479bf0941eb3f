package pipeline

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
)

// problem is something that is wrong with a row of an input.
type problem uint8

const (
	nullID problem = iota
	nullTime
	timeOutOfRange
	nullList
	duplicateContact
	repeatedEvent
	unknownContact
	afterAsOf
	problems // how many there are
)

var problemNames = [problems]string{
	"null_id", "null_time", "time_out_of_range", "null_list", "duplicate", "repeated_event_id", "unknown_contact", "after_as_of",
}

func (p problem) String() string { return problemNames[p] }

// inputTable is one of the three inputs.
type inputTable uint8

const (
	contactsTable inputTable = iota
	engagementsTable
	listsTable
	inputTables
)

var inputNames = [inputTables]string{"contacts", "engagements", "lists"}

func (t inputTable) String() string { return inputNames[t] }

// possible says which problems the rows of each input can have.
var possible = [inputTables][]problem{
	contactsTable:    {nullID, duplicateContact},
	engagementsTable: {nullID, nullTime, timeOutOfRange, repeatedEvent, unknownContact, afterAsOf},
	listsTable:       {nullID, nullList, unknownContact, afterAsOf},
}

// tally counts the problems of one goroutine's rows.
type tally [inputTables][problems]int64

// example is a row that has a problem: the first by file and row, so that a message is the same each time.
type example struct {
	seen bool
	file int32
	row  int64
	id   string
}

// counts is what a run has counted.
type counts struct {
	sync.Mutex
	tally
	rows     [inputTables]int64
	examples [inputTables][problems]example
}

func (c *counts) add(t *tally) {
	c.Lock()
	defer c.Unlock()
	for i := range t {
		for j, n := range t[i] {
			c.tally[i][j] += n
		}
	}
}

// clone gives counts to go on counting from.
func (c *counts) clone() *counts {
	c.Lock()
	defer c.Unlock()
	return &counts{tally: c.tally, rows: c.rows, examples: c.examples}
}

// note keeps the row as the problem's example when it stands before the one there is.
func (c *counts) note(t inputTable, p problem, file int32, row int64, id string) {
	c.Lock()
	defer c.Unlock()
	e := &c.examples[t][p]
	if !e.seen || file < e.file || file == e.file && row < e.row {
		*e = example{true, file, row, id}
	}
}

// byName gives the counts as the manifest and the summary show them.
func (c *counts) byName() map[string]map[string]int64 {
	out := map[string]map[string]int64{}
	for t, ps := range possible {
		m := map[string]int64{"rows": c.rows[t]}
		for _, p := range ps {
			m[p.String()] = c.tally[t][p]
		}
		out[inputNames[t]] = m
	}
	return out
}

// notes says what is legal but hardly meant about the counts: tables without rows, and rows of which most find no contact.
func (c *counts) notes() []string {
	var notes []string
	for t := range inputTables {
		if c.rows[t] == 0 && t != listsTable {
			notes = append(notes, fmt.Sprintf("the %s have no rows; was the export empty?", t))
		}
		if n := c.tally[t][unknownContact]; n*2 > c.rows[t] {
			notes = append(notes, fmt.Sprintf("%d of %d %s are of contacts that the contacts do not have; are the ids of both tables of the same kind and spelling?", n, c.rows[t], t))
		}
	}
	return notes
}

// check holds the counts of a table against the limits. Contacts without an id and contacts that stand twice are not
// tolerated unless a limit says so.
func (c *counts) check(t inputTable, limits []Limit, source *source) error {
	var over []string
	for _, p := range possible[t] {
		n := c.tally[t][p]
		if n == 0 {
			continue
		}
		limit, found := Limit{}, false
		for _, l := range limits {
			if l.Table == t.String() && l.Problem == p.String() {
				limit, found = l, true
			}
		}
		if !found && (t != contactsTable || p == duplicateContact && source.input.KeepLatest != "") {
			continue
		}
		what := fmt.Sprintf("%s in %s", p, rows(n))
		if limit.Share != nil {
			if within(n, c.rows[t], *limit.Share) {
				continue
			}
			what += fmt.Sprintf(" of %d (%.4g%%), more than the limit of %.4g%%", c.rows[t], 100*float64(n)/float64(c.rows[t]), 100**limit.Share)
		} else if n <= limit.Count {
			continue
		} else {
			what += fmt.Sprintf(", more than the limit of %d", limit.Count)
		}
		over = append(over, fmt.Sprintf("%s%s; %s", what, c.example(t, p, source), remedy(t, p)))
	}
	if len(over) == 0 {
		return nil
	}
	return failed(exitLimits, "%s: the data is over its limits, nothing was published: %s", t, strings.Join(over, "; "))
}

// within tells whether n of total are not more than a share, read as the decimal number that it was written as.
func within(n, total int64, share float64) bool {
	limit, ok := new(big.Rat).SetString(strconv.FormatFloat(share, 'g', 15, 64))
	return ok && new(big.Rat).SetInt64(n).Cmp(limit.Mul(limit, new(big.Rat).SetInt64(total))) <= 0
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

func remedy(t inputTable, p problem) string {
	if p == duplicateContact {
		return "export each contact once, or write duplicates: {keep: latest, by: a date column} under contacts in the job file"
	}
	return fmt.Sprintf("mend the export, or allow it with limits: {%s.%s: a number or a share}", t, p)
}

func (c *counts) example(t inputTable, p problem, source *source) string {
	e := c.examples[t][p]
	if !e.seen {
		return ""
	}
	where := fmt.Sprintf(" (for example row %d of %s", e.row, source.files[e.file].object.Address)
	if e.id != "" {
		where += fmt.Sprintf(", contact %q", e.id)
	}
	return where + ")"
}
