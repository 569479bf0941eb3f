package oracle

import (
	"path/filepath"
	"testing"
)

// leastCases is how many cases there are at least; fewer means that they were not found.
const leastCases = 120

// The oracle must agree with every case that was computed by hand.
func TestCases(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < leastCases {
		t.Fatalf("only %d cases", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, err := LoadCase(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Want) == 0 && !c.Refused {
				t.Fatal("the case expects nothing")
			}
			if d := c.Check(c.Run(c.Tables)); d != "" {
				t.Errorf("%s\n\n%s", c.Comment, d)
			}
		})
	}
}
