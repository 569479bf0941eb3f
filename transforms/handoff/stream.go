// Package handoff decides which contacts a stream delivers, once each, and who is on a list, from one published date to the next.
//
//	state of a contact before ─ Enter ─▶ as it enters the date ─┬─ Wants    who matches now ─▶ what is delivered
//	                                                            └─ Next                     ─▶ state after
//
// A stream delivers a contact when it newly matches, and again once it has stopped matching and matches anew. What a reader
// can have seen stays true whatever happens to dates:
//
//   - A date that is published again keeps what was delivered on it. Whether a contact newly matches is asked of the state
//     before the date, not of the run that is replaced: a run of wrong inputs, under which everybody stops matching, and the
//     right one after it deliver nobody twice. So a contact is delivered on a date at most once, however often it is published.
//   - Only the newest date delivers. Dates that are filled in or replaced behind it keep what they have, and change no state
//     that a later date has built upon.
//
// The functions are of one contact and one stream; whoever calls them keeps the states.
package handoff

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// State is what a stream knows of a contact after a run of a date. The zero State is that of a contact it has never met.
type State struct {
	Matching  bool  // it matches, and is not waiting to be delivered
	Before    bool  // the same, before the date
	Delivered bool  // it was delivered on the date
	Times     int64 // how often it was delivered ever, that date included
}

// Night is what decides about all contacts of a stream in one run.
type Night struct {
	Again   bool // the date was published before, by the run that the states are of; else they are of an earlier date
	Newest  bool // no later date is published
	First   bool // the stream has no earlier date
	History bool // on its first date it delivers all who match, else none
}

// Enter gives the state in which a contact enters the night, from the one that was published.
func (n Night) Enter(s State) State {
	if n.Again {
		return s
	}
	return State{Matching: s.Matching, Before: s.Matching, Times: s.Times}
}

// Wants tells whether a contact that enters so, and matches, is to be delivered.
func (n Night) Wants(entered State) bool {
	return n.Newest && !entered.Before && !entered.Delivered && (!n.First || n.History)
}

// Next gives the state after the night. delivered tells that the contact was delivered now; one that Wants it and is not, as
// the stream takes no more on a date, waits for the next.
func (n Night) Next(entered State, matches, delivered bool) State {
	if !n.Newest {
		return entered
	}
	next := entered
	next.Matching = matches && (delivered || !n.Wants(entered))
	if delivered {
		next.Delivered, next.Times = true, entered.Times+1
	}
	return next
}

// ID names a delivery: 32 hexadecimal digits, the same whenever the same contact is delivered for the same time by the
// same stream. It is the first half of the SHA-256 of the stream, the contact's id as text, each behind its length, and times.
func ID(stream, contact string, times int64) string {
	var b []byte
	for _, text := range []string{stream, contact} {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(text))), text...)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(times)))
	return hex.EncodeToString(sum[:16])
}
