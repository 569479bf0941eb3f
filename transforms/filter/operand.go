package filter

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"time"

	"github.com/expr-lang/expr/ast"

	"leadscore/transforms/match"
)

// isLiteral tells whether a node is a value as it is written: not calculated, and of no column.
func isLiteral(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.NilNode, *ast.ArrayNode, *ast.CallNode:
		return true
	case *ast.UnaryNode:
		return n.Operator == "-" && isLiteral(n.Node)
	}
	return false
}

// kindName says what a column holds, in the words of people who do not care for widths.
func kindName(t match.Type) string {
	switch {
	case isNumber(t.Kind):
		return "a number"
	case isDate(t.Kind):
		return "a date"
	case t.Kind == match.Boolean:
		return "true or false"
	}
	return t.Name
}

func isNumber(k match.Kind) bool {
	return k == match.Int || k == match.Uint || k == match.Float || k == match.Decimal
}

func isDate(k match.Kind) bool { return k == match.DateOnly || k == match.Timestamp }

// operand reads a value that a column is compared with.
func (p *parse) operand(n ast.Node, r Ref, typ match.Type) (match.Operand, bool) {
	switch v := n.(type) {
	case *ast.IntegerNode:
		return p.ofKind(n, r, typ, match.Operand{Kind: match.Number, Text: strconv.Itoa(v.Value), Number: big.NewRat(int64(v.Value), 1)})
	case *ast.FloatNode:
		exact := new(big.Rat).SetFloat64(v.Value)
		if shortest, ok := new(big.Rat).SetString(strconv.FormatFloat(v.Value, 'f', -1, 64)); ok {
			exact = shortest // 0.1 as it was written
		}
		return p.ofKind(n, r, typ, match.Operand{Kind: match.Number, Text: strconv.FormatFloat(v.Value, 'f', -1, 64), Number: exact})
	case *ast.UnaryNode:
		o, ok := p.operand(v.Node, r, typ)
		if ok && v.Operator == "-" && o.Number != nil {
			o.Number, o.Text = new(big.Rat).Neg(o.Number), "-"+o.Text
			return o, true
		}
	case *ast.BoolNode:
		return p.ofKind(n, r, typ, match.Operand{Kind: match.Bool, Text: strconv.FormatBool(v.Value), Bool: v.Value})
	case *ast.StringNode:
		return p.text(v, r, typ)
	case *ast.CallNode:
		t, ok := p.instant(v)
		return match.Operand{Kind: match.Instant, Text: t.Format(time.RFC3339), Time: t}, ok && p.mustBeDate(n, r, typ)
	case *ast.NilNode:
		p.fault(n, "nil is no value", "", fmt.Sprintf("write %s == nil or %s != nil", r, r))
		return match.Operand{}, false
	}
	p.fault(n, "this is no value", "", `write a number, true or false, or text in quotes`)
	return match.Operand{}, false
}

func (p *parse) mustBeDate(n ast.Node, r Ref, typ match.Type) bool {
	if isDate(typ.Kind) {
		return true
	}
	p.fault(n, fmt.Sprintf("%s is %s, not a date", r, kindName(typ)), "", "")
	return false
}

// ofKind holds that a value is of the column's kind.
func (p *parse) ofKind(n ast.Node, r Ref, typ match.Type, o match.Operand) (match.Operand, bool) {
	number := isNumber(typ.Kind)
	switch {
	case o.Kind == match.Number && number, o.Kind == match.Bool && typ.Kind == match.Boolean, typ.Kind == match.Text && o.Kind != match.Bool:
		return o, true
	}
	fix := ""
	switch {
	case isDate(typ.Kind):
		fix = `write a date in quotes, such as "2026-11-01", or ago("7d") or ahead("7d")`
	case typ.Kind == match.Text:
		fix = "put it in quotes"
	case typ.Kind == match.Boolean:
		fix = fmt.Sprintf("write %s, or not %s", r, r)
	}
	p.fault(n, fmt.Sprintf("%s is %s, and cannot be compared with %s", r, kindName(typ), o.Text), "", fix)
	return o, false
}

