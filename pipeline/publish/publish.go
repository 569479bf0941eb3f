// Package publish makes a run visible: all of its tables or none, whatever fails or dies on the way.
//
//	OUT/LATEST.json                                the newest date's pointer, again
//	OUT/_runs/2026-11-22.json                      pointer of a date: which run is published   ◀── commit point
//	OUT/_runs/2026-11-22/<attempt>.json            manifest of a run
//	OUT/_staging/2026-11-22/<attempt>/<table>/…    parts that globs must not see: of runs in progress, and superseded ones
//	OUT/<table>/dt=2026-11-22/part-NNNNN-<run id>.parquet
//	OUT/extracts/<name>/dt=2026-11-22/part-00000-<run id>.csv   extracts, which are tables too, in any of Formats
//	OUT/_<table>/dt=2026-11-22/…                   the same, of a table for the next run and not for people
//
// The run id is a digest of what decides the run's content; an attempt is the run id with a random suffix, so that no
// two processes ever write under one name before the commit, even when both do the same work.
//
//	Begin ─▶ Create … Finish ─▶ Commit:  verify parts → try all places → write manifest → swap the date's pointer │ published
//	  │                                                                                                          ▼
//	  lock the date, finish what                              LATEST forward → parts to their final places → old parts to staging
//	  a dead run left, clean up
//
// The pointer decides. Readers of manifests (Open, OpenPart) find a part at its final place or in its run's staging
// folder and so see a whole run at every moment; a superseded run stays readable for a grace period. Readers of globs
// see each table's folder swapped in one step where the store can exchange folders (local disks of Linux and macOS);
// elsewhere there is a moment, at a re-run of a date only, in which a table's folder is missing or incomplete. A
// glob that begins with `**` passes over _staging as all our globs do; other tools should name the table.
//
// Whatever could keep parts from their final places (a file where a folder has to be, permissions, another disk) is
// found before the commit point, by moving a hidden folder through all places that the swap will change.
//
// What dies after the commit point is finished by the next Begin, for whatever date, or by Clean. What dies before it
// leaves only staging, which the same two remove as soon as they hold its date's lock, for then its process is dead. A lock
// that is only a lease does not prove that; there they wait for the grace period, as for superseded parts.
//
// What was handed to others must not vanish when its date is published again: a run may Keep parts of the one that it replaces, byte by
// byte, as further parts of its own tables. Runs that go on from what others have handed over take turns (TakeTurn), whatever
// their dates.
//
// Survey tells what is published for every date and what is missing of it; Clean removes what no reader needs any more.
//
// Usage:
//
//	key, err := publish.ContentKey(publish.Content{Inputs: inputs, Model: digest, Job: canonicalJSON, Engine: version, AsOf: asOf})
//	p, err := publish.Begin(ctx, store, out, "2026-11-22", key, replace)
//	switch {
//	case errors.Is(err, publish.ErrAlreadyDone): // exit 0: the same content is published already
//	case err != nil: // ErrDatePublished: say --replace; ErrBusy: exit 75; else a storage error
//	}
//	defer p.Abort() // does nothing after a Commit
//	err = p.Ready(ctx, "scores", "mql") // optional: fail before the work, not after it
//	previous, err := p.PreviousRun(ctx) // ErrNoRun when this is the first
//	part, err := p.Create(ctx, "scores", 0) // an io.Writer
//	defer part.Abort()
//	err = part.Finish(rows)
//	err = p.Commit(ctx, publish.Manifest{…}) // nil: published. ErrSuperseded, ErrUnfinished: exit 75
package publish

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"leadscore/pipeline/storage"
)

