package parquetio

// Limits bounds what a file may make its reader take. The zero value of a field means the default of DefaultLimits(1 GiB).
type Limits struct {
	MaxFooterBytes int64 // of the thrift footer
	MaxColumns     int   // leaves of the schema
	MaxPageBytes   int64 // of one page, compressed or not
	MaxValueBytes  int64 // of one text or binary value
	WindowBytes    int64 // how much of a column chunk is read at a time: a chunk up to this size takes one read
}

// DefaultLimits gives the limits for a process that may take memory bytes. At most about a third of it can be taken by one
// Reader on a hostile file, far less on a usual one: buffers grow to what pages need.
func DefaultLimits(memory int64) Limits {
	return Limits{
		MaxFooterBytes: clamp(memory/32, 1<<20, 64<<20),
		MaxColumns:     50_000,
		MaxPageBytes:   clamp(memory/8, 16<<20, 1<<30),
		MaxValueBytes:  clamp(memory/64, 1<<20, 64<<20),
		WindowBytes:    clamp(memory/16, 4<<20, 128<<20),
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits(1 << 30)
	if l.MaxFooterBytes <= 0 {
		l.MaxFooterBytes = d.MaxFooterBytes
	}
	if l.MaxColumns <= 0 {
		l.MaxColumns = d.MaxColumns
	}
	if l.MaxPageBytes <= 0 {
		l.MaxPageBytes = d.MaxPageBytes
	}
	// Offsets into a page are 32 bits wide.
	l.MaxPageBytes = min(l.MaxPageBytes, 1<<30)
	if l.MaxValueBytes <= 0 {
		l.MaxValueBytes = d.MaxValueBytes
	}
	if l.WindowBytes <= 0 {
		l.WindowBytes = d.WindowBytes
	}
	return l
}

func clamp(v, low, high int64) int64 { return max(low, min(v, high)) }

const (
	// maxRowGroupRows is what Arrow's 32-bit offsets can count.
	maxRowGroupRows = 1<<31 - 1
	// A file may declare this many rows, plus so many for each of its bytes. Runs make more possible, but then a small
	// file would keep a process busy for hours, and its rejected rows would fill the disk.
	maxRowsFree    = 1 << 24
	maxRowsPerByte = 1024
	// maxDepth bounds the nesting of the schema and of thrift structs.
	maxDepth = 48
	// maxHeaderBytes bounds a page header; statistics in it may carry long values.
	maxHeaderBytes = 16 << 20
	// batchRows is how many rows a Page has at most: its codes and levels stay in the processor's cache, and a run of
	// two billion values takes no memory.
	batchRows = 1 << 15
	// batchRowsShared is the same for DELTA_BYTE_ARRAY, where a few bytes can stand for many long values.
	batchRowsShared = 1 << 12
	// Values of DELTA_BYTE_ARRAY may amount to this many bytes a chunk, plus so many for each byte of the chunk.
	maxSharedFree    = 256 << 20
	maxSharedPerByte = 1024
	// maxDeltaBlock bounds the values of a block of DELTA_BINARY_PACKED. Writers have 128 to 2,048.
	maxDeltaBlock = 1 << 16
	// padding is how far bit unpacking may read beyond the end of its input.
	padding = 64
)
