package pipeline

import (
	"context"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
)

// rejected writes the rejects of a part.
func (w *tableWriter) rejected(part int, out *encode.Writer) error {
	list, err := w.run.rejects.take(part, w.run.ids)
	if err != nil {
		return err
	}
	for len(list) > 0 {
		chunk := list[:min(len(list), rowGroupRows)]
		list = list[len(chunk):]
		tables, files, reasons := make([]uint32, len(chunk)), make([]uint32, len(chunk)), make([]uint32, len(chunk))
		rows, valid := make([]int64, len(chunk)), make([]bool, len(chunk))
		ids := encode.Texts{Offsets: []uint32{0}, Valid: valid}
		for i, x := range chunk {
			tables[i], reasons[i], rows[i] = uint32(x.table), uint32(x.reason), x.row
			files[i] = w.run.fileNumber(x.table, x.file)
			if valid[i] = x.key != nil; valid[i] {
				ids.Bytes = append(ids.Bytes, x.id...)
			}
			ids.Offsets = append(ids.Offsets, uint32(len(ids.Bytes)))
		}
		err := out.Write([]encode.Column{
			encode.Codes[uint32]{Codes: tables, Dictionary: inputNames[:]},
			encode.Codes[uint32]{Codes: files, Dictionary: w.run.fileNames}, encode.Int64s{Values: rows},
			encode.Codes[uint32]{Codes: reasons, Dictionary: problemNames[:]}, ids,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// writeStats writes rule_stats, which is one part.
func (r *run) writeStats(ctx context.Context, stats *score.Stats, contacts int64) error {
	names := newDictionaries(r.program)
	n := len(r.program.Rules)
	set, rule := make([]uint32, n), make([]uint32, n)
	active, kind, share := make([]bool, n), make([]uint32, n), make([]float64, n)
	for i := range r.program.Rules {
		x := &r.program.Rules[i]
		set[i], rule[i], active[i] = uint32(x.Set), names.ruleName[i], r.program.Sets[x.Set].Active
		kind[i] = uint32(number(x.Implicit))
		share[i] = float64(stats.Contacts[i]) / float64(contacts) // NaN, which is null, without contacts
	}
	return r.publishPart(ctx, statsTable, 0, func(out *encode.Writer) error {
		if n == 0 {
			return nil
		}
		return out.Write([]encode.Column{
			encode.Codes[uint32]{Codes: set, Dictionary: names.sets}, encode.Codes[uint32]{Codes: rule, Dictionary: names.rules},
			encode.Bools{Values: active}, encode.Codes[uint32]{Codes: kind, Dictionary: []string{"explicit", "implicit"}},
			encode.Int64s{Values: stats.Contacts}, encode.Doubles{Values: share},
			encode.Int64s{Values: stats.Points}, encode.Int64s{Values: stats.Decides},
		})
	})
}
