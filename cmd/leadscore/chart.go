package main

import (
	"fmt"
	"strings"
)

// The charts of a page are drawings of a size that fits a phone, with the coordinates of all that is drawn: no script draws them, so that
// they print, and a reader who cannot see them hears their Text.

// chart is one drawing.
type chart struct {
	ID, Title, Text string
	Width, Height   int
	Bars            []chartBar
	Lines           []chartLine
	Labels          []chartLabel
	Keys            []chartKey
}

// chartBar is a rectangle, with what a pointer that rests on it is shown.
type chartBar struct{ Class, X, Y, W, H, Strength, Tip string }

type chartLine struct{ Class, X, Y, ToX, ToY string }

type chartLabel struct{ Class, X, Y, Anchor, Text string }

// chartKey says what bars of a class are.
type chartKey struct{ Class, Text string }

const (
	chartWidth    = 400
	columnsHeight = 230
	columnsTop    = 26
	columnsBottom = 28
	chartMargin   = 6
	letterWidth   = 7.2 // of a label, about
)

// column is a bar of a chart of columns: parts stand on each other from the zero line up, and one below it.
type column struct {
	label, tip string
	up         []columnPart
	down       columnPart
}

type columnPart struct {
	class string
	value int64
}

// columnsChart draws columns from left to right. mark is a place between them to draw a line at, in columns; below 0: none.
func columnsChart(id, title, text string, columns []column, mark float64, markText string) *chart {
	c := &chart{ID: id, Title: title, Text: text, Width: chartWidth, Height: columnsHeight}
	up, down := int64(0), int64(0)
	for _, col := range columns {
		sum := int64(0)
		for _, p := range col.up {
			sum += p.value
		}
		up, down = max(up, sum), max(down, col.down.value)
	}
	up = roundUp(max(up, 1))
	if down > 0 {
		down = roundUp(down)
	}
	left := chartMargin + letterWidth*float64(max(len(grouped(up)), len(grouped(down)))) + 6
	right, bottom := float64(chartWidth-chartMargin), float64(columnsHeight-columnsBottom)
	y := func(v int64) float64 {
		return columnsTop + (bottom-columnsTop)*float64(up-v)/float64(up+down)
	}
	line := func(v int64) {
		c.Lines = append(c.Lines, chartLine{"grid", at(left), at(y(v)), at(right), at(y(v))})
		c.Labels = append(c.Labels, chartLabel{"", at(left - 6), at(y(v) + 4), "end", grouped(max(v, -v))})
	}
	line(0)
	line(up)
	if up%2 == 0 && down < up/2 {
		line(up / 2)
	}
	if down*8 > up {
		line(-down)
	}
	step := (right - left) / float64(max(len(columns), 1))
	width := min(step*0.82, 46)
	every := (len(columns) + 5) / 6
	for i, col := range columns {
		x := left + step*float64(i) + (step-width)/2
		base := int64(0)
		for _, p := range col.up {
			if p.value > 0 {
				c.Bars = append(c.Bars, chartBar{p.class, at(x), at(y(base + p.value)), at(width), at(max(y(base)-y(base+p.value), 1)), "1", col.tip})
			}
			base += p.value
		}
		if v := col.down.value; v > 0 {
			c.Bars = append(c.Bars, chartBar{col.down.class, at(x), at(y(0)), at(width), at(max(y(-v)-y(0), 1)), "1", col.tip})
		}
		if i%every == 0 {
			anchor, lx := "middle", x+width/2
			if half := letterWidth * float64(len(col.label)) / 2; lx-half < chartMargin {
				anchor, lx = "start", chartMargin
			} else if lx+half > right {
				anchor, lx = "end", right
			}
			c.Labels = append(c.Labels, chartLabel{"", at(lx), at(bottom + 18), anchor, col.label})
		}
	}
	if mark >= 0 {
		x := left + step*mark
		anchor, shift := "start", 5.0
		if x > chartWidth/2 {
			anchor, shift = "end", -5
		}
		c.Lines = append(c.Lines, chartLine{"mark", at(x), at(8), at(x), at(bottom)})
		c.Labels = append(c.Labels, chartLabel{"", at(x + shift), at(17), anchor, markText})
	}
	return c
}

