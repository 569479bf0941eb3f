package match

import (
	"fmt"
	"testing"
	"time"
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
