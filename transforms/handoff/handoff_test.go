package handoff

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNight(t *testing.T) {
	type step struct {
		night     Night
		matches   bool
		delivered bool // want
	}
	newest, again, behind := Night{Newest: true}, Night{Newest: true, Again: true}, Night{Again: true}
	first, history := Night{Newest: true, First: true}, Night{Newest: true, First: true, History: true}
	firstAgain, historyAgain := first, history
	firstAgain.Again, historyAgain.Again = true, true
	for name, steps := range map[string][]step{
		"once, until it stops and matches again":     {{newest, true, true}, {newest, true, false}, {newest, false, false}, {newest, true, true}},
		"the first date delivers nobody":             {{first, true, false}, {newest, true, false}, {newest, false, false}, {newest, true, true}},
		"nobody either when it is published again":   {{first, false, false}, {firstAgain, true, false}, {newest, true, false}},
		"the first date delivers all":                {{history, true, true}, {historyAgain, true, false}, {newest, true, false}},
		"all, once somebody asks for it":             {{first, true, false}, {historyAgain, true, true}, {newest, true, false}},
		"what was delivered stays so":                {{newest, true, true}, {again, false, false}, {again, true, false}, {newest, true, false}},
		"wrong inputs and the right ones after them": {{newest, true, true}, {newest, true, false}, {again, false, false}, {again, true, false}, {newest, true, false}},
		"wrong inputs that stay":                     {{newest, true, true}, {newest, true, false}, {again, false, false}, {newest, true, true}},
		"a date behind the newest":                   {{newest, false, false}, {behind, true, false}, {newest, true, true}},
	} {
		s := State{}
		for i, step := range steps {
			entered := step.night.Enter(s)
			delivered := step.matches && step.night.Wants(entered)
			if delivered != step.delivered {
				t.Errorf("%s: step %d: delivered %v", name, i, delivered)
			}
			s = step.night.Next(entered, step.matches, delivered)
		}
	}
}

// One that the stream has no room for waits, and is delivered on a later date if it matches then.
func TestWaiting(t *testing.T) {
	night := Night{Newest: true}
	s := night.Next(night.Enter(State{}), true, false)
	if entered := night.Enter(s); !night.Wants(entered) {
		t.Errorf("%+v does not wait", s)
	}
	if again := (Night{Newest: true, Again: true}); !again.Wants(again.Enter(s)) {
		t.Errorf("%+v does not wait while its date is published again", s)
	}
}

// Whatever happens to the newest date, a contact is delivered on it once at most, and never while it has gone on matching from the last
// publication of one date to that of the next.
func TestDatesOfAContact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, matched := State{}, false // matched: at the last publication of the date before
		for range rapid.IntRange(1, 12).Draw(t, "dates") {
			count, matches := 0, false
			for again := range rapid.IntRange(1, 4).Draw(t, "publications") {
				night := Night{Again: again > 0, Newest: true}
				entered := night.Enter(s)
				matches = rapid.Bool().Draw(t, "matches")
				delivered := matches && night.Wants(entered)
				if delivered {
					count++
				}
				times := s.Times
				if s = night.Next(entered, matches, delivered); s.Times < times || s.Times > times+1 || s.Matching != matches {
					t.Fatalf("%+v", s)
				}
			}
			if count > 1 || matched && count > 0 || !matched && matches && count == 0 {
				t.Fatalf("delivered %d times; matched before %v, in the end %v", count, matched, matches)
			}
			matched = matches
		}
	})
}

// A date behind the newest changes nothing.
func TestBehindTheNewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := State{rapid.Bool().Draw(t, "matching"), rapid.Bool().Draw(t, "before"), rapid.Bool().Draw(t, "delivered"), rapid.Int64Range(0, 9).Draw(t, "times")}
		night := Night{Again: true, First: rapid.Bool().Draw(t, "first"), History: rapid.Bool().Draw(t, "history")}
		entered := night.Enter(s)
		if night.Wants(entered) || night.Next(entered, rapid.Bool().Draw(t, "matches"), false) != s {
			t.Fatalf("%+v changes", s)
		}
	})
}

func TestID(t *testing.T) {
	// The fields are told apart, and the digest is what it was: ids stand in other people's systems.
	if got, want := ID("hot_leads", "42", 1), "3cac611f525661388c4fd3deb478afb6"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	seen := map[string]bool{}
	for _, stream := range []string{"a", "ab", ""} {
		for _, contact := range []string{"b", "", "ab"} {
			for times := range int64(3) {
				seen[ID(stream, contact, times)] = true
			}
		}
	}
	if len(seen) != 27 {
		t.Errorf("%d ids of 27 deliveries", len(seen))
	}
}

func TestMember(t *testing.T) {
	on := Member{On: true, Added: 5}
	for name, c := range map[string]struct {
		before Member
		now    Now
		after  Member
		off    bool
	}{
		"added":                         {Member{}, Now{Present: true, Added: true, At: 9}, Member{true, 9}, false},
		"stays since it was added":      {on, Now{Present: true, Added: true, At: 9}, on, false},
		"stays though nothing adds":     {on, Now{Present: true, At: 9}, on, false},
		"taken off":                     {on, Now{Present: true, Removed: true, At: 9}, Member{}, true},
		"removal counts for more":       {Member{}, Now{Present: true, Added: true, Removed: true, At: 9}, Member{}, false},
		"gone, or not to be handed off": {on, Now{Removed: true, At: 9}, Member{}, false},
		"never on":                      {Member{}, Now{Present: true}, Member{}, false},
	} {
		if after, off := c.before.Next(c.now); after != c.after || off != c.off {
			t.Errorf("%s: %+v, %v", name, after, off)
		}
	}
}
