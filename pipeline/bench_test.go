package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"leadscore/pipeline/oracle"
	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
	"leadscore/transforms/score"
)

// benchmarkModel has rules of the usual forms over channels, assets, pages and fields.
func benchmarkModel(b *testing.B) *model.Model {
	var text strings.Builder
	text.WriteString("name: bench\nscore: {range: {min: 0, max: 200}, mql: 6}\nsets:\n  - set: s\n    range: {max: 150}\n    rules:\n")
	for i := range 10 {
		fmt.Fprintf(&text, `      - {rule: clicked %[1]d, points: 5, when: {email: clicked, asset: asset %[1]d, within: 90d}}
      - {rule: visits %[1]d, points: {each: 1, max: 5}, when: {website: visited, url: {contains: /topic-%[1]d/}, within: 60d}}
      - {rule: fade %[1]d, points: {fade: {7d: 9, 30d: 4}}, when: {form: submitted, asset: asset %[1]d}}
      - {rule: silent %[1]d, points: -2, when: {not: {engagement: any, within: %[2]dd}}}
      - {rule: field %[1]d, points: 2, when: {field: country, in: [C%[1]d, D%[1]d]}}
      - {rule: list %[1]d, points: 1, when: {list: list %[1]d}}
`, i, 20+10*i)
	}
	m, found := model.Parse("model.yaml", []byte(text.String()))
	if m == nil {
		b.Fatal(found)
	}
	return m
}

// benchmarkTables are contacts with 20 engagements each, over 400 days, half of them in a list. id makes the contacts' ids, which are of type idType.
func benchmarkTables(contacts int, idType match.Type, id func(i int) oracle.Value) oracle.Tables {
	random := rand.New(rand.NewPCG(1, 2))
	text := match.Type{Kind: match.Text, Name: "text"}
	t := oracle.Tables{
		ContactID: idType, EventKey: idType, MemberKey: idType, Fields: []oracle.Column{{Name: "country", Type: text}},
		EventAt:  match.Type{Kind: match.Timestamp, Zoned: true, Name: "timestamp"},
		Optional: []oracle.Column{{Name: "asset", Type: text}, {Name: "url", Type: text}},
		HasLists: true, ListID: text,
	}
	for i := range contacts {
		t.Contacts = append(t.Contacts, oracle.Contact{
			ID: id(i), Fields: map[string]oracle.Value{"country": fmt.Sprintf("%c%d", 'C'+random.IntN(3), random.IntN(20))},
		})
		if i%2 == 0 {
			t.Members = append(t.Members, oracle.Member{ID: id(i), List: fmt.Sprint("list ", random.IntN(20))})
		}
	}
	kinds := [][2]string{{"email", "clicked"}, {"email", "opened"}, {"website", "visited"}, {"website", "visited"}, {"form", "submitted"}}
	start := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC).Unix()
	for range contacts * 20 {
		kind := kinds[random.IntN(len(kinds))]
		t.Events = append(t.Events, oracle.Event{
			ID: id(random.IntN(contacts)), At: oracle.Instant{Second: start + random.Int64N(400*24*3600)},
			Channel: kind[0], Action: kind[1], Asset: fmt.Sprint("asset ", random.IntN(40)),
			URL: fmt.Sprintf("https://acme.example/topic-%d/page-%d", random.IntN(30), random.IntN(2000)),
		})
	}
	return t
}

// textIDs gives ids by a format.
func textIDs(format string) func(i int) oracle.Value {
	return func(i int) oracle.Value { return fmt.Sprintf(format, i) }
}

// benchmarkSpec writes tables in an encoding and gives a run over them on one thread.
func benchmarkSpec(b *testing.B, tables oracle.Tables, encoding string) Spec {
	layout := oracle.PlainLayout
	layout.Files = slices.Clone(layout.Files)
	layout.Files[0].RowGroup, layout.Files[0].Encoding = 50_000, encoding
	written, err := layout.Write(filepath.Join(b.TempDir(), "in"), tables)
	if err != nil {
		b.Fatal(err)
	}
	return Spec{
		Model: benchmarkModel(b), AsOf: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), History: 90 * 24 * time.Hour,
		Contacts: Input{Paths: written.Contacts}, Engagements: Input{Paths: written.Engagements}, Lists: &Input{Paths: written.Lists},
		Memory: 1 << 30, Threads: 1, TempDir: b.TempDir(), Output: filepath.Join(b.TempDir(), "out"),
	}
}