// The outcomes that a caller acts on. All are wrapped with what they are about; errors of the store keep their
// storage kind.
var (
	// ErrAlreadyDone: the same content is published for the date. Pointers are repaired; there is nothing to do.
	ErrAlreadyDone = errors.New("already published")
	// ErrDatePublished: other content is published for the date, and it was not asked to replace it.
	ErrDatePublished = errors.New("the date is published already")
	// ErrBusy: another process is publishing the date. Nothing was done; try again later.
	ErrBusy = errors.New("another run holds the date")
	// ErrSuperseded: another run was published for the date since Begin. Nothing of this one is published.
	ErrSuperseded = errors.New("superseded by another run")
	// ErrUnfinished: the run is published for readers of manifests, but LATEST or the tables' folders could not be
	// brought up to it. Running again finishes that.
	ErrUnfinished = errors.New("published, but not everywhere visible yet")
	// ErrUnknown: the store gave no answer to the commit, not even when asked again. The run may be published or not;
	// running again finds out.
	ErrUnknown = errors.New("it is unknown whether the run was published")
	// ErrNoRun: no run is published for the date (or none before it, or none at all).
	ErrNoRun = errors.New("no run is published")
	// ErrDamaged: a published run lacks parts, or they are not what the manifest says.
	ErrDamaged = errors.New("the published run is damaged")
)

// DefaultGrace is how long superseded parts stay readable, and how long what a run left is kept that is not known to be dead.
const DefaultGrace = 24 * time.Hour

// Latest stands for the newest published date in Open.
const Latest = "latest"

const (
	runsFolder    = "_runs"
	stagingFolder = "_staging"
	latestName    = "LATEST.json"

	begunMark      = "begun.json"      // in staging from Begin until the run is settled or aborted
	supersededMark = "superseded.json" // in staging with the parts of a run that was published before

	pointerLimit  = 64 << 10
	manifestLimit = 256 << 20
)

// area is an output folder: the store, and the names of all that is in it.
type area struct {
	store storage.Store
	out   string
}

func (a area) at(elements ...string) string {
	return storage.Join(append([]string{a.out}, elements...)...)
}

func (a area) address() string { return a.store.Address(a.out) }

func (a area) latest() string             { return a.at(latestName) }
func (a area) pointer(date string) string { return a.at(runsFolder, date+".json") }
func (a area) lock(date string) string    { return a.at(runsFolder, "."+date+".lock") }

// glob is a pattern below the output folder, whose own name is no pattern.
func (a area) glob(pattern string) string {
	if a.out == "" {
		return pattern
	}
	return strings.TrimSuffix(storage.EscapeGlob(a.out), "/") + "/" + pattern
}

// Relative to OUT, as they stand in manifests and pointers:

func manifestName(date, attempt string) string { return path.Join(runsFolder, date, attempt+".json") }
func stagingName(date, attempt string) string  { return path.Join(stagingFolder, date, attempt) }
func tableName(table, date string) string      { return path.Join(table, "dt="+date) }

func partName(part int, runID, format string) string {
	return fmt.Sprintf("part-%05d-%s.%s", part, runID, format)
}

// ExtractsFolder holds the extracts' folders.
const ExtractsFolder = "extracts"

// Parquet is the format of tables that are no extracts.
const Parquet = "parquet"

// Formats are what a part may be, as its name ends.
var Formats = []string{Parquet, "csv", "tsv", "xlsx", "jsonl"}

// rootOf gives the folder right below OUT that a table's folder lies in, or is.
func rootOf(table string) string {
	root, _, _ := strings.Cut(table, "/")
	return root
}

// tablePattern is what a table may be named, which is its folder below OUT. A name with _ before it is that of an internal table: many tools,
// and our own globs, pass over such folders.
var tablePattern = regexp.MustCompile(`^(_?[a-z][a-z0-9_]*|` + ExtractsFolder + `/[a-z0-9][a-z0-9_]*)$`)

// isTable tells whether a folder may be a table's.
func isTable(name string) bool {
	return tablePattern.MatchString(name) && name != runsFolder && name != stagingFolder
}

// stagedTable is the folder of a table in staging, where nothing is hidden from globs: a name that no table can have.
func stagedTable(table string) string {
	if internal, ok := strings.CutPrefix(table, "_"); ok {
		return "internal-" + internal
	}
	return table
}

// checkDate refuses what is not a date, as it becomes part of names.
func checkDate(date string) error {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return fmt.Errorf("%q is no date: write 2026-11-22", date)
	}
	return nil
}
