package oracle

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever the layout, the files say what the tables say, row for row.
func TestLayoutsSayTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		world, layout := DrawWorld(rt), DrawLayout(rt)
		dir, err := os.MkdirTemp(t.TempDir(), "layout")
		if err != nil {
			rt.Fatal(err)
		}
		for i := range layout.Files {
			if layout.Files[i].Encoding == "delta" {
				layout.Files[i].PageBytes = 1 << 20 // a page of nulls alone at a chunk's end is read by leadscore, not by what reads here
			}
		}
		written, err := layout.Write(dir, world.Tables)
		if err != nil {
			rt.Fatal(err)
		}
		contacts, contactColumns := contactColumns(written.Tables)
		checkFiles(rt, written, written.Contacts, contactColumns, func(i int) (string, int64) { return contacts[i].File, contacts[i].Row })
		events, eventColumns := eventColumns(written.Tables)
		checkFiles(rt, written, written.Engagements, eventColumns, func(i int) (string, int64) { return events[i].File, events[i].Row })
		members, memberColumns := memberColumns(written.Tables)
		checkFiles(rt, written, written.Lists, memberColumns, func(i int) (string, int64) { return members[i].File, members[i].Row })
	})
}

// checkFiles reads the files of a table and compares every value with that of the row that is said to stand there.
func checkFiles(t *rapid.T, written Written, paths []string, columns []tableColumn, place func(i int) (string, int64)) {
	want, got := []string{}, []string{}
	if len(columns) > 0 && len(paths) > 0 {
		for i := range columns[0].values {
			file, row := place(i)
			for _, c := range columns {
				if v := c.values[i]; v != nil {
					want = append(want, fmt.Sprintf("%s %d %s %s", file, row, written.Source(c.Name), shownBack(c, v)))
				}
			}
		}
	}
	for _, path := range paths {
		part, err := readPart(path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for row, cells := range part.rows {
			for i, v := range cells {
				if v != nil && part.names[i] != "nested extra" {
					got = append(got, fmt.Sprintf("%s %d %s %s", path, row+FirstRow, part.names[i], namedCell(strings.TrimPrefix(part.names[i], "Their "), v)))
				}
			}
		}
	}
	sort.Strings(want)
	sort.Strings(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("(-want +got)\n%s", d)
	}
}

// shownBack is a value as it reads when it comes back: an answers map is a list of its questions and answers.
func shownBack(c tableColumn, v Value) string {
	if answers, ok := v.([]Answer); ok {
		entries := []Value{}
		for _, a := range answers {
			entries = append(entries, []Value{a.Question, a.Answer})
		}
		return cell(entries)
	}
	return namedCell(c.Name, v)
}
