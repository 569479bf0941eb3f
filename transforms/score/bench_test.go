package score_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"leadscore/transforms/model"
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

// BenchmarkChanges evaluates the bucket of BenchmarkEvaluate a day after an earlier run: what it costs to tell what changed since. In a
// quiet night the data is what it was; in a busy one every tenth contact has another field or did something; after a change of the
// model every rule of a set is worth more.
func BenchmarkChanges(b *testing.B) {
	people := benchmarkPeople(1000)
	busy := make([]person, len(people))
	for i, who := range people {
		busy[i] = who.until(at(400))
		if i%10 == 0 {
			busy[i].did = append(busy[i].did, did{399.5, "email", "clicked", fmt.Sprint("asset ", i%60)})
		}
		if i%10 == 5 {
			busy[i].fields = map[string]string{"f1": "x", "f2": "z"}
		}
	}
	known := make([]bool, len(people))
	was := make([]person, len(people))
	for i := range people {
		known[i], was[i] = true, people[i].until(at(399))
	}
	text := usualModel(100)
	m := parse(b, text)
	held := parse(b, strings.Replace(text, "mql: 60", "mql: {at: 60, until_below: 40, again_after: 30d}", 1))
	changed := parse(b, strings.ReplaceAll(text, "points: 3", "points: 4"))
	scores := score.Need{Scores: true, History: true}
	compared := scores
	compared.Events, compared.Changes, compared.Statics, compared.Suppressed = true, true, true, true
	for _, c := range []struct {
		name            string
		oldModel, model *model.Model
		is              []person
		need            score.Need
	}{
		{"nothing is compared", m, m, busy, scores},
		{"a quiet night", m, m, people, compared},
		{"a busy night", m, m, busy, compared},
		{"another model", m, changed, busy, compared},
		{"hysteresis/nothing is compared", held, held, busy, scores},
		{"hysteresis/a busy night", held, held, busy, compared},
	} {
		b.Run(c.name, func(b *testing.B) {
			n := &nights{oldModel: c.oldModel, model: c.model, before: at(399), asOf: at(400), was: was, is: c.is, known: known}
			p := score.Compile(c.model)
			bucket, signatures := bucketOf(b, p, n.is...)
			bucket.Prior = n.prior(b, p)
			e := score.NewEvaluator(p, score.Options{AsOf: n.asOf, History: 90 * day, Need: c.need}, score.NewStats(p))
			out := &score.Results{}
			e.Evaluate(bucket, signatures, out) // buffers grow
			moved := 0
			for i := range people {
				if bucket.Prior.Score[i] != out.Score[i] {
					moved++
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				e.Evaluate(bucket, signatures, out)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(people)), "ns/contact")
			b.ReportMetric(float64(moved), "changed")
			b.ReportMetric(float64(len(out.EventAt)), "events")
		})
	}
}
