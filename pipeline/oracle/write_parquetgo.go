package oracle

import (
	"math/big"
	"os"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"

	"leadscore/transforms/match"
)

// orderedGroup is a root whose columns stand in the order given instead of that of their names.
type orderedGroup struct {
	parquet.Group
	names []string
}

// Fields gives the columns in order.
func (g orderedGroup) Fields() []parquet.Field {
	byName := map[string]parquet.Field{}
	for _, f := range g.Group.Fields() {
		byName[f.Name()] = f
	}
	var fields []parquet.Field
	for _, name := range g.names {
		fields = append(fields, byName[name])
	}
	return fields
}

func (f FileLayout) writeParquetGo(path string, columns []tableColumn, rows int) error {
	root := orderedGroup{Group: parquet.Group{}}
	required := make([]bool, len(columns))
	for i, c := range columns {
		required[i] = f.Required && !hasNull(c.values) && c.Type.Kind != match.List && c.Type.Kind != match.Other
		root.Group[c.Name] = f.goNode(c.Type, required[i])
		root.names = append(root.names, c.Name)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	codecs := map[string]compress.Codec{"none": &parquet.Uncompressed, "snappy": &parquet.Snappy, "zstd": &parquet.Zstd,
		"gzip": &parquet.Gzip, "brotli": &parquet.Brotli}
	writer := parquet.NewWriter(file, parquet.NewSchema("table", root), parquet.Compression(codecs[f.Codec]),
		parquet.DataPageVersion(f.Page), parquet.PageBufferSize(f.PageBytes))
	for row := range rows {
		var cells parquet.Row
		leaf := 0
		for i, c := range columns {
			cells = f.appendGo(cells, c.Type, c.values[row], required[i], &leaf)
		}
		if _, err := writer.WriteRows([]parquet.Row{cells}); err != nil {
			return err
		}
		if (row+1)%f.RowGroup == 0 {
			if err := writer.Flush(); err != nil {
				return err
			}
		}
	}
	return writer.Close()
}

func (f FileLayout) goNode(t match.Type, required bool) parquet.Node {
	switch t.Kind {
	case match.List:
		return parquet.Optional(parquet.List(f.goNode(*t.Elem, false)))
	case match.Other:
		return parquet.Optional(parquet.Map(parquet.String(), parquet.Optional(parquet.String())))
	}
	var node parquet.Node
	encoded := encoding.Encoding(&parquet.RLEDictionary)
	delta := encoding.Encoding(&parquet.Plain)
	switch t.Kind {
	case match.Int:
		node, delta = parquet.Int(t.Bits), &parquet.DeltaBinaryPacked
	case match.Uint:
		node, delta = parquet.Uint(t.Bits), &parquet.DeltaBinaryPacked
	case match.Float:
		node = parquet.Leaf(parquet.DoubleType)
		if t.Bits == 32 {
			node = parquet.Leaf(parquet.FloatType)
		}
	case match.Decimal:
		node, delta = parquet.Decimal(t.Scale, decimalDigits, parquet.Int32Type), &parquet.DeltaBinaryPacked
	case match.Boolean:
		node, encoded = parquet.Leaf(parquet.BooleanType), &parquet.Plain
	case match.DateOnly:
		node, delta = parquet.Date(), &parquet.DeltaBinaryPacked
	case match.Timestamp:
		delta = &parquet.DeltaBinaryPacked
		switch f.unit(t) {
		case "ms":
			node = parquet.TimestampAdjusted(parquet.Millisecond, t.Zoned)
		case "us":
			node = parquet.TimestampAdjusted(parquet.Microsecond, t.Zoned)
		case "ns":
			node = parquet.TimestampAdjusted(parquet.Nanosecond, t.Zoned)
		case "int96":
			node, delta = parquet.Leaf(parquet.Int96Type), &parquet.Plain
		}
	default:
		node, delta = parquet.String(), &parquet.DeltaLengthByteArray
	}
	switch f.Encoding {
	case "plain":
		encoded = &parquet.Plain
	case "delta":
		encoded = delta
	}
	node = parquet.Encoded(node, encoded)
	if required {
		return node
	}
	return parquet.Optional(node)
}

// appendGo appends the cells of one value, with their levels, to a row; leaf counts the leaves before it.
func (f FileLayout) appendGo(row parquet.Row, t match.Type, v Value, required bool, leaf *int) parquet.Row {
	first := *leaf
	*leaf++
	switch t.Kind {
	case match.List:
		elements, _ := v.([]Value)
		if len(elements) == 0 {
			return append(row, parquet.NullValue().Level(0, depth(v != nil, 1), first))
		}
		for i, element := range elements {
			row = append(row, f.goValue(*t.Elem, element).Level(min(i, 1), 2+depth(element != nil, 1), first))
		}
		return row
	case match.Other:
		*leaf++
		answers, _ := v.([]Answer)
		if len(answers) == 0 {
			null := parquet.NullValue()
			return append(row, null.Level(0, depth(v != nil, 1), first), null.Level(0, depth(v != nil, 1), first+1))
		}
		for i, a := range answers {
			row = append(row, parquet.ByteArrayValue([]byte(a.Question.(string))).Level(min(i, 1), 2, first))
		}
		for i, a := range answers {
			row = append(row, f.goValue(match.Type{Kind: match.Text}, a.Answer).Level(min(i, 1), 2+depth(a.Answer != nil, 1), first+1))
		}
		return row
	}
	return append(row, f.goValue(t, v).Level(0, depth(v != nil && !required, 1), first))
}

func depth(there bool, level int) int {
	if there {
		return level
	}
	return 0
}

func (f FileLayout) goValue(t match.Type, v Value) parquet.Value {
	if v == nil {
		return parquet.NullValue()
	}
	switch t.Kind {
	case match.Int, match.Uint:
		if t.Bits < 64 {
			return parquet.Int32Value(int32(integer(v)))
		}
		return parquet.Int64Value(integer(v))
	case match.Float:
		if t.Bits == 32 {
			return parquet.FloatValue(float32(float(v)))
		}
		return parquet.DoubleValue(float(v))
	case match.Decimal:
		return parquet.Int32Value(int32(unscaled(v.(*big.Rat), t.Scale).Int64()))
	case match.Boolean:
		return parquet.BooleanValue(v.(bool))
	case match.DateOnly:
		return parquet.Int32Value(int32(v.(Day)))
	case match.Timestamp:
		if f.unit(t) == "int96" {
			return parquet.Int96Value(int96(v.(Instant)))
		}
		return parquet.Int64Value(ticks(v, f.unit(t)))
	}
	return parquet.ByteArrayValue([]byte(v.(string)))
}

// int96 gives an instant as Impala has it: nanoseconds of the day, and the Julian day, of which 2440588 is 1970-01-01.
func int96(i Instant) deprecated.Int96 {
	days := floorDiv(i.Second, day)
	nanos := uint64((i.Second-days*day)*1e9 + i.Nano)
	return deprecated.Int96{uint32(nanos), uint32(nanos >> 32), uint32(days + 2440588)}
}
