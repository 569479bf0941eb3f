package match

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// urls are 60-byte addresses of a site of a thousand pages.
func urls() [][]byte {
	list := make([][]byte, 4096)
	for i := range list {
		list[i] = fmt.Appendf(nil, "https://www.Acme.example/section-%02d/page-%05d/index-of-it.html", i%60, i*7%9973)[:60]
	}
	return list
}

func textTestOf(op Operator, text string) *Matcher {
	m, err := Compile(Test{Conditions: []Condition{{op, []Operand{{Kind: String, Text: text}}}}}, Type{Kind: Text}, time.UTC)
	if err != nil {
		panic(err)
	}
	return m
}

func BenchmarkSetText(b *testing.B) {
	indexed := func(count int) (tests []*Matcher) {
		for i := range count {
			tests = append(tests,
				textTestOf(StartsWith, fmt.Sprintf("https://www.acme.example/section-%02d", i)),
				textTestOf(Equals, string(urls()[i*3])))
		}
		return tests
	}
	mixed := indexed(100)
	for i := range 20 {
		mixed = append(mixed,
			textTestOf(Contains, fmt.Sprintf("/page-%03d", i)),
			textTestOf(EndsWith, fmt.Sprintf("%d.html", i)),
			textTestOf(Matches, fmt.Sprintf(`section-%02d/.*\.pdf$`, i)))
	}
	for name, tests := range map[string][]*Matcher{"100prefixes+100equals": indexed(100), "260mixed": mixed} {
		b.Run(name, func(b *testing.B) {
			set, values, out := NewSet(tests), urls(), make([]uint64, Words(len(tests)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				set.Text(values[i&4095], out)
			}
		})
	}
}

func BenchmarkMatcherText(b *testing.B) {
	values := urls()
	for _, m := range []*Matcher{
		textTestOf(Equals, string(values[17])), textTestOf(StartsWith, "https://www.acme.example/section-1"),
		textTestOf(EndsWith, ".html"), textTestOf(Contains, "page-0001"), textTestOf(Matches, `\.pdf$`), textTestOf(Matches, `section-\d+/page-0`),
	} {
		b.Run(m.test.Conditions[0].Operator.String()+" "+m.test.Conditions[0].Operands[0].Text, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Text(values[i&4095])
			}
		})
	}
}

func BenchmarkClock(b *testing.B) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		b.Skip(err)
	}
	clock := NewClock(zone)
	b.Run("seconds", func(b *testing.B) {
		for i := int64(0); b.Loop(); i++ {
			clock.Seconds(1750000000 + i*977%31536000)
		}
	})
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			NewClock(zone)
		}
	})
}

func BenchmarkArray(b *testing.B) {
	const rows = 4096
	zone := zoneOf("Europe/Stockholm")
	month := Condition{From, []Operand{{Kind: Date, Text: "2026-09-01", Time: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}}}
	fifty := Condition{AtLeast, []Operand{{Kind: Number, Text: "50", Number: rat("50")}}}
	for _, c := range []struct {
		typ       arrow.DataType
		condition Condition
		cell      func(i int) any
	}{
		{arrow.PrimitiveTypes.Int32, fifty, func(i int) any { return big.NewRat(int64(i%100), 1) }},
		{arrow.PrimitiveTypes.Float64, fifty, func(i int) any { return big.NewRat(int64(i%100), 1) }},
		{&arrow.Decimal128Type{Precision: 20, Scale: 2}, fifty, func(i int) any { return big.NewRat(int64(i%100), 1) }},
		{arrow.FixedWidthTypes.Timestamp_us, month, func(i int) any { return int64(1788000000+i*100) * 1e6 }},
		{&arrow.TimestampType{Unit: arrow.Microsecond}, month, func(i int) any { return int64(1788000000+i*100) * 1e6 }},
		{arrow.BinaryTypes.String, Condition{In, []Operand{{Kind: String, Text: "se"}, {Kind: String, Text: "no"}}}, func(i int) any { return []string{"SE", "NO", "US"}[i%3] }},
	} {
		cells := make([]any, rows)
		for i := range cells {
			cells[i] = c.cell(i)
		}
		m, err := Compile(Test{Conditions: []Condition{c.condition}}, TypeOf(c.typ), time.UTC)
		if err != nil {
			b.Fatal(err)
		}
		for _, l := range layouts[:3:3] {
			if l.name == "sliced" {
				continue
			}
			values, out := l.build(c.typ, cells), make([]bool, rows)
			b.Run(fmt.Sprint(l.name, " ", c.typ), func(b *testing.B) {
				for b.Loop() {
					m.Array(values, zone, nil, out)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			})
		}
	}
}
