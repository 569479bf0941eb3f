package parquetio

import (
	"sync"

	"github.com/apache/arrow-go/v18/parquet/compress"
)

// The codecs that arrow-go brings along believe a page about its unpacked size, some of them twice: 20 bytes of zstd can
// ask for terabytes, and running out of memory cannot be recovered from. So arrow-go gets ours for reading: they
// fill the buffer that was sized by the (checked) page header and go no further. Writing stays as it is.
func init() {
	for theirs, ours := range map[compress.Compression]codec{
		compress.Codecs.Snappy: codecSnappy, compress.Codecs.Gzip: codecGzip, compress.Codecs.Brotli: codecBrotli,
		compress.Codecs.Zstd: codecZstd, compress.Codecs.Lz4Raw: codecLZ4Raw, compress.Codecs.Lz4: codecLZ4,
	} {
		writer, err := compress.GetCodec(theirs)
		if err != nil {
			writer, _ = compress.GetCodec(compress.Codecs.Uncompressed)
		}
		compress.RegisterCodec(theirs, guarded{Codec: writer, codec: ours})
	}
}

var unpackers = sync.Pool{New: func() any { return new(unpacker) }}

// guarded is a codec of arrow-go that reads with ours. It cannot read streams, and so pages are never read as such.
type guarded struct {
	compress.Codec
	codec codec
}

// DecodeWithError unpacks src into dst, whose length is the size that src must have unpacked.
func (g guarded) DecodeWithError(dst, src []byte) ([]byte, error) {
	if len(dst) == 0 && len(src) == 0 {
		return dst, nil
	}
	u := unpackers.Get().(*unpacker)
	defer unpackers.Put(u)
	return dst, u.unpack(g.codec, dst, src)
}

// Decode is DecodeWithError for callers that expect a panic.
func (g guarded) Decode(dst, src []byte) []byte {
	out, err := g.DecodeWithError(dst, src)
	if err != nil {
		panic(err)
	}
	return out
}
