package encode

import (
	"fmt"
	"math"
)

// constantSource writes one value for all rows: a dictionary of one entry and one run a page; truth values are bits.
type constantSource struct {
	wholePages
	t     target
	value bound
	null  bool
}

func openConstant(t target, c Constant, rows int) (source, error) {
	src := &constantSource{t: t}
	fits := false
	switch v := c.Value.(type) {
	case nil:
		src.null, fits = true, true
	case string:
		src.value.text, fits = v, t.kind == kindBytes && !t.list
		if fits && t.physical == physicalFixed && len(v) != t.width {
			return nil, fmt.Errorf("the constant has %d bytes, but %s takes %d", len(v), t.name, t.width)
		}
	case bool:
		fits = t.kind == kindBoolean
		if v {
			src.value.number = 1
		}
	case float64:
		src.value.float, fits = v, t.kind == kindFloat
		src.null = t.nullable && math.IsNaN(v)
	case int64:
		src.value.number, fits = t.stored(v), t.kind == kindInt
		if fits {
			if err := t.checkRange(v, v, false); err != nil {
				return nil, err
			}
		}
	case uint64:
		src.value.number, fits = int64(v), t.kind == kindInt && t.unsigned
		if fits {
			if err := t.checkRange(int64(v), int64(v), true); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case !fits:
		return nil, fmt.Errorf("a constant %v (%T) cannot become %s", c.Value, c.Value, t.name)
	case src.null && !t.nullable && rows > 0:
		return nil, t.nullError(0)
	}
	return src, nil
}

func (src *constantSource) dictionary() dictionary {
	if src.null || src.t.kind == kindBoolean {
		return dictionary{}
	}
	return dictionary{entries: 1, sorted: true, append: func(dst []byte) []byte {
		return src.t.appendPlain(dst, src.value)
	}}
}

func (src *constantSource) page(p *page, from, to int) error {
	rows := to - from
	if src.null {
		p.entries = rows
		width := uint(1)
		if src.t.list {
			p.body = appendSameLevels(p.body, 0, rows, 1) // each row starts a list
			width = src.t.definitionWidth()
		}
		p.body = appendSameLevels(p.body, 0, rows, width)
		return nil
	}
	p.allPresent(src.t, rows)
	if !math.IsNaN(src.value.float) {
		p.low, p.high, p.bounded = src.value, src.value, true
	}
	if src.t.kind != kindBoolean {
		p.body = appendRun(append(p.body, 1), 0, rows, 1)
		return nil
	}
	for left := rows; left > 0; left -= 8 {
		p.body = append(p.body, byte(-src.value.number)&(0xff>>max(0, 8-left)))
	}
	return nil
}

func (src *constantSource) distinct() (int, func(add func(bound))) {
	if src.null {
		return 0, func(func(bound)) {}
	}
	return 1, func(add func(bound)) { add(src.value) }
}
