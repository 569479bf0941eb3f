//go:build unix

package storage_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

// childEnv makes this test binary do one thing with the store as a process of its own: "create PATH", "count PATH" or
// "lock PATH".
const childEnv = "LEADSCORE_STORAGE_CHILD"

func TestMain(m *testing.M) {
	if task := os.Getenv(childEnv); task != "" {
		os.Exit(child(task))
	}
	os.Exit(m.Run())
}

func child(task string) int {
	what, path, _ := strings.Cut(task, " ")
	ctx, store := context.Background(), storage.NewLocal()
	switch what {
	case "create":
		w, err := store.Create(ctx, path)
		if err == nil {
			_, err = fmt.Fprint(w, os.Getpid())
		}
		if err == nil {
			_, err = w.Finish()
		}
		if errors.Is(err, storage.ErrAlreadyExists) {
			return 7
		}
		if err != nil {
			fmt.Println(err)
			return 1
		}
	case "count":
		for done := 0; done < 20; {
			data, version, err := store.Read(ctx, path, 100)
			n, numberErr := strconv.Atoi(string(data))
			if err = errors.Join(err, numberErr); err == nil {
				if _, err = store.Swap(ctx, path, strconv.AppendInt(nil, int64(n+1), 10), version); err == nil {
					done++
				}
			}
			if err != nil && !errors.Is(err, storage.ErrPrecondition) {
				fmt.Println(err)
				return 1
			}
		}
	case "lock":
		if _, err := storage.TryLock(ctx, store, path, "a child"); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("locked")
		time.Sleep(time.Minute)
	}
	return 0
}

func start(t *testing.T, task string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	said := &strings.Builder{}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+task)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, said
}

func TestProcessesRace(t *testing.T) {
	dir := t.TempDir()
	t.Run("create", func(t *testing.T) {
		for round := range 3 {
			path := filepath.Join(dir, strconv.Itoa(round), "one")
			var children []*exec.Cmd
			var outputs []*strings.Builder
			for range 8 {
				cmd, said := start(t, "create "+path)
				children, outputs = append(children, cmd), append(outputs, said)
			}
			winners := []int{}
			for i, cmd := range children {
				err := cmd.Wait()
				switch exit, _ := errors.AsType[*exec.ExitError](err); {
				case err == nil:
					winners = append(winners, cmd.Process.Pid)
				case exit == nil || exit.ExitCode() != 7:
					t.Errorf("%v: %s", err, outputs[i])
				}
			}
			if got := string(storagetest.Get(t, storage.NewLocal(), path)); len(winners) != 1 || got != strconv.Itoa(winners[0]) {
				t.Errorf("winners %v, content %s", winners, got)
			}
		}
	})
	t.Run("swap", func(t *testing.T) {
		path := filepath.Join(dir, "number")
		if _, err := storage.NewLocal().Swap(t.Context(), path, []byte("0"), storage.None); err != nil {
			t.Fatal(err)
		}
		var children []*exec.Cmd
		var outputs []*strings.Builder
		for range 6 {
			cmd, said := start(t, "count "+path)
			children, outputs = append(children, cmd), append(outputs, said)
		}
		for i, cmd := range children {
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, outputs[i])
			}
		}
		if got := string(storagetest.Get(t, storage.NewLocal(), path)); got != "120" {
			t.Errorf("6 processes that add 20 each made %s", got)
		}
	})
}

func TestLockEndsWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	store := storage.NewLocal()
	cmd, _ := start(t, "lock "+path)
	deadline := time.Now().Add(20 * time.Second)
	for {
		lock, err := storage.TryLock(t.Context(), store, path, "the parent")
		if errors.Is(err, storage.ErrBusy) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.Unlock(); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatal("the child never locked")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child was not killed")
	}
	lock, err := storage.TryLock(t.Context(), store, path, "the parent")
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock's file remains: %v", err)
	}
}

func TestUmask(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	dir := t.TempDir()
	store := storage.NewLocal()
	storagetest.Put(t, store, dir+"/new/part", []byte("x"))
	if _, err := store.Swap(t.Context(), dir+"/new/pointer", []byte("x"), storage.None); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{"new": 0o750, "new/part": 0o640, "new/pointer": 0o640} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
}

