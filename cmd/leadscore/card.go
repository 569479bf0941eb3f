package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"leadscore/jobs"
	"leadscore/transforms/reach"
)

// showCard writes a contact's card for people.
func (u *ui) showCard(w io.Writer, c *jobs.Card) {
	fmt.Fprintf(w, "Contact %s as of %s, by the run of %s and the model %s.\n", visible(fmt.Sprint(c.ContactID)), minute(&c.AsOf), c.Date, visible(modelName(c.Model, c.ModelVersion)))
	u.showFields(w, c)
	fmt.Fprintf(w, "\n%s\n", strings.Join(standing(c), "\n"))
	u.showSets(w, c)
	u.showCurve(w, c)
	u.showLedger(w, c)
	u.showEvents(w, c)
	if text := forecast(c); text != "" {
		fmt.Fprintf(w, "\n%s\n", text)
	}
	showWays(w, c)
	if len(c.Notes) > 0 {
		fmt.Fprintln(w, "\nNot to be had from this run:")
		for _, note := range c.Notes {
			fmt.Fprintf(w, "  %s\n", note)
		}
	}
	fmt.Fprintf(w, "\nRead %s of the %s that the run has published.\n", bytesText(c.Cost.Bytes), bytesText(c.Cost.Of))
}

func modelName(name, version string) string {
	if version == "" {
		return name
	}
	return name + " " + version
}

// minute writes an instant for people, in UTC.
func minute(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// day writes the day of an instant, in UTC.
func day(t *time.Time) string {
	text, _, _ := strings.Cut(minute(t), " ")
	return text
}

// wideLedger is the width from which on the breakdown has room for minutes.
const wideLedger = 130

func (u *ui) showFields(w io.Writer, c *jobs.Card) {
	if len(c.Fields) == 0 {
		return
	}
	longest := 0
	for _, f := range c.Fields {
		longest = max(longest, len([]rune(f.Name)))
	}
	fmt.Fprintln(w)
	for _, f := range c.Fields {
		if f.Value != "" {
			fmt.Fprintf(w, "  %-*s  %s\n", longest, visible(f.Name), visible(strings.ReplaceAll(f.Value, "\n", " ")))
		}
	}
}

// standing says in sentences where the contact stands: its score and whether it is a lead.
func standing(c *jobs.Card) []string {
	if c.Gone {
		return append([]string{"It is no longer among the contacts."}, life(c)...)
	}
	if c.Score == nil {
		return []string{"The run has published no score of it."}
	}
	line := fmt.Sprintf("Score %d", *c.Score)
	if c.Threshold != nil {
		line += fmt.Sprintf(", where %d make a marketing qualified lead", *c.Threshold)
		if c.UntilBelow != nil {
			line += fmt.Sprintf(" and less than %d end it", *c.UntilBelow)
		}
	}
	if c.Band != "" {
		line += "; band " + visible(c.Band)
	}
	if c.Grade != "" {
		line += "; grade " + visible(c.Grade)
	}
	if c.Explicit != nil && c.Implicit != nil {
		line += fmt.Sprintf("; points for who it is: %d, for what it does: %d", *c.Explicit, *c.Implicit)
	}
	lines := []string{line + "."}
	if c.IsMQL != nil && *c.IsMQL {
		line = "It is a marketing qualified lead"
		if c.Status != "" {
			line += " (" + visible(c.Status) + ")"
		}
		if c.MQLSince != nil {
			line += " since " + minute(c.MQLSince)
		} else {
			line += ", and always has been"
		}
		if c.MQLExpires != nil {
			line += ", until " + minute(c.MQLExpires) + " if it does nothing more"
		}
		lines = append(lines, line+".")
	} else if c.IsMQL != nil {
		line = "It is no marketing qualified lead."
		if c.Threshold != nil && *c.Score >= *c.Threshold {
			line = "It is no marketing qualified lead: it was one, and is none again for " + coolDown(c.AgainAfter) + " after that."
		}
		lines = append(lines, line)
	}
	if c.Suppressed != "" {
		lines = append(lines, "It is suppressed, and in no hand-off: "+visible(c.Suppressed)+".")
	}
	lines = append(lines, life(c)...)
	if c.LastEngagement != nil {
		lines = append(lines, "Its last engagement was at "+minute(c.LastEngagement)+".")
	}
	return lines
}

// coolDown writes a span of whole hours in words.
func coolDown(seconds int64) string {
	const hour, day = 60 * 60, 24 * 60 * 60
	if seconds%day != 0 {
		return counted64(seconds/hour, "hour")
	}
	return counted64(seconds/day, "day")
}

func (u *ui) showSets(w io.Writer, c *jobs.Card) {
	if len(c.Sets) == 0 {
		return
	}
	t := u.table("set", "score", "band", "MQL since", "until", "")
	if !u.outIsTerminal {
		t.Style().Size.WidthMax = 0
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
	for _, s := range c.Sets {
		remark, since := "", ""
		if !s.Active {
			remark = "inactive, no part of the score"
		}
		if s.IsMQL != nil && *s.IsMQL {
			if since = minute(s.MQLSince); since == "" {
				since = "always"
			}
		}
		t.AppendRow(table.Row{visible(s.Set), s.Score, visible(s.Band), since, minute(s.MQLExpires), remark})
	}
	showTable(w, t)
}

func (u *ui) showCurve(w io.Writer, c *jobs.Card) {
	width := min(70, u.width()-12)
	from, scores := c.Curve(width)
	if len(scores) == 0 {
		return
	}
	graph := asciigraph.Plot(scores, asciigraph.Height(8), asciigraph.Precision(0))
	fmt.Fprintf(w, "\nThe score from %s to %s:\n", from.Format(time.DateOnly), c.AsOf.Format(time.DateOnly))
	for line := range strings.Lines(graph) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
}

// lineName says what a line of the breakdown is.
func lineName(l jobs.LedgerLine) string {
	switch l.Kind {
	case "set_limit":
		return "(limit of the set)"
	case "score_limit":
		return "(limit of the score)"
	}
	return l.Rule
}

func (u *ui) showLedger(w io.Writer, c *jobs.Card) {
	if len(c.Breakdown) == 0 {
		return
	}
	t := u.table("points", "rule", "set", "since", "until", "then", "times", "last engagement")
	t.Style().Size.WidthMax = 0 // no column can be done without; a narrow terminal gets days in the place of minutes
	when := minute
	if u.outIsTerminal && u.width() < wideLedger {
		when = day
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 1, Align: text.AlignRight}, {Number: 6, Align: text.AlignRight}, {Number: 7, Align: text.AlignRight}})
	for _, l := range c.Breakdown {
		t.AppendRow(table.Row{fmt.Sprintf("%+d", l.Points), visible(lineName(l)), visible(l.Set), when(l.Since), when(l.Expires),
			number(l.After), occurrences(l), when(l.LastEngagement)})
	}
	showTable(w, t)
}

