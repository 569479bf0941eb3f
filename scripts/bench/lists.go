package main

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

const (
	listNumbers       = 200
	listsOfOneContact = 2
	scatter           = 2_654_435_761 // a prime, so that every contact comes equally often, far from its neighbours
)

// writeLists writes the list memberships: two for every contact, lists with small numbers have many members.
func (d dataset) writeLists(ctx context.Context, path string) error {
	shape := ids(d.IDs)
	return writeRows(ctx, path, listsOfOneContact*uint64(d.Contacts), []column{
		{name: "contact_id", typ: shape.dataType(), plain: true, add: func(to array.Builder, i uint64) {
			shape.add(to, i*scatter%uint64(d.Contacts))
		}},
		{name: "list_id", typ: arrow.PrimitiveTypes.Int32, add: func(to array.Builder, i uint64) {
			to.(*array.Int32Builder).Append(int32(skewed(ofListMembership, i, listNumbers, 2)))
		}},
	})
}
