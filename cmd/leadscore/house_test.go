package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The rules of the house, held by a test: imports point one way, transforms are pure, every package says what it is.

// layers from the top: a package may import what stands in its own layer or in one below.
var layers = []string{"cmd", "jobs", "pipeline", "transforms"}

// impure is what no package of transforms imports: input and output, other goroutines, logs, chance.
var impure = []string{"os", "net", "io/fs", "io/ioutil", "log", "context", "path/filepath", "runtime", "syscall", "math/rand", "plugin",
	"database/sql", "github.com/sourcegraph/conc", "github.com/parquet-go", "cloud.google.com"}

// caches are what of package sync a pure function may keep for the next call. All else of it waits for other goroutines.
var caches = []string{"Pool", "Once", "OnceFunc", "OnceValue", "OnceValues"}

// clock is what of package time depends on when it is called.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// source is a Go file that is no test, as it was parsed.
type source struct {
	file    string // from the top of the repository
	pkg     string // folder
	syntax  *ast.File
	imports []string
}

func sources(t *testing.T) []source {
	t.Helper()
	top := "../.."
	if _, err := os.Stat(filepath.Join(top, "go.mod")); err != nil {
		t.Fatal(err)
	}
	var all []source
	err := filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != top && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		s := source{file: filepath.ToSlash(relative), syntax: syntax}
		s.pkg = path.Dir(s.file)
		for _, i := range syntax.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		all = append(all, s)
		return nil
	})
	if err != nil || len(all) < 20 {
		t.Fatalf("found %d Go files (%v)", len(all), err)
	}
	return all
}

func layer(pkg string) int {
	first, _, _ := strings.Cut(pkg, "/")
	return slices.Index(layers, first)
}

func TestImportsPointOneWay(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.imports {
			within, ours := strings.CutPrefix(imported, "leadscore/")
			if !ours || layer(s.pkg) < 0 {
				continue
			}
			if layer(within) < layer(s.pkg) {
				t.Errorf("%s imports %s: imports point from %s", s.file, imported, strings.Join(layers, " to "))
			}
			if strings.HasPrefix(s.pkg, "pipeline/storage") && strings.HasPrefix(within, "pipeline/parquetio") ||
				strings.HasPrefix(s.pkg, "pipeline/parquetio") && strings.HasPrefix(within, "pipeline/storage") {
				t.Errorf("%s imports %s: storage and Parquet know nothing of each other", s.file, imported)
			}
		}
	}
}

func TestTransformsArePure(t *testing.T) {
	for _, s := range sources(t) {
		if !strings.HasPrefix(s.pkg, "transforms/") {
			continue
		}
		for _, imported := range s.imports {
			for _, no := range impure {
				if imported == no || strings.HasPrefix(imported, no+"/") {
					t.Errorf("%s imports %s: transforms are pure functions", s.file, imported)
				}
			}
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine: transforms leave that to the pipeline", s.file)
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if ok && x.Name == "time" && slices.Contains(clock, n.Sel.Name) {
					t.Errorf("%s reads the clock with time.%s: transforms are told the time", s.file, n.Sel.Name)
				}
				if ok && x.Name == "sync" && !slices.Contains(caches, n.Sel.Name) {
					t.Errorf("%s uses sync.%s: transforms know of no other goroutine", s.file, n.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestGoroutinesOnlyInThePipeline(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.pkg, "pipeline") || strings.HasPrefix(s.pkg, "scripts") || s.file == "cmd/leadscore/main.go" { // which waits for signals
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if _, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s starts a goroutine: that is the pipeline's", s.file)
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	says := make(map[string]bool)
	for _, s := range sources(t) {
		says[s.pkg] = says[s.pkg] || s.syntax.Doc != nil && len(s.syntax.Doc.Text()) > 40
	}
	for pkg, ok := range says {
		if !ok {
			t.Errorf("package %s has no comment that explains its part", pkg)
		}
	}
}

func TestFilesAreOneNounOrVerb(t *testing.T) {
	for _, s := range sources(t) {
		text, err := os.ReadFile(filepath.Join("../..", s.file))
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines > 450 {
			t.Errorf("%s has %d lines: a file is one noun or verb", s.file, lines)
		}
	}
}

// A test writes into temporary folders. What one left in the tree is no part of the product.
func TestNoDebris(t *testing.T) {
	for _, folder := range append([]string{"scripts"}, layers...) {
		err := filepath.WalkDir(filepath.Join("../..", folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && entry.Name() == "testdata" {
				return fs.SkipDir
			}
			if strings.HasSuffix(name, ".parquet") || slices.Contains([]string{"_runs", "_staging", "LATEST.json"}, entry.Name()) {
				t.Errorf("%s lies among the sources: a test or a run has written it", name)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
