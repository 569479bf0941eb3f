package parquetio

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/parquet/compress"
)

// valueLies are those of encoded values.
func valueLies() []hostile {
	body := func(column int, encoding int64, name, says string, body []byte) hostile {
		return told(name, column, says, func(f *crafted) {
			p := f.chunk(column).data()
			p.say(encoding, 5, 2)
			p.fill(body)
		})
	}
	delta := func(name, says string, b []byte) hostile {
		return body(timeColumn, encodingDeltaBinary, "delta "+name, says, b)
	}
	number := func(name, says string, b []byte) hostile { // as Arrow
		return body(employeesColumn, encodingDeltaBinary, "delta as Arrow "+name, says, append(levelsOf([]int{1, 1, 1, 1, 1, 1, 1, 1}, 1), b...))
	}
	lengths := func(name, says string, b []byte) hostile {
		return body(channelColumn, encodingDeltaLength, "lengths "+name, says, b)
	}
	sharing := func(name, says string, b []byte) hostile {
		return body(channelColumn, encodingDeltaBytes, "sharing "+name, says, b)
	}
	texts := func(name, says string, b []byte) hostile {
		return body(channelColumn, encodingPlain, "texts "+name, says, b)
	}
	const senseless, few, damaged = "a head that makes no sense", "fewer values than its header declares", "damaged"
	lie5 := func(v ...int64) []byte { return deltaOf(v...) }
	sound := lie5(5, 7, 5, 7, 5, 7, 5, 7)
	both := []byte("emailwebsiteemailwebsiteemailwebsiteemailwebsite")
	return []hostile{
		delta("head of nothing", senseless, nil),
		delta("blocks of 0", senseless, deltaHead(0, 4, 8, 0)),
		delta("blocks of 100", senseless, deltaHead(100, 4, 8, 0)),
		delta("blocks of 2^62", senseless, deltaHead(1<<62, 4, 8, 0)),
		delta("miniblocks 0", senseless, deltaHead(128, 0, 8, 0)),
		delta("miniblocks 2^62", senseless, deltaHead(128, 1<<62, 8, 0)),
		delta("miniblocks of 3", senseless, deltaHead(128, 42, 8, 0)),
		delta("values 2^62", "holds 4611686018427387904 values, its header declares 8", deltaHead(128, 4, 1<<62, 0)),
		delta("values one more", "holds 9 values, its header declares 8", deltaOf(1, 2, 3, 4, 5, 6, 7, 8, 9)),
		delta("values one fewer", senseless, deltaOf(1, 2, 3, 4, 5, 6, 7)),
		delta("values none", senseless, deltaHead(128, 4, 0, 0)),
		delta("widths of 65 bits", senseless, append(deltaHead(128, 4, 8, 0), 0, 65, 0, 0, 0, 1, 2, 3)),
		delta("widths of 255 bits", senseless, append(deltaHead(128, 4, 8, 0), 0, 255, 255, 255, 255, 1, 2, 3)),
		delta("widths without bytes", senseless, append(deltaHead(128, 4, 8, 0), 0, 64, 0, 0, 0)),
		delta("head without end", senseless, bytes.Repeat([]byte{0xff}, 50)),
		number("blocks of 0", damaged, deltaHead(0, 4, 8, 0)),
		number("blocks of 2^62", damaged, deltaHead(1<<62, 4, 8, 0)),
		number("blocks of 2^31", damaged, append(deltaHead(1<<31, 4, 8, 0), 0, 1, 1, 1, 1)),
		number("blocks of 2^24", damaged, append(deltaHead(1<<24, 4, 8, 0), 0, 1, 1, 1, 1)),
		number("miniblocks 0", damaged, deltaHead(128, 0, 8, 0)),
		number("miniblocks 2^31", damaged, deltaHead(1<<31, 1<<31, 8, 0)),
		number("values 2^62", damaged, deltaHead(128, 4, 1<<62, 0)),
		number("values one fewer", damaged, deltaOf(1, 2, 3, 4, 5, 6, 7)),
		number("widths of 255 bits", damaged, append(deltaHead(128, 4, 8, 0), 0, 255, 255, 255, 255, 1, 2, 3)),
		number("widths without bytes", damaged, append(deltaHead(128, 4, 8, 0), 0, 64, 0, 0, 0)),

		lengths("sound", "", append(bytes.Clone(sound), both...)),
		lengths("negative", "a length of -1", append(lie5(-1, 7, 5, 7, 5, 7, 5, 7), both...)),
		lengths("beyond the page", few, append(lie5(5, 7, 5, 7, 5, 7, 5, 8), both...)),
		lengths("of 2^40", "more than the limit", append(lie5(1<<40, 7, 5, 7, 5, 7, 5, 7), both...)),
		lengths("that overflow", "a length of", append(lie5(math.MaxInt64, 7, 5, 7, 5, 7, 5, 7), both...)).harmful(channelColumn, "more than the limit"),
		lengths("too few", senseless, append(lie5(5, 7, 5, 7), both...)),
		lengths("too many", "holds 9 values", append(lie5(5, 7, 5, 7, 5, 7, 5, 7, 0), both...)),
		lengths("alone", few, sound),
		sharing("sound", "", append(append(lie5(0, 0, 0, 0, 0, 0, 0, 0), sound...), both...)),
		sharing("of the first", "shares 3 bytes with one of 0", append(append(lie5(3, 0, 0, 0, 0, 0, 0, 0), sound...), both...)),
		sharing("of more than there is", "shares 99 bytes with one of 5", append(append(lie5(0, 99, 0, 0, 0, 0, 0, 0), sound...), both...)),
		sharing("of fewer than none", "shares -1 bytes", append(append(lie5(0, -1, 0, 0, 0, 0, 0, 0), sound...), both...)),
		sharing("of 2^62", "shares 4611686018427387904 bytes", append(append(lie5(0, 1<<62, 0, 0, 0, 0, 0, 0), sound...), both...)),
		sharing("without values", "of its own", append(lie5(0, 0, 0, 0, 0, 0, 0, 0), sound...)),
		sharing("without lengths", senseless, lie5(0, 0, 0, 0, 0, 0, 0, 0)),

		texts("too few", few, plainTexts("email", "website")),
		texts("of 4 GiB", few, append([]byte{0xff, 0xff, 0xff, 0xff}, bytes.Repeat([]byte("x"), 100)...)),
		texts("of 2 GiB", few, append([]byte{0xff, 0xff, 0xff, 0x7f}, bytes.Repeat([]byte("x"), 100)...)),
		texts("cut in a length", few, append(plainTexts("email", "website", "email", "website", "email", "website", "email"), 7, 0)),
		texts("cut in a value", few, plainTexts("email", "website", "email", "website", "email", "website", "email", "website")[:70]),
		texts("with more behind them", "", append(plainTexts("email", "website", "email", "website", "email", "website", "email", "website"), "more"...)),
		texts("that are no texts", channelColumnIsRead, plainTexts("email", "\xff\xfe", "email", "website", "email", "website", "email", "\x00")).other(),
		body(countryColumn, encodingPlain, "texts of levels without values", few, levelsOf([]int{1, 1, 1, 1, 1, 1, 1, 1}, 1)),
		body(timeColumn, encodingPlain, "numbers too few", few, plainInt64s(1, 2, 3)),
		body(timeColumn, encodingPlain, "numbers cut", few, plainInt64s(1, 2, 3, 4, 5, 6, 7, 8)[:63]),
		body(timeColumn, encodingStreamSplit, "numbers split unevenly", "cannot hold split values of 8 bytes", make([]byte, 63)),
		body(timeColumn, encodingStreamSplit, "numbers split too few", few, make([]byte, 56)),
		body(employeesColumn, encodingPlain, "numbers as Arrow too few", damaged, append(levelsOf([]int{1, 1, 1, 1, 1, 1, 1, 1}, 1), 1, 2, 3)),
		body(employeesColumn, encodingStreamSplit, "numbers as Arrow split unevenly", damaged, append(levelsOf([]int{1, 1, 1, 1, 1, 1, 1, 1}, 1), make([]byte, 31)...)),
		told("list of 500,000 long texts in a few bytes", tagsColumn, "a batch of rows takes more than the limit", func(f *crafted) {
			const n = 500_000
			k := f.chunk(tagsColumn)
			k.values = 7 + n
			repetitions := append(repeat(8, 0), repeat(n-1, 1)...)
			body := append(withLength(repetitions), withLength(append(repeat(7, 0), repeat(n, 3)...))...)
			k.pages = []*pagePart{dictionaryPage(1, plainTexts(strings.Repeat("x", 60_000))), dataPage(k.values, encodingRLEDictionary, append(append(body, 1), repeat(n, 0)...))}
			k.pack(codecZstd)
		}),
		told("list of texts that grow by sharing", tagsColumn, "a page unpacks to more than the limit", func(f *crafted) {
			const n = 30_000
			prefixes, ones := make([]int64, n), make([]int64, n)
			for i := range prefixes {
				prefixes[i], ones[i] = int64(i), 1
			}
			k := f.chunk(tagsColumn)
			k.values = 7 + n
			repetitions := append(repeat(8, 0), repeat(n-1, 1)...)
			body := append(withLength(repetitions), withLength(append(repeat(7, 0), repeat(n, 3)...))...)
			body = append(append(append(body, deltaOf(prefixes...)...), deltaOf(ones...)...), bytes.Repeat([]byte("x"), n)...)
			k.pages = []*pagePart{dataPage(k.values, encodingDeltaBytes, body)}
			k.pack(codecZstd)
		}),
		told("sharing that grows", channelColumn, "unpacks to far more bytes than it has", func(f *crafted) {
			// Each value is the one before and a byte: 24,000 of them make 288 MB of 24 KB.
			const rows = 24_000
			f.groups[1], f.rows[1] = craftGroup(craftedRows, rows), rows
			for _, k := range f.groups[1] {
				k.pack(codecZstd)
			}
			prefixes, ones := make([]int64, rows), make([]int64, rows)
			for i := range prefixes {
				prefixes[i], ones[i] = int64(i), 1
			}
			k := f.chunk(channelColumn)
			k.pages = []*pagePart{dataPage(rows, encodingDeltaBytes, append(append(deltaOf(prefixes...), deltaOf(ones...)...), bytes.Repeat([]byte("x"), rows)...))}
			k.pack(codecZstd)
		}).other(),
	}
}

