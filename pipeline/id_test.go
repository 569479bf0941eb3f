package pipeline

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowmemory "github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"leadscore/pipeline/parquetio"
)

// keysFrom gives the keys of values in a column of a type; nil for what is no id.
func keysFrom(t *testing.T, typ arrow.DataType, values ...string) [][]byte {
	t.Helper()
	b := array.NewBuilder(arrowmemory.DefaultAllocator, typ)
	for _, v := range values {
		if v == "null" {
			b.AppendNull()
		} else if err := b.AppendValueFromString(v); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := keysOf(b.NewArray())
	if err != nil {
		t.Fatal(err)
	}
	var keys [][]byte
	for i := range values {
		key, ok := ids.of(nil, i)
		if !ok {
			key = nil
		}
		keys = append(keys, key)
	}
	return keys
}

// Integers of all types have keys that are equal exactly when they are, that sort as they do, and that read as they do.
func TestIntegerKeys(t *testing.T) {
	p := arrow.PrimitiveTypes
	type column struct {
		typ         arrow.DataType
		least, most *big.Int
	}
	power := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
	signed := func(typ arrow.DataType, bits uint) column {
		return column{typ, new(big.Int).Neg(power(bits - 1)), new(big.Int).Sub(power(bits-1), big.NewInt(1))}
	}
	unsigned := func(typ arrow.DataType, bits uint) column {
		return column{typ, big.NewInt(0), new(big.Int).Sub(power(bits), big.NewInt(1))}
	}
	columns := []column{
		signed(p.Int8, 8), signed(p.Int16, 16), signed(p.Int32, 32), signed(p.Int64, 64),
		unsigned(p.Uint8, 8), unsigned(p.Uint16, 16), unsigned(p.Uint32, 32), unsigned(p.Uint64, 64),
		{p.Float64, big.NewInt(-1<<53 + 1), big.NewInt(1<<53 - 1)}, {p.Float32, big.NewInt(-1 << 24), big.NewInt(1 << 24)},
		{&arrow.DictionaryType{IndexType: p.Int8, ValueType: p.Int64}, big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64)},
	}
	type id struct {
		value *big.Int
		key   []byte
	}
	draw := func(rt *rapid.T, name string) id {
		c := rapid.SampledFrom(columns).Draw(rt, name+" type")
		v := new(big.Int)
		switch rapid.IntRange(0, 3).Draw(rt, name+" kind") {
		case 0:
			v.Set(c.least)
		case 1:
			v.Set(c.most)
		case 2:
			v.SetInt64(int64(rapid.Int16().Draw(rt, name+" small")))
		case 3:
			v.SetInt64(rapid.Int64().Draw(rt, name+" any"))
		}
		if v.Cmp(c.least) < 0 {
			v.Set(c.least)
		}
		if v.Cmp(c.most) > 0 {
			v.Set(c.most)
		}
		key := keysFrom(t, c.typ, v.String())[0]
		if key == nil {
			rt.Fatalf("%s as %s is no id", v, c.typ)
		}
		if got := showID(integerID, key); got != v.String() {
			rt.Fatalf("%s as %s shows as %s", v, c.typ, got)
		}
		return id{v, key}
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := draw(rt, "a"), draw(rt, "b")
		if bytes.Compare(a.key, b.key) != a.value.Cmp(b.value) {
			rt.Fatalf("%s has the key %x, %s has %x", a.value, a.key, b.value, b.key)
		}
	})
}

func TestWhatIsNoID(t *testing.T) {
	p := arrow.PrimitiveTypes
	for _, c := range []struct {
		typ    arrow.DataType
		values []string
	}{
		{p.Float64, []string{"null", "0.5", "NaN", "+Inf", "-Inf", "9007199254740992", "-9007199254740992", "1e300"}},
		{p.Float32, []string{"null", "-0.25", "NaN", "+Inf", "9007199254740992"}},
		{arrow.BinaryTypes.String, []string{"null", "", " ", "\t\n", "\u00a0", "\u2003 \u3000", "\u0085"}},
		{p.Int64, []string{"null"}}, {arrow.Null, []string{"null"}},
		{&arrow.DictionaryType{IndexType: p.Int8, ValueType: arrow.BinaryTypes.String}, []string{"null", " "}},
	} {
		for i, key := range keysFrom(t, c.typ, c.values...) {
			if key != nil {
				t.Errorf("%q as %s has the key %x", c.values[i], c.typ, key)
			}
		}
	}
	if key := keysFrom(t, p.Float64, "-0")[0]; !bytes.Equal(key, integerKey(nil, 0)) {
		t.Errorf("-0 has the key %x", key)
	}
	b := array.NewBooleanBuilder(arrowmemory.DefaultAllocator)
	b.Append(true)
	if _, err := keysOf(b.NewArray()); err == nil || !strings.Contains(err.Error(), "text or integers") {
		t.Errorf("a boolean id: %v", err)
	}
}

