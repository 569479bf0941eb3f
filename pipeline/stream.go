package pipeline

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/export"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
	"leadscore/transforms/handoff"
)

// deliveryID is the first column of what a stream delivers.
const deliveryID = "delivery_id"

// stream delivers the contacts that newly match. What the run that is replaced delivered on the date stays as it is, in files of its own
// that come before this run's.
type stream struct {
	run     *run
	x       *extract
	streams *streams
	number  int // among streams
	night   handoff.Night

	kept   []publish.Output
	room   int                      // for so many more deliveries on the date; below 0: any number
	at     int                      // the part that states are of; -1: none yet
	states map[string]handoff.State // of its contacts
	more   int64                    // deliveries of this run
}

func (r *run) newStream(x *extract) *stream {
	number := slices.Index(r.streams.names, x.Slug)
	return &stream{run: r, x: x, streams: r.streams, number: number, night: r.streams.nights[number], at: -1, room: -1}
}

func (d *stream) begin(ctx context.Context, _ *published.Run, asked export.Header, format string) (export.Header, string, error) {
	asked.Names = append([]string{deliveryID}, asked.Names...)
	asked.Types = append([]arrow.DataType{arrow.BinaryTypes.String}, asked.Types...)
	var err error
	if d.run.lineage.again {
		d.kept, err = d.run.keepParts(ctx, d.x.table(), false)
	}
	if d.x.Limit > 0 {
		d.room = d.x.Limit
		for _, output := range d.kept {
			d.room -= min(d.room, int(output.Rows))
		}
	}
	return asked, format, err
}

// keepParts keeps what a stream has delivered on the date so far. A part without rows is kept where it is the only one that there will be.
func (r *run) keepParts(ctx context.Context, table string, empty bool) (kept []publish.Output, err error) {
	base := r.lineage.base
	outputs := base.Parts(table)
	for i, output := range outputs {
		if output.Rows == 0 && !(empty && i == len(outputs)-1 && len(kept) == 0) {
			continue
		}
		if err := r.publication.Keep(ctx, base, output, len(kept)); err != nil {
			return nil, r.damagedBase("what "+table+" has delivered on that date", base, err)
		}
		kept = append(kept, output)
	}
	return kept, nil
}

func (d *stream) keeps() ([]publish.Output, int) { return d.kept, max(d.room, 0) }

func (d *stream) admit(batch *extractRows) ([]bool, error) {
	may := make([]bool, batch.rows)
	batch.note = published.NewColumn("times", arrow.PrimitiveTypes.Int64) // how often it was delivered before
	for row := range may {
		id := batch.ids.Text(row)
		if part := d.run.partOfID(id); part != d.at {
			var err error
			if d.states, err = d.streams.part(d.number, part); err != nil {
				return nil, err
			}
			d.at = part
		}
		entered := d.states[id]
		may[row] = d.room != 0 && d.night.Wants(entered)
		batch.note.AppendInt(entered.Times)
		// One that is admitted and not written waits, as if it did not match.
		if !may[row] {
			if err := d.streams.match(d.number, id, false); err != nil {
				return nil, err
			}
		}
	}
	return may, nil
}

func (d *stream) deliver(batch *extractRows, asked []*published.Column) error {
	names := published.NewColumn(deliveryID, arrow.BinaryTypes.String)
	for row := range batch.rows {
		id := batch.ids.Text(row)
		names.AppendText(handoff.ID(d.x.Slug, id, batch.note.Ints[row]+1))
		if err := d.streams.match(d.number, id, true); err != nil {
			return err
		}
	}
	d.more += int64(batch.rows)
	batch.out = append([]*published.Column{names}, asked...)
	return nil
}

func (d *stream) end(context.Context, func([]*published.Column, int) error) error {
	d.x.summary.Delivered = &d.more
	return nil
}
