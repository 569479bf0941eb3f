package jobs

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"leadscore/transforms/match"
)

// The texts that init writes.

// defaultEngagement are the rules over engagements that most models begin with.
var defaultEngagement = []struct {
	rule            string
	points          int
	channel, action string
}{
	{"SMS link clicked", 5, "sms", "clicked"},
	{"Email link clicked", 5, "email", "clicked"},
	{"Landing page link clicked", 5, "landing_page", "clicked"},
	{"Form submitted", 15, "form", "submitted"},
	{"Landing page visited", 5, "landing_page", "visited"},
	{"Website visited", 10, "website", "visited"},
}

// fieldPoints is what each of the default persona rules is worth.
const fieldPoints = 2

// section is the rules of a set as they are written.
type section struct {
	strings.Builder
	rules, left int // written, and written as comments
	points      int // of those written
}

func (s *section) rule(name string, points int, when string) {
	fmt.Fprintf(s, "      - {rule: %s, points: %d, when: %s}\n", yamlText(name), points, when)
	s.rules++
	s.points += points
}

func (s *section) leave(name string, points int, when string) {
	fmt.Fprintf(s, "      # - {rule: %s, points: %d, when: %s}\n", name, points, when)
	s.left++
}

// model writes the model file, and counts its rules and those that are left as comments.
func (g *guessed) model() (text string, rules, left int) {
	engagement, persona := g.engagementRules(), g.personaRules()
	mql := min(30, (engagement.points+persona.points)/2) // somebody has to be able to reach it
	none := ""
	if persona.rules == 0 {
		none = " []                 # take the [] away when there is a rule"
	}
	return fmt.Sprintf(`# What counts, and how much: everything that marketing decides. A rule is a test and the points it is worth.
# Change what you like, then:  leadscore check model.yaml --job job.yaml
name: My model
version: "1"                  # free text, carried to every output
time_zone: UTC                # of dates without a zone; a name such as Europe/Stockholm
score:
  mql: %-2d                     # from this score on a contact is a marketing qualified lead
  bands: {cold: 0, warm: %d, hot: %d}
  # range: {min: 0, max: 100} # the score never leaves it

sets:
  - set: Engagement           # what contacts did
    rules:
%s      # Most models take points away as well:
      # - {rule: Has gone silent, points: -10, when: {not: {engagement: any, within: 90d}}}

  - set: Persona              # who contacts are
    rules:%s
%s`, mql, mql/2, mql, engagement.String(), none, persona.String()), engagement.rules + persona.rules, engagement.left + persona.left
}

// engagementRules writes the rules over engagements: the usual ones where the data has such engagements.
func (g *guessed) engagementRules() *section {
	if !g.usual() {
		return g.kindRules()
	}
	s := new(section)
	for _, r := range defaultEngagement {
		s.rule(r.rule, r.points, fmt.Sprintf("{%s: %s, within: 90d}", r.channel, r.action))
	}
	if others := g.others["channel"]; len(others) > 0 {
		fmt.Fprintf(s, "      # Other channels in the data: %s. Such a rule reads\n", comment(strings.Join(others, ", ")))
		fmt.Fprintf(s, "      # - {rule: …, points: 5, when: {engagement: {channel: %s}, within: 90d}}\n", comment(yamlText(others[0])))
	}
	return s
}

// personaRules writes the rules over fields, and which columns none of them reads.
func (g *guessed) personaRules() *section {
	s := new(section)
	used := map[string]bool{g.columns["contacts"]["contact_id"]: true, g.columns["contacts"]["lists"]: true}
	for _, f := range personaFields {
		column := g.contacts.find(f.names, nil, isField)
		if column == "" {
			s.WriteString("      # The contacts have no column for this rule; name the right one if there is:\n")
			s.leave(f.rule, fieldPoints, "{field: "+f.names[0]+"}")
			continue
		}
		used[column] = true
		s.rule(f.rule, fieldPoints, "{field: "+yamlText(column)+"}")
	}
	var rest []string
	for _, c := range g.contacts.columns {
		if !used[c.Name] && isField(c) {
			rest = append(rest, yamlText(c.Name))
		}
	}
	if more := len(rest) - mostUnused; more > 0 {
		rest = append(rest[:mostUnused], fmt.Sprintf("and %d more", more))
	}
	if len(rest) > 0 {
		fmt.Fprintf(s, "      # No rule reads these columns of the contacts: %s\n", comment(strings.Join(rest, ", ")))
	}
	return s
}

