package export

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/pipeline/published"
)

const rowGroupRows = 128 << 10

// parquetFile gathers rows into row groups.
type parquetFile struct {
	out     *encode.Writer
	columns []*published.Column
}

func newParquet(w io.Writer, h Header) *parquetFile {
	p := &parquetFile{}
	var fields []encode.Field
	for i, name := range h.Names {
		fields = append(fields, encode.Field{Name: name, Type: encodedType(h.Types[i]), Nullable: true})
		p.columns = append(p.columns, published.NewColumn(name, h.Types[i]))
	}
	p.out = encode.NewWriter(w, fields, encode.Options{SortedBy: -1, Bloom: -1, CreatedBy: "leadscore version 1.0.0 (build leadscore)", Metadata: h.Metadata})
	return p
}

// Write takes rows, and writes them once they are enough.
func (p *parquetFile) Write(columns []*published.Column, rows int) error {
	for from := 0; from < rows; {
		n := min(rows-from, rowGroupRows-p.columns[0].Len())
		some := make([]int32, n)
		for i := range some {
			some[i] = int32(from + i)
		}
		for i, c := range columns {
			p.columns[i].AppendRows(c, some)
		}
		if from += n; p.columns[0].Len() == rowGroupRows {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *parquetFile) flush() error {
	var columns []encode.Column
	for i, c := range p.columns {
		e, err := encodedColumn(c)
		if err != nil {
			return err
		}
		columns = append(columns, e)
		p.columns[i] = published.NewColumn(c.Name, c.Type)
	}
	return p.out.Write(columns)
}

// Close writes what is left, and the footer.
func (p *parquetFile) Close() error {
	if err := p.flush(); err != nil {
		return err
	}
	_, err := p.out.Close()
	return err
}

// encodedType gives the type that a column is written with.
func encodedType(t arrow.DataType) encode.Type {
	switch t := t.(type) {
	case *arrow.BooleanType:
		return encode.Boolean
	case *arrow.TimestampType:
		return encode.Instant
	case *arrow.Date32Type:
		return encode.Date
	case *arrow.Time64Type:
		return encode.TimeOfDay
	case *arrow.Float32Type:
		return encode.Float
	case *arrow.Float64Type:
		return encode.Double
	case *arrow.Decimal128Type:
		return encode.DecimalType{Precision: int(t.Precision), Scale: int(t.Scale)}
	case *arrow.BinaryType:
		return encode.Binary
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type:
		return encode.IntType{Bits: t.(arrow.FixedWidthDataType).BitWidth(), Signed: true}
	case *arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.Uint64Type:
		return encode.IntType{Bits: t.(arrow.FixedWidthDataType).BitWidth()}
	}
	return encode.Text
}

func encodedColumn(c *published.Column) (encode.Column, error) {
	valid := make([]bool, c.Len())
	for row := range valid {
		valid[row] = !c.IsNull(row)
	}
	switch {
	case c.Type.ID() == arrow.BOOL:
		values := make([]bool, c.Len())
		for row, v := range c.Ints {
			values[row] = v != 0
		}
		return encode.Bools{Values: values, Valid: valid}, nil
	case c.Type.ID() == arrow.UINT64:
		values := make([]uint64, c.Len())
		for row, v := range c.Ints {
			values[row] = uint64(v)
		}
		return encode.Uint64s{Values: values, Valid: valid}, nil
	case c.Floats != nil:
		return encode.Doubles{Values: c.Floats, Valid: valid}, nil
	case c.Ints != nil || c.Texts == nil:
		return encode.Int64s{Values: c.Ints, Valid: valid}, nil
	}
	texts := encode.Texts{Offsets: []uint32{0}, Valid: valid}
	for _, text := range c.Texts {
		texts.Bytes = append(texts.Bytes, text...)
		if len(texts.Bytes) > 1<<31 {
			return nil, fmt.Errorf("column %q has more than 2 GiB of text in %d rows", c.Name, c.Len())
		}
		texts.Offsets = append(texts.Offsets, uint32(len(texts.Bytes)))
	}
	return texts, nil
}
