package pipeline

import "unsafe"

// shortRows are rows that wait to be looked up, whose ids pack into a word. Those of a bucket are looked up together, so that fetching
// its slots once serves many.
type shortRows struct {
	rows   []shortRow // 1 << bits a bucket
	bits   int
	filled []uint32 // how many of them are taken
}

type shortRow struct{ id, word uint64 }

const (
	shortRowBytes = 16
	mostShort     = 9 // bits of the number of rows: one for every fourth contact of a bucket
	leastShort    = 5
)

func (r *run) shortRows() shortRows {
	n, bits := r.layout.buckets(), rowBits(mostShort, leastShort, shortRowBytes, r.rowRoom())
	return shortRows{make([]shortRow, n<<bits), bits, make([]uint32, n)}
}

// add takes a row; full tells that the bucket has no room for another.
func (s *shortRows) add(bucket int, id, word uint64) (full bool) {
	n := s.filled[bucket]
	s.rows[bucket<<s.bits+int(n)] = shortRow{id, word}
	s.filled[bucket] = n + 1
	return n+1 == 1<<s.bits
}

// take gives the rows of a bucket, which are good until the next is added to it.
func (s *shortRows) take(bucket int) []shortRow {
	rows := s.rows[bucket<<s.bits:][:s.filled[bucket]]
	s.filled[bucket] = 0
	return rows
}

// worthWarming tells whether so many rows are enough to warm the slots for: one for every fourth cache line.
func worthWarming(rows int, slots []slot) bool { return rows >= len(slots)/16 }

// warm reads memory from end to end, which the processor fetches ahead of time: to meet its cache lines in the order of the
// rows, which cannot be foretold, took three times as long.
func warm[T any](values []T) (sum uint64) {
	var one T
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(one)))
	for i := 0; i < len(b); i += cacheLine {
		sum += uint64(b[i])
	}
	return sum
}

const cacheLine = 64
