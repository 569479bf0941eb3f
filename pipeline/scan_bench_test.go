package pipeline

import (
	"errors"
	"math/rand/v2"
	"testing"

	"leadscore/pipeline/oracle"
	"leadscore/transforms/match"
)

// BenchmarkScan says of each step of the scan what an engagement takes: its classes, its time, and its id, for ids of every
// shape, from the page to the bucket's records.
func BenchmarkScan(b *testing.B) {
	text, integer := match.Type{Kind: match.Text, Name: "text"}, match.Type{Kind: match.Int, Bits: 64, Name: "int64"}
	shapes := []struct {
		name     string
		encoding string
		typ      match.Type
		id       func(i int) oracle.Value
	}{
		{"8 bytes, repeated", "dictionary", text, textIDs("c%07d")},
		{"8 bytes", "plain", text, textIDs("c%07d")},
		{"36 bytes", "plain", text, textIDs("7d444840-9dc0-11d1-b245-%012x")},
		{"e-mail", "plain", text, textIDs("somebody.%d@company.example")},
		{"int64", "plain", integer, func(i int) oracle.Value { return int64(i) * 7919 }},
	}
	for _, shape := range shapes {
		spec := benchmarkSpec(b, benchmarkTables(10_000, shape.typ, shape.id), shape.encoding)
		r := benchmarkRun(b, spec)
		if err := errors.Join(r.readContacts(b.Context()), r.assembleAll(b.Context())); err != nil {
			b.Fatal(err)
		}
		s := &scan{run: r, source: r.sources[engagementsTable], columns: r.columns}
		w, err := s.scanner()
		if err != nil {
			b.Fatal(err)
		}
		t := s.source.tasks()[0]
		f := s.source.files[t.file]
		n := int(f.file.RowGroupRows(t.group))
		if f.reader, err = f.open(b.Context()); err != nil {
			b.Fatal(err)
		}
		measure := func(name string, step func() error) {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := step(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
			})
		}
		classes := func() error { return w.classes(b.Context(), f, t) }
		times := func() error { return w.times(b.Context(), f, t, n) }
		if err := errors.Join(classes(), times()); err != nil {
			b.Fatal(err)
		}
		if shape.encoding == "dictionary" {
			measure("classes", classes)
			measure("times", times)
		}
		if err := times(); err != nil {
			b.Fatal(err)
		}
		w.toWords(n)
		measure("ids/"+shape.name, func() error {
			for bucket := range r.layout.buckets() { // the records of the time before
				if err := r.narrow.take(bucket, nil, func([]byte) error { return nil }); err != nil {
					return err
				}
			}
			return w.ids(b.Context(), f, t)
		})
		if err := errors.Join(w.finish(), f.done(), r.publication.Abort(), r.close()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGather sorts the records of a bucket: 1,000 contacts with 20 engagements each.
func BenchmarkGather(b *testing.B) {
	const contacts, records = 1000, 20_000
	random := rand.New(rand.NewPCG(5, 6))
	rows := make([]placed, records)
	for i := range rows {
		rows[i] = placed{uint32(random.IntN(contacts)), random.Uint64() >> 8}
	}
	g := gatherer{run: &run{intake: &intake{}}}
	b.ReportAllocs()
	for b.Loop() {
		g.rows = append(g.rows[:0], rows...)
		g.sort(contacts)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/row")
}
