package pipeline

import (
	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

// textStatics are the statics of one column of text.
type textStatics struct {
	column   int
	statics  []int
	matchers []*match.Matcher
	set      *match.Set
	pattern  []uint64
	masks    []uint64 // by dictionary entry: the statics that hold, in words
	mask     []uint64 // the same of one value
	missing  []uint64 // the same of a missing value
}

// textsOf gives the statics of a column of text.
func (w *contactWorker) textsOf(column int) *textStatics {
	for _, t := range w.texts {
		if t.column == column {
			return t
		}
	}
	t := &textStatics{column: column}
	w.texts = append(w.texts, t)
	return t
}

// readTexts works out the statics of a column of text.
func (w *contactWorker) readTexts(f *sourceFile, t task, c *textStatics) error {
	holds, words, known := w.holds, len(c.mask), false
	c.missing = append(c.missing[:0], c.maskOf(nil)...)
	return w.reader.Pages(f.file, f.reader, t.group, c.column, func(p *parquetio.Page) error {
		rows := holds[:p.Rows*words]
		holds = holds[p.Rows*words:]
		if p.Dict != nil && !known {
			known = true
			c.masks = grown(c.masks, p.Dict.Len()*words)
			for i := range p.Dict.Len() {
				copy(c.masks[i*words:], c.maskOf(p.Dict.Bytes(i)))
			}
		}
		if p.Dict != nil && words == 1 {
			addCodes(rows, p, c.masks, c.missing[0]) // a static is of one column, so that to add is to set its bit
			return nil
		}
		next := 0
		for i := range p.Rows {
			mask := c.missing
			if p.Valid == nil || p.Valid[i] == 1 {
				if p.Dict != nil {
					mask = c.masks[int(p.Codes[next])*words:][:words]
				} else {
					mask = c.maskOf(p.Values.At(next))
				}
				next++
			}
			for word, m := range mask {
				rows[i*words+word] |= m
			}
		}
		return nil
	})
}

// maskOf gives the statics that hold for a text. It is good until the next call.
func (c *textStatics) maskOf(value []byte) []uint64 {
	c.set.Text(value, c.pattern)
	clear(c.mask)
	for i, static := range c.statics {
		c.mask[static/64] |= c.pattern[i/64] >> (i % 64) & 1 << (static % 64)
	}
	return c.mask
}

// readIDs reads the keys of a row group's contact ids.
func (w *contactWorker) readIDs(f *sourceFile, t task) error {
	w.ids.reset()
	return w.reader.Pages(f.file, f.reader, t.group, f.columns["contact_id"], func(p *parquetio.Page) error {
		next := 0
		for i := range p.Rows {
			if p.Valid != nil && p.Valid[i] == 0 {
				w.ids.add(nil)
				continue
			}
			values, at := &p.Values, next
			if p.Dict != nil {
				values, at = &p.Dict.Values, int(p.Codes[next])
			}
			next++
			var key []byte
			key, w.integer = keyOfValue(values, at, w.integer)
			w.ids.add(key)
		}
		return nil
	})
}
