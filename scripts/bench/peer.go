package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// duckDBVersion is the version of the npm package @duckdb/node-api.
const duckDBVersion = "1.5.6-r.1"

// errNoNode says that there is nothing to run the peers with.
var errNoNode = errors.New("there is no Node.js on the PATH (node and npm, version 20 or later), which brings DuckDB")

// duckDB is a DuckDB that was installed.
type duckDB struct {
	node    string // path of the program
	script  string // runs SQL from stdin
	library string // folder with the npm package
	dir     string // folder of the bench
	memory  int64  // bytes that it may use; 0: its own choice
}

// installDuckDB brings DuckDB into the folder of the bench, once. Its npm package is the one form that runs wherever Node
// does, without a compiler; the package holds the same library that the duckdb program does.
func installDuckDB(ctx context.Context, dir string, progress io.Writer) (duckDB, error) {
	node, noNode := exec.LookPath("node")
	npm, noNPM := exec.LookPath("npm")
	if noNode != nil || noNPM != nil {
		return duckDB{}, errNoNode
	}
	module, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "leadscore").Output()
	if err != nil {
		return duckDB{}, fmt.Errorf("go list -m leadscore: %w", err)
	}
	d := duckDB{
		node:    node,
		script:  filepath.Join(strings.TrimSpace(string(module)), "scripts", "duckdb", "query.mjs"),
		library: filepath.Join(dir, "peers", "duckdb-"+duckDBVersion),
		dir:     dir,
		memory:  availableMemory() / 4 * 3,
	}
	if _, err := os.Stat(d.library); err == nil {
		return d, nil
	}
	if err := os.MkdirAll(filepath.Dir(d.library), 0o755); err != nil {
		return d, err
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(d.library), "unfinished-")
	if err != nil {
		return d, err
	}
	defer os.RemoveAll(unfinished)
	if _, _, err := measure(ctx, npm, "install", "--no-audit", "--no-fund", "--prefix", unfinished, "@duckdb/node-api@"+duckDBVersion); err != nil {
		return d, err
	}
	fmt.Fprintf(progress, "installed DuckDB %s in %s\n", duckDBVersion, d.library)
	return d, os.Rename(unfinished, d.library)
}

// query runs SQL in a process of its own and gives what the process took and the rows of the last statement as JSON.
func (d duckDB) query(ctx context.Context, sql string) (usage, []byte, error) {
	command := exec.CommandContext(ctx, d.node, d.script)
	command.Stdin = strings.NewReader(sql)
	command.Env = append(os.Environ(), "LEADSCORE_DUCKDB="+d.library)
	return measureCommand(command)
}

// peerFiles say where a peer finds its data and leaves what it makes.
type peerFiles struct {
	dir               string // folder of the bench
	out               string // folder of all that follow
	scores, breakdown string // paths of the tables
	spill             string
	threads           int
	memory            int64 // bytes; 0: the peer's own choice
}

func (d duckDB) files(w work) peerFiles {
	out := filepath.Join(filepath.Dir(w.Job), "duckdb")
	f := peerFiles{
		dir:       d.dir,
		out:       out,
		scores:    filepath.Join(out, "scores.parquet"),
		breakdown: filepath.Join(out, "breakdown.parquet"),
		spill:     filepath.Join(out, "spill"),
		threads:   w.Threads,
		memory:    d.memory,
	}
	if f.threads == 0 {
		f.threads = runtime.GOMAXPROCS(0)
	}
	return f
}

// contender is DuckDB on the SQL of peersql.go. It gets three quarters of the memory that was free at the start: a budget
// of the case is for the job alone.
func (d duckDB) contender() contender {
	return contender{Name: "DuckDB", run: func(ctx context.Context, w work) (outcome, error) {
		files := d.files(w)
		if err := os.RemoveAll(files.out); err != nil {
			return outcome{}, err
		}
		if err := os.MkdirAll(files.spill, 0o755); err != nil {
			return outcome{}, err
		}
		took, _, err := d.query(ctx, peerSQL(w, files))
		if err != nil {
			return outcome{}, err
		}
		o := outcome{usage: took}
		for _, path := range []string{files.scores, files.breakdown} {
			info, err := os.Stat(path)
			if err != nil {
				return outcome{}, err
			}
			o.Bytes += info.Size()
		}
		return o, nil
	}, check: d.check}
}
