package published

import (
	"errors"
	"io"

	"leadscore/pipeline/storage"
)

// tailBytes is how much of a part's end is fetched at once: the footer and the page indexes of most parts, for which a store far away
// would be asked four times.
const tailBytes = 32 << 10

// counted reads a part, keeps its end, and counts what it asks the store for.
type counted struct {
	reader storage.Reader
	run    *Run
	tail   []byte
	at     int64 // offset of the tail
}

func newCounted(reader storage.Reader, run *Run) (*counted, error) {
	c := &counted{reader: reader, run: run, at: max(0, reader.Size()-tailBytes)}
	tail := make([]byte, reader.Size()-c.at)
	if _, err := c.ReadAt(tail, c.at); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	c.tail = tail
	return c, nil
}

// ReadAt reads from the end that is kept where that is enough.
func (c *counted) ReadAt(b []byte, off int64) (int, error) {
	if from := off - c.at; from >= 0 && from+int64(len(b)) <= int64(len(c.tail)) {
		return copy(b, c.tail[from:]), nil
	}
	n, err := c.reader.ReadAt(b, off)
	c.run.bytes.Add(int64(n))
	c.run.reads.Add(1)
	return n, err
}
