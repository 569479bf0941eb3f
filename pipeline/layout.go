package pipeline

import "math/bits"

const (
	contactsAPart   = 64 << 10 // a part of a table holds at most about so many contacts,
	smallParts      = 5        // and half as many while that gives no more than 2^5 parts: a part's results stand in memory
	contactsABucket = 2500     // a bucket's contacts should fit the processor's second cache, and the ends of all buckets' waiting rows its first.
	recordsABucket  = 64 << 10 // Half of both took 3 % more time; twice as much took 1 % less, but up to 6 % more memory.
	mostBuckets     = 4 << 10
)

// layout says how contacts are spread by the hash of their id: over the parts of the published tables, and over buckets,
// which are pieces of parts. How many parts there are follows from the number of contacts alone, for the parts are seen;
// buckets are not, and nothing that is published depends on their number.
type layout struct {
	partBits, bucketBits int
}

func newLayout(contacts, engagements int64, buckets int) layout {
	l := layout{partBits: max(log2(contacts, contactsAPart), min(smallParts, log2(contacts, contactsAPart/2)))}
	l.bucketBits = max(log2(contacts, contactsABucket), log2(engagements, recordsABucket))
	if buckets > 0 {
		l.bucketBits = log2(int64(buckets), 1)
	}
	l.bucketBits = max(min(l.bucketBits, log2(mostBuckets, 1)), l.partBits)
	return l
}

// log2 is the least b with n <= size << b.
func log2(n, size int64) int {
	return bits.Len64(uint64(max(0, (n+size-1)/size-1)))
}

func (l layout) buckets() int { return 1 << l.bucketBits }
func (l layout) parts() int   { return 1 << l.partBits }

// bucket is the bucket of a hash.
func (l layout) bucket(hash uint64) int { return int(hash >> (64 - l.bucketBits)) }

// part is the part that a bucket belongs to.
func (l layout) part(bucket int) int { return bucket >> (l.bucketBits - l.partBits) }

// turn gives the bucket that is evaluated after i others. Part comes after part, so that few are under way. Only the last ones take
// turns, one for each thread, so that in the end the threads write them side by side, and none waits for the part of another.
func (l layout) turn(i, threads int) int {
	last := min(threads, l.parts()/4)
	from, to := l.bucketsOf(l.parts() - last)
	if i < from {
		return i
	}
	i -= from
	return from + i%last*(to-from) + i/last
}

// bucketsOf gives the buckets [from, to) of a part.
func (l layout) bucketsOf(part int) (from, to int) {
	shift := l.bucketBits - l.partBits
	return part << shift, (part + 1) << shift
}
