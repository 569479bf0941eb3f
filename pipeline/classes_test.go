package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
)

// manyClasses makes a model whose rules tell very many values of some columns apart, and engagements of few contacts. The
// score of each contact follows by counting.
func manyClasses(t *testing.T, values, rows int, columns ...string) (b *base, want []string) {
	random := rand.New(rand.NewPCG(3, 4))
	var model strings.Builder
	model.WriteString("name: m\nscore: {}\nsets:\n  - set: s\n    rules:\n")
	for i := range values {
		for c, name := range columns {
			test := fmt.Sprintf("%s: %s-%d", name, name, i)
			if name != "asset" && name != "url" {
				test = fmt.Sprintf("where: {%s: %s-%d}", name, name, i)
			}
			fmt.Fprintf(&model, "      - {rule: %s %d, points: {each: %d}, when: {email: clicked, %s}}\n", name, i, 1+(i+c)%7, test)
		}
	}
	b = newBase(t)
	b.model, b.lists = model.String(), nil
	b.contacts = []column{texts("contact_id", "a", "b", "c")}
	ids := []any{"a", "b", "c"}
	scores := make([]int, len(ids))
	b.engagements = []column{texts("contact_id"), times("occurred_at"), texts("channel"), texts("action")}
	for range columns {
		b.engagements = append(b.engagements, column{})
	}
	for range rows {
		who := random.IntN(len(ids))
		points := 0
		for c, name := range columns {
			n := random.IntN(values + values/4 + 1) // some that no rule asks for
			var value any = fmt.Sprintf("%s-%d", strings.ToUpper(name), n)
			if random.IntN(20) == 0 {
				value, n = nil, values
			}
			if n < values {
				points += 1 + (n+c)%7
			}
			at := &b.engagements[4+c]
			*at = texts(name, append(at.values, value)...)
		}
		clicked := random.IntN(4) > 0
		if clicked {
			scores[who] += points
		}
		for i, v := range []any{ids[who], "2026-10-01T00:00:00Z", "email", map[bool]string{true: "clicked", false: "opened"}[clicked]} {
			b.engagements[i].values = append(b.engagements[i].values, v)
		}
	}
	for i, id := range ids {
		want = append(want, fmt.Sprint(id, " ", scores[i]))
	}
	return b, want
}

// However many values the rules tell apart, each engagement counts for exactly the rules that ask for it: classes and their
// combinations grow as the rows are read, in tables as long as these are small and in maps beyond.
func TestManyClasses(t *testing.T) {
	for _, c := range []struct {
		name         string
		values, rows int
		columns      []string
	}{
		{"few", 3, 2_000, []string{"asset", "url"}},
		{"one column", 1_000, 5_000, []string{"asset"}},
		{"more than a table", 150, 4_000, []string{"asset", "url", "product"}},
		{"many columns", 12, 4_000, []string{"asset", "url", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, want := manyClasses(t, c.values, c.rows, c.columns...)
			for _, threads := range []int{1, 4} {
				spec := b.write(t)
				spec.Threads, spec.Tables, spec.Output = threads, []string{"scores"}, t.TempDir()
				spec.Engagements.Paths = []string{writeFile(t, b.dir+"/in/small groups.parquet", 97, b.engagements...)}
				run(t, spec)
				if d := cmp.Diff(want, pick(t, spec.Output, "scores", "contact_id", "score")); d != "" {
					t.Errorf("%d threads: %s", threads, d)
				}
			}
		})
	}
}

// Ids that are alike are told apart, whether they are short or long, and unknown ones are found to be unknown.
func TestIDsThatAreAlike(t *testing.T) {
	letters := []string{"\x00", "a", "\x01", "é"}
	var ids []string
	for _, a := range append(letters, "") {
		for _, b := range append(letters, "") {
			for _, n := range []int{0, 1, 5, 6, 7, 8, 9, 20} {
				ids = append(ids, a+strings.Repeat("x", n)+b)
			}
		}
	}
	seen := map[string]bool{"": true}
	b := newBase(t)
	b.model = "name: m\nscore: {}\nsets: [{set: s, rules: [{rule: r, points: {each: 1}, when: {email: clicked}}]}]\n"
	b.contacts, b.engagements, b.lists = []column{texts("contact_id")}, []column{texts("contact_id"), times("occurred_at")}, nil
	want, unknown := map[string]string{}, int64(0)
	for i, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		if i%3 > 0 {
			b.contacts[0].values = append(b.contacts[0].values, id)
			want[id] = fmt.Sprint(i % 4)
		} else {
			unknown += int64(i % 4)
		}
		for range i % 4 {
			b.engagements[0].values = append(b.engagements[0].values, id)
			b.engagements[1].values = append(b.engagements[1].values, "2026-10-01T00:00:00Z")
		}
	}
	for _, memory := range []int64{1 << 30, 1} {
		for _, buckets := range []int{1, 8} {
			spec := b.write(t)
			spec.Engagements.Columns = map[string]pipeline.Source{"channel": always("email"), "action": always("clicked")}
			spec.Memory, spec.Buckets, spec.Output = memory, buckets, t.TempDir()
			summary := run(t, spec)
			got := map[string]string{}
			_, _, rows := readTable(t, spec.Output, "scores")
			for _, row := range rows {
				got[row[0]] = row[2]
			}
			if d := cmp.Diff(want, got); d != "" || summary.Counts["engagements"]["unknown_contact"] != unknown {
				t.Errorf("%d bytes, %d buckets: %d unknown, not %d: %s", memory, buckets, summary.Counts["engagements"]["unknown_contact"], unknown, d)
			}
		}
	}
}
