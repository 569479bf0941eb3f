// Package encode writes whole columns as Parquet.
package encode

import (
	"errors"
	"io"
)

// Writer writes one Parquet file. One goroutine uses it at a time; any number of Writers work in parallel.
type Writer struct{}

// NewWriter gives a Writer of a table with these fields. Nothing is written before the first Write or Close; wrong fields or
// options come back as the error of those.
func NewWriter(dst io.Writer, fields []Field, o Options) *Writer { return &Writer{} }

// Write appends one row group: a column for each field, all of the same length. Without rows it writes nothing.
// After an error the file is unusable and every further call gives that error.
func (w *Writer) Write(columns []Column) error { return errors.New("not written yet") }

// Close writes the footer and never closes dst. Without a Write before it, the file is a table without rows.
func (w *Writer) Close() (Footer, error) { return Footer{}, errors.New("not written yet") }
