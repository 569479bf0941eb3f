package main

import (
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
	small(t, "--metrics-file", "run.prom")
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
