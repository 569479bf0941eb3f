package pipeline

import (
	"testing"

	"pgregory.net/rapid"
)

// Ids come back as they were added, whether all are of one length or not.
func TestIDList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]string{"[a-z]{8}", "[a-z]{1}", "[a-z]{1,3}"}).Draw(t, "form of most")
		var l idList
		ids := rapid.SliceOf(rapid.StringMatching(length)).Draw(t, "ids")
		ids = append(ids, rapid.SliceOfN(rapid.StringMatching("[a-z]{1,9}"), 0, 2).Draw(t, "more")...)
		for i, id := range ids {
			l.add([]byte(id))
			if l.len() != i+1 {
				t.Fatalf("%d ids after %d", l.len(), i+1)
			}
		}
		for i, id := range ids {
			if got := string(l.at(i)); got != id {
				t.Fatalf("id %d of %q is %q", i, ids, got)
			}
		}
	})
}
