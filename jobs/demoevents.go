package jobs

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// What the people of the demo base do over 400 days: visits that follow the working week, newsletters that are opened when
// they are sent, a few who are about to buy and look at prices, and the dirt that every real export carries.

// demoSize is how large a demo base is.
type demoSize struct{ contacts, engagements int }

var (
	demoFull = demoSize{contacts: 24_000, engagements: 520_000}

	// demoAsOf is the instant that the demo scores: midnight in Stockholm on the first of November 2026.
	demoAsOf   = time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC)
	demoDays   = 400
	demoStart  = demoAsOf.Add(-time.Duration(demoDays) * 24 * time.Hour)
	demoHours  = []int{1, 1, 0, 0, 1, 2, 5, 9, 14, 16, 15, 11, 9, 13, 14, 12, 9, 6, 5, 5, 6, 5, 3, 2}
	demoDevice = []string{"desktop", "mobile", "tablet"}
)

// demoEngagement is one thing that a person did, before it is written to one of the exports.
type demoEngagement struct {
	ID               int64 // 0: none
	Contact          int64 // 0: none
	At               int64 // microseconds; 0: none
	Source, Type     string
	Name, Page       string
	Question, Answer string
	Device           string
	late             bool // arrived long after it happened
}

// demoEngagements lets every person act, then spoils some rows. The result is in the order of time.
func demoEngagements(size demoSize, people []demoPerson, random *rand.Rand) []demoEngagement {
	total := 0.0
	for _, p := range people {
		total += p.interest
	}
	events := make([]demoEngagement, 0, size.engagements+size.engagements/20)
	for _, p := range people {
		share := p.interest / total * float64(size.engagements) * 1.03
		count := int(share)
		if random.Float64() < share-float64(count) {
			count++
		}
		for range min(count, 1500) {
			events = append(events, demoAct(&p, random))
		}
	}
	events = demoStrangers(size, events, random)
	slices.SortFunc(events, func(a, b demoEngagement) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Contact, b.Contact))
	})
	for i := range events {
		events[i].ID = int64(i + 1)
	}
	return demoDirt(events, random)
}

// demoStrangers adds visitors whom the contacts export does not know: anonymous cookies and people deleted since.
func demoStrangers(size demoSize, events []demoEngagement, random *rand.Rand) []demoEngagement {
	stranger := demoPerson{until: demoDays - 1}
	for range size.engagements / 40 {
		stranger.id = 900_000_000 + random.Int64N(int64(size.contacts))
		e := demoAct(&stranger, random)
		events = append(events, e)
	}
	return events
}

// demoDirt spoils a small, fixed share of the rows, as real exports do.
func demoDirt(events []demoEngagement, random *rand.Rand) []demoEngagement {
	for i := range len(events) {
		e := &events[i]
		switch n := random.IntN(10_000); {
		case n < 30: // the visitor had refused cookies
			e.Contact = 0
		case n < 33:
			e.At = 0
		case n < 48: // sent twice by the tracker, once a few seconds later
			again := *e
			again.At += int64(random.IntN(5)) * 1_000_000
			events = append(events, again)
		case n < 51: // a device with a wrong clock
			e.At = demoAsOf.Add(time.Duration(1+random.IntN(200_000)) * time.Second).UnixMicro()
		case n < 200:
			e.late = true
		case n < 260:
			e.ID = 0
		}
	}
	return events
}

// demoAct draws one engagement of a person.
func demoAct(p *demoPerson, random *rand.Rand) demoEngagement {
	day := demoDay(p, random)
	hour := pick(random, len(demoHours), func(i int) int { return demoHours[i] })
	at := demoStart.Add(time.Duration(day)*24*time.Hour + time.Duration(hour)*time.Hour + time.Duration(random.IntN(3600))*time.Second)
	e := demoEngagement{Contact: p.id, At: at.UnixMicro() + random.Int64N(1_000_000)}
	e.Device = demoDevice[pick(random, 3, func(i int) int { return []int{62, 34, 4}[i] })]
	if p.buying && random.IntN(100) < 12 {
		demoBuy(&e, random)
		return e
	}
	switch n := random.IntN(1000); {
	case n < 430:
		e.Source, e.Type, e.Name = "mail", "opened", demoMailing(day, random)
	case n < 545:
		e.Source, e.Type, e.Name = "mail", "clicked", demoMailing(day, random)
		e.Page = demoSite + one(random, demoLinks)
	case n < 860:
		e.Source, e.Type = "web", "visited"
		e.Page = demoSite + demoPages[pick(random, len(demoPages), func(i int) int { return demoPageShares[i] })]
		if random.IntN(6) == 0 {
			e.Page += "?utm_source=" + one(random, []string{"newsletter", "search", "fair"})
		}
	case n < 925:
		e.Source, e.Type, e.Name = "lp", "visited", one(random, demoLandingPages)
	case n < 950:
		e.Source, e.Type, e.Name = "lp", "clicked", one(random, demoLandingPages)
		e.Page = demoSite + one(random, demoLinks)
	case n < 970:
		e.Source, e.Type, e.Name = "form", "visited", one(random, demoForms)
	case n < 979:
		e.Source, e.Type, e.Name = "form", "submitted", one(random, demoForms[:4])
	case n < 985:
		e.Source, e.Type, e.Name = "form", "answered", one(random, demoForms[:4])
		e.Question, e.Answer = "Budget", one(random, demoBudgets)
	case n < 991:
		e.Source, e.Type, e.Name = "sms", "clicked", one(random, demoTexts)
	case n < 996:
		e.Source, e.Type, e.Name = "webinar", "registered", one(random, demoWebinars)
	default:
		e.Source, e.Type, e.Name = "webinar", "attended", one(random, demoWebinars)
	}
	return e
}

// demoBuy is what people do who are about to buy.
func demoBuy(e *demoEngagement, random *rand.Rand) {
	switch random.IntN(10) {
	case 0:
		e.Source, e.Type, e.Name = "form", "submitted", one(random, demoForms[4:])
	case 1:
		e.Source, e.Type, e.Name = "form", "answered", "Contact sales"
		e.Question, e.Answer = "Budget", one(random, demoBudgets[1:4])
	case 2, 3:
		e.Source, e.Type, e.Name = "webinar", "attended", one(random, demoWebinars)
	default:
		e.Source, e.Type = "web", "visited"
		e.Page = demoSite + one(random, []string{"/pricing", "/pricing/enterprise", "/customers", "/contact"})
	}
}

// demoDay draws a day on which the person was there: few act at weekends, buyers act now.
func demoDay(p *demoPerson, random *rand.Rand) int {
	from := p.from
	if p.buying && random.IntN(100) < 60 {
		from = max(from, p.until-50)
	}
	day := from
	for range 3 {
		day = from + random.IntN(p.until-from+1)
		weekday := demoStart.Add(time.Duration(day) * 24 * time.Hour).Add(12 * time.Hour).Weekday()
		if weekday != time.Saturday && weekday != time.Sunday || random.IntN(100) < 30 {
			break
		}
	}
	return day
}

// demoMailing is the mailing that was new on that day, now and then an older one.
func demoMailing(day int, random *rand.Rand) string {
	if random.IntN(5) == 0 {
		return one(random, demoEmails[5:])
	}
	return demoEmails[min(day*5/demoDays, 4)]
}

// demoEventID writes an event's number as the tracker does.
func demoEventID(n int64) *string {
	if n == 0 {
		return nil
	}
	id := "e" + strconv.FormatInt(0x4000_0000+n*7919%0x3fff_ffff, 36)
	return &id
}
