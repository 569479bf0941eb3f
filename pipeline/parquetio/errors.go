package parquetio

import (
	"fmt"
	"strings"
)

// Error says what is wrong with a file, where, and what to do.
type Error struct {
	File     string // the name given to Open
	RowGroup int    // from 0; -1: unknown, or the file as a whole
	Column   string // dotted path; empty: unknown
	Row      int64  // row of the row group, from 0, at or after which it went wrong; -1: unknown
	What     string // one line, lower case, no full stop
	Fix      string // what to do; may be empty
	Err      error  // the cause, where there is one: for a failed read the storage's own error
}

// Error gives everything on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.RowGroup >= 0 {
		fmt.Fprintf(&b, ", row group %d", e.RowGroup)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %q", e.Column)
	}
	if e.Row >= 0 {
		fmt.Fprintf(&b, ", near row %d of the row group", e.Row)
	}
	b.WriteString(": ")
	b.WriteString(e.What)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Fix != "" {
		b.WriteString(" (")
		b.WriteString(e.Fix)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap gives the cause, so that a caller can tell a storage that failed from a file that is broken.
func (e *Error) Unwrap() error { return e.Err }

// reached notes how many rows were read before the error; that none were says nothing.
func (e *Error) reached(rows int64) {
	if rows > 0 {
		e.Row = rows
	}
}

// What a person can do about the usual troubles.
const (
	fixWriteAgain = "the file is damaged or its writer is at fault: write or upload it again"
	fixLimit      = "if the file is right, give the job more memory or write the file with smaller pages and row groups"
	fixNotParquet = "name only Parquet files in the input's path"
	fixEncrypted  = "write it without encryption; encrypted Parquet is not supported"
	fixCodec      = "write it with zstd, snappy, gzip, brotli, lz4_raw or no compression"
)

// fault is an error within a file, before it is known which file. It travels up to where an *Error can be made of it.
type fault struct {
	what, fix string
	err       error
}

func (f *fault) Error() string {
	if f.err != nil {
		return f.what + ": " + f.err.Error()
	}
	return f.what
}

func (f *fault) Unwrap() error { return f.err }

// broken is the fault of a file that contradicts itself.
func broken(format string, args ...any) error {
	return &fault{what: fmt.Sprintf(format, args...), fix: fixWriteAgain}
}

// tooBig is the fault of a file that needs more than the limits allow.
func tooBig(format string, args ...any) error {
	return &fault{what: fmt.Sprintf(format, args...), fix: fixLimit}
}

// unsupported is the fault of a file that is right but cannot be read.
func unsupported(fix, format string, args ...any) error {
	return &fault{what: fmt.Sprintf(format, args...), fix: fix}
}

// failedRead is the fault of a storage.
func failedRead(offset int64, length int, err error) error {
	return &fault{what: fmt.Sprintf("cannot read %d bytes at offset %d", length, offset), err: err}
}
