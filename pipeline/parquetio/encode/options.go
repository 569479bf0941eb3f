package encode

// Codec says how hard pages are compressed; all of it is zstd.
type Codec uint8

// The codecs. The package comment has what they take and give.
const (
	ZstdFast    Codec = iota // the fastest search for repetitions, and entropy coding of all pages
	ZstdFastest              // the same, but pages without repetitions stay as they are
	ZstdDefault
	ZstdBetter
)

// Options are what a table's file has beside its columns.
type Options struct {
	Codec        Codec
	RowGroupRows int         // the most rows that one Write may bring; 0: no limit but that of the format
	PageRows     int         // rows a page, a multiple of 8; 0: 8,192. The same in all columns
	SortedBy     int         // the column by which the rows of each row group ascend, written as such and checked; -1: none
	Bloom        int         // the column that gets a bloom filter; -1: none
	Metadata     [][2]string // key and value pairs of the footer, in this order
	CreatedBy    string      // "leadscore version 1.2.3 (build abc)": readers parse this form; empty: without numbers
}

// Footer is what a finished file holds. Ascending tells whether the rows ascend by the SortedBy column over the whole file
// and not only within each row group; true for a file of at most one row group.
type Footer struct {
	Rows      int64
	Bytes     int64
	Ascending bool
}
