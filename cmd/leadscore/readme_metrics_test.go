package main

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestReadmeNamesEveryMetric holds the table of metrics to what a run leaves: names and labels.
func TestReadmeNamesEveryMetric(t *testing.T) {
	text := readme(t)
	t.Chdir(t.TempDir())
	for name, lines := range map[string]string{
		"contacts": "contact_id:text\na\n", "events": "contact_id:text,occurred_at:instant,channel:text,action:text\na,2026-10-01T00:00:00Z,email,clicked\n",
	} {
		if err := os.WriteFile(name+".csv", []byte(lines), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := makeParquet([]string{name + ".csv", name + ".parquet"}); err != nil {
			t.Fatal(err)
		}
	}
	rules := "name: M\nversion: 1\nscore: {mql: 1}\nsets: [{set: A, rules: [{rule: R, points: 1, when: {email: clicked}}]}]\n"
	if err := os.WriteFile("model.yaml", []byte(rules), 0o666); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := "score --model model.yaml --contacts contacts.parquet --engagements events.parquet --out out --as-of 2026-11-01 --metrics-file run.prom"
	if code := run(context.Background(), strings.Fields(args), nil, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr.String())
	}
	in, err := os.Open("run.prom")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(in)
	if err != nil {
		t.Fatal(err)
	}
	left, explained := map[string]string{}, map[string]string{}
	for name, family := range families {
		var labels []string
		for _, l := range family.Metric[0].Label {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		left[name] = strings.Join(labels, ", ")
	}
	for _, row := range tables(section(t, text, "### Metrics"))[0][1:] {
		name := strings.Trim(row[0], "`")
		if runtime.GOOS == "linux" || !strings.Contains(row[2], "Only on Linux") {
			explained[name] = row[1]
		}
	}
	if diff := cmp.Diff(left, explained); diff != "" {
		t.Errorf("metrics (- the code, + the README):\n%s", diff)
	}
}
