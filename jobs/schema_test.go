package jobs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"leadscore/transforms/diag/yamltree"
)

// TestJobSchemaFollowsTheReader feeds the reader a file with every key that the schema knows, and one that it does not know in every
// place: the reader knows the same keys.
func TestJobSchemaFollowsTheReader(t *testing.T) {
	text, err := Schema("job")
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	var visit func(schema map[string]any, above []string)
	seen := 0
	visit = func(schema map[string]any, above []string) {
		properties, _ := schema["properties"].(map[string]any)
		if len(above) > 0 && above[len(above)-1] == "columns" {
			return // any name may stand there
		}
		for name, below := range properties {
			seen++
			if unknown := unknownKeys(above, name); len(unknown) > 0 {
				t.Errorf("the schema knows %s.%s, the reader says %v", strings.Join(above, "."), name, unknown)
			}
			if b, ok := below.(map[string]any); ok {
				visit(b, append(slices.Clone(above), name))
			}
		}
		if schema["additionalProperties"] == false && len(unknownKeys(above, "no_such_key_at_all")) == 0 {
			t.Errorf("the reader takes any key in %v, the schema does not", above)
		}
	}
	visit(root, nil)
	if seen < 30 {
		t.Errorf("the schema has %d keys only", seen)
	}
}

// unknownKeys gives what the reader calls unknown in a file that has the key below others.
func unknownKeys(above []string, name string) []string {
	var text strings.Builder
	for i, a := range append(slices.Clone(above), name) {
		fmt.Fprintf(&text, "%s%s:\n", strings.Repeat(" ", i), a)
	}
	_, list := ParseJob("job.yaml", []byte(strings.TrimSuffix(text.String(), "\n")+" 1\n"))
	var unknown []string
	for _, d := range list {
		if strings.HasPrefix(d.What, "unknown ") && strings.Contains(d.What, yamltree.Quote(name)) {
			unknown = append(unknown, d.What)
		}
	}
	return unknown
}
