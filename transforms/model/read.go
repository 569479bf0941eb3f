package model

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
)

type node = yamltree.Node

// largest is the largest number of points, floor or threshold, so that no sum of a model's points leaves 64 bits.
const largest = 1_000_000

// mostTimes is the largest number of occurrences that can be asked for.
const mostTimes = 1_000_000_000

// mostErrors is the largest number of errors that are reported of a file.
const mostErrors = 1000

// report is what tells errors apart.
type report struct {
	at   diag.Position
	what string
}

// fault reports an error at a place.
func (p *parser) fault(at diag.Position, what, why, fix string) {
	p.clash(at, diag.Position{}, what, why, fix)
}

// clash reports an error that has two places.
func (p *parser) clash(at, other diag.Position, what, why, fix string) {
	if r := (report{at, what}); !p.reported[r] && !p.broken[at] && len(p.list) < mostErrors {
		p.reported[r] = true
		p.list = append(p.list, diag.Diagnostic{Severity: diag.Error, Position: at, Related: other, What: what, Why: why, Fix: fix})
	}
}

// saw says what stands at a node in place of what should.
func saw(n *node) string {
	switch {
	case n.Null():
		return "nothing stands here"
	case n.Kind == yamltree.Map && len(n.Entries) == 0 || n.Kind == yamltree.List && len(n.Items) == 0:
		return "this is an empty " + strings.TrimPrefix(n.String(), "a ")
	}
	return "this is " + n.String()
}

// fields checks that n is a map and reports its unknown keys; elsewhere says where a key belongs that is known in another
// place, and may be nil. It is false where n is no map.
func (p *parser) fields(n *node, what, example string, known []string, elsewhere func(key string) string) bool {
	if n.Kind != yamltree.Map {
		p.fault(n.Position, what+" must be a map", saw(n), "write "+example)
		return false
	}
	for _, e := range n.Entries {
		if !slices.Contains(known, e.Key.Text) {
			p.unknown(e.Key, what, known, elsewhere)
		}
	}
	return true
}

// unknown reports a key that does not belong where it stands.
func (p *parser) unknown(k *node, what string, known []string, elsewhere func(key string) string) {
	if len(p.list) >= mostErrors {
		return // looking for near names costs more than all the rest
	}
	fix := ""
	if elsewhere != nil {
		fix = elsewhere(k.Text)
	}
	if fix == "" {
		if near, ok := nearKey(k.Text, known); ok {
			fix = "did you mean " + near + "?"
		}
	}
	if fix == "" {
		fix = "take it away, or use one of these keys"
	}
	p.fault(k.Position, "unknown key "+yamltree.Quote(k.Text), what+" has the "+plural("key", len(known))+" "+words(known, "and"), fix)
}

// nearKey gives the known key that was probably meant.
func nearKey(typed string, known []string) (string, bool) {
	if near, ok := diag.Nearest(typed, known); ok {
		return near, true
	}
	for _, candidate := range meant[strings.ReplaceAll(strings.ToLower(typed), "-", "_")] {
		if slices.Contains(known, candidate) {
			return candidate, true
		}
	}
	return "", false
}

// text reads a scalar as the text it is written as, without white space around it.
func (p *parser) text(n *node, what, example string) (string, bool) {
	switch {
	case n.Kind != yamltree.Scalar:
		p.fault(n.Position, what+" must be a text", saw(n), "write "+example)
	case n.Null() || n.Blank():
		p.fault(n.Position, what+" is empty", "it has to be named", "write "+example)
	default:
		return strings.TrimSpace(n.Text), true
	}
	return "", false
}

// flag reads true or false.
func (p *parser) flag(n *node, what string) (value, ok bool) {
	if value, ok = n.Bool(); ok {
		return value, true
	}
	fix := "write true or false"
	switch strings.ToLower(n.Text) {
	case "yes", "on", "y", "1", "true":
		fix = "write true"
	case "no", "off", "n", "0", "false":
		fix = "write false"
	}
	if n.Quoted {
		fix += ", without quotes"
	}
	p.fault(n.Position, what+" must be true or false", saw(n), fix)
	return false, false
}

// points reads a whole number of points from -1,000,000 to 1,000,000.
func (p *parser) points(n *node, what string) (int64, bool) {
	return p.whole(n, what, -largest, largest)
}

// whole reads a whole number from least to most.
func (p *parser) whole(n *node, what string, least, most int64) (int64, bool) {
	number, ok := n.Number()
	if !ok {
		why, fix := saw(n), fmt.Sprintf("write a whole number such as %d", max(least, 10))
		if n.Kind == yamltree.Scalar {
			bare := strings.NewReplacer(",", "", "_", "", " ", "", "'", "", "+", "").Replace(n.Text)
			if r, ok := (&node{Text: bare}).Number(); ok && r.IsInt() && len(bare) < 20 {
				fix = "write " + bare
				if n.Quoted {
					why, fix = "in quotes it is a text", fix+", without quotes"
				}
			}
		}
		p.fault(n.Position, what+" must be a whole number", why, fix)
		return 0, false
	}
	if !number.IsInt() {
		below, above := neighbours(number)
		p.fault(n.Position, what+" must be a whole number", n.Text+" is not whole", "write "+below+" or "+above)
		return 0, false
	}
	whole := number.Num()
	if whole.Cmp(big.NewInt(least)) < 0 || whole.Cmp(big.NewInt(most)) > 0 {
		size := "large"
		if whole.Cmp(big.NewInt(least)) < 0 {
			size = "small"
		}
		p.fault(n.Position, what+" is too "+size, "it can go from "+thousands(least)+" to "+thousands(most), "write a number between them")
		return 0, false
	}
	return whole.Int64(), true
}

// neighbours gives the whole numbers around a fraction.
func neighbours(r *big.Rat) (below, above string) {
	floor := new(big.Int).Div(r.Num(), r.Denom())
	return floor.String(), new(big.Int).Add(floor, big.NewInt(1)).String()
}

// thousands writes a number with commas, as people read it.
func thousands(n int64) string {
	digits := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// missing reports a required key that is not there.
func (p *parser) missing(at diag.Position, key, of, why, example string) {
	p.fault(at, "missing key "+yamltree.Quote(key), of+" "+why, "add "+example)
}
