package match

import (
	"math"
	"math/big"
	"regexp"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/text/unicode/norm"
)

// This file is the plain reading of the operators, one value at a time, that the kernels must agree with.
//
// A cell is a value of a column: nil, string, bool, *big.Rat (integers, decimals and finite floats, exactly), float64 (NaN
// and infinities only), int64 (a date's day, a timestamp's own integer), or []any (a list).

type world struct {
	model, input *time.Location
	nulls        []string
}

func (w world) missing(cell any) bool {
	switch v := cell.(type) {
	case nil:
		return true
	case string:
		for _, n := range w.nulls {
			if sameText(v, n, false) {
				return true
			}
		}
		return tidy(v) == ""
	case float64:
		return math.IsNaN(v)
	case []any:
		for _, e := range v {
			if !w.missing(e) {
				return false
			}
		}
		return true
	}
	return false
}

// holds leaves within and older_than out, as Array does.
func (w world) holds(t Test, typ arrow.DataType, cell any) bool {
	var rest []Condition
	for _, c := range t.Conditions {
		if c.Operator != Exists {
			rest = append(rest, c)
		} else if c.Operands[0].Bool == w.missing(cell) {
			return false
		}
	}
	if len(rest) == 0 {
		return len(t.Conditions) > 0 || !w.missing(cell)
	}
	for _, e := range elements(cell) {
		if w.valueHolds(rest, t.CaseSensitive, elementType(typ), e) {
			return true
		}
	}
	return false
}

// spans are the intervals of a cell's elements.
func (w world) spans(t Test, typ arrow.DataType, cell any) (list [][2]int64) {
	var rest []Condition
	for _, c := range t.Conditions {
		if c.Operator != Exists {
			rest = append(rest, c)
		} else if c.Operands[0].Bool == w.missing(cell) {
			return nil
		}
	}
	for _, e := range elements(cell) {
		if !w.valueHolds(rest, t.CaseSensitive, elementType(typ), e) {
			continue
		}
		nanos := w.nanos(elementType(typ), e.(int64))
		second := new(big.Int).Div(nanos, big.NewInt(1e9)) // Div rounds down for a positive divisor
		start, end := new(big.Int).Set(second), new(big.Int).SetInt64(math.MaxInt64)
		for _, c := range rest {
			edge := new(big.Int).Add(second, big.NewInt(c.Operands[0].Seconds))
			if c.Operator == OlderThan && edge.Cmp(start) > 0 {
				start = edge
			}
			if c.Operator == Within && edge.Cmp(end) < 0 {
				end = edge
			}
		}
		if start.Cmp(end) < 0 && start.IsInt64() {
			list = append(list, [2]int64{start.Int64(), end.Int64()})
		}
	}
	return list
}

func elements(cell any) []any {
	if list, ok := cell.([]any); ok {
		return list
	}
	return []any{cell}
}

func elementType(t arrow.DataType) arrow.DataType {
	if l, ok := t.(arrow.ListLikeType); ok {
		return l.Elem()
	}
	return t
}

func (w world) valueHolds(conditions []Condition, caseSensitive bool, typ arrow.DataType, cell any) bool {
	if w.missing(cell) {
		return false
	}
	for _, c := range conditions {
		holds := c.Operator.timed()
		for _, o := range c.Operands {
			if text, ok := cell.(string); ok {
				holds = holds || textHolds(c.Operator, text, o.Text, caseSensitive)
			} else if b, ok := cell.(bool); ok {
				holds = holds || b == o.Bool
			} else if !holds {
				holds = orderHolds(c.Operator, w.compare(typ, cell, o))
			}
		}
		if !holds {
			return false
		}
	}
	return true
}

func orderHolds(op Operator, order int) bool {
	switch op {
	case Equals, In:
		return order == 0
	case Above:
		return order > 0
	case AtLeast, From:
		return order >= 0
	case Below, Until:
		return order < 0
	}
	return order <= 0
}

// compare orders a number or a date against an operand.
func (w world) compare(typ arrow.DataType, cell any, o Operand) int {
	switch typ.ID() {
	case arrow.FLOAT16, arrow.FLOAT32, arrow.FLOAT64:
		operand := rounded(typ, o.Number)
		if v, ok := cell.(float64); ok || math.IsInf(operand, 0) {
			if !ok {
				v = 0
			}
			switch {
			case v < operand:
				return -1
			case v > operand:
				return 1
			}
			return 0
		}
		return cell.(*big.Rat).Cmp(new(big.Rat).SetFloat64(operand))
	case arrow.DATE32, arrow.DATE64:
		if o.Kind == Date {
			return big.NewInt(w.day(typ, cell.(int64))).Cmp(big.NewInt(o.Time.Unix() / 86400))
		}
	case arrow.TIMESTAMP:
	default:
		return cell.(*big.Rat).Cmp(o.Number)
	}
	operand := big.NewInt(o.Time.Unix())
	if o.Kind == Date {
		operand = big.NewInt(plainLocal(w.model, o.Time.Unix()))
	}
	operand.Mul(operand, big.NewInt(1e9)).Add(operand, big.NewInt(int64(o.Time.Nanosecond())))
	return w.nanos(typ, cell.(int64)).Cmp(operand)
}

