package encode

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	arrowparquet "github.com/apache/arrow-go/v18/parquet"
	arrowcompress "github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// breakdown is what the largest output table looks like: for each contact about ten rules of a hundred.
type breakdown struct {
	ids                  Texts
	lengths              []uint32
	set, rule            []uint16
	points, after, count []int64
	since, expires       []int64
	first, last          []int64
	kinds, sets, rules   []string
	rows                 int
	idOf                 []string
}

const breakdownAsOf = 1_790_000_000

func newBreakdown(rows int) *breakdown {
	r := rand.New(rand.NewPCG(7, 7))
	b := &breakdown{ids: Texts{Offsets: []uint32{0}}, kinds: []string{"rule", "set_limit", "score_limit"}}
	for i := range 4 {
		b.sets = append(b.sets, fmt.Sprintf("Set %d", i))
	}
	for i := range 100 {
		b.rules = append(b.rules, fmt.Sprintf("Rule number %d of the model", i))
	}
	const day = 86_400
	for contact := 0; b.rows < rows; contact++ {
		id := fmt.Sprintf("003%015x", uint64(contact)<<20|uint64(r.IntN(1<<20)))
		n := min(rows-b.rows, r.IntN(20))
		b.ids.Bytes = append(b.ids.Bytes, id...)
		b.ids.Offsets = append(b.ids.Offsets, uint32(len(b.ids.Bytes)))
		b.lengths = append(b.lengths, uint32(n))
		latest := int64(breakdownAsOf - r.IntN(90*day))
		for i := range n {
			rule := i*100/n + r.IntN(max(1, 100/n))
			b.idOf = append(b.idOf, id)
			b.rule, b.set = append(b.rule, uint16(rule)), append(b.set, uint16(rule/25))
			b.points = append(b.points, int64(rule%9)*5-10)
			if rule%4 == 0 { // a field rule
				b.after, b.count = append(b.after, Null), append(b.count, 0)
				b.since, b.expires = append(b.since, Null), append(b.expires, Null)
				b.first, b.last = append(b.first, Null), append(b.last, Null)
				continue
			}
			last := latest - int64(r.IntN(3)*r.IntN(20*day))
			first := last - int64(r.IntN(20*day))
			b.after, b.count = append(b.after, 0), append(b.count, 1+int64(r.IntN(12)))
			b.since, b.expires = append(b.since, first), append(b.expires, last+90*day)
			b.first, b.last = append(b.first, first), append(b.last, last)
		}
		b.rows += n
	}
	return b
}

var breakdownFields = []Field{
	{Name: "contact_id", Type: Text},
	{Name: "as_of", Type: Timestamp},
	{Name: "kind", Type: Text},
	{Name: "set", Type: Text, Nullable: true},
	{Name: "rule", Type: Text, Nullable: true},
	{Name: "points", Type: Int64},
	{Name: "since", Type: Timestamp, Nullable: true},
	{Name: "expires_at", Type: Timestamp, Nullable: true},
	{Name: "points_after", Type: Int64, Nullable: true},
	{Name: "occurrences", Type: Int64, Nullable: true},
	{Name: "first_engagement_at", Type: Timestamp, Nullable: true},
	{Name: "last_engagement_at", Type: Timestamp, Nullable: true},
}

func (b *breakdown) columns() []Column {
	return []Column{
		Runs{Lengths: b.lengths, IDs: b.ids},
		Constant{Value: int64(breakdownAsOf)},
		Constant{Value: "rule"},
		Codes[uint16]{Codes: b.set, Dictionary: b.sets},
		Codes[uint16]{Codes: b.rule, Dictionary: b.rules},
		Int64s{Values: b.points},
		Int64s{Values: b.since},
		Int64s{Values: b.expires},
		Int64s{Values: b.after},
		Int64s{Values: b.count},
		Int64s{Values: b.first},
		Int64s{Values: b.last},
	}
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

const benchRows = 1_000_000

func report(b *testing.B, bytes int64) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
	b.ReportMetric(float64(bytes)/benchRows, "B/row")
}

func BenchmarkBreakdown(b *testing.B) {
	table := newBreakdown(benchRows)
	for _, codec := range []Codec{ZstdFast, ZstdFastest, ZstdDefault, ZstdBetter} {
		b.Run([]string{"fast", "fastest", "default", "better"}[codec], func(b *testing.B) {
			b.ReportAllocs()
			var size int64
			for b.Loop() {
				out := &counter{}
				w := NewWriter(out, breakdownFields, Options{Codec: codec})
				if err := w.Write(table.columns()); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Close(); err != nil {
					b.Fatal(err)
				}
				size = out.n
			}
			report(b, size)
		})
	}
}

