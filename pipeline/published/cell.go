package published

import (
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// Cell gives a row's value in Go's terms: nil, bool, int64, uint64, float64, time.Time (instants and dates, in UTC), time.Duration
// (times of day), Number (decimals), []byte (binary) or string.
func (c *Column) Cell(row int) any {
	if c.IsNull(row) {
		return nil
	}
	switch t := c.Type.(type) {
	case *arrow.BooleanType:
		return c.Ints[row] != 0
	case *arrow.TimestampType:
		return time.UnixMicro(c.Ints[row]).UTC()
	case *arrow.Date32Type:
		return time.Unix(86400*c.Ints[row], 0).UTC()
	case *arrow.Time64Type, *arrow.Time32Type:
		return time.Duration(c.Ints[row]) * time.Microsecond
	case *arrow.Decimal128Type:
		return decimal(c, row, int(t.Scale))
	case *arrow.Uint64Type:
		return uint64(c.Ints[row])
	case *arrow.BinaryType, *arrow.FixedSizeBinaryType:
		return []byte(c.Texts[row])
	}
	switch formOf(c.Type) {
	case ints:
		return c.Ints[row]
	case floats:
		return c.Floats[row]
	}
	return c.Texts[row]
}

// Number is a decimal number as it is written.
type Number string

func decimal(c *Column, row, scale int) Number {
	var n *big.Int
	if c.Texts == nil {
		n = big.NewInt(c.Ints[row])
	} else {
		b := []byte(c.Texts[row])
		n = new(big.Int).SetBytes(b)
		if len(b) > 0 && b[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	return Number(new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale))
}

// Text gives a row's value as it is written in a file of text: instants in RFC 3339, dates as 2026-11-22, nothing for null.
func (c *Column) Text(row int) string {
	switch v := c.Cell(row).(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return floatText(v)
	case time.Time:
		if c.Type.ID() == arrow.DATE32 {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	case time.Duration:
		return time.Unix(0, int64(v)).UTC().Format("15:04:05.999999")
	case Number:
		return string(v)
	case []byte:
		return strconv.QuoteToASCII(string(v))
	case string:
		return v
	}
	return ""
}

// floatText writes a number with digits alone, as a whole number in a column of floating point is often an id, and with an exponent where
// that would be nothing but zeros.
func floatText(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
