// Package export writes rows that were read from a published run as files that other programs open.
//
//	columns, some rows at a time ──▶ Writer ──▶ csv, tsv   text, quoted by RFC 4180, safe to open in a spreadsheet
//	                                   ├──────▶ jsonl      one object a row
//	                                   ├──────▶ xlsx       one sheet, numbers and dates as such
//	                                   └──────▶ parquet    the types that the tables have
//
// A spreadsheet takes a text that begins with =, +, -, @, a tab or a carriage return for a formula, and a formula can send what
// it sees to anybody. Whoever fills in a web form can write such a name, so csv and tsv put an apostrophe before such texts
// unless they are to be left raw; xlsx marks texts as texts.
package export

import (
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/published"
)

// Formats are the names of all formats.
var Formats = []string{"csv", "tsv", "xlsx", "jsonl", "parquet"}

// Binary tells whether a format is no text, and so nothing for a terminal.
func Binary(format string) bool { return format == "xlsx" || format == "parquet" }

// Header describes the columns to be written.
type Header struct {
	Names []string
	Types []arrow.DataType
	Raw   bool // csv, tsv: leave texts that look like formulas as they are

	Spreadsheet bool // csv: with a byte order mark and semicolons, as the spreadsheets of countries with decimal commas open it

	Metadata [][2]string // parquet: keys and values for the footer
}

// Writer takes rows and writes them. Close ends the file; it never closes what is written to.
type Writer interface {
	Write(columns []*published.Column, rows int) error
	Close() error
}

// New starts a file of a format.
func New(format string, w io.Writer, h Header) (Writer, error) {
	for i, name := range h.Names {
		if slices.Contains(h.Names[:i], name) {
			return nil, fmt.Errorf("two columns are named %q", name)
		}
	}
	switch format {
	case "csv":
		if !h.Spreadsheet {
			return newDelimited(w, ',', h)
		}
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return nil, err
		}
		return newDelimited(w, ';', h)
	case "tsv":
		return newDelimited(w, '\t', h)
	case "jsonl":
		return newJSONLines(w, h), nil
	case "xlsx":
		return newSheet(w, h)
	case "parquet":
		return newParquet(w, h), nil
	}
	return nil, fmt.Errorf("there is no format %q", format)
}

// Abandon gives back what a Writer holds beside what it has written, when it is not to be closed. It may follow Close, and be repeated.
func Abandon(w Writer) error {
	if w, ok := w.(interface{ abandon() error }); ok {
		return w.abandon()
	}
	return nil
}
