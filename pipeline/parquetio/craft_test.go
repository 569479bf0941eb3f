package parquetio

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A crafted file is put together byte by byte, so that any part of it can be made to lie. Its rows do as contacts, as
// engagements and as lists, and its columns stand for the ways in which columns are read:
//
//	contact_id   text, optional, dictionary        by pages, in every table
//	occurred_at  INT64 microseconds, UTC           by pages, in engagements
//	channel      text, plain                       by pages, in engagements
//	action       text, optional, dictionary        by pages, in engagements
//	list         text, dictionary of one entry     by pages, in lists
//	country      text, optional, plain             by pages, in contacts
//	employees    INT32, optional, plain            as Arrow, in contacts
//	tags         list of texts                     as Arrow, in contacts
type crafted struct {
	schema []*tree        // elements, the root first
	groups [][]*chunkPart // by row group, by column
	rows   []int          // by row group
	foot   []func(*tree)  // lies of the footer, told last
	whole  func([]byte) []byte
}

// chunkPart is a column chunk.
type chunkPart struct {
	typ    physical
	path   []string
	codec  codec
	values int
	pages  []*pagePart
}

// pagePart is a page: its header, which can be made to lie, and its bytes.
type pagePart struct {
	header *tree
	body   []byte
}

const (
	craftedRows   = 8 // of a row group
	craftedGroups = 2
	idColumn      = iota - 2
	timeColumn
	channelColumn
	actionColumn
	listColumn
	countryColumn
	employeesColumn
	tagsColumn
)

// Thrift values.
func i32(v int) *tree         { return &tree{typ: thriftI32, number: int64(v)} }
func i64(v int64) *tree       { return &tree{typ: thriftI64, number: v} }
func binaryOf(s string) *tree { return &tree{typ: thriftBinary, raw: []byte(s)} }
func listOf(elem byte, kids ...*tree) *tree {
	return &tree{typ: thriftList, elem: elem, kids: kids}
}
func structOf(fields map[int]*tree) *tree {
	t := &tree{typ: thriftStruct}
	for id := range 64 {
		if f := fields[id]; f != nil {
			t.put(id, f)
		}
	}
	return t
}

// put adds a field, or replaces the one that has its id.
func (t *tree) put(id int, v *tree) {
	for i := range t.ids {
		if int(t.ids[i]) == id {
			t.kids[i] = v
			return
		}
	}
	t.ids, t.kids = append(t.ids, int16(id)), append(t.kids, v)
}

// drop takes a field out.
func (t *tree) drop(id int) {
	for i := range t.ids {
		if int(t.ids[i]) == id {
			t.ids, t.kids = append(t.ids[:i:i], t.ids[i+1:]...), append(t.kids[:i:i], t.kids[i+1:]...)
			return
		}
	}
}

func leafElement(name string, typ physical, repetition int8, annotation int) *tree {
	e := structOf(map[int]*tree{1: i32(int(typ)), 3: i32(int(repetition)), 4: binaryOf(name)})
	if annotation >= 0 {
		e.put(6, i32(annotation))
	}
	return e
}

func groupElement(name string, repetition int8, children, annotation int) *tree {
	e := structOf(map[int]*tree{4: binaryOf(name), 5: i32(children)})
	if repetition >= 0 {
		e.put(3, i32(int(repetition)))
	}
	if annotation >= 0 {
		e.put(6, i32(annotation))
	}
	return e
}

// Annotations.
const (
	isUTF8      = 0
	isList      = 3
	isMicros    = 10
	noneWhatso  = -1
	dayOfMicros = 86_400_000_000
)

// craft gives the sound file that all lies begin with: two row groups of eight rows.
func craft() *crafted {
	f := &crafted{schema: []*tree{
		groupElement("schema", -1, 8, noneWhatso),
		leafElement("contact_id", typeByteArray, optional, isUTF8),
		leafElement("occurred_at", typeInt64, required, isMicros),
		leafElement("channel", typeByteArray, required, isUTF8),
		leafElement("action", typeByteArray, optional, isUTF8),
		leafElement("list", typeByteArray, required, isUTF8),
		leafElement("country", typeByteArray, optional, isUTF8),
		leafElement("employees", typeInt32, optional, noneWhatso),
		groupElement("tags", optional, 1, isList),
		groupElement("list", repeated, 1, noneWhatso),
		leafElement("element", typeByteArray, optional, isUTF8),
	}}
	for g := range craftedGroups {
		f.rows = append(f.rows, craftedRows)
		f.groups = append(f.groups, craftGroup(g*craftedRows, craftedRows))
	}
	return f
}