func rounded(typ arrow.DataType, x *big.Rat) float64 {
	switch typ.ID() {
	case arrow.FLOAT32:
		f, _ := x.Float32()
		return float64(f)
	case arrow.FLOAT64:
		f, _ := x.Float64()
		return f
	}
	return plainHalf(x)
}

// plainHalf looks for the half with the smallest distance; of two for the even one. 65536 stands for the infinity beyond
// the largest.
func plainHalf(x *big.Rat) float64 {
	half := func(bits int) *big.Rat {
		value := math.Ldexp(float64(bits&0x3ff), -24)
		if exponent := bits >> 10; exponent > 0 {
			value = math.Ldexp(1024+float64(bits&0x3ff), exponent-25)
		}
		return new(big.Rat).SetFloat64(value)
	}
	size := new(big.Rat).Abs(x)
	above := sort.Search(0x7c00, func(bits int) bool { return half(bits).Cmp(size) >= 0 })
	best, distance := 0.0, (*big.Rat)(nil)
	for bits := max(above-2, 0); bits <= min(above+2, 0x7c00); bits++ {
		d := new(big.Rat).Sub(half(bits), size)
		d.Abs(d)
		if distance == nil || d.Cmp(distance) < 0 || d.Cmp(distance) == 0 && bits&1 == 0 {
			best, _ = half(bits).Float64()
			distance = d
		}
	}
	if best == 65536 {
		best = math.Inf(1)
	}
	if x.Sign() < 0 {
		best = -best
	}
	return best
}

func (w world) day(typ arrow.DataType, v int64) int64 {
	if typ.ID() == arrow.DATE64 {
		return new(big.Int).Div(big.NewInt(v), big.NewInt(86400e3)).Int64() // Div rounds down
	}
	return v
}

// nanos is the instant of a date or timestamp.
func (w world) nanos(typ arrow.DataType, v int64) *big.Int {
	n := new(big.Int)
	t, ok := typ.(*arrow.TimestampType)
	if !ok {
		n.SetInt64(plainLocal(w.input, w.day(typ, v)*86400))
		return n.Mul(n, big.NewInt(1e9))
	}
	per := int64(math.Pow(1000, float64(t.Unit)))
	second, fraction := new(big.Int).DivMod(big.NewInt(v), big.NewInt(per), new(big.Int))
	if t.TimeZone == "" {
		second.SetInt64(plainLocal(w.input, second.Int64()))
	}
	return n.Mul(second, big.NewInt(1e9)).Add(n, fraction.Mul(fraction, big.NewInt(1e9/per)))
}

// plainLocal tries all offsets that the zone has around a local time.
func plainLocal(zone *time.Location, local int64) int64 {
	if local > 1<<50 || local < -1<<50 {
		_, offset := time.Unix(min(max(local, -1<<50), 1<<50), 0).In(zone).Zone()
		return saturatingAdd(local, -int64(offset))
	}
	shows := func(instant int64) int64 {
		_, offset := time.Unix(instant, 0).In(zone).Zone()
		return instant + int64(offset)
	}
	most := int64(math.MinInt64)
	found := int64(math.MaxInt64)
	for at := local - 30*3600; at <= local+30*3600; at += 900 {
		offset := shows(at) - at
		most = max(most, offset)
		if shows(local-offset) == local {
			found = min(found, local-offset)
		}
	}
	if found != math.MaxInt64 {
		return found
	}
	earliest := local - most // before the gap
	return local - (shows(earliest) - earliest)
}

func tidy(s string) string { return norm.NFC.String(strings.TrimFunc(s, unicode.IsSpace)) }

func sameText(a, b string, caseSensitive bool) bool {
	a, b = tidy(a), tidy(b)
	if caseSensitive || !utf8.ValidString(a) || !utf8.ValidString(b) {
		return a == b
	}
	return strings.EqualFold(a, b)
}

func textHolds(op Operator, text, operand string, caseSensitive bool) bool {
	if op == Matches {
		if !caseSensitive {
			operand = "(?i)" + operand
		}
		return regexp.MustCompile(operand).MatchString(tidy(text))
	}
	value, part := []rune(tidy(text)), []rune(tidy(operand))
	at := func(i int) bool {
		if i < 0 || i+len(part) > len(value) {
			return false
		}
		a, b := string(value[i:i+len(part)]), string(part)
		return a == b || !caseSensitive && strings.EqualFold(a, b)
	}
	switch op {
	case StartsWith:
		return at(0)
	case EndsWith:
		return at(len(value) - len(part))
	case Contains:
		for i := range value {
			if at(i) {
				return true
			}
		}
		return false
	}
	return len(value) == len(part) && at(0)
}
