package pipeline

import (
	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
)

// Whether an MQL was handed over before.
const (
	statusNew = iota
	statusRetained
	statusReturned
)

var mqlStatus = []string{"new", "retained", "returned"}

// mqlRows is a row for each MQL that is not suppressed.
func mqlRows(out *score.Results, contact uint32) (from, to uint32) {
	return contact, contact + uint32(number(handedOver(out, int(contact))))
}

// mql writes the MQLs among the members that are handed over.
func (w *tableWriter) mql(p *partState, all []member, out *encode.Writer) error {
	members := make([]member, 0, len(all))
	for _, m := range all {
		if handedOver(p.results[m.bucket], int(m.place)) {
			members = append(members, m)
		}
	}
	if len(members) == 0 {
		return nil
	}
	band, grade, _ := w.perScore(p, members)
	w.piecesOf(p, members, oneRow)
	column := func(of func(*score.Results) []int64) encode.Column { return w.column(p, of) }
	status, first, times := make([]uint32, len(members)), make([]int64, len(members)), make([]int64, len(members))
	reasons := encode.TextLists{Offsets: []uint32{0}, Dictionary: w.names.rules}
	builders := make([]payloadBuilder, len(w.run.payload))
	for i := range builders {
		builders[i].column = &w.run.payload[i]
	}
	for i, m := range members {
		r, people, l := p.results[m.bucket], p.people[m.bucket], p.lives[m.bucket]
		status[i], first[i], times[i] = l.status[m.place], l.first[m.place], l.times[m.place]
		w.total.newMQLs += number(status[i] == statusNew)
		for _, rule := range r.Reason[r.ReasonStart[m.place]:r.ReasonStart[m.place+1]] {
			reasons.Codes = append(reasons.Codes, w.names.ruleName[rule])
		}
		reasons.Offsets = append(reasons.Offsets, uint32(len(reasons.Codes)))
		payload := people.payloadOf(int(m.place))
		for b := range builders {
			payload = builders[b].take(payload)
		}
	}
	columns := []encode.Column{
		w.contacts(p, members, nil), w.asOf(), column(func(r *score.Results) []int64 { return r.Score }), band, grade,
		column(func(r *score.Results) []int64 { return r.MQLSince }),
		column(func(r *score.Results) []int64 { return r.MQLExpires }),
		encode.Codes[uint32]{Codes: status, Dictionary: mqlStatus}, encode.Int64s{Values: first}, encode.Int64s{Values: times}, reasons,
	}
	for b := range builders {
		columns = append(columns, builders[b].encoded())
	}
	return out.Write(columns)
}
