package main

import (
	"context"
	"slices"
)

// monthlyFiles is the number of files of the layout byTime.
const monthlyFiles = 14

// sortRows is how many engagements are sorted by contact at once: 4 bytes each, so that any size fits any machine.
// More engagements than this are gone through once more for every further so many.
const sortRows = 32 << 20

func (d dataset) engagementFiles() int {
	if d.Layout == byContact {
		return 1
	}
	return monthlyFiles
}

// writeEngagements writes one engagement file.
func (d dataset) writeEngagements(ctx context.Context, path string, file int) (err error) {
	to, err := d.createEngagements(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := to.to.close(); err == nil {
			err = closed
		}
	}()
	if d.Layout == byContact {
		err = d.addByContact(ctx, to, sortRows)
	} else {
		err = d.addByTime(ctx, to, file)
	}
	if err != nil {
		return err
	}
	return to.flush(ctx)
}

// addByTime adds a file's share of the engagements; their numbers are in the order of time.
func (d dataset) addByTime(ctx context.Context, to *engagementTable, file int) error {
	first := d.Engagements * int64(file) / monthlyFiles
	last := d.Engagements * int64(file+1) / monthlyFiles
	for i := first; i < last; i++ {
		if err := to.add(ctx, uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

// addByContact adds all engagements, contact by contact. It counts them first; then, for as many contacts as have at most
// atOnce engagements (or one contact that has more), it puts the numbers of these where the counts say.
func (d dataset) addByContact(ctx context.Context, to *engagementTable, atOnce int64) error {
	order := ids(d.IDs).sorted(d.Contacts)
	place := make([]uint32, d.Contacts) // contact → its place in the order
	for p, contact := range order {
		place[contact] = uint32(p)
	}
	counts := make([]uint32, d.Contacts) // by place
	for i := range uint64(d.Engagements) {
		counts[place[d.contactOf(i)]]++
	}
	var rows []uint32
	for first := 0; first < len(counts); {
		last, n := first, int64(0)
		for last < len(counts) && (last == first || n+int64(counts[last]) <= atOnce) {
			n += int64(counts[last])
			last++
		}
		next := make([]uint32, last-first) // where the next engagement of a contact goes
		sum := uint32(0)
		for p := first; p < last; p++ {
			next[p-first] = sum
			sum += counts[p]
		}
		rows = slices.Grow(rows[:0], int(n))[:n]
		for i := range uint64(d.Engagements) {
			if p := int(place[d.contactOf(i)]); first <= p && p < last {
				rows[next[p-first]] = uint32(i)
				next[p-first]++
			}
		}
		for _, i := range rows {
			if err := to.add(ctx, uint64(i)); err != nil {
				return err
			}
		}
		first = last
	}
	return nil
}
