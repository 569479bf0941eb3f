package pipeline_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
)

const levelModel = `
name: levels
version: "1"
sets:
  - set: Levels
    rules:
      - {rule: One, points: 1, when: {field: level, at_least: 1}}
      - {rule: Two, points: 1, when: {field: level, at_least: 2}}
      - {rule: Three, points: 1, when: {field: level, at_least: 3}}
      - {rule: Four, points: 1, when: {field: level, at_least: 4}}
      - {rule: Five, points: 1, when: {field: level, at_least: 5}}
      - {rule: Listed, points: 0, when: {list: Sales ready}}
suppress:
  - {reason: No consent, when: {field: level, equals: 6}}
`

// plainStreams are the streams of the nights; the formats of their files take turns.
var plainStreams = []plainStream{{"hot", 3, false, 0}, {"everybody", 2, true, 0}, {"capped", 3, true, 2}, {"book", 5, true, 0}}

var streamFormats = map[string]string{"hot": "csv", "everybody": "parquet", "capped": "jsonl", "book": "xlsx"}

type levelContact struct {
	ID    int64 `parquet:"contact_id"`
	Level int64 `parquet:"level"`
}

// deliveryWorld is a base over many nights, its inputs and what is published, beside the plain model of it.
type deliveryWorld struct {
	t      *testing.T
	random *rand.Rand
	kind   *storeKind
	store  storage.Store
	root   string
	at     string
	temp   string
	spec   pipeline.Spec
	plain  *plainWorld
	levels map[string]map[string]int  // date → levels that its inputs have
	jobs   map[string]plainJob        // date → what its job has
	shown  map[string]map[string]bool // stream and date → rows that were ever visible
	known  map[string][]string        // rows by path and checksum of their part, as none changes under its name
	ops    int                        // of a run without faults

	count struct{ runs, nights, reruns, replacedNewest, replacedOld, backfills, crashes, published, cleanups, deliveries, violations int }
}

func newDeliveryWorld(t *testing.T, seed uint64) *deliveryWorld {
	n := &deliveryWorld{t: t, random: rand.New(rand.NewPCG(seed, 7)), at: shared(t), temp: t.TempDir(), plain: newPlainWorld(plainStreams),
		levels: map[string]map[string]int{}, jobs: map[string]plainJob{}, shown: map[string]map[string]bool{}, known: map[string][]string{}, ops: 60}
	n.kind = &storeKinds[int(seed)%len(storeKinds)]
	var err error
	if n.store, n.root, err = storage.Open(t.Context(), n.at); err != nil {
		t.Fatal(err)
	}
	storagetest.Put(t, n.store, storage.Join(n.root, "engagements.parquet"), rowsFile(t, []struct {
		ID      int64  `parquet:"contact_id"`
		At      int64  `parquet:"occurred_at,timestamp(millisecond)"`
		Channel string `parquet:"channel"`
		Action  string `parquet:"action"`
	}{{1, day("2026-10-01").UnixMilli(), "email", "clicked"}}))
	n.spec = pipeline.Spec{
		Model: parse(t, levelModel), History: 24 * time.Hour, Tables: []string{"scores"}, Memory: 1 << 30, TempDir: n.temp,
		Engagements: pipeline.Input{Paths: []string{n.at + "/engagements.parquet"}}, Output: n.at + "/out",
		Lists: &pipeline.Input{Paths: []string{n.at + "/out/extracts/on/dt=previous/*.parquet"}}, // as tomorrow's run takes it in
	}
	columns := []pipeline.ExtractColumn{{Column: "contact_id"}, {Name: "level", Column: "score"}}
	for _, s := range plainStreams {
		n.spec.Extracts = append(n.spec.Extracts, pipeline.Extract{Name: s.slug, Slug: s.slug, Where: fmt.Sprintf("score >= %d", s.least), Limit: s.limit,
			Columns: columns, Format: streamFormats[s.slug], Stream: &pipeline.Stream{FetchHistory: s.history}})
	}
	n.spec.Extracts = append(n.spec.Extracts,
		pipeline.Extract{Name: "On", Slug: "on", Where: fmt.Sprintf("score >= %d", putsOn), AddToList: "Sales ready"},
		pipeline.Extract{Name: "Off", Slug: "off", Where: fmt.Sprintf("score <= %d", takesOff), RemoveFromList: "sales Ready"})
	return n
}

// write writes the inputs of a date.
func (n *deliveryWorld) write(date string, levels map[string]int) {
	n.levels[date] = levels
	n.edit(date)
	var rows []levelContact
	for _, id := range slices.Sorted(maps.Keys(levels)) {
		c := levelContact{Level: int64(levels[id])}
		if _, err := fmt.Sscan(id, &c.ID); err != nil {
			n.t.Fatal(err)
		}
		rows = append(rows, c)
	}
	p := storage.Join(n.root, "contacts "+date+".parquet")
	if err := n.store.Delete(n.t.Context(), p); err != nil {
		n.t.Fatal(err)
	}
	storagetest.Put(n.t, n.store, p, rowsFile(n.t, rows))
}

