package storage

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// Open finds the store of an address and gives the path (or glob) within it. A local path, absolute or relative to
// the working directory, and file:///path are the local disk. An unknown scheme is ErrInvalid.
func Open(ctx context.Context, address string) (Store, string, error) {
	scheme, rest, found := strings.Cut(address, "://")
	if address == "" {
		return nil, "", &Error{Op: "open", Address: `""`, Kind: ErrInvalid, Err: fmt.Errorf("the address is empty")}
	}
	if !found || !isScheme(scheme) {
		return NewLocal(), localPath(address), nil
	}
	switch strings.ToLower(scheme) {
	case "file":
		p, err := filePath(rest)
		if err != nil {
			return nil, "", &Error{Op: "open", Address: address, Kind: ErrInvalid, Err: err}
		}
		return NewLocal(), p, nil
	}
	return nil, "", &Error{Op: "open", Address: redact(scheme, rest), Kind: ErrInvalid,
		Err: fmt.Errorf("no store speaks %s://; write a local path or file:///path", scheme)}
}

// Absolute gives an address that means the same in every working directory. Only local paths can be relative.
func Absolute(address string) string {
	scheme, _, found := strings.Cut(address, "://")
	if address == "" || found && isScheme(scheme) {
		return address
	}
	absolute, err := filepath.Abs(address)
	if err != nil {
		return address
	}
	return absolute
}

// isScheme tells an URL scheme from the start of a path that happens to contain "://".
func isScheme(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		other := r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return s != ""
}

// filePath gives the path of a file URL behind its "file://". Question marks and number signs belong to the path, as
// the first is a wildcard and the second stands in file names.
func filePath(rest string) (string, error) {
	host, p, _ := strings.Cut(rest, "/")
	if host != "" && host != "localhost" {
		return "", fmt.Errorf("file://%s is on another host; write file:///%s", host, p)
	}
	p, err := url.PathUnescape("/" + p)
	if err != nil {
		return "", fmt.Errorf("%w; write %%25 for a percent sign", err)
	}
	if len(p) > 2 && p[2] == ':' && filepath.Separator == '\\' {
		p = p[1:] // file:///C:/x
	}
	return localPath(p), nil
}

// redact takes user names, passwords and query parameters (signatures, tokens) out of an address that goes into a
// message.
func redact(scheme, rest string) string {
	rest, _, _ = strings.Cut(rest, "?")
	host, p, slash := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if slash {
		p = "/" + p
	}
	return scheme + "://" + host + p
}

// Join puts path elements together with slashes and cleans the result; empty elements are left out.
func Join(elements ...string) string { return path.Join(elements...) }
