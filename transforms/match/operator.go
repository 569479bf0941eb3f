package match

import "fmt"

// names holds the operators' names in the model language, by Operator.
var names = [...]string{
	Equals: "equals", In: "in", Contains: "contains", StartsWith: "starts_with", EndsWith: "ends_with", Matches: "matches",
	Above: "above", AtLeast: "at_least", Below: "below", AtMost: "at_most", From: "from", Until: "until",
	Within: "within", OlderThan: "older_than", Exists: "exists",
}

// String gives the operator's name in the model language.
func (o Operator) String() string {
	if o == 0 || int(o) >= len(names) {
		return fmt.Sprintf("operator(%d)", uint8(o))
	}
	return names[o]
}

// OperatorNames lists the names of all operators in the order of the model language's description.
func OperatorNames() []string { return append([]string(nil), names[1:]...) }

// ParseOperator gives the operator of a name in the model language, false when there is none.
func ParseOperator(name string) (Operator, bool) {
	for o := Equals; int(o) < len(names); o++ {
		if names[o] == name {
			return o, true
		}
	}
	return 0, false
}

// ordered tells whether the operator asks for an order of values.
func (o Operator) ordered() bool { return o >= Above && o <= Until }

// textual tells whether the operator reads characters.
func (o Operator) textual() bool { return o >= Contains && o <= Matches }

// timed tells whether the operator is a statement about time passing, not about the value alone.
func (o Operator) timed() bool { return o == Within || o == OlderThan }