// changed gives other levels, some contacts gone and some come.
func (n *deliveryWorld) changed(levels map[string]int) map[string]int {
	next := map[string]int{}
	for id := range 14 {
		c := fmt.Sprint(id + 1)
		level, there := levels[c]
		switch n.random.IntN(8) {
		case 0:
			level, there = n.random.IntN(7), true
		case 1:
			there = there && n.random.IntN(3) > 0
		case 2:
			level = min(level+1, blocked)
		case 3:
			level = max(level-1, 0)
		}
		if there {
			next[c] = level
		}
	}
	return next
}

// edit edits the job of a date: mostly it has all, sometimes it lacks a stream, or hands over nothing.
func (n *deliveryWorld) edit(date string) {
	job := plainJob{streams: map[string]bool{}, list: true}
	for _, s := range plainStreams {
		job.streams[s.slug] = true
	}
	switch n.random.IntN(10) {
	case 0:
		delete(job.streams, plainStreams[n.random.IntN(len(plainStreams))].slug)
	case 1:
		job = plainJob{}
	}
	n.jobs[date] = job
}

// run runs a date, on threads and buckets that must not matter.
func (n *deliveryWorld) run(ctx context.Context, date string, replace bool) (*pipeline.Summary, error) {
	n.count.runs++
	spec := n.spec
	spec.AsOf, spec.Replace = day(date).Add(3*time.Hour), replace
	spec.Contacts = pipeline.Input{Paths: []string{n.at + "/contacts " + date + ".parquet"}}
	spec.Extracts = slices.DeleteFunc(slices.Clone(spec.Extracts), func(x pipeline.Extract) bool {
		if x.Stream == nil {
			return !n.jobs[date].list
		}
		return !n.jobs[date].streams[x.Slug]
	})
	spec.Threads, spec.Buckets = 1+n.random.IntN(2), 1<<n.random.IntN(3)
	return pipeline.Run(ctx, spec, pipeline.Unwatched{})
}

// undisturbed runs a date to its end, which has to be good.
func (n *deliveryWorld) undisturbed(date string, replace bool) *pipeline.Summary {
	ctx, f := stacked(n.t.Context(), n.kind, nil)
	summary, err := n.run(ctx, date, replace)
	f.Exit()
	if err != nil {
		n.t.Fatalf("%s: %v", date, err)
	}
	n.ops = len(f.Ops())
	return summary
}

// do publishes a date from its inputs, sometimes after runs that die or fail.
func (n *deliveryWorld) do(date string, replace bool) {
	for n.random.IntN(3) == 0 {
		before, met := n.runOf(date), false
		at, fault := 1+n.random.IntN(n.ops), []storagetest.Fault{storagetest.DieBefore, storagetest.DieAfter, storagetest.Before, storagetest.After}[n.random.IntN(4)]
		ctx, f := stacked(n.t.Context(), n.kind, func(op storagetest.Op) storagetest.Fault {
			if op.Number == at {
				met = true
				return fault
			}
			return storagetest.Pass
		})
		_, err := n.run(ctx, date, replace)
		f.Exit()
		n.minutesLater()
		if met {
			n.count.crashes++
		}
		if after := n.runOf(date); after != before {
			if met {
				n.count.published++
			}
			n.plain.publish(date, n.levels[date], n.jobs[date])
			n.look("after a crash that had published " + date)
		} else if n.look("after a crash"); err == nil && n.plain.dates[date] == nil {
			n.t.Fatalf("%s: it said that it was published", date)
		}
		if n.random.IntN(3) == 0 { // somebody exports the data anew before the job is run again
			n.write(date, n.changed(n.levels[date]))
			replace = true
		}
	}
	before := n.runOf(date)
	n.undisturbed(date, replace || before != "")
	if n.runOf(date) != before {
		n.plain.publish(date, n.levels[date], n.jobs[date])
	}
	n.look("after " + date)
	n.glance()
}

// minutesLater lets the leases of dead processes run out.
func (n *deliveryWorld) minutesLater() {
	for _, name := range storagetest.Paths(n.t, n.store, n.root, "out/_runs/.*.lock") {
		if err := n.store.Delete(n.t.Context(), storage.Join(n.root, name)); err != nil {
			n.t.Fatal(err)
		}
	}
}

