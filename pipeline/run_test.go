package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
)

func TestRun(t *testing.T) {
	b := newBase(t)
	spec := b.write(t)
	summary := run(t, spec)
	if d := cmp.Diff([]string{"ann 25 hot true", "bob 10 cold false", "cyd -3 cold false", "dan 9 cold false"},
		pick(t, spec.Output, "scores", "contact_id", "score", "band", "is_mql")); d != "" {
		t.Error(d)
	}
	if *summary.MQLs != 1 || summary.NewMQLs != 1 || summary.Contacts != 4 || summary.Engagements != 7 {
		t.Errorf("%+v", summary)
	}
	if d := cmp.Diff([]pipeline.BandCount{{Band: "cold", Contacts: 3}, {Band: "hot", Contacts: 1}}, summary.Bands); d != "" {
		t.Error(d)
	}
	nothingIn(t, spec.TempDir)

	again := run(t, spec)
	if !again.AlreadyDone || again.RunID != summary.RunID {
		t.Errorf("the same run again: %+v", again)
	}
	spec.History /= 2 // another job
	if _, err := pipeline.Run(context.Background(), spec, pipeline.Unwatched{}); err == nil || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("another run of the date: %v", err)
	}
	spec.Replace = true
	if other := run(t, spec); other.AlreadyDone || other.RunID == summary.RunID {
		t.Errorf("replaced: %+v", other)
	}
}

// parts are the published parts by table and number, the run id taken out.
func parts(t *testing.T, out string, runID string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(out, "*", "dt=*", "part-*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(strings.TrimPrefix(path, out+string(filepath.Separator)), runID, "run")
		content[name] = bytes.ReplaceAll(data, []byte(runID), []byte("run"))
	}
	return content
}

// Tables that are asked for are those of a full run, to the byte; the others are not there.
func TestSomeTables(t *testing.T) {
	spec := newBase(t).write(t)
	full := run(t, spec)
	want := parts(t, spec.Output, full.RunID)
	for _, tables := range append([][]string{{"scores", "breakdown"}, {"mql", "rejects"}, {"score_history", "set_scores"}}, split(pipeline.Tables)...) {
		spec.Output, spec.Tables = filepath.Join(t.TempDir(), "out"), tables
		summary := run(t, spec)
		got := parts(t, spec.Output, summary.RunID)
		seen := map[string]bool{}
		for name, data := range got {
			table, _, _ := strings.Cut(filepath.ToSlash(name), "/")
			if table == "_state" && slices.ContainsFunc(tables, func(t string) bool { return t == "mql" || t == "mql_events" || t == "score_changes" }) {
				continue // what the next run has to know
			}
			seen[table] = true
			if !slices.Contains(tables, table) {
				t.Errorf("%v: %s was not asked for", tables, name)
			}
			if !bytes.Equal(data, want[name]) {
				t.Errorf("%v: %s has other bytes than in a full run", tables, name)
			}
		}
		if len(seen) != len(tables) || len(summary.Tables) != len(tables) {
			t.Errorf("%v: published %v", tables, seen)
		}
		if *summary.MQLs != 1 || summary.Contacts != 4 {
			t.Errorf("%v: %+v", tables, summary)
		}
	}
	spec.Tables = []string{"score"}
	spec.Output = filepath.Join(t.TempDir(), "out")
	fails(t, spec, 2, `"score"`)
}

func split(names []string) (alone [][]string) {
	for _, n := range names {
		alone = append(alone, []string{n})
	}
	return alone
}

// canceller ends a run's context when a stage begins, gets on or ends.
type canceller struct {
	sync.Mutex
	stage, moment string
	cancel        context.CancelFunc
	did           bool
}

func (c *canceller) at(stage, moment string) {
	c.Lock()
	defer c.Unlock()
	if stage == c.stage && moment == c.moment {
		c.did = true
		c.cancel()
	}
}

func (c *canceller) Stage(name string, _ int64, _ string) { c.at(name, "begins") }
func (c *canceller) Advance(stage string, _ int64)        { c.at(stage, "gets on") }
func (c *canceller) Done(stage string)                    { c.at(stage, "ends") }
func (c *canceller) Warn(string)                          {}

