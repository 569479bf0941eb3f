package match

import (
	"math"
	"math/big"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones are the same on every machine

	"github.com/apache/arrow-go/v18/arrow"
	"pgregory.net/rapid"
)

var zoneNames = []string{"UTC", "Europe/Stockholm", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Monrovia"}

func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

var drawZone = rapid.Custom(func(t *rapid.T) *time.Location { return zoneOf(rapid.SampledFrom(zoneNames).Draw(t, "zone")) })

var someTexts = []string{
	"", " ", "\u00a0\u2003\u3000", "CEO", " ceo\t", "Ceo", "chief", "Straße", "STRASSE", "straẞe", "ſ", "s", "S", "\u212a", "k", "K", "İ", "i", "ı", "I",
	"é", "e\u0301", "É", "E\u0301", "Ω", "\u2126", "ω", "Å", "\u212b", "å", "ΣΑΣ", "σας", "ǅ", "ǆ", "Ⱥ", "ⱥ", "\u0345", "ι", "日本", " 日本\u3000", "ꭰ", "Ꭰ", "ᏸ", "Ᏸ",
	"n/a", "N/A ", "50", "true", "2026-09-01", "https://acme.example/pricing", "HTTPS://ACME.EXAMPLE/PRICING/x", "x/pricing",
	"a\u0300\u0316b", "a\u0316\u0300b", "à", "\u1e9b\u0323", "\ufffd", strings.Repeat("Längre text ", 60),
}

var somePatterns = []string{
	`^ceo$`, `\.pdf$`, `pric+ing`, `(a|b)c`, `[é-ö]`, `straße`, `^.$`, `(?s)text.*text`, `\bn/a\b`, `s`, `日本?`, `x{2,3}`, `(?-i)CEO`, `K|ſ`, ``, `a*`, `(https?)://acme`, `\x{fffd}`,
}

// someNumbers are what operands of number columns are drawn from, beside the column's own values.
var someNumbers = []string{"0", "1", "-1", "0.1", "50", "49.999999999999999999", "1/3", "-1/3", "127", "128", "65519", "65520", "65504", "1e300", "-1e300", "1e39",
	"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "-9223372036854775809",
	"340282366920938463463374607431768211456", "1e76", "-1e76", "0.00000006", "1e-46", "3.4028236e38", "16777217", "9007199254740993", "123.45", "12000"}

func rat(text string) *big.Rat {
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return x
}

// cellsOf are values that a plain type can hold, the odd ones above all.
func cellsOf(typ arrow.DataType) []any {
	cells, known := knownCells.Load(typ)
	if !known {
		cells = listCells(typ)
		knownCells.Store(typ, cells)
	}
	return cells.([]any)
}

var knownCells sync.Map // by type

func listCells(typ arrow.DataType) (cells []any) {
	switch kind := TypeOf(typ); kind.Kind {
	case Text:
		for _, s := range someTexts {
			cells = append(cells, s)
		}
	case Boolean:
		cells = append(cells, false, true)
	case Int:
		for _, v := range []int64{math.MinInt64 >> (64 - kind.Bits), math.MaxInt64 >> (64 - kind.Bits), 0, 1, -1, 49, 50, 51, 126} {
			cells = append(cells, new(big.Rat).SetInt64(v))
		}
	case Uint:
		for _, v := range []uint64{math.MaxUint64 >> (64 - kind.Bits), math.MaxUint64>>(64-kind.Bits) - 1, 0, 1, 49, 50, 51, 128} {
			cells = append(cells, new(big.Rat).SetUint64(v))
		}
	case Float:
		cells = append(cells, math.NaN(), math.Inf(1), math.Inf(-1))
		for _, n := range someNumbers {
			f := rounded(typ, rat(n))
			cells = append(cells, cellOfFloat(f))
			switch kind.Bits {
			case 32:
				cells = append(cells, cellOfFloat(float64(math.Nextafter32(float32(f), 0))))
			case 64:
				cells = append(cells, cellOfFloat(math.Nextafter(f, 0)))
			case 16:
				cells = append(cells, cellOfFloat(math.Ldexp(3, -24)), cellOfFloat(65504), cellOfFloat(1+math.Ldexp(1, -10)))
			}
		}
	case Decimal:
		d := typ.(arrow.DecimalType)
		unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.GetScale(), -d.GetScale()))), nil))
		if d.GetScale() > 0 {
			unit.Inv(unit)
		}
		largest := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.GetPrecision())), nil)
		largest.Sub(largest, big.NewInt(1))
		for _, n := range []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(-1), big.NewInt(10), big.NewInt(12), big.NewInt(12345), big.NewInt(5000), largest, new(big.Int).Neg(largest)} {
			v := new(big.Rat).SetInt(n)
			cells = append(cells, v.Mul(v, unit))
		}
	case DateOnly:
		days := []int64{0, -1, 1, 20541, 20605, 20697, 15338, 15339, 15340, math.MinInt32, math.MaxInt32, -719162, 2932896}
		for _, day := range days {
			if typ.ID() == arrow.DATE64 {
				cells = append(cells, day*86400e3, day*86400e3+1, day*86400e3-1)
			} else {
				cells = append(cells, day)
			}
		}
		if typ.ID() == arrow.DATE64 {
			cells = append(cells, int64(math.MinInt64), int64(math.MaxInt64))
		}
	case Timestamp:
		per := perSecond(typ.(*arrow.TimestampType).Unit)
		for _, at := range someInstants() {
			seconds := at.Unix()
			if seconds > math.MaxInt64/per-1 || seconds < math.MinInt64/per+1 {
				continue
			}
			cells = append(cells, seconds*per, seconds*per+per/2, seconds*per-1)
		}
		cells = append(cells, int64(math.MinInt64), int64(math.MaxInt64), int64(math.MinInt64+1), int64(math.MaxInt64-1))
	}
	return cells
}

