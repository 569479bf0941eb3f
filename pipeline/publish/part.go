package publish

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"path"
	"slices"
	"sync"

	"leadscore/pipeline/storage"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// PartWriter writes one part of a table, from one goroutine. Exactly one of Finish and Abort ends it; Abort after Finish
// does nothing.
type PartWriter struct {
	publication *Publication
	ctx         context.Context
	staged      string // path
	output      Output

	mu       sync.Mutex
	writer   storage.Writer // nil once ended
	buffer   *bufio.Writer
	crc      uint32
	finished bool
}

// Create starts part number part of a table, out of sight of readers. The same part twice is an error.
func (p *Publication) Create(ctx context.Context, table string, part int) (*PartWriter, error) {
	if !isTable(table) || part < 0 {
		return nil, fmt.Errorf("table %q part %d: a table is named in lower case letters, digits and underscores, a part by a number from 0", table, part)
	}
	name := partName(part, p.RunID())
	w := &PartWriter{
		publication: p, ctx: ctx,
		staged: p.at(stagingName(p.date, p.attempt), stagedTable(table), name),
		output: Output{Table: table, Path: path.Join(tableName(table, p.date), name)},
	}
	w.mu.Lock() // Abort of the publication waits until there is a writer to abort
	defer w.mu.Unlock()
	p.mu.Lock()
	switch _, taken := p.parts[w.output.Path]; {
	case p.ended:
		p.mu.Unlock()
		return nil, fmt.Errorf("create %s: the publication has ended", w.output.Path)
	case taken:
		p.mu.Unlock()
		return nil, fmt.Errorf("create %s: the part was created before", w.output.Path)
	}
	p.parts[w.output.Path] = w
	p.mu.Unlock()

	writer, err := p.store.Create(ctx, w.staged)
	if err != nil {
		w.forget()
		return nil, err
	}
	w.writer, w.buffer = writer, bufio.NewWriterSize(writer, 64<<10)
	return w, nil
}

// forget lets the part be created again.
func (w *PartWriter) forget() {
	w.publication.mu.Lock()
	defer w.publication.mu.Unlock()
	delete(w.publication.parts, w.output.Path)
}

var errPartEnded = errors.New("the part was finished or aborted before")

// Write takes the next bytes.
func (w *PartWriter) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.writer == nil {
		return 0, errPartEnded
	}
	n, err := w.buffer.Write(data)
	w.crc = crc32.Update(w.crc, castagnoli, data[:n])
	w.output.Bytes += int64(n)
	return n, err
}

// Finish makes the part durable. When the store's answer is lost the part is read back and compared.
func (w *PartWriter) Finish(rows int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.writer == nil {
		return errPartEnded
	}
	writer := w.writer
	if err := w.buffer.Flush(); err != nil {
		return err // Abort is still to come
	}
	w.writer = nil
	w.output.Rows = rows
	w.output.CRC32C = fmt.Sprintf("%08x", w.crc)
	_, err := writer.Finish()
	if err != nil && (storage.OutcomeUnknown(err) || errors.Is(err, storage.ErrAlreadyExists)) {
		// The name is this attempt's alone: what stands there is from here, or from a request that the driver repeated.
		if readErr := w.publication.verify(w.ctx, w.staged, w.output); readErr != nil {
			err = doubting(err, readErr)
		} else {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	w.finished = true
	return nil
}

// Abort throws the part away.
func (w *PartWriter) Abort() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.writer == nil {
		return nil
	}
	writer := w.writer
	w.writer = nil
	w.forget()
	return writer.Abort()
}

// outputs gives the finished parts by table and name. A part that was begun and not ended is a mistake of the caller.
func (p *Publication) outputs() ([]Output, error) {
	p.mu.Lock()
	parts := slices.Collect(maps.Values(p.parts))
	p.mu.Unlock()
	outputs := []Output{}
	for _, w := range parts {
		w.mu.Lock()
		output, finished := w.output, w.finished
		w.mu.Unlock()
		if !finished {
			return nil, fmt.Errorf("commit: %s is not finished", output.Path)
		}
		outputs = append(outputs, output)
	}
	slices.SortFunc(outputs, func(a, b Output) int { return cmp.Compare(a.Path, b.Path) })
	return outputs, nil
}

// verify reads a part again and compares it with what was written.
func (a area) verify(ctx context.Context, at string, output Output) error {
	object, err := a.store.Pin(ctx, at)
	if err != nil {
		return err
	}
	if object.Size != output.Bytes {
		return fmt.Errorf("%w: %s has %d bytes, %d were written", ErrDamaged, a.store.Address(at), object.Size, output.Bytes)
	}
	reader, err := a.store.Open(ctx, object)
	if err != nil {
		return err
	}
	defer reader.Close() // nothing was written
	crc := crc32.New(castagnoli)
	if _, err := io.CopyBuffer(crc, io.NewSectionReader(reader, 0, object.Size), make([]byte, min(1<<20, object.Size+1))); err != nil {
		return err
	}
	return a.checkSum(at, crc.Sum32(), output)
}

// checkSum compares the CRC32C of what was read with that of what was written.
func (a area) checkSum(at string, crc uint32, output Output) error {
	if got := fmt.Sprintf("%08x", crc); got != output.CRC32C {
		return fmt.Errorf("%w: %s has CRC32C %s, %s was written", ErrDamaged, a.store.Address(at), got, output.CRC32C)
	}
	return nil
}
