package encode

import "fmt"

// pieceMap is what all columns that are made of the same pieces share, so that a column in a thousand of them
// costs its rows and not the pieces twice over.
type pieceMap struct {
	pieces  []Piece
	reach   []uint32 // where the last piece of each column ends
	sampled []place  // rows spread evenly
}

// place is a row of a column.
type place struct{ column, row uint32 }

// of makes the map of the pieces, unless it is of them.
func (m *pieceMap) of(pieces []Piece, rows int) error {
	if len(m.pieces) == len(pieces) && len(pieces) > 0 && &m.pieces[0] == &pieces[0] {
		return nil
	}
	m.pieces, m.reach, m.sampled = nil, m.reach[:0], m.sampled[:0]
	step, next := sampleStep(rows), 0 // next row of the sample, as the piece counts
	for i, p := range pieces {
		if p.From > p.To {
			return fmt.Errorf("piece %d is from row %d to row %d", i, p.From, p.To)
		}
		for int(p.Column) >= len(m.reach) {
			m.reach = append(m.reach, 0)
		}
		m.reach[p.Column] = max(m.reach[p.Column], p.To)
		n := int(p.To - p.From)
		for ; next < n; next += step {
			m.sampled = append(m.sampled, place{p.Column, p.From + uint32(next)})
		}
		next -= n
	}
	m.pieces = pieces
	return nil
}

// check fails where pieces reach beyond the columns.
func (m *pieceMap) check(columns [][]int64) error {
	if len(m.reach) > len(columns) {
		return fmt.Errorf("there are pieces of column %d, but there are %d columns", len(m.reach)-1, len(columns))
	}
	for i, end := range m.reach {
		if int(end) > len(columns[i]) {
			return fmt.Errorf("pieces of column %d reach row %d, but it has %d", i, end, len(columns[i]))
		}
	}
	return nil
}
