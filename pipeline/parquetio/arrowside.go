package parquetio

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"leadscore/transforms/match"
)

// arrowSide is what arrow-go makes of the file. A column that it cannot make anything of is left out of its view, so that
// it harms no one who does not read it.
type arrowSide struct {
	meta     *metadata.FileMetaData
	schema   *arrow.Schema // of all top-level columns; null for those left out
	leafHere []int         // leaf of the file → leaf of meta; -1: left out
	leftOut  []error       // top-level column → why it cannot be read; nil: it can
}

// openArrow reads the footer once more, as arrow-go does, and describes the columns.
func (f *File) openArrow(b []byte) (err error) {
	f.meta, err = metadata.NewFileMetaData(b, nil)
	if err != nil {
		return broken("the footer cannot be decoded: %v", err)
	}
	f.meta.SetSourceFileSize(f.size)
	trim(f.meta)
	root := f.meta.Schema.Root()
	if root.NumFields() != len(f.foot.tops) || f.meta.Schema.NumColumns() != len(f.foot.leaves) {
		return broken("the schema can be read in two ways")
	}
	f.leftOut = make([]error, len(f.foot.tops))
	f.leafHere = make([]int, len(f.foot.leaves))
	for i := range f.leafHere {
		f.leafHere[i] = i
	}
	if f.schema, err = convert(f.meta.Schema); err != nil {
		if err := f.leaveOut(root); err != nil {
			return err
		}
	}
	f.leaveOutSenseless()
	f.columns = make([]Column, len(f.foot.tops))
	for i, t := range f.foot.tops {
		field := f.schema.Field(i)
		if f.leftOut[i] != nil {
			field.Type = arrow.Null
		}
		c := Column{Name: t.name, Type: match.TypeOf(field.Type), Arrow: field.Type, Leaf: -1, Nullable: t.nullable, IsMap: isTextMap(field.Type)}
		if f.leftOut[i] != nil {
			c.Type = match.Type{Kind: match.Other, Name: "a type that cannot be read"}
			if f.leftOut[i] == errTwice {
				c.Type.Name = "two columns of one name"
			}
		}
		if t.count == 1 && f.foot.leaves[t.first].flat {
			c.Leaf = t.first
			// Impala and old Hive write text without saying that it is.
			if f.foot.leaves[t.first].bare && field.Type.ID() == arrow.BINARY {
				c.Type = match.Type{Kind: match.Text, Name: "text"}
			}
		}
		f.columns[i] = c
	}
	return nil
}

// errTwice is the fault of a name that means two columns. Whoever does not ask for it need not care.
var errTwice = unsupported("rename one of them when you export", "the file has two columns of that name")

const fixType = "write the column with a plain type"

// leaveOutSenseless finds the columns that have a type, but not one that their values can be read by.
func (f *File) leaveOutSenseless() {
	names := map[string]int{}
	for i, t := range f.foot.tops {
		if first, twice := names[t.name]; twice {
			f.leftOut[first], f.leftOut[i] = errTwice, errTwice
		} else if names[t.name] = i; f.leftOut[i] == nil {
			if err := sensible(f.schema.Field(i).Type); err != nil {
				f.leftOut[i] = unsupported(fixType, "the column's type cannot be read: %v", err)
			}
		}
	}
}

// sensible tells what is wrong with a type, or with one below it, that arrow-go gives.
func sensible(t arrow.DataType) error {
	switch t := t.(type) {
	case arrow.DecimalType:
		if p, s := t.GetPrecision(), t.GetScale(); p < 1 || p > maxDecimalDigits || s < 0 || s > p {
			return fmt.Errorf("decimals of %d digits, %d of them after the point", p, s)
		}
	case arrow.NestedType:
		for _, field := range t.Fields() {
			if err := sensible(field.Type); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxDecimalDigits is what Arrow's widest decimal holds.
const maxDecimalDigits = 76

// leaveOut finds the columns that have no Arrow type, and rebuilds metadata and schema without them.
func (f *File) leaveOut(root *schema.GroupNode) error {
	var kept schema.FieldList
	fields := make([]arrow.Field, root.NumFields())
	keep := make([]bool, len(f.foot.leaves))
	next := 0
	for i, t := range f.foot.tops {
		s, err := convertOne(root.Field(i))
		if err != nil {
			f.leftOut[i] = unsupported(fixType, "the column's type cannot be read: %v", err)
			fields[i] = arrow.Field{Name: t.name, Type: arrow.Null, Nullable: true}
		} else {
			fields[i] = s.Field(0)
			kept = append(kept, root.Field(i))
		}
		for leaf := t.first; leaf < t.first+t.count; leaf++ {
			if keep[leaf] = err == nil; keep[leaf] {
				f.leafHere[leaf] = next
				next++
			} else {
				f.leafHere[leaf] = -1
			}
		}
	}
	node, err := schema.NewGroupNode(root.Name(), parquet.Repetitions.Required, kept, -1)
	if err != nil {
		return broken("the schema cannot be read: %v", err)
	}
	f.meta.Schema = schema.NewSchema(node)
	for _, g := range f.meta.RowGroups {
		columns := g.Columns[:0]
		for leaf, c := range g.Columns {
			if keep[leaf] {
				columns = append(columns, c)
			}
		}
		g.Columns = columns
	}
	f.schema = arrow.NewSchema(fields, nil)
	return nil
}

func convertOne(node schema.Node) (*arrow.Schema, error) {
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{node}, -1)
	if err != nil {
		return nil, err
	}
	return convert(schema.NewSchema(root))
}

// convert gives the Arrow schema of a Parquet schema, or why there is none.
func convert(s *schema.Schema) (out *arrow.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	out, err = pqarrow.FromParquet(s, &pqarrow.ArrowReadProperties{}, nil)
	if err == nil && out.NumFields() != s.Root().NumFields() {
		err = fmt.Errorf("%d of %d columns have a type", out.NumFields(), s.Root().NumFields())
	}
	return out, err
}

// trim drops what is not needed from the metadata. Statistics are most of a footer. Of the key-value metadata, an embedded
// Arrow schema would be decoded by code that trusts its input, and could only contradict the schema of the file itself.
func trim(meta *metadata.FileMetaData) {
	meta.FileMetaData.KeyValueMetadata = nil
	meta.FileMetaData.ColumnOrders = nil
	for _, g := range meta.RowGroups {
		g.SortingColumns = nil
		for _, c := range g.Columns {
			// Where the page indexes are is checked, though nobody reads them.
			c.ColumnIndexOffset, c.ColumnIndexLength, c.OffsetIndexOffset, c.OffsetIndexLength = nil, nil, nil, nil
			if c.MetaData != nil {
				c.MetaData.Statistics, c.MetaData.SizeStatistics, c.MetaData.KeyValueMetadata = nil, nil, nil
			}
		}
	}
}

func isTextMap(t arrow.DataType) bool {
	m, ok := t.(*arrow.MapType)
	return ok && isText(m.KeyType()) && isText(m.ItemType())
}

func isText(t arrow.DataType) bool {
	return t.ID() == arrow.STRING || t.ID() == arrow.LARGE_STRING
}
