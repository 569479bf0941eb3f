package pipeline

import (
	"context"
	"runtime/debug"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"
)

// crew runs work on tasks 0 … n-1 in threads goroutines, in order of their numbers. Each goroutine makes its worker once;
// work is called with it for task after task, and finish when there are none left. The first error or panic ends all.
func crew[W any](ctx context.Context, threads, n int, start func() (W, error), work func(ctx context.Context, w W, task int) error, finish func(w W) error) error {
	var next atomic.Int64
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range min(threads, max(1, n)) {
		p.Go(func(ctx context.Context) (err error) {
			defer caught(&err)
			w, err := start()
			if err != nil {
				return err
			}
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					break
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := work(ctx, w, i); err != nil {
					return err
				}
			}
			if finish == nil {
				return nil
			}
			return finish(w)
		})
	}
	return p.Wait()
}

// caught makes an error of a panic in a goroutine.
func caught(err *error) {
	if fault := recover(); fault != nil {
		*err = failed(exitFailed, "leadscore has a fault, nothing was published; please report this: %v\n%s", fault, debug.Stack())
	}
}

// helpers do what others need not wait for. Their first error ends the context, which lasts until all of them are done.
type helpers struct {
	pool *pool.ErrorPool
	ctx  context.Context
	stop context.CancelCauseFunc
}

func newHelpers(ctx context.Context, n int) *helpers {
	ctx, stop := context.WithCancelCause(ctx)
	return &helpers{pool.New().WithErrors().WithFirstError().WithMaxGoroutines(n), ctx, stop}
}

// do hands work over; it waits only while all helpers are at work.
func (h *helpers) do(work func() error) {
	h.pool.Go(func() (err error) {
		defer func() {
			if err != nil {
				h.stop(err)
			}
		}()
		defer caught(&err)
		return work()
	})
}

// wait gives the first error of the helpers, else err, the error of those who count on them.
func (h *helpers) wait(err error) error {
	first := h.pool.Wait()
	h.stop(nil)
	if first != nil {
		return first
	}
	return err
}