func craftGroup(first, rows int) []*chunkPart {
	var ids, channels, countries []string
	var times []int64
	var numbers []int32
	var idCodes, actionCodes, listCodes, actionLevels, countryLevels []int
	var tagRepetitions, tagDefinitions []int
	var tags []string
	for i := range rows {
		row := first + i
		ids, idCodes = append(ids, fmt.Sprintf("c%02d", row)), append(idCodes, i)
		times = append(times, (20400+int64(row))*dayOfMicros) // from 2025-11-08 on
		channels = append(channels, []string{"email", "website"}[row%2])
		listCodes = append(listCodes, 0)
		actionLevels = append(actionLevels, min(row%5, 1))
		if row%5 > 0 {
			actionCodes = append(actionCodes, row%2)
		}
		countryLevels = append(countryLevels, min(row%3, 1))
		if row%3 > 0 {
			countries = append(countries, []string{"SE", "DE"}[row%2])
			numbers = append(numbers, int32(row*10))
		}
		switch row % 4 { // null, empty, one, two
		case 0, 1:
			tagRepetitions, tagDefinitions = append(tagRepetitions, 0), append(tagDefinitions, row%4)
		case 2:
			tagRepetitions, tagDefinitions, tags = append(tagRepetitions, 0), append(tagDefinitions, 3), append(tags, "vip")
		case 3:
			tagRepetitions, tagDefinitions, tags = append(tagRepetitions, 0, 1), append(tagDefinitions, 3, 2), append(tags, "x")
		}
	}
	all := make([]int, rows)
	for i := range all {
		all[i] = 1
	}
	tagBody := append(levelsOf(tagRepetitions, 1), levelsOf(tagDefinitions, 3)...)
	return []*chunkPart{
		{typ: typeByteArray, path: []string{"contact_id"}, values: rows, pages: []*pagePart{
			dictionaryPage(len(ids), plainTexts(ids...)), dataPage(rows, encodingRLEDictionary, append(levelsOf(all, 1), codesOf(idCodes, bits.Len(uint(rows)))...))}},
		{typ: typeInt64, path: []string{"occurred_at"}, values: rows, pages: []*pagePart{dataPage(rows, encodingPlain, plainInt64s(times...))}},
		{typ: typeByteArray, path: []string{"channel"}, values: rows, pages: []*pagePart{dataPage(rows, encodingPlain, plainTexts(channels...))}},
		{typ: typeByteArray, path: []string{"action"}, values: rows, pages: []*pagePart{
			dictionaryPage(2, plainTexts("clicked", "opened")), dataPage(rows, encodingRLEDictionary, append(levelsOf(actionLevels, 1), codesOf(actionCodes, 1)...))}},
		{typ: typeByteArray, path: []string{"list"}, values: rows, pages: []*pagePart{
			dictionaryPage(1, plainTexts("Partners")), dataPage(rows, encodingRLEDictionary, codesOf(listCodes, 1))}},
		{typ: typeByteArray, path: []string{"country"}, values: rows, pages: []*pagePart{dataPage(rows, encodingPlain, append(levelsOf(countryLevels, 1), plainTexts(countries...)...))}},
		{typ: typeInt32, path: []string{"employees"}, values: rows, pages: []*pagePart{dataPage(rows, encodingPlain, append(levelsOf(countryLevels, 1), plainInt32s(numbers...)...))}},
		{typ: typeByteArray, path: []string{"tags", "list", "element"}, values: len(tagDefinitions), pages: []*pagePart{dataPage(len(tagDefinitions), encodingPlain, append(tagBody, plainTexts(tags...)...))}},
	}
}

// chunk gives a column chunk of the second row group, where most lies are: what comes before it is sound.
func (f *crafted) chunk(column int) *chunkPart { return f.groups[craftedGroups-1][column] }

// data gives the chunk's data page.
func (k *chunkPart) data() *pagePart { return k.pages[len(k.pages)-1] }

// say makes the footer say v, an i32 or an i64, at a place.
func (f *crafted) say(v int64, path ...int) {
	f.foot = append(f.foot, func(t *tree) { t.at(path...).number = v })
}

// meta is the place of a column's metadata in the footer, in the second row group.
func meta(column int, field ...int) []int {
	return append([]int{4, craftedGroups - 1, 1, column, 3}, field...)
}

// say makes the header say v at a place.
func (p *pagePart) say(v int64, path ...int) { p.header.at(path...).number = v }

// fill gives the page another body, and the header its true length.
func (p *pagePart) fill(body []byte) {
	p.body = body
	p.say(int64(len(body)), 2)
	p.say(int64(len(body)), 3)
}

