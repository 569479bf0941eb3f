package encode

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// sample is a column in one of its forms, and the values that a reader must find: nil, int64 (as stored, so microseconds),
// uint64, float64, bool, string or []string.
type sample struct {
	field  Field
	column Column
	want   []any
}

// texts gives values as Texts; nil is null.
func texts(want []any, nullable bool) Texts {
	c := Texts{Offsets: []uint32{0}}
	for _, v := range want {
		if v != nil {
			c.Bytes = append(c.Bytes, v.(string)...)
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Bytes)))
		if nullable {
			c.Valid = append(c.Valid, v != nil)
		}
	}
	return c
}

// samples gives a column of each form, type and nullability with so many rows.
func samples(rows int, r *rand.Rand) []sample { return slices.Collect(eachSample(rows, r)) }

// eachSample gives the samples one by one: many rows of all of them take much memory.
func eachSample(rows int, r *rand.Rand) iter.Seq[sample] {
	return func(yield func(sample) bool) { makeSamples(rows, r, func(s sample) { yield(s) }) }
}

func makeSamples(rows int, r *rand.Rand, give func(sample)) {
	made := 0
	add := func(name string, t Type, nullable bool, c Column, want []any) {
		if nullable {
			name += "_null"
		}
		give(sample{Field{Name: fmt.Sprintf("%s_%d", name, made), Type: t, Nullable: nullable}, c, want})
		made++
	}
	// draw gives values of which some are null, in stretches as well as alone.
	draw := func(nullable bool, value func(i int) any) []any {
		want := make([]any, rows)
		for i := range want {
			if nullable && (r.IntN(5) == 0 || i > rows/2 && i < rows/2+rows/4) {
				continue
			}
			want[i] = value(i)
		}
		return want
	}
	valid := func(want []any) (v []bool) {
		v = []bool{}
		for _, x := range want {
			v = append(v, x != nil)
		}
		return v
	}
	number := func(want []any, null int64) []int64 {
		v := make([]int64, len(want))
		for i, x := range want {
			switch x := x.(type) {
			case nil:
				v[i] = null
			case uint64:
				v[i] = int64(x)
			default:
				v[i] = x.(int64)
			}
		}
		return v
	}
	seconds := func(want []any) []int64 {
		v := number(want, Null)
		for i := range v {
			if v[i] != Null {
				v[i] /= 1_000_000
			}
		}
		return v
	}
	coded := func(nullable bool, entries int) []any {
		return draw(nullable, func(int) any { return "entry " + strconv.Itoa(r.IntN(entries)) })
	}
	for _, nullable := range []bool{false, true} {
		small := func(low, high int64) []any {
			return draw(nullable, func(int) any { return low + r.Int64N(high-low+1) })
		}
		wide := draw(nullable, func(int) any { return int64(r.Uint64() | 1) })
		points := small(-40, 90)
		add("points", Int64, nullable, Int64s{Values: number(points, Null)}, points)
		add("wide", Int64, nullable, Int64s{Values: number(wide, Null)}, wide)
		few := draw(nullable, func(int) any { return int64(r.IntN(50)) * 1_000_003_000 })
		add("few", Int64, nullable, Int64s{Values: number(few, Null)}, few)
		same := draw(nullable, func(int) any { return int64(7) })
		add("same", Int64, nullable, Int64s{Values: number(same, Null)}, same)
		for _, bits := range []int{8, 16, 32, 64} {
			low, high := int64(-1)<<(bits-1), int64(uint64(1)<<(bits-1)-1)
			edges := draw(nullable, func(i int) any { return []int64{low, high, 0, -1, int64(i) & high}[r.IntN(5)] })
			if nullable {
				add("int", IntType{bits, true}, true, Int64s{Values: number(edges, 0), Valid: valid(edges)}, edges)
			} else {
				add("int", IntType{bits, true}, false, Int64s{Values: number(edges, 0)}, edges)
			}
			most := ^uint64(0) >> (64 - bits)
			unsigned := draw(nullable, func(i int) any { return []uint64{0, most, most / 2, most/2 + 1, uint64(i) & most}[r.IntN(5)] })
			u := Uint64s{Values: make([]uint64, rows)}
			for i, v := range unsigned {
				if v != nil {
					u.Values[i] = v.(uint64)
				}
			}
			if nullable {
				u.Valid = valid(unsigned)
			}
			add("uint", IntType{bits, false}, nullable, u, unsigned)
		}
		days := small(-3000, 60000)
		add("date", Date, nullable, Int64s{Values: number(days, Null)}, days)
		clock := small(0, 86_399_999_999)
		add("clock", TimeOfDay, nullable, Int64s{Values: number(clock, Null)}, clock)
		instant := small(-1<<50, 1<<50)
		add("instant", Instant, nullable, Int64s{Values: number(instant, Null)}, instant)
		at := draw(nullable, func(int) any { return (r.Int64N(4e9) - 1e9) * 1_000_000 })
		add("at", Timestamp, nullable, Int64s{Values: seconds(at)}, at)
		hours := draw(nullable, func(int) any { return (1_790_000_000 + r.Int64N(30)*3600) * 1_000_000 })
		add("hour", Timestamp, nullable, Int64s{Values: seconds(hours)}, hours)
		for _, want := range [][]any{points, wide, few, same} {
			add("pieces", Int64, nullable, piecesOf(number(want, Null), r), want)
		}
		add("piece_days", Date, nullable, piecesOf(number(days, Null), r), days)
		add("piece_at", Timestamp, nullable, piecesOf(seconds(at), r), at)
		for _, digits := range []int{5, 15} {
			amount := small(-99999, 99999)
			add("amount", DecimalType{digits, 2}, nullable, Int64s{Values: number(amount, Null)}, amount)
		}
		huge := draw(nullable, func(int) any {
			var b [16]byte
			binary.BigEndian.PutUint64(b[:], uint64(r.Int64()>>40)) // the sign and zeros, or ones
			binary.BigEndian.PutUint64(b[8:], r.Uint64())
			return string(b[16-decimalBytes(30)%17:]) + ""
		})
		add("huge", DecimalType{30, 3}, nullable, texts(huge, nullable), huge)

		share := draw(nullable, func(int) any { return []float64{0, math.Copysign(0, -1), r.NormFloat64(), math.Inf(1)}[r.IntN(4)] })
		floats := make([]float64, rows)
		for i, v := range share {
			if floats[i] = math.NaN(); v != nil {
				floats[i] = v.(float64)
			}
		}
		add("share", Double, nullable, Doubles{Values: floats}, share)
		halves := small(-1000, 1000)
		h := make([]float64, rows)
		asFloats := make([]any, rows)
		for i, v := range halves {
			if v != nil {
				h[i] = float64(v.(int64)) / 2
				asFloats[i] = h[i]
			}
		}
		if nullable {
			add("half", Float, true, Doubles{Values: h, Valid: valid(asFloats)}, asFloats)
		} else {
			add("half", Float, false, Doubles{Values: h}, asFloats)
		}

		truth := draw(nullable, func(int) any { return r.IntN(3) == 0 })
		b, f := Bools{Values: make([]bool, rows)}, Flags{Values: make([]byte, rows)}
		for i, v := range truth {
			switch v {
			case nil:
				f.Values[i] = 2
			case true:
				b.Values[i], f.Values[i] = true, 1
			}
		}
		if nullable {
			b.Valid = valid(truth)
		}
		add("bools", Boolean, nullable, b, truth)
		add("flags", Boolean, nullable, f, truth)

		words := draw(nullable, func(i int) any {
			return []string{"", "Ö", "contact " + strconv.Itoa(r.IntN(1e9)), "a\x00b"}[r.IntN(4)]
		})
		add("words", Text, nullable, texts(words, nullable), words)
		add("bytes", Binary, nullable, texts(words, nullable), words)

		for _, entries := range []int{1, 3, 100, 40_000} {
			want := coded(nullable, entries)
			add("repeated", Text, nullable, texts(want, nullable), want)
			codes, dictionary := encodeWith[uint32](want, entries)
			add("codes", Text, nullable, Codes[uint32]{codes, dictionary, nil}, want)
		}
		want := coded(nullable, 200)
		c16, dictionary := encodeWith[uint16](want, 200)
		add("codes16", Text, nullable, Codes[uint16]{c16, dictionary, nil}, want)
		c8, dictionary := encodeWith[uint8](want, 200)
		add("codes8", Text, nullable, Codes[uint8]{c8, dictionary, nil}, want)

		entries := make([]uint32, 250) // the codes count down, from the end of the entries
		turned := slices.Clone(c8)
		for i := range entries {
			if entries[i] = uint32(len(dictionary)-1) - uint32(i); i >= len(dictionary) {
				entries[i] = ^uint32(0)
			}
		}
		for i, code := range c8 {
			if turned[i] = 249 - uint8(i%2); code != 255 {
				turned[i] = uint8(len(dictionary)-1) - code
			}
		}
		add("entries", Text, nullable, Codes[uint8]{turned, dictionary, entries}, want)

		tiers := draw(nullable, func(int) any { return int64(r.IntN(9)) * 5 })
		t8 := make([]uint8, rows)
		for i, v := range tiers {
			if t8[i] = 255; v != nil {
				t8[i] = 8 - uint8(v.(int64)/5)
			}
		}
		add("tiers", Int32, nullable, IntCodes[uint8]{t8, []int64{40, 35, 30, 25, 20, 15, 10, 5, 0}}, tiers)

		for _, mean := range []int{0, 1, 2, 12} {
			for _, s := range runs(rows, mean, nullable, r) {
				give(s)
			}
		}
		for _, v := range []any{"a model", true, false, int64(-3), 2.5, uint64(math.MaxUint64)} {
			t := map[string]Type{"string": Text, "bool": Boolean, "int64": Int32, "float64": Double, "uint64": IntType{64, false}}[fmt.Sprintf("%T", v)]
			add("constant", t, nullable, Constant{v, rows}, repeat(v, rows))
		}
		add("as_of", Timestamp, nullable, Constant{int64(1_800_000_000), rows}, repeat(int64(1_800_000_000_000_000), rows))
		lists := draw(nullable, func(int) any {
			list := make([]string, max(0, r.IntN(7)-1))
			for i := range list {
				list[i] = "entry " + strconv.Itoa(r.IntN(30))
			}
			return list
		})
		add("reasons", TextList, nullable, listOf(lists, nullable), lists)
		empty := repeat([]string{}, rows)
		add("no_reasons", TextList, nullable, listOf(empty, nullable), empty)
	}
	none := make([]any, rows)
	for _, t := range []Type{Text, Int64, Timestamp, Double, Boolean, TextList} {
		add("nothing", t, true, Constant{Rows: rows}, none)
	}
	add("no_codes", Text, true, Codes[uint16]{Codes: constants(rows, ^uint16(0))}, none)
	add("no_texts", Text, true, texts(none, true), none)
	add("no_numbers", Int64, true, Int64s{Values: constants[int64](rows, Null)}, none)
	add("no_list", TextList, true, listOf(none, true), none)
}

