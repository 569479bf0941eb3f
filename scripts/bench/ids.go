package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// The shapes of contact ids.
const (
	text8  = "text8" // c0000042
	uuids  = "uuid"  // 36 characters
	email  = "email" // 20 to 30 characters of varying length
	int64s = "int64"
)

var idShapes = []string{text8, uuids, email, int64s}

// ids makes the ids of contacts 0, 1, 2 … in one shape.
type ids string

func (shape ids) dataType() arrow.DataType {
	if shape == int64s {
		return arrow.PrimitiveTypes.Int64
	}
	return arrow.BinaryTypes.String
}

// number is the id of a contact in the shape int64: as sparse as those of a system that has deleted some.
func (ids) number(contact uint64) int64 { return 1_000_003 + 97*int64(contact) }

// text appends the id of a contact, in any shape but int64.
func (shape ids) text(to []byte, contact uint64) []byte {
	switch shape {
	case uuids:
		high, low := mix(mix(uint64(ofID))+contact), mix(mix(uint64(ofIDEnd))+contact)
		return fmt.Appendf(to, "%08x-%04x-4%03x-%04x-%012x", high>>32, high>>16&0xffff, high&0xfff, low>>48&0x3fff|0x8000, low&0xffffffffffff)
	case email:
		to = append(to, firstNames[choose(ofFirstName, contact, len(firstNames))]...)
		to = append(to, '.')
		to = strconv.AppendUint(to, contact, 10)
		to = append(to, '@')
		return append(to, domains[choose(ofEmailDomain, contact, len(domains))]...)
	default:
		digits := strconv.AppendUint(nil, contact, 10)
		to = append(to, 'c')
		for range 7 - len(digits) {
			to = append(to, '0')
		}
		return append(to, digits...)
	}
}

// add appends the id of a contact to a column.
func (shape ids) add(column array.Builder, contact uint64) {
	switch column := column.(type) {
	case *array.Int64Builder:
		column.Append(shape.number(contact))
	case *array.StringBuilder:
		var room [48]byte
		column.BinaryBuilder.Append(shape.text(room[:0], contact))
	}
}

// sorted gives the contacts 0 to n-1 in the order of their ids.
func (shape ids) sorted(n int64) []uint32 {
	contacts := make([]uint32, n)
	for i := range contacts {
		contacts[i] = uint32(i)
	}
	if shape == uuids || shape == email {
		var left, right []byte
		slices.SortFunc(contacts, func(a, b uint32) int {
			left, right = shape.text(left[:0], uint64(a)), shape.text(right[:0], uint64(b))
			return bytes.Compare(left, right)
		})
	}
	return contacts
}

var (
	firstNames = []string{"ada", "bjorn", "chiara", "dimitri", "eleanor", "fatima", "guillermo", "hanna", "ingeborg", "jun"}
	domains    = []string{"example.com", "acme.example", "mail.example", "contoso.example", "corp.example"}
)
