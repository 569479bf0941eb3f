// Package encode writes tables as Parquet: whole columns in, bytes out, the same bytes for the same columns.
//
//	columns ──open──▶ source ──page──▶ levels + values ──zstd──▶ header + page ──▶ destination
//	 (column.go)      (source.go)       (levels, hybrid, pack)      (chunk.go)         │
//	                      │                    │                                       ▼
//	              dictionary or PLAIN,    bounds, nulls ─────────▶ page indexes and footer, on Close
//	              by the values alone     (bound.go, stats.go)     (index.go, footer.go, schema.go)
//
// One Write is one row group, its columns one after the other; pages go out as they are made, so beside the columns themselves
// there is a page, a dictionary and at most four bytes a row in memory, in buffers that Writers lend each other.
//
// What is written is what all readers know: data pages of version 1; PLAIN, RLE and RLE_DICTIONARY; zstd. Each column has null
// counts and bounds, for the whole row group in the footer and for each page in the page index; the column that rows are
// sorted by is checked and declared, and one column can have a split-block bloom filter. Choices that are not obvious:
//
//   - A dictionary has only the values that occur, in ascending order. So the bytes do not depend on how the caller's dictionary
//     came to be, and the positions on a page give its bounds. Runs keep their order, which is ascending for ids.
//   - Whether a dictionary pays is computed from sizes; for texts and numbers without codes a sample is asked first (hash.go). So
//     numbers that become PLAIN are passed over once, page by page, while a page is in the processor's cache.
//   - Numbers can stay in pieces where they came to be (Pieces): pages are the first copy of them. Columns that are gathered before
//     take two more passes over memory, and 7 MB more for each thread.
//   - Pages of numbers are zstd frames of literals alone, all pages of a chunk under one Huffman code, where that is about as small
//     as what the library makes: a quarter less time (BenchmarkInstants), and half a hundredth more bytes in all (literals.go).
//   - Contact ids of a table with several rows a contact are runs: some bytes and nanoseconds a contact, not a row.
//   - Pages have 8,192 rows: a lookup of one contact reads two pages a column, the ids' dictionary and the bloom filter.
//   - The Thrift of headers and footer is written by hand: the structs that parquet-go has leave out an empty text as a bound
//     and cannot say that a bound is exact. Bounds of more than 256 bytes are cut, and said not to be exact.
//   - Seconds become microseconds here, so that the engine needs no second copy of its instants.
//
// Measured with a million breakdown rows of about ten a contact (BenchmarkBreakdown, BenchmarkParquetGo, BenchmarkArrow; what is
// needed to hand the columns over is included), as the processor's time on a machine of two cores that had much else to do:
//
//	                                 ns a row   bytes a row   allocations
//	ZstdFast (default)                    140          22.9   none a row
//	ZstdFastest                            95          26.9   none a row
//	ZstdDefault                           315          20.9   none a row
//	ZstdBetter                            450          20.8   none a row
//	parquet-go GenericWriter, fastest     930          26.1   4,500
//	arrow-go pqarrow, level 1            1220          21.9   3.5 a row
//
// Of these bytes four timestamps take 19: PLAIN is the one encoding for them that all readers know.
package encode
