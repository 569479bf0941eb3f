package score

import "slices"

// Results are the columns of all tables for the contacts of a bucket, in the bucket's order. Instants are unix seconds, Null
// where the table has null. …Start is as in Bucket. Columns that were not asked for are empty.
type Results struct {
	Contacts int

	Score                []int64 // always there
	IsMQL                []byte  // always there: 1 yes, 0 no or no threshold
	Explicit, Implicit   []int64 // scores, mql
	MQLSince, MQLExpires []int64
	In7, In30, In90      []int64 // scores
	NextChange, Last     []int64
	Fulfilled            []int64

	// set_scores: one entry for each contact and set of the model, contact by contact.
	SetScore, SetMQLSince, SetMQLExpires []int64
	SetIsMQL                             []byte // 1 yes, 0 no, 2 where the set has no threshold

	// breakdown, the ledger. Code is a rule; len(Rules)+s is the limit of set s, len(Rules)+len(Sets) that of the total.
	RowStart                       []uint32
	Code                           []uint32
	Points, Since, Expires, After  []int64
	Occurrences, First, LastBehind []int64

	// mql: the rules that are an MQL's reasons, most points first. Other contacts have none.
	ReasonStart []uint32
	Reason      []uint32

	// score_history, ascending by instant.
	HistoryStart                      []uint32
	ChangedAt, ChangedTo, ChangedFrom []int64
	ChangedMQL                        []byte // the state from that instant on, as IsMQL

	// By contact: 0, or 1 + the place in the model's Suppress of the first entry that holds.
	Suppressed []uint32
	// StaticWords words a contact; bit s of them: static s holds at the as-of instant.
	Statics []uint64

	// mql_events, ascending by instant: a row for each change of the MQL state after the earlier run's as-of instant. Added up from
	// the state that the earlier run published they give IsMQL.
	EventStart  []uint32
	EventAt     []int64
	EventBecame []byte // 1: became or returned; 0: lapsed
	EventScore  []int64
	EventCause  []Cause

	// score_changes: the parts that add up to the score less the one that the earlier run published, or 0 for a new contact. They
	// are all 0 where neither score nor MQL state is another (and for every contact without an earlier run).
	NewEngagement, Expiry, FieldChange, ListChange, ModelChange, LateData []int64
}

func (r *Results) reset(contacts int) {
	r.Contacts = contacts
	for _, column := range []*[]int64{
		&r.Score, &r.Explicit, &r.Implicit, &r.MQLSince, &r.MQLExpires, &r.In7, &r.In30, &r.In90, &r.NextChange, &r.Last,
		&r.Fulfilled, &r.SetScore, &r.SetMQLSince, &r.SetMQLExpires, &r.Points, &r.Since, &r.Expires, &r.After,
		&r.Occurrences, &r.First, &r.LastBehind, &r.ChangedAt, &r.ChangedTo, &r.ChangedFrom, &r.EventAt, &r.EventScore,
		&r.NewEngagement, &r.Expiry, &r.FieldChange, &r.ListChange, &r.ModelChange, &r.LateData,
	} {
		*column = (*column)[:0]
	}
	for _, column := range []*[]byte{&r.IsMQL, &r.SetIsMQL, &r.ChangedMQL, &r.EventBecame} {
		*column = (*column)[:0]
	}
	r.Code, r.Reason, r.Suppressed = r.Code[:0], r.Reason[:0], r.Suppressed[:0]
	r.Statics, r.EventCause = r.Statics[:0], r.EventCause[:0]
	for _, start := range []*[]uint32{&r.RowStart, &r.ReasonStart, &r.HistoryStart, &r.EventStart} {
		*start = append((*start)[:0], 0)
	}
}

// ledgerRow is what rules and limits have in common in the ledger.
type ledgerRow struct {
	code                          uint32
	points, since, expires, after int64
}

func (r *Results) ledger() [7]*[]int64 {
	return [...]*[]int64{&r.Points, &r.Since, &r.Expires, &r.After, &r.Occurrences, &r.First, &r.LastBehind}
}

// makeRoom makes the ledger's columns at least n rows long. While a bucket is evaluated they are longer than what they hold; to give
// them another length for each contact took as long as what they were given.
func (r *Results) makeRoom(n int) {
	if n <= len(r.Code) {
		return
	}
	r.Code = slices.Grow(r.Code, n-len(r.Code))
	r.Code = r.Code[:cap(r.Code)]
	for _, column := range r.ledger() {
		*column = slices.Grow(*column, len(r.Code)-len(*column))[:len(r.Code)]
	}
}

// closeLedger gives the ledger's columns the rows of the contacts.
func (r *Results) closeLedger() {
	n := r.RowStart[len(r.RowStart)-1]
	r.Code = r.Code[:n]
	for _, column := range r.ledger() {
		*column = (*column)[:n]
	}
}

// setRow sets row n of the ledger.
func (r *Results) setRow(n int, l ledgerRow, occurrences, first, last int64) {
	r.Code[n] = l.code
	r.Points[n], r.Since[n], r.Expires[n], r.After[n] = l.points, l.since, l.expires, l.after
	r.Occurrences[n], r.First[n], r.LastBehind[n] = occurrences, first, last
}

// Unbalanced gives the first contact whose ledger rows do not add up to its score, or -1. It needs the breakdown.
func (r *Results) Unbalanced() int {
	for c, score := range r.Score {
		sum := int64(0)
		for _, points := range r.Points[r.RowStart[c]:r.RowStart[c+1]] {
			sum += points
		}
		if sum != score {
			return c
		}
	}
	return -1
}
