package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc/pool"
)

// The layouts of the engagement files.
const (
	byTime    = "time"    // 14 files, one after the other in time, as an export of every month leaves them
	byContact = "contact" // one file, sorted by contact, then by time
)

// dataset says which data a case needs. Equal data sets are byte for byte the same files.
type dataset struct {
	Engagements int64
	Contacts    int64
	Layout      string // byTime, byContact
	IDs         string // one of idShapes
}

// generation is part of every folder's name, so that data made before a change of the generator is not used again.
const generation = 1

func (d dataset) folder(dir string) string {
	return filepath.Join(dir, "data", fmt.Sprintf("v%d-%d-engagements-%d-contacts-by-%s-%s", generation, d.Engagements, d.Contacts, d.Layout, d.IDs))
}

func (d dataset) check() error {
	switch {
	case d.Engagements < 1 || d.Engagements >= 1<<32:
		return fmt.Errorf("-engagements %d: must be 1 to %d", d.Engagements, int64(1)<<32-1)
	case d.Contacts < 1 || d.Contacts > 10_000_000:
		return fmt.Errorf("-contacts %d: must be 1 to 10000000", d.Contacts)
	case d.Layout != byTime && d.Layout != byContact:
		return fmt.Errorf("-layout %s: must be %s or %s", d.Layout, byTime, byContact)
	case !slices.Contains(idShapes, d.IDs):
		return fmt.Errorf("-ids %s: must be one of %v", d.IDs, idShapes)
	}
	return nil
}

// generate writes contacts.parquet, lists.parquet and engagements/*.parquet into a folder that is complete once it has
// its name: what an interrupted run leaves behind is never taken for data.
func (d dataset) generate(ctx context.Context, dir string) error {
	final := d.folder(dir)
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return err
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(final), "unfinished-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(unfinished)
	if err := os.Chmod(unfinished, 0o755); err != nil { // temporary folders are private
		return err
	}
	if err := os.Mkdir(filepath.Join(unfinished, "engagements"), 0o755); err != nil {
		return err
	}
	work := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	work.Go(func(ctx context.Context) error {
		return d.writeContacts(ctx, filepath.Join(unfinished, "contacts.parquet"))
	})
	work.Go(func(ctx context.Context) error { return d.writeLists(ctx, filepath.Join(unfinished, "lists.parquet")) })
	for i := range d.engagementFiles() {
		path := filepath.Join(unfinished, "engagements", fmt.Sprintf("part-%02d.parquet", i))
		work.Go(func(ctx context.Context) error { return d.writeEngagements(ctx, path, i) })
	}
	if err := work.Wait(); err != nil {
		return err
	}
	return os.Rename(unfinished, final)
}

// exists tells whether the data was made before.
func (d dataset) exists(dir string) bool {
	_, err := os.Stat(d.folder(dir))
	return err == nil
}

// engagementPaths lists the engagement files of data that exists.
func (d dataset) engagementPaths(dir string) ([]string, error) {
	return filepath.Glob(filepath.Join(d.folder(dir), "engagements", "*.parquet"))
}
