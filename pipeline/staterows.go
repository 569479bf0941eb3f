package pipeline

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
	"leadscore/transforms/score"
)

// What of a contact is true in a record of _state.
const (
	flagPresent = 1 << iota
	flagMQL
	flagThreshold // is_mql is not null
	flagHanded
	flagEverHanded
)

const stateSize = 29 // bytes of a record, without its statics

// stateRecord is a row of _state as it stands in its bucket's stream: the id with its length, then this.
type stateRecord struct {
	flags               byte
	band                uint32
	score, first, times int64
	statics             []uint64 // in the program's order
}

func (s *stateRecord) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(append(dst, s.flags), s.band)
	for _, v := range []int64{s.score, s.first, s.times} {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
	}
	for _, w := range s.statics {
		dst = binary.LittleEndian.AppendUint64(dst, w)
	}
	return dst
}

// parse reads a record whose statics take so many words.
func (s *stateRecord) parse(b []byte, words int) {
	number := func(at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }
	s.flags, s.band = b[0], binary.LittleEndian.Uint32(b[1:])
	s.score, s.first, s.times = number(5), number(13), number(21)
	s.statics = s.statics[:0]
	for w := range words {
		s.statics = append(s.statics, uint64(number(stateSize+8*w)))
	}
}

// typed gives a column in the type that leadscore writes it in.
func typed[T arrow.Array](column arrow.Array, name string) (T, error) {
	values, ok := column.(T)
	if !ok {
		return values, &parquetio.Error{Column: name, RowGroup: -1, Row: -1, What: fmt.Sprintf("it is %s, which leadscore does not write", column.DataType())}
	}
	return values, nil
}

// stateReader reads the rows of a part of _state.
func (r *run) stateReader(f *parquetio.File) (columns []string, read func(func(string) arrow.Array, int, *appender) error, err error) {
	bits, err := r.statics(f)
	if err != nil {
		return nil, nil, err
	}
	columns = []string{"contact_id", "present", "score", "band", "is_mql", "first_mql_at", "times_mql", "handed", "ever_handed"}
	first := len(columns)
	for i := range (len(bits) + 63) / 64 {
		columns = append(columns, staticsColumn(i))
	}
	s := stateRecord{statics: make([]uint64, r.program.StaticWords())}
	var key, record []byte
	return columns, func(column func(string) arrow.Array, rows int, out *appender) error {
		if kind := kindOfValues(column("contact_id")); kind != r.ids && rows > 0 {
			return errOtherIDs
		}
		ids, err := keysOf(column("contact_id"))
		if err != nil {
			return err
		}
		flags := map[string]*array.Boolean{}
		for _, name := range []string{"present", "is_mql", "handed", "ever_handed"} {
			if flags[name], err = typed[*array.Boolean](column(name), name); err != nil {
				return err
			}
		}
		numbers := map[string]*array.Int64{}
		for _, name := range append([]string{"score", "times_mql"}, columns[first:]...) {
			if numbers[name], err = typed[*array.Int64](column(name), name); err != nil {
				return err
			}
		}
		firsts, err := typed[*array.Timestamp](column("first_mql_at"), "first_mql_at")
		if err != nil {
			return err
		}
		bands := listTexts(column("band"))
		present, isMQL, handed, ever := flags["present"], flags["is_mql"], flags["handed"], flags["ever_handed"]
		scores, times := numbers["score"], numbers["times_mql"]
		words := make([]*array.Int64, len(columns)-first)
		for i, name := range columns[first:] {
			words[i] = numbers[name]
		}
		places := map[string]uint32{}
		for i := range rows {
			var ok bool
			if key, ok = ids.of(key[:0], i); !ok {
				continue
			}
			s.flags, s.band, s.score, s.first, s.times = 0, noCode, 0, score.Null, times.Value(i)
			for _, f := range []struct {
				bit  byte
				when bool
			}{
				{flagPresent, present.Value(i)}, {flagThreshold, isMQL.IsValid(i)}, {flagMQL, isMQL.IsValid(i) && isMQL.Value(i)},
				{flagHanded, handed.Value(i)}, {flagEverHanded, ever.Value(i)},
			} {
				if f.when {
					s.flags |= f.bit
				}
			}
			if scores.IsValid(i) {
				s.score = scores.Value(i)
			}
			if firsts.IsValid(i) {
				s.first, _ = match.InstantOf(int64(firsts.Value(i)), firsts.DataType().(*arrow.TimestampType).Unit, true, nil)
			}
			if band, ok := bands(i); ok {
				if s.band, ok = places[string(band)]; !ok {
					s.band = r.earlier.band(string(band))
					places[string(band)] = s.band
				}
			}
			clear(s.statics)
			for w, column := range words {
				word := uint64(column.Value(i))
				for b, place := range bits[64*w : min(len(bits), 64*w+64)] {
					if word&(1<<b) != 0 && place >= 0 {
						s.statics[place/64] |= 1 << (place % 64)
					}
				}
			}
			record = s.append(appendWide(record[:0], key))
			if err := out.append(r.layout.bucket(hashID(key)), record); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// rulesReader reads from a part of the breakdown what the rules gave that are the same in both models.
func (r *run) rulesReader(*parquetio.File) (columns []string, read func(func(string) arrow.Array, int, *appender) error, err error) {
	type ruleName struct{ set, rule string }
	places := map[ruleName]uint32{}
	for i, same := range r.earlier.same {
		if rule := &r.program.Rules[i]; same {
			places[ruleName{r.program.Sets[rule.Set].Name, rule.Name}] = uint32(i)
		}
	}
	var key, record []byte
	columns = []string{"contact_id", "kind", "set", "rule", "points"}
	return columns, func(column func(string) arrow.Array, rows int, out *appender) error {
		ids, err := keysOf(column("contact_id"))
		if err != nil {
			return err
		}
		points, err := typed[*array.Int64](column("points"), "points")
		if err != nil {
			return err
		}
		kinds, sets, rules := listTexts(column("kind")), listTexts(column("set")), listTexts(column("rule"))
		for i := range rows {
			if kind, _ := kinds(i); string(kind) != ledgerKinds[0] {
				continue
			}
			set, _ := sets(i)
			name := ruleName{set: string(set)}
			rule, _ := rules(i)
			name.rule = string(rule)
			place, ok := places[name]
			if !ok {
				continue
			}
			if key, ok = ids.of(key[:0], i); !ok {
				continue
			}
			record = binary.LittleEndian.AppendUint32(appendWide(record[:0], key), place)
			record = binary.LittleEndian.AppendUint64(record, uint64(points.Value(i)))
			if err := out.append(r.layout.bucket(hashID(key)), record); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// staticsColumn names a word of statics in _state.
func staticsColumn(word int) string { return fmt.Sprintf("statics_%d", word) }
