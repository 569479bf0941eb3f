package oracle_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"leadscore/pipeline/oracle"
)

// chains is how many chains of nights are made up; LEADSCORE_EXHAUSTIVE asks for more of them.
const chains = 30

// Night after night the engine agrees with the oracle, which keeps what it published before in plain maps.
func TestNightsAgreeWithOracle(t *testing.T) {
	check(t, chains, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "chain")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		out := filepath.Join(dir, "out")
		var earlier *oracle.Night
		for night, w := range oracle.DrawChain(rt) {
			layout := oracle.PlainLayout
			if rapid.Bool().Draw(rt, "layout") {
				layout = oracle.DrawLayout(rt)
			}
			written, err := layout.Write(filepath.Join(dir, strconv.Itoa(night)), w.Tables)
			if err != nil {
				rt.Fatal(err)
			}
			m := parsed(rt, w.Model)
			o := w.Options
			o.Earlier = earlier
			want := oracle.Run(m, written.Tables, o)
			agrees(rt, want, specOf(m, written, o, out))
			if want.Refused == "" {
				earlier = want.Night
			}
		}
	})
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