// roundUp gives a round number that is not below v and at most a third more.
func roundUp(v int64) int64 {
	if v <= 10 {
		return v
	}
	unit := int64(1)
	for unit <= v/100 {
		unit *= 10
	}
	for _, step := range []int64{10, 12, 16, 20, 24, 30, 40, 50, 60, 80} {
		if step*unit >= v {
			return step * unit
		}
	}
	return 100 * unit
}

// lane is a bar of a chart that has them below each other, with its name above it.
type lane struct {
	name  string
	value int64
	said  string // the value as it is shown
	class string // empty: by the sign
}

const (
	laneHeight   = 40
	longestLabel = 44 // characters of a name that fit; the table beside the chart has all of it
)

// lanesChart draws bars from the left, or to both sides of a zero line where some are below it.
func lanesChart(id, title, text string, lanes []lane) *chart {
	c := &chart{ID: id, Title: title, Text: text, Width: chartWidth, Height: laneHeight*len(lanes) + 4}
	low, high := int64(0), int64(0)
	for _, l := range lanes {
		low, high = min(low, l.value), max(high, l.value)
	}
	span := float64(max(high-low, 1))
	x := func(v int64) float64 {
		return chartMargin + float64(v-low)/span*(chartWidth-2*chartMargin)
	}
	for i, l := range lanes {
		y := float64(laneHeight * i)
		from, to := x(min(l.value, 0)), x(max(l.value, 0))
		class := l.class
		if class == "" {
			if class = "bar"; l.value < 0 {
				class = "bar minus"
			}
		}
		c.Bars = append(c.Bars, chartBar{class, at(from), at(y + 21), at(max(to-from, 1)), at(10), "1", l.name + ": " + l.said})
		c.Labels = append(c.Labels,
			chartLabel{"name", chartMarginText, at(y + 15), "start", shortened(l.name, longestLabel-len(l.said))},
			chartLabel{"value", at(chartWidth - chartMargin), at(y + 15), "end", l.said})
	}
	for i := range lanes {
		if y := float64(laneHeight * i); low < 0 && high > 0 { // beside the bars, not through the names
			c.Lines = append(c.Lines, chartLine{"axis", at(x(0)), at(y + 18), at(x(0)), at(y + 34)})
		}
	}
	return c
}

var chartMarginText = at(chartMargin)

// shortened cuts a text down to so many characters.
func shortened(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > most {
		return strings.TrimSpace(string(letters[:most-1])) + "…"
	}
	return text
}

const (
	cellHeight = 52
	gridLeft   = 76
	gridTop    = 44
)

// gridChart draws counts as cells that are the stronger the more there are.
func gridChart(id, title, text, down, across string, rows, columns []string, counts [][]int64, total int64) *chart {
	c := &chart{ID: id, Title: title, Text: text, Width: chartWidth, Height: gridTop + cellHeight*len(rows) + chartMargin}
	most := int64(1)
	for _, row := range counts {
		for _, n := range row {
			most = max(most, n)
		}
	}
	width := float64(chartWidth-gridLeft-chartMargin) / float64(max(len(columns), 1))
	c.Labels = append(c.Labels, chartLabel{"", at(gridLeft + width*float64(len(columns))/2), "15", "middle", across + " →"},
		chartLabel{"", chartMarginText, at(gridTop - 8), "start", down + " ↓"})
	for i, name := range columns {
		c.Labels = append(c.Labels, chartLabel{"name", at(gridLeft + width*(float64(i)+0.5)), at(gridTop - 8), "middle", shortened(name, 8)})
	}
	for i, name := range rows {
		y := float64(gridTop + cellHeight*i)
		c.Labels = append(c.Labels, chartLabel{"name", chartMarginText, at(y + cellHeight/2 + 5), "start", shortened(name, 9)})
		for k, n := range counts[i] {
			x := gridLeft + width*float64(k)
			c.Bars = append(c.Bars, chartBar{"cell", at(x + 1.5), at(y + 1.5), at(width - 3), at(cellHeight - 3),
				fmt.Sprintf("%.2f", 0.04+0.46*float64(n)/float64(most)), name + columns[k] + ": " + grouped(n)})
			c.Labels = append(c.Labels, chartLabel{"name", at(x + width/2), at(y + 24), "middle", grouped(n)},
				chartLabel{"small", at(x + width/2), at(y + 40), "middle", share(n, total)})
		}
	}
	return c
}
