package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// reportRatios prints, for each case, what the peer took, and how often what the job took goes into that.
func reportRatios(w io.Writer, results []result, peer string) {
	t := newTable(w, table.Row{"case", peer + " wall", "CPU", "peak memory", "leadscore wall", "CPU", "peak memory", "times faster", "times less CPU", "times less memory", "wall, of the scan"})
	for _, r := range results {
		t.AppendRow(r.ratios(peer))
	}
	fmt.Fprintln(w)
	t.Render()
	fmt.Fprintf(w, "\n%s published the same scores and breakdown in every case of this table. All figures are medians, and ratios are those of medians.\n", peer)
}

func (r result) ratios(peer string) table.Row {
	ours, theirs := middle(r.outcomes["leadscore"]), middle(r.outcomes[peer])
	row := table.Row{
		r.Name,
		seconds(theirs.Wall), seconds(theirs.CPU), mebibytes(theirs.Peak),
		seconds(ours.Wall), seconds(ours.CPU), mebibytes(ours.Peak),
		times(theirs.Wall, ours.Wall), times(theirs.CPU, ours.CPU), times(theirs.Peak, ours.Peak), "-",
	}
	if scans := r.outcomes["page scan"]; len(scans) > 0 {
		row[10] = times(ours.Wall, middle(scans).Wall)
	}
	return row
}

// middle gives the median of everything that runs took, each for itself.
func middle(runs []outcome) usage {
	return usage{
		Wall: median(runs, func(o outcome) time.Duration { return o.Wall }),
		CPU:  median(runs, func(o outcome) time.Duration { return o.CPU }),
		Peak: median(runs, func(o outcome) int64 { return o.Peak }),
	}
}

// median gives the middle of what runs took, of two middles the mean.
func median[T time.Duration | int64](runs []outcome, of func(outcome) T) T {
	took := make([]T, len(runs))
	for i, o := range runs {
		took[i] = of(o)
	}
	slices.SortFunc(took, cmp.Compare[T])
	half := len(took) / 2
	if len(took)%2 == 1 {
		return took[half]
	}
	return (took[half-1] + took[half]) / 2
}

// times gives a / b; of what is unknown there is no ratio.
func times[T time.Duration | int64](a, b T) string {
	if a == 0 || b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1fx", float64(a)/float64(b))
}
