package oracle

import "pgregory.net/rapid"

// PlainLayout is the plainest way to write tables: one file a table, rows in order.
var PlainLayout = Layout{Files: []FileLayout{{Writer: "arrow", Codec: "none", Encoding: "dictionary", Page: 1, PageBytes: 1 << 20,
	RowGroup: 1 << 20, TimeUnit: "us"}}}

// DrawLayout makes up a way to write tables.
func DrawLayout(t *rapid.T) Layout {
	d := &drawer{t: t}
	l := Layout{
		Seed:         rapid.Uint64().Draw(t, "seed"),
		Shuffle:      d.chance("shuffle", 60),
		Renamed:      d.chance("renamed", 30),
		Noise:        d.chance("noise", 30),
		LeaveOutNull: d.chance("leave out null columns", 50),
	}
	for range d.number("files", 1, 4) {
		f := FileLayout{
			Writer:       oneOf(d, "writer", []string{"arrow", "parquet-go"}),
			Codec:        oneOf(d, "codec", []string{"none", "snappy", "zstd", "gzip", "brotli", "lz4_raw"}),
			Encoding:     oneOf(d, "encoding", []string{"dictionary", "plain", "delta"}),
			Page:         d.number("page version", 1, 2),
			PageBytes:    oneOf(d, "page bytes", []int{1 << 20, 64, 300}),
			RowGroup:     oneOf(d, "row group", []int{1 << 20, 1, 2, 3, 7, 16}),
			EmptyGroup:   d.chance("empty group", 10),
			TimeUnit:     oneOf(d, "unit", []string{"us", "ms", "ns", "int96"}),
			ID:           oneOf(d, "id", []string{"", "", "", "int32", "int64", "uint32", "uint64", "double"}),
			Required:     d.chance("required", 30),
			DecimalAsInt: d.chance("decimal as integer", 50),
		}
		if f.Codec == "brotli" {
			f.Page = 1 // arrow-go 18.8.0 cannot read brotli pages of version 2 that hold nulls only
		}
		l.Files = append(l.Files, f)
	}
	return l
}
