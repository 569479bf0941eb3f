package parquetio

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// pageLies are those of page headers, dictionaries, codes and levels.
func pageLies() []hostile {
	header := func(name string, column int, says string, v int64, path ...int) hostile {
		return told("page "+name, column, says, func(f *crafted) { f.chunk(column).data().say(v, path...) })
	}
	edit := func(name string, column int, says string, change func(*chunkPart)) hostile {
		return told(name, column, says, func(f *crafted) { change(f.chunk(column)) })
	}
	// The levels of contact_id, all present, and its codes.
	ones := levelsOf([]int{1, 1, 1, 1, 1, 1, 1, 1}, 1)
	codes := codesOf([]int{0, 1, 2, 3, 4, 5, 6, 7}, 4)
	withCodes := func(name, says string, codes []byte) hostile {
		return edit("codes "+name, idColumn, says, func(k *chunkPart) { k.data().fill(append(bytes.Clone(ones), codes...)) })
	}
	withLevels := func(name, says string, levels []byte) hostile {
		return edit("levels "+name, idColumn, says, func(k *chunkPart) { k.data().fill(append(bytes.Clone(levels), codes...)) })
	}
	tagLevels := func(name, says string, repetitions, definitions []byte) hostile {
		return edit("levels of a list "+name, tagsColumn, says, func(k *chunkPart) {
			k.data().fill(append(append(bytes.Clone(repetitions), definitions...), plainTexts("vip", "x", "vip", "x")...))
		})
	}
	// The sound levels of tags in the second row group.
	repetitions := levelsOf([]int{0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, 1)
	definitions := levelsOf([]int{0, 1, 3, 3, 2, 0, 1, 3, 3, 2}, 3)
	v2 := func(name, says string, change func(p *pagePart)) hostile {
		return edit("page v2 "+name, idColumn, says, func(k *chunkPart) {
			p := dataPageV2(8, 0, encodingRLEDictionary, runsOf([]int{1, 1, 1, 1, 1, 1, 1, 1}, 1), codes)
			change(p)
			k.pages[1] = p
		})
	}
	sums := func(k *chunkPart, wrong int) {
		for i, p := range k.pages {
			sum := int32(crc32.ChecksumIEEE(p.body))
			if i == wrong {
				sum ^= 1
			}
			p.header.put(4, i32(int(sum)))
		}
	}
	const early, damaged = "end too early", "damaged"
	return []hostile{
		header("kind unknown", timeColumn, "ends after 0 of 8 values", 9, 1),
		header("kind negative", timeColumn, "does not say what the page is", -1, 1),
		header("kind of an index", timeColumn, "ends after 0 of 8 values", int64(pageIndex), 1),
		header("unpacked negative", timeColumn, "does not say what the page is or how long", -1, 2),
		header("packed negative", timeColumn, "does not say what the page is or how long", -1, 3),
		header("unpacked 2^31-1", timeColumn, "more than the limit", 1<<31-1, 2),
		header("packed 2^31-1", timeColumn, "runs beyond the end of its column chunk", 1<<31-1, 3),
		header("packed one more", timeColumn, "runs beyond the end of its column chunk", 65, 3),
		header("packed one fewer", timeColumn, "unpacks to 63 bytes, its header says 64", 63, 3),
		header("unpacked one more", timeColumn, "unpacks to 64 bytes, its header says 65", 65, 2),
		header("values one more", timeColumn, "declares 9 values, of which its column chunk has 8 left", 9, 5, 1),
		header("values one fewer", timeColumn, "ends after 7 of 8 values", 7, 5, 1),
		header("values none", timeColumn, "ends after 0 of 8 values", 0, 5, 1),
		header("values negative", timeColumn, "declares -1 values", -1, 5, 1),
		header("values 2^31-1", timeColumn, "declares 2147483647 values", 1<<31-1, 5, 1),
		header("values of 33 bits", timeColumn, "more than 32 bits", 1<<33, 5, 1),
		header("values of a list one more", tagsColumn, "declares 11 values, of which its column chunk has 10 left", 11, 5, 1),
		header("values of a list 2^31-1", tagsColumn, "declares 2147483647 values", 1<<31-1, 5, 1),
		header("encoding unknown", timeColumn, "encoding 77 of INT64 values is not supported", 77, 5, 2),
		header("encoding negative", timeColumn, "encoding -1 of INT64 values is not supported", -1, 5, 2),
		header("encoding of another type", timeColumn, "encoding 6 of INT64 values is not supported", encodingDeltaLength, 5, 2),
		header("encoding of bits", timeColumn, "encoding 4 of INT64 values is not supported", encodingBitPacked, 5, 2),
		header("encoding of codes without dictionary", timeColumn, "the column chunk has no dictionary", encodingRLEDictionary, 5, 2),
		header("encoding of old codes without dictionary", employeesColumn, damaged, encodingPlainDictionary, 5, 2),
		header("encoding of levels unknown", countryColumn, "definition levels in encoding 77", 77, 5, 3),
		edit("page without details", timeColumn, "lacks what a page of its kind must say", func(k *chunkPart) { k.data().header.drop(5) }),
		edit("page with details of a dictionary", timeColumn, "lacks what a page of its kind must say", func(k *chunkPart) {
			h := k.data().header
			v := h.at(5)
			h.drop(5)
			h.put(7, v)
		}),
		edit("page of statistics that lie", timeColumn, "", func(k *chunkPart) {
			k.data().header.at(5).put(5, structOf(map[int]*tree{1: binaryOf("z"), 2: binaryOf(""), 3: i64(-4), 5: binaryOf("\x00"), 6: binaryOf("\xff")}))
		}),
		edit("page with 100 KiB of statistics", timeColumn, "", func(k *chunkPart) {
			k.data().header.at(5).put(5, structOf(map[int]*tree{1: {typ: thriftBinary, raw: bytes.Repeat([]byte("z"), 20<<10)}}))
		}),
		edit("page header of structs in structs", timeColumn, "nested more than 48 deep", func(k *chunkPart) {
			deep := structOf(nil)
			for range 200 {
				deep = structOf(map[int]*tree{9: deep})
			}
			k.data().header.put(20, deep)
		}),
		edit("page header of garbage", timeColumn, "the page header at offset", func(k *chunkPart) {
			k.data().header = structOf(nil)
			k.data().header.put(1, &tree{typ: thriftUUID + 2})
			k.data().header.put(2, i32(0))
			k.data().header.put(3, i32(0))
		}),
		edit("checksum right", idColumn, "", func(k *chunkPart) { sums(k, -1) }),
		edit("checksum of a page wrong", idColumn, "the checksum of the page at offset", func(k *chunkPart) { sums(k, 1) }),
		edit("checksum of a dictionary wrong", idColumn, "the checksum of the page at offset", func(k *chunkPart) { sums(k, 0) }),
		edit("checksum of a number wrong", employeesColumn, "the checksum of the page at offset", func(k *chunkPart) { sums(k, 0) }),
		edit("checksum of a list wrong", tagsColumn, "the checksum of the page at offset", func(k *chunkPart) { sums(k, 0) }),
		v2("sound", "", func(*pagePart) {}),
		v2("checksum wrong", "the checksum of the page at offset", func(p *pagePart) { p.header.put(4, i32(1)) }),
		v2("levels negative", "bytes of levels", func(p *pagePart) { p.say(-1, 8, 5) }),
		v2("levels beyond the page", "bytes of levels", func(p *pagePart) { p.say(int64(len(p.body))+1, 8, 5) }),
		v2("levels 2^31-1 twice", "bytes of levels", func(p *pagePart) { p.say(1<<31-1, 8, 5); p.say(1<<31-1, 8, 6) }),
		v2("levels all of the page", damaged, func(p *pagePart) { p.say(int64(len(p.body)), 8, 5) }),
		v2("levels none", damaged, func(p *pagePart) { p.say(0, 8, 5) }),
		v2("levels too high", "a definition level of 3", func(p *pagePart) { *p = *dataPageV2(8, 0, encodingRLEDictionary, repeat(8, 3), codes) }),
		v2("repetition levels", damaged, func(p *pagePart) { p.say(1, 8, 6) }),
		v2("rows that lie", "", func(p *pagePart) { p.say(1<<31-1, 8, 3) }),
		v2("nulls that lie", "", func(p *pagePart) { p.say(-8, 8, 2) }).harmful(idColumn, ""),
		v2("compressed and not", "", func(p *pagePart) { p.header.at(8).drop(7) }),
		v2("details of v1", "lacks what a page of its kind must say", func(p *pagePart) { v := p.header.at(8); p.header.drop(8); p.header.put(5, v) }),

		edit("dictionary missing", idColumn, "the column chunk has no dictionary", func(k *chunkPart) { k.pages = k.pages[1:] }),
		edit("dictionary twice", idColumn, "dictionar", func(k *chunkPart) { k.pages = append([]*pagePart{k.pages[0]}, k.pages...) }),
		edit("dictionary after the data", idColumn, "no dictionary", func(k *chunkPart) { k.pages[0], k.pages[1] = k.pages[1], k.pages[0] }),
		edit("dictionary amid the data", channelColumn, "", func(k *chunkPart) {
			a, d := *dataPage(4, encodingPlain, plainTexts("email", "website", "email", "website")), dictionaryPage(1, plainTexts("x"))
			k.pages = []*pagePart{&a, d, dataPage(4, encodingPlain, plainTexts("email", "website", "email", "website"))}
		}).harmful(channelColumn, "a second dictionary, or one amid its data"),
		edit("dictionary of -1 entries", idColumn, "declares -1 entries", func(k *chunkPart) { k.pages[0].say(-1, 7, 1) }),
		edit("dictionary of 2 billion entries", idColumn, "declares 2147483647 entries", func(k *chunkPart) { k.pages[0].say(1<<31-1, 7, 1) }),
		edit("dictionary of one entry more", idColumn, "fewer values than its header declares", func(k *chunkPart) { k.pages[0].say(9, 7, 1) }),
		edit("dictionary of one entry fewer", idColumn, "the code 7, the dictionary 7 entries", func(k *chunkPart) { k.pages[0].say(7, 7, 1) }),
		edit("dictionary of nothing", idColumn, "the dictionary 0 entries", func(k *chunkPart) { k.pages[0] = dictionaryPage(0, nil) }),
		edit("dictionary of another encoding", idColumn, "the dictionary has encoding 6", func(k *chunkPart) { k.pages[0].say(encodingDeltaLength, 7, 2) }),
		edit("dictionary unpacked 2^31-1", idColumn, "more than the limit", func(k *chunkPart) { k.pages[0].say(1<<31-1, 2) }),
		edit("dictionary of huge values", idColumn, "fewer values than its header declares", func(k *chunkPart) {
			k.pages[0].fill(append([]byte{0xff, 0xff, 0xff, 0x7f}, k.pages[0].body[4:]...))
		}),
		edit("dictionary with more behind it", idColumn, "", func(k *chunkPart) { k.pages[0].fill(append(bytes.Clone(k.pages[0].body), "more"...)) }),

		withCodes("beyond the dictionary", "the code 15, the dictionary 8 entries", codesOf([]int{0, 1, 2, 3, 4, 5, 6, 15}, 4)),
		withCodes("beyond the dictionary in a run", "the code 200, the dictionary 8 entries", append([]byte{8}, repeat(8, 200)...)),
		withCodes("of 32 bits", "the dictionary 8 entries", append([]byte{32}, repeat(8, 0xff, 0xff, 0xff, 0xff)...)),
		withCodes("of 33 bits", "codes of 33 bits", append([]byte{33}, repeat(8, 1, 0, 0, 0, 0)...)),
		withCodes("of 255 bits", "codes of 255 bits", []byte{255, 3, 0, 0, 0, 0, 0}),
		withCodes("missing", early, nil),
		withCodes("of a width alone", early, []byte{4}),
		withCodes("too few", early, append([]byte{4}, repeat(7, 1)...)),
		withCodes("in a run of 2^62", early, append([]byte{4}, repeat(1<<62, 1)...)),
		withCodes("in a packed run of 2 billion without bytes", early, append([]byte{4}, binary.AppendUvarint(nil, 1<<32|1)...)),
		withCodes("in runs of nothing", early, append([]byte{4}, bytes.Repeat([]byte{0, 1}, 2000)...)),
		withCodes("in a head without end", early, append([]byte{4}, bytes.Repeat([]byte{0xff}, 40)...)),

		withLevels("too high", "a definition level of 2", withLength(repeat(8, 2))),
		withLevels("of 255", "a definition level of 255", withLength(repeat(8, 255))),
		withLevels("missing", early, nil).harmful(idColumn, damaged),
		withLevels("of no bytes", early, withLength(nil)),
		withLevels("beyond the page", early, append([]byte{0xff, 0xff, 0xff, 0x7f}, ones[4:]...)),
		withLevels("of 4 GiB", early, append([]byte{0xff, 0xff, 0xff, 0xff}, ones[4:]...)),
		withLevels("too few", early, withLength(repeat(7, 1))),
		withLevels("in a run of 2^62", early, withLength(repeat(1<<62, 1))),
		withLevels("in runs of nothing", early, withLength(bytes.Repeat([]byte{0, 1}, 2000))),
		tagLevels("sound", "", repetitions, definitions),
		tagLevels("too deep", damaged, repetitions, withLength(repeat(10, 0x07))),
		tagLevels("that begin amid a row", damaged, withLength(repeat(10, 1)), definitions),
		tagLevels("of rows too many", damaged, withLength(repeat(10, 0)), definitions),
		tagLevels("too few", damaged, withLength(repeat(3, 0)), definitions),
		tagLevels("in a run of 2^62", damaged, withLength(repeat(1<<62, 0)), definitions),
		tagLevels("beyond the page", damaged, append([]byte{0xff, 0xff, 0xff, 0x7f}, repetitions[4:]...), definitions),
		tagLevels("negative", damaged, append([]byte{0xff, 0xff, 0xff, 0xff}, repetitions[4:]...), definitions),
	}
}
