package match

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// TypeOf gives the Type of an Arrow type. Dictionaries and run-end encodings have the type of their values, extension
// types that of their storage. Binary, nested and time-of-day types are Other.
func TypeOf(t arrow.DataType) Type {
	switch t := t.(type) {
	case nil:
		return Type{Kind: Other, Name: "unknown"}
	case *arrow.DictionaryType:
		return TypeOf(t.ValueType)
	case *arrow.RunEndEncodedType:
		return TypeOf(t.Encoded())
	case arrow.ExtensionType:
		return TypeOf(t.StorageType())
	case *arrow.MapType:
		return Type{Kind: Other, Name: "map"}
	case arrow.ListLikeType:
		return listOf(TypeOf(t.Elem()))
	case arrow.DecimalType:
		return Type{Kind: Decimal, Scale: int(t.GetScale()), Name: fmt.Sprintf("decimal(%d,%d)", t.GetPrecision(), t.GetScale())}
	case *arrow.TimestampType:
		if t.TimeZone != "" {
			return Type{Kind: Timestamp, Zoned: true, Name: "timestamp"}
		}
		return Type{Kind: Timestamp, Name: "timestamp without zone"}
	}
	switch id := t.ID(); id {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return Type{Kind: Text, Name: "text"}
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64:
		return sized(Int, t, "int")
	case arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		return sized(Uint, t, "uint")
	case arrow.FLOAT16, arrow.FLOAT32, arrow.FLOAT64:
		return sized(Float, t, "float")
	case arrow.BOOL:
		return Type{Kind: Boolean, Name: "boolean"}
	case arrow.DATE32, arrow.DATE64:
		return Type{Kind: DateOnly, Name: "date"}
	case arrow.NULL:
		return Type{Kind: Null, Name: "null"}
	case arrow.BINARY, arrow.LARGE_BINARY, arrow.BINARY_VIEW, arrow.FIXED_SIZE_BINARY:
		return Type{Kind: Other, Name: "binary"}
	default:
		return Type{Kind: Other, Name: t.Name()}
	}
}

func sized(kind Kind, t arrow.DataType, name string) Type {
	bits := t.(arrow.FixedWidthDataType).BitWidth()
	return Type{Kind: kind, Bits: bits, Name: fmt.Sprintf("%s%d", name, bits)}
}

// listOf is a list column. Lists of lists can only be asked whether they hold anything.
func listOf(elem Type) Type {
	name := "list of " + elem.Name
	if elem.Kind == List {
		elem.Kind, elem.Elem = Other, nil
	}
	return Type{Kind: List, Elem: &elem, Name: name}
}
