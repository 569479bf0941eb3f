package diag

import (
	"strings"
	"unicode/utf8"
)

// longest is the length in characters beyond which no near name is looked for: nobody mistypes a name that long by a letter,
// and the distance costs the product of the lengths.
const longest = 80

// Nearest gives the candidate that a person who typed name most probably meant, and false where none is near: the letters to
// insert, delete, replace or swap must be few for the length of the name. Upper and lower case, and blanks, hyphens and
// underscores, count as equal. Of equally near candidates the first wins.
func Nearest(name string, candidates []string) (string, bool) {
	typed := plain(name)
	if len(typed) == 0 || len(typed) > longest {
		return "", false
	}
	best, found := 0, ""
	for _, candidate := range candidates {
		if candidate == name || utf8.RuneCountInString(candidate) > longest {
			continue
		}
		meant := plain(candidate)
		far := distance(typed, meant)
		if far > allowed(max(len(typed), len(meant))) || far >= min(len(typed), len(meant)) {
			continue
		}
		if found == "" || far < best {
			best, found = far, candidate
		}
	}
	return found, found != ""
}

// allowed is the number of slips that a name of so many characters may carry: one in three, at most three.
func allowed(length int) int { return min(max(length/3, 1), 3) }

// plain takes away what people vary without meaning anything by it.
func plain(name string) []rune {
	replaced := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
	return []rune(replaced)
}

// distance is the optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
func distance(a, b []rune) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
