package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind Kind
	}{
		{nil, ""},
		{fs.ErrNotExist, ErrNotFound},
		{fs.ErrExist, ErrAlreadyExists},
		{fs.ErrPermission, ErrPermission},
		{&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, ErrNoSpace},
		{&os.PathError{Op: "open", Path: "x", Err: syscall.EROFS}, ErrPermission},
		{&os.LinkError{Op: "link", Old: "a", New: "b", Err: syscall.EACCES}, ErrPermission},
		{&os.PathError{Op: "open", Path: "x", Err: syscall.EMFILE}, ErrUnavailable},
		{syscall.EIO, ErrOther},
		{context.Canceled, ErrUnavailable},
		{fmt.Errorf("wrapped: %w", &Error{Kind: ErrChanged}), ErrChanged},
		{ErrBusy, ErrBusy},
		{errors.New("anything"), ErrOther},
	} {
		if got := kindOfOS(c.err); got != c.kind {
			t.Errorf("%v: %q, want %q", c.err, got, c.kind)
		}
	}
	err := NewLocal().fail("write", "out/x", &os.PathError{Op: "write", Path: "out/.x.tmp", Err: syscall.ENOSPC})
	if got := err.Error(); got != "write out/x: no space left: no space left on device" || !errors.Is(err, ErrNoSpace) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%q", got)
	}
	for kind, want := range map[Kind]bool{ErrUnavailable: true, ErrOther: true, ErrNoSpace: true, ErrPrecondition: false, ErrAlreadyExists: false, ErrPermission: false} {
		if got := OutcomeUnknown(&Error{Kind: kind}); got != want {
			t.Errorf("OutcomeUnknown of %q is %v", kind, got)
		}
	}
}

func TestOpen(t *testing.T) {
	for address, want := range map[string]string{
		"a/b/*.parquet":              "a/b/*.parquet",
		"./a//b/":                    "a/b",
		"/abs/x":                     "/abs/x",
		"../up":                      "../up",
		"file:///abs/x y?.parquet":   "/abs/x y?.parquet",
		"file://localhost/abs/a%20b": "/abs/a b",
		"FILE:///x":                  "/x",
		"odd name://x":               "odd name:/x",
	} {
		store, path, err := Open(t.Context(), address)
		if err != nil || path != want || store != Store(NewLocal()) {
			t.Errorf("%s: %v, %q, %v; want %q", address, store, path, err, want)
		}
	}
	for address, says := range map[string]string{
		"":                                  "empty",
		"hdfs://name/x":                     "no store speaks hdfs://",
		"ftp://user:secret@host/x?sig=hush": "ftp://host/x",
		"file://host/x":                     "another host; write file:///x",
		"file:///100%":                      "write %25",
	} {
		_, _, err := Open(t.Context(), address)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%q: the error tells a secret: %v", address, err)
		}
	}
}

func TestGlobHelpers(t *testing.T) {
	for glob, want := range map[string]string{"a/b/*.x": "a/b", "*.x": "", "a/**/b": "a", "/abs/x*": "/abs", `a\[1]/b/*`: "a[1]/b", "a/b": "a"} {
		if got := GlobPrefix(glob); got != want {
			t.Errorf("GlobPrefix(%q) = %q, want %q", glob, got, want)
		}
	}
	odd := `o[d]d {na,me}*?\.x`
	if ok, err := Match(EscapeGlob(odd), odd); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if ok, err := Match(EscapeGlob(odd), "odd na.x"); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

// Leases, with a term that a test can wait for.
func TestLease(t *testing.T) {
	store, path := NewLocal(), t.TempDir()+"/x.lock"
	const term = 300 * time.Millisecond
	first, err := tryLease(t.Context(), store, path, "the first", term)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * term) // it is renewed
	if first.EndsWithProcess() {
		t.Error("a lease is taken for the proof of a death")
	}
	if !first.Valid() {
		t.Error("the lease ran out although its holder lives")
	}
	if _, err := tryLease(t.Context(), store, path, "the second", term); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "the first") {
		t.Errorf("got %v", err)
	}

	// The holder sleeps through its term.
	asleep := first.(*lease)
	asleep.stop()
	<-asleep.ended
	time.Sleep(term + 50*time.Millisecond)
	if first.Valid() {
		t.Error("valid after the term")
	}
	second, err := tryLease(t.Context(), store, path, "the second", term)
	if err != nil {
		t.Fatal(err)
	}
	if err := asleep.renew(t.Context()); !errors.Is(err, ErrPrecondition) {
		t.Errorf("the first woke and renewed: %v", err)
	}
	if err := first.Unlock(); err != nil {
		t.Error(err)
	}
	if !second.Valid() {
		t.Error("the first's Unlock ended the second's lease")
	}
	for range 2 {
		if err := second.Unlock(); err != nil {
			t.Error(err)
		}
	}
	third, err := tryLease(t.Context(), store, path, "the third", term)
	if err != nil {
		t.Fatalf("after Unlock: %v", err)
	}
	if err := third.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestFooterDigest(t *testing.T) {
	dir, store := t.TempDir(), NewLocal()
	digest := func(content string) string {
		t.Helper()
		if err := os.WriteFile(dir+"/x", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		object, err := store.Pin(t.Context(), dir+"/x")
		if err != nil {
			t.Fatal(err)
		}
		r, err := store.Open(t.Context(), object)
		if err != nil {
			t.Fatal(err)
		}
		d, err := FooterDigest(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		return d
	}
	body := strings.Repeat("a", 100)
	file := "PAR1" + body + "footer" + "\x06\x00\x00\x00PAR1"
	if digest(file) != digest("PAR1"+strings.Repeat("b", 100)+"footer"+"\x06\x00\x00\x00PAR1") {
		t.Error("the body of a Parquet file counts")
	}
	seen := map[string]string{}
	for _, content := range []string{file, strings.Replace(file, "footer", "Footer", 1), "", "x", "PAR1", "PAR1" + body + "\xff\xff\xff\xffPAR1", strings.Repeat("long", 50000)} {
		d := digest(content)
		if other, ok := seen[d]; ok {
			t.Errorf("%.20q and %.20q have one digest", content, other)
		}
		seen[d] = content
	}
}