// benchmarkRun opens a run that is ready for its first station.
func benchmarkRun(b *testing.B, spec Spec) *run {
	r, err := open(b.Context(), spec, Unwatched{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := r.check(); err != nil {
		b.Fatal(err)
	}
	if err := r.prepare(); err != nil {
		b.Fatal(err)
	}
	if _, err := r.begin(b.Context()); err != nil {
		b.Fatal(err)
	}
	return r
}

// meter adds up what a station takes.
type meter struct {
	name           string
	seconds        float64
	allocs, memory uint64
}

func (m *meter) measure(b *testing.B, station func() error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	if err := station(); err != nil {
		b.Fatal(err)
	}
	m.seconds += time.Since(start).Seconds()
	runtime.ReadMemStats(&after)
	m.allocs += after.Mallocs - before.Mallocs
	m.memory += after.TotalAlloc - before.TotalAlloc
}

// BenchmarkWrite says what a row of each table takes to write, from the results of the buckets of a part to the bytes of its
// file, and what it takes to put the contacts in order.
func BenchmarkWrite(b *testing.B) {
	text := match.Type{Kind: match.Text, Name: "text"}
	spec := benchmarkSpec(b, benchmarkTables(30_000, text, textIDs("contact-%07d")), "dictionary")
	spec.Output = filepath.Join(b.TempDir(), "out")
	ctx := context.Background()
	r := benchmarkRun(b, spec)
	defer func() {
		if err := errors.Join(r.publication.Abort(), r.close()); err != nil {
			b.Fatal(err)
		}
	}()
	for _, station := range []func(context.Context) error{r.readContacts, r.readLists, r.assembleAll, r.readEngagements} {
		if err := station(ctx); err != nil {
			b.Fatal(err)
		}
	}
	g, engine, p := gatherer{run: r}, score.NewEvaluator(r.program, r.options, score.NewStats(r.program)), &partState{}
	for bucket := range r.layout.buckets() {
		people, in, err := g.gather(bucket)
		if err != nil {
			b.Fatal(err)
		}
		out := &score.Results{}
		life, err := r.recall(bucket, people)
		if err != nil {
			b.Fatal(err)
		}
		engine.Evaluate(in, &r.signatures.list, out)
		life.live(out, true)
		p.people, p.results, p.lives = append(p.people, people), append(p.results, out), append(p.lives, life)
	}
	w := newTableWriter(r)
	everyBucket := func(bucket int) (from, to int) { return 0, p.people[bucket].n }
	b.Run("arrange", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.order = w.arrange(p, w.order, everyBucket)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(w.order)), "ns/row")
	})
	for _, t := range w.tables() {
		b.Run(t.name, func(b *testing.B) {
			b.ReportAllocs()
			var footer encode.Footer
			for b.Loop() {
				fields, o := r.tableOf(t.name)
				out := encode.NewWriter(io.Discard, fields, o)
				err := w.write(p, t, w.order, out)
				if err == nil {
					footer, err = out.Close()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			if footer.Rows == 0 {
				b.Skip("no rows")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(footer.Rows), "ns/row")
			b.ReportMetric(float64(footer.Bytes)/float64(footer.Rows), "B/row")
		})
	}
}

// BenchmarkStations runs the stations one after the other on one thread and says of each what an engagement takes: reading
// contacts and lists, making people of them, scanning and resolving engagements, gathering buckets, evaluating and writing tables.
func BenchmarkStations(b *testing.B) {
	text := match.Type{Kind: match.Text, Name: "text"}
	tables := benchmarkTables(10_000, text, textIDs("contact-%07d"))
	spec := benchmarkSpec(b, tables, "dictionary")
	ctx := context.Background()
	stations := []*meter{{name: "contacts"}, {name: "lists"}, {name: "people"}, {name: "scan"}, {name: "gather"}, {name: "evaluate+write"}}
	for b.Loop() {
		for _, gatherOnly := range []bool{true, false} {
			spec.Output = filepath.Join(b.TempDir(), "out")
			r := benchmarkRun(b, spec)
			before := stations
			if gatherOnly { // the first four are measured once a loop
				before = []*meter{{}, {}, {}, {}}
			}
			for i, station := range []func(context.Context) error{r.readContacts, r.readLists, r.assembleAll, r.readEngagements} {
				before[i].measure(b, func() error { return station(ctx) })
			}
			if gatherOnly {
				g := gatherer{run: r}
				stations[4].measure(b, func() error {
					for bucket := range r.layout.buckets() {
						if _, _, err := g.gather(bucket); err != nil {
							return err
						}
					}
					return nil
				})
			} else {
				stations[5].measure(b, func() error { _, err := r.evaluateAll(ctx); return err })
			}
			if err := errors.Join(r.publication.Abort(), r.close()); err != nil {
				b.Fatal(err)
			}
		}
	}
	rows := float64(b.N * len(tables.Events))
	b.ReportMetric(0, "ns/op")
	for _, m := range stations {
		b.ReportMetric(m.seconds*1e9/rows, "ns/row:"+m.name)
		b.ReportMetric(float64(m.allocs)/float64(b.N), "allocs:"+m.name)
		b.ReportMetric(float64(m.memory)/rows, "B/row:"+m.name)
	}
}

// BenchmarkNight says what a night takes after another one, on one thread, by the tables that it publishes: what the run before
// published has to be read back, and the score worked out at its instant too, for those that speak of it.
func BenchmarkNight(b *testing.B) {
	text := match.Type{Kind: match.Text, Name: "text"}
	tables := benchmarkTables(20_000, text, textIDs("contact-%07d"))
	spec := benchmarkSpec(b, tables, "dictionary")
	spec.Replace, spec.ContactColumns = true, []string{"country"}
	others := slices.DeleteFunc(slices.Clone(Tables), func(t string) bool { return t == mqlTable || t == eventsTable || t == changesTable })
	for _, night := range []struct {
		name   string
		tables []string
	}{
		{"scores and breakdown", []string{scoresTable, breakdownTable}}, {"without what changed", others},
		{"with mql", append(slices.Clone(others), mqlTable)}, {"with mql and events", append(slices.Clone(others), mqlTable, eventsTable)}, {"all", Tables},
	} {
		b.Run(night.name, func(b *testing.B) {
			seconds := 0.0
			for b.Loop() {
				spec.Output, spec.Tables = filepath.Join(b.TempDir(), "out"), night.tables
				for day := range 2 {
					spec.AsOf = time.Date(2026, 10, 1+day, 0, 0, 0, 0, time.UTC)
					s, err := Run(b.Context(), spec, Unwatched{})
					if err != nil {
						b.Fatal(err)
					}
					for _, stage := range s.Stages {
						if day == 1 && stage.Stage != "publish" { // which waits for the disk
							seconds += stage.Seconds
						}
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(seconds*1e9/float64(b.N*len(tables.Contacts)), "ns/contact")
		})
	}
}
