package encode

import (
	"math"
	"unicode/utf8"
)

// maxBoundBytes is the longest least or greatest value that stands whole in statistics; longer ones are cut.
const maxBoundBytes = 256

// lowest gives the statistic that says "no value is less", and whether it is a value itself.
func (l *leaf) lowest(dst []byte, b bound) ([]byte, bool) {
	if l.kind == kindFloat && b.float == 0 {
		b.float = math.Copysign(0, -1) // both zeros may be among the values
	}
	if l.kind != kindBytes || l.physical == physicalFixed || len(b.text) <= maxBoundBytes {
		return l.appendBound(dst, b), true
	}
	return append(dst, l.prefix(b.text)...), false
}

// highest gives the statistic that says "no value is greater", and whether it is a value itself.
func (l *leaf) highest(dst []byte, b bound) ([]byte, bool) {
	if l.kind == kindFloat && b.float == 0 {
		b.float = 0
	}
	if l.kind != kindBytes || l.physical == physicalFixed || len(b.text) <= maxBoundBytes {
		return l.appendBound(dst, b), true
	}
	if next, ok := l.successor(l.prefix(b.text)); ok {
		return append(dst, next...), false
	}
	return append(dst, b.text...), true // nothing shorter is greater
}

// prefix cuts a long text, between two characters.
func (l *leaf) prefix(text string) string {
	n := maxBoundBytes
	for l.isText() && n > maxBoundBytes-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// successor gives a text that is greater than all that begin with the prefix: its last character that can be raised is, and
// what follows is cut. Characters ascend as their UTF-8 bytes do.
func (l *leaf) successor(prefix string) ([]byte, bool) {
	for len(prefix) > 0 {
		r, n := utf8.DecodeLastRuneInString(prefix)
		if !l.isText() || r == utf8.RuneError && n == 1 {
			last := prefix[len(prefix)-1]
			if prefix = prefix[:len(prefix)-1]; last < 0xff {
				return append([]byte(prefix), last+1), true
			}
			continue
		}
		prefix = prefix[:len(prefix)-n]
		if r++; r == 0xd800 {
			r = 0xe000 // the surrogates are no characters
		}
		if r <= utf8.MaxRune {
			return utf8.AppendRune([]byte(prefix), r), true
		}
	}
	return nil, false
}
