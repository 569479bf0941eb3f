package storage

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// DefaultRetryFor is how long an operation on an object store is tried again where nobody says otherwise.
const DefaultRetryFor = 2 * time.Minute

// The pauses between two tries begin short and double, with a random share, so that many who were refused at once do not
// come back at once.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 15 * time.Second
)

type retryKey struct{}

// WithRetryFor gives a context in which Open gives stores that try an operation again for so long: throttled requests,
// errors of the service, lost connections. 0 tries everything once. It bounds time, as a deadline does, and travels
// as one; but it counts anew for each operation.
func WithRetryFor(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, retryKey{}, d)
}

func retryFor(ctx context.Context) time.Duration {
	if d, ok := ctx.Value(retryKey{}).(time.Duration); ok {
		return max(d, 0)
	}
	return DefaultRetryFor
}

// patience tries requests again while the store is unavailable. Once an operation has used up its time, later ones are
// tried only once, until one succeeds: a run that tidies up behind itself does not wait for each of its files in turn.
type patience struct {
	bound time.Duration
	spent atomic.Bool
}

// stall is how long a connection may stand still before it counts as lost: not so long that there is no time to try again.
func (p *patience) stall() time.Duration {
	if p.bound == 0 {
		return 30 * time.Second
	}
	return min(max(p.bound/4, time.Second), 30*time.Second)
}

// try runs a request until it ends in another way than ErrUnavailable, or the time is up.
func (p *patience) try(ctx context.Context, request func() error) error {
	var last error
	once := func() (struct{}, error) {
		if last = request(); KindOf(last) == ErrUnavailable && ctx.Err() == nil {
			return struct{}{}, last
		}
		return struct{}{}, backoff.Permanent(errSettled)
	}
	if p.bound == 0 || p.spent.Load() {
		_, _ = once() // what it found is in last
		if last == nil {
			p.spent.Store(false)
		}
		return last
	}
	began := time.Now()
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval, pause.Multiplier = firstPause, longestPause, 2
	_, err := backoff.Retry(ctx, once, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(p.bound))
	if errors.Is(err, errSettled) || ctx.Err() != nil {
		return last
	}
	p.spent.Store(true)
	if e, ok := errors.AsType[*Error](last); ok {
		gaveUp := *e
		gaveUp.Err = fmt.Errorf("%w (given up after %s of trying)", e.Err, time.Since(began).Round(100*time.Millisecond))
		return &gaveUp
	}
	return last
}

// errSettled ends the tries: there is an outcome, whatever it is.
var errSettled = errors.New("settled")
