package pipeline_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"leadscore/transforms/handoff"
)

// What must have been delivered, in the plainest words: maps of contacts, and no thought of files, parts or crashes.

// plainStream is what a stream is asked.
type plainStream struct {
	slug    string
	least   int // level that matches
	history bool
	limit   int
}

// plainJob is what a job hands over.
type plainJob struct {
	streams map[string]bool // that it has, of all that there are
	list    bool            // it puts contacts on the list and takes them off
}

// plainDate is what is published for a date.
type plainDate struct {
	levels  map[string]int // of the contacts that there were
	job     plainJob
	logs    map[string][]string // stream → rows: delivery id, contact, level
	got     map[string]map[string]bool
	before  map[string]map[string]bool // stream → who needed no delivery when the date began; nil: the stream has not begun
	holds   map[string]map[string]bool // stream → who needs none after it; nil: likewise
	members map[string]string          // of the list → date on which the contact was put on it; nil: the job has no list
	removed map[string]bool
	version int    // how often anything of it has changed
	from    string // the date and version whose members it went on from
}

// plainWorld is all dates.
type plainWorld struct {
	streams []plainStream
	dates   map[string]*plainDate
	begun   map[string]string         // stream → first date
	times   map[string]map[string]int // stream → contact → deliveries ever
}

const (
	putsOn   = 4 // the level from which the list takes a contact
	takesOff = 0 // the level at which it is taken off
	blocked  = 6 // the level of one who is to be in no hand-off
)

func newPlainWorld(streams []plainStream) *plainWorld {
	return &plainWorld{streams: streams, dates: map[string]*plainDate{}, begun: map[string]string{}, times: map[string]map[string]int{}}
}

// earlier gives the newest date before another, empty where there is none.
func (w *plainWorld) earlier(date string) string {
	newest := ""
	for d := range w.dates {
		if d < date && d > newest {
			newest = d
		}
	}
	return newest
}

func (w *plainWorld) newest() string {
	return slices.Max(append(slices.Collect(maps.Keys(w.dates)), ""))
}

// lastMembers gives the newest earlier date that has members, empty where there is none.
func (w *plainWorld) lastMembers(date string) string {
	e := w.earlier(date)
	for e != "" && w.dates[e].members == nil {
		e = w.earlier(e)
	}
	return e
}

// origin names what the members of a date would go on from now.
func (w *plainWorld) origin(date string) string {
	if e := w.lastMembers(date); e != "" {
		return fmt.Sprintf("%s, version %d", e, w.dates[e].version)
	}
	return "nothing"
}

// publish is a run of a date, for the first time or not.
func (w *plainWorld) publish(date string, levels map[string]int, job plainJob) {
	d := w.dates[date]
	if d == nil {
		d = &plainDate{logs: map[string][]string{}, got: map[string]map[string]bool{}, before: map[string]map[string]bool{}, holds: map[string]map[string]bool{}}
		for _, s := range w.streams {
			d.got[s.slug] = map[string]bool{}
		}
	}
	d.levels, d.job, d.version, d.from = levels, job, d.version+1, w.origin(date)
	if w.newest() <= date && (len(job.streams) > 0 || len(d.holds) > 0) {
		for _, s := range w.streams {
			w.pass(d, date, s)
		}
	}
	w.enlist(d, date)
	w.dates[date] = d
}

// pass lets a stream pass the newest date.
func (w *plainWorld) pass(d *plainDate, date string, s plainStream) {
	if d.before[s.slug] == nil {
		d.before[s.slug] = w.lastHolds(date, s.slug)
	}
	switch {
	case d.job.streams[s.slug]:
		w.deliver(d, date, s)
	case d.holds[s.slug] == nil && d.before[s.slug] != nil:
		d.holds[s.slug] = d.before[s.slug]
	}
}

// enlist finds out who is on the list.
func (w *plainWorld) enlist(d *plainDate, date string) {
	d.members, d.removed = nil, nil
	if !d.job.list {
		return
	}
	d.members, d.removed = map[string]string{}, map[string]bool{}
	earlier := w.dates[w.lastMembers(date)]
	for c, level := range d.levels {
		since, on := "", false
		if earlier != nil {
			since, on = earlier.members[c]
		}
		switch {
		case level == blocked:
		case level == takesOff && on:
			d.removed[c] = true
		case level == takesOff:
		case on:
			d.members[c] = since
		case level >= putsOn:
			d.members[c] = date
		}
	}
}

// lastHolds gives who needs no delivery after the newest earlier date that the stream has seen.
func (w *plainWorld) lastHolds(date, slug string) map[string]bool {
	for e := w.earlier(date); e != ""; e = w.earlier(e) {
		if holds := w.dates[e].holds[slug]; holds != nil {
			return holds
		}
	}
	return nil
}

func (w *plainWorld) deliver(d *plainDate, date string, s plainStream) {
	if w.begun[s.slug] == "" {
		w.begun[s.slug] = date
	}
	first := w.begun[s.slug] == date
	var wanted []string
	for c, level := range d.levels {
		if level >= s.least && level != blocked && !d.before[s.slug][c] && !d.got[s.slug][c] && (!first || s.history) {
			wanted = append(wanted, c)
		}
	}
	slices.SortFunc(wanted, func(a, b string) int { return cmp.Or(d.levels[b]-d.levels[a], len(a)-len(b), cmp.Compare(a, b)) })
	waits := map[string]bool{}
	if room := s.limit - len(d.got[s.slug]); s.limit > 0 && len(wanted) > room {
		for _, c := range wanted[room:] {
			waits[c] = true
		}
		wanted = wanted[:room]
	}
	if w.times[s.slug] == nil {
		w.times[s.slug] = map[string]int{}
	}
	for _, c := range wanted {
		w.times[s.slug][c]++
		d.got[s.slug][c] = true
		d.logs[s.slug] = append(d.logs[s.slug], fmt.Sprintf("%s %s %d", handoff.ID(s.slug, c, int64(w.times[s.slug][c])), c, d.levels[c]))
	}
	d.holds[s.slug] = map[string]bool{}
	for c, level := range d.levels {
		if level >= s.least && level != blocked && !waits[c] {
			d.holds[s.slug][c] = true
		}
	}
}
