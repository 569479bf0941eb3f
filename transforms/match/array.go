package match

import (
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Array tells for each row whether the test holds; within and older_than are left to Spans and count as met by any value
// here. It reads every Arrow array whose TypeOf is the matcher's type, in any width, unit and encoding; a dictionary's
// entries and the runs of a run-end encoding are tested once each. Binary arrays are read as text by a matcher of text.
// For an array of another type the test is compiled again, and no value passes where it does not fit.
//
//   - zone (nil: UTC) is that of the input: of its timestamps without zone and its dates.
//   - nulls (nil: none) says which texts mean missing. It gets the text as Normalize folds it and must not keep it.
//   - out has at least values.Len() elements; the others are left alone.
func (m *Matcher) Array(values arrow.Array, zone *time.Location, nulls func(folded []byte) bool, out []bool) {
	m.rows(values, &reading{zone: zone, nulls: nulls}, out[:values.Len()])
}

// reading is how the values of an input are to be read.
type reading struct {
	zone   *time.Location
	nulls  func([]byte) bool
	folded []byte // scratch
}

// clockOf gives the clock of the input's zone.
func (m *Matcher) clockOf(r *reading) *Clock {
	zone := r.zone
	if zone == nil {
		zone = time.UTC
	}
	if clock := m.clock.Load(); clock != nil && clock.zone == zone {
		return clock
	}
	clock := NewClock(zone)
	m.clock.Store(clock)
	return clock
}

// rows unwraps what holds other arrays; leaf reads the rest.
func (m *Matcher) rows(values arrow.Array, r *reading, out []bool) {
	switch a := values.(type) {
	case *array.Null:
		fill(out, m.missing)
		return
	case *array.Dictionary:
		m.dictionaryRows(a, r, out)
		return
	case *array.RunEndEncoded:
		m.runRows(a, r, out)
		return
	case array.ExtensionArray:
		m.rows(a.Storage(), r, out)
		return
	}
	if typ := TypeOf(values.DataType()); !m.reads(typ, values) {
		m.as(typ).rows(values, r, out)
		return
	}
	if a, ok := values.(array.ListLike); ok && m.typ.Kind == List {
		m.listRows(a, r, out)
		return
	}
	m.leafRows(values, r, out)
}

// reads tells whether the matcher can read arrays of a type as it is.
func (m *Matcher) reads(typ Type, values arrow.Array) bool {
	switch {
	case typ.Kind == List && m.elem == nil:
		return false
	case typ.Kind == m.typ.Kind || isNumber(typ.Kind) && isNumber(m.typ.Kind):
		return true
	}
	_, binary := values.(interface{ Value(int) []byte })
	return binary && m.typ.Kind == Text
}

// dictionaryRows tests the entries that rows refer to, or all of them where there are fewer than rows.
func (m *Matcher) dictionaryRows(a *array.Dictionary, r *reading, out []bool) {
	entries, first, close := usedEntries(a)
	defer close()
	holds := make([]bool, entries.Len())
	m.rows(entries, r, holds)
	switch indices := a.Indices().(type) {
	case *array.Int8:
		pickRows(indices.Int8Values(), first, holds, m.missing, out)
	case *array.Int16:
		pickRows(indices.Int16Values(), first, holds, m.missing, out)
	case *array.Int32:
		pickRows(indices.Int32Values(), first, holds, m.missing, out)
	case *array.Int64:
		pickRows(indices.Int64Values(), first, holds, m.missing, out)
	case *array.Uint8:
		pickRows(indices.Uint8Values(), first, holds, m.missing, out)
	case *array.Uint16:
		pickRows(indices.Uint16Values(), first, holds, m.missing, out)
	case *array.Uint32:
		pickRows(indices.Uint32Values(), first, holds, m.missing, out)
	case *array.Uint64:
		pickRows(indices.Uint64Values(), first, holds, m.missing, out)
	}
	if a.NullN() > 0 {
		for i := range out {
			if a.IsNull(i) {
				out[i] = m.missing
			}
		}
	}
}

// pickRows gives each row what its entry gives; an index that points nowhere is a missing value.
func pickRows[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](indices []T, first int, holds []bool, missing bool, out []bool) {
	for i, index := range indices {
		if at := int(index) - first; uint(at) < uint(len(holds)) {
			out[i] = holds[at]
		} else {
			out[i] = missing
		}
	}
}

// entryOf gives the place of a row's entry among the used ones, false for a null and for an index that points nowhere.
func entryOf(a *array.Dictionary, row, first, count int) (int, bool) {
	if a.IsNull(row) {
		return 0, false
	}
	at := a.GetValueIndex(row) - first
	return at, at >= 0 && at < count
}

// usedEntries gives the part of the dictionary that rows refer to, and the index of its first entry. The whole dictionary
// is cheaper where it is no longer than the rows are.
func usedEntries(a *array.Dictionary) (entries arrow.Array, first int, close func()) {
	whole := a.Dictionary()
	if whole.Len() <= a.Len() {
		return whole, 0, func() {}
	}
	first, end := whole.Len(), 0
	for i := range a.Len() {
		if at, ok := entryOf(a, i, 0, whole.Len()); ok {
			first, end = min(first, at), max(end, at+1)
		}
	}
	first = min(first, end)
	part := array.NewSlice(whole, int64(first), int64(end))
	return part, first, part.Release
}

// runRows tests each run once.
func (m *Matcher) runRows(a *array.RunEndEncoded, r *reading, out []bool) {
	runs := runsOf(a)
	defer runs.close()
	holds := make([]bool, runs.values.Len())
	m.rows(runs.values, r, holds)
	for i := range out {
		out[i] = holds[runs.at(i)]
	}
}

// runs walks over the rows of a run-end encoding in order.
type runs struct {
	values arrow.Array
	ends   func(run int) int // the row after a run's last, in rows of the array
	run    int
}

func runsOf(a *array.RunEndEncoded) *runs {
	first := a.GetPhysicalOffset()
	ends, offset := a.RunEndsArr(), a.Offset()
	w := &runs{values: a.LogicalValuesArray()}
	switch ends := ends.(type) {
	case *array.Int16:
		w.ends = func(run int) int { return int(ends.Value(first+run)) - offset }
	case *array.Int32:
		w.ends = func(run int) int { return int(ends.Value(first+run)) - offset }
	case *array.Int64:
		w.ends = func(run int) int { return int(ends.Value(first+run)) - offset }
	}
	return w
}

// at gives the run of a row; rows must be asked for in ascending order.
func (w *runs) at(row int) int {
	for row >= w.ends(w.run) {
		w.run++
	}
	return w.run
}

func (w *runs) close() { w.values.Release() }

// listRows tests all elements in one go. A list passes when one element does; without an element that is there it is missing.
func (m *Matcher) listRows(a array.ListLike, r *reading, out []bool) {
	elements, first := elementsOf(a)
	defer elements.Release()
	holds := make([]bool, elements.Len())
	m.elem.rows(elements, r, holds)
	for i := range out {
		out[i] = m.missing
		if a.IsNull(i) {
			continue
		}
		start, end := a.ValueOffsets(i)
		for _, passes := range holds[start-first : max(start, end)-first] {
			if passes { // where the list must be missing, every element that is there passes
				out[i] = !m.never
				break
			}
		}
	}
}

// elementsOf gives the part of a list array's elements that its rows refer to, and the place of the first of them.
func elementsOf(a array.ListLike) (elements arrow.Array, first int64) {
	values := a.ListValues()
	first, last := int64(values.Len()), int64(0)
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		start, end := a.ValueOffsets(i)
		first, last = min(first, start), max(last, end)
	}
	first = min(first, last)
	return array.NewSlice(values, first, last), first
}

func fill(out []bool, value bool) {
	for i := range out {
		out[i] = value
	}
}
