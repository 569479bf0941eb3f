package handoff

// Member is what a list knows of a contact.
type Member struct {
	On    bool
	Added int64 // the as-of instant of the run that put it on, microseconds since 1970
}

// Now is how a contact stands to a list in one run.
type Now struct {
	Present bool  // it is among the contacts, and may be handed off
	Added   bool  // it matches what puts it on the list
	Removed bool  // it matches what takes it off, which counts for more
	At      int64 // the run's as-of instant, microseconds since 1970
}

// Next gives the member after the run, and whether the run took it off. Who is no contact any more, or may not be handed off, is
// not on the list without having been taken off it.
func (m Member) Next(now Now) (next Member, off bool) {
	switch {
	case !now.Present:
		return Member{}, false
	case now.Removed:
		return Member{}, m.On
	case m.On:
		return m, false
	case now.Added:
		return Member{On: true, Added: now.At}, false
	}
	return Member{}, false
}
