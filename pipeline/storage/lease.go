package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// leaseTime is how long a lease lasts without a renewal; it is renewed three times as often.
const leaseTime = time.Minute

// TryLock takes a lock in any store: its own where it has locks, else a lease, which is a small object that names the
// time until which it is held and is renewed as long as the process lives. It never waits: ErrBusy, with the holder's
// note, when another holds it.
//
// A lease saves work and keeps clean-up off live files; it decides nothing. A process that sleeps through its lease
// finds Valid false, and what must not happen twice is guarded by a Swap.
func TryLock(ctx context.Context, store Store, path, note string) (Lock, error) {
	if locker, ok := store.(Locker); ok {
		lock, err := locker.TryLock(ctx, path, note)
		if !errors.Is(err, ErrUnsupported) {
			return lock, err
		}
	}
	return tryLease(ctx, store, path, note, leaseTime)
}

// leaseRecord is the content of a lease.
type leaseRecord struct {
	Holder string    `json:"holder"` // random, for the holder to know its own
	Note   string    `json:"note"`
	Until  time.Time `json:"until"`
}

type lease struct {
	store Store
	path  string
	term  time.Duration
	stop  context.CancelFunc
	ended chan struct{} // closed when the renewing goroutine has ended

	mu      sync.Mutex
	record  leaseRecord
	version Version
	done    bool
}

func tryLease(ctx context.Context, store Store, path, note string, term time.Duration) (Lock, error) {
	data, old, err := store.Read(ctx, path, 64<<10)
	switch {
	case errors.Is(err, ErrNotFound):
		old = None
	case err != nil:
		return nil, err
	default:
		var standing leaseRecord
		// A lease that cannot be read is as good as one that has run out.
		if json.Unmarshal(data, &standing) == nil && time.Now().Before(standing.Until) {
			return nil, &Error{Op: "lock", Address: store.Address(path), Kind: ErrBusy,
				Err: fmt.Errorf("held by %s until %s", standing.Note, standing.Until.UTC().Format(time.RFC3339))}
		}
	}
	l := &lease{store: store, path: path, term: term, record: leaseRecord{Holder: rand.Text(), Note: note}, version: old, ended: make(chan struct{})}
	if err := l.renew(ctx); err != nil {
		if errors.Is(err, ErrPrecondition) {
			return nil, &Error{Op: "lock", Address: store.Address(path), Kind: ErrBusy, Err: errors.New("another process took it at the same moment")}
		}
		return nil, err
	}
	// The lease outlives the call's context only by values; it ends with Unlock.
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	go l.keep(renewing)
	return l, nil
}

// renew writes the lease anew. When the outcome is unknown it reads back.
func (l *lease) renew(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := l.record
	next.Until = time.Now().Add(l.term)
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	version, err := l.store.Swap(ctx, l.path, data, l.version)
	if err != nil && (OutcomeUnknown(err) || errors.Is(err, ErrPrecondition)) {
		// A refusal may be the answer to one's own repeated request.
		standing, now, readErr := l.store.Read(ctx, l.path, 64<<10)
		if readErr == nil && bytes.Equal(standing, data) {
			version, err = now, nil
		}
	}
	if err != nil {
		return err
	}
	l.record, l.version = next, version
	return nil
}

// keep renews until the lease is given back. A renewal that fails is tried again at the next tick: Valid tells when
// it has come too late.
func (l *lease) keep(ctx context.Context) {
	defer close(l.ended)
	tick := time.NewTicker(l.term / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := l.renew(ctx); errors.Is(err, ErrPrecondition) {
				return // another has taken it over
			}
		}
	}
}

// Valid tells whether the lease has been renewed in time.
func (l *lease) Valid() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.done && time.Now().Before(l.record.Until)
}

// EndsWithProcess is false: the lease of a process that sleeps too long goes to another.
func (l *lease) EndsWithProcess() bool { return false }

// Unlock lets the lease run out at once, by a swap, so that no other holder's lease is touched.
func (l *lease) Unlock() error {
	l.stop()
	<-l.ended
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		return nil
	}
	l.done = true
	data, err := json.Marshal(leaseRecord{Holder: l.record.Holder, Note: l.record.Note})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = l.store.Swap(ctx, l.path, data, l.version)
	if errors.Is(err, ErrPrecondition) {
		return nil
	}
	return err
}
