package score_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"leadscore/transforms/score"
)

// benchmarkModel is a model of 100 rules in the usual forms.
func benchmarkModel() string {
	var b strings.Builder
	b.WriteString("name: m\nscore: {range: {min: 0, max: 200}, mql: 80}\nsets:\n")
	for set := range 4 {
		fmt.Fprintf(&b, "  - set: s%d\n    range: {max: 90}\n    rules:\n", set)
		for i := range 25 {
			asset := fmt.Sprintf("asset %d", (set*25+i)%40)
			points, when := "5", fmt.Sprintf("{email: clicked, asset: %s, within: %dd}", asset, 30+30*(i%4))
			switch i % 10 {
			case 1:
				when = fmt.Sprintf("[{email: opened, asset: %s, within: 60d}, {website: visited, times: 2, within: 30d}]", asset)
			case 2:
				points, when = "{each: 2, max: 12}", "{website: visited, asset: "+asset+", within: 90d}"
			case 3:
				points, when = "{tiers: {1: 2, 3: 5, 6: 8}}", "{engagement: any, within: "+fmt.Sprint(10+i)+"d}"
			case 4:
				points, when = "{fade: {7d: 30, 30d: 20, 90d: 10}}", "{form: submitted, asset: "+asset+"}"
			case 5:
				points, when = "-5", "{not: {engagement: any, within: "+fmt.Sprint(20+i)+"d}}"
			case 6, 7:
				when = fmt.Sprintf("{field: f%d}", i%8)
			case 8:
				when = fmt.Sprintf("[{field: f%d, in: [x, y]}, {not: {list: l%d}}]", i%8, i%3)
			case 9:
				points = "{start: 20, lose: 25%, every: 30d}"
				when = "{email: clicked, asset: " + asset + "}"
			}
			fmt.Fprintf(&b, "      - {rule: r%d, points: %s, when: %s}\n", i, points, when)
		}
	}
	return b.String()
}

// usualModel is a model of rules in the forms that most models have nothing but: what a contact is, and what it did how often
// within which time.
func usualModel(rules int) string {
	random := rand.New(rand.NewPCG(3, 4))
	criterion := func() string {
		channel := []string{"email: opened", "email: clicked", "website: visited", "form: submitted"}[random.IntN(4)]
		asset := []string{"", "", fmt.Sprintf(", asset: asset %d", random.IntN(60))}[random.IntN(3)]
		times := []string{"", "", ", times: 2", ", times: 3"}[random.IntN(4)]
		return fmt.Sprintf("{%s%s%s, within: %dd}", channel, asset, times, []int{7, 30, 60, 90, 180, 365}[random.IntN(6)])
	}
	var b strings.Builder
	b.WriteString("name: m\nscore: {mql: 60}\nsets:\n  - set: s\n    rules:\n")
	for i := range rules {
		when := []string{criterion(), criterion() + ", " + criterion(), fmt.Sprintf("%s, {field: f%d}", criterion(), i%8),
			fmt.Sprintf("{field: f%d, equals: x}", i%8), criterion() + fmt.Sprintf(", {not: {field: f%d, equals: z}}", i%8)}[random.IntN(5)]
		fmt.Fprintf(&b, "      - {rule: r%d, points: %d, when: [%s]}\n", i, []int{1, 3, 5, 10, -5}[random.IntN(5)], when)
	}
	return b.String()
}

// benchmarkPeople have 20 engagements each on average, over 400 days.
func benchmarkPeople(n int) []person {
	random := rand.New(rand.NewPCG(1, 2))
	kinds := []did{{0, "email", "opened", ""}, {0, "email", "opened", ""}, {0, "email", "clicked", ""}, {0, "website", "visited", ""}, {0, "form", "submitted", ""}}
	people := make([]person, n)
	for i := range people {
		who := person{fields: map[string]string{}}
		for range random.IntN(41) {
			d := kinds[random.IntN(len(kinds))]
			d.day, d.asset = random.Float64()*400, fmt.Sprint("asset ", random.IntN(60))
			who.did = append(who.did, d)
		}
		for f := range 8 {
			who.fields[fmt.Sprint("f", f)] = []string{"", "x", "z"}[random.IntN(3)]
		}
		people[i] = who
	}
	return people
}

// BenchmarkEvaluate evaluates a bucket of 1,000 contacts with 20 engagements each.
func BenchmarkEvaluate(b *testing.B) {
	people := benchmarkPeople(1000)
	for _, m := range []struct{ name, text string }{
		{"100 rules of all forms", benchmarkModel()}, {"100 usual rules", usualModel(100)}, {"300 usual rules", usualModel(300)},
	} {
		p := score.Compile(parse(b, m.text))
		bucket, signatures := bucketOf(b, p, people...)
		for _, asked := range []struct {
			name string
			need score.Need
		}{{"everything", everything}, {"scores and breakdown", score.Need{Scores: true, Breakdown: true}}, {"scores", score.Need{Scores: true}}} {
			b.Run(m.name+"/"+asked.name, func(b *testing.B) {
				e := score.NewEvaluator(p, score.Options{AsOf: at(400), History: 90 * day, Need: asked.need}, score.NewStats(p))
				out := &score.Results{}
				e.Evaluate(bucket, signatures, out) // buffers grow
				b.ReportAllocs()
				for b.Loop() {
					e.Evaluate(bucket, signatures, out)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(people)), "ns/contact")
				b.ReportMetric(float64(len(out.Code))/float64(len(people)), "rows/contact")
			})
		}
	}
}
