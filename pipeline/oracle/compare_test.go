package oracle

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"leadscore/transforms/match"
)

// lay writes a result the way a run does, in two parts by contact.
func lay(dir, date string, r *Result) error {
	for _, name := range TableNames {
		folder := filepath.Join(dir, name, "dt="+date)
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return err
		}
		names, rows := r.values(name)
		slices.SortStableFunc(rows, func(a, b []Value) int {
			if names[0] != "contact_id" {
				return 0
			}
			return compareIDs(a[0], b[0])
		})
		types := publishedTypes(r, name)
		for part := range 2 {
			columns := make([]tableColumn, len(names))
			count := 0
			for _, row := range rows {
				home := fnv.New32()
				fmt.Fprint(home, row[0])
				if names[0] == "contact_id" && int(home.Sum32()%2) != part || names[0] != "contact_id" && part == 1 {
					continue
				}
				count++
				for i, v := range row {
					columns[i].values = append(columns[i].values, v)
				}
			}
			for i := range columns {
				columns[i].Column = Column{names[i], types[i]}
				if names[i] == "contact_id" && len(columns[i].values) > 0 && name != "rejects" {
					columns[i].Type = typeOf(columns[i].values[0])
				}
			}
			layout := PlainLayout.Files[0]
			if err := layout.writeArrow(filepath.Join(folder, fmt.Sprintf("part-%05d-x.parquet", part)), columns, count, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func typeOf(id Value) match.Type {
	switch id.(type) {
	case int64:
		return match.Type{Kind: match.Int, Bits: 64}
	case uint64:
		return match.Type{Kind: match.Uint, Bits: 64}
	}
	return textType
}

func publishedTypes(r *Result, name string) []match.Type {
	var types []match.Type
	for i, text := range r.table(name).types {
		switch text {
		case "int64":
			types = append(types, match.Type{Kind: match.Int, Bits: 64})
		case "float64":
			types = append(types, match.Type{Kind: match.Float, Bits: 64})
		case "bool":
			types = append(types, match.Type{Kind: match.Boolean})
		case "list of utf8":
			types = append(types, listOf(textType))
		case "":
			if at := i - len(r.table(name).names) + len(r.MQLColumns); at >= 0 {
				types = append(types, publishedAs(r.MQLColumns[at].Type))
			} else {
				types = append(types, textType)
			}
		case "timestamp[us, tz=UTC]":
			types = append(types, zonedType)
		default:
			types = append(types, textType)
		}
	}
	return types
}

// publishedAs is the type of a contact column in mql: timestamps are instants there.
func publishedAs(t match.Type) match.Type {
	if t.Kind == match.Timestamp {
		return zonedType
	}
	return t
}

// What was published as it must be compares equal; any change of it does not, and the message shows the contact.
func TestCompareSeesEveryChange(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := DrawWorld(rt)
		m := parse(rt, w.Model)
		r := Run(m, w.Tables, w.Options)
		if r.Refused != "" || len(r.Scores) == 0 {
			return
		}
		dir, err := os.MkdirTemp(t.TempDir(), "out")
		if err != nil {
			rt.Fatal(err)
		}
		if err := lay(dir, "2026-11-22", r); err != nil {
			rt.Fatal(err)
		}
		if d := Compare(r, dir, "2026-11-22"); d != "" {
			rt.Fatalf("equal, yet:\n%s", d)
		}
		changed := *r
		changed.Scores = slices.Clone(r.Scores)
		row := &changed.Scores[len(changed.Scores)-1]
		table := "scores"
		change := below(5).Draw(rt, "change")
		if change == 4 && len(r.MQLEvents) == 0 {
			change = 0
		}
		switch change {
		case 0:
			row.Score++
		case 1:
			row.Band = nil
			if r.Scores[len(r.Scores)-1].Band == nil {
				row.ModelVersion += "x"
			}
		case 2:
			changed.Scores = changed.Scores[:len(changed.Scores)-1]
		case 3:
			table = "set_scores"
			changed.SetScores = slices.Clone(r.SetScores)
			changed.SetScores[0].Active = !changed.SetScores[0].Active
		case 4:
			table = "mql_events"
			changed.MQLEvents = slices.Clone(r.MQLEvents)
			changed.MQLEvents[0].Times++
		}
		d := Compare(&changed, dir, "2026-11-22")
		if !strings.HasPrefix(d, "== "+table+" ==") || !strings.Contains(d, "| contact ") || strings.Count(d, "==\n") != 1 {
			rt.Fatalf("a change of %s is told as:\n%s", table, d)
		}
	})
}
