package export

import (
	"encoding/csv"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/published"
)

const byteOrderMark = "\ufeff"

// delimited writes comma- or tab-separated values.
type delimited struct {
	w    io.Writer
	out  *csv.Writer
	raw  bool
	line []string
}

func newDelimited(w io.Writer, comma rune, h Header) (*delimited, error) {
	d := &delimited{w: w, out: csv.NewWriter(w), raw: h.Raw, line: make([]string, len(h.Names))}
	d.out.Comma, d.out.UseCRLF = comma, true // RFC 4180
	for i, name := range h.Names {
		d.line[i] = d.safe(name)
	}
	return d, d.out.Write(d.line)
}

// Write writes rows.
func (d *delimited) Write(columns []*published.Column, rows int) error {
	for row := range rows {
		for i, c := range columns {
			text := c.Text(row)
			if id := c.Type.ID(); id == arrow.STRING || id == arrow.LARGE_STRING {
				text = d.safe(text) // a number below 0 is no formula
			}
			d.line[i] = text
		}
		if err := d.writeLine(); err != nil {
			return err
		}
	}
	return nil
}

// writeLine writes a line. One empty text alone is quoted, as an empty line is no row to those who read it.
func (d *delimited) writeLine() error {
	if len(d.line) > 1 || d.line[0] != "" {
		return d.out.Write(d.line)
	}
	if err := d.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(d.w, "\"\"\r\n")
	return err
}

// Close writes what is left.
func (d *delimited) Close() error {
	d.out.Flush()
	return d.out.Error()
}

// safe keeps a spreadsheet from taking a text for a formula.
func (d *delimited) safe(text string) string {
	if d.raw || text == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(text[:min(len(text), 4)])[0]) {
		return text
	}
	return "'" + text
}
