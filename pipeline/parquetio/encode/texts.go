package encode

import (
	"encoding/binary"
	"fmt"
)

// textSource writes texts as PLAIN.
type textSource struct {
	plain
	t     target
	texts Texts
	rows  int
}

// openTexts chooses between a dictionary and PLAIN, by the values alone. Rows that ascend are ids, which hardly repeat.
func openTexts(t target, c Texts, s *scratch) (source, error) {
	rows := c.length()
	if err := t.checkValid(c.Valid, rows); err != nil {
		return nil, err
	}
	if err := checkOffsets(c.Offsets, len(c.Bytes)); err != nil {
		return nil, err
	}
	if t.physical == physicalFixed {
		for i := range rows {
			if n := int(c.Offsets[i+1] - c.Offsets[i]); n != t.width && (c.Valid == nil || c.Valid[i]) {
				return nil, fmt.Errorf("row %d has %d bytes, but %s takes %d", i, n, t.name, t.width)
			}
		}
	}
	src := &textSource{t: t, texts: c, rows: rows}
	if !t.ascending {
		if coded, err := src.hashedTexts(s); coded != nil || err != nil {
			return coded, err
		}
	}
	return src, nil
}

// checkOffsets fails where offsets do not ascend or reach beyond the size of what they point into.
func checkOffsets(offsets []uint32, size int) error {
	for i := 1; i < len(offsets); i++ {
		if offsets[i] < offsets[i-1] {
			return fmt.Errorf("the offsets of row %d go back from %d to %d", i-1, offsets[i-1], offsets[i])
		}
	}
	if n := len(offsets); n > 0 && int(offsets[n-1]) > size {
		return fmt.Errorf("the offsets reach %d, but there are only %d entries", offsets[n-1], size)
	}
	return nil
}

func (src *textSource) end(from, to int) int {
	for row, first := from+1, src.texts.Offsets[from]; row < to; row++ {
		if src.texts.Offsets[row]-first > maxPageBytes {
			return row
		}
	}
	return to
}

func (src *textSource) page(p *page, from, to int) error {
	var valid []bool
	if src.texts.Valid != nil {
		valid = src.texts.Valid[from:to]
		if p.masked(src.t, valid) {
			valid = nil
		}
	} else {
		p.allPresent(src.t, to-from)
	}
	offsets, prefixed := src.texts.Offsets[from:to+1], src.t.physical == physicalByteArray
	for i, low := range offsets[:to-from] {
		if valid != nil && !valid[i] {
			continue
		}
		text := src.texts.Bytes[low:offsets[i+1]]
		if prefixed {
			p.body = binary.LittleEndian.AppendUint32(p.body, uint32(len(text)))
		}
		p.body = append(p.body, text...)
		if !src.t.ascending {
			p.widen(src.t.leaf, bound{text: textOf(text)})
		}
	}
	if src.t.ascending && p.present > 0 {
		// Nulls stand last where rows ascend.
		p.widen(src.t.leaf, src.at(from))
		p.widen(src.t.leaf, src.at(from+p.present-1))
	}
	return nil
}

func (src *textSource) at(row int) bound {
	return bound{text: textOf(src.texts.Bytes[src.texts.Offsets[row]:src.texts.Offsets[row+1]])}
}

func (src *textSource) distinct() (int, func(add func(bound))) {
	return src.rows, func(add func(bound)) {
		for row := range src.rows {
			if src.texts.Valid == nil || src.texts.Valid[row] {
				add(src.at(row))
			}
		}
	}
}
