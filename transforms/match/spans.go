package match

import (
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Spans calls emit for each row, in order, with the half-open interval of unix seconds [start, end) in which the test
// holds; it does not where that is empty. With v the value's whole second (a date's midnight in zone), within D is
// [v, v+D), older_than D is [v+D, ∞), both are their intersection, and the other conditions must hold of the value.
// end is math.MaxInt64 where it never ends. A row with a list gives an interval for each of its elements that has one, in
// any order and overlapping. A test that is not Timed gives [math.MinInt64, math.MaxInt64) for rows where it holds.
// The other arguments are those of Array.
func (m *Matcher) Spans(values arrow.Array, zone *time.Location, nulls func(folded []byte) bool, emit func(row int, start, end int64)) {
	r := &reading{zone: zone, nulls: nulls}
	if !m.timed {
		holds := make([]bool, values.Len())
		m.rows(values, r, holds)
		for row, h := range holds {
			if h {
				emit(row, math.MinInt64, math.MaxInt64)
			}
		}
		return
	}
	if !m.never {
		m.spans(values, r, emit)
	}
}

// spans is Spans for a timed test, over arrays that may hold others.
func (m *Matcher) spans(values arrow.Array, r *reading, emit func(row int, start, end int64)) {
	switch a := values.(type) {
	case *array.Null:
		return
	case array.ExtensionArray:
		m.spans(a.Storage(), r, emit)
		return
	case *array.Dictionary:
		entries, first, close := usedEntries(a)
		defer close()
		of := m.gather(entries, r)
		for row := range a.Len() {
			if at, ok := entryOf(a, row, first, entries.Len()); ok {
				of.emit(at, at+1, row, emit)
			}
		}
		return
	case *array.RunEndEncoded:
		runs := runsOf(a)
		defer runs.close()
		of := m.gather(runs.values, r)
		for row := range a.Len() {
			run := runs.at(row)
			of.emit(run, run+1, row, emit)
		}
		return
	}
	if typ := TypeOf(values.DataType()); !m.reads(typ, values) {
		if other := m.as(typ); other.timed {
			other.spans(values, r, emit)
		}
		return
	}
	if a, ok := values.(array.ListLike); ok {
		elements, first := elementsOf(a)
		defer elements.Release()
		of := m.elem.gather(elements, r)
		for row := range a.Len() {
			if a.IsValid(row) {
				start, end := a.ValueOffsets(row)
				of.emit(int(start-first), int(end-first), row, emit)
			}
		}
		return
	}
	holds, seconds := make([]bool, values.Len()), make([]int64, values.Len())
	m.leafRows(values, r, holds)
	m.wholeSeconds(values, r, seconds)
	for row, h := range holds {
		if !h {
			continue
		}
		start, end := saturatingAdd(seconds[row], m.older), int64(math.MaxInt64)
		if m.ends {
			end = saturatingAdd(seconds[row], m.within)
		}
		if start < end {
			emit(row, start, end)
		}
	}
}

// spanTable holds the intervals of the entries, runs or elements of an array: those of entry i are from ends[i-1] to ends[i].
type spanTable struct {
	intervals [][2]int64
	ends      []int
}

func (m *Matcher) gather(values arrow.Array, r *reading) *spanTable {
	t := &spanTable{ends: make([]int, values.Len())}
	at := 0
	m.spans(values, r, func(entry int, start, end int64) {
		for ; at < entry; at++ {
			t.ends[at] = len(t.intervals)
		}
		t.intervals = append(t.intervals, [2]int64{start, end})
	})
	for ; at < len(t.ends); at++ {
		t.ends[at] = len(t.intervals)
	}
	return t
}

// emit gives a row the intervals of the entries from first up to end.
func (t *spanTable) emit(first, end, row int, emit func(int, int64, int64)) {
	if first >= end {
		return
	}
	from := 0
	if first > 0 {
		from = t.ends[first-1]
	}
	for _, interval := range t.intervals[from:t.ends[end-1]] {
		emit(row, interval[0], interval[1])
	}
}

// wholeSeconds gives the unix second of each date, rounded down. What it gives for nulls has no meaning.
func (m *Matcher) wholeSeconds(values arrow.Array, r *reading, out []int64) {
	switch a := values.(type) {
	case *array.Date32, *array.Date64:
		clock := m.clockOf(r)
		for i := range out {
			out[i] = clock.Seconds(dayStart(dayAt(values, i)))
		}
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		per := perSecond(t.Unit)
		for i, v := range a.TimestampValues() {
			out[i], _ = floorDivide(int64(v), per)
		}
		if t.TimeZone == "" {
			clock := m.clockOf(r)
			for i := range out {
				out[i] = clock.Seconds(out[i])
			}
		}
	}
}
