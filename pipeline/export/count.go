package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// Fault is a file that is not what its format says.
type Fault struct{ Err error }

// Error says what is wrong with the file.
func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Count reads a file that a Writer of a format other than parquet wrote, and counts its rows, without the header's. *Fault where it cannot be read.
func Count(format string, r io.Reader) (rows int64, err error) {
	in := &source{r: r}
	switch format {
	case "csv":
		text := bufio.NewReader(in)
		mark, _ := text.Peek(len(byteOrderMark)) // what goes wrong will again
		if string(mark) == byteOrderMark {
			rows, err = countDelimited(text, ';')
		} else {
			rows, err = countDelimited(text, ',')
		}
	case "tsv":
		rows, err = countDelimited(in, '\t')
	case "jsonl":
		rows, err = countLines(in)
	case "xlsx":
		rows, err = countSheet(in)
	default:
		return 0, fmt.Errorf("rows of a file of format %q cannot be counted", format)
	}
	if in.failed != nil { // of the store, not of the file
		return 0, in.failed
	}
	if err != nil {
		return 0, &Fault{err}
	}
	return rows, nil
}

// source notes what goes wrong below a reader.
type source struct {
	r      io.Reader
	failed error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
}

func countDelimited(r io.Reader, comma rune) (rows int64, err error) {
	in := csv.NewReader(bufio.NewReaderSize(r, 64<<10))
	in.Comma, in.ReuseRecord = comma, true
	for rows = -1; ; rows++ {
		if _, err := in.Read(); errors.Is(err, io.EOF) {
			return max(rows, 0), nil
		} else if err != nil {
			return 0, err
		}
	}
}

func countLines(r io.Reader) (rows int64, err error) {
	in := json.NewDecoder(bufio.NewReaderSize(r, 64<<10))
	for {
		var row map[string]any
		if err := in.Decode(&row); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return 0, err
		}
		rows++
	}
}

func countSheet(r io.Reader) (n int64, err error) {
	book, err := excelize.OpenReader(r)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	rows, err := book.Rows(sheetName)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for n = -1; rows.Next(); n++ {
	}
	return max(n, 0), rows.Error()
}
