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
// the working directory, and file:///path are the local disk; gs://bucket/path, s3://bucket/path and
// az://container/path are object stores, for which it looks up credentials but asks the store nothing. An unknown
// scheme is ErrInvalid, missing credentials are ErrPermission. See WithRetryFor and WithDecorator for what ctx may say of it.
func Open(ctx context.Context, address string) (Store, string, error) {
	store, path, err := open(ctx, address)
	if decorate := decoratorOf(ctx); decorate != nil && err == nil {
		store = decorate(store)
	}
	return store, path, err
}

func open(ctx context.Context, address string) (Store, string, error) {
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
	case "gs", "s3", "az":
		return openRemote(ctx, strings.ToLower(scheme), rest)
	}
	return nil, "", &Error{Op: "open", Address: redact(scheme, rest), Kind: ErrInvalid,
		Err: fmt.Errorf("no store speaks %s://; write a local path, file:///path, gs://bucket/path, s3://bucket/path or az://container/path", scheme)}
}

// openRemote opens a bucket.
func openRemote(ctx context.Context, scheme, rest string) (Store, string, error) {
	name, key, _ := strings.Cut(rest, "/")
	invalid := func(format string, args ...any) error {
		return &Error{Op: "open", Address: redact(scheme, rest), Kind: ErrInvalid, Err: fmt.Errorf(format, args...)}
	}
	if name == "" || strings.ContainsAny(name, "@:?*[]{}\\ ") {
		return nil, "", invalid("it does not begin with the name of a bucket; write %s://bucket/path. Credentials belong in the environment", scheme)
	}
	if _, query, found := strings.Cut(key, "?"); found && isSignature(query) {
		return nil, "", invalid("a signed address is no address of an object; leave out what follows the question mark. Credentials belong in the environment")
	}
	key, ok := resolveDots(key)
	if !ok {
		return nil, "", invalid("it leads out of the bucket")
	}
	store := &remote{scheme: scheme, name: name, patience: &patience{bound: retryFor(ctx)}}
	var err error
	switch scheme {
	case "gs":
		store.bucket, err = openGCS(ctx, name, store.patience)
	case "s3":
		store.bucket, err = openS3(ctx, name, store.patience)
	default:
		store.bucket, err = openAzure(name, store.patience)
	}
	if err != nil {
		return nil, "", err
	}
	return store, key, nil
}

// isSignature tells whether a query signs a request, as it does in an address that a store gave out to be used once. Any
// other question mark is a wildcard.
func isSignature(query string) bool {
	query = strings.ToLower(query)
	for _, sign := range []string{"sig=", "signature=", "x-amz-credential=", "x-goog-credential="} {
		if strings.Contains(query, sign) {
			return true
		}
	}
	return false
}

// resolveDots takes out "." and ".." as a shell would: no object is meant to have them in its name. Other names are left as
// they are; an object may well have two slashes in a row.
func resolveDots(key string) (string, bool) {
	segments := []string{}
	for _, s := range strings.Split(key, "/") {
		switch s {
		case ".":
		case "..":
			if len(segments) == 0 {
				return "", false
			}
			segments = segments[:len(segments)-1]
		default:
			segments = append(segments, s)
		}
	}
	return strings.Join(segments, "/"), true
}

// IsRemote tells whether an address is that of an object store, which is not reached by way of files.
func IsRemote(address string) bool {
	scheme, _, found := strings.Cut(address, "://")
	return found && isScheme(scheme) && !strings.EqualFold(scheme, "file")
}

// Redacted gives an address as it may be shown: without user names, passwords and signatures.
func Redacted(address string) string {
	scheme, rest, found := strings.Cut(address, "://")
	if !found || !isScheme(scheme) || strings.EqualFold(scheme, "file") {
		return address
	}
	if _, query, ok := strings.Cut(rest, "?"); ok && !isSignature(query) {
		host, p, _ := strings.Cut(rest, "/")
		return redact(scheme, host+"/") + p // a wildcard
	}
	return redact(scheme, rest)
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
	if name, port, ok := strings.Cut(host, ":"); ok && strings.Trim(port, "0123456789") != "" {
		host = name // what follows is no port, so it may be a password
	}
	if slash {
		p = "/" + p
	}
	return scheme + "://" + host + p
}

// Join puts path elements together with slashes and cleans the result; empty elements are left out.
func Join(elements ...string) string { return path.Join(elements...) }
