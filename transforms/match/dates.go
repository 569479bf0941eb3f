package match

import (
	"cmp"
	"math"
	"math/big"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// dateTest is what a test asks of a date without a time. Against a date of the model it is compared as a day of the
// calendar, which needs no zone; against an instant as its midnight in the input's zone.
type dateTest struct {
	conditions []dateCondition
	instants   bool // midnights are needed
}

// dateCondition holds where the day or its midnight passes: each operand is in one of the two.
type dateCondition struct {
	days      limits[int64]
	midnights limits[int64] // unix seconds
}

func newDateTest(asked []Condition) dateTest {
	var t dateTest
	for _, c := range asked {
		var days, instants []*big.Rat
		for _, o := range c.Operands {
			if o.Kind == Date {
				days = append(days, big.NewRat(o.Time.Unix()/secondsPerDay, 1))
			} else {
				instants = append(instants, exactSeconds(o.Time))
			}
		}
		t.conditions = append(t.conditions, dateCondition{
			days:      limitsOrNone(c.Operator, days),
			midnights: limitsOrNone(c.Operator, instants),
		})
		t.instants = t.instants || len(instants) > 0
	}
	return t
}

func limitsOrNone(operator Operator, operands []*big.Rat) limits[int64] {
	if len(operands) == 0 {
		return limits[int64]{lo: math.MaxInt64, hi: math.MinInt64}
	}
	return signedLimits(integerBounds([]clause{{operator, operands}}, 0))
}

// holds tells whether a day since 1970 passes.
func (t *dateTest) holds(day int64, clock *Clock) bool {
	midnight := int64(0)
	if t.instants {
		midnight = clock.Seconds(dayStart(day))
	}
	for i := range t.conditions {
		c := &t.conditions[i]
		if !inside(&c.days, day) && (!t.instants || !inside(&c.midnights, midnight)) {
			return false
		}
	}
	return true
}

// dayStart is the first second of a day since 1970, saturated.
func dayStart(day int64) int64 {
	const most = math.MaxInt64 / secondsPerDay
	return min(max(day, -most), most) * secondsPerDay
}

// timeTest is what a test asks of a timestamp: exactly, with its fraction of a second.
type timeTest struct {
	zoned [4]limits[int64]  // by unit: the timestamp's own integers
	local [4]limits[moment] // by unit: instants of local times
}

// moment is an instant: a unix second, and the units of the column after it.
type moment struct{ second, fraction int64 }

// Cmp orders moments.
func (m moment) Cmp(o moment) int {
	if c := cmp.Compare(m.second, o.second); c != 0 {
		return c
	}
	return cmp.Compare(m.fraction, o.fraction)
}

func newTimeTest(asked []Condition, zone *time.Location) timeTest {
	var clauses []clause
	var clock *Clock
	for _, c := range asked {
		operands := make([]*big.Rat, len(c.Operands))
		for i, o := range c.Operands {
			if o.Kind == Date {
				if clock == nil {
					clock = &Clock{zone: zone}
				}
				operands[i] = big.NewRat(clock.beyond(o.Time.Unix()), 1)
			} else {
				operands[i] = exactSeconds(o.Time)
			}
		}
		clauses = append(clauses, clause{c.Operator, operands})
	}
	var t timeTest
	for unit := arrow.Second; unit <= arrow.Nanosecond; unit++ {
		per := big.NewInt(perSecond(unit))
		b := integerBounds(clauses, int(unit)*3)
		t.zoned[unit] = signedLimits(b)
		t.local[unit] = limitsOf(b, moment{math.MinInt64, 0}, moment{math.MaxInt64, perSecond(unit) - 1},
			func(m moment) *big.Int {
				v := new(big.Int).Mul(big.NewInt(m.second), per)
				return v.Add(v, big.NewInt(m.fraction))
			},
			func(v *big.Int) moment {
				second, fraction := new(big.Int).DivMod(v, per, new(big.Int))
				return moment{second.Int64(), fraction.Int64()}
			})
	}
	return t
}

// exactSeconds is the instant as unix seconds with their fraction.
func exactSeconds(t time.Time) *big.Rat {
	seconds := big.NewRat(t.Unix(), 1)
	return seconds.Add(seconds, big.NewRat(int64(t.Nanosecond()), 1e9))
}
