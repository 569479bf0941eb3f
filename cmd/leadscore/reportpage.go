package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"unicode/utf8"

	"leadscore/jobs"
)

//go:embed report.html
var reportPage string

var reportTemplate = newPage("report", reportPage, template.FuncMap{
	"short": func(text string) bool { return utf8.RuneCountInString(text) <= unbroken },
})

// unbroken is how many characters the first cell of a row may have and still stand on one line of a phone.
const unbroken = 20

// keyFigure is one of the few numbers at the top.
type keyFigure struct{ Value, Name string }

// tallRows is how many rows a table may have before it scrolls in a frame of its own, on a screen.
const tallRows = 12

// Tall tells whether the table scrolls.
func (s sheet) Tall() bool { return len(s.Rows) > tallRows }

// Wide tells whether the table takes the whole width.
func (s sheet) Wide() bool { return s.wide || len(s.Header) > 6 }

// renderReport writes a report as a page.
func renderReport(w io.Writer, r *jobs.Report) error {
	return reportTemplate.Execute(w, map[string]any{
		"Report": r, "Model": modelName(r.Model, r.ModelVersion), "Chapters": chapters(r), "Figures": keyFigures(r),
	})
}

func keyFigures(r *jobs.Report) []keyFigure {
	var figures []keyFigure
	add := func(n *int64, name string) {
		if n != nil {
			figures = append(figures, keyFigure{grouped(*n), name})
		}
	}
	add(r.Contacts, "contacts")
	add(r.MQLs, "MQLs")
	if len(r.Dates) > 0 {
		last := r.Dates[len(r.Dates)-1]
		add(last.New, "new MQLs")
		add(last.Lapsed, "lapsed MQLs")
	}
	if r.Forecast != nil && len(r.Forecast.Ahead) > 0 {
		add(&r.Forecast.MQLs, "MQLs end in 30 days")
	}
	if r.Scores != nil {
		figures = append(figures, keyFigure{fmt.Sprintf("%.1f", r.Scores.Average), "average score"})
	}
	return figures
}