// BenchmarkPageRows shows what smaller pages cost; they are what a lookup of one contact reads.
func BenchmarkPageRows(b *testing.B) {
	table := newBreakdown(benchRows)
	for _, rows := range []int{4096, 8192, 20_480, 65_536} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			var size int64
			for b.Loop() {
				out := &counter{}
				w := NewWriter(out, breakdownFields, Options{PageRows: rows})
				if err := w.Write(table.columns()); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Close(); err != nil {
					b.Fatal(err)
				}
				size = out.n
			}
			report(b, size)
		})
	}
}

// BenchmarkColumns shows what each column of the breakdown costs.
func BenchmarkColumns(b *testing.B) {
	table := newBreakdown(benchRows)
	for i, c := range table.columns() {
		b.Run(breakdownFields[i].Name, func(b *testing.B) {
			b.ReportAllocs()
			if k, ok := c.(Constant); ok {
				k.Rows = benchRows
				c = k
			}
			var size int64
			for b.Loop() {
				out := &counter{}
				w := NewWriter(out, breakdownFields[i:i+1], Options{SortedBy: -1, Bloom: -1})
				if err := w.Write([]Column{c}); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Close(); err != nil {
					b.Fatal(err)
				}
				size = out.n
			}
			report(b, size)
		})
	}
}

// breakdownRow is the table for a writer of rows.
type breakdownRow struct {
	ContactID   string  `parquet:"contact_id,dict"`
	AsOf        int64   `parquet:"as_of,dict,timestamp(microsecond)"`
	Kind        string  `parquet:"kind,dict"`
	Set         *string `parquet:"set,dict"`
	Rule        *string `parquet:"rule,dict"`
	Points      int64   `parquet:"points,dict"`
	Since       *int64  `parquet:"since,timestamp(microsecond)"`
	ExpiresAt   *int64  `parquet:"expires_at,timestamp(microsecond)"`
	PointsAfter *int64  `parquet:"points_after,dict"`
	Occurrences *int64  `parquet:"occurrences,dict"`
	First       *int64  `parquet:"first_engagement_at,timestamp(microsecond)"`
	Last        *int64  `parquet:"last_engagement_at,timestamp(microsecond)"`
}

// BenchmarkParquetGo writes the same table with parquet-go's GenericWriter; filling its rows is part of the work.
func BenchmarkParquetGo(b *testing.B) {
	table := newBreakdown(benchRows)
	b.ReportAllocs()
	var size int64
	batch := make([]breakdownRow, 4096)
	numbers := make([][6]int64, 4096)
	for b.Loop() {
		out := &counter{}
		w := parquet.NewGenericWriter[breakdownRow](out,
			parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}), parquet.DataPageVersion(1),
			parquet.SortingWriterConfig(parquet.SortingColumns(parquet.Ascending("contact_id"))),
			parquet.BloomFilters(parquet.SplitBlockFilter(10, "contact_id")))
		for from := 0; from < table.rows; from += len(batch) {
			rows := batch[:min(len(batch), table.rows-from)]
			for i := range rows {
				table.fill(&rows[i], &numbers[i], from+i)
			}
			if _, err := w.Write(rows); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		size = out.n
	}
	report(b, size)
}

func (b *breakdown) fill(row *breakdownRow, numbers *[6]int64, i int) {
	*row = breakdownRow{ContactID: b.idOf[i], AsOf: breakdownAsOf * 1_000_000, Kind: "rule",
		Set: &b.sets[b.set[i]], Rule: &b.rules[b.rule[i]], Points: b.points[i]}
	set := func(at int, to **int64, v, scale int64) {
		if v != Null {
			numbers[at] = v * scale
			*to = &numbers[at]
		}
	}
	set(0, &row.Since, b.since[i], 1_000_000)
	set(1, &row.ExpiresAt, b.expires[i], 1_000_000)
	set(2, &row.PointsAfter, b.after[i], 1)
	set(3, &row.Occurrences, b.count[i], 1)
	set(4, &row.First, b.first[i], 1_000_000)
	set(5, &row.Last, b.last[i], 1_000_000)
}

