package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/storage"
	"leadscore/transforms/match"
)

// Which kinds of engagements the data has, and the rules for them.

// kind is what an engagement is, in the words of the model. What the data does not tell is empty.
type kind struct{ channel, action string }

// mostKindRules is how many kinds of engagements get a rule where the usual rules fit none.
const mostKindRules = 8

// kindPoints is what each of those rules is worth: nobody but the reader can tell one from the other.
const kindPoints = 5

// guessKindsSeen counts the kinds of engagements in a sample, most frequent first.
func (g *guessed) guessKindsSeen(ctx context.Context) error {
	counts := make(map[kind]int64)
	columns := g.columns["engagements"]
	for _, f := range g.engagements.sampled() {
		channels, err := f.texts(ctx, columns["channel"])
		if err != nil {
			return fmt.Errorf("engagements: %w", err)
		}
		actions := channels
		if columns["action"] != columns["channel"] {
			if actions, err = f.texts(ctx, columns["action"]); err != nil {
				return fmt.Errorf("engagements: %w", err)
			}
		}
		for row := range max(len(channels), len(actions)) {
			k := kind{g.called("channel", channels, row), g.called("action", actions, row)}
			if columns["channel"] != "" && k.channel == "" || columns["action"] != "" && k.action == "" {
				continue // the row does not tell
			}
			if _, known := counts[k]; known || len(counts) < mostSeen {
				counts[k]++
			}
		}
	}
	if columns["channel"] == "" && columns["action"] == "" && g.engagements.rows > 0 {
		counts[kind{g.called("channel", nil, 0), g.called("action", nil, 0)}]++
	}
	g.kinds = slices.SortedFunc(maps.Keys(counts), func(a, b kind) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.channel, b.channel), cmp.Compare(a.action, b.action))
	})
	return nil
}

// called gives what a run with the job as it is written will call the value of a row; empty where there is none worth a name.
func (g *guessed) called(ours string, values []string, row int) string {
	if g.columns["engagements"][ours] == "" {
		if value := g.constants[ours]; value != unknownKind {
			return value
		}
		return ""
	}
	if row >= len(values) || len(values[row]) >= longestSeen || !utf8.ValidString(values[row]) {
		return ""
	}
	plain := match.NormalizeString(values[row], false)
	for _, pair := range g.values[ours] {
		if match.NormalizeString(pair[0], false) == plain {
			return pair[1]
		}
	}
	return plain
}

// usual tells whether the data has engagements that one of the usual rules is about, or none at all.
func (g *guessed) usual() bool {
	if len(g.kinds) == 0 {
		return true
	}
	return g.columns["engagements"]["channel"] != "" && slices.ContainsFunc(g.kinds, func(k kind) bool {
		for _, r := range defaultEngagement {
			if k.channel == r.channel && k.action == r.action {
				return true
			}
		}
		return false
	})
}

// kindRules writes a rule for each of the most frequent kinds, and the usual rules as comments.
func (g *guessed) kindRules() *section {
	s := new(section)
	reason := "None of the engagements is of a kind that most models begin with."
	if g.columns["engagements"]["channel"] == "" {
		reason = "No column tells the channel, without which the rules that most models begin with find nothing."
	}
	s.WriteString("      # " + reason + "\n      # These are what the data has most of; give each the points that it is worth.\n")
	for _, k := range g.kinds[:min(len(g.kinds), mostKindRules)] {
		name, test := k.channel+": "+k.action, "{channel: "+yamlText(k.channel)+", action: "+yamlText(k.action)+"}"
		switch {
		case k == kind{}:
			name, test = "Did anything", "any"
		case k.channel == "":
			name, test = k.action, "{action: "+yamlText(k.action)+"}"
		case k.action == "":
			name, test = k.channel, "{channel: "+yamlText(k.channel)+"}"
		}
		s.rule(name, kindPoints, "{engagement: "+test+", within: 90d}")
	}
	s.WriteString("      # The usual rules. Where the data has such engagements under other names, say so under values: in job.yaml.\n")
	for _, r := range defaultEngagement {
		s.leave(r.rule, r.points, fmt.Sprintf("{%s: %s, within: 90d}", r.channel, r.action))
	}
	g.note("the usual rules are comments in the model, as they fit none of the engagements; in their place it has %s for what the data has most of", plural(s.rules, "rule"))
	return s
}

// texts reads the first values of a text column, one a row, empty for null; none where the file has no such column.
func (f lookedFile) texts(ctx context.Context, name string) ([]string, error) {
	at := slices.IndexFunc(f.file.Columns(), func(c parquetio.Column) bool { return c.Name == name && c.Leaf >= 0 && isText(c) })
	if at < 0 || name == "" {
		return nil, nil
	}
	var texts []string
	met := make(map[string]string) // so that a text that stands in many rows is held once
	err := f.read(ctx, func(r storage.Reader) error {
		return eachPage(ctx, parquetio.NewReader(), f.file, r, at, func(p *parquetio.Page, row int64) error {
			present := 0
			for i := range p.Rows {
				if p.Valid != nil && p.Valid[i] == 0 {
					texts = append(texts, "")
					continue
				}
				value := p.Values.At
				k := present
				if p.Dict != nil {
					value, k = p.Dict.Bytes, int(p.Codes[present])
				}
				present++
				bytes := value(k)
				bytes = bytes[:min(len(bytes), longestSeen)]
				text, known := met[string(bytes)]
				if !known {
					text = string(bytes)
					met[text] = text
				}
				texts = append(texts, text)
			}
			if row+int64(p.Rows) >= sampleRows {
				return errEnough
			}
			return nil
		})
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return texts, err
}