func number(n *int64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

// occurrences is empty for rules that are about no engagements.
func occurrences(l jobs.LedgerLine) string {
	if l.Occurrences == nil || *l.Occurrences == 0 {
		return ""
	}
	return grouped(*l.Occurrences)
}

// forecast says in a sentence what becomes of the score.
func forecast(c *jobs.Card) string {
	if c.ScoreIn7d == nil || c.ScoreIn30d == nil || c.ScoreIn90d == nil {
		return ""
	}
	text := fmt.Sprintf("If it does nothing more, the score is %d in 7 days, %d in 30 days and %d in 90 days", *c.ScoreIn7d, *c.ScoreIn30d, *c.ScoreIn90d)
	if c.NextChange == nil {
		return text + "; it never changes."
	}
	return text + "; it changes next at " + minute(c.NextChange) + "."
}

// missingText says how many points lack, and how the rules that follow relate to them; empty where none lack.
func missingText(c *jobs.Card) string {
	if c.Missing == nil || *c.Missing == 0 {
		return ""
	}
	text := fmt.Sprintf("%d points are missing for the threshold of %d.", *c.Missing, *c.Threshold)
	if *c.Missing == 1 {
		text = fmt.Sprintf("1 point is missing for the threshold of %d.", *c.Threshold)
	}
	switch {
	case c.Unreachable:
		return text + " All rules that it does not fulfil are not enough for them."
	case len(c.Ways) == 0:
		return text
	case len(c.Ways[0].Gains) == 1:
		return text + " Each of these rules would be enough alone:"
	}
	return text + " No rule is enough alone; these would be together:"
}

// gainText writes a rule and what it would give.
func gainText(g reach.Gain) string {
	text := fmt.Sprintf("%+d  %s (%s)", g.Points, visible(g.Rule), visible(g.Set))
	if g.Times > 1 {
		text += fmt.Sprintf(", %d times", g.Times)
	}
	return text
}

func showWays(w io.Writer, c *jobs.Card) {
	text := missingText(c)
	if text == "" {
		return
	}
	fmt.Fprintf(w, "\n%s\n", text)
	for _, way := range c.Ways {
		for _, g := range way.Gains {
			fmt.Fprintf(w, "  %s\n", gainText(g))
		}
	}
}