func constants[T any](n int, v T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = v
	}
	return all
}

func repeat(v any, n int) []any { return constants(n, v) }

// encodeWith codes texts "entry N" with a dictionary in descending order, the first entry of which stands twice.
func encodeWith[C Code](want []any, entries int) ([]C, []string) {
	dictionary := make([]string, entries+1)
	for i := range entries {
		dictionary[i] = "entry " + strconv.Itoa(entries-1-i)
	}
	dictionary[entries] = dictionary[0]
	codes := make([]C, len(want))
	for i, v := range want {
		if codes[i] = ^C(0); v != nil {
			n, _ := strconv.Atoi(strings.TrimPrefix(v.(string), "entry "))
			codes[i] = C(entries - 1 - n)
			if codes[i] == 0 && i%2 == 0 {
				codes[i] = C(entries)
			}
		}
	}
	return codes, dictionary
}

// piecesOf cuts values into pieces, of no or one or more rows, and spreads them over three columns.
func piecesOf(values []int64, r *rand.Rand) Pieces {
	c := Pieces{Columns: make([][]int64, 3), Pieces: []Piece{}}
	for len(values) > 0 {
		n := min(len(values), max(0, r.IntN(30)-3))
		at := r.IntN(3)
		from := len(c.Columns[at])
		c.Columns[at] = append(append(c.Columns[at], values[:n]...), 1_000_000) // and one that is no row
		c.Pieces = append(c.Pieces, Piece{uint32(at), uint32(from), uint32(from + n)})
		values = values[n:]
	}
	return c
}

