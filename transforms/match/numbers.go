package match

import (
	"math"
	"math/big"
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
)

// numberTest is what a test asks of a number, worked out for every width of number there is, so that a column whose files
// differ in width needs one matcher only. Integers and decimals compare exactly; with floats the operands are rounded to
// the width first.
type numberTest struct {
	clauses  []clause
	signed   limits[int64]
	unsigned limits[uint64]
	float16  limits[float64]
	float32  limits[float64]
	float64  limits[float64]
	scale    int // of decimals
	decimals decimalLimits
}

// decimalLimits are limits of decimals of one scale: of their integers without the point.
type decimalLimits struct {
	short limits[int64] // 32 and 64 bits
	d128  limits[decimal128.Num]
	d256  limits[decimal256.Num]
}

func newNumberTest(asked []Condition, scale int) numberTest {
	t := numberTest{scale: scale}
	for _, c := range asked {
		operands := make([]*big.Rat, len(c.Operands))
		for i, o := range c.Operands {
			operands[i] = o.Number
		}
		t.clauses = append(t.clauses, clause{c.Operator, operands})
	}
	whole := integerBounds(t.clauses, 0)
	t.signed = signedLimits(whole)
	t.unsigned = limitsOf(whole, 0, math.MaxUint64, func(v uint64) *big.Int { return new(big.Int).SetUint64(v) }, (*big.Int).Uint64)
	t.float16 = floatLimits(t.clauses, nearestFloat16)
	t.float32 = floatLimits(t.clauses, func(x *big.Rat) float64 { f, _ := x.Float32(); return float64(f) })
	t.float64 = floatLimits(t.clauses, func(x *big.Rat) float64 { f, _ := x.Float64(); return f })
	t.decimals = newDecimalLimits(t.clauses, scale)
	return t
}

// ofScale gives the limits of decimals of a scale.
func (t *numberTest) ofScale(scale int) *decimalLimits {
	if scale == t.scale {
		return &t.decimals
	}
	other := newDecimalLimits(t.clauses, scale)
	return &other
}

func newDecimalLimits(clauses []clause, scale int) decimalLimits {
	b := integerBounds(clauses, scale)
	return decimalLimits{
		short: signedLimits(b),
		d128: limitsOf(b, decimal128.New(math.MinInt64, 0), decimal128.New(math.MaxInt64, math.MaxUint64),
			decimal128.Num.BigInt, to128),
		d256: limitsOf(b, decimal256.New(1<<63, 0, 0, 0), decimal256.New(math.MaxInt64, math.MaxUint64, math.MaxUint64, math.MaxUint64),
			decimal256.Num.BigInt, to256),
	}
}

func signedLimits(b bounds) limits[int64] {
	return limitsOf(b, math.MinInt64, math.MaxInt64, big.NewInt, (*big.Int).Int64)
}

// to128 writes an integer as two's complement in 128 bits.
func to128(v *big.Int) decimal128.Num {
	w := words(v)
	return decimal128.New(int64(w[1]), w[0])
}

// to256 writes an integer as two's complement in 256 bits.
func to256(v *big.Int) decimal256.Num {
	w := words(v)
	return decimal256.New(w[3], w[2], w[1], w[0])
}

// words gives the two's complement of an integer, its lowest 64 bits first.
func words(v *big.Int) (w [4]uint64) {
	rest := new(big.Int).Set(v)
	mask := new(big.Int).SetUint64(math.MaxUint64)
	for i := range w {
		w[i] = new(big.Int).And(rest, mask).Uint64() // And and Rsh work on the two's complement
		rest.Rsh(rest, 64)
	}
	return w
}

// floatLimits are the limits of floats whose width round rounds to. Floats of every width are exact as float64.
func floatLimits(clauses []clause, round func(*big.Rat) float64) limits[float64] {
	none := limits[float64]{lo: math.Inf(1), hi: math.Inf(-1)}
	l := limits[float64]{lo: math.Inf(-1), hi: math.Inf(1)}
	listed := false
	for _, c := range clauses {
		if c.operator == Equals || c.operator == In {
			set := make([]float64, len(c.operands))
			for i, x := range c.operands {
				set[i] = round(x) + 0 // + 0 turns -0 into 0
			}
			slices.Sort(set)
			set = slices.Compact(set)
			if listed {
				set = slices.DeleteFunc(set, func(v float64) bool { return !slices.Contains(l.set, v) })
			}
			l.set, listed = set, true
			continue
		}
		x := round(c.operands[0])
		switch c.operator {
		case Above:
			if math.IsInf(x, 1) {
				return none
			}
			l.lo = max(l.lo, math.Nextafter(x, math.Inf(1)))
		case AtLeast, From:
			l.lo = max(l.lo, x)
		case Below, Until:
			if math.IsInf(x, -1) {
				return none
			}
			l.hi = min(l.hi, math.Nextafter(x, math.Inf(-1)))
		case AtMost:
			l.hi = min(l.hi, x)
		}
	}
	if !listed {
		return l
	}
	l.set = slices.DeleteFunc(l.set, func(v float64) bool { return v < l.lo || v > l.hi })
	switch len(l.set) {
	case 0:
		return none
	case 1:
		return limits[float64]{lo: l.set[0], hi: l.set[0]}
	}
	l.lo, l.hi = l.set[0], l.set[len(l.set)-1]
	return l
}

// float16Value decodes an IEEE 754 half, subnormal ones too.
func float16Value(bits uint16) float64 {
	sign, exponent, fraction := 1.0, int(bits>>10&0x1f), float64(bits&0x3ff)
	if bits&0x8000 != 0 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 0x1f:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// nearestFloat16 rounds to the nearest half, ties to even.
func nearestFloat16(x *big.Rat) float64 {
	magnitude := new(big.Rat).Abs(x)
	nearest := math.Inf(1)
	if magnitude.Cmp(big.NewRat(65520, 1)) < 0 { // half a step above the largest, 65504
		// Halves that are not negative ascend with their bits: find the first that is not below, then look at the one before.
		half := func(bits int) *big.Rat { return new(big.Rat).SetFloat64(float16Value(uint16(bits))) }
		at := sort.Search(0x7c00, func(bits int) bool { return half(bits).Cmp(magnitude) >= 0 })
		if at > 0 {
			above := big.NewRat(65536, 1) // what would follow the largest
			if at < 0x7c00 {
				above = half(at)
			}
			up := above.Sub(above, magnitude)
			down := new(big.Rat).Sub(magnitude, half(at-1))
			if order := down.Cmp(up); order < 0 || order == 0 && at&1 == 1 {
				at--
			}
		}
		nearest = float16Value(uint16(at))
	}
	if x.Sign() < 0 {
		return -nearest
	}
	return nearest
}
