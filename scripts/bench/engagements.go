package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// asOf is the instant for which the bench scores; the engagements fill the 400 days before it.
var (
	asOf            = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	engagementsTime = 400 * 24 * time.Hour
)

// The words of the engagement columns, and how often they come up.
const (
	emails, landingPages, forms, messages = 2000, 500, 200, 300
	pages                                 = 20_000
	sections                              = 40
)

var (
	channels = []string{"website", "email", "landing_page", "form", "sms"}
	actions  = []string{"visited", "opened", "clicked", "submitted"}
	// assetKinds are the assets of each channel, in the order of channels.
	assetKinds = []struct {
		word string
		n    int
	}{{"", 0}, {"email_", emails}, {"lp_", landingPages}, {"form_", forms}, {"sms_", messages}}
)

// engagement is the place of a row's values in their vocabularies; below 0 there is none.
type engagement struct{ channel, action, asset, url int }

// draw makes the engagement number i: mostly visits and opened emails, mostly of the popular pages and assets.
func draw(i uint64) engagement {
	e := engagement{asset: -1, url: -1}
	u, busy := uniform(ofChannel, i), uniform(ofAction, i)
	switch {
	case u < 0.55:
		e.channel, e.action = 0, 0
		e.url = skewed(ofAsset, i, pages, 3)
		return e
	case u < 0.88:
		e.channel, e.action = 1, 1
		if busy >= 0.8 {
			e.action = 2
		}
	case u < 0.95:
		e.channel, e.action = 2, 0
		if busy >= 0.85 {
			e.action = 3
		}
	case u < 0.98:
		e.channel, e.action = 3, 0
		if busy >= 0.5 {
			e.action = 3
		}
	default:
		e.channel, e.action = 4, 2
	}
	e.asset = skewed(ofAsset, i, assetKinds[e.channel].n, 2)
	for _, before := range assetKinds[:e.channel] {
		e.asset += before.n
	}
	return e
}

// contactOf is the contact of engagement i: a few contacts do very much, 15 of 100 nothing at all, and neighbours by id
// have nothing to do with each other.
func (d dataset) contactOf(i uint64) uint64 {
	rank := uint64(0.85*float64(d.Contacts)*math.Pow(uniform(ofContact, i), 2.2) + 0.5)
	return (rank*7919 + 13) % uint64(d.Contacts)
}

// instantOf is the time of engagement i, in microseconds; a greater i is later.
func (d dataset) instantOf(i uint64) arrow.Timestamp {
	share := (float64(i) + uniform(ofInstant, i)) / float64(d.Engagements)
	return arrow.Timestamp(asOf.Add(-engagementsTime).UnixMicro() + int64(share*float64(engagementsTime.Microseconds())))
}

// engagementTable gathers engagements into row groups of a file.
type engagementTable struct {
	d        dataset
	to       *tableFile
	contact  array.Builder
	instant  *array.TimestampBuilder
	channel  *vocabulary
	action   *vocabulary
	asset    *vocabulary
	url      *vocabulary
	gathered int
}

func (d dataset) createEngagements(path string) (*engagementTable, error) {
	idType := ids(d.IDs).dataType()
	to, err := createTable(path, []column{
		// Sorted by contact an id comes many times in a row, and every writer gives it a dictionary.
		{name: "contact_id", typ: idType, plain: d.Layout == byTime},
		{name: "occurred_at", typ: arrow.FixedWidthTypes.Timestamp_us, plain: true},
		{name: "channel", typ: dictionaryType},
		{name: "action", typ: dictionaryType},
		{name: "asset", typ: dictionaryType},
		{name: "url", typ: dictionaryType},
	})
	if err != nil {
		return nil, err
	}
	return &engagementTable{
		d:       d,
		to:      to,
		contact: array.NewBuilder(memory.DefaultAllocator, idType),
		instant: array.NewTimestampBuilder(memory.DefaultAllocator, arrow.FixedWidthTypes.Timestamp_us.(*arrow.TimestampType)),
		channel: newVocabulary(channels),
		action:  newVocabulary(actions),
		asset:   newVocabulary(assetNames()),
		url:     newVocabulary(urls()),
	}, nil
}

// add appends engagement i.
func (t *engagementTable) add(ctx context.Context, i uint64) error {
	e := draw(i)
	ids(t.d.IDs).add(t.contact, t.d.contactOf(i))
	t.instant.Append(t.d.instantOf(i))
	t.channel.add(e.channel)
	t.action.add(e.action)
	t.asset.add(e.asset)
	t.url.add(e.url)
	t.gathered++
	if t.gathered == rowGroupRows {
		return t.flush(ctx)
	}
	return nil
}

func (t *engagementTable) flush(ctx context.Context) error {
	if t.gathered == 0 {
		return nil
	}
	t.gathered = 0
	return t.to.rowGroup(ctx, []arrow.Array{
		t.contact.NewArray(), t.instant.NewArray(), t.channel.array(), t.action.array(), t.asset.array(), t.url.array(),
	})
}

func assetNames() []string {
	var names []string
	for _, kind := range assetKinds {
		for k := range kind.n {
			names = append(names, fmt.Sprintf("%s%04d", kind.word, k))
		}
	}
	return names
}

func urls() []string {
	all := make([]string, pages)
	for k := range all {
		all[k] = fmt.Sprintf("https://www.example.com/%s/page-%05d", section(k%sections), k)
	}
	return all
}

// section is a part of the website; ten have plain names, the rest numbered ones.
func section(k int) string {
	names := []string{"pricing", "blog", "docs", "product", "careers", "about", "events", "webinars", "case-studies", "support"}
	if k < len(names) {
		return names[k]
	}
	return fmt.Sprintf("%s-%d", names[k%len(names)], k)
}
