package main

import (
	_ "embed"
	"html/template"
	"time"
)

//go:embed page.html
var pageParts string

// newPage gives a page that is whole in itself: no script, nothing from elsewhere, and every text of the data escaped.
func newPage(name, body string, more template.FuncMap) *template.Template {
	parts := template.New("parts").Funcs(template.FuncMap{
		"minute": func(t time.Time) string { return minute(&t) }, "minutes": minute,
	}).Funcs(more)
	template.Must(parts.Parse(pageParts))
	return template.Must(parts.New(name).Parse(body))
}