// text reads a value in quotes: text, or a date where the column holds dates.
func (p *parse) text(n *ast.StringNode, r Ref, typ match.Type) (match.Operand, bool) {
	quoted := strconv.Quote(n.Value)
	switch {
	case typ.Kind == match.Text:
		if match.Missing([]byte(n.Value)) {
			p.fault(n, "this text is empty, and no value is", "", fmt.Sprintf("write %s == nil or %s != nil", r, r))
			return match.Operand{}, false
		}
		return match.Operand{Kind: match.String, Text: n.Value}, true
	case isDate(typ.Kind):
		if t, err := time.Parse(time.DateOnly, n.Value); err == nil {
			return match.Operand{Kind: match.Date, Text: n.Value, Time: t}, true
		}
		if t, err := time.Parse(time.RFC3339, n.Value); err == nil {
			return match.Operand{Kind: match.Instant, Text: n.Value, Time: t}, true
		}
		p.fault(n, fmt.Sprintf("%s is a date, and %s is none", r, quoted), "", `write a date such as "2026-11-01", an instant such as "2026-11-01T08:00:00Z", or ago("7d") or ahead("7d")`)
	case typ.Kind == match.Boolean:
		p.fault(n, fmt.Sprintf("%s is true or false, and %s is text", r, quoted), "", fmt.Sprintf("write %s, or not %s", r, r))
	default:
		fix := "leave the quotes out"
		if _, err := strconv.ParseFloat(n.Value, 64); err != nil {
			fix = "write a number"
		}
		p.fault(n, fmt.Sprintf("%s is %s, and %s is text", r, kindName(typ), quoted), "", fix)
	}
	return match.Operand{}, false
}

var spanForm = regexp.MustCompile(`^([0-9]{1,5})([hdw])$`)

// instant reads ago("7d") and ahead("7d").
func (p *parse) instant(n *ast.CallNode) (time.Time, bool) {
	callee, _ := n.Callee.(*ast.IdentifierNode)
	if callee == nil || callee.Value != "ago" && callee.Value != "ahead" {
		p.fault(n.Callee, "this function gives no value", "", `the functions that do are ago("7d") and ahead("7d")`)
		return time.Time{}, false
	}
	span, ok := one[*ast.StringNode](n.Arguments)
	form := []string(nil)
	if ok {
		form = spanForm.FindStringSubmatch(span.Value)
	}
	if form == nil {
		p.fault(n.Callee, callee.Value+" takes one span of time in quotes", "", fmt.Sprintf(`write %s("36h"), %s("7d") or %s("4w")`, callee.Value, callee.Value, callee.Value))
		return time.Time{}, false
	}
	count, _ := strconv.Atoi(form[1]) // five digits at most
	length := time.Duration(count) * map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[form[2]]
	if callee.Value == "ago" {
		length = -length
	}
	return p.schema.AsOf.Add(length), true
}

// passing gives the whole numbers, or microseconds, between which all values lie that meet the conditions; false where they say nothing
// of that.
func passing(conditions []match.Condition, typ match.Type, zone *time.Location) (low, high int64, ok bool) {
	low, high = math.MinInt64, math.MaxInt64
	for _, c := range conditions {
		least, most := int64(math.MaxInt64), int64(math.MinInt64)
		for _, o := range c.Operands {
			v, exact := scaled(o, typ, zone)
			if !exact {
				return 0, 0, false
			}
			least, most = min(least, v), max(most, v)
		}
		switch c.Operator {
		case match.Equals, match.In:
			low, high = max(low, least-1), min(high, most+1)
		case match.AtLeast, match.Above:
			low = max(low, least-1)
		case match.AtMost, match.Below:
			high = min(high, most+1)
		default:
			return 0, 0, false
		}
	}
	return low, high, true
}

// scaled gives an operand in a column's unit, rounded: passing leaves room for that.
func scaled(o match.Operand, typ match.Type, zone *time.Location) (int64, bool) {
	const most = 1 << 60
	switch {
	case o.Kind == match.Number && typ.Kind == match.Int:
		f, _ := o.Number.Float64()
		if math.Abs(f) > 1<<50 { // beyond it a float is too coarse
			return 0, false
		}
		return int64(math.Round(f)), true
	case typ.Kind == match.Timestamp && o.Kind == match.Instant:
		return o.Time.UnixMicro(), math.Abs(float64(o.Time.Unix())) < most/1e6
	case typ.Kind == match.Timestamp && o.Kind == match.Date:
		y, m, d := o.Time.Date()
		t := time.Date(y, m, d, 0, 0, 0, 0, zone)
		return t.UnixMicro(), math.Abs(float64(t.Unix())) < most/1e6
	}
	return 0, false
}
