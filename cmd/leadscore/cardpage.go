package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"leadscore/jobs"
)

//go:embed card.html
var cardPage string

var cardTemplate = newPage("card", cardPage, template.FuncMap{
	"number": number, "line": lineName, "times": occurrences, "gain": gainText, "cause": causeName,
	"eventsTitle": eventsTitle,
})

// renderPage writes a contact's card as a page.
func renderPage(w io.Writer, c *jobs.Card) error {
	fields := []jobs.NamedValue{}
	for _, f := range c.Fields {
		if f.Value != "" {
			fields = append(fields, f)
		}
	}
	return cardTemplate.Execute(w, map[string]any{
		"Card": c, "AsOf": c.AsOf, "Model": modelName(c.Model, c.ModelVersion), "Standing": standing(c), "Fields": fields, "Curve": drawCurve(c), "Turns": c.History,
		"Forecast": forecast(c), "Missing": missingText(c),
	})
}

// drawing is the curve of a score, with the coordinates of all that is drawn.
type drawing struct {
	Width, Height int
	Text          string // what a reader hears who cannot see it
	Lines, Days   []stroke
	Past, Later   string // points of the lines
}

// stroke is a line across the drawing with its label.
type stroke struct {
	Class                    string
	X, To, Y, LabelX, LabelY string
	Anchor, Label            string
}

const (
	drawWidth, drawHeight                    = 760, 260
	drawLeft, drawRight, drawTop, drawBottom = 46, 16, 16, 30
	farthest                                 = 90 * 24 * time.Hour // of the forecast
	drawnChanges                             = 400                 // of a score that changes more often only so many points are drawn
)

// drawCurve draws the score over time and what becomes of it; nil where the run does not tell.
func drawCurve(c *jobs.Card) *drawing {
	from, sampled := c.Curve(drawnChanges)
	if sampled == nil {
		return nil
	}
	to := c.AsOf
	type forecast struct {
		after time.Duration
		score *int64
	}
	later := []forecast{{7 * 24 * time.Hour, c.ScoreIn7d}, {30 * 24 * time.Hour, c.ScoreIn30d}, {farthest, c.ScoreIn90d}}
	if c.ScoreIn90d != nil {
		to = to.Add(farthest)
	}
	low, high := 0.0, 1.0
	widen := func(v float64) { low, high = min(low, v), max(high, v) }
	for _, v := range sampled {
		widen(v)
	}
	for _, f := range later {
		if f.score != nil {
			widen(float64(*f.score))
		}
	}
	if c.Threshold != nil {
		widen(float64(*c.Threshold))
	}
	x := func(t time.Time) float64 {
		return drawLeft + float64(t.Sub(from))/float64(to.Sub(from))*(drawWidth-drawLeft-drawRight)
	}
	y := func(v float64) float64 { return drawTop + (high-v)/(high-low)*(drawHeight-drawTop-drawBottom) }
	d := &drawing{Width: drawWidth, Height: drawHeight, Text: curveText(c, from)}
	across := func(v float64, class, label string) {
		d.Lines = append(d.Lines, stroke{Class: class, X: at(drawLeft), To: at(drawWidth - drawRight), Y: at(y(v)), LabelX: at(drawLeft - 6), LabelY: at(y(v) + 4), Anchor: "end", Label: label})
	}
	across(low, "grid", fmt.Sprint(int64(low)))
	across(high, "grid", fmt.Sprint(int64(high)))
	if c.Threshold != nil {
		v := float64(*c.Threshold)
		label := ""
		if v != low && v != high {
			label = fmt.Sprint(*c.Threshold)
		}
		across(v, "mark", label)
	}
	day := func(t time.Time, anchor, label string) {
		d.Days = append(d.Days, stroke{LabelX: at(x(t)), LabelY: at(drawHeight - 10), Anchor: anchor, Label: label})
	}
	day(from, "start", from.Format(time.DateOnly))
	day(c.AsOf, "middle", c.AsOf.Format(time.DateOnly))
	var past, next strings.Builder
	step := c.AsOf.Sub(from) / (drawnChanges - 1)
	for i, v := range sampled {
		t := from.Add(time.Duration(i) * step)
		if i > 0 && v != sampled[i-1] {
			fmt.Fprintf(&past, "%s,%s ", at(x(t)), at(y(sampled[i-1])))
		}
		if i == 0 || i == len(sampled)-1 || v != sampled[i-1] {
			fmt.Fprintf(&past, "%s,%s ", at(x(t)), at(y(v)))
		}
	}
	if c.ScoreIn90d != nil {
		day(to, "end", to.Format(time.DateOnly))
		fmt.Fprintf(&next, "%s,%s ", at(x(c.AsOf)), at(y(float64(*c.Score))))
		for _, f := range later {
			if f.score != nil {
				fmt.Fprintf(&next, "%s,%s ", at(x(c.AsOf.Add(f.after))), at(y(float64(*f.score))))
			}
		}
	}
	d.Past, d.Later = strings.TrimSpace(past.String()), strings.TrimSpace(next.String())
	return d
}

// at writes a coordinate.
func at(v float64) string { return fmt.Sprintf("%.1f", v) }

// curveText says what the curve shows.
func curveText(c *jobs.Card, from time.Time) string {
	text := fmt.Sprintf("From %s to %s the score changed %d times; it is %d now.", from.Format(time.DateOnly), c.AsOf.Format(time.DateOnly), len(c.History), *c.Score)
	if f := forecast(c); f != "" {
		text += " " + f
	}
	return text
}
