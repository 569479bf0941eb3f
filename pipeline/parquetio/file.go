package parquetio

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/transforms/match"
)

// File is a Parquet file whose footer has been read and found sound. It holds no reader and may be used by many
// goroutines at once.
type File struct {
	name    string
	size    int64
	limits  Limits
	foot    *footer
	digest  string
	length  int64 // of the footer
	columns []Column
	arrowSide
}

// Column is a top-level column.
type Column struct {
	Name     string
	Type     match.Type
	Arrow    arrow.DataType // for the unit of timestamps, the scale of decimals; INT96 is a timestamp in nanoseconds, UTC
	Leaf     int            // index among the file's leaves; -1: nested, for Records only
	Nullable bool           // it may hold nulls
	IsMap    bool           // MAP of text to text
}

// Open reads the footer of the file that r holds and checks all it says. Name is for messages only. Every error is an
// *Error; one that a storage caused wraps the storage's error.
func Open(name string, r io.ReaderAt, size int64, limits Limits) (file *File, err error) {
	limits = limits.withDefaults()
	at := &Error{File: name, RowGroup: -1, Row: -1}
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, at.with(broken("the footer cannot be decoded: %v", p))
		}
	}()
	b, err := readFooter(r, size, limits)
	if err != nil {
		return nil, at.with(err)
	}
	foot, bad := parseFooter(b, limits)
	if bad == nil {
		bad = foot.preflight(size, size-tailLength-int64(len(b)))
	}
	if bad != nil {
		bad.File = name
		return nil, bad
	}
	sum := sha256.Sum256(b)
	f := &File{name: name, size: size, limits: limits, foot: foot, digest: hex.EncodeToString(sum[:]), length: int64(len(b))}
	if err := f.openArrow(foot.withoutCuts(b)); err != nil {
		return nil, at.with(err)
	}
	return f, nil
}

// Name is the name given to Open.
func (f *File) Name() string { return f.name }

// Columns gives the top-level columns in the order of the file.
func (f *File) Columns() []Column { return f.columns }

// RowGroups is the number of row groups.
func (f *File) RowGroups() int { return len(f.foot.groups) }

// RowGroupRows is the number of rows of row group i, which may be 0.
func (f *File) RowGroupRows(i int) int64 { return f.foot.groups[i].rows }

// NumRows is the number of rows of the file.
func (f *File) NumRows() int64 { return f.foot.rows }

// ChunkRange gives the bytes of the file that hold a top-level column of a row group: all its leaves, and what lies between
// them. The length is 0 for a column without data, and never more than the file.
func (f *File) ChunkRange(rowGroup, column int) (offset, length int64) {
	t := f.foot.tops[column]
	end := int64(0)
	for _, k := range f.foot.groups[rowGroup].chunks[t.first : t.first+t.count] {
		if k.encrypted || k.elsewhere || k.values == 0 {
			continue
		}
		if start := k.start(); end == 0 || start < offset {
			offset = start
		}
		end = max(end, k.start()+k.compressed)
	}
	return offset, end - offset
}

// ArrowSchema gives the top-level columns as Arrow sees them. Records may give text columns as dictionaries instead.
func (f *File) ArrowSchema() *arrow.Schema { return f.schema }

// Footer is the hex SHA-256 of the footer's bytes. Two versions of a file that differ in any value very nearly always
// differ in it, since it holds sizes, offsets and statistics.
func (f *File) Footer() string { return f.digest }

// Metadata gives what the writer noted in the footer under a key, "" where it noted nothing, or more than 256 bytes.
func (f *File) Metadata(key string) string { return f.foot.notes[key] }

// FooterBytes is how many bytes Open has read: the footer, its length, and the magic numbers at both ends.
func (f *File) FooterBytes() int64 { return int64(len(magic)) + f.length + tailLength }

// String describes the file on one line.
func (f *File) String() string {
	return fmt.Sprintf("%s: %d columns, %d row groups, %d rows", f.name, len(f.columns), len(f.foot.groups), f.foot.rows)
}
