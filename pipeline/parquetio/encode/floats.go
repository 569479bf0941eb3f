package encode

import "math"

// floatSource writes floating-point numbers as PLAIN. NaN has no place among bounds.
type floatSource struct {
	wholePages
	plain
	t     target
	given Doubles
}

func openFloats(t target, c Doubles) (source, error) {
	if err := t.checkValid(c.Valid, len(c.Values)); err != nil {
		return nil, err
	}
	return &floatSource{t: t, given: c}, nil
}

// null tells whether the row has no value.
func (src *floatSource) null(row int) bool {
	if src.given.Valid != nil {
		return !src.given.Valid[row]
	}
	return src.t.nullable && math.IsNaN(src.given.Values[row])
}

func (src *floatSource) page(p *page, from, to int) error {
	if src.t.nullable {
		valid := sized(p.s.valid, to-from)
		p.s.valid = valid
		for i := range valid {
			valid[i] = !src.null(from + i)
		}
		p.masked(src.t, valid)
	} else {
		p.allPresent(src.t, to-from)
	}
	for row := from; row < to; row++ {
		if src.null(row) {
			continue
		}
		b := bound{float: src.given.Values[row]}
		p.body = src.t.appendBound(p.body, b)
		if !math.IsNaN(b.float) {
			p.widen(src.t.leaf, b)
		}
	}
	return nil
}

func (src *floatSource) distinct() (int, func(add func(bound))) {
	return len(src.given.Values), func(add func(bound)) {
		for row, v := range src.given.Values {
			if !src.null(row) {
				add(bound{float: v})
			}
		}
	}
}
