package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
	"leadscore/transforms/score"
)

// earlier is the newest run published for an earlier date, which this run is compared with:
//
//	_state    ─▶ records of contacts ─┐ bucket
//	breakdown ─▶ records of rules ────┘ by id ──▶ recall: score.Prior, and who is gone
//
// Of the breakdown only what rules gave that are the same in both models is read, where the model has changed.
type earlier struct {
	*publish.Published

	state, rules *spool // nil: there is nothing to recall
	same         []bool // by rule of the program

	mu    sync.Mutex // guards what the readers of parts find out
	bands []string   // of its model, as they are met; sorted when all are
	ranks []uint32   // their places when they are sorted, by the places that records have
	known []uint64   // statics of the program that the earlier run had
}

// band gives the place of a name of a band.
func (e *earlier) band(name string) uint32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := slices.Index(e.bands, name)
	if at < 0 {
		at = len(e.bands)
		e.bands = append(e.bands, name)
	}
	return uint32(at)
}

// sortBands puts the names of bands in an order that follows from them alone.
func (e *earlier) sortBands() {
	met := e.bands
	e.bands = slices.Sorted(slices.Values(met))
	for _, name := range met {
		e.ranks = append(e.ranks, uint32(slices.Index(e.bands, name)))
	}
}

// rank gives the place of a record's band in bands.
func (e *earlier) rank(band uint32) uint32 {
	if band == noCode {
		return noCode
	}
	return e.ranks[band]
}

// bandName is the name of a band by its place; empty: there is none.
func (e *earlier) bandName(place uint32) string {
	if place == noCode {
		return ""
	}
	return e.bands[place]
}

// modelChanged tells that the earlier run had another model.
func (r *run) modelChanged() bool {
	return r.earlier.Manifest.Model.Digest != r.spec.Model.Digest
}

// readEarlier brings what the earlier run leaves for this one into buckets.
func (r *run) readEarlier(ctx context.Context) error {
	e := r.earlier
	if e == nil {
		return nil
	}
	if why := e.strange(r.asOf); why != "" {
		r.forget(why)
		return nil
	}
	parts := e.Parts(stateTable)
	e.state = r.spool("previous", r.layout.buckets())
	err := r.readParts(ctx, parts, e.state, r.stateReader)
	if errors.Is(err, errOtherIDs) {
		err = e.state.close()
		r.forget("has " + errOtherIDs.Error())
		return err
	}
	e.sortBands()
	if err != nil || !r.modelChanged() {
		return err
	}
	e.same = make([]bool, len(r.program.Rules))
	if old, found := model.Parse("model", []byte(e.Manifest.Model.Text)); !diag.List(found).HasErrors() {
		e.same = score.SameRules(r.program, old)
	}
	breakdown := e.Parts(breakdownTable)
	if len(breakdown) == 0 {
		clear(e.same) // what the rules gave is not known
	}
	if !slices.Contains(e.same, true) {
		return nil
	}
	e.rules = r.spool("previous-rules", r.layout.buckets())
	return r.readParts(ctx, breakdown, e.rules, r.rulesReader)
}

// strange tells why a run at an instant cannot be compared with the earlier one, as far as its manifest says; empty: it can.
func (e *earlier) strange(asOf int64) string {
	switch {
	case len(e.Parts(stateTable)) == 0:
		return "has none of mql, mql_events and score_changes"
	case e.Manifest.AsOf.Unix() >= asOf:
		return "is of a later instant, in another time zone"
	}
	return ""
}

// errOtherIDs says that no id of the earlier run can be one of this run's.
var errOtherIDs = errors.New("contact ids of another kind")

// forget goes on as if there was no earlier run, so that the manifest names none: what this one publishes is no change from that.
func (r *run) forget(why string) {
	r.watch.Warn(fmt.Sprintf("the run published for %s %s, so every contact and every MQL counts as new", r.earlier.Manifest.Date, why))
	r.earlier = nil
}

// partReader makes what reads the batches of a part; its columns are those that are named.
type partReader func(f *parquetio.File) (columns []string, read func(column func(name string) arrow.Array, rows int, out *appender) error, err error)

// readParts reads parts of at most some 65,000 contacts whole, and by their sums: a wrong byte that decodes would change who is new.
func (r *run) readParts(ctx context.Context, parts []publish.Output, into *spool, reader partReader) error {
	return crew(ctx, r.threads, len(parts), func() (*appender, error) { return into.appender(), nil },
		func(ctx context.Context, out *appender, i int) error {
			err := r.readPart(ctx, parts[i], out, reader)
			date := r.earlier.Manifest.Date
			if errors.Is(err, publish.ErrDamaged) || unreadable(err) {
				return failed(exitFailed, "the run published for %s tells what has changed and which MQLs are new, but %w; publish that date again, or remove it from %s with all that is published before it",
					date, err, r.address())
			}
			if err != nil {
				return fmt.Errorf("the run published for %s: %w", date, err)
			}
			return nil
		}, (*appender).flush)
}

func (r *run) readPart(ctx context.Context, part publish.Output, out *appender, reader partReader) error {
	f, src, err := r.reread(ctx, r.earlier.Published, part)
	if err != nil {
		return err
	}
	names, read, err := reader(f.file)
	if err != nil {
		return err
	}
	return f.batches(ctx, src, names, func(column func(name string) arrow.Array, rows int) error { return read(column, rows, out) })
}

// footerStatics names the metadata of _state that says which static each bit is: JSON, a list of digests of their keys, which may be long.
const footerStatics = "leadscore.statics"

// staticKeys gives digests of the keys of the program's statics, in the order of their bits.
func (r *run) staticKeys() []string {
	keys := make([]string, len(r.program.Statics))
	for i := range r.program.Statics {
		sum := sha256.Sum256([]byte(r.program.Statics[i].Key()))
		keys[i] = hex.EncodeToString(sum[:16])
	}
	return keys
}

// statics gives, for each bit of an earlier run's statics, its place in this program; -1: it has none.
func (r *run) statics(f *parquetio.File) ([]int, error) {
	var before []string
	if err := json.Unmarshal([]byte(f.Metadata(footerStatics)), &before); err != nil {
		return nil, &parquetio.Error{File: f.Name(), RowGroup: -1, Row: -1, What: footerStatics + " in its footer is no list of texts"}
	}
	now := r.staticKeys()
	places, known := make([]int, len(before)), make([]uint64, r.program.StaticWords())
	for i, key := range before {
		if places[i] = slices.Index(now, key); places[i] >= 0 {
			known[places[i]/64] |= 1 << (places[i] % 64)
		}
	}
	r.earlier.mu.Lock()
	defer r.earlier.mu.Unlock()
	r.earlier.known = known // each part says the same
	return places, nil
}
