package publish

import (
	"context"
	"sync"

	"leadscore/pipeline/storage"
)

// partReader reads a part that may be moved between staging and its final place while it is read: it looks for it
// again and repeats the read there.
type partReader struct {
	run    *Published
	ctx    context.Context
	output Output

	mu     sync.Mutex
	reader storage.Reader
	old    []storage.Reader // left behind; others may be reading from them
}

func (r *partReader) current() storage.Reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reader
}

func (r *partReader) Size() int64            { return r.output.Bytes }
func (r *partReader) Object() storage.Object { return r.current().Object() }

func (r *partReader) ReadAt(p []byte, off int64) (int, error) {
	for try := 0; ; try++ {
		reader := r.current()
		n, err := reader.ReadAt(p, off)
		if !moved(err) || try == locateTries {
			return n, err
		}
		if err := r.relocate(reader); err != nil {
			return 0, err
		}
	}
}

// relocate replaces the reader that failed, unless another read has done so already.
func (r *partReader) relocate(failed storage.Reader) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reader != failed {
		return nil
	}
	reader, err := r.run.locate(r.ctx, r.output)
	if err != nil {
		return err
	}
	r.old = append(r.old, failed)
	r.reader = reader
	return nil
}

func (r *partReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.reader.Close()
	for _, reader := range r.old {
		if oldErr := reader.Close(); err == nil {
			err = oldErr
		}
	}
	r.old = nil
	return err
}
