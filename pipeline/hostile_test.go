package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline"
)

// hostileFolder holds files that lie, each in its own way. Their rows do as contacts, as engagements and as lists.
const hostileFolder = "../testdata/hostile"

// hostileFile is what the index of the folder says of a file.
type hostileFile struct {
	File, Lie, Column, Says, Run string
}

const hostileModel = `
name: hostile
version: "1"
score:
  mql: 20
sets:
  - set: All
    rules:
      - {rule: Clicked, points: {each: 10}, when: {email: clicked, within: 90d}}
      - {rule: Busy, points: 4, when: {website: visited, where: {employees: {at_least: 50}}}}
      - {rule: Silent, points: -3, when: {not: {engagement: any, within: 60d}}}
      - {rule: Country, points: 5, when: {field: country, in: [SE, NO]}}
      - {rule: Big, points: 2, when: {field: employees, at_least: 50}}
      - {rule: Tagged, points: 1, when: {field: tags, equals: vip}}
      - {rule: Partner, points: 7, when: {list: partners}}
`

// readBy are the columns that hostileModel has a run read of each input.
var readBy = map[string][]string{
	"contacts":    {"contact_id", "country", "employees", "tags"},
	"engagements": {"contact_id", "occurred_at", "channel", "action", "employees"},
	"lists":       {"contact_id", "list"},
}

const (
	hostileMemory = 64 << 20
	// What the program takes beside its budget, and the pages in hand (Limits of parquetio are no lower than this).
	besideMemory = 192 << 20
)

// hostileSpec is a run in which one input is the given file, and the others are sound.
func hostileSpec(t testing.TB, role, path string) pipeline.Spec {
	t.Helper()
	sound := filepath.Join(hostileFolder, "file-sound.parquet")
	input := func(name string) pipeline.Input {
		if name == role {
			return pipeline.Input{Paths: []string{path}}
		}
		return pipeline.Input{Paths: []string{sound}}
	}
	lists := input("lists")
	return pipeline.Spec{
		Model: parse(t, hostileModel), AsOf: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), History: 90 * 24 * time.Hour,
		Contacts: input("contacts"), Engagements: input("engagements"), Lists: &lists,
		Output: filepath.Join(t.TempDir(), "out"), Threads: 2, Memory: hostileMemory, TempDir: t.TempDir(),
	}
}

// whole gives an error's words, and those of the diagnostics behind it.
func whole(err error) string {
	text := err.Error()
	var found *pipeline.DiagnosticsError
	if errors.As(err, &found) {
		for _, d := range found.List {
			text += "\n" + d.What + "; " + d.Why
		}
	}
	return text
}

// inHostileChild tells the test binary that it is the child of TestHostileFiles.
const inHostileChild = "LEADSCORE_HOSTILE_CHILD"

// Every hostile file, as each of the three inputs of a whole run, in a process of its own: the process neither dies nor
// hangs nor takes more memory than it may; the run fails with an error that names the file and says what is wrong, and
// publishes nothing; or it publishes what it would of the sound file.
func TestHostileFiles(t *testing.T) {
	if os.Getenv(inHostileChild) != "" {
		runHostileFiles(t)
		return
	}
	limit := 4 * time.Minute
	if everyHostileRole {
		limit = 18 * time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit+time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHostileFiles$", "-test.v", "-test.timeout="+limit.String())
	child.Env = append(os.Environ(), inHostileChild+"=1")
	said, err := child.CombinedOutput()
	if err == nil {
		t.Log(lastLines(string(said), 4))
		return
	}
	var failures []string
	last := ""
	for line := range strings.Lines(string(said)) {
		if strings.HasPrefix(line, "RUN ") {
			last = line
		} else if strings.Contains(line, "hostile_test.go") {
			failures = append(failures, line)
		}
	}
	t.Errorf("%v\nthe last file was %s%s%s", err, last, strings.Join(failures, ""), lastLines(string(said), 10))
}

func lastLines(text string, n int) string {
	lines := strings.SplitAfter(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "")
}

// everyHostileRole makes each file stand for every input, which takes minutes.
var everyHostileRole = os.Getenv("LEADSCORE_EXHAUSTIVE") != ""

// hostileRoles gives the inputs that a file stands for: all where it cannot be opened, else in turn one of those where its
// lie is met, and now and then one where it is not.
func hostileRoles(i int, f hostileFile) []string {
	all := []string{"contacts", "engagements", "lists"}
	if everyHostileRole || f.Column == "" {
		return all
	}
	var met []string
	for _, role := range all {
		if slices.Contains(readBy[role], f.Column) {
			met = append(met, role)
		}
	}
	if len(met) == 0 || i%10 == 0 {
		return all[i/10%3:][:1]
	}
	return met[i%len(met):][:1]
}

func runHostileFiles(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(hostileFolder, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files []hostileFile
	if err := json.Unmarshal(text, &files); err != nil {
		t.Fatal(err)
	}
	var want []string
	outcomes := map[string]int{}
	slowest := time.Duration(0)
	for i, f := range files {
		for _, role := range hostileRoles(i, f) {
			columns := readBy[role]
			touched := f.Column == "" || slices.Contains(columns, f.Column)
			path := filepath.Join(hostileFolder, f.File)
			fmt.Println("RUN", role, f.File)
			spec := hostileSpec(t, role, path)
			start := time.Now()
			_, err := pipeline.Run(context.Background(), spec, pipeline.Unwatched{})
			slowest = max(slowest, time.Since(start))
			nothingIn(t, spec.TempDir)
			says := f.Says
			if f.Run != "" {
				says = f.Run
			}
			if !touched {
				says = ""
			}
			var coded interface{ ExitCode() int }
			switch {
			case says == "" && err != nil:
				t.Errorf("%s as %s: %v", f.File, role, whole(err))
			case says == "":
				outcomes["published"]++
				if got := append(pick(t, spec.Output, "scores", "contact_id", "score"), pick(t, spec.Output, "breakdown", "contact_id", "rule", "points")...); i == 0 && want == nil {
					want = got
				} else if d := cmp.Diff(want, got); d != "" && !strings.Contains(f.Lie, "no texts") {
					t.Errorf("%s as %s gives other tables: %s", f.File, role, d)
				}
			case err == nil:
				t.Errorf("%s as %s: the run did not fail; it should say %q", f.File, role, says)
			default:
				outcomes["refused"]++
				if text := whole(err); !strings.Contains(text, says) || f.Run == "" && !strings.Contains(text, f.File) {
					t.Errorf("%s as %s: the error is %q; it should say %q", f.File, role, text, says)
				}
				if !errors.As(err, &coded) || coded.ExitCode() != 1 && coded.ExitCode() != 2 {
					t.Errorf("%s as %s: exit code of %v", f.File, role, err)
				}
				nothingIn(t, spec.Output)
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d files, runs: %v; the slowest took %v, memory from the system %d MiB", len(files), outcomes, slowest, m.Sys>>20)
	if m.Sys > hostileMemory+besideMemory {
		t.Errorf("the process took %d MiB from the system", m.Sys>>20)
	}
	if slowest > 20*time.Second {
		t.Errorf("a run took %v", slowest)
	}
}