// channelColumnIsRead: nothing is wrong with it as far as Parquet goes.
const channelColumnIsRead = ""

// deltaHead is the head of DELTA_BINARY_PACKED.
func deltaHead(block, minis, total uint64, first int64) []byte {
	b := binary.AppendUvarint(nil, block)
	b = binary.AppendUvarint(b, minis)
	b = binary.AppendUvarint(b, total)
	return binary.AppendVarint(b, first)
}

// deltaOf encodes values in blocks of 128, with differences in whole bytes.
func deltaOf(values ...int64) []byte {
	b := deltaHead(128, 4, uint64(len(values)), values[0])
	for from := 1; from < len(values); from += 128 {
		differences := make([]int64, min(128, len(values)-from))
		least := int64(math.MaxInt64)
		for i := range differences {
			differences[i] = values[from+i] - values[from+i-1]
			least = min(least, differences[i])
		}
		b = binary.AppendVarint(b, least)
		var widths, packed []byte
		for mini := 0; mini < 128; mini += 32 {
			width := byte(0)
			for i := mini; i < min(mini+32, len(differences)); i++ {
				for width < 64 && uint64(differences[i]-least)>>width != 0 {
					width += 8
				}
			}
			widths = append(widths, width)
			for i := mini; i < mini+32 && width > 0; i++ {
				d := int64(0)
				if i < len(differences) {
					d = differences[i] - least
				}
				packed = append(packed, binary.LittleEndian.AppendUint64(nil, uint64(d))[:width/8]...)
			}
		}
		b = append(append(b, widths...), packed...)
	}
	return b
}

