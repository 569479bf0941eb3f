package publish

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"leadscore/pipeline/storage"
)

// Published is a run as a reader of manifests sees it: whole, also while it is being superseded, and for the grace
// period after that.
type Published struct {
	area
	Pointer  Pointer
	Manifest Manifest
}

// Open finds the run published for a date, or for Latest (also ""). ErrNoRun when there is none.
func Open(ctx context.Context, store storage.Store, out, date string) (*Published, error) {
	a := area{store: store, out: out}
	path := a.latest()
	if date != Latest && date != "" {
		if err := checkDate(date); err != nil {
			return nil, err
		}
		path = a.pointer(date)
	}
	return a.open(ctx, path)
}

func (a area) open(ctx context.Context, path string) (*Published, error) {
	pointer, _, err := a.readPointer(ctx, path)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", ErrNoRun, err)
	}
	if err != nil {
		return nil, err
	}
	manifest, err := a.readManifest(ctx, pointer)
	if err != nil {
		return nil, err
	}
	return &Published{area: a, Pointer: pointer, Manifest: manifest}, nil
}

// PreviousRun gives the newest run published for a date before this one; ErrNoRun when there is none.
func PreviousRun(ctx context.Context, store storage.Store, out, date string) (*Published, error) {
	if err := checkDate(date); err != nil {
		return nil, err
	}
	a := area{store: store, out: out}
	dates, err := a.dates(ctx)
	if err != nil {
		return nil, err
	}
	for i := len(dates) - 1; i >= 0; i-- {
		if dates[i] < date {
			return a.open(ctx, a.pointer(dates[i]))
		}
	}
	return nil, fmt.Errorf("%w before %s in %s", ErrNoRun, date, a.address())
}

// Dates gives all published dates, ascending.
func Dates(ctx context.Context, store storage.Store, out string) ([]string, error) {
	return area{store: store, out: out}.dates(ctx)
}

// Runs gives the pointers of all published dates, ascending.
func Runs(ctx context.Context, store storage.Store, out string) ([]Pointer, error) {
	a := area{store: store, out: out}
	dates, err := a.dates(ctx)
	if err != nil {
		return nil, err
	}
	pointers := []Pointer{}
	for _, date := range dates {
		pointer, _, err := a.readPointer(ctx, a.pointer(date))
		if err != nil {
			return nil, err
		}
		pointers = append(pointers, pointer)
	}
	return pointers, nil
}

// Parts gives the outputs of one table, in order.
func (p *Published) Parts(table string) []Output { return outputsOf(p.Manifest, table) }

// OpenPart opens a part for ranged reads, wherever it stands now, and follows it when it is moved while it is read. A
// part that is in neither place is ErrDamaged.
func (p *Published) OpenPart(ctx context.Context, output Output) (storage.Reader, error) {
	reader, err := p.locate(ctx, output)
	if err != nil {
		return nil, err
	}
	return &partReader{run: p, ctx: ctx, output: output, reader: reader}, nil
}

// ReadPart reads a part whole, which has to be what the manifest says by size and CRC32C: ErrDamaged when it is not.
func (p *Published) ReadPart(ctx context.Context, output Output) (data []byte, err error) {
	reader, err := p.OpenPart(ctx, output)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	data = make([]byte, output.Bytes)
	if _, err := io.ReadFull(io.NewSectionReader(reader, 0, output.Bytes), data); err != nil {
		return nil, err
	}
	return data, p.checkSum(reader.Object().Path, crc32.Checksum(data, castagnoli), output)
}

// Verify reads a part whole and compares size and CRC32C with the manifest: ErrDamaged when they differ.
func (p *Published) Verify(ctx context.Context, output Output) error {
	for range locateTries {
		for _, place := range p.places(p.Pointer) {
			err := p.verify(ctx, place(output), output)
			if err == nil || !moved(err) {
				return err
			}
		}
	}
	return p.gone(output)
}

// gone says that a part is in none of its places.
func (p *Published) gone(output Output) error {
	return fmt.Errorf("%w: run %s of %s: part %s is gone", ErrDamaged, p.Pointer.RunID, p.Pointer.Date, p.store.Address(p.final(output)))
}

// locateTries: a part moves three times in its life (see area.places), so a search can miss it three times.
const locateTries = 5

// moved tells whether an error may mean that the object has been moved since.
func moved(err error) bool {
	return errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrChanged)
}

func (p *Published) locate(ctx context.Context, output Output) (storage.Reader, error) {
	for range locateTries {
		for _, place := range p.places(p.Pointer) {
			object, err := p.store.Pin(ctx, place(output))
			if err == nil && object.Size != output.Bytes {
				continue // of a damaged run that was published again
			}
			var reader storage.Reader
			if err == nil {
				reader, err = p.store.Open(ctx, object)
			}
			if err == nil {
				return reader, nil
			}
			if !moved(err) {
				return nil, err
			}
		}
	}
	return nil, p.gone(output)
}
