package encode

import "fmt"

// Lists are written in the three levels of the format:
//
//	optional or required group name (LIST) { repeated group list { required binary element (STRING) } }
//
// An entry of a page is an element, an empty list or a null. Its repetition level is 0 where a row starts and 1 within;
// its definition level says how much is there: the element (highest), an empty list (one less), nothing (0, where the
// field is nullable).

// definitionWidth gives the bits of a list's definition levels.
func (t target) definitionWidth() uint {
	if t.nullable {
		return 2
	}
	return 1
}

// maxPageElements is where a page of lists ends even if it has fewer rows than others.
const maxPageElements = 1 << 18

// listSource writes lists of texts, always with a dictionary.
type listSource struct {
	t     target
	lists TextLists
	codes *codeSource[uint32] // of the elements
}

func openLists(t target, c TextLists, s *scratch) (source, error) {
	if err := t.checkValid(c.Valid, c.length()); err != nil {
		return nil, err
	}
	if err := checkOffsets(c.Offsets, len(c.Codes)); err != nil {
		return nil, err
	}
	var used []uint32
	if n := len(c.Offsets); n > 0 {
		used = c.Codes[c.Offsets[0]:c.Offsets[n-1]]
	}
	for i, code := range used {
		if int(code) >= len(c.Dictionary) {
			return nil, fmt.Errorf("element %d has code %d, but the dictionary has %d entries", i, code, len(c.Dictionary))
		}
	}
	texts := c.Dictionary
	if texts == nil {
		texts = []string{}
	}
	codes, err := newCodeSource(t, Codes[uint32]{Codes: used}, values{leaf: t.leaf, texts: texts}, len(texts), s)
	if err != nil {
		return nil, err
	}
	return &listSource{t: t, lists: c, codes: codes}, nil
}

func (src *listSource) dictionary() dictionary {
	if len(src.codes.order) == 0 {
		return dictionary{}
	}
	return src.codes.dictionary()
}

func (src *listSource) end(from, to int) int {
	for row, first := from+1, src.lists.Offsets[from]; row < to; row++ {
		if src.lists.Offsets[row]-first > maxPageElements {
			return row
		}
	}
	return to
}

func (src *listSource) page(p *page, from, to int) error {
	whole := uint32(1)
	if src.t.nullable {
		whole = 2
	}
	repetition, definition, indexes := p.s.more[:0], p.s.levels[:0], p.s.indexes[:0]
	for row := from; row < to; row++ {
		low, high := src.lists.Offsets[row], src.lists.Offsets[row+1]
		switch {
		case src.lists.Valid != nil && !src.lists.Valid[row]:
			repetition, definition = append(repetition, 0), append(definition, 0)
			continue
		case low == high:
			repetition, definition = append(repetition, 0), append(definition, whole-1)
			continue
		}
		for i, code := range src.lists.Codes[low:high] {
			repetition, definition = append(repetition, uint32(min(i, 1))), append(definition, whole)
			indexes = append(indexes, src.codes.table[code])
		}
	}
	p.s.more, p.s.levels, p.s.indexes = repetition, definition, indexes
	p.entries, p.present = len(definition), len(indexes)
	p.body = appendLevels(p.body, repetition, 1)
	p.body = appendLevels(p.body, definition, src.t.definitionWidth())
	for _, x := range indexes {
		p.widen(src.t.leaf, src.codes.given.at(int(src.codes.order[x])))
	}
	if entries := len(src.codes.order); entries > 0 {
		width := bitWidth(entries)
		p.body = appendHybrid(append(p.body, byte(width)), indexes, width)
	}
	return nil
}

func (src *listSource) distinct() (int, func(add func(bound))) { return src.codes.distinct() }
