package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script run the real program in a folder of their own. Small programs stand beside it:
//
//	mkparquet TABLE.csv TABLE.parquet   makes a Parquet file; the first line names the columns and their types: id:int64,name:text
//	umask MASK PROGRAM ARGUMENTS…       runs a program with a mask of permissions
//	rows COLUMNS FILE…                  prints columns of Parquet files as CSV, all rows of all files, sorted
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"leadscore": main,
		"mkparquet": program(makeParquet),
		"rows":      program(printRows),
		"umask":     program(withUmask),
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("TZ", "America/New_York") // no result depends on where the machine stands
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			// exit runs a program and holds its exit code: exit 2 leadscore score job.yaml
			"exit": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) < 2 {
					ts.Fatalf("usage: exit CODE PROGRAM ARGUMENTS…")
				}
				err := ts.Exec(args[1], args[2:]...)
				code := 0
				if exited := (interface{ ExitCode() int })(nil); errors.As(err, &exited) {
					code = exited.ExitCode()
				} else if err != nil {
					ts.Fatalf("%v", err)
				}
				if fmt.Sprint(code) != args[0] {
					ts.Fatalf("exit code %d, want %s", code, args[0])
				}
			},
			"interrupt": interrupt,
			"atmost":    atmost,
			// empty holds that folders, where they are, have no files, also no hidden ones: empty FOLDER…
			"empty": func(ts *testscript.TestScript, _ bool, args []string) {
				for _, folder := range args {
					err := filepath.WalkDir(ts.MkAbs(folder), func(path string, entry fs.DirEntry, err error) error {
						if err == nil && !entry.IsDir() {
							err = fmt.Errorf("%s is left", path)
						}
						return err
					})
					if err != nil && !errors.Is(err, fs.ErrNotExist) {
						ts.Fatalf("%v", err)
					}
				}
			},
			// modes holds the permissions of everything at and below a path: modes FILES FOLDERS PATH
			"modes": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(filepath.WalkDir(ts.MkAbs(args[2]), func(path string, entry fs.DirEntry, err error) error {
					if err != nil {
						return err
					}
					info, err := entry.Info()
					want := args[0]
					if entry.IsDir() {
						want = args[1]
					}
					if got := fmt.Sprintf("%04o", info.Mode().Perm()); err == nil && got != want {
						err = fmt.Errorf("%s has the permissions %s, not %s", path, got, want)
					}
					return err
				}))
			},
			// sameline holds that two files have the same first line with a text, apart from blanks: sameline TEXT FILE FILE
			"sameline": func(ts *testscript.TestScript, _ bool, args []string) {
				var found []string
				for _, file := range args[1:] {
					for line := range strings.Lines(ts.ReadFile(file)) {
						if strings.Contains(line, args[0]) {
							found = append(found, strings.TrimSpace(line))
							break
						}
					}
				}
				if len(found) != 2 || found[0] != found[1] {
					ts.Fatalf("not the same: %q", found)
				}
			},
			// pick copies the one file that a pattern finds: pick PATTERN FILE
			"pick": func(ts *testscript.TestScript, _ bool, args []string) {
				data, err := os.ReadFile(onlyFile(ts, args[0]))
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o666))
			},
			// spoil puts a line behind the one file that a pattern finds: spoil PATTERN
			"spoil": func(ts *testscript.TestScript, _ bool, args []string) {
				file, err := os.OpenFile(onlyFile(ts, args[0]), os.O_APPEND|os.O_WRONLY, 0)
				ts.Check(err)
				_, err = file.WriteString("more\n")
				ts.Check(errors.Join(err, file.Close()))
			},
			// cut shortens a file to so many bytes: cut FILE BYTES
			"cut": func(ts *testscript.TestScript, _ bool, args []string) {
				var size int64
				_, err := fmt.Sscan(args[1], &size)
				ts.Check(err)
				ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
			},
		},
	})
}

// onlyFile gives the one file that a pattern finds, as its name is not known.
func onlyFile(ts *testscript.TestScript, pattern string) string {
	found, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%s finds %d files: %q", pattern, len(found), found)
	}
	return found[0]
}

func program(run func(args []string) error) func() {
	return func() {
		if err := run(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

var columnTypes = map[string]arrow.DataType{
	"text": arrow.BinaryTypes.String, "int32": arrow.PrimitiveTypes.Int32, "int64": arrow.PrimitiveTypes.Int64,
	"double": arrow.PrimitiveTypes.Float64, "bool": arrow.FixedWidthTypes.Boolean, "date": arrow.FixedWidthTypes.Date32,
	"instant": &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, "local": &arrow.TimestampType{Unit: arrow.Millisecond},
	"list": arrow.ListOf(arrow.BinaryTypes.String),
}

func makeParquet(args []string) error {
	in, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	lines, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return err
	}
	var fields []arrow.Field
	for _, cell := range lines[0] {
		name, kind, _ := strings.Cut(cell, ":")
		if columnTypes[kind] == nil {
			return fmt.Errorf("unknown type in %q", cell)
		}
		fields = append(fields, arrow.Field{Name: name, Type: columnTypes[kind], Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for _, line := range lines[1:] {
		for i, cell := range line {
			if cell == "null" {
				b.Field(i).AppendNull()
			} else if err := b.Field(i).AppendValueFromString(cell); err != nil {
				return err
			}
		}
	}
	out, err := os.Create(args[1])
	if err != nil {
		return err
	}
	w, err := pqarrow.NewFileWriter(schema, out, nil, pqarrow.DefaultWriterProps())
	if err != nil {
		return err
	}
	return errors.Join(w.Write(b.NewRecordBatch()), w.Close())
}

func printRows(args []string) error {
	names := strings.Split(args[0], ",")
	var lines []string
	for _, pattern := range args[1:] {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			return fmt.Errorf("nothing matches %s (%v)", pattern, err)
		}
		for _, f := range files {
			more, err := fileRows(f, names)
			if err != nil {
				return fmt.Errorf("%s: %w", f, err)
			}
			lines = append(lines, more...)
		}
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
	return nil
}

func fileRows(name string, columns []string) ([]string, error) {
	in, err := file.OpenParquetFile(name, false)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	reader, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		return nil, err
	}
	defer table.Release()
	lines := make([]string, table.NumRows())
	for n, column := range columns {
		at := table.Schema().FieldIndices(column)
		if len(at) != 1 {
			return nil, fmt.Errorf("there is no column %s", column)
		}
		row := 0
		for _, chunk := range table.Column(at[0]).Data().Chunks() {
			for i := range chunk.Len() {
				if n > 0 {
					lines[row] += ","
				}
				lines[row] += strings.TrimSuffix(chunk.ValueStr(i), ".000000Z")
				row++
			}
		}
	}
	return lines, nil
}