// A file that is written to in place, by a process that knows nothing of our rules, is found out too.
func TestModifiedInPlace(t *testing.T) {
	store := storage.NewLocal()
	object := storagetest.Put(t, store, t.TempDir()+"/x", []byte("content"))
	r, err := store.Open(t.Context(), object)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	file, err := os.OpenFile(object.Path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt([]byte("X"), 3); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(make([]byte, 7), 0); !errors.Is(err, storage.ErrChanged) || !strings.Contains(err.Error(), object.Address) {
		t.Errorf("got %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestLocalRefusals(t *testing.T) {
	dir := t.TempDir()
	store := storage.NewLocal()
	storagetest.Put(t, store, dir+"/file", nil)
	for _, c := range []struct {
		name string
		try  func() error
		kind storage.Kind
		says string
	}{
		{"folder as object", func() error { _, err := store.Pin(t.Context(), dir); return err }, storage.ErrInvalid, "it is a folder; write " + dir + "/*.parquet"},
		{"folder as glob", func() error { _, err := store.List(t.Context(), dir); return err }, storage.ErrInvalid, "it is a folder; write " + dir + "/*.parquet"},
		{"a file where a folder should be", func() error { _, err := store.Create(t.Context(), dir+"/file/x"); return err }, storage.ErrInvalid, dir + "/file/x"},
		{"swap below a file", func() error { _, err := store.Swap(t.Context(), dir+"/file/x", nil, storage.None); return err }, storage.ErrInvalid, dir + "/file/x"},
		{"too long a name", func() error { _, err := store.Create(t.Context(), dir+"/"+strings.Repeat("x", 300)); return err }, storage.ErrInvalid, dir},
		{"device", func() error { _, err := store.Pin(t.Context(), "/dev/null"); return err }, storage.ErrInvalid, "no regular file"},
		{"delete a folder", func() error { return store.Delete(t.Context(), dir) }, storage.ErrInvalid, "it is a folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.try()
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v (%q); want kind %q, saying %q", err, storage.KindOf(err), c.kind, c.says)
			}
		})
	}
}

func TestNoPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may do everything")
	}
	dir := t.TempDir()
	store := storage.NewLocal()
	storagetest.Put(t, store, dir+"/closed/x", []byte("x"))
	if err := os.Chmod(dir+"/closed", 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir+"/closed", 0o700)
	for name, try := range map[string]func() error{
		"create": func() error { _, err := store.Create(t.Context(), dir+"/closed/y"); return err },
		"read":   func() error { _, _, err := store.Read(t.Context(), dir+"/closed/x", 10); return err },
		"swap":   func() error { _, err := store.Swap(t.Context(), dir+"/closed/y", nil, storage.None); return err },
		"list":   func() error { _, err := store.List(t.Context(), dir+"/*/x"); return err },
		"list **": func() error {
			_, err := store.List(t.Context(), dir+"/**")
			return err
		},
	} {
		if err := try(); !errors.Is(err, storage.ErrPermission) || !strings.Contains(err.Error(), dir+"/closed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A link to a file is the file; a link to a folder is followed where a name stands for it, and never in circles.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	store := storage.NewLocal()
	storagetest.Put(t, store, dir+"/real/x.parquet", []byte("x"))
	for link, to := range map[string]string{"file.parquet": "real/x.parquet", "folder": "real", "real/circle": "..", "broken.parquet": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string]string{
		"*.parquet":        "file.parquet",
		"folder/*.parquet": "folder/x.parquet",
		"fold*/*.parquet":  "folder/x.parquet",
		"**/*.parquet":     "file.parquet real/x.parquet",
	} {
		if got := strings.Join(storagetest.Paths(t, store, dir, pattern), " "); got != want {
			t.Errorf("%s found %q, want %q", pattern, got, want)
		}
	}
}

// To remove empty folders does not remove a link to a folder, which would go whatever the folder holds.
func TestPruneKeepsLinks(t *testing.T) {
	dir := t.TempDir()
	store := storage.NewLocal()
	storagetest.Put(t, store, dir+"/real/x.parquet", []byte("x"))
	if err := os.MkdirAll(filepath.Join(dir, "real", "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := store.PruneFolder(t.Context(), dir+"/link"); err != nil {
		t.Error(err)
	}
	if got := strings.Join(storagetest.Paths(t, store, dir, "link/*"), " "); got != "link/x.parquet" {
		t.Errorf("behind the link is %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "real", "empty")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder behind the link: %v", err)
	}
}
