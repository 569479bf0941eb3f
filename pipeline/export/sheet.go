package export

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf16"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/xuri/excelize/v2"

	"leadscore/pipeline/published"
)

const (
	sheetName    = "Contacts"
	sheetRows    = 1 << 20 // of the format, the header among them
	sheetColumns = 1 << 14
	cellUnits    = 32767   // UTF-16 units of a text
	exactNumber  = 1 << 53 // numbers beyond it would lose digits
)

// sheetStart is the first day that all spreadsheets count alike.
var sheetStart = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)

// sheet writes a workbook with one sheet.
type sheet struct {
	w                     io.Writer
	book                  *excelize.File
	out                   *excelize.StreamWriter
	row                   int
	instant, date, header int // styles
}

func newSheet(w io.Writer, h Header) (s *sheet, err error) {
	if len(h.Names) > sheetColumns {
		return nil, fmt.Errorf("a sheet has %d columns at most", sheetColumns)
	}
	s = &sheet{w: w, book: excelize.NewFile(), row: 1}
	if err := s.book.SetSheetName("Sheet1", sheetName); err != nil {
		return nil, err
	}
	if s.out, err = s.book.NewStreamWriter(sheetName); err != nil {
		return nil, err
	}
	instant, date := "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"
	for _, style := range []struct {
		id *int
		is excelize.Style
	}{
		{&s.instant, excelize.Style{CustomNumFmt: &instant}}, {&s.date, excelize.Style{CustomNumFmt: &date}},
		{&s.header, excelize.Style{Font: &excelize.Font{Bold: true}}},
	} {
		if *style.id, err = s.book.NewStyle(&style.is); err != nil {
			return nil, err
		}
	}
	if err := s.out.SetColWidth(1, max(len(h.Names), 1), 20); err != nil {
		return nil, err
	}
	if err := s.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	cells := make([]any, len(h.Names))
	for i, name := range h.Names {
		cells[i] = excelize.Cell{StyleID: s.header, Value: name}
	}
	return s, s.out.SetRow("A1", cells)
}

// Write writes rows.
func (s *sheet) Write(columns []*published.Column, rows int) error {
	cells := make([]any, len(columns))
	for row := range rows {
		if s.row++; s.row > sheetRows {
			return fmt.Errorf("there are more than the %d rows that a sheet can hold; write csv, or fewer rows", sheetRows-1)
		}
		for i, c := range columns {
			cell, err := s.cell(c, row)
			if err != nil {
				return err
			}
			cells[i] = cell
		}
		if err := s.out.SetRow("A"+strconv.Itoa(s.row), cells); err != nil {
			return err
		}
	}
	return nil
}

func (s *sheet) cell(c *published.Column, row int) (any, error) {
	switch v := c.Cell(row).(type) {
	case nil, bool, float64:
		return v, nil
	case int64:
		if v > -exactNumber && v < exactNumber {
			return v, nil
		}
	case uint64:
		if v < exactNumber {
			return v, nil
		}
	case time.Time:
		if v.Before(sheetStart) || v.Year() > 9999 {
			break
		}
		if c.Type.ID() == arrow.DATE32 {
			return excelize.Cell{StyleID: s.date, Value: v}, nil
		}
		return excelize.Cell{StyleID: s.instant, Value: v}, nil
	case string:
		if n := len(utf16.Encode([]rune(v))); n > cellUnits {
			return nil, fmt.Errorf("column %q has a text of %d characters, more than the %d that a cell of a sheet can hold; write csv, or leave the column out", c.Name, n, cellUnits)
		}
	}
	return c.Text(row), nil
}

// Close writes the workbook.
func (s *sheet) Close() error {
	err := s.out.Flush()
	if err == nil {
		err = s.book.Write(s.w)
	}
	return errors.Join(err, s.abandon())
}

// abandon gives back the file that rows wait in for the workbook, which there is once they are many.
func (s *sheet) abandon() error { return s.book.Close() }
