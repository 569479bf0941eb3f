package pipeline_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// What is no file that can be read ends a run at once, with an error that names the input, the path and what to do, whichever input
// it is. A pipe is not waited for.
func TestInputsThatAreNoFiles(t *testing.T) {
	for _, test := range []struct {
		name  string
		make  func(t *testing.T, folder string) string // gives the path
		words []string
	}{
		{"nothing", func(_ *testing.T, folder string) string { return filepath.Join(folder, "gone.parquet") }, []string{"gone.parquet", "not found"}},
		{"nothing that a glob matches", func(_ *testing.T, folder string) string { return filepath.Join(folder, "none-*.parquet") }, []string{"none-*.parquet", "nothing matches"}},
		{"a glob in a folder that is not there", func(_ *testing.T, folder string) string { return filepath.Join(folder, "no", "*.parquet") }, []string{"no/*.parquet", "nothing matches"}},
		{"a folder", func(t *testing.T, folder string) string { return makeFolder(t, folder, "exports") }, []string{"exports: ", "it is a folder; write ", "exports/*.parquet"}},
		{"a glob that matches only folders", func(t *testing.T, folder string) string {
			return filepath.Join(filepath.Dir(makeFolder(t, folder, "exports.parquet")), "*.parquet")
		}, []string{"*.parquet", "nothing matches"}},
		{"a socket", func(t *testing.T, folder string) string {
			t.Chdir(folder) // the names of sockets are short
			listener, err := net.Listen("unix", "socket.parquet")
			if err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			return filepath.Join(folder, "socket.parquet")
		}, []string{"socket.parquet", "no regular file"}},
		{"a pipe", pipe, []string{"pipe.parquet", "no regular file"}},
		{"a device", func(t *testing.T, _ string) string {
			if runtime.GOOS == "windows" {
				t.Skip("there is none")
			}
			return os.DevNull
		}, []string{os.DevNull, "no regular file"}},
		{"an empty file", func(t *testing.T, folder string) string { return makeFile(t, folder, "empty.parquet", "") }, []string{"empty.parquet", "the file is empty"}},
		{"a text", func(t *testing.T, folder string) string {
			return makeFile(t, folder, "text.parquet", "id,name\n1,Ann\n")
		}, []string{"text.parquet", "not a Parquet file"}},
		{"a link to nothing", func(t *testing.T, folder string) string {
			link := filepath.Join(folder, "link.parquet")
			if err := os.Symlink(filepath.Join(folder, "gone"), link); err != nil {
				t.Skip(err)
			}
			return link
		}, []string{"link.parquet", "not found"}},
		{"a file that may not be read", func(t *testing.T, folder string) string {
			file := makeFile(t, folder, "secret.parquet", "x")
			if err := os.Chmod(file, 0); err != nil {
				t.Fatal(err)
			}
			mustBeRefused(t, file)
			return file
		}, []string{"secret.parquet", "no permission"}},
		{"a folder that may not be read", func(t *testing.T, folder string) string {
			closed := makeFolder(t, folder, "closed")
			if err := os.Chmod(closed, 0); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(closed, 0o700) })
			mustBeRefused(t, closed)
			return filepath.Join(closed, "*.parquet")
		}, []string{"closed", "no permission"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBase(t)
			spec := b.write(t)
			path := test.make(t, t.TempDir())
			for table, paths := range map[string]*[]string{"contacts": &spec.Contacts.Paths, "engagements": &spec.Engagements.Paths, "lists": &spec.Lists.Paths} {
				sound := *paths
				*paths = append([]string{path}, sound...)
				if err := os.MkdirAll(spec.Output, 0o777); err != nil {
					t.Fatal(err)
				}
				fails(t, spec, 1, append(test.words, table)...)
				*paths = sound
			}
		})
	}
}

func makeFolder(t *testing.T, folder, name string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

func makeFile(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// mustBeRefused skips the test where permissions do not hold, as for root.
func mustBeRefused(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err == nil {
		_ = file.Close()
		t.Skip("permissions do not hold for this user")
	}
}
