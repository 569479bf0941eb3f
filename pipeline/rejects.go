package pipeline

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"
)

// reject is a row that was left out.
type reject struct {
	table  inputTable
	reason problem
	file   int32
	row    int64
	key    []byte // of the contact id; nil when it is null
}

// rejectedRow is a reject with its contact id as text, as it is written.
type rejectedRow struct {
	reject
	id string
}

// rejects keeps the rows that were left out, a stream a part of the rejects table: a contact's rejects stand in the part
// that its other rows stand in, those without a contact id in the first.
type rejects struct {
	sync.Mutex
	out    *appender // nil: the table is not asked for
	shared *rejects  // those that the runs of several instants have in common; nil: none
	layout layout
	row    []byte
}

func (r *rejects) add(x reject) error {
	if r.out == nil {
		return nil
	}
	r.Lock()
	defer r.Unlock()
	part := 0
	if x.key != nil {
		part = r.layout.part(r.layout.bucket(hashID(x.key)))
	}
	b := append(r.row[:0], byte(x.table), byte(x.reason), 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(x.file))
	b = binary.LittleEndian.AppendUint64(b, uint64(x.row))
	if x.key != nil {
		b[2] = 1
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(x.key)))
	b = append(b, x.key...)
	r.row = b
	return r.out.append(part, b)
}

// take gives the rejects of a part, ordered by contact id (null first), table, file and row. All buckets of the part must
// have been evaluated.
func (r *rejects) take(part int, kind idKind) ([]rejectedRow, error) {
	r.Lock()
	defer r.Unlock()
	if err := r.out.flushBucket(part); err != nil {
		return nil, err
	}
	if r.shared != nil {
		r.shared.Lock()
		defer r.shared.Unlock()
		if err := r.shared.out.flushBucket(part); err != nil {
			return nil, err
		}
	}
	var list []rejectedRow
	collect := func(block []byte) error {
		for len(block) > 0 {
			x := rejectedRow{reject: reject{table: inputTable(block[0]), reason: problem(block[1])}}
			x.file = int32(binary.LittleEndian.Uint32(block[3:]))
			x.row = int64(binary.LittleEndian.Uint64(block[7:]))
			n := binary.LittleEndian.Uint32(block[15:])
			if block[2] == 1 {
				x.key = block[19 : 19+n]
				x.id = showID(kind, x.key)
			}
			list = append(list, x)
			block = block[19+n:]
		}
		return nil
	}
	err := r.out.spool.take(part, nil, collect)
	if err == nil && r.shared != nil {
		err = r.shared.out.spool.visit(part, nil, collect)
	}
	slices.SortFunc(list, func(a, b rejectedRow) int {
		if (a.key == nil) != (b.key == nil) {
			if a.key == nil {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.table, b.table), cmp.Compare(a.file, b.file), cmp.Compare(a.row, b.row))
	})
	return list, err
}
