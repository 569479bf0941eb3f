package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
)

// small is a data set of more than one row group a file where all of it is in one.
func small(layout, shape string) dataset {
	return dataset{Engagements: rowGroupRows + 5000, Contacts: 700, Layout: layout, IDs: shape}
}

func generated(t *testing.T, d dataset) string {
	t.Helper()
	dir := t.TempDir()
	if d.exists(dir) {
		t.Fatal("the data exists before it was made")
	}
	if err := d.generate(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if !d.exists(dir) {
		t.Fatal("the data does not exist after it was made")
	}
	return dir
}

func TestGeneratingTwiceGivesTheSameBytes(t *testing.T) {
	for _, d := range []dataset{small(byTime, text8), small(byContact, email)} {
		t.Run(d.Layout, func(t *testing.T) {
			first, second := generated(t, d), generated(t, d)
			files := 0
			err := filepath.WalkDir(first, func(path string, entry os.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				files++
				name, err := filepath.Rel(first, path)
				if err != nil {
					return err
				}
				a, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				b, err := os.ReadFile(filepath.Join(second, name))
				if err != nil {
					return err
				}
				if !bytes.Equal(a, b) {
					t.Errorf("%s differs", name)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if want := d.engagementFiles() + 2; files != want {
				t.Errorf("%d files, want %d", files, want)
			}
		})
	}
}

// event is an engagement as it was read back.
type event struct {
	contact string
	instant int64
	rest    [4]string
}

func readEvents(t *testing.T, d dataset, dir string) []event {
	t.Helper()
	paths, err := d.engagementPaths(dir)
	if err != nil {
		t.Fatal(err)
	}
	var events []event
	for _, path := range paths {
		read(t, path, func(batch arrow.RecordBatch) {
			for row := range int(batch.NumRows()) {
				e := event{contact: batch.Column(0).ValueStr(row), instant: int64(batch.Column(1).(*array.Timestamp).Value(row))}
				for i := range e.rest {
					e.rest[i] = batch.Column(i + 2).ValueStr(row)
				}
				events = append(events, e)
			}
		})
	}
	return events
}

func read(t *testing.T, path string, visit func(arrow.RecordBatch)) {
	t.Helper()
	source, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	for i := range source.NumRowGroups() {
		if n := source.MetaData().RowGroup(i).NumRows(); n > rowGroupRows {
			t.Errorf("%s: row group %d has %d rows", path, i, n)
		}
	}
	reader, err := pqarrow.NewFileReader(source, pqarrow.ArrowReadProperties{BatchSize: 1 << 20}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	batches, err := reader.GetRecordReader(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer batches.Release()
	for batches.Next() {
		visit(batches.RecordBatch())
	}
}

// TestLayouts holds that both layouts have the same engagements, each in its order.
func TestLayouts(t *testing.T) {
	counts := make(map[event]int)
	d := small(byTime, uuids)
	events := readEvents(t, d, generated(t, d))
	if len(events) != int(d.Engagements) {
		t.Fatalf("%d engagements, want %d", len(events), d.Engagements)
	}
	for i, e := range events {
		counts[e]++
		if i > 0 && e.instant < events[i-1].instant {
			t.Fatalf("by time, row %d: is before the one above it", i)
		}
	}
	d = small(byContact, uuids)
	events = readEvents(t, d, generated(t, d))
	for i, e := range events {
		counts[e]--
		if i == 0 {
			continue
		}
		before := events[i-1]
		if e.contact < before.contact || e.contact == before.contact && e.instant < before.instant {
			t.Fatalf("by contact, row %d: %v stands after %v", i, e, before)
		}
	}
	for e, n := range counts {
		if n != 0 {
			t.Fatalf("%v comes %d times more by time than by contact", e, n)
		}
	}
}

// TestByContactInSteps holds that the number of engagements that are sorted at once does not matter.
func TestByContactInSteps(t *testing.T) {
	d := dataset{Engagements: 5000, Contacts: 90, Layout: byContact, IDs: int64s}
	written := func(atOnce int64) []byte {
		path := filepath.Join(t.TempDir(), "engagements.parquet")
		to, err := d.createEngagements(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.addByContact(t.Context(), to, atOnce); err != nil {
			t.Fatal(err)
		}
		if err := to.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := to.to.close(); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	for _, atOnce := range []int64{1, 700} {
		if !bytes.Equal(written(atOnce), written(d.Engagements)) {
			t.Errorf("%d at once and all at once differ", atOnce)
		}
	}
}

// TestDistribution holds the shares that the figures of this bench depend on.
func TestDistribution(t *testing.T) {
	d := dataset{Engagements: 200_000, Contacts: 10_000, Layout: byTime, IDs: text8}
	perContact := make(map[uint64]int)
	perChannel := make(map[string]int)
	for i := range uint64(d.Engagements) {
		perContact[d.contactOf(i)]++
		perChannel[channels[draw(i).channel]]++
	}
	between := func(what string, n, least, most int) {
		if n < least || n > most {
			t.Errorf("%s: %d, want %d to %d", what, n, least, most)
		}
	}
	between("contacts with engagements", len(perContact), 8000, 8600)
	between("website", perChannel["website"], 108_000, 112_000)
	between("email", perChannel["email"], 64_000, 68_000)
	between("landing pages", perChannel["landing_page"], 13_000, 15_000)
	between("forms", perChannel["form"], 5500, 6500)
	between("messages", perChannel["sms"], 3500, 4500)
}

func TestIDs(t *testing.T) {
	const n = 5000
	for _, shape := range idShapes {
		t.Run(shape, func(t *testing.T) {
			seen := make(map[string]bool)
			column := array.NewBuilder(memory.DefaultAllocator, ids(shape).dataType())
			for contact := range uint64(n) {
				ids(shape).add(column, contact)
			}
			made := column.NewArray()
			defer made.Release()
			for i := range made.Len() {
				id := made.ValueStr(i)
				seen[id] = true
				if want := map[string]int{text8: 8, uuids: 36}[shape]; want > 0 && len(id) != want {
					t.Fatalf("%q has %d characters, want %d", id, len(id), want)
				}
			}
			if len(seen) != n {
				t.Errorf("%d different ids of %d contacts", len(seen), n)
			}
		})
	}
}

func TestAnInterruptedGenerationLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	d := small(byTime, text8)
	if err := d.generate(ctx, dir); err == nil {
		t.Fatal("no error")
	}
	left, err := os.ReadDir(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestScanReadsEveryRow(t *testing.T) {
	d := small(byTime, text8)
	paths, err := d.engagementPaths(generated(t, d))
	if err != nil {
		t.Fatal(err)
	}
	for _, goroutines := range []int{1, 3} {
		rows, err := scan(t.Context(), paths, goroutines)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.Engagements, rows); diff != "" {
			t.Errorf("%d goroutines: %s", goroutines, diff)
		}
	}
}
