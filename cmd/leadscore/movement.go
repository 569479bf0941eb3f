package main

import (
	"fmt"
	"strings"

	"leadscore/jobs"
)

// What moved scores, and what made and ended MQLs: of a diff, and of a report since the run before.

// causeName is a cause in words.
func causeName(cause string) string { return strings.ReplaceAll(cause, "_", " ") }

// movedText says in one line how many contacts changed.
func movedText(m *jobs.Movement) string {
	if m.Contacts == 0 {
		return "no contact has changed"
	}
	return fmt.Sprintf("%s changed, and all scores together by %s", counted64(m.Contacts, "contact"), signed(m.Change))
}

// movementSheets gives the sums of changes as tables.
func movementSheets(m *jobs.Movement) []sheet {
	who := sheet{Caption: "Contacts that changed", Header: append(textHead("what"), numberHead("contacts")...)}
	for _, line := range []struct {
		what string
		n    int64
	}{{"score risen", m.Risen}, {"score fallen", m.Fallen}, {"new", m.New}, {"gone", m.Gone}, {"MQLs gained", m.MQLsGained}, {"MQLs lost", m.MQLsLost}} {
		who.Rows = append(who.Rows, []string{line.what, grouped(line.n)})
	}
	why := sheet{Caption: "Points by what moved them", Header: append(textHead("cause"), numberHead("contacts", "gained", "lost", "change")...)}
	for _, c := range m.Causes {
		why.Rows = append(why.Rows, []string{causeName(c.Cause), grouped(c.Contacts), grouped(c.Gained), grouped(c.Lost), signed(c.Change)})
	}
	why.Rows = append(why.Rows, []string{"together", grouped(m.Contacts), "", "", signed(m.Change)})
	return []sheet{why, who}
}

func movesChapter(r *jobs.Report) chapter {
	s := chapter{ID: "moves", Title: "What moved the scores"}
	m := r.Moved
	if m == nil {
		return s
	}
	s.Texts = []string{fmt.Sprintf("Since the run of %s, with which this one was compared, %s. Contacts of which neither score nor band nor MQL state is another do not count.",
		r.Previous, movedText(m))}
	s.Tables = movementSheets(m)
	var lanes []lane
	var said []string
	for _, c := range m.Causes {
		if c.Gained > 0 {
			lanes = append(lanes, lane{name: causeName(c.Cause) + ": gained", value: c.Gained, said: signed(c.Gained)})
		}
		if c.Lost > 0 {
			lanes = append(lanes, lane{name: causeName(c.Cause) + ": lost", value: -c.Lost, said: signed(-c.Lost)})
		}
		if c.Change != 0 {
			said = append(said, causeName(c.Cause)+" "+signed(c.Change))
		}
	}
	if len(lanes) > 0 {
		s.Charts = []*chart{lanesChart("moves", "Points by what moved them", fmt.Sprintf("Points that all contacts gained and lost since %s, by cause. On balance: %s.",
			r.Previous, strings.Join(said, ", ")), lanes)}
	}
	return s
}

func eventsChapter(r *jobs.Report) chapter {
	s := chapter{ID: "events", Title: "What made and ended MQLs"}
	if len(r.Events) == 0 {
		return s
	}
	since := "In the first run all MQLs became ones."
	if r.Previous != "" {
		since = "Since the run of " + r.Previous + ". A contact may become an MQL and lapse more than once."
	}
	t := sheet{Caption: "Events of MQLs, by what brought them about", Header: append(textHead("event", "cause"), numberHead("events", "of suppressed contacts")...)}
	var lanes []lane
	for _, e := range r.Events {
		t.Rows = append(t.Rows, []string{e.Event, causeName(e.Cause), grouped(e.Events), grouped(e.Suppressed)})
		l := lane{name: e.Event + " by " + causeName(e.Cause), value: e.Events, said: grouped(e.Events)}
		if e.Event == "lapsed" {
			l.value = -e.Events
		}
		lanes = append(lanes, l)
	}
	s.Texts = []string{since}
	s.Tables = []sheet{t}
	s.Charts = []*chart{lanesChart("events", "Events of MQLs", topText("Events of MQLs by cause", lanes), lanes)}
	return s
}

func suppressedChapter(r *jobs.Report) chapter {
	s := chapter{ID: "suppressed", Title: "Suppressed contacts"}
	if len(r.Suppressed) == 0 {
		return s
	}
	t := sheet{Caption: "Suppressed contacts, by reason", Header: append(textHead("reason"), numberHead("contacts", "MQLs among them")...)}
	contacts, mqls := int64(0), int64(0)
	for _, p := range r.Suppressed {
		t.Rows = append(t.Rows, []string{p.Reason, grouped(p.Contacts), grouped(p.MQLs)})
		t.bars = append(t.bars, p.Contacts)
		contacts, mqls = contacts+p.Contacts, mqls+p.MQLs
	}
	s.Texts = []string{fmt.Sprintf("%s, %s of them MQLs, have a score and are in no hand-off: neither in mql nor in an extract.", counted64(contacts, "contact"), grouped(mqls))}
	s.Tables = []sheet{t}
	return s
}
