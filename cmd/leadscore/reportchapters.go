package main

import (
	"fmt"
	"strings"

	"leadscore/jobs"
)

// chapter is a part of a report: a terminal shows its tables, a page the charts beside them. Both show the same figures, because they
// are the same.
type chapter struct {
	ID, Title string
	Texts     []string // sentences
	Charts    []*chart
	Tables    []sheet
	Warnings  []jobs.ModelWarning
	Notes     []string
}

// sheet is a table.
type sheet struct {
	Caption string
	Header  []head
	Rows    [][]string
	bars    []int64 // one a row, for terminals; nil: none
	wide    bool    // on a page it takes the whole width
}

type head struct {
	Name   string
	Number bool
}

func textHead(names ...string) (heads []head) {
	for _, name := range names {
		heads = append(heads, head{Name: name})
	}
	return heads
}

func numberHead(names ...string) (heads []head) {
	for _, name := range names {
		heads = append(heads, head{name, true})
	}
	return heads
}

// chapters gives the parts of a report that have something to say.
func chapters(r *jobs.Report) []chapter {
	var all []chapter
	for _, part := range []func(*jobs.Report) chapter{scoresChapter, bandsChapter, gridChapter, datesChapter, movesChapter, eventsChapter,
		suppressedChapter, rulesChapter, aheadChapter, inputsChapter, warningsChapter, notesChapter} {
		if s := part(r); len(s.Texts)+len(s.Tables)+len(s.Warnings)+len(s.Notes) > 0 {
			all = append(all, s)
		}
	}
	return all
}

func scoresChapter(r *jobs.Report) chapter {
	s := chapter{ID: "scores", Title: "Score distribution"}
	d := r.Scores
	if d == nil {
		return s
	}
	s.Texts = []string{fmt.Sprintf("The scores of %s go from %s to %s; the average is %.1f.", counted64(*r.Contacts, "contact"), grouped(d.Lowest), grouped(d.Highest), d.Average)}
	t := sheet{Caption: "Contacts by score", Header: append(textHead("score"), numberHead("contacts", "share")...)}
	var columns []column
	mark, markText, most := -1.0, "", d.Bins[0]
	for i, b := range d.Bins {
		name := grouped(b.From)
		if b.To > b.From {
			name += " to " + grouped(b.To)
		}
		class := "bar"
		if r.Threshold != nil {
			if b.From < *r.Threshold {
				class = "bar pale"
			}
			if b.From <= *r.Threshold && *r.Threshold <= b.To {
				mark, markText = float64(i)+float64(*r.Threshold-b.From)/float64(b.To-b.From+1), "MQL from "+grouped(*r.Threshold)
			}
		}
		if b.Contacts > most.Contacts {
			most = b
		}
		t.Rows = append(t.Rows, []string{name, grouped(b.Contacts), share(b.Contacts, *r.Contacts)})
		t.bars = append(t.bars, b.Contacts)
		columns = append(columns, column{grouped(b.From), name + ": " + grouped(b.Contacts), []columnPart{{class, b.Contacts}}, columnPart{}})
	}
	s.Tables = []sheet{t}
	text := fmt.Sprintf("%s Most contacts, %s, have a score of %s to %s.", s.Texts[0], grouped(most.Contacts), grouped(most.From), grouped(most.To))
	s.Charts = []*chart{columnsChart("scores", "Contacts by score", text, columns, mark, markText)}
	return s
}

// counted64 is counted with the number grouped.
func counted64(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return grouped(n) + " " + thing + "s"
}

func bandsChapter(r *jobs.Report) chapter {
	s := chapter{ID: "bands", Title: "Bands"}
	if len(r.Bands) == 0 {
		return s
	}
	t := sheet{Caption: "Contacts by band", Header: append(textHead("band"), numberHead("from", "contacts", "share", "in 30 days")...)}
	var lanes []lane
	var said []string
	for _, b := range r.Bands {
		t.Rows = append(t.Rows, []string{b.Band, groupedOr(b.Floor), grouped(b.Contacts), share(b.Contacts, *r.Contacts), groupedOr(b.In30d)})
		t.bars = append(t.bars, b.Contacts)
		lanes = append(lanes, lane{name: b.Band, value: b.Contacts, said: grouped(b.Contacts) + " · " + share(b.Contacts, *r.Contacts)})
		said = append(said, b.Band+" "+grouped(b.Contacts))
	}
	s.Tables = []sheet{t}
	s.Texts = []string{"In 30 days means: if nobody does anything more."}
	s.Charts = []*chart{lanesChart("bands", "Contacts by band", "Contacts in each band: "+strings.Join(said, ", ")+".", lanes)}
	return s
}

// groupedOr writes a number, or nothing where it is not known.
func groupedOr(n *int64) string {
	if n == nil {
		return ""
	}
	return grouped(*n)
}

