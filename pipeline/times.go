package pipeline

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

// times reads occurred_at of a row group into at, in whole unix seconds, rounded down.
func (w *scanner) times(ctx context.Context, f *sourceFile, t task, n int) error {
	w.at = grown(w.at, n)
	at := f.columns["occurred_at"]
	column := f.file.Columns()[at]
	rest := w.at
	convert := w.converter(column.Arrow)
	if column.Leaf < 0 || convert == nil {
		return f.file.Records(ctx, f.reader, []int{at}, t.group, batchRows, func(batch arrow.RecordBatch) error {
			seconds := instants(batch.Column(0), w.source.zone)
			for i := range int(batch.NumRows()) {
				var ok bool
				if rest[i], ok = seconds(i); !ok {
					rest[i] = nullSecond
				}
			}
			rest = rest[batch.NumRows():]
			return nil
		})
	}
	var dictionary []int64
	return w.reader.Pages(f.file, f.reader, t.group, at, func(p *parquetio.Page) error {
		rows := rest[:p.Rows]
		rest = rest[p.Rows:]
		present := rows[:p.Present()]
		if p.Dict != nil {
			if dictionary == nil {
				dictionary = make([]int64, p.Dict.Len())
				convert(dictionary, &p.Dict.Values)
			}
			for i, code := range p.Codes {
				present[i] = dictionary[code]
			}
		} else {
			convert(present, &p.Values)
		}
		if p.Valid != nil {
			spread(rows, len(present), p.Valid)
		}
		return nil
	})
}

// spread moves the n values at the front to the rows that are present, and marks the others.
func spread(rows []int64, n int, valid []byte) {
	for i := len(rows) - 1; i >= 0; i-- {
		if valid[i] == 0 {
			rows[i] = nullSecond
			continue
		}
		n--
		rows[i] = rows[n]
	}
}

// converter gives what turns the values of a time column into unix seconds; nil where pages cannot be read as such.
func (w *scanner) converter(t arrow.DataType) func(dst []int64, v *parquetio.Values) {
	switch t := t.(type) {
	case *arrow.Date32Type:
		return func(dst []int64, v *parquetio.Values) {
			for i := range dst {
				dst[i] = w.clock.Seconds(int64(v.Int32[i]) * 24 * 60 * 60)
			}
		}
	case *arrow.TimestampType:
		zoned := t.TimeZone != ""
		return func(dst []int64, v *parquetio.Values) {
			if len(v.Int96) > 0 {
				for i := range dst {
					dst[i], _ = match.JulianInstant(int32(v.Int96[i].Day), v.Int96[i].Nanos)
				}
				return
			}
			wholeSeconds(dst, v.Int64, t.Unit)
			if !zoned {
				for i, seconds := range dst {
					dst[i] = w.clock.Seconds(seconds)
				}
			}
		}
	}
	return nil
}

// wholeSeconds rounds timestamps down to seconds. The units have loops of their own: dividing by a constant is a multiplication.
func wholeSeconds(dst, values []int64, unit arrow.TimeUnit) {
	values = values[:len(dst)]
	switch unit {
	case arrow.Millisecond:
		for i, v := range values {
			dst[i] = floor(v, v/1e3, 1e3)
		}
	case arrow.Microsecond:
		for i, v := range values {
			dst[i] = floor(v, v/1e6, 1e6)
		}
	case arrow.Nanosecond:
		for i, v := range values {
			dst[i] = floor(v, v/1e9, 1e9)
		}
	default:
		copy(dst, values)
	}
}

// floor turns a quotient that was rounded to zero into one that is rounded down.
func floor(v, quotient, divisor int64) int64 {
	if quotient*divisor > v {
		return quotient - 1
	}
	return quotient
}

// checkEngagements makes sure that the engagements input has what it needs.
func (r *run) checkEngagements() error {
	s := r.sources[engagementsTable]
	for _, c := range []struct{ name, what string }{
		{"contact_id", "who did it"}, {"occurred_at", "when it happened"},
		{"channel", "email, form, landing_page, sms, website or another"}, {"action", "opened, clicked, visited, submitted or another"},
	} {
		if s.constant(c.name) != nil && (c.name == "contact_id" || c.name == "occurred_at") {
			return failed(exitUsage, "engagements: %s cannot be one value for all rows", c.name)
		}
		if err := s.require(c.name, c.what); err != nil {
			return err
		}
	}
	if s.has("answers") && (s.has("question") || s.has("answer")) {
		return failed(exitUsage, "engagements: there are both answers and question or answer; map only one of the two forms")
	}
	for _, f := range s.files {
		switch t := f.file.Columns()[f.columns["occurred_at"]].Type; t.Kind {
		case match.Timestamp, match.DateOnly, match.Null:
		default:
			return failed(exitUsage, "engagements: occurred_at of %s is %s; it has to be a timestamp or a date, or map another column to it", f.object.Address, t.Name)
		}
	}
	return nil
}