func cellOfFloat(f float64) any {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return f
	}
	return new(big.Rat).SetFloat64(f)
}

// someInstants lie where clocks change, at the ends of the calendar, and around the epoch.
func someInstants() (list []time.Time) {
	for _, text := range []string{
		"1970-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z", "2026-09-01T00:00:00Z", "2026-09-01T00:00:00.123456789Z", "2026-09-01T12:00:00.5+02:00",
		"2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", "2026-03-29T02:30:00Z", "2026-03-29T03:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z",
		"2026-10-25T03:00:00Z", "2011-12-30T00:00:00Z", "2011-12-30T12:00:00Z", "2011-12-31T00:00:00Z", "2026-04-05T01:45:00Z", "2026-10-04T02:15:00Z",
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "1972-01-07T00:20:00Z", "2199-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "2500-07-01T00:00:00Z",
		"2262-04-11T23:47:16.854775807Z", "2262-04-12T00:00:00Z", "1677-09-21T00:12:43Z",
	} {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			panic(err)
		}
		list = append(list, at)
	}
	return list
}

// drawCells draws a column: values, nulls, repetitions, or nothing but nulls.
func drawCells(t *rapid.T, typ arrow.DataType) []any {
	n := rapid.IntRange(0, 12).Draw(t, "rows")
	if rapid.IntRange(0, 9).Draw(t, "all null") == 0 {
		return make([]any, n)
	}
	cells := make([]any, n)
	for i := range cells {
		switch rapid.IntRange(0, 5).Draw(t, "cell") {
		case 0:
		case 1:
			if i > 0 {
				cells[i] = cells[i-1]
			}
		default:
			cells[i] = drawCell(t, typ)
		}
	}
	return cells
}

func drawCell(t *rapid.T, typ arrow.DataType) any {
	list, ok := typ.(arrow.ListLikeType)
	if !ok {
		return rapid.SampledFrom(cellsOf(typ)).Draw(t, "value")
	}
	n := rapid.IntRange(0, 3).Draw(t, "elements")
	if fixed, ok := typ.(*arrow.FixedSizeListType); ok {
		n = int(fixed.Len())
	}
	cells := make([]any, n)
	for i := range cells {
		if rapid.IntRange(0, 3).Draw(t, "element") > 0 {
			cells[i] = drawCell(t, list.Elem())
		}
	}
	return cells
}

// drawOperand draws an operand that fits the operator on a plain type.
func drawOperand(t *rapid.T, op Operator, typ arrow.DataType) Operand {
	switch {
	case op == Exists:
		return boolOperand(rapid.Bool().Draw(t, "exists"))
	case op.timed():
		return Operand{Kind: Duration, Text: "some", Seconds: rapid.SampledFrom([]int64{1, 3600, 86400, 90 * 86400, math.MaxInt64}).Draw(t, "seconds")}
	case op == Matches:
		return Operand{Kind: String, Text: rapid.SampledFrom(somePatterns[:14]).Draw(t, "pattern")}
	}
	switch TypeOf(typ).Kind {
	case Text:
		text := rapid.SampledFrom(someTexts).Filter(func(s string) bool { return tidy(s) != "" }).Draw(t, "text")
		if rapid.Bool().Draw(t, "part") {
			runes := []rune(text)
			from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
			if part := string(runes[from : from+rapid.IntRange(1, min(20, len(runes)-from)).Draw(t, "length")]); tidy(part) != "" {
				text = part
			}
		}
		return Operand{Kind: String, Text: text}
	case Boolean:
		return boolOperand(rapid.Bool().Draw(t, "bool"))
	case DateOnly, Timestamp:
		at := rapid.SampledFrom(someInstants()).Draw(t, "instant")
		if rapid.Bool().Draw(t, "date") {
			y, m, d := at.UTC().Date()
			return Operand{Kind: Date, Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), Text: at.Format(time.DateOnly)}
		}
		return Operand{Kind: Instant, Time: at, Text: at.Format(time.RFC3339Nano)}
	}
	number := rat(rapid.SampledFrom(someNumbers).Draw(t, "number"))
	if own, ok := rapid.SampledFrom(cellsOf(typ)).Draw(t, "own").(*big.Rat); ok && rapid.Bool().Draw(t, "from the column") {
		number = own
	}
	return Operand{Kind: Number, Number: number, Text: number.RatString()}
}

func boolOperand(b bool) Operand {
	text := "false"
	if b {
		text = "true"
	}
	return Operand{Kind: Bool, Bool: b, Text: text}
}

func drawTest(t *rapid.T, typ arrow.DataType) Test {
	var fitting []Operator
	kind := TypeOf(typ).Kind
	for op := Equals; op <= Exists; op++ {
		if op == Exists || !(op.textual() && kind != Text || op.timed() && !isDate(kind) || op.ordered() && (kind == Text || kind == Boolean)) {
			fitting = append(fitting, op)
		}
	}
	test := Test{CaseSensitive: rapid.IntRange(0, 3).Draw(t, "case") == 0}
	for range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 3}).Draw(t, "conditions") {
		c := Condition{Operator: rapid.SampledFrom(fitting).Draw(t, "operator")}
		c.Operands = append(c.Operands, drawOperand(t, c.Operator, typ))
		for c.Operator == In && len(c.Operands) < 5 && rapid.Bool().Draw(t, "more") {
			c.Operands = append(c.Operands, drawOperand(t, In, typ))
		}
		test.Conditions = append(test.Conditions, c)
	}
	return test
}
