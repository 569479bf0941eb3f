package encode

import "fmt"

// boolSource writes truth values as PLAIN, a bit each.
type boolSource struct {
	wholePages
	plain
	t     target
	rows  int
	state func(row int) byte // 0 false, 1 true, 2 null
}

func openBools(t target, c Bools) (source, error) {
	if err := t.checkValid(c.Valid, len(c.Values)); err != nil {
		return nil, err
	}
	return &boolSource{t: t, rows: len(c.Values), state: func(row int) byte {
		switch {
		case c.Valid != nil && !c.Valid[row]:
			return 2
		case c.Values[row]:
			return 1
		}
		return 0
	}}, nil
}

func openFlags(t target, c Flags) (source, error) {
	for i, v := range c.Values {
		if v > 2 {
			return nil, fmt.Errorf("row %d has flag %d; it is 0 for false, 1 for true, 2 for null", i, v)
		}
		if v == 2 && !t.nullable {
			return nil, t.nullError(i)
		}
	}
	return &boolSource{t: t, rows: len(c.Values), state: func(row int) byte { return c.Values[row] }}, nil
}

func (src *boolSource) page(p *page, from, to int) error {
	rows := to - from
	mask := sized(p.s.mask, (rows+7)/8)
	bits := sized(p.s.bits, (rows+7)/8)
	p.s.mask, p.s.bits = mask, bits
	clear(mask)
	clear(bits)
	n, set := 0, 0
	for i := range rows {
		state := src.state(from + i)
		if state == 2 {
			continue
		}
		mask[i>>3] |= 1 << (i & 7)
		bits[n>>3] |= state << (n & 7)
		set += int(state)
		n++
	}
	if n == rows {
		p.allPresent(src.t, rows)
	} else {
		p.entries, p.present = rows, n
		p.body = appendMask(p.body, mask, rows)
	}
	p.body = append(p.body, bits[:(n+7)/8]...)
	if n > 0 {
		p.bounded = true
		if set == n {
			p.low.number = 1
		}
		if set > 0 {
			p.high.number = 1
		}
	}
	return nil
}

func (src *boolSource) distinct() (int, func(add func(bound))) {
	return 0, func(func(bound)) {}
}
