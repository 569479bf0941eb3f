package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"leadscore/jobs"
)

// What a card tells from run to run.

// life says in sentences how often the contact was an MQL, and what moved its score since the run before.
func life(c *jobs.Card) (lines []string) {
	if c.FirstMQL != nil && c.TimesMQL != nil {
		line := "It became a marketing qualified lead at " + minute(c.FirstMQL)
		if *c.TimesMQL > 1 {
			line += fmt.Sprintf(" for the first time, and %s in all", counted64(*c.TimesMQL, "time"))
		}
		lines = append(lines, line+".")
	}
	if c.Change == nil {
		return lines
	}
	since := "Since the run of " + c.Change.Since
	switch {
	case c.Gone && c.Change.Previous != nil:
		since += fmt.Sprintf(" it is gone; its score was %d", *c.Change.Previous)
	case c.Gone:
	case c.Change.Previous == nil:
		since += " it is new"
	case c.Change.Change == 0:
		since += " its score has not changed"
	case c.Change.Change > 0:
		since += fmt.Sprintf(" its score rose by %d, from %d", c.Change.Change, *c.Change.Previous)
	default:
		since += fmt.Sprintf(" its score fell by %d, from %d", -c.Change.Change, *c.Change.Previous)
	}
	var causes []string
	for _, cause := range c.Change.Causes {
		causes = append(causes, causeName(cause.Cause)+" "+signed(cause.Points))
	}
	if len(causes) > 0 {
		since += ": " + strings.Join(causes, ", ")
	}
	if c.Gone && c.Change.Previous == nil { // it was gone before
		return lines
	}
	return append(lines, since+".")
}

// eventsTitle says of which dates the events are.
func eventsTitle(c *jobs.Card) string {
	n := len(c.EventDates)
	if n == 1 {
		return "When it became an MQL and lapsed, by the run of " + c.EventDates[0]
	}
	return fmt.Sprintf("When it became an MQL and lapsed, by the newest %d dates, %s to %s", n, c.EventDates[0], c.EventDates[n-1])
}

func (u *ui) showEvents(w io.Writer, c *jobs.Card) {
	if len(c.Events) == 0 {
		return
	}
	t := u.listing("at", "event", "by", "score", "times", "suppressed")
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 4, Align: text.AlignRight}, {Number: 5, Align: text.AlignRight}})
	for _, e := range c.Events {
		t.AppendRow(table.Row{minute(&e.At), visible(e.Event), visible(causeName(e.Cause)), number(e.Score), e.Times, visible(e.Suppressed)})
	}
	fmt.Fprintf(w, "\n%s:", eventsTitle(c))
	showTable(w, t)
}