// mostUnused is how many columns that no rule reads a comment lists.
const mostUnused = 40

// job writes the job file.
func (g *guessed) job(o InitOptions) string {
	var b strings.Builder
	b.WriteString("# Where the data lies, how it is read, and where the results go: everything that the data engineer decides.\n" +
		"# Paths are relative to this file. Run it:  leadscore score job.yaml\nmodel: model.yaml\n\ninputs:\n  contacts:\n")
	fmt.Fprintf(&b, "    path: %s\n", paths(o.Folder, o.Contacts))
	g.writeColumns(&b, "contacts")
	g.writeDuplicates(&b)
	if nothing := g.nothing(); len(nothing) > 0 {
		fmt.Fprintf(&b, "    null_values: [%s]   # seen in the data\n", strings.Join(nothing, ", "))
	}
	fmt.Fprintf(&b, "  engagements:\n    path: %s\n", paths(o.Folder, o.Engagements))
	g.writeColumns(&b, "engagements")
	g.writeValues(&b)
	b.WriteString("    # time_zone: Europe/Stockholm      # of times without a zone; by default the model's\n")
	if g.lists != nil {
		fmt.Fprintf(&b, "  lists:\n    path: %s\n", paths(o.Folder, o.Lists))
		g.writeColumns(&b, "lists")
	}
	b.WriteString("\noutput:\n  path: published/\n  # tables: [" + strings.Join(g.tables(), ", ") + "]\n  history: " + DefaultHistory + "\n")
	if columns := g.mqlColumns(); len(columns) > 0 {
		fmt.Fprintf(&b, "  mql_columns: [%s]\n", strings.Join(columns, ", "))
	}
	g.writeLimits(&b)
	return b.String()
}

// writeLimits lets happen what happens in the data as it is and would stop the run, and proposes limits for the rest.
func (g *guessed) writeLimits(b *strings.Builder) {
	b.WriteString("\n# How often an input problem may happen before nothing is published: a number of rows, or a percentage.\n")
	const rest = "  engagements.unknown_contact: 30%\n#   engagements.null_id: 100\n"
	nulls, twice := g.ids != nil && g.ids.nulls > 0, g.ids != nil && g.ids.twice > 0 && g.updated == ""
	if !nulls && !twice {
		b.WriteString("# limits:\n# " + rest)
		return
	}
	b.WriteString("limits:\n")
	if nulls {
		fmt.Fprintf(b, "  contacts.null_id: %d                # as many as there are now\n", g.ids.nulls)
	}
	if twice {
		fmt.Fprintf(b, "  contacts.duplicate: %d              # as many as there are now; no column tells which row is the latest\n", g.ids.twice)
	}
	b.WriteString("# " + rest)
}

// writeColumns writes which of their columns is which of ours, where the names differ.
func (g *guessed) writeColumns(b *strings.Builder, table string) {
	columns := g.columns[table]
	var lines []string
	for _, c := range inputColumns[table] {
		if theirs := columns[c.name]; theirs != "" && theirs != c.name {
			lines = append(lines, fmt.Sprintf("      %s: %s\n", c.name, yamlText(theirs)))
		}
		if value, ok := g.constants[c.name]; ok && table == "engagements" {
			lines = append(lines, fmt.Sprintf("      %s: {value: %s}          # no column was found that tells it\n", c.name, yamlText(value)))
		}
	}
	if len(lines) > 0 {
		b.WriteString("    columns:                          # ours: theirs\n" + strings.Join(lines, ""))
	}
}

