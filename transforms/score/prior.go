package score

// Prior is what the newest run of an earlier date published of the contacts of a bucket, by contact, and what the state of the
// world was then.
type Prior struct {
	AsOf         int64 // before the as-of instant of this run
	ModelChanged bool  // the model is another file now

	Known []bool // false: the earlier run did not have the contact, and Score and MQL say nothing of it
	Score []int64
	MQL   []bool
	// OtherBand tells that the published score has another band in this model than it had, so that score_changes speaks of the
	// contact though its score may be the same; nil: of none.
	OtherBand []bool

	// Statics has StaticWords words a contact, in this program's order; bit s of them: static s held at AsOf. StaticsKnown has
	// StaticWords words in all: those that the earlier run had. The others count as what they are now.
	Statics, StaticsKnown []uint64

	// Where ModelChanged: Same tells of each rule of this program whether the earlier model had exactly that rule, and RowStart,
	// Rule and Points are what the earlier run published of those that it had; RowStart as in Bucket.
	Same     []bool
	RowStart []uint32
	Rule     []uint32
	Points   []int64
}

// Cause is why an MQL state changed.
type Cause uint8

// The causes, in the order of the mql_events table's dictionary.
const (
	Engagement Cause = iota
	Expiry
	FieldChange
	ListChange
	ModelChange
)
