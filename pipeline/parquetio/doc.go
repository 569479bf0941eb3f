// Package parquetio reads Parquet files that strangers wrote. It knows no storage: a file is an io.ReaderAt with a size
// and a name for messages.
//
//	          ┌ footer bytes ─ walk of the thrift, limits ─ preflight ─┐
//	Open ─────┤                                                       ├──▶ File (columns, row groups, chunk ranges)
//	          └ the same bytes, now trusted ─ arrow-go ─ Arrow schema ─┘
//
//	Pages     chunk ─ page header ─ decompress ─ levels ─ codes or values ──▶ visit(*Page)          the fast path
//	Indexes   page index ─ which pages can hold a value ─▶ Rows: only those pages, as Pages has them           lookups
//	Records   chunk ─ walk of the page headers ─ pqarrow, serial, guarded codecs ──▶ visit(batch)   any column type
//
// Pages hands a flat column over as the file holds it: a dictionary once, then one int32 code a value. What a caller
// does per distinct value it can so do per dictionary entry. Pages decodes with code of its own, because a library that
// trusts run lengths and sizes of a file can be made to take any amount of memory, and because every buffer is reused.
//
// Everything that a file says of itself is checked before it is used to size a buffer or to index one. A file that
// lies, is cut short or needs more than the Limits gives an *Error; so does a panic in a library, caught in the
// goroutine that called.
package parquetio
