package publish

import (
	"cmp"
	"context"
	"errors"
	"io"
)

// Keep makes a part of another run one of this run's, byte by byte, as part number part of its table. The manifest says so. A part that
// is not what its own manifest says is ErrDamaged.
func (p *Publication) Keep(ctx context.Context, from *Published, output Output, part int) (err error) {
	reader, err := from.OpenPart(ctx, output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	w, err := p.CreateAs(ctx, output.Table, part, output.Format())
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Abort())
		}
	}()
	if _, err := io.CopyBuffer(w, io.NewSectionReader(reader, 0, output.Bytes), make([]byte, 64<<10)); err != nil {
		return err
	}
	if err := p.checkSum(reader.Object().Path, w.crc, output); err != nil {
		return err
	}
	w.output.Kept = cmp.Or(output.Kept, from.Pointer.RunID)
	return w.Finish(output.Rows)
}
