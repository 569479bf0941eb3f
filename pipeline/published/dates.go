package published

import (
	"context"
	"errors"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// OnDate is what the run of a date has of a contact in one table.
type OnDate struct {
	Date         string
	Published    bool  // the run is there, and has the table
	Rows         *Rows // never nil
	Damage       error // publish.ErrDamaged; nil: none
	Bytes, Reads int64 // that it took
}

// OnDates asks the runs of several dates for the rows that a table has of a contact where it is expected (see Run.Expected), all at once.
// Damage to one of them is told and ends nothing.
func OnDates(ctx context.Context, store storage.Store, out string, dates []string, guess Guess, text, table string) ([]OnDate, error) {
	found := make([]OnDate, len(dates))
	work := pool.New().WithMaxGoroutines(inFlight).WithErrors().WithFirstError().WithContext(ctx).WithCancelOnError()
	for i, date := range dates {
		work.Go(func(ctx context.Context) error {
			d := &found[i]
			d.Date, d.Rows = date, &Rows{}
			err := d.ask(ctx, store, out, guess, text, table)
			if errors.Is(err, publish.ErrDamaged) {
				d.Damage, err = err, nil
			}
			return err
		})
	}
	return found, work.Wait()
}

func (d *OnDate) ask(ctx context.Context, store storage.Store, out string, guess Guess, text, table string) error {
	run, err := Open(ctx, store, out, d.Date, guess)
	if errors.Is(err, publish.ErrNoRun) { // removed meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := run.Expected(ctx, text, table)
	switch no := (*IDError)(nil); {
	case errors.As(err, &no): // its ids were of another type
		err = nil
	case err == nil:
		d.Rows, d.Published = rows, run.Has(table)
	}
	d.Bytes, d.Reads = run.Cost()
	return errors.Join(err, run.Close())
}
