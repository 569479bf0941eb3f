package jobs

import (
	"path"
	"slices"
	"strings"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

// What the columns of the engagements seem to be.

const (
	mostKinds   = 200       // different values beyond which a column says which one, not of which kind
	mostListed  = 12        // values that a comment lists
	unknownKind = "unknown" // what a job says of every row when nothing is known
	enoughKnown = 0.3       // share of rows whose value must be known before one column is taken for channel and action both
)

// guessEngagements finds the time, the channel and the action, then what narrows them.
func (g *guessed) guessEngagements(paths []string) error {
	l, columns := g.engagements, g.columns["engagements"]
	taken := map[string]bool{columns["contact_id"]: true}
	columns["occurred_at"] = l.find(timeNames, taken, isTime)
	if columns["occurred_at"] == "" {
		for _, c := range l.columns { // a time by any name is better than none
			if columns["occurred_at"] == "" && isTime(c) && !taken[c.Name] {
				columns["occurred_at"] = c.Name
			}
		}
	}
	if columns["occurred_at"] == "" {
		return usagef("write the time as a timestamp or a date when you export", "no column of the engagements (%s) is a time", listed(l.theirs()))
	}
	taken[columns["occurred_at"]] = true
	g.guessKinds(taken, paths)

	text := func(ours string) {
		if c := l.find(otherNames[ours], taken, isText); c != "" {
			columns[ours], taken[c] = c, true
		}
	}
	text("url")
	if c := l.find(otherNames["event_id"], taken, func(c parquetio.Column) bool {
		return isText(c) || c.Type.Kind == match.Int || c.Type.Kind == match.Uint
	}); c != "" {
		columns["event_id"], taken[c] = c, true
	}
	if c := l.find(otherNames["answers"], taken, func(c parquetio.Column) bool { return c.IsMap }); c != "" {
		columns["answers"] = c
	} else if text("question"); columns["question"] != "" {
		text("answer")
	}
	text("asset")
	return nil
}

// guessKinds finds which columns tell the channel and the action. One column may tell both: "Email Click".
func (g *guessed) guessKinds(taken map[string]bool, paths []string) {
	l, columns := g.engagements, g.columns["engagements"]
	best := func(ours string, words map[string][]string, is func(map[string][]string, string) (string, bool), least float64) string {
		found, most := "", least
		for _, c := range l.candidates(append(slices.Clone(otherNames[ours]), otherNames["action"]...), isText) {
			if share := l.knownShare(c, is, words); !taken[c] && share > most {
				found, most = c, share
			}
		}
		return found
	}
	channel := best("channel", channelWords, meant, 0)
	if channel != "" {
		taken[channel] = true
	}
	action := best("action", actionWords, meant, 0)
	delete(taken, channel)
	combined := ""
	if channel == "" || action == "" {
		if c := best("channel", actionWords, meantWithin, enoughKnown); c != "" && l.knownShare(c, meantWithin, channelWords) > enoughKnown {
			combined = c
		}
	}
	few := func(c parquetio.Column) bool {
		s := l.values[c.Name]
		return isText(c) && s != nil && !s.many && len(s.counts) <= mostKinds
	}
	for _, kind := range []struct {
		ours, found string
		words       map[string][]string
		fallback    string
	}{{"channel", channel, channelWords, channelOf(g.engagements, paths)}, {"action", action, actionWords, unknownKind}} {
		is := meant
		if kind.found == "" && combined != "" {
			kind.found, is = combined, meantWithin
		}
		if kind.found == "" { // nothing it says is known, so only its name can tell
			kind.found = l.find(tellingNames[kind.ours], taken, few)
		}
		if kind.found == "" {
			g.constants[kind.ours] = kind.fallback
			g.note("no column of the engagements seems to be the %s; the job file says %q for every row, mend that by hand", kind.ours, kind.fallback)
			continue
		}
		columns[kind.ours], taken[kind.found] = kind.found, true
		g.translate(kind.ours, kind.words, is)
	}
}

// translate finds the values that the language knows under other names.
func (g *guessed) translate(ours string, words map[string][]string, is func(map[string][]string, string) (string, bool)) {
	seen := make(map[string]bool)
	for _, value := range g.engagements.values[g.columns["engagements"][ours]].common() {
		plain := match.NormalizeString(value, false)
		if plain == "" || seen[plain] || len(value) >= longestSeen {
			continue
		}
		seen[plain] = true
		switch name, ok := is(words, value); {
		case ok && plain != name && len(g.values[ours]) < mostKinds:
			g.values[ours] = append(g.values[ours], [2]string{strings.TrimSpace(value), name})
		case !ok && len(g.others[ours]) < mostListed:
			g.others[ours] = append(g.others[ours], strings.TrimSpace(value))
		}
	}
}

// channelOf guesses from file names what all engagements of a base without channels are.
func channelOf(l *looked, globs []string) string {
	names, found := slices.Clone(globs), ""
	for _, f := range l.files {
		names = append(names, path.Base(f.object.Address))
	}
	for _, name := range names {
		for _, word := range wordsOf(name) {
			if ours, ok := meant(channelWords, word); ok {
				if found != "" && found != ours {
					return unknownKind
				}
				found = ours
			}
		}
	}
	if found == "" {
		return unknownKind
	}
	return found
}
