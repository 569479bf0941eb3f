package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk is a file system of its own, of so many bytes.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Skipf("mounting a small disk, which root may: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// refused holds that a run fails with a code and words, leaves what is published as it is, and no temporary files.
func (j *smallJob) refused(t *testing.T, code int, words ...string) {
	t.Helper()
	before := j.look(t, true, true)
	p := j.launch(t, j.variants[1], "--replace")
	if got := p.code(t); got != code {
		t.Errorf("it ended with %d, not %d: %s", got, code, p.stderr.String())
	}
	for _, word := range words {
		if !strings.Contains(p.stderr.String(), word) {
			t.Errorf("it does not say %q: %s", word, p.stderr.String())
		}
	}
	if after := j.look(t, true, true); after != before {
		t.Errorf("%q was published, now %q is", before, after)
	}
	for _, pattern := range []string{"_staging/*/*/begun.json", "_staging/*/*/*/*", "*/.*.tmp", "*/*/.*.tmp", ".*.probe"} {
		if left, err := filepath.Glob(filepath.Join(j.out, pattern)); len(left) > 0 || err != nil {
			t.Errorf("it left %q (%v)", left, err)
		}
	}
}

// A disk that is full before the run, and at every stage of it: the published run stays, and with room again the next run succeeds.
func TestDiskIsFull(t *testing.T) {
	disk := smallDisk(t, 8<<20)
	out, filler := filepath.Join(disk, "out"), filepath.Join(disk, "filler")
	j := newSmallJob(t, out)
	j.again(t, j.variants[0])
	size := 0
	for _, data := range j.known[j.variants[1]] {
		size += len(data)
	}
	for quarters := range 4 {
		fill(t, disk, filler, size*quarters/4)
		j.refused(t, 1, "no space left", "make room")
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	}
	j.again(t, j.variants[1])
}

// fill leaves so much room on a disk.
func fill(t *testing.T, disk, filler string, free int) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(disk, &s); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filler, make([]byte, int(s.Bavail)*int(s.Bsize)-free), 0o666); err != nil {
		t.Fatal(err)
	}
}

// A disk that is mounted to be read only.
func TestDiskIsReadOnly(t *testing.T) {
	disk := smallDisk(t, 8<<20)
	j := newSmallJob(t, filepath.Join(disk, "out"))
	j.again(t, j.variants[0])
	for _, flags := range []uintptr{syscall.MS_RDONLY, 0} {
		if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
		if flags != 0 {
			j.refused(t, 1, "no permission", "read-only")
		}
	}
	j.again(t, j.variants[1])
}

// A folder that the user may not write to.
func TestFolderIsReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere: see TestDiskIsReadOnly")
	}
	j := newSmallJob(t, filepath.Join(t.TempDir(), "out"))
	j.again(t, j.variants[0])
	if err := os.Chmod(j.out, 0o555); err != nil {
		t.Fatal(err)
	}
	j.refused(t, 1, "no permission", "give the user who runs this the right to it")
	if err := os.Chmod(j.out, 0o777); err != nil {
		t.Fatal(err)
	}
	j.again(t, j.variants[1])
}

// A temporary folder without room for what does not fit the memory.
func TestTemporaryFolderIsFull(t *testing.T) {
	if testing.Short() {
		t.Skip("scores the demo base")
	}
	temp := smallDisk(t, 64<<10)
	demo := filepath.Join(t.TempDir(), "demo")
	if code := run(t.Context(), []string{"demo", demo, "--quiet"}, os.Environ(), strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}); code != 0 {
		t.Fatal(code)
	}
	again := []string{"score", filepath.Join(demo, "job.yaml"), "--as-of", "2026-11-02", "--memory", "64MiB"}
	t.Setenv("TMPDIR", temp)
	p := launch(t, again...)
	if code := p.code(t); code != 1 || !strings.Contains(p.stderr.String(), "no space left") || !strings.Contains(p.stderr.String(), "TMPDIR") {
		t.Errorf("it ended with %d: %s", code, p.stderr.String())
	}
	for _, folder := range []string{temp, filepath.Join(demo, "published", "_staging")} {
		if left, err := filepath.Glob(filepath.Join(folder, "*")); len(left) > 0 || err != nil {
			t.Errorf("it left %q (%v)", left, err)
		}
	}
	if _, err := os.Stat(filepath.Join(demo, "published", "_runs", "2026-11-02.json")); !os.IsNotExist(err) {
		t.Errorf("it published: %v", err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	p = launch(t, again...)
	if code := p.code(t); code != 0 {
		t.Errorf("with room it ended with %d: %s", code, p.stderr.String())
	}
}