// pack compresses the pages of a chunk.
func (k *chunkPart) pack(c codec) {
	k.codec = c
	for _, p := range k.pages {
		p.body = packed(c, p.body)
		p.say(int64(len(p.body)), 3)
	}
}

func packed(c codec, b []byte) []byte {
	theirs, err := compress.GetCodec(map[codec]compress.Compression{codecSnappy: compress.Codecs.Snappy, codecGzip: compress.Codecs.Gzip,
		codecBrotli: compress.Codecs.Brotli, codecZstd: compress.Codecs.Zstd, codecLZ4Raw: compress.Codecs.Lz4Raw}[c])
	if err != nil {
		panic(err)
	}
	return theirs.Encode(make([]byte, 0, theirs.CompressBound(int64(len(b)))), b)
}

// codecLies are those of compressed pages, for each codec on both ways of reading.
func codecLies() []hostile {
	var all []hostile
	zeros := make([]byte, 1<<19)
	for _, c := range []codec{codecSnappy, codecGzip, codecBrotli, codecZstd, codecLZ4Raw} {
		for _, column := range []int{channelColumn, employeesColumn} {
			name := c.String()
			if column == employeesColumn {
				name += " as Arrow"
			}
			add := func(what, says string, tell func(k *chunkPart)) {
				all = append(all, told("codec "+name+" "+what, column, says, func(f *crafted) {
					f.chunk(column).pack(c)
					tell(f.chunk(column))
				}))
			}
			put := func(k *chunkPart, b []byte) {
				k.data().body = b
				k.data().say(int64(len(b)), 3)
			}
			add("sound", "", func(*chunkPart) {})
			add("bomb", "a page compressed with "+c.String(), func(k *chunkPart) { put(k, packed(c, zeros)) })
			add("bomb that admits it", "more than the limit", func(k *chunkPart) { put(k, packed(c, zeros)); k.data().say(1<<30, 2) })
			add("one byte more", "a page compressed with "+c.String(), func(k *chunkPart) { k.data().say(k.data().header.at(2).number-1, 2) })
			add("one byte fewer", "a page compressed with "+c.String(), func(k *chunkPart) { k.data().say(k.data().header.at(2).number+1, 2) })
			add("cut", "a page compressed with "+c.String(), func(k *chunkPart) { put(k, k.data().body[:len(k.data().body)/2]) })
			add("of garbage", "a page compressed with "+c.String(), func(k *chunkPart) { put(k, bytes.Repeat([]byte{0xfe, 0x01}, 30)) })
			add("of nothing", "a page compressed with "+c.String(), func(k *chunkPart) { put(k, nil) })
			add("of 15 MiB that are not there", "a page compressed with "+c.String(), func(k *chunkPart) { k.data().say(15<<20, 2) })
		}
	}
	claim := func(name string, c codec, b ...byte) {
		all = append(all, told("codec "+name, channelColumn, "a page compressed with "+c.String(), func(f *crafted) {
			k := f.chunk(channelColumn)
			k.codec, k.data().body = c, b
			k.data().say(int64(len(b)), 3)
		}))
	}
	claim("snappy that claims 4 GiB", codecSnappy, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0)
	claim("zstd that claims terabytes", codecZstd, 0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 0, 0)
	claim("zstd with a window of 2 GiB", codecZstd, 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0, 0)
	claim("zstd that skips 4 GiB", codecZstd, 0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff)
	claim("lz4_raw that reaches before its beginning", codecLZ4Raw, 0x1f, 'x', 0xff, 0xff, 0xff, 0xff, 0xff, 0x00)
	claim("lz4 of frames that claim 4 GiB", codecLZ4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0)
	return all
}

// endless are two billion rows in a few hundred bytes: the levels of every column are one run.
func endlessLies() []hostile {
	build := func(rows int) func(*crafted) {
		return func(f *crafted) {
			f.rows = []int{rows}
			f.groups = f.groups[:1]
			for column, k := range f.groups[0] {
				f.schema[1+column].put(3, i32(int(optional)))
				k.values = rows
				k.pages = []*pagePart{dataPage(rows, encodingPlain, withLength(repeat(uint64(rows), 0)))}
				if column == tagsColumn {
					k.pages[0].fill(append(withLength(repeat(uint64(rows), 0)), withLength(repeat(uint64(rows), 0))...))
				}
			}
		}
	}
	return []hostile{
		told("rows 2 billion nulls", wholeFile, "declares 2000000000 rows", build(2_000_000_000)),
		told("rows 1 million nulls", wholeFile, "", build(1_000_000)).many().byRun("fit the memory budget"),
	}
}
