package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"leadscore/pipeline/storage"
)

const chooseStore = "Choose a store that honours the conditions of writes (If-None-Match and If-Match), or a local disk"

// conditions makes sure that the store refuses what it has to: to create over what stands, and to replace another version
// than the one that was read. A store that only speaks like the one it is taken for may accept the conditions of a request
// and not look at them. On such a store two runs of one date would both publish, and neither would know.
func (p *Publication) conditions(ctx context.Context) error {
	path := p.at(stagingName(p.date, p.attempt), "conditions.probe") // which Abort finds, as its name begins with no dot
	version := storage.None
	for i, what := range []string{"created an object over one that stood there", "replaced another version of an object than it was asked to"} {
		next, err := p.swapOnce(ctx, path, fmt.Appendf(nil, "tries conditions: %d\n", i), version)
		if err != nil {
			return p.noPlace(path, err)
		}
		// This is of the version that has just been replaced.
		_, err = p.store.Swap(ctx, path, fmt.Appendf(nil, "has to be refused: %d\n", i), version)
		switch {
		case err == nil:
			return &storage.Error{Op: "publish to", Address: p.address(), Kind: storage.ErrUnsupported, Err: errors.New("the store does not look at the conditions of writes: it " + what +
				", so of two runs at once both would publish; nothing is published. " + chooseStore)}
		case !errors.Is(err, storage.ErrPrecondition):
			return p.noPlace(path, err)
		}
		version = next
	}
	return p.store.Delete(ctx, path)
}

// swapOnce swaps a small object that no other process writes. When the answer is lost, or refuses what an earlier try has
// done, it reads back.
func (a area) swapOnce(ctx context.Context, path string, data []byte, old storage.Version) (storage.Version, error) {
	version, err := a.store.Swap(ctx, path, data, old)
	if err == nil || !storage.OutcomeUnknown(err) && !errors.Is(err, storage.ErrPrecondition) {
		return version, err
	}
	standing, version, readErr := a.store.Read(ctx, path, pointerLimit)
	if readErr == nil && bytes.Equal(standing, data) {
		return version, nil
	}
	return storage.None, err
}
