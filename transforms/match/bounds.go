package match

import (
	"cmp"
	"math/big"
	"slices"
)

// clause is a condition on something that has an order: its operands are exact numbers (of a date, its days or seconds).
type clause struct {
	operator Operator
	operands []*big.Rat
}

// bounds are the integers for which clauses hold: those from lo to hi, both inclusive, nil leaving a side open; where
// listed is set, only those in set, which ascends.
type bounds struct {
	lo, hi *big.Int
	set    []*big.Int
	listed bool
}

var one = big.NewInt(1)

// integerBounds gives the integers v for which all clauses hold of v · 10^-scale.
func integerBounds(clauses []clause, scale int) bounds {
	var b bounds
	for _, c := range clauses {
		switch c.operator {
		case Equals, In:
			b.list(c.operands, scale)
			continue
		}
		floor, exact := scaledFloor(c.operands[0], scale)
		switch c.operator {
		case Above: // v > x: v >= floor(x) + 1
			b.raise(floor.Add(floor, one))
		case AtLeast, From: // v >= x: v >= ceil(x)
			if !exact {
				floor.Add(floor, one)
			}
			b.raise(floor)
		case Below, Until: // v < x: v <= ceil(x) - 1
			if exact {
				floor.Sub(floor, one)
			}
			b.lower(floor)
		case AtMost:
			b.lower(floor)
		}
	}
	if b.listed {
		b.set = slices.DeleteFunc(b.set, func(v *big.Int) bool {
			return b.lo != nil && v.Cmp(b.lo) < 0 || b.hi != nil && v.Cmp(b.hi) > 0
		})
	}
	return b
}

// scaledFloor gives the floor of x · 10^scale, and whether that is x · 10^scale itself.
func scaledFloor(x *big.Rat, scale int) (floor *big.Int, exact bool) {
	numerator, denominator := new(big.Int).Set(x.Num()), new(big.Int).Set(x.Denom())
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil)
	if scale >= 0 {
		numerator.Mul(numerator, power)
	} else {
		denominator.Mul(denominator, power)
	}
	rest := new(big.Int)
	floor, rest = new(big.Int).DivMod(numerator, denominator, rest)
	return floor, rest.Sign() == 0
}

func (b *bounds) raise(lo *big.Int) {
	if b.lo == nil || lo.Cmp(b.lo) > 0 {
		b.lo = lo
	}
}

func (b *bounds) lower(hi *big.Int) {
	if b.hi == nil || hi.Cmp(b.hi) < 0 {
		b.hi = hi
	}
}

// list keeps the integers among the operands, and of those only what earlier lists have too.
func (b *bounds) list(operands []*big.Rat, scale int) {
	var set []*big.Int
	for _, x := range operands {
		if v, exact := scaledFloor(x, scale); exact {
			set = append(set, v)
		}
	}
	slices.SortFunc(set, (*big.Int).Cmp)
	set = slices.CompactFunc(set, func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
	if b.listed {
		set = slices.DeleteFunc(set, func(v *big.Int) bool {
			_, found := slices.BinarySearchFunc(b.set, v, (*big.Int).Cmp)
			return !found
		})
	}
	b.set, b.listed = set, true
}

// limits are bounds within a machine type: values from lo to hi, or where set is not nil those of the set, which ascends.
// No value passes where lo is above hi.
type limits[T any] struct {
	lo, hi T
	set    []T
}

// limitsOf narrows bounds to the machine type whose least and greatest values are given. Both compare and convert are
// exact; convert is called with integers of that type only.
func limitsOf[T any](b bounds, least, greatest T, asBig func(T) *big.Int, convert func(*big.Int) T) limits[T] {
	low, high := asBig(least), asBig(greatest)
	none := limits[T]{lo: greatest, hi: least}
	if b.listed {
		var set []T
		for _, v := range b.set {
			if v.Cmp(low) >= 0 && v.Cmp(high) <= 0 {
				set = append(set, convert(v))
			}
		}
		switch len(set) {
		case 0:
			return none
		case 1:
			return limits[T]{lo: set[0], hi: set[0]}
		}
		return limits[T]{lo: set[0], hi: set[len(set)-1], set: set}
	}
	l := limits[T]{lo: least, hi: greatest}
	if b.lo != nil {
		if b.lo.Cmp(high) > 0 {
			return none
		}
		if b.lo.Cmp(low) > 0 {
			l.lo = convert(b.lo)
		}
	}
	if b.hi != nil {
		if b.hi.Cmp(low) < 0 {
			return none
		}
		if b.hi.Cmp(high) < 0 {
			l.hi = convert(b.hi)
		}
	}
	return l
}

// inside tells whether a value of a type with Go's own order passes. NaN does not.
func inside[T cmp.Ordered](l *limits[T], v T) bool {
	if !(v >= l.lo && v <= l.hi) {
		return false
	}
	if l.set == nil {
		return true
	}
	_, found := slices.BinarySearch(l.set, v)
	return found
}

// comparer is a number that brings its own order.
type comparer[T any] interface{ Cmp(T) int }

// between is inside for numbers that bring their own order.
func between[T comparer[T]](l *limits[T], v T) bool {
	if v.Cmp(l.lo) < 0 || v.Cmp(l.hi) > 0 {
		return false
	}
	if l.set == nil {
		return true
	}
	_, found := slices.BinarySearchFunc(l.set, v, func(a, b T) int { return a.Cmp(b) })
	return found
}
