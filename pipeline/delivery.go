package pipeline

import (
	"context"

	"leadscore/pipeline/export"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
)

// delivery decides which of the contacts that match an extract are written, and how. It is made for one extract of one run, and its methods
// are called in this order, by one goroutine at a time.
type delivery interface {
	// begin is told what would be written, and says what will be.
	begin(ctx context.Context, staged *published.Run, asked export.Header, format string) (export.Header, string, error)
	// admit is told of all contacts that match, some at a time, as they are stored, and says which may be written; nil: all of them.
	// Of those the extract's limit takes the first ones.
	admit(batch *extractRows) ([]bool, error)
	// deliver is given the rows that are to be written, in order, some at a time, with the columns that were asked for, and leaves in batch.out
	// and batch.rows what is written.
	deliver(batch *extractRows, asked []*published.Column) error
	// end may write more rows after all others, and parts of its own.
	end(ctx context.Context, write func(columns []*published.Column, rows int) error) error
}

// keeper is a delivery that keeps parts of the run that is replaced. The extract's own file comes after them, if it has any rows.
type keeper interface {
	// keeps gives those parts, and how many rows there may be beside them; 0: as many as there are. It is asked after begin.
	keeps() ([]publish.Output, int)
}

// aborter is a delivery that writes files of its own.
type aborter interface {
	// abort throws those away that end has not finished. It is asked whatever became of the extract.
	abort() error
}

// extractRows are rows of an extract.
type extractRows struct {
	read []*published.Column // as extract.refs has them
	ids  *published.Column   // of the contacts
	note *published.Column   // what admit notes of each row for deliver; nil: nothing
	out  []*published.Column // as the file has them
	rows int
}

// deliveryOf makes the delivery of an extract.
func (r *run) deliveryOf(x *extract) delivery {
	switch {
	case x.Stream != nil:
		return r.newStream(x)
	case x.AddToList != "":
		return r.newAddition(x)
	case x.RemoveFromList != "":
		return r.newRemoval(x)
	case x.SuperOffice != nil:
		return &toSuperOffice{run: r, extract: x}
	}
	return plain{}
}

// plain writes all that match, as they were asked for.
type plain struct{}

func (plain) begin(_ context.Context, _ *published.Run, asked export.Header, format string) (export.Header, string, error) {
	return asked, format, nil
}

func (plain) admit(*extractRows) ([]bool, error) { return nil, nil }

func (plain) deliver(batch *extractRows, asked []*published.Column) error {
	batch.out = asked
	return nil
}

func (plain) end(context.Context, func([]*published.Column, int) error) error { return nil }