// writeDuplicates says what to do with contacts that stand twice: a need where some do, a proposal where none does.
func (g *guessed) writeDuplicates(b *strings.Builder) {
	twice := g.ids != nil && g.ids.twice > 0
	switch {
	case g.updated != "" && twice:
		fmt.Fprintf(b, "    duplicates: {keep: latest, by: %s}   # %s now\n", yamlText(g.updated), plural(int(g.ids.twice), "row"))
	case g.updated != "":
		fmt.Fprintf(b, "    # duplicates: {keep: latest, by: %s}   # none now; by default they stop the run\n", comment(yamlText(g.updated)))
	}
}

// writeValues says what their channels and actions are called.
func (g *guessed) writeValues(b *strings.Builder) {
	if len(g.values) == 0 {
		return
	}
	b.WriteString("    values:                           # theirs: ours\n")
	for _, ours := range []string{"channel", "action"} {
		pairs := g.values[ours]
		if len(pairs) == 0 {
			continue
		}
		fmt.Fprintf(b, "      %s:\n", ours)
		for _, p := range pairs {
			fmt.Fprintf(b, "        %s: %s\n", yamlText(p[0]), yamlText(p[1]))
		}
		if others := g.others[ours]; len(others) > 0 {
			fmt.Fprintf(b, "        # as they are: %s\n", comment(strings.Join(others, ", ")))
		}
	}
}

// nothing gives the texts in the contacts that seem to say that nothing is known.
func (g *guessed) nothing() []string {
	found := make(map[string]string)
	for _, c := range g.contacts.columns {
		if c.Name == g.columns["contacts"]["contact_id"] {
			continue
		}
		for _, value := range g.contacts.values[c.Name].common() {
			if plain := match.NormalizeString(value, false); slices.Contains(nothingWords, plain) {
				if _, known := found[plain]; !known {
					found[plain] = yamlText(strings.TrimSpace(value))
				}
			}
		}
	}
	var texts []string
	for _, plain := range slices.Sorted(maps.Keys(found)) {
		texts = append(texts, found[plain])
	}
	return texts
}

// tables are those that are published where nobody says which.
func (g *guessed) tables() []string {
	return slices.DeleteFunc(slices.Clone(outputTables), func(table string) bool { return table == "contacts" }) // which no columns are named of
}

// mqlColumns proposes the contact columns that whoever calls a lead wants to see.
func (g *guessed) mqlColumns() []string {
	var columns []string
	taken := map[string]bool{g.columns["contacts"]["contact_id"]: true}
	for _, names := range [][]string{{"email", "email_address"}, personaFields[5].names, personaFields[0].names, personaFields[1].names, personaFields[3].names} {
		if c := g.contacts.find(names, taken, isField); c != "" && !slices.Contains(ownColumns("mql"), c) {
			if column, _ := g.contacts.column(c); column.Type.Kind != match.List {
				columns, taken[c] = append(columns, yamlText(c)), true
			}
		}
	}
	return columns
}

// paths writes one path or several as seen from the folder.
func paths(folder string, globs []string) string {
	texts := make([]string, len(globs))
	for i, glob := range globs {
		if !filepath.IsAbs(glob) && !strings.Contains(glob, "://") {
			if from, err := filepath.Rel(folder, glob); err == nil {
				glob = filepath.ToSlash(from)
			} else if absolute, err := filepath.Abs(glob); err == nil {
				glob = absolute // the folder is absolute, so the path must be
			}
		}
		texts[i] = yamlText(glob)
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

var (
	plainText = regexp.MustCompile(`^[\pL_][\pL\pN_./-]*( [\pL\pN_./-]+)*$`)
	wordTexts = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"}
)

// yamlText writes a text so that YAML reads it as that text, in a map, a list or alone.
func yamlText(s string) string {
	switch {
	case plainText.MatchString(s) && !slices.Contains(wordTexts, strings.ToLower(s)):
		return s
	case strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' || r == '\uFEFF' }) < 0:
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return strconv.QuoteToASCII(s)
}

// comment keeps a text from the data within the comment it stands in.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}