func dataPage(values int, encoding int, body []byte) *pagePart {
	return &pagePart{body: body, header: structOf(map[int]*tree{1: i32(int(pageData)), 2: i32(len(body)), 3: i32(len(body)),
		5: structOf(map[int]*tree{1: i32(values), 2: i32(encoding), 3: i32(encodingRLE), 4: i32(encodingRLE)})})}
}

func dataPageV2(values, nulls, encoding int, levels, body []byte) *pagePart {
	whole := append(levels[:len(levels):len(levels)], body...)
	return &pagePart{body: whole, header: structOf(map[int]*tree{1: i32(int(pageDataV2)), 2: i32(len(whole)), 3: i32(len(whole)),
		8: structOf(map[int]*tree{1: i32(values), 2: i32(nulls), 3: i32(values), 4: i32(encoding), 5: i32(len(levels)), 6: i32(0), 7: {typ: thriftFalse}})})}
}

func dictionaryPage(entries int, body []byte) *pagePart {
	return &pagePart{body: body, header: structOf(map[int]*tree{1: i32(int(pageDictionary)), 2: i32(len(body)), 3: i32(len(body)),
		7: structOf(map[int]*tree{1: i32(entries), 2: i32(encodingPlain)})})}
}

func plainTexts(values ...string) (b []byte) {
	for _, v := range values {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(v))), v...)
	}
	return b
}

func plainInt64s(values ...int64) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func plainInt32s(values ...int32) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

// runsOf bit-packs values in one run.
func runsOf(values []int, width int) []byte {
	b := binary.AppendUvarint(nil, uint64((len(values)+7)/8)<<1|1)
	packed := make([]byte, (len(values)+7)/8*width)
	for i, v := range values {
		for k := range width {
			at := i*width + k
			packed[at/8] |= byte(v>>k&1) << (at % 8)
		}
	}
	return append(b, packed...)
}

// levelsOf gives the levels of a V1 page, after their length.
func levelsOf(values []int, highest int) []byte {
	return withLength(runsOf(values, bits.Len(uint(highest))))
}

func withLength(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// codesOf gives dictionary codes, after their width.
func codesOf(values []int, width int) []byte {
	return append([]byte{byte(width)}, runsOf(values, width)...)
}

// repeat gives a run of one value, whose bytes are given.
func repeat(n uint64, value ...byte) []byte { return append(binary.AppendUvarint(nil, n<<1), value...) }

// bytes lays the file out.
func (f *crafted) bytes() []byte {
	b := []byte(magic)
	groups, rows := listOf(thriftStruct), int64(0)
	for g, chunks := range f.groups {
		columns, size := listOf(thriftStruct), int64(0)
		for _, k := range chunks {
			start, unpacked, dictionary, data := int64(len(b)), int64(0), int64(-1), int64(-1)
			for _, p := range k.pages {
				at := int64(len(b))
				b = p.header.together(b, true)
				unpacked += int64(len(b)) - at + p.header.at(2).number
				b = append(b, p.body...)
				if p.header.at(1).number == int64(pageDictionary) && dictionary < 0 {
					dictionary = at
				} else if data < 0 {
					data = at
				}
			}
			path := listOf(thriftBinary)
			for _, name := range k.path {
				path.kids = append(path.kids, binaryOf(name))
			}
			m := map[int]*tree{1: i32(int(k.typ)), 2: listOf(thriftI32, i32(encodingPlain), i32(encodingRLE), i32(encodingRLEDictionary)), 3: path,
				4: i32(int(k.codec)), 5: i64(int64(k.values)), 6: i64(unpacked), 7: i64(int64(len(b)) - start), 9: i64(data)}
			if dictionary >= 0 {
				m[11] = i64(dictionary)
			}
			columns.kids = append(columns.kids, structOf(map[int]*tree{2: i64(0), 3: structOf(m)}))
			size += int64(len(b)) - start
		}
		groups.kids = append(groups.kids, structOf(map[int]*tree{1: columns, 2: i64(size), 3: i64(int64(f.rows[g]))}))
		rows += int64(f.rows[g])
	}
	foot := structOf(map[int]*tree{1: i32(2), 2: listOf(thriftStruct, f.schema...), 3: i64(rows), 4: groups, 6: binaryOf("crafted by leadscore")})
	for _, lie := range f.foot {
		lie(foot)
	}
	b = sealed(b, foot.together(nil, true))
	if f.whole != nil {
		b = f.whole(b)
	}
	return b
}
