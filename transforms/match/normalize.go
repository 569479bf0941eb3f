package match

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Missing tells whether a text counts as missing: nothing is left of it once white space around it is taken away.
func Missing(text []byte) bool { return len(trim(text)) == 0 }

// Normalize appends value to dst as texts are compared: without the white space (Unicode White_Space) around it, in
// Unicode NFC, and unless caseSensitive is set with simple case folding (Unicode CaseFolding, statuses C and S; every
// class of characters that fold together is written as one of them). Two texts are equal when their normalized forms are
// the same bytes. Invalid UTF-8 is kept as it is. dst and value must not overlap.
func Normalize(dst, value []byte, caseSensitive bool) []byte {
	text := compose(trim(value))
	if caseSensitive {
		return append(dst, text...)
	}
	return fold(dst, text)
}

// NormalizeString is Normalize of a string.
func NormalizeString(value string, caseSensitive bool) string {
	return string(Normalize(nil, []byte(value), caseSensitive))
}

// trim cuts the white space at both ends.
func trim(b []byte) []byte {
	for len(b) > 0 {
		if c := b[0]; c < utf8.RuneSelf {
			if !asciiSpace(c) {
				break
			}
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if !unicode.IsSpace(r) {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		if c := b[len(b)-1]; c < utf8.RuneSelf {
			if !asciiSpace(c) {
				break
			}
			b = b[:len(b)-1]
			continue
		}
		r, n := utf8.DecodeLastRune(b)
		if !unicode.IsSpace(r) {
			break
		}
		b = b[:len(b)-n]
	}
	return b
}

func asciiSpace(c byte) bool { return c == ' ' || c-'\t' < 5 }

// compose gives the text in NFC: the text itself where it is that already, as nearly all text is, else a new slice.
func compose(text []byte) []byte {
	if isASCII(text) || norm.NFC.IsNormal(text) {
		return text
	}
	return norm.NFC.Bytes(text)
}

const highBits = 0x8080808080808080

func isASCII(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&highBits != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
