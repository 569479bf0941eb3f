package pipeline

import (
	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
)

// changes writes the contacts whose score, band or MQL state is another than the earlier run's, and those that are new or gone.
func (w *tableWriter) changes(p *partState, all []member, out *encode.Writer) error {
	if p.lives[0].prior == nil {
		return nil // there is no earlier run
	}
	members := w.changed[:0]
	for i, m := range all {
		if w.hasChanged(p, m) {
			members = append(members, m)
		}
		if len(members) == rowGroupRows || len(members) > 0 && i == len(all)-1 {
			if err := w.changeRows(p, members, out); err != nil {
				return err
			}
			members = members[:0]
		}
	}
	w.changed = members
	return nil
}

func (w *tableWriter) hasChanged(p *partState, m member) bool {
	l, c := p.lives[m.bucket], int(m.place)
	if c >= l.n {
		return l.was(c, flagPresent)
	}
	r := p.results[m.bucket]
	return l.prior.Differs(c, r.Score[c], r.IsMQL[c] == 1)
}

func (w *tableWriter) changeRows(p *partState, members []member, out *encode.Writer) error {
	n := len(members)
	before, now, wasMQL, isMQL := make([]int64, n), make([]int64, n), make([]byte, n), make([]byte, n)
	bandBefore, bandNow := make([]uint32, n), make([]uint32, n)
	parts := [6][]int64{}
	for i := range parts {
		parts[i] = make([]int64, n)
	}
	for i, m := range members {
		l, c := p.lives[m.bucket], int(m.place)
		before[i], bandBefore[i], wasMQL[i] = encode.Null, noCode, 2
		if l.was(c, flagPresent) {
			before[i], bandBefore[i] = l.score[c], l.band[c]
			if l.was(c, flagThreshold) {
				wasMQL[i] = byte(number(l.was(c, flagMQL)))
			}
		}
		if c >= l.n {
			now[i], bandNow[i], isMQL[i] = encode.Null, noCode, 2
			parts[2][i] = -l.score[c]
			continue
		}
		r := p.results[m.bucket]
		now[i], bandNow[i], isMQL[i] = r.Score[c], w.bandCode(r.Score[c]), w.mqlFlag(r, c)
		for k, part := range partsOf(r) {
			parts[k][i] = part[c]
		}
	}
	columns := []encode.Column{
		w.contacts(p, members, nil), w.asOf(), encode.Constant{Value: p.lives[0].prior.AsOf}, encode.Int64s{Values: before}, encode.Int64s{Values: now},
		encode.Codes[uint32]{Codes: bandBefore, Dictionary: w.run.earlier.bands}, encode.Codes[uint32]{Codes: bandNow, Dictionary: w.names.bands},
		encode.Flags{Values: wasMQL}, encode.Flags{Values: isMQL},
	}
	for _, part := range parts {
		columns = append(columns, encode.Int64s{Values: part})
	}
	return out.Write(columns)
}

// partsOf gives the parts of a change in the order of their columns.
func partsOf(r *score.Results) [6][]int64 {
	return [6][]int64{r.NewEngagement, r.Expiry, r.FieldChange, r.ListChange, r.ModelChange, r.LateData}
}