// BenchmarkArrow writes the same table with arrow-go's pqarrow; building its record is part of the work.
func BenchmarkArrow(b *testing.B) {
	table := newBreakdown(benchRows)
	at := &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	var fields []arrow.Field
	for _, f := range breakdownFields {
		t := map[Type]arrow.DataType{Text: arrow.BinaryTypes.String, Int64: arrow.PrimitiveTypes.Int64, Timestamp: at}[f.Type]
		fields = append(fields, arrow.Field{Name: f.Name, Type: t, Nullable: f.Nullable})
	}
	schema := arrow.NewSchema(fields, nil)
	b.ReportAllocs()
	var size int64
	for b.Loop() {
		out := &counter{}
		properties := []arrowparquet.WriterProperty{
			arrowparquet.WithCompression(arrowcompress.Codecs.Zstd), arrowparquet.WithCompressionLevel(1),
			arrowparquet.WithDataPageVersion(arrowparquet.DataPageV1),
			arrowparquet.WithBloomFilterEnabledFor("contact_id", true), arrowparquet.WithMaxRowGroupLength(benchRows),
		}
		for _, name := range []string{"since", "expires_at", "first_engagement_at", "last_engagement_at"} {
			properties = append(properties, arrowparquet.WithDictionaryFor(name, false))
		}
		w, err := pqarrow.NewFileWriter(schema, out, arrowparquet.NewWriterProperties(properties...), pqarrow.DefaultWriterProps())
		if err != nil {
			b.Fatal(err)
		}
		record := table.record(schema)
		if err := w.Write(record); err != nil {
			b.Fatal(err)
		}
		record.Release()
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		size = out.n
	}
	report(b, size)
}

func (b *breakdown) record(schema *arrow.Schema) arrow.RecordBatch {
	build := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer build.Release()
	build.Reserve(b.rows)
	text := func(i int) *array.StringBuilder { return build.Field(i).(*array.StringBuilder) }
	for row := range b.rows {
		text(0).Append(b.idOf[row])
		build.Field(1).(*array.TimestampBuilder).Append(breakdownAsOf * 1_000_000)
		text(2).Append("rule")
		text(3).Append(b.sets[b.set[row]])
		text(4).Append(b.rules[b.rule[row]])
	}
	for i, values := range map[int][]int64{5: b.points, 8: b.after, 9: b.count} {
		numbers := build.Field(i).(*array.Int64Builder)
		for _, v := range values {
			if v == Null {
				numbers.AppendNull()
			} else {
				numbers.Append(v)
			}
		}
	}
	for i, values := range map[int][]int64{6: b.since, 7: b.expires, 10: b.first, 11: b.last} {
		times := build.Field(i).(*array.TimestampBuilder)
		for _, v := range values {
			if v == Null {
				times.AppendNull()
			} else {
				times.Append(arrow.Timestamp(v * 1_000_000))
			}
		}
	}
	return build.NewRecordBatch()
}

// BenchmarkPack packs a page of positions.
func BenchmarkPack(b *testing.B) {
	values := make([]uint32, defaultPageRows)
	r := rand.New(rand.NewPCG(1, 2))
	for _, width := range []uint{1, 7, 8, 13, 17} {
		for i := range values {
			values[i] = r.Uint32() >> (32 - width)
		}
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			var out []byte
			for b.Loop() {
				out = appendHybrid(out[:0], values, width)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/defaultPageRows, "ns/value")
		})
	}
}

// BenchmarkInstants shows what a page of instants takes: as the library compresses it, and as a frame of literals.
func BenchmarkInstants(b *testing.B) {
	table, s := newBreakdown(defaultPageRows), &scratch{}
	src := &intSource{t: target{leaf: &basicLeaves[Timestamp], nullable: true}, ints: ints{rows: table.rows, values: table.since}, sentinel: true, s: s}
	p := page{s: s}
	if err := src.page(&p, 0, table.rows); err != nil {
		b.Fatal(err)
	}
	if !s.literals.begin(p.body) {
		b.Fatal("the page has no code")
	}
	for name, compress := range map[string]func() []byte{
		"library":  func() []byte { out, _ := s.compress(s.compressed[:0], p.body, ZstdFast); return out },
		"literals": func() []byte { return s.literals.frame(s.compressed[:0], p.body) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(p.body)))
			for b.Loop() {
				s.compressed = compress()
			}
			b.ReportMetric(float64(len(s.compressed))/float64(len(p.body)), "share")
		})
	}
}
