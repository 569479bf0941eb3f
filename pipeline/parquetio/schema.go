package parquetio

import "strings"

// leaf is a column of the schema that holds values.
type leaf struct {
	typ      physical
	width    int // of FIXED_LEN_BYTE_ARRAY
	path     []string
	name     string // the path, dotted
	top      int    // index of the top-level column it belongs to
	flat     bool   // it is that column itself, and not repeated
	repeated bool   // it or something above it is repeated: a row can have any number of values
	nullable bool   // flat: optional
	bare     bool   // nothing says what the values mean
	maxDef   int    // highest definition level
	maxRep   int    // highest repetition level
}

// top is a top-level column: leaves [first, first+count).
type top struct {
	name         string
	first, count int
	nullable     bool
}

// buildSchema turns the preorder of elements into leaves and top-level columns, and holds that the tree is one.
func (f *footer) buildSchema(limits Limits) error {
	if len(f.elements) == 0 {
		return broken("the schema is empty")
	}
	root := f.elements[0]
	if root.typ >= 0 || root.children < 0 {
		return broken("the schema does not begin with a group")
	}
	b := schemaBuilder{elements: f.elements, next: 1, limit: limits}
	f.leaves = []leaf{}
	for i := 0; i < int(root.children); i++ {
		if b.next >= len(f.elements) {
			return broken("the schema declares %d columns and ends after %d", root.children, i)
		}
		e := f.elements[b.next]
		first := len(b.leaves)
		if err := b.add(leaf{top: i}, 1); err != nil {
			return err
		}
		f.tops = append(f.tops, top{name: e.name, first: first, count: len(b.leaves) - first, nullable: e.repetition == optional})
	}
	if b.next != len(f.elements) {
		return broken("the schema has %d elements too many", len(f.elements)-b.next)
	}
	f.leaves = append(f.leaves, b.leaves...)
	return nil
}

type schemaBuilder struct {
	elements []element
	next     int
	leaves   []leaf
	limit    Limits
}

// add takes the next element and everything below it. l is what is known of a leaf from what stands above.
func (b *schemaBuilder) add(l leaf, depth int) error {
	if b.next >= len(b.elements) {
		return broken("the schema ends within a group")
	}
	if depth > maxDepth {
		return tooBig("the schema is nested more than %d deep", maxDepth)
	}
	e := b.elements[b.next]
	b.next++
	if e.repetition < 0 {
		return broken("the column %q of the schema is neither required, optional nor repeated", e.name)
	}
	l.path = append(l.path[:len(l.path):len(l.path)], e.name)
	if e.repetition != required {
		l.maxDef++
	}
	if e.repetition == repeated {
		l.maxRep++
	}
	if e.typ < 0 {
		if e.children < 0 {
			return broken("the group %q of the schema has %d columns", e.name, e.children)
		}
		for range e.children {
			if err := b.add(l, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if e.children > 0 {
		return broken("the column %q of the schema has both a type and columns below it", e.name)
	}
	if e.typ == typeFixed && (e.width <= 0 || int64(e.width) > b.limit.MaxValueBytes) {
		return broken("the column %q of the schema has values of %d bytes each", e.name, e.width)
	}
	if len(b.leaves) >= b.limit.MaxColumns {
		return tooBig("the schema has more columns than the limit of %d", b.limit.MaxColumns)
	}
	l.typ, l.width, l.name, l.bare = e.typ, int(e.width), strings.Join(l.path, "."), !e.annotated
	l.flat, l.repeated = depth == 1 && e.repetition != repeated, l.maxRep > 0
	l.nullable = l.flat && l.maxDef > 0
	b.leaves = append(b.leaves, l)
	return nil
}