func (n *deliveryWorld) opened(date string) *publish.Published {
	p, err := publish.Open(n.t.Context(), n.store, storage.Join(n.root, "out"), date)
	if errors.Is(err, publish.ErrNoRun) {
		return nil
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return p
}

// runOf names the run that stands for a date.
func (n *deliveryWorld) runOf(date string) string {
	if p := n.opened(date); p != nil {
		return p.Pointer.Attempt
	}
	return ""
}

// look reads all that is published, as readers of manifests do, and compares it with the plain model.
func (n *deliveryWorld) look(when string) {
	n.t.Helper()
	total := map[string]bool{}
	dates, err := publish.Dates(n.t.Context(), n.store, storage.Join(n.root, "out"))
	if err != nil {
		n.t.Fatal(err)
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(n.plain.dates)), dates); d != "" && len(dates) > 0 {
		n.wrong(when, "dates", d)
	}
	for _, date := range dates {
		p, want := n.opened(date), n.plain.dates[date]
		if gone, err := p.Missing(n.t.Context()); err != nil || len(gone) > 0 {
			n.t.Fatalf("%s: %q are gone from %s, %v", when, gone, date, err)
		}
		for _, s := range plainStreams {
			rows := n.rows(p, "extracts/"+s.slug)
			if d := cmp.Diff(want.logs[s.slug], rows); d != "" {
				n.wrong(when, s.slug+" of "+date, d)
			}
			now := map[string]bool{}
			for _, row := range rows {
				id, _, _ := strings.Cut(row, " ")
				if total[id] {
					n.wrong(when, s.slug+" of "+date, "delivered twice: "+row)
				}
				total[id], now[row] = true, true
			}
			key := s.slug + " " + date
			for row := range n.shown[key] {
				if !now[row] {
					n.wrong(when, key, "was visible and is gone: "+row)
				}
			}
			n.shown[key] = now
		}
		var members, removed []string
		for c, since := range want.members {
			members = append(members, c+" Sales ready "+since)
		}
		for c := range want.removed {
			removed = append(removed, c+" sales Ready "+date)
		}
		for table, want := range map[string][]string{"extracts/on": members, "extracts/off": removed} {
			rows := n.rows(p, table)
			slices.Sort(rows)
			slices.Sort(want)
			if d := cmp.Diff(want, rows); d != "" {
				n.wrong(when, table+" of "+date, d)
			}
		}
	}
	n.count.deliveries = len(total)
}

func (n *deliveryWorld) wrong(when, what, why string) {
	n.t.Helper()
	n.count.violations++
	n.t.Errorf("%s: %s: %s", when, what, why)
	if n.count.violations > 5 {
		n.t.FailNow()
	}
}

// glance holds that readers of globs see the parts that the manifests name, and that verify finds them sound.
func (n *deliveryWorld) glance() {
	n.t.Helper()
	var want []string
	for date := range n.plain.dates {
		for _, output := range n.opened(date).Manifest.Outputs {
			if strings.HasPrefix(output.Table, publish.ExtractsFolder) {
				want = append(want, output.Path)
			}
		}
	}
	slices.Sort(want)
	if d := cmp.Diff(want, storagetest.Paths(n.t, n.store, storage.Join(n.root, "out"), "extracts/*/dt=*/*")); d != "" {
		n.wrong("at a glance", "extracts", d)
	}
}

// rows gives the rows of a table as texts.
func (n *deliveryWorld) rows(p *publish.Published, table string) []string {
	n.t.Helper()
	var rows []string
	for _, output := range p.Parts(table) {
		key := output.Path + output.CRC32C
		if some, ok := n.known[key]; ok {
			rows = append(rows, some...)
			continue
		}
		data, err := p.ReadPart(n.t.Context(), output)
		if err != nil {
			n.t.Fatal(err)
		}
		some, err := rowsIn(path.Ext(output.Path), data)
		if err != nil || int64(len(some)) != output.Rows {
			n.t.Fatalf("%s: %d rows of %d, %v", output.Path, len(some), output.Rows, err)
		}
		n.known[key] = some
		rows = append(rows, some...)
	}
	return rows
}

func rowsIn(ext string, data []byte) (rows []string, err error) {
	switch ext {
	case ".csv":
		lines, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
		for _, line := range lines[1:] {
			rows = append(rows, strings.Join(line, " "))
		}
		return rows, err
	case ".jsonl":
		for line := range strings.Lines(string(data)) {
			var row struct {
				ID      string `json:"delivery_id"`
				Contact int64  `json:"contact_id"`
				Level   int    `json:"level"`
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				return nil, err
			}
			rows = append(rows, fmt.Sprint(row.ID, " ", row.Contact, " ", row.Level))
		}
		return rows, nil
	case ".xlsx":
		book, err := excelize.OpenReader(strings.NewReader(string(data)))
		if err != nil {
			return nil, err
		}
		lines, err := book.GetRows(book.GetSheetName(0))
		for _, line := range lines[1:] {
			rows = append(rows, strings.Join(line, " "))
		}
		return rows, err
	}
	file, err := parquet.OpenFile(strings.NewReader(string(data)), int64(len(data)))
	if err != nil {
		return nil, err
	}
	reader := parquet.NewReader(file)
	for {
		row := map[string]any{}
		if err := reader.Read(&row); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		if id, ok := row["delivery_id"]; ok {
			rows = append(rows, fmt.Sprint(id, " ", row["contact_id"], " ", row["level"]))
			continue
		}
		at := row["added_at"]
		if at == nil {
			at = row["removed_at"]
		}
		rows = append(rows, fmt.Sprint(row["contact_id"], " ", row["list"], " ", dateOf(at)))
	}
}

func dateOf(at any) string {
	if micros, ok := at.(int64); ok {
		return time.UnixMicro(micros).UTC().Format(time.DateOnly)
	}
	return fmt.Sprint(at)
}
