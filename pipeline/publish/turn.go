package publish

import (
	"context"
	"fmt"
)

// turnLock is the lock of all runs, of whatever dates, that go on from one another. It is no date, so no date has it.
const turnLock = "turn"

// TakeTurn makes this run the only one that goes on from what earlier runs left: of two dates that were published at once, neither would
// know what the other hands over. storage.ErrBusy when another run has the turn. Whoever takes it looks once more at what is published;
// Commit and Abort let go of it. It may be repeated.
func (p *Publication) TakeTurn(ctx context.Context) error {
	if p.turn != nil {
		return nil
	}
	lock, err := p.take(ctx, p.area.lock(turnLock), "run "+p.RunID()+" of "+p.date, lockWait)
	if err != nil {
		return fmt.Errorf("publish to %s: a run of another date is handing over contacts: %w", p.address(), err)
	}
	p.turn = lock
	return nil
}

// Standing names the attempt that was published for the date at Begin, empty where none was.
func (p *Publication) Standing() string {
	if p.standing == nil {
		return ""
	}
	return p.standing.Attempt
}
