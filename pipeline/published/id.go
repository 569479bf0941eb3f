package published

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio"
)

// id is a contact id as a column of a table has it.
type id struct {
	form   idForm
	text   []byte
	number int64 // unsigned ones by their bits
	float  float64
	wide   bool // 8 bytes a number, else 4
}

type idForm uint8

const (
	textID idForm = iota
	signedID
	unsignedID
	floatID
)

// IDError says that what was asked for cannot be an id of these contacts.
type IDError struct {
	ID   string
	Want string // what ids are here
}

// Error says what ids are.
func (e *IDError) Error() string {
	return fmt.Sprintf("%q is no contact id: ids are %s here", e.ID, e.Want)
}

// idOf reads an id as the column holds it.
func idOf(text string, c parquetio.Column) (id, error) {
	var err error
	k := id{wide: true}
	switch t := c.Arrow.ID(); t {
	case arrow.STRING, arrow.LARGE_STRING:
		k.text = []byte(text)
	case arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		k.form, k.wide = unsignedID, t == arrow.UINT64
		var v uint64
		v, err = strconv.ParseUint(text, 10, c.Type.Bits)
		k.number = int64(v)
	case arrow.FLOAT32, arrow.FLOAT64:
		k.form, k.wide = floatID, t == arrow.FLOAT64
		k.float, err = strconv.ParseFloat(text, c.Type.Bits)
	default:
		k.form, k.wide = signedID, t == arrow.INT64
		k.number, err = strconv.ParseInt(text, 10, max(c.Type.Bits, 8))
	}
	if err != nil {
		want := map[idForm]string{signedID: "whole numbers", unsignedID: "whole numbers from 0 on", floatID: "numbers"}[k.form]
		return k, &IDError{ID: text, Want: want}
	}
	return k, nil
}

// String writes the id as the tables have it.
func (k *id) String() string {
	switch k.form {
	case textID:
		return string(k.text)
	case floatID:
		return strconv.FormatFloat(k.float, 'f', -1, 64)
	case unsignedID:
		return strconv.FormatUint(uint64(k.number), 10)
	}
	return strconv.FormatInt(k.number, 10)
}

// plain gives the id as bounds and bloom filters have it.
func (k *id) plain() []byte {
	switch {
	case k.form == textID:
		return k.text
	case k.form == floatID && k.wide:
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(k.float))
	case k.form == floatID:
		return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(k.float)))
	case k.wide:
		return binary.LittleEndian.AppendUint64(nil, uint64(k.number))
	}
	return binary.LittleEndian.AppendUint32(nil, uint32(k.number))
}

// compare orders the id and one in the form of plain.
func (k *id) compare(plain []byte) int {
	if k.form == textID {
		return bytes.Compare(k.text, plain)
	}
	if want := 4; len(plain) != want && len(plain) != 2*want {
		return 0 // bounds that cannot be read say nothing
	}
	var bits uint64
	if len(plain) == 8 {
		bits = binary.LittleEndian.Uint64(plain)
	} else {
		bits = uint64(binary.LittleEndian.Uint32(plain))
	}
	switch {
	case k.form == floatID && len(plain) == 8:
		return cmp.Compare(k.float, math.Float64frombits(bits))
	case k.form == floatID:
		return cmp.Compare(k.float, float64(math.Float32frombits(uint32(bits))))
	case k.form == unsignedID:
		return cmp.Compare(uint64(k.number), bits)
	case len(plain) == 4:
		return cmp.Compare(k.number, int64(int32(bits)))
	}
	return cmp.Compare(k.number, int64(bits))
}

// is tells whether value i is the id.
func (k *id) is(v *parquetio.Values, i int) bool {
	switch {
	case k.form == textID:
		return bytes.Equal(v.At(i), k.text)
	case len(v.Int64) > 0:
		return v.Int64[i] == k.number
	case len(v.Int32) > 0:
		return v.Int32[i] == int32(k.number)
	case len(v.Float64) > 0:
		return v.Float64[i] == k.float
	case len(v.Float32) > 0:
		return float64(v.Float32[i]) == k.float
	}
	return false
}
