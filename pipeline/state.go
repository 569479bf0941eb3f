package pipeline

import (
	"encoding/json"
	"slices"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
)

// remembers tells whether the run publishes anything that speaks of the run before, and so leaves _state for the next one.
func (r *run) remembers() bool {
	return r.wants[mqlTable] || r.wants[eventsTable] || r.wants[changesTable]
}

// stateFields gives the columns of _state, whose number follows from the model.
func (r *run) stateFields() []encode.Field {
	fields := Fields(stateTable, r.idType, nil)
	for i := range r.program.StaticWords() {
		fields = append(fields, required(staticsColumn(i), encode.Int64))
	}
	return fields
}

// staticsNote is the metadata of _state: which static each bit is.
func (r *run) staticsNote() string {
	text, _ := json.Marshal(r.staticKeys()) // texts always marshal
	return string(text)
}

// everyone gives the contacts of a part and those that are gone from it, ordered by id.
func (w *tableWriter) everyone(p *partState) []member {
	w.gone = w.arrange(p, w.gone, func(bucket int) (from, to int) {
		people := p.people[bucket]
		return people.n, people.n + p.lives[bucket].goneContacts()
	})
	if len(w.gone) == 0 {
		return w.order
	}
	return merge(make([]member, 0, len(w.order)+len(w.gone)), w.order, w.gone, p.before)
}

// state writes what the next run has to know: of every contact, and of those who are gone and may return.
func (w *tableWriter) state(p *partState, all []member, out *encode.Writer) error {
	all = slices.DeleteFunc(slices.Clone(all), func(m member) bool {
		l := p.lives[m.bucket]
		return int(m.place) >= l.n && l.times[m.place] == 0 && l.ever[m.place] == 0
	})
	for members := range slices.Chunk(all, rowGroupRows) {
		if err := w.stateRows(p, members, out); err != nil {
			return err
		}
	}
	return nil
}

func (w *tableWriter) stateRows(p *partState, members []member, out *encode.Writer) error {
	n, words := len(members), w.run.program.StaticWords()
	present, isMQL, handed, ever := make([]byte, n), make([]byte, n), make([]byte, n), make([]byte, n)
	scores, first, times := make([]int64, n), make([]int64, n), make([]int64, n)
	bands, statics := make([]uint32, n), make([][]int64, words)
	for i := range statics {
		statics[i] = make([]int64, n)
	}
	for i, m := range members {
		l, c := p.lives[m.bucket], int(m.place)
		first[i], times[i], handed[i], ever[i] = l.first[c], l.times[c], l.handed[c], l.ever[c]
		scores[i], bands[i] = encode.Null, noCode
		if c >= l.n {
			continue
		}
		r := p.results[m.bucket]
		present[i], scores[i], bands[i], isMQL[i] = 1, r.Score[c], w.bandCode(r.Score[c]), w.mqlFlag(r, c)
		for word := range statics {
			statics[word][i] = int64(r.Statics[c*words+word])
		}
	}
	columns := []encode.Column{
		w.contacts(p, members, nil), encode.Flags{Values: present}, encode.Int64s{Values: scores},
		encode.Codes[uint32]{Codes: bands, Dictionary: w.names.bands}, encode.Flags{Values: isMQL}, encode.Int64s{Values: first},
		encode.Int64s{Values: times}, encode.Flags{Values: handed}, encode.Flags{Values: ever},
	}
	for _, word := range statics {
		columns = append(columns, encode.Int64s{Values: word})
	}
	return out.Write(columns)
}

// bandCode is the place of a score's band among the model's; noCode: there are none.
func (w *tableWriter) bandCode(score int64) uint32 {
	bands := w.run.spec.Model.Score.Bands
	if len(bands) == 0 {
		return noCode
	}
	return uint32(bandOf(score, bands))
}

// mqlFlag is a contact's MQL state as tables have it: null without a threshold.
func (w *tableWriter) mqlFlag(out *score.Results, contact int) byte {
	if w.run.spec.Model.Score.MQL == nil {
		return 2
	}
	return out.IsMQL[contact]
}
