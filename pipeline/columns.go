package pipeline

import (
	"context"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

// columnReader adds the classes of one engagement column to the sums of the rows. It belongs to one goroutine.
type columnReader struct {
	*tested
	scan  *scan
	shift uint
	fits  func(class uint32) bool

	// For text: tests run together, on values that were not seen lately.
	set    *match.Set
	values map[string][]byte // folded value → value to read instead
	known  [256]knownClass   // classes that this goroutine has met lately

	pattern []uint64
	folded  []byte
	codes   []uint64 // by dictionary entry: class, shifted

	// Of the file in hand.
	how      how
	column   int
	class    uint32           // of every row, when constant; of missing values
	matchers []*match.Matcher // of columns that are not text
}

// how a column is read in a file.
type how uint8

const (
	constant how = iota // one class for every row
	pages               // text, by its pages
	arrays              // any other type, as Arrow arrays
	answers             // a map of questions to answers
)

func newColumnReader(s *scan, t *tested) (*columnReader, error) {
	c := &columnReader{tested: t, scan: s, pattern: make([]uint64, match.Words(len(t.tests)))}
	matchers, err := c.compile(match.Type{Kind: match.Text, Name: "text"})
	if err == nil { // else the model asks of it what can only be asked of another type
		c.set = match.NewSet(matchers)
	}
	if values := s.source.input.Values[t.name]; len(values) > 0 {
		c.values = map[string][]byte{}
		for from, to := range values {
			c.values[match.NormalizeString(from, false)] = []byte(to)
		}
	}
	return c, nil
}

func (c *columnReader) compile(t match.Type) ([]*match.Matcher, error) {
	var matchers []*match.Matcher
	for _, test := range c.tests {
		m, err := match.Compile(test.Test, t, c.program.Model.Zone)
		if err != nil {
			return nil, err
		}
		matchers = append(matchers, m)
	}
	return matchers, nil
}

// bind prepares the reading of a file.
func (c *columnReader) bind(f *sourceFile) (err error) {
	if value := c.scan.source.constant(c.name); value != nil {
		c.how, c.class = constant, c.classOf([]byte(*value))
		return nil
	}
	if c.class, err = c.missing(); err != nil {
		return err
	}
	at, ok := f.columns[c.name]
	if !ok {
		c.how = constant
		return nil
	}
	c.column = at
	column := f.file.Columns()[at]
	switch {
	case c.name == "answers":
		c.how = answers
		if !column.IsMap {
			return failed(exitUsage, "engagements: answers of %s is %s; it has to be a map of text to text (question to answer)", f.object.Address, column.Type.Name)
		}
		return nil
	case column.Type.Kind == match.Text && column.Leaf >= 0:
		c.how = pages
		return nil
	}
	c.how = arrays
	if c.matchers, err = c.compile(column.Type); err != nil {
		return failed(exitUsage, "engagements: column %q of %s: %v", c.name, f.object.Address, err)
	}
	return nil
}

// missing is the class of a missing value.
func (c *columnReader) missing() (uint32, error) {
	if c.name == "answers" {
		return c.classOfAnswers(nil), nil
	}
	matchers, err := c.compile(match.Type{Kind: match.Null, Name: "nothing"})
	if err != nil {
		return 0, err
	}
	clear(c.pattern)
	for i, m := range matchers {
		if m.Missing() {
			c.pattern[i/64] |= 1 << (i % 64)
		}
	}
	return c.tested.class(c.pattern), nil
}

// classOf gives the class of a text. The tests are run anew for every entry of every dictionary, although row groups repeat
// theirs: to remember the values of a column was measured, and to look them up took twice what the tests take.
func (c *columnReader) classOf(value []byte) uint32 {
	c.set.Text(c.meant(value), c.pattern)
	if len(c.pattern) > len(shortPattern{}) {
		return c.tested.class(c.pattern)
	}
	var key shortPattern
	copy(key[:], c.pattern)
	known := &c.known[key.hash()]
	if known.pattern != key || known.next == 0 {
		*known = knownClass{key, c.tested.class(c.pattern) + 1}
	}
	return known.next - 1
}

// shortPattern is the pattern of a column with few tests, as most have.
type shortPattern [4]uint64

// knownClass is a pattern and the number after its class.
type knownClass struct {
	pattern shortPattern
	next    uint32
}

func (p *shortPattern) hash() uint8 {
	const odd = 0x9e3779b97f4a7c15
	h := p[0] * odd
	for _, word := range p[1:] {
		h = (bits.RotateLeft64(h, 29) ^ word) * odd
	}
	return uint8(h >> 56)
}

// meant gives the text that is to be read for one of the data.
func (c *columnReader) meant(value []byte) []byte {
	nulls := c.scan.source.nulls
	if c.values == nil && nulls == nil {
		return value
	}
	c.folded = match.Normalize(c.folded[:0], value, false)
	if nulls != nil && nulls(c.folded) {
		return nil
	}
	if other, ok := c.values[string(c.folded)]; ok {
		return other
	}
	return value
}

// read adds the class of each row of the row group to its sum, or gives errAgain.
func (c *columnReader) read(ctx context.Context, reader *parquetio.Reader, f *sourceFile, group int, sums []uint64) error {
	switch c.how {
	case pages:
		return c.readPages(reader, f, group, sums)
	case arrays, answers:
		return c.readArrays(ctx, f, group, sums)
	}
	add, err := c.shifted(c.class)
	if add != 0 {
		for i := range sums {
			sums[i] += add
		}
	}
	return err
}

func (c *columnReader) shifted(class uint32) (uint64, error) {
	if !c.fits(class) {
		return 0, errAgain
	}
	return uint64(class) << c.shift, nil
}

func (c *columnReader) readPages(reader *parquetio.Reader, f *sourceFile, group int, sums []uint64) error {
	null, err := c.shifted(c.class)
	if err != nil {
		return err
	}
	known := false // whether codes are those of the chunk's dictionary
	return reader.Pages(f.file, f.reader, group, c.column, func(p *parquetio.Page) error {
		rows := sums[:p.Rows]
		sums = sums[p.Rows:]
		if p.Dict != nil && !known {
			c.codes = grown(c.codes, p.Dict.Len())
			for i := range c.codes {
				if c.codes[i], err = c.shifted(c.classOf(p.Dict.Bytes(i))); err != nil {
					return err
				}
			}
			known = true
		}
		if p.Dict != nil {
			addCodes(rows, p, c.codes, null)
			return nil
		}
		next := 0
		for i := range rows {
			if p.Valid != nil && p.Valid[i] == 0 {
				rows[i] += null
				continue
			}
			add, err := c.shifted(c.classOf(p.Values.At(next)))
			if err != nil {
				return err
			}
			rows[i] += add
			next++
		}
		return nil
	})
}

// addCodes adds to each row of a page that has codes what stands for its entry of the dictionary, or for null.
func addCodes(rows []uint64, p *parquetio.Page, entries []uint64, null uint64) {
	if p.Valid == nil {
		for i, code := range p.Codes {
			rows[i] += entries[code]
		}
		return
	}
	next := 0
	for i, valid := range p.Valid {
		if next == len(p.Codes) { // only nulls are left
			rows[i] += null
			continue
		}
		// Without a branch, for which rows are null cannot be foretold: to guess it wrong takes 5 ns.
		present := -uint64(valid)
		rows[i] += entries[p.Codes[next]]&present | null&^present
		next += int(valid)
	}
}

func (c *columnReader) readArrays(ctx context.Context, f *sourceFile, group int, sums []uint64) error {
	return f.file.Records(ctx, f.reader, []int{c.column}, group, batchRows, func(batch arrow.RecordBatch) error {
		rows := sums[:batch.NumRows()]
		sums = sums[batch.NumRows():]
		classes := c.arrayClasses
		if c.how == answers {
			classes = c.answerClasses
		}
		return classes(batch.Column(0), func(row int, class uint32) error {
			add, err := c.shifted(class)
			rows[row] += add
			return err
		})
	})
}

// arrayClasses gives the class of each row of an array that is not text.
func (c *columnReader) arrayClasses(values arrow.Array, each func(row int, class uint32) error) error {
	n, words := values.Len(), len(c.pattern)
	patterns := make([]uint64, n*words)
	passed := make([]bool, n)
	for i, m := range c.matchers {
		m.Array(values, c.scan.source.zone, c.scan.source.nulls, passed)
		for row, ok := range passed {
			if ok {
				patterns[row*words+i/64] |= 1 << (i % 64)
			}
		}
	}
	last, class := []uint64(nil), uint32(0)
	for row := range n {
		pattern := patterns[row*words : (row+1)*words]
		if last == nil || !equalWords(last, pattern) {
			last, class = pattern, c.tested.class(pattern)
		}
		if err := each(row, class); err != nil {
			return err
		}
	}
	return nil
}

func equalWords(a, b []uint64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// answerClasses gives the class of each row of a map of questions to answers.
func (c *columnReader) answerClasses(values arrow.Array, each func(row int, class uint32) error) error {
	m, ok := values.(*array.Map)
	if !ok || c.set == nil {
		return failed(exitUsage, "engagements: answers is %s; it has to be a map of text to text", values.DataType())
	}
	questions, replies := listTextsOrEmpty(m.Keys()), listTextsOrEmpty(m.Items())
	asked := make([]uint64, len(c.pattern)) // the tests of questions; the others are of answers
	for i, t := range c.tests {
		if t.Column == "question" {
			asked[i/64] |= 1 << (i % 64)
		}
	}
	reply := make([]uint64, len(c.pattern))
	var patterns [][]uint64
	for row := range m.Len() {
		patterns = patterns[:0]
		if m.IsValid(row) {
			for i, end := m.ValueOffsets(row); i < end; i++ {
				pattern := make([]uint64, len(c.pattern))
				c.set.Text(c.meant(questions(int(i))), pattern)
				c.set.Text(c.meant(replies(int(i))), reply)
				for w := range pattern {
					pattern[w] = pattern[w]&asked[w] | reply[w]&^asked[w]
				}
				patterns = append(patterns, pattern)
			}
		}
		if err := each(row, c.classOfAnswers(patterns)); err != nil {
			return err
		}
	}
	return nil
}

func listTextsOrEmpty(values arrow.Array) func(i int) []byte {
	texts := listTexts(values)
	return func(i int) []byte {
		text, ok := texts(i)
		if !ok {
			return nil
		}
		return text
	}
}