func gridChapter(r *jobs.Report) chapter {
	s := chapter{ID: "grid", Title: "Fit and engagement"}
	g := r.Grid
	if g == nil {
		return s
	}
	t := sheet{Caption: "Contacts by grade: fit down, engagement across", Header: append(textHead("fit"), numberHead(g.Engagement...)...)}
	for i, fit := range g.Fit {
		row := []string{fit}
		for _, n := range g.Contacts[i] {
			row = append(row, grouped(n))
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = []sheet{t}
	best := g.Contacts[0][0]
	text := fmt.Sprintf("%s both fit best and are most engaged (%s), which is %s of all.", counted64(best, "contact"), g.Fit[0]+g.Engagement[0], share(best, *r.Contacts))
	s.Texts = []string{"A contact fits by the points of explicit rules, for who it is, and is engaged by those of implicit rules, for what it does. " + text}
	s.Charts = []*chart{gridChart("grid", "Fit and engagement", text, "fit", "engagement", g.Fit, g.Engagement, g.Contacts, *r.Contacts)}
	return s
}

func datesChapter(r *jobs.Report) chapter {
	s := chapter{ID: "dates", Title: "Marketing qualified leads over the dates"}
	if len(r.Dates) == 0 {
		return s
	}
	t := sheet{Caption: "MQLs of each published date, beside the published date before", Header: append(textHead("date"), numberHead("MQLs", "new", "returned", "retained", "lapsed")...)}
	var columns []column
	for _, d := range r.Dates {
		t.Rows = append(t.Rows, []string{d.Date, groupedOr(d.MQLs), groupedOr(d.New), groupedOr(d.Returned), groupedOr(d.Retained), groupedOr(d.Lapsed)})
		col := column{label: d.Date, tip: d.Date}
		switch {
		case d.New != nil:
			col.tip += ": " + datesText(d)
			col.up = []columnPart{{"bar pale", *d.Retained}, {"bar back", returnedOf(d)}, {"bar", *d.New}}
			col.down = columnPart{"bar minus", *d.Lapsed}
		case d.MQLs != nil:
			col.tip += ": " + grouped(*d.MQLs)
			col.up = []columnPart{{"bar pale", *d.MQLs}}
		}
		columns = append(columns, col)
	}
	s.Tables = []sheet{t}
	last := r.Dates[len(r.Dates)-1]
	text := "The only published date is " + last.Date + "."
	if len(r.Dates) > 1 {
		text = fmt.Sprintf("%s from %s to %s.", counted(len(r.Dates), "published date"), r.Dates[0].Date, last.Date)
	}
	if last.MQLs != nil {
		text += fmt.Sprintf(" On %s there are %s MQLs", last.Date, grouped(*last.MQLs))
		if last.New != nil {
			text += ": " + datesText(last)
		}
		text += "."
	}
	for _, p := range r.Suppressed {
		if p.MQLs > 0 {
			text += " Who is suppressed is not handed over: neither is it among them, and one that was lapses so."
			break
		}
	}
	s.Texts = []string{text}
	c := columnsChart("dates", "MQLs by published date", text, columns, -1, "")
	c.Keys = []chartKey{{"bar pale", "retained, or all of the first date"}, {"bar back", "returned"}, {"bar", "new"}, {"bar minus", "lapsed"}}
	s.Charts = []*chart{c}
	return s
}

func returnedOf(d jobs.DateReport) int64 {
	if d.Returned == nil {
		return 0
	}
	return *d.Returned
}

// datesText says who the MQLs of a date are.
func datesText(d jobs.DateReport) string {
	fresh := grouped(*d.New) + " new"
	if d.Returned != nil {
		fresh = grouped(*d.Returned) + " returned and " + fresh
	}
	return fmt.Sprintf("%s retained, %s, while %s lapsed", grouped(*d.Retained), fresh, grouped(*d.Lapsed))
}

func inputsChapter(r *jobs.Report) chapter {
	s := chapter{ID: "inputs", Title: "Quality of the data"}
	if len(r.Inputs) == 0 {
		return s
	}
	t := sheet{Caption: "Input rows with a problem", Header: append(textHead("input", "problem"), numberHead("rows", "share")...)}
	var read []string
	for _, in := range r.Inputs {
		read = append(read, grouped(in.Rows)+" of "+in.Input)
		for _, p := range in.Problems {
			t.Rows = append(t.Rows, []string{in.Input, strings.ReplaceAll(p.Problem, "_", " "), grouped(p.Rows), share(p.Rows, in.Rows)})
		}
	}
	s.Texts = []string{"The run read these rows: " + strings.Join(read, ", ") + "."}
	if len(t.Rows) == 0 {
		s.Texts = append(s.Texts, "None of them has a problem.")
		return s
	}
	s.Tables = []sheet{t}
	return s
}

func warningsChapter(r *jobs.Report) chapter {
	s := chapter{ID: "warnings", Title: "Warnings", Warnings: r.Warnings}
	if len(r.Warnings) == 0 {
		s.Texts = []string{"The model and the data gave no warning."}
	}
	return s
}

func notesChapter(r *jobs.Report) chapter {
	return chapter{ID: "notes", Title: "Not to be had from this run", Notes: r.Notes}
}