// A run whose context ends publishes nothing and leaves nothing, whatever it was at: no file, no goroutine.
func TestCancelled(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	for _, memory := range []int64{1 << 30, 1} {
		for _, stage := range []string{"contacts", "lists", "engagements", "evaluate", "publish"} {
			for _, moment := range []string{"begins", "gets on", "ends"} {
				if stage == "publish" && moment != "begins" {
					continue // it is published by then
				}
				spec := newBase(t).write(t)
				spec.Memory, spec.Buckets = memory, 4
				ctx, cancel := context.WithCancel(context.Background())
				watch := &canceller{stage: stage, moment: moment, cancel: cancel}
				summary, err := pipeline.Run(ctx, spec, watch)
				cancel()
				if !watch.did {
					t.Fatalf("%s %s never came", stage, moment)
				}
				if summary != nil || !errors.Is(err, context.Canceled) {
					t.Errorf("%s %s: %v, %v", stage, moment, summary, err)
				}
				nothingIn(t, spec.Output)
				nothingIn(t, spec.TempDir)
				if t.Failed() {
					t.Fatalf("cancelled when %s %s with %d bytes", stage, moment, memory)
				}
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	spec := newBase(t).write(t)
	coded := interface{ ExitCode() int }(nil)
	if _, err := pipeline.Run(ctx, spec, pipeline.Unwatched{}); !errors.Is(err, context.Canceled) || !errors.As(err, &coded) || coded.ExitCode() != 75 {
		t.Error(err)
	}
	nothingIn(t, spec.Output)
	for range 100 {
		if runtime.NumGoroutine() <= goroutines {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), goroutines, stacks[:runtime.Stack(stacks, true)])
}

// A place that cannot be written to is named, and nothing is published.
func TestCannotWrite(t *testing.T) {
	spec := newBase(t).write(t)
	obstacle := filepath.Join(t.TempDir(), "obstacle")
	if err := os.WriteFile(obstacle, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	out := spec.Output
	spec.Output = filepath.Join(obstacle, "out")
	if _, err := pipeline.Run(context.Background(), spec, pipeline.Unwatched{}); err == nil || !strings.Contains(err.Error(), "obstacle") {
		t.Errorf("the output is below a file: %v", err)
	}
	spec.Output, spec.Memory = out, 1
	temp := spec.TempDir
	spec.TempDir = filepath.Join(obstacle, "temp")
	_, err := pipeline.Run(context.Background(), spec, pipeline.Unwatched{})
	if err == nil || !strings.Contains(err.Error(), "obstacle") || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("the temporary folder is below a file: %v", err)
	}
	nothingIn(t, out)
	nothingIn(t, temp)
}

// Contact ids of every type keep it, sort by value, and are found whatever type the other tables have them in.
func TestIDTypes(t *testing.T) {
	types := arrow.PrimitiveTypes
	for _, c := range []struct {
		name              string
		contacts, events  arrow.DataType
		ids               []any // as the contacts have them
		want              []string
		out               string
		engaged, rejected any // an id as the engagements have it; one that is no id
	}{
		{"int8", types.Int8, types.Int64, []any{-128, 127, 0, -1}, []string{"-128", "-1", "0", "127"}, "int8", -128, nil},
		{"int16", types.Int16, types.Int8, []any{256, -256, 512, 1}, []string{"-256", "1", "256", "512"}, "int16", 1, nil},
		{"int32", types.Int32, types.Uint64, []any{65536, -1, 2147483647, 5}, []string{"-1", "5", "65536", "2147483647"}, "int32", 65536, nil},
		{"int64", types.Int64, types.Float64, []any{"9223372036854775807", "-9223372036854775808", 256, 7}, []string{"-9223372036854775808", "7", "256", "9223372036854775807"}, "int64", 256, 2.5},
		{"uint8", types.Uint8, types.Int32, []any{0, 255, 7, 8}, []string{"0", "7", "8", "255"}, "uint8", 255, nil},
		{"uint16", types.Uint16, types.Float32, []any{0, 65535, 7, 256}, []string{"0", "7", "256", "65535"}, "uint16", 65535, "NaN"},
		{"uint32", types.Uint32, types.Uint32, []any{0, 4294967295, 7, 256}, []string{"0", "7", "256", "4294967295"}, "uint32", 4294967295, nil},
		{"uint64", types.Uint64, types.Uint64, []any{"18446744073709551615", "9223372036854775808", "9223372036854775807", 0}, []string{"0", "9223372036854775807", "9223372036854775808", "18446744073709551615"}, "uint64", "18446744073709551615", nil},
		{"float32", types.Float32, types.Int16, []any{-3, 0, 16777216, 2}, []string{"-3", "0", "2", "1.6777216e+07"}, "float32", 2, nil},
		{"float64", types.Float64, types.Int64, []any{"9007199254740991", "-9007199254740991", 256, 1}, []string{"-9.007199254740991e+15", "1", "256", "9.007199254740991e+15"}, "float64", "9007199254740991", nil},
		{"decimal", &arrow.Decimal128Type{Precision: 38}, types.Int64, []any{5, -1, 256, "9223372036854775807"}, []string{"-1", "5", "256", "9223372036854775807"}, "int64", 256, nil},
		{"text", arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString, []any{"b", "a\x00", "a", "aaaaaaaaa"}, []string{"a", "a\x00", "aaaaaaaaa", "b"}, "utf8", "a\x00", " \t"},
		{"large text", arrow.BinaryTypes.LargeString, arrow.BinaryTypes.String, []any{"ü", "12345678", "1234567", " a"}, []string{" a", "1234567", "12345678", "ü"}, "utf8", " a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBase(t)
			b.contacts[0] = column{"contact_id", c.contacts, c.ids}
			b.engagements[0] = column{"contact_id", c.events, []any{c.engaged, nil, c.rejected, c.engaged, nil, nil, nil}}
			b.lists[0] = column{"contact_id", c.events, []any{c.engaged, nil}}
			spec := b.write(t)
			summary := run(t, spec)
			_, types, rows := readTable(t, spec.Output, "scores")
			var got []string
			for _, r := range rows {
				got = append(got, r[0])
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if types[0] != c.out {
				t.Errorf("contact_id is %s", types[0])
			}
			found := false
			for _, line := range pick(t, spec.Output, "breakdown", "rule", "points", "occurrences") {
				found = found || line == "Clicked 10 1"
			}
			if !found {
				t.Error("the engagements did not find their contact")
			}
			counts := summary.Counts["engagements"]
			if counts["null_id"] != 5 || counts["unknown_contact"] != 0 || summary.Counts["lists"]["null_id"] != 1 || summary.Counts["lists"]["unknown_contact"] != 0 {
				t.Errorf("counts %v", summary.Counts)
			}
		})
	}
}

// Files of the contacts whose ids have different widths give the widest type.
func TestIDTypesOfSeveralFiles(t *testing.T) {
	types := arrow.PrimitiveTypes
	for _, c := range []struct {
		a, b arrow.DataType
		want string
	}{
		{types.Int8, types.Int32, "int32"}, {types.Uint8, types.Uint16, "uint16"}, {types.Uint32, types.Int8, "int64"},
		{types.Float32, types.Float64, "float64"}, {types.Float32, types.Int8, "int64"},
	} {
		b := newBase(t)
		b.contacts[0] = column{"contact_id", c.a, []any{1, 2, 3, 4}}
		b.engagements[0] = column{"contact_id", types.Int64, []any{1, 2, 3, 4, 5, 6, 7}}
		b.lists = nil
		b.model = strings.ReplaceAll(b.model, "list: partners", "field: country")
		spec := b.write(t)
		spec.Contacts.Paths = append(spec.Contacts.Paths, writeFile(t, filepath.Join(b.dir, "in", "more.parquet"), 10, column{"contact_id", c.b, []any{5, 6, 7}}))
		summary := run(t, spec)
		_, got, _ := readTable(t, spec.Output, "mql")
		if got[0] != c.want || summary.Counts["engagements"]["unknown_contact"] != 0 || summary.Contacts != 7 {
			t.Errorf("%s and %s: contact_id is %s, %+v", c.a, c.b, got[0], summary)
		}
	}
	b := newBase(t)
	b.engagements[0] = ints("contact_id", 1, 2, 3, 4, 5, 6, 7)
	fails(t, b.write(t), 2, "text in contacts", "integers in engagements", "cast")
}
