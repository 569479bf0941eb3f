package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestHelp holds the help text of every command: it is the manual, and whoever changes a flag reads what it now says.
func TestHelp(t *testing.T) {
	for _, command := range []string{"", "score", "check", "init", "runs", "verify", "clean", "contact", "list", "report", "diff", "schema", "demo", "version", "completion"} {
		t.Run("leadscore "+command, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(context.Background(), append(strings.Fields(command), "--help"), nil, strings.NewReader(""), &stdout, &stderr)
			if code != 0 || stderr.Len() > 0 {
				t.Fatalf("exit code %d, stderr %q", code, stderr.String())
			}
			golden := filepath.Join("testdata", "help", "leadscore-"+command+".txt")
			if command == "" {
				golden = filepath.Join("testdata", "help", "leadscore.txt")
			}
			if *update {
				if err := os.WriteFile(golden, stdout.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), stdout.String()); diff != "" {
				t.Error(diff)
			}
			for i, line := range strings.Split(stdout.String(), "\n") {
				if n := len([]rune(line)); n > 140 || strings.HasSuffix(line, " ") {
					t.Errorf("line %d has %d characters, or a blank at its end: %q", i+1, n, line)
				}
			}
		})
	}
}

const quoteGlob = "fix: " + quoteFix + "\n"

