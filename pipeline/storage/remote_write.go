package storage

import (
	"bytes"
	"context"
	"errors"
	"hash"
	"hash/crc32"
	"io"
)

// pieceBytes is how much of an object goes up in one request; what is smaller goes up in one as a whole. It is also what
// a Writer holds in memory.
const pieceBytes = 8 << 20

// castagnoli is the polynomial of the checksums that stores keep.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Swap replaces a small object on the condition that the store checks.
func (r *remote) Swap(ctx context.Context, key string, data []byte, old Version) (Version, error) {
	if err := r.checkKey("swap", key); err != nil {
		return None, err
	}
	object, err := r.putOn(ctx, "swap", key, data, old)
	return Version(object.Version), err
}

// putOn writes an object in one request, on a condition. A refusal that follows a try whose outcome is unknown may be the
// answer to that very try: what stands there is read back and compared.
func (r *remote) putOn(ctx context.Context, op, key string, data []byte, old Version) (object Object, err error) {
	unsure := false
	err = r.ask(ctx, op, key, func() (err error) {
		if object, err = r.put(ctx, key, data, old); err == nil {
			return nil
		}
		if err = r.fail(ctx, op, key, err); OutcomeUnknown(err) {
			unsure = true
		}
		return err
	})
	if KindOf(err) == ErrNotFound && old != None { // on what is not there
		err = &Error{Op: op, Address: r.Address(key), Kind: ErrPrecondition}
	}
	if unsure && KindOf(err) == ErrPrecondition {
		standing, version, readErr := r.Read(ctx, key, int64(len(data)))
		if readErr == nil && bytes.Equal(standing, data) {
			return Object{Path: key, Address: r.Address(key), Size: int64(len(data)), Version: string(version)}, nil
		}
	}
	object.Path, object.Address = key, r.Address(key)
	return object, err
}

// Copy copies on the side of the store.
func (r *remote) Copy(ctx context.Context, from, to string) error {
	source, err := r.Pin(ctx, from)
	if err != nil {
		return err
	}
	if err := r.checkKey("copy", to); err != nil {
		return err
	}
	unsure := false
	err = r.ask(ctx, "copy", to, func() error {
		doubt, err := r.copy(ctx, source, to)
		err = r.fail(ctx, "copy", to, err)
		unsure = unsure || doubt || OutcomeUnknown(err)
		return err
	})
	if KindOf(err) != ErrPrecondition {
		return err
	}
	if unsure {
		wanted, err := r.sum(ctx, source)
		if err != nil {
			return err
		}
		if own, err := r.holds(ctx, to, source.Size, wanted); own || err != nil {
			return err
		}
	}
	return r.taken("copy", to)
}

// taken is the refusal to write over what stands.
func (r *remote) taken(op, key string) error {
	return &Error{Op: op, Address: r.Address(key), Kind: ErrAlreadyExists}
}

// holds tells whether an object of that size and CRC32C stands under a key.
func (r *remote) holds(ctx context.Context, key string, size int64, sum uint32) (bool, error) {
	object, err := r.Pin(ctx, key)
	if err != nil || object.Size != size {
		return false, err
	}
	standing, err := r.sum(ctx, object)
	return standing == sum, err
}

// sum reads an object and gives its CRC32C.
func (r *remote) sum(ctx context.Context, object Object) (uint32, error) {
	reader, err := r.Open(ctx, object)
	if err != nil {
		return 0, err
	}
	sum := crc32.New(castagnoli)
	_, err = io.CopyBuffer(sum, io.NewSectionReader(reader, 0, object.Size), make([]byte, min(object.Size+1, 1<<20)))
	return sum.Sum32(), errors.Join(err, reader.Close())
}

// Create starts an object. What is taken already is refused before anything goes up.
func (r *remote) Create(ctx context.Context, key string) (Writer, error) {
	exists, err := r.Exists(ctx, key)
	if err != nil {
		return nil, err
	}
	if exists {
		return nil, r.taken("create", key)
	}
	return &remoteWriter{store: r, ctx: ctx, key: key, sum: crc32.New(castagnoli)}, nil
}

// remoteWriter collects what is written. Up to a piece it goes up in one request at Finish, else in pieces.
type remoteWriter struct {
	store *remote
	ctx   context.Context
	key   string
	piece []byte
	up    upload // nil: no piece has gone up yet
	size  int64
	sum   hash.Hash32
	ended bool
}

func (w *remoteWriter) Write(p []byte) (int, error) {
	if w.ended {
		return 0, &Error{Op: "write", Address: w.store.Address(w.key), Kind: ErrInvalid, Err: errEnded}
	}
	if w.ctx.Err() != nil {
		return 0, w.store.fail(w.ctx, "write", w.key, w.ctx.Err())
	}
	done := 0
	for done < len(p) {
		if len(w.piece) == pieceBytes {
			if err := w.flush(); err != nil {
				return done, err
			}
		}
		n := min(len(p)-done, pieceBytes-len(w.piece))
		w.piece = append(w.piece, p[done:done+n]...)
		_, _ = w.sum.Write(p[done : done+n]) // never fails
		w.size += int64(n)
		done += n
	}
	return done, nil
}

// flush sends up the piece.
func (w *remoteWriter) flush() error {
	if w.up == nil {
		w.up = w.store.upload(w.ctx, w.key)
	}
	err := w.store.fail(w.ctx, "write", w.key, w.up.piece(w.piece))
	w.piece = w.piece[:0]
	return err
}

func (w *remoteWriter) Finish() (object Object, err error) {
	if w.ended {
		return Object{}, &Error{Op: "finish", Address: w.store.Address(w.key), Kind: ErrInvalid, Err: errEnded}
	}
	w.ended = true
	if w.ctx.Err() != nil {
		return Object{}, errors.Join(w.store.fail(w.ctx, "write", w.key, w.ctx.Err()), w.abandon())
	}
	if w.up == nil {
		object, err = w.store.putOn(w.ctx, "write", w.key, w.piece, None)
	} else {
		object, err = w.commit()
	}
	w.piece = nil
	if KindOf(err) == ErrPrecondition {
		err = w.store.taken("create", w.key)
	}
	return object, err
}

// commit makes the pieces an object. As with putOn, a refusal may be the answer to an earlier try.
func (w *remoteWriter) commit() (Object, error) {
	err := w.flush()
	var object Object
	unsure := false
	if err == nil {
		object, unsure, err = w.up.commit()
		err = w.store.fail(w.ctx, "write", w.key, err)
	}
	if err == nil {
		object.Path, object.Address = w.key, w.store.Address(w.key)
		return object, nil
	}
	if unsure && KindOf(err) != ErrUnavailable {
		if own, readErr := w.store.holds(w.ctx, w.key, w.size, w.sum.Sum32()); own && readErr == nil {
			return w.store.Pin(w.ctx, w.key)
		}
	}
	if unsure && KindOf(err) == ErrUnavailable {
		return Object{}, err // the pieces may be an object by now; what are not, the store forgets
	}
	return Object{}, errors.Join(err, w.abandon())
}

func (w *remoteWriter) Abort() error {
	if w.ended {
		return nil
	}
	w.ended = true
	w.piece = nil
	return w.abandon()
}

func (w *remoteWriter) abandon() error {
	if w.up == nil {
		return nil
	}
	// It is done though the run may have been interrupted.
	err := w.up.abandon()
	return w.store.fail(context.WithoutCancel(w.ctx), "abort", w.key, err)
}
