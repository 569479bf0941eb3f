package oracle_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"leadscore/pipeline"
	"leadscore/pipeline/oracle"
)

// chains is how many chains of nights are made up; LEADSCORE_EXHAUSTIVE asks for more of them.
const chains = 30

// Night after night the engine agrees with the oracle, which keeps what it published before in plain maps. Some nights are made anew with
// other data, and some publish nothing that the next one could look back at.
func TestNightsAgreeWithOracle(t *testing.T) {
	check(t, chains, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "chain")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		out := filepath.Join(dir, "out")
		nights := map[string]*oracle.Night{} // by date; nil: nothing to look back at
		whole := map[string]bool{}           // dates of which all tables are published
		for i, w := range oracle.DrawChain(rt) {
			layout := oracle.PlainLayout
			if rapid.Bool().Draw(rt, "layout") {
				layout = oracle.DrawLayout(rt)
			}
			written, err := layout.Write(filepath.Join(dir, strconv.Itoa(i)), w.Tables)
			if err != nil {
				rt.Fatal(err)
			}
			m := parsed(rt, w.Model)
			o := w.Options
			date := time.Unix(o.AsOf, 0).In(m.Zone).Format(time.DateOnly)
			earlier := slices.DeleteFunc(slices.Sorted(maps.Keys(nights)), func(other string) bool { return other >= date })
			if len(earlier) > 0 {
				o.Earlier = nights[earlier[len(earlier)-1]]
			}
			if rapid.IntRange(0, 5).Draw(rt, "some tables only") == 5 {
				// That of the contacts has no columns here.
				o.Tables = slices.DeleteFunc(slices.Clone(pipeline.Tables), func(table string) bool { return table == "contacts" || rapid.Bool().Draw(rt, "left out") })
			}
			spec := specOf(m, written, o, out)
			spec.Tables, spec.Replace = o.Tables, true
			want := oracle.Run(m, written.Tables, o)
			agrees(rt, want, spec)
			if want.Refused != "" {
				continue
			}
			nights[date], whole[date] = want.Night, len(o.Tables) == 0
			if found, err := pipeline.Verify(context.Background(), out, date, pipeline.Unwatched{}); err != nil || len(found.Faults) > 0 {
				rt.Fatal(err, found.Faults)
			}
			dates := append(lookedBackAt(earlier, nights), date)
			if slices.ContainsFunc(dates, func(date string) bool { return !whole[date] }) {
				continue
			}
			if d := oracle.Fold(out, dates); d != "" {
				rt.Fatal(d)
			}
		}
	})
}

// lookedBackAt gives the last of the dates that look back at one another.
func lookedBackAt(dates []string, nights map[string]*oracle.Night) []string {
	from := len(dates)
	for from > 0 && nights[dates[from-1]] != nil {
		from--
	}
	return dates[from:]
}

// check is rapid.Check over another number of rounds than the usual, unless the command asks for a number.
func check(t *testing.T, rounds int, property func(*rapid.T)) {
	const usual = "100"
	if os.Getenv("LEADSCORE_EXHAUSTIVE") != "" {
		rounds *= 20
	}
	if asked := flag.Lookup("rapid.checks").Value.String(); asked == usual {
		if err := flag.Set("rapid.checks", fmt.Sprint(rounds)); err != nil {
			t.Fatal(err)
		}
		defer flag.Set("rapid.checks", usual)
	}
	rapid.Check(t, property)
}
