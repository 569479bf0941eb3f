package parquetio

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// hostile is a file of the corpus: what is wrong with it, and what must come of it.
type hostile struct {
	name   string // of the file; what comes before the first blank is the class
	column int    // where it shows; wholeFile: nothing of the file can be read
	says   string // part of the error; empty: the lie is harmless, and the rows are read right
	tell   func(*crafted)

	run     string // part of the run's error, where the reader sees nothing wrong
	changed bool   // the values are others than those of the sound file
	endless bool   // it has too many rows to look at each
	also    int    // another column that is refused; wholeFile: none
}

const wholeFile = -1

func told(name string, column int, says string, tell func(*crafted)) hostile {
	return hostile{name: name, column: column, says: says, tell: tell, also: wholeFile}
}

// bodyAndFoot takes a file apart.
func bodyAndFoot(b []byte) (body, foot []byte) {
	size := int(binary.LittleEndian.Uint32(b[len(b)-8:]))
	return b[:len(b)-8-size], b[len(b)-8-size : len(b)-8]
}

// fileLies are those of the bytes as a whole.
func fileLies() []hostile {
	whole := func(name, says string, change func(b []byte) []byte) hostile {
		return told("file "+name, wholeFile, says, func(f *crafted) { f.whole = change })
	}
	length := func(name, says string, give func(foot uint32, size int) uint32) hostile {
		return whole("footer length "+name, says, func(b []byte) []byte {
			at := b[len(b)-8:]
			binary.LittleEndian.PutUint32(at, give(binary.LittleEndian.Uint32(at), len(b)))
			return b
		})
	}
	foot := func(name, says string, bytes ...byte) hostile {
		return whole(name, says, func(b []byte) []byte { body, _ := bodyAndFoot(b); return sealed(body, bytes) })
	}
	const interrupted = "was the upload interrupted?"
	return []hostile{
		whole("sound", "", func(b []byte) []byte { return b }),
		whole("of no bytes", "the file is empty", func([]byte) []byte { return nil }),
		whole("of one byte", "too few for a Parquet file", func(b []byte) []byte { return b[:1] }),
		whole("of a magic", "too few for a Parquet file", func([]byte) []byte { return []byte(magic) }),
		whole("of two magics", "too few for a Parquet file", func([]byte) []byte { return []byte(magic + magic) }),
		whole("of three magics", "more than the whole file", func([]byte) []byte { return []byte(magic + magic + magic) }),
		whole("without footer", "the data ends within a value", func([]byte) []byte { return sealed([]byte(magic), nil) }),
		whole("of text", "this is not a Parquet file", func([]byte) []byte { return []byte(strings.Repeat("id,name\n", 100)) }),
		whole("of zeros", "this is not a Parquet file", func(b []byte) []byte { return make([]byte, len(b)) }),
		whole("cut by a byte", interrupted, func(b []byte) []byte { return b[:len(b)-1] }),
		whole("cut in half", interrupted, func(b []byte) []byte { return b[:len(b)/2] }),
		whole("without its beginning", "does not begin so", func(b []byte) []byte { return b[4:] }),
		whole("with an end twice", "more than the whole file", func(b []byte) []byte { return append(b, magic...) }),
		whole("twice in one", "", func(b []byte) []byte { return append(b, b...) }),
		whole("without data", "but the data ends at 4", func(b []byte) []byte { _, foot := bodyAndFoot(b); return sealed([]byte(magic), foot) }),
		whole("encrypted", "the file is encrypted", func(b []byte) []byte { return append(b[:len(b)-4], magicEncrypted...) }),
		length("0", "the data ends within a value", func(uint32, int) uint32 { return 0 }),
		length("of the file", "more than the whole file", func(_ uint32, size int) uint32 { return uint32(size) }),
		length("of 4 GiB", "more than the whole file", func(uint32, int) uint32 { return 1<<32 - 1 }),
		length("of 2 GiB", "more than the whole file", func(uint32, int) uint32 { return 1 << 31 }),
		length("short", "", func(n uint32, _ int) uint32 { return n - 1 }).harmful(wholeFile, "damaged"),
		length("long", "", func(n uint32, _ int) uint32 { return n + 1 }).harmful(wholeFile, "damaged"),
		foot("thrift of a list of 4 billion", "the data ends within a value", 0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f),
		foot("thrift of a list of 2^63", "the data ends within a value", 0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
		foot("thrift of a list of stops", "the schema", append([]byte{0x29, 0xfc, 100}, bytes.Repeat([]byte{0}, 100)...)...),
		foot("thrift of a set of 4 billion", "the data ends within a value", 0x7a, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x0f),
		foot("thrift of a map of 4 billion", "the data ends within a value", 0x7b, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x88),
		foot("thrift of a text of 2^63", "the data ends within a value", 0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
		foot("thrift of structs in structs", "nested more than 48 deep", bytes.Repeat([]byte{0x1c}, 3000)...),
		foot("thrift of lists in lists", "nested more than 48 deep", append([]byte{0x79}, bytes.Repeat([]byte{0x19}, 3000)...)...),
		foot("thrift of a number without end", "more than 64 bits", append([]byte{0x16}, bytes.Repeat([]byte{0x80}, 300)...)...),
		foot("thrift of a number of 80 bits", "more than 64 bits", 0x16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
		foot("thrift of an unknown type", "unknown type 14", 0x1e, 0, 0),
		whole("thrift with more behind it", "", func(b []byte) []byte {
			body, foot := bodyAndFoot(b)
			return sealed(body, append(foot[:len(foot):len(foot)], "more"...))
		}),
	}
}

// harmful gives the lie another outcome.
func (l hostile) harmful(column int, says string) hostile {
	l.column, l.says = column, says
	return l
}

// footerLies are those of a footer that is well formed.
func footerLies() []hostile {
	set := func(name string, column int, says string, v int64, path ...int) hostile {
		return told("footer "+name, column, says, func(f *crafted) { f.say(v, path...) })
	}
	edit := func(name string, column int, says string, change func(*tree)) hostile {
		return told("footer "+name, column, says, func(f *crafted) { f.foot = append(f.foot, change) })
	}
	garbage := structOf(map[int]*tree{1: binaryOf("zzzz"), 2: binaryOf("aaaa"), 3: i64(-5), 4: i64(1 << 62), 5: binaryOf("\xff\xff"), 6: binaryOf("\x00")})
	rows := func(name, says string, n int) hostile {
		return told("footer "+name, wholeFile, says, func(f *crafted) {
			f.rows[1] = n
			for _, k := range f.groups[1] {
				k.values = n
			}
		})
	}
	const damaged = "the column chunk should be the "
	return []hostile{
		set("rows one more", wholeFile, "the file declares 17 rows, its row groups 16", 17, 3),
		set("rows one fewer", wholeFile, "the file declares 15 rows, its row groups 16", 15, 3),
		set("rows none", wholeFile, "the file declares 0 rows, its row groups 16", 0, 3),
		set("rows negative", wholeFile, "does not say how many rows", -1, 3),
		set("rows 2^60", wholeFile, "declares 1152921504606846976 rows", 1<<60, 3),
		edit("rows unsaid", wholeFile, "does not say how many rows", func(t *tree) { t.drop(3) }),
		set("group rows negative", wholeFile, "does not say how many rows the row group has", -8, 4, 1, 3),
		told("footer group rows one more", wholeFile, "declares 8 values, the row group 9 rows", func(f *crafted) { f.rows[1] = 9 }),
		told("footer group rows overflow", wholeFile, "rows", func(f *crafted) { f.rows[0], f.rows[1] = 1<<63-1, 9 }),
		rows("group rows 2^31", "declares 2147483656 rows", 1<<31),
		rows("group rows 2 billion", "declares 2000000008 rows", 2_000_000_000),
		told("footer values one more", wholeFile, "declares 9 values", func(f *crafted) { f.say(9, meta(idColumn, 5)...) }),
		set("values negative", wholeFile, "declares -1 values", -1, meta(timeColumn, 5)...),
		set("values of a list 2^62", wholeFile, "values", 1<<62, meta(tagsColumn, 5)...),
		set("values of a list fewer than rows", wholeFile, "fewer than the 8 rows", 7, meta(tagsColumn, 5)...),
		set("values of a list one more", tagsColumn, "ends after 10 of 11 values", 11, meta(tagsColumn, 5)...),
		set("offset past the end", wholeFile, damaged, 1<<40, meta(timeColumn, 9)...),
		set("offset 2^63-1", wholeFile, damaged, 1<<63-1, meta(timeColumn, 9)...),
		set("offset negative", wholeFile, damaged, -100, meta(timeColumn, 9)...),
		set("offset 0", wholeFile, damaged, 0, meta(timeColumn, 9)...),
		edit("offset unsaid", wholeFile, damaged, func(t *tree) { t.at(meta(timeColumn)...).drop(9) }),
		edit("offset in the footer", wholeFile, damaged, func(t *tree) { t.at(meta(tagsColumn, 9)...).number += 60 }),
		edit("chunks that overlap", wholeFile, "overlap", func(t *tree) { t.at(meta(channelColumn, 9)...).number = t.at(meta(timeColumn, 9)...).number }),
		edit("chunks that are one", wholeFile, "overlap", func(t *tree) {
			for _, field := range []int{6, 7, 9, 11} {
				t.at(4, 1, 1, idColumn, 3, field).number = t.at(4, 0, 1, idColumn, 3, field).number
			}
		}),
		set("dictionary offset past the end", wholeFile, "overlaps", 1<<40, meta(idColumn, 11)...),
		set("dictionary offset negative", wholeFile, "overlaps", -1<<40, meta(idColumn, 11)...),
		set("dictionary offset 1", wholeFile, damaged, 1, meta(idColumn, 11)...),
		edit("dictionary offset in the page", wholeFile, "", func(t *tree) { t.at(meta(idColumn, 11)...).number += 3 }).harmful(wholeFile, "overlap"),
		set("length negative", wholeFile, "declares a length of -1 bytes", -1, meta(timeColumn, 7)...),
		set("length 2^63-1", wholeFile, damaged, 1<<63-1, meta(timeColumn, 7)...),
		set("length 0", wholeFile, "", 0, meta(timeColumn, 7)...).harmful(timeColumn, "ends after 0 of 8 values"),
		edit("length short", timeColumn, "runs beyond the end of its column chunk", func(t *tree) { t.at(meta(timeColumn, 7)...).number -= 3 }),
		edit("length long", wholeFile, "overlap", func(t *tree) { t.at(meta(timeColumn, 7)...).number += 3 }),
		set("length unpacked negative", wholeFile, "-1 unpacked", -1, meta(timeColumn, 6)...),
		set("length unpacked 2^62", timeColumn, "", 1<<62, meta(timeColumn, 6)...),
		set("codec unknown", idColumn, "compressed with codec 99, which is not supported", 99, meta(idColumn, 4)...),
		set("codec negative", idColumn, "which is not supported", -7, meta(idColumn, 4)...),
		set("codec lzo", idColumn, "compressed with lzo, which is not supported", int64(codecLZO), meta(idColumn, 4)...),
		set("type of a chunk", wholeFile, "the column chunk holds DOUBLE, the schema says INT64", int64(typeDouble), meta(timeColumn, 1)...),
		set("type of a chunk unknown", wholeFile, "the column chunk holds unknown", 77, meta(timeColumn, 1)...),
		edit("path of another column", wholeFile, "that of another column", func(t *tree) { t.at(meta(countryColumn, 3, 0)...).raw = []byte("channel") }),
		edit("path missing", wholeFile, "PathInSchema is not set", func(t *tree) { t.at(meta(timeColumn)...).drop(3) }),
		edit("chunk missing", wholeFile, "7 column chunks, the schema 8 columns", func(t *tree) { l := t.at(4, 1, 1); l.kids = l.kids[:7] }),
		edit("chunk twice", wholeFile, "9 column chunks, the schema 8 columns", func(t *tree) { l := t.at(4, 1, 1); l.kids = append(l.kids, l.kids[7]) }),
		edit("chunk without description", wholeFile, "the column chunk is not described", func(t *tree) { t.at(4, 1, 1, timeColumn).drop(3) }),
		edit("chunk in another file", idColumn, "the column's data is in another file", func(t *tree) { t.at(4, 1, 1, idColumn).put(1, binaryOf("/etc/passwd")) }),
		edit("chunk encrypted", idColumn, "the column is encrypted", func(t *tree) { t.at(4, 1, 1, idColumn).put(8, structOf(map[int]*tree{1: structOf(nil)})) }),
		edit("chunk with encrypted metadata", idColumn, "the column is encrypted", func(t *tree) { t.at(4, 1, 1, idColumn).put(9, binaryOf("secret")) }),
		edit("groups twice", wholeFile, "two lists of row groups", func(t *tree) { t.ids, t.kids = append(t.ids, 4), append(t.kids, t.at(4)) }),
		edit("schema twice", wholeFile, "two schemas", func(t *tree) { t.ids, t.kids = append(t.ids, 2), append(t.kids, t.at(2)) }),
		edit("schema last", wholeFile, "the schema 0 columns", func(t *tree) { s := t.at(2); t.drop(2); t.put(2, s) }),
		edit("schema missing", wholeFile, "the schema 0 columns", func(t *tree) { t.drop(2) }),
		edit("schema of numbers", wholeFile, "a list holds values of another type", func(t *tree) { t.put(2, listOf(thriftI32, i32(1), i32(2))) }),
		edit("groups of numbers", wholeFile, "a list holds values of another type", func(t *tree) { t.put(4, listOf(thriftI64, i64(1))) }),
		edit("groups missing", wholeFile, "the file declares 16 rows, its row groups 0", func(t *tree) { t.drop(4) }),
		edit("statistics of a chunk", idColumn, "", func(t *tree) { t.at(meta(idColumn)...).put(12, garbage) }),
		edit("statistics of an INT64 chunk", timeColumn, "", func(t *tree) { t.at(meta(timeColumn)...).put(12, garbage) }),
		edit("statistics of an INT32 chunk", employeesColumn, "", func(t *tree) { t.at(meta(employeesColumn)...).put(12, garbage) }),
		edit("bloom filter past the end", idColumn, "", func(t *tree) { m := t.at(meta(idColumn)...); m.put(14, i64(1<<50)); m.put(15, i32(1<<31-1)) }),
		edit("bloom filter negative", idColumn, "", func(t *tree) { m := t.at(meta(idColumn)...); m.put(14, i64(-1)); m.put(15, i32(-1)) }),
		edit("page index past the end", idColumn, "", func(t *tree) {
			k := t.at(4, 1, 1, idColumn)
			k.put(4, i64(1<<50))
			k.put(5, i32(1<<31-1))
			k.put(6, i64(-1))
			k.put(7, i32(-1))
		}),
		edit("offset of a chunk in itself", idColumn, "", func(t *tree) { t.at(4, 1, 1, idColumn, 2).number = 1 << 60 }),
		edit("encoding counts", idColumn, "", func(t *tree) {
			t.at(meta(channelColumn)...).put(13, listOf(thriftStruct, structOf(map[int]*tree{1: i32(0), 2: i32(encodingRLEDictionary), 3: i32(1<<31 - 1)})))
			t.at(meta(idColumn)...).put(13, listOf(thriftStruct, structOf(map[int]*tree{1: i32(0), 2: i32(encodingPlain), 3: i32(-1)})))
		}),
		edit("encodings", idColumn, "", func(t *tree) { t.at(meta(idColumn)...).put(2, listOf(thriftI32, i32(77), i32(-1))) }),
		edit("encodings of another type", wholeFile, "the list of encodings holds other values", func(t *tree) { t.at(meta(idColumn)...).put(2, listOf(thriftBinary, binaryOf("x"))) }),
		edit("sizes of groups", idColumn, "", func(t *tree) { t.at(4, 1, 2).number = -1; t.at(4, 1).put(6, i64(1<<62)); t.at(4, 1).put(5, i64(-1)) }),
		edit("sorting", idColumn, "", func(t *tree) {
			t.at(4, 1).put(4, listOf(thriftStruct, structOf(map[int]*tree{1: i32(1<<31 - 1), 2: {typ: thriftTrue}, 3: {typ: thriftTrue}})))
		}),
		edit("writer of old", idColumn, "", func(t *tree) { t.at(6).raw = []byte("parquet-mr version 1.2.8") }),
		edit("writer of binary", idColumn, "", func(t *tree) { t.at(6).raw = bytes.Repeat([]byte{0xff}, 1000) }),
		edit("Arrow schema of garbage", idColumn, "", func(t *tree) {
			t.put(5, listOf(thriftStruct, structOf(map[int]*tree{1: binaryOf("ARROW:schema"), 2: binaryOf("/////3gAAAAQAAAAAAAKAAwABgAF")})))
		}),
		edit("version 2^31-1", idColumn, "", func(t *tree) { t.at(1).number = 1<<31 - 1 }),
		edit("fields of the future", idColumn, "", func(t *tree) {
			t.put(900, structOf(map[int]*tree{1: listOf(thriftBinary, binaryOf("x"), binaryOf("y")), 2: {typ: thriftDouble, raw: make([]byte, 8)}}))
		}),
		edit("column orders too few", idColumn, "", func(t *tree) { t.put(7, listOf(thriftStruct, structOf(map[int]*tree{1: structOf(nil)}))) }),
		edit("encryption announced", idColumn, "", func(t *tree) { t.put(8, structOf(map[int]*tree{1: structOf(nil)})) }),
	}
}

// byRun says what a run says of a file that the reader finds nothing wrong with.
func (l hostile) byRun(says string) hostile {
	l.run = says
	return l
}

// and says which other column is refused as well.
func (l hostile) and(column int) hostile {
	l.also = column
	return l
}

// other notes that the values are not those of the sound file.
func (l hostile) other() hostile {
	l.changed = true
	return l
}

// many notes that the rows are too many to look at each.
func (l hostile) many() hostile {
	l.endless = true
	return l
}
