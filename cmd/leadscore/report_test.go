package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReport publishes the demo base for 2026-11-01, for 2026-11-03 by a model that suppresses some, and for 2026-11-04 by one whose names would
// run as code where a page did not escape them, and looks at the reports of the last two.
func TestReport(t *testing.T) {
	if testing.Short() {
		t.Skip("scores the demo base three times")
	}
	demo := filepath.Join(t.TempDir(), "demo")
	do(t, "demo", demo, "--quiet")
	model, err := os.ReadFile(filepath.Join(demo, "model.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(model) + "suppress: [{reason: No newsletter, when: {not: {field: newsletter, equals: true}}}]\n"
	text = strings.Replace(text, "Plans for a living, points: 15", "Plans for a living, points: 18", 1) // so that the model moves scores too
	barred := filepath.Join(demo, "barred.yaml")
	if err := os.WriteFile(barred, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	do(t, "score", filepath.Join(demo, "job.yaml"), "--model", barred, "--as-of", "2026-11-03", "--quiet")
	text = strings.Replace(text, "points: 18", "points: 11", 1)
	for _, name := range hostileNames {
		if !strings.Contains(text, name.plain) {
			t.Fatalf("the demo has no %s", name.plain)
		}
		text = strings.ReplaceAll(text, name.plain, name.hostile)
	}
	hostile := filepath.Join(demo, "hostile.yaml")
	if err := os.WriteFile(hostile, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	do(t, "score", filepath.Join(demo, "job.yaml"), "--model", hostile, "--as-of", "2026-11-04", "--quiet")
	out := filepath.Join(demo, "published")
	plain, evil := filepath.Join(demo, "plain.html"), filepath.Join(demo, "evil.html")
	do(t, "report", out, "--date", "2026-11-03", "--html", plain)
	do(t, "report", out, "--html", evil)
	card := filepath.Join(demo, "card.html")
	do(t, "contact", "105614", "--out", out, "--html", card)

	t.Run("page", func(t *testing.T) { holdPage(t, parsePage(t, plain)) })
	t.Run("hostile names", func(t *testing.T) {
		root := parsePage(t, evil)
		holdPage(t, root)
		for _, name := range []string{"<script>hacked=2</script>", `"><img src=x onerror="hacked=4">`, "' onmouseover='hacked=5' x='",
			"</desc></svg><svg onload=hacked=6>", "]]><iframe src=javascript:hacked=7>", "<script>hacked=8</script>"} {
			if !strings.Contains(root.text, name) {
				t.Errorf("the page does not show %q", name)
			}
		}
	})
	t.Run("terminal", func(t *testing.T) { holdTerminal(t, do(t, "report", out, "--date", "2026-11-03"), parsePage(t, plain)) })
	t.Run("browser", func(t *testing.T) { holdBrowser(t, plain, evil, card) })
}

// do runs the program, which must succeed, and gives what it said.
func do(t *testing.T, args ...string) string {
	t.Helper()
	output, code := call(args)
	if code != 0 {
		t.Fatalf("leadscore %s: exit code %d\n%s", strings.Join(args, " "), code, output)
	}
	return output
}

var hostileNames = []struct{ plain, hostile string }{
	{"name: Aurora Plan", `name: "</title><script>hacked=1</script>"`},
	{"cold: 0, warm: 25", `"<script>hacked=2</script>": 0, "warm</text><script>hacked=3</script>": 25`},
	{"rule: Visits add up", `rule: '"><img src=x onerror="hacked=4">'`},
	{"rule: Has a phone number", `rule: "' onmouseover='hacked=5' x='"`},
	{"rule: Shows real interest", `rule: "</desc></svg><svg onload=hacked=6>"`},
	{"reason: No newsletter", `reason: "<script>hacked=8</script>"`},
	{"set: Persona", `set: "{{.Report}} &lt;b&gt; ]]><iframe src=javascript:hacked=7>"`},
}

// element is a part of a page, as an XML parser sees it: the pages are well-formed but for the elements that have no end.
type element struct {
	name     string
	attr     map[string]string
	text     string // of it and all in it
	children []*element
}

// all gives the elements of a name within another.
func (e *element) all(name string) (found []*element) {
	for _, c := range e.children {
		if c.name == name {
			found = append(found, c)
		}
		found = append(found, c.all(name)...)
	}
	return found
}

func parsePage(t *testing.T, path string) *element {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &element{}
	open := []*element{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			last := open[len(open)-1]
			last.children = append(last.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(token)
			}
		}
	}
}

// holdPage holds a page to what it owes to whoever cannot see it, and to take no name of a model for markup.
func holdPage(t *testing.T, root *element) {
	t.Helper()
	ids := map[string]*element{}
	var walk func(e *element)
	walk = func(e *element) {
		if id := e.attr["id"]; id != "" {
			if ids[id] != nil {
				t.Errorf("two elements have the id %s", id)
			}
			ids[id] = e
		}
		for name, value := range e.attr {
			if strings.HasPrefix(name, "on") || name == "src" || name == "href" && !strings.HasPrefix(value, "#") && value != "data:," {
				t.Errorf("<%s> has %s=%q", e.name, name, value)
			}
		}
		for _, c := range e.children {
			walk(c)
		}
	}
	walk(root)
	for _, name := range []string{"script", "img", "iframe", "b>"} {
		if found := root.all(name); len(found) > 0 {
			t.Errorf("the page has <%s>: %q", name, found[0].text)
		}
	}
	charts := 0
	for _, s := range root.all("section") {
		if h := ids[s.attr["aria-labelledby"]]; h == nil || h.name != "h2" {
			t.Errorf("a section has no heading")
		}
		drawings := s.all("figure")
		if len(drawings) > 0 && len(s.all("table")) == 0 {
			t.Errorf("%q has charts and no table", s.all("h2")[0].text)
		}
		for _, f := range drawings {
			charts++
			svg := f.all("svg")[0]
			title, text, _ := strings.Cut(svg.attr["aria-labelledby"], " ")
			if svg.attr["role"] != "img" || ids[title] == nil || ids[title].name != "title" || ids[text] == nil || ids[text].name != "desc" || len(ids[text].text) < 40 {
				t.Errorf("the chart %q has no text in its place", title)
			}
		}
	}
	if charts != reportCharts {
		t.Errorf("%d charts, want %d", charts, reportCharts)
	}
	for _, table := range root.all("table") {
		header := len(table.all("thead")[0].all("th"))
		if len(table.all("caption")) != 1 || header == 0 || len(table.all("tbody")[0].all("tr")) == 0 {
			t.Errorf("a table without caption, header or rows: %q", table.text)
		}
		for _, row := range table.all("tbody")[0].all("tr") {
			if len(row.children) != header || row.children[0].attr["scope"] != "row" {
				t.Errorf("the row %q does not fit its header", row.text)
			}
		}
	}
	for _, link := range root.all("nav")[0].all("a") {
		if ids[strings.TrimPrefix(link.attr["href"], "#")] == nil {
			t.Errorf("%s leads nowhere", link.attr["href"])
		}
	}
}

// reportCharts is how many charts a report has where everything is published.
const reportCharts = 11

// holdTerminal holds the page and the terminal to show the same tables.
func holdTerminal(t *testing.T, shown string, page *element) {
	t.Helper()
	shown = strings.Join(strings.Fields(shown), " ")
	rows := 0
	for _, table := range page.all("table") {
		for _, row := range table.all("tr") {
			var cells []string
			for _, cell := range row.children {
				cells = append(cells, cell.text)
			}
			rows++
			if line := strings.Join(strings.Fields(strings.Join(cells, " ")), " "); !strings.Contains(shown, line) {
				t.Errorf("the terminal does not show %q", line)
			}
		}
	}
	if rows < 100 {
		t.Errorf("%d rows", rows)
	}
}