// TestUsage holds what is said of a command line that is wrong: one message, what to do, exit code 2, nothing on stdout.
func TestUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"scor", "leadscore: unknown command \"scor\"\nfix: did you mean score?\n"},
		{"frobnicate", "leadscore: unknown command \"frobnicate\"\nfix: leadscore --help lists the commands\n"},
		{"score --thread 3", "leadscore: unknown flag: --thread\nfix: did you mean --threads?\n"},
		{"score --threads many", "leadscore: --threads is \"many\", not a whole number\nfix: write a number such as --threads 4, or leave it out\n"},
		{"score --model testdata/usage/model.yaml --memory 1MiB", "leadscore: --memory: 1MiB is less than 64MiB, with which no run can work\nfix: write --memory 64MiB or more; it bounds the buffers and tables of a run, beside the program itself\n"},
		{"score --replace=maybe", "leadscore: --replace is \"maybe\", neither true nor false\nfix: write --replace alone, or leave it out\n"},
		{"score job.yaml --out", "leadscore: --out has no value\nfix: leadscore score --help lists the flags\n"},
		{"score job.yaml --contacts a.parquet b.parquet", "leadscore: \"b.parquet\" is a file of data, and stands where none is wanted\n" + quoteGlob},
		{"score --contacts a.parquet b.parquet --model m.yaml", "leadscore: \"b.parquet\" is a file of data, and stands where none is wanted\n" + quoteGlob},
		{"score job.yaml --contacts a b c", "leadscore: leadscore score takes at most one job file, not 3 arguments\n" + quoteGlob},
		{"init --contacts a.parquet b.PARQUET", "leadscore: \"b.PARQUET\" is a file of data, and stands where none is wanted\n" + quoteGlob},
		{"score --model testdata/usage/model.yaml --contacts a.parquet", `error: no engagements are named
  why: a run needs it
  fix: give --engagements

error: no output is named
  why: a run needs it
  fix: give --out

leadscore: 2 errors, nothing was published
`},
		{"score a.yaml b.yaml", "leadscore: leadscore score takes at most one job file, not 2 arguments\nfix: leadscore score [JOB.yaml] [flags]\n"},
		{"score", "leadscore: neither a job file nor a model is named\nfix: name a job file, or --model, --contacts, --engagements and --out; leadscore init writes a job file for your data\n"},
		{"score nowhere.yaml", "leadscore: there is no job file nowhere.yaml\nfix: check the path; relative paths start at the working directory\n"},
		{"score doc.go/job.yaml", "leadscore: cannot read the job file: stat doc.go/job.yaml: not a directory\nfix: check the path; relative paths start at the working directory\n"},
		{"score testdata", "leadscore: the job file testdata is a folder\nfix: name the YAML file in it\n"},
		{"schema", "leadscore: leadscore schema takes model or job, not 0 arguments\nfix: leadscore schema model|job\n"},
		{"schema jop", "leadscore: there is no schema of \"jop\"\nfix: did you mean job?\n"},
		{"check", "leadscore: neither a model nor a job file is named\nfix: leadscore check model.yaml, or leadscore check --job job.yaml\n"},
		{"check m.yaml --contacts c.parquet", "leadscore: --contacts and --engagements belong together\nfix: give both or neither\n"},
		{"init", "leadscore: init needs to see contacts and engagements\nfix: give both --contacts and --engagements, each a path or a glob in quotes\n"},
		{"runs", "leadscore: leadscore runs takes the folder that runs publish to, not 0 arguments\nfix: leadscore runs OUT\n"},
		{"verify out --date today", "leadscore: --date: \"today\" is not a date\nfix: write the date of a run, such as --date 2026-11-01, or leave it out for the latest\n"},
		{"clean out --keep month", "leadscore: --keep: \"month\" is not a span of time\nfix: write a number and h, d or w: 36h, 90d, 4w\n"},
		{"completion tcsh", "leadscore: there is no script for tcsh\nfix: the shells are bash, zsh, fish and powershell\n"},
		{"help frobnicate", "leadscore: there is no help on \"frobnicate\"\nfix: leadscore --help lists the commands\n"},
		{"contact", "leadscore: leadscore contact takes one contact id, not 0 arguments\nfix: leadscore contact ID [flags]\n"},
		{"contact 1 --date yesterday", "leadscore: --date: \"yesterday\" is not a date\nfix: write the date of a run, such as --date 2026-11-01, or leave it out for the latest\n"},
		{"list a --out b", "leadscore: the folder is named twice, by an argument and by --out\nfix: leave one of them out\n"},
		{"list --limit -1", "leadscore: --limit: there are no -1 rows\nfix: write a whole number from 1 on; 0 is all rows\n"},
		{"list --format xls", "leadscore: there is no format \"xls\"\nfix: did you mean xlsx?\n"},
		{"list --to leads.txt", "leadscore: the format of leads.txt is not known\nfix: give --format, or end the name in .csv, .tsv, .xlsx, .jsonl or .parquet\n"},
		{"report", "leadscore: leadscore report takes the folder that runs publish to, not 0 arguments\nfix: leadscore report OUT [flags]\n"},
		{"report out --date today", "leadscore: --date: \"today\" is not a date\nfix: write the date of a run, such as --date 2026-11-01, or leave it out for the latest\n"},
		{"diff", "leadscore: leadscore diff takes the folder that runs publish to, not 0 arguments\nfix: leadscore diff OUT [flags]\n"},
		{"diff out --from yesterday", "leadscore: --from: \"yesterday\" is not a date\nfix: write a published date, such as --from 2026-11-01\n"},
		{"diff out --from 2026-11-02 --to 2026-11-02", "leadscore: --from 2026-11-02 is not before --to 2026-11-02\nfix: leave --from out for the published date before\n"},
		{"diff out --limit -1", "leadscore: --limit: there are no -1 rows\nfix: write a whole number from 1 on; 0 is all rows\n"},
		{"diff out --file leads.txt", "leadscore: the format of leads.txt is not known\nfix: give --format, or end the name in .csv, .tsv, .xlsx, .jsonl or .parquet\n"},
		{"version now", "leadscore: leadscore version takes no arguments, not 1 argument\nfix: leadscore version\n"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(context.Background(), strings.Fields(c.args), nil, strings.NewReader(""), &stdout, &stderr)
			if code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout %q, want nothing", stdout.String())
			}
			if diff := cmp.Diff(c.want, stderr.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEmptyValues holds that a value that is empty is never taken for one that was not given: a scheduler whose variable is not set would
// score today for yesterday, and publish it.
func TestEmptyValues(t *testing.T) {
	for command, flags := range map[string][]string{
		"score":    {"model", "contacts", "engagements", "lists", "as-of", "out", "tables", "history", "threads", "memory", "replace"},
		"check":    {"job", "contacts", "engagements", "lists"},
		"init":     {"contacts", "engagements", "lists", "folder"},
		"list":     {"out", "date", "where", "columns", "sort", "limit", "format", "to"},
		"diff out": {"from", "to", "where", "columns", "sort", "limit", "format", "file"},
	} {
		for _, flag := range flags {
			for _, value := range []string{"", " "} {
				var stdout, stderr bytes.Buffer
				code := run(context.Background(), append(strings.Fields(command), "--"+flag+"="+value), nil, strings.NewReader(""), &stdout, &stderr)
				want := "leadscore: --" + flag + " is empty\nfix: give it a value or leave it out; if a variable stands there, it is not set\n"
				if code != 2 || stderr.String() != want {
					t.Errorf("%s --%s=%q: exit code %d, %s", command, flag, value, code, stderr.String())
				}
			}
		}
	}
	for _, args := range [][]string{{"score", ""}, {"score", "--model", "m.yaml", " "}, {"check", ""}, {"demo", ""}} {
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), args, nil, strings.NewReader(""), &stdout, &stderr); code != 2 || !strings.HasPrefix(stderr.String(), "leadscore: an argument is empty\n") {
			t.Errorf("%q: exit code %d, %s", args, code, stderr.String())
		}
	}
}
