package storage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Match tells whether a path matches a glob, in the one language that all stores share: `*` and `?` within a name,
// `[a-z]`, `{a,b}`, a backslash before a character that is meant as it is, and `**` as a whole name for any number of
// folders, also none.
//
// Wildcards pass over what tools keep for themselves, as Hive and Spark do, so that half-written data is never
// read by accident: names that begin with a dot, and folders that begin with an underscore (_temporary, _delta_log,
// _staging), unless they look like a partition (_year=2026). A glob that spells such a name finds it.
func Match(glob, name string) (bool, error) {
	segments, err := splitGlob(glob)
	if err != nil {
		return false, err
	}
	return matchSegments(segments, strings.Split(name, "/")), nil
}

// IsGlob tells whether a path has wildcards. An object whose name has brackets or braces is still found by List, as
// the path that is written comes before the glob that it may be.
func IsGlob(p string) bool { return strings.ContainsAny(p, `*?[{\`) }

// EscapeGlob writes a path as a glob that matches nothing else.
func EscapeGlob(p string) string {
	var b strings.Builder
	for _, r := range p {
		if strings.ContainsRune(`*?[]{}\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// GlobPrefix gives the longest path of folders that every match of the glob lies under, unescaped; for a listing by
// prefix. Empty when the first name has a wildcard.
func GlobPrefix(glob string) string {
	segments := strings.Split(glob, "/")
	n := 0
	for n < len(segments)-1 && !isWild(segments[n]) {
		segments[n] = unescape(segments[n])
		n++
	}
	return strings.Join(segments[:n], "/")
}

// splitGlob checks a glob and takes it apart at its slashes.
func splitGlob(glob string) ([]string, error) {
	segments := strings.Split(glob, "/")
	for _, s := range segments {
		if !doublestar.ValidatePattern(s) {
			if strings.Contains(s, "{") || strings.Contains(s, "}") {
				return nil, fmt.Errorf("%q: braces must close before the next slash; write two globs instead, or a backslash before a brace that is meant as it is", glob)
			}
			return nil, fmt.Errorf("%q is no valid glob; write a backslash before a bracket that is meant as it is", glob)
		}
		if s != "**" && strings.Contains(s, "**") {
			return nil, fmt.Errorf("%q: ** must stand alone between slashes", glob)
		}
	}
	// A run of ** means the same as one, and costs less.
	return slices.CompactFunc(segments, func(a, b string) bool { return a == "**" && b == "**" }), nil
}

func matchSegments(glob, name []string) bool {
	for len(glob) > 0 {
		if glob[0] == "**" {
			if len(glob) == 1 {
				// ** at the end stands for every object below, not for the folder itself.
				return len(name) > 0 && allVisible(name)
			}
			for {
				if matchSegments(glob[1:], name) {
					return true
				}
				if len(name) < 2 || !matchName("*", name[0], true) {
					return false
				}
				name = name[1:]
			}
		}
		if len(name) == 0 || !matchName(glob[0], name[0], len(name) > 1) {
			return false
		}
		glob, name = glob[1:], name[1:]
	}
	return len(name) == 0
}

func allVisible(name []string) bool {
	for i, n := range name {
		if !matchName("*", n, i < len(name)-1) {
			return false
		}
	}
	return true
}

// matchName matches one name, folder or not, with one valid segment of a glob that is not **.
func matchName(segment, name string, folder bool) bool {
	if !isWild(segment) {
		return unescape(segment) == name
	}
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(segment, ".") {
		return false
	}
	if folder && strings.HasPrefix(name, "_") && !strings.Contains(name, "=") && !strings.HasPrefix(segment, "_") {
		return false
	}
	ok, err := doublestar.Match(segment, name)
	return err == nil && ok
}

// isWild tells whether a segment has a wildcard that is not escaped.
func isWild(segment string) bool {
	for i := 0; i < len(segment); i++ {
		switch segment[i] {
		case '\\':
			i++
		case '*', '?', '[', '{':
			return true
		}
	}
	return false
}

func unescape(segment string) string {
	if !strings.Contains(segment, `\`) {
		return segment
	}
	var b strings.Builder
	for i := 0; i < len(segment); i++ {
		if segment[i] == '\\' && i+1 < len(segment) {
			i++
		}
		b.WriteByte(segment[i])
	}
	return b.String()
}

// NoMatch is the error of a glob that finds nothing; address is the glob's.
func NoMatch(address string) error {
	return &Error{Op: "list", Address: address, Kind: ErrNoMatch,
		Err: fmt.Errorf("no object is named like this; wildcards pass over names that begin with a dot and folders that begin with an underscore")}
}