// drawKey draws keys that are likely to be mistaken for each other: short ones, with zeros in them and at their end.
func drawKey(t *rapid.T, name string) []byte {
	return rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 0xff}), 1, 10).Draw(t, name)
}

// A key that packs into a word is the only one that packs into it; its hash is the same packed or not.
func TestPackedKeys(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawKey(rt, "a"), drawKey(rt, "b")
		if packs(a) && packs(b) && (shortKey(a) == shortKey(b)) != bytes.Equal(a, b) {
			rt.Fatalf("%x and %x pack into %x and %x", a, b, shortKey(a), shortKey(b))
		}
		if packs(a) {
			word := shortKey(a)
			if word == 0 || packedLength(word) != len(a) || hashShort(word, packedLength(word)) != hashID(a) {
				rt.Fatalf("%x packs into %x of length %d", a, word, packedLength(word))
			}
		}
		if bytes.Equal(a, b) && hashID(a) != hashID(bytes.Clone(b)) {
			rt.Fatalf("%x has two hashes", a)
		}
	})
}

// Ids packed a page at a time are those packed one by one; what does not pack, or may be blank, is left to be looked at.
func TestPackedPages(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := parquetio.Values{Gap: rapid.SampledFrom([]uint32{0, 4}).Draw(rt, "gap")}
		var ids [][]byte
		for range rapid.IntRange(1, 20).Draw(rt, "ids") {
			id := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, ' ', '!', 'a', 0x7f, 0x80, 0xc2}), 0, 10).Draw(rt, "id")
			v.Bytes = append(v.Bytes, make([]byte, v.Gap)...)
			v.Offsets = append(v.Offsets, uint32(len(v.Bytes)))
			v.Bytes = append(v.Bytes, id...)
			ids = append(ids, id)
		}
		v.Offsets = append(v.Offsets, uint32(len(v.Bytes))+v.Gap)
		from := rapid.IntRange(0, len(ids)-1).Draw(rt, "from")
		got := make([]uint64, len(ids)-from)
		packTexts(got, &v, from)
		for i, id := range ids[from:] {
			want := uint64(0)
			if packs(id) && id[0] > ' ' && id[0] < 0x80 {
				want = shortKey(id)
			}
			if got[i] != want {
				rt.Fatalf("%x packs into %x, want %x", id, got[i], want)
			}
		}
		integers := rapid.SliceOfN(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-300, 300)), 1, 20).Draw(rt, "integers")
		got = make([]uint64, len(integers))
		packIntegers(got, integers)
		for i, integer := range integers {
			want := uint64(0)
			if key := integerKey(nil, integer); packs(key) {
				want = shortKey(key)
			}
			if got[i] != want {
				rt.Fatalf("%d packs into %x, want %x", integer, got[i], want)
			}
		}
	})
}

// Hashes fill buckets evenly, whatever the ids look like.
func TestHashesSpread(t *testing.T) {
	const n, bits = 1 << 16, 8
	for name, key := range map[string]func(i int) []byte{
		"integers":                 func(i int) []byte { return integerKey(nil, int64(i)) },
		"integers in steps of 256": func(i int) []byte { return integerKey(nil, int64(i)*256) },
		"short texts":              func(i int) []byte { return []byte("c" + showID(integerID, integerKey(nil, int64(i)))) },
		"long texts":               func(i int) []byte { return []byte("contact-000000-" + showID(integerID, integerKey(nil, int64(i)))) },
	} {
		l := layout{bucketBits: bits}
		high, low := make([]int, 1<<bits), make([]int, 1<<bits)
		for i := range n {
			h := hashID(key(i))
			high[l.bucket(h)]++
			low[h&(1<<bits-1)]++ // the place in a table of slots
		}
		for _, counts := range [][]int{high, low} {
			for _, count := range counts {
				if want := n >> bits; count < want/2 || count > want*2 {
					t.Errorf("%s: %d in one of %d buckets, where %d would be even", name, count, 1<<bits, want)
					break
				}
			}
		}
	}
}

// Keys by which the latest row is kept sort as the numbers and texts do.
func TestOrderOfFloats(t *testing.T) {
	values := []float64{math.Inf(-1), -1e300, -2.5, -1, math.Copysign(0, -1), 0, 5e-324, 1, 2.5, 1e300, math.Inf(1)}
	for i, a := range values {
		for j, b := range values {
			want := cmp.Compare(a, b)
			if got := bytes.Compare(floatOrder(nil, a), floatOrder(nil, b)); got != want {
				t.Errorf("%g and %g (%d, %d) compare as %d", a, b, i, j, got)
			}
		}
	}
	if len(floatOrder(nil, math.NaN())) > 0 {
		t.Error("NaN is missing, so that it loses")
	}
}
