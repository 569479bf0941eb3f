package main

// uniform draws a number in [0, 1) for row i of a column of its own kind. It is a function of nothing else, so rows can
// be made in any order, by any number of goroutines, and made again instead of being kept.
func uniform(column stream, i uint64) float64 {
	return float64(mix(mix(uint64(column)+1)+i)>>11) / (1 << 53)
}

// choose draws one of n numbers, 0 to n-1, all equally likely.
func choose(column stream, i uint64, n int) int { return int(uniform(column, i) * float64(n)) }

// skewed draws one of n numbers; the larger the power, the more often it is a small one.
func skewed(column stream, i uint64, n, power int) int {
	u := uniform(column, i)
	p := u
	for range power - 1 {
		p *= u
	}
	return int(p * float64(n))
}

// mix is the step of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// stream names one independent source of random numbers.
type stream uint64

const (
	ofID stream = iota
	ofIDEnd
	ofEmail
	ofEmailDomain
	ofPhone
	ofPhoneNumber
	ofFirstName
	ofLastName
	ofTitleKind
	ofTitle
	ofCountry
	ofIndustry
	ofCompanySize
	ofCompany
	ofCity
	ofLanguage
	ofStage
	ofSource
	ofUnsubscribed
	ofRevenue
	ofOwner
	ofLinkedIn
	ofCreated
	ofUpdated
	ofListMembership
	ofChannel
	ofAction
	ofAsset
	ofContact
	ofInstant
	ofRules
)

// dice is a sequence of random numbers, for things that are made one after the other.
type dice struct{ rolls uint64 }

// roll gives a number in [0, 1).
func (d *dice) roll() float64 {
	d.rolls++
	return uniform(ofRules, d.rolls)
}

// upTo gives one of 0 to n-1.
func (d *dice) upTo(n int) int { return int(d.roll() * float64(n)) }

// lowUpTo gives one of 0 to n-1, small ones more often.
func (d *dice) lowUpTo(n int) int { return int(d.roll() * d.roll() * float64(n)) }

// pick gives one of the choices; a choice that stands twice is twice as likely.
func pick[T any](d *dice, choices ...T) T { return choices[d.upTo(len(choices))] }
