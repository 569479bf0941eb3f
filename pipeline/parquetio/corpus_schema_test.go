package parquetio

import "strings"

// schemaLies are those of the tree of columns.
func schemaLies() []hostile {
	edit := func(name string, column int, says string, change func(*crafted)) hostile {
		return told("schema "+name, column, says, change)
	}
	element := func(name string, column int, says string, at int, field int, v *tree) hostile {
		return edit(name, column, says, func(f *crafted) { f.schema[at].put(field, v) })
	}
	const id, at, numbers, tags = 1 + idColumn, 1 + timeColumn, 1 + employeesColumn, 1 + tagsColumn
	nested := func(depth int) func(*crafted) {
		return func(f *crafted) {
			f.schema = f.schema[:1]
			f.schema[0] = groupElement("schema", -1, 1, noneWhatso)
			for range depth {
				f.schema = append(f.schema, groupElement("g", optional, 1, noneWhatso))
			}
			f.schema = append(f.schema, leafElement("leaf", typeInt32, optional, noneWhatso))
			f.groups, f.rows = nil, nil
		}
	}
	return []hostile{
		edit("empty", wholeFile, "the schema is empty", func(f *crafted) { f.schema, f.groups, f.rows = nil, nil, nil }),
		edit("of no columns", wholeFile, "the column chunk", func(f *crafted) { f.schema = []*tree{groupElement("schema", -1, 0, noneWhatso)} }).harmful(wholeFile, "column"),
		edit("of no columns and rows", idColumn, "", func(f *crafted) {
			f.schema, f.groups, f.rows = []*tree{groupElement("schema", -1, 0, noneWhatso)}, nil, nil
		}).byRun("has no column"),
		element("root with a column too many", wholeFile, "declares 9 columns and ends after 8", 0, 5, i32(9)),
		element("root with a column too few", wholeFile, "3 elements too many", 0, 5, i32(7)),
		element("root with 2 billion columns", wholeFile, "declares 2147483647 columns and ends after 8", 0, 5, i32(1<<31-1)),
		element("root with -1 columns", wholeFile, "does not begin with a group", 0, 5, i32(-1)),
		element("root that is a column", wholeFile, "does not begin with a group", 0, 1, i32(int(typeInt32))),
		element("root that is optional", idColumn, "", 0, 3, i32(int(optional))),
		element("root that is repeated", idColumn, "", 0, 3, i32(int(repeated))),
		edit("deep", wholeFile, "nested more than 48 deep", nested(60)),
		edit("deeper", wholeFile, "nested more than 48 deep", nested(3000)),
		edit("of one column and a name of 50 KiB", idColumn, "", func(f *crafted) {
			nested(0)(f)
			f.schema[1].put(4, binaryOf(strings.Repeat("x", 50<<10)))
		}).byRun("has no column").other(),
		element("group that claims what follows", wholeFile, "the schema", tags, 5, i32(2)),
		element("group that claims 2 billion", wholeFile, "the schema ends within a group", tags, 5, i32(1<<31-1)),
		element("group that claims -1", wholeFile, "has -1 columns", tags, 5, i32(-1)),
		element("group of nothing", wholeFile, "the schema has 2 elements too many", tags, 5, i32(0)),
		element("group with a type", wholeFile, "has both a type and columns below it", tags, 1, i32(int(typeInt32))),
		edit("list of nothing", wholeFile, "column chunks", func(f *crafted) { f.schema = f.schema[:10]; f.schema[9].put(5, i32(0)) }),
		element("column with columns", wholeFile, "has both a type and columns below it", id, 5, i32(1)),
		edit("column without a type", wholeFile, "", func(f *crafted) { f.schema[at].drop(1) }).harmful(wholeFile, "column chunks"),
		element("type unknown", wholeFile, "unknown physical type 42", at, 1, i32(42)),
		element("type negative", wholeFile, "unknown physical type -7", at, 1, i32(-7)),
		element("repetition unknown", wholeFile, "unknown repetition 9", at, 3, i32(9)),
		edit("repetition missing", wholeFile, "neither required, optional nor repeated", func(f *crafted) { f.schema[at].drop(3) }),
		edit("name missing", wholeFile, "an element without a name", func(f *crafted) { f.schema[at].drop(4) }),
		edit("name of no letters", employeesColumn, "", func(f *crafted) { f.rename(numbers, "") }).byRun("employees"),
		edit("name that is no text", tagsColumn, "", func(f *crafted) { f.rename(tags, "\xff\xfe") }).byRun("tags"),
		edit("name twice", idColumn, "two columns of that name", func(f *crafted) { f.rename(1+countryColumn, "contact_id") }).and(countryColumn).byRun("two columns of one name"),
		edit("name twice among others", channelColumn, "two columns of that name", func(f *crafted) { f.rename(1+actionColumn, "channel") }).and(actionColumn).byRun("no column \"action\""),
		element("annotation unknown", wholeFile, "cannot be applied", numbers, 6, i32(99)),
		element("annotation of another type", wholeFile, "can only annotate", numbers, 6, i32(isUTF8)),
		element("annotation of a list on a number", wholeFile, "cannot be applied", numbers, 6, i32(isList)),
		edit("decimal of 0 digits", wholeFile, "invalid decimal precision", func(f *crafted) {
			f.schema[numbers].put(6, i32(5))
			f.schema[numbers].put(7, i32(-3))
			f.schema[numbers].put(8, i32(0))
		}),
		edit("decimal of 2 billion digits", employeesColumn, "cannot be read", func(f *crafted) {
			f.schema[numbers].put(6, i32(5))
			f.schema[numbers].put(7, i32(1<<31-1))
			f.schema[numbers].put(8, i32(1<<31-1))
		}).byRun("a type that cannot be read"),
		edit("logical type of two kinds", wholeFile, "cannot be applied", func(f *crafted) {
			f.schema[numbers].put(10, structOf(map[int]*tree{1: structOf(nil), 3: structOf(nil)}))
		}),
		edit("logical integer of 77 bits", wholeFile, "cannot be applied", func(f *crafted) {
			f.schema[numbers].put(10, structOf(map[int]*tree{10: structOf(map[int]*tree{1: {typ: thriftByte, number: 77}, 2: {typ: thriftTrue}})}))
		}),
		edit("map without key and value", tagsColumn, "", func(f *crafted) { f.schema[tags].put(6, i32(1)) }).harmful(tagsColumn, "cannot be read").byRun("a type that cannot be read"),
		edit("fixed width 0", wholeFile, "values of 0 bytes each", func(f *crafted) { f.fixed(0) }),
		edit("fixed width -1", wholeFile, "values of -1 bytes each", func(f *crafted) { f.fixed(-1) }),
		edit("fixed width 2^31-1", wholeFile, "values of 2147483647 bytes each", func(f *crafted) { f.fixed(1<<31 - 1) }),
		edit("fixed width beyond the page", employeesColumn, "", func(f *crafted) { f.fixed(60_000) }).harmful(employeesColumn, "damaged").byRun("employees"),
		edit("fixed width of the page", employeesColumn, "", func(f *crafted) { f.fixed(7) }).harmful(employeesColumn, "damaged").byRun("employees"),
		edit("contact_id that repeats", wholeFile, "", func(f *crafted) { f.schema[id].put(3, i32(int(repeated))) }).harmful(idColumn, "damaged").byRun("contact_id"),
	}
}

// rename gives a top-level column another name, in the schema and in all chunks.
func (f *crafted) rename(element int, name string) {
	f.schema[element].put(4, binaryOf(name))
	for _, chunks := range f.groups {
		chunks[element-1].path[0] = name
	}
}

// fixed makes employees a column of values of a fixed width.
func (f *crafted) fixed(width int) {
	e := f.schema[1+employeesColumn]
	e.put(1, i32(int(typeFixed)))
	e.put(2, i32(width))
	for _, chunks := range f.groups {
		chunks[employeesColumn].typ = typeFixed
	}
}
