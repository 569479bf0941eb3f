package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// Verification is what a published run was found to be when all of it was read again. The JSON names are those of
// leadscore verify.
type Verification struct {
	Output   string    `json:"output"`
	Date     string    `json:"date"`
	RunID    string    `json:"run_id"`
	AsOf     time.Time `json:"as_of"`
	Parts    int       `json:"parts"`
	Rows     int64     `json:"rows"`
	Bytes    int64     `json:"bytes"`
	Ledger   string    `json:"ledger"`   // LedgerBalances …
	Contacts int64     `json:"contacts"` // whose points were added up
	Faults   []string  `json:"faults"`   // empty: the run is what its manifest says
	Notes    []string  `json:"notes,omitempty"`
}

// What can be said of the ledger.
const (
	LedgerBalances = "balances"
	LedgerBroken   = "does not balance"
	LedgerUnread   = "not checked: " // and why
)

// Verify reads a published run again, every byte of it, and holds it to its manifest: sizes, CRC32C checksums, rows, the run
// that the footers name, and the ledger, which is that the breakdown of every contact adds up to its score; also what the tables say of changes. date "" is the
// latest. What is wrong is in Faults; an error means that it could not be looked at.
//
// It works part by part, of which each of the threads holds the contacts of one.
func Verify(ctx context.Context, output, date string, watch Watcher) (*Verification, error) {
	store, path, err := storage.Open(ctx, output)
	if err != nil {
		return nil, withCode(err)
	}
	v := &verifier{watch: watch, limits: parquetio.DefaultLimits(defaultMemory())}
	v.result = Verification{Output: store.Address(path), Date: date, Ledger: LedgerBalances, Faults: []string{}}
	v.run, err = publish.Open(ctx, store, path, date)
	switch {
	case errors.Is(err, publish.ErrDamaged):
		v.result.Ledger = LedgerUnread + "the manifest cannot be read"
		v.result.Faults = append(v.result.Faults, err.Error())
		return &v.result, nil
	case err != nil:
		return nil, withCode(err)
	}
	if err := v.verify(ctx); err != nil {
		return nil, withCode(err)
	}
	return &v.result, nil
}

// verifier is one verification.
type verifier struct {
	run    *publish.Published
	watch  Watcher
	limits parquetio.Limits
	ledger bool // both tables of it are published

	mu     sync.Mutex
	result Verification
	faults map[int][]string // by part
}

func (v *verifier) verify(ctx context.Context) error {
	m := v.run.Manifest
	v.result.Date, v.result.RunID, v.result.AsOf, v.faults = m.Date, m.RunID, m.AsOf, map[int][]string{}
	v.result.Faults = append(v.result.Faults, v.run.Consistent()...)
	if sum := sha256.Sum256([]byte(m.Model.Text)); hex.EncodeToString(sum[:]) != m.Model.Digest {
		v.result.Faults = append(v.result.Faults, "the manifest's model text has another digest than the manifest says")
	}
	v.ledger = true
	for _, table := range []string{scoresTable, breakdownTable} {
		if len(v.run.Parts(table)) == 0 {
			v.ledger, v.result.Ledger = false, LedgerUnread+table+" was not published"
		}
	}
	// Parts of one number hold the rows of the same contacts.
	parts := map[int][]publish.Output{}
	for _, output := range m.Outputs {
		n, _ := output.Part()
		parts[n] = append(parts[n], output)
		v.result.Parts, v.result.Rows, v.result.Bytes = v.result.Parts+1, v.result.Rows+output.Rows, v.result.Bytes+output.Bytes
	}
	numbers := slices.Sorted(maps.Keys(parts))
	v.watch.Stage("verify", v.result.Bytes, "bytes")
	err := crew(ctx, defaultThreads(), len(numbers), func() (struct{}, error) { return struct{}{}, nil },
		func(ctx context.Context, _ struct{}, i int) error { return v.part(ctx, numbers[i], parts[numbers[i]]) }, nil)
	v.watch.Done("verify")
	if err != nil {
		return err
	}
	for _, n := range numbers {
		v.result.Faults = append(v.result.Faults, v.faults[n]...)
	}
	return v.folders(ctx)
}

// folders looks at what readers of globs see beside the run.
func (v *verifier) folders(ctx context.Context) error {
	unfinished, err := v.run.Unfinished(ctx)
	if err != nil {
		return err
	}
	strangers, err := v.run.Strangers(ctx)
	if err != nil {
		return err
	}
	stands, err := v.run.Stands(ctx)
	switch {
	case err != nil:
		return err
	case !stands:
		v.result.Notes = append(v.result.Notes, "another run was published for the date meanwhile; this is about the one before")
	case unfinished:
		v.result.Notes = append(v.result.Notes, "the run is published, but not everywhere visible yet; the next run or a clean-up finishes that")
	default:
		for _, address := range strangers {
			v.result.Faults = append(v.result.Faults, address+" is no part of the run, but whoever reads the folder reads it too")
		}
	}
	return nil
}

// part verifies the parts of one number.
func (v *verifier) part(ctx context.Context, n int, outputs []publish.Output) error {
	sound := map[string]publish.Output{}
	for _, output := range outputs {
		ok, err := v.sound(ctx, n, output)
		if err != nil {
			return err
		}
		if ok {
			sound[output.Table] = output
		}
		v.watch.Advance("verify", output.Bytes)
	}
	if err := v.lives(ctx, n, outputs, sound); err != nil || !v.ledger {
		return err
	}
	// A part without rows is not written.
	for _, output := range outputs {
		if _, ok := sound[output.Table]; !ok && (output.Table == scoresTable || output.Table == breakdownTable) {
			v.unadded()
			return nil // which has been said
		}
	}
	return v.balance(ctx, n, sound)
}

// sound tells whether a part is, byte by byte, what was written, and says so where it is not.
func (v *verifier) sound(ctx context.Context, n int, output publish.Output) (bool, error) {
	err := v.run.Verify(ctx, output)
	if errors.Is(err, publish.ErrDamaged) {
		v.fault(n, "%v", err)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m := v.run.Manifest
	err = v.open(ctx, output, func(f *sourceFile) error {
		if rows := f.file.NumRows(); rows != output.Rows {
			v.fault(n, "%s has %d rows, the manifest says %d", output.Path, rows, output.Rows)
		}
		for _, note := range []struct{ key, want string }{{footerRunID, m.RunID}, {footerModel, m.Model.Digest}, {footerEngine, m.EngineVersion}} {
			if got := f.file.Metadata(note.key); got != note.want {
				v.fault(n, "the footer of %s says %s %q, the manifest %q", output.Path, note.key, got, note.want)
			}
		}
		return nil
	})
	if unreadable(err) {
		v.fault(n, "%v", err)
		return false, nil
	}
	return err == nil, err
}

// unreadable tells whether an error is about what a part holds, and not about its store.
func unreadable(err error) bool {
	if _, ok := errors.AsType[*parquetio.Error](err); !ok {
		return false
	}
	_, stored := errors.AsType[*storage.Error](err)
	return !stored
}

// open calls do with a part whose footer was read.
func (v *verifier) open(ctx context.Context, output publish.Output, do func(*sourceFile) error) (err error) {
	reader, err := v.run.OpenPart(ctx, output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	file, err := parquetio.Open(output.Path, reader, reader.Size(), v.limits)
	if err != nil {
		return err
	}
	return do(&sourceFile{object: reader.Object(), file: file, columns: (&Input{}).columnsOf(file), reader: &fileReader{Reader: reader}})
}

func (v *verifier) fault(part int, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.faults[part] = append(v.faults[part], fmt.Sprintf(format, args...))
}
