package storage

import "context"

type decorateKey struct{}

// WithDecorator gives a context in which Open puts decorate around each store that it opens: to count, trace or limit its
// operations, or to make them fail. An object store's retries are within, so that decorate sees operations, not requests.
// Decorators that were given before are within too.
func WithDecorator(ctx context.Context, decorate func(Store) Store) context.Context {
	if inner := decoratorOf(ctx); inner != nil {
		outer := decorate
		decorate = func(s Store) Store { return outer(inner(s)) }
	}
	return context.WithValue(ctx, decorateKey{}, decorate)
}

func decoratorOf(ctx context.Context) func(Store) Store {
	decorate, _ := ctx.Value(decorateKey{}).(func(Store) Store)
	return decorate
}