func listOf(want []any, nullable bool) TextLists {
	c := TextLists{Offsets: []uint32{0}}
	codes := map[string]uint32{}
	for _, v := range want {
		if v != nil {
			for _, text := range v.([]string) {
				if _, ok := codes[text]; !ok {
					codes[text] = uint32(len(codes))
					c.Dictionary = append(c.Dictionary, text)
				}
				c.Codes = append(c.Codes, codes[text])
			}
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Codes)))
		if nullable {
			c.Valid = append(c.Valid, v != nil)
		}
	}
	return c
}

// runs gives contact ids of each type, repeated about mean times; some have no rows. A mean of 0 gives one row or none, a
// mean of 1 exactly one.
func runs(rows, mean int, nullable bool, r *rand.Rand) []sample {
	var lengths []uint32
	for left := rows; left > 0; {
		n := 1
		switch mean {
		case 0:
			n = r.IntN(2)
		case 1:
		default:
			n = min(left, r.IntN(2*mean))
		}
		lengths = append(lengths, uint32(n))
		left -= n
	}
	if lengths == nil {
		lengths = []uint32{}
	}
	n := len(lengths)
	signed, unsigned, floats, names := make([]int64, n), make([]uint64, n), make([]float64, n), make([]any, n)
	for i := range n {
		signed[i] = int64(i)*3 - 50
		unsigned[i] = math.MaxUint64 - uint64(n-i)*1000
		floats[i] = float64(i) / 4
		names[i] = fmt.Sprintf("contact-%08d", i)
	}
	expand := func(value func(int) any) []any {
		want := []any{}
		for i, n := range lengths {
			want = append(want, repeat(value(i), int(n))...)
		}
		return want
	}
	named := func(name string, t Type, ids Column, value func(int) any) sample {
		return sample{Field{fmt.Sprintf("%s_%d_%v", name, mean, nullable), t, nullable}, Runs{lengths, ids}, expand(value)}
	}
	return []sample{
		named("id_int", Int64, Int64s{Values: signed}, func(i int) any { return signed[i] }),
		named("id_int32", Int32, Int64s{Values: signed}, func(i int) any { return signed[i] }),
		named("id_uint", IntType{64, false}, Uint64s{Values: unsigned}, func(i int) any { return unsigned[i] }),
		named("id_float", Double, Doubles{Values: floats}, func(i int) any { return floats[i] }),
		named("id_text", Text, texts(names, false), func(i int) any { return names[i] }),
		named("id_time", Timestamp, Int64s{Values: signed}, func(i int) any { return signed[i] * 1_000_000 }),
	}
}
