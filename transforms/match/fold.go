package match

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// fold appends text to dst with every character replaced by the representative of its case-folding class.
// Eight ASCII bytes are folded at a time, since nearly all text is ASCII.
func fold(dst, text []byte) []byte {
	n := len(dst)
	if cap(dst)-n < len(text) {
		dst = append(make([]byte, 0, n+len(text)+16), dst...)
	}
	out := dst[n : n+len(text)]
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		if w&highBits != 0 {
			return foldRunes(dst[:n+i], text[i:])
		}
		// Per byte: the high bit of up is set where 'A' <= byte <= 'Z'; a quarter of it is the bit that makes it lower case.
		up := (w + 0x3f3f3f3f3f3f3f3f) &^ (w + 0x2525252525252525) & highBits
		binary.LittleEndian.PutUint64(out[i:], w|up>>2)
	}
	for ; i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			return foldRunes(dst[:n+i], text[i:])
		}
		if c-'A' < 26 {
			c |= 0x20
		}
		out[i] = c
	}
	return dst[:n+len(text)]
}

// foldRunes folds text of any characters. A folded text may be longer than the original.
func foldRunes(dst, text []byte) []byte {
	for len(text) > 0 {
		if c := text[0]; c < utf8.RuneSelf {
			if c-'A' < 26 {
				c |= 0x20
			}
			dst = append(dst, c)
			text = text[1:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError {
			dst = append(dst, text[:n]...) // invalid bytes stay what they are
		} else {
			dst = utf8.AppendRune(dst, foldRune(r))
		}
		text = text[n:]
	}
	return dst
}

// foldTable answers foldRune for the characters that UTF-8 writes in one or two bytes: the alphabets of Europe and the
// Near East, which are most of what is not ASCII in a base of contacts.
var foldTable = func() (table [0x800]rune) {
	for r := range table {
		table[r] = representative(rune(r))
	}
	return table
}()

func foldRune(r rune) rune {
	if int(r) < len(foldTable) {
		return foldTable[r]
	}
	return representative(r)
}

// representative gives one character for each class that unicode.SimpleFold walks through: the lower case of the class's
// smallest. Those classes are the ones of CaseFolding statuses C and S.
func representative(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if lower := unicode.ToLower(least); lower != least && unicode.SimpleFold(least) != least {
		return lower
	}
	return least
}
