package parquetio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// codec is a compression, under the numbers of the format.
type codec int8

// The codecs.
const (
	codecNone codec = iota
	codecSnappy
	codecGzip
	codecLZO
	codecBrotli
	codecLZ4 // Hadoop's frames of LZ4 blocks, or a bare block from writers that did not know of the frames
	codecZstd
	codecLZ4Raw
)

var codecNames = [...]string{"no compression", "snappy", "gzip", "lzo", "brotli", "lz4 (hadoop)", "zstd", "lz4_raw"}

func (c codec) String() string {
	if c < 0 || int(c) >= len(codecNames) {
		return fmt.Sprintf("codec %d", int8(c))
	}
	return codecNames[c]
}

// known tells whether the codec can be read.
func (c codec) known() bool { return c >= codecNone && c <= codecLZ4Raw && c != codecLZO }

// unpacker decompresses pages into buffers of the size that their headers declare, and never beyond: what unpacks to
// more or to less is broken. Its decoders are made when first needed, then reused.
type unpacker struct {
	zstd   *zstd.Decoder
	gzip   *gzip.Reader
	brotli *brotli.Reader
	source bytes.Reader
}

// unpack fills dst, which has exactly the declared size, from src. The capacity of dst should exceed its length a
// little: decoders are faster when they may write past the end.
func (u *unpacker) unpack(c codec, dst, src []byte) error {
	n, err := len(dst), error(nil)
	switch c {
	case codecNone:
		n = copy(dst, src)
		if len(src) != len(dst) {
			n = len(src)
		}
	case codecSnappy:
		if n, err = s2.DecodedLen(src); err == nil && n == len(dst) {
			_, err = s2.Decode(dst, src)
		}
	case codecZstd:
		if u.zstd == nil {
			u.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
			if err != nil {
				return err
			}
		}
		var out []byte
		out, err = u.zstd.DecodeAll(src, dst[:0])
		n = len(out)
	case codecGzip:
		u.source.Reset(src)
		if u.gzip == nil {
			u.gzip, err = gzip.NewReader(&u.source)
		} else {
			err = u.gzip.Reset(&u.source)
		}
		if err == nil {
			n, err = fill(dst, u.gzip)
		}
	case codecBrotli:
		u.source.Reset(src)
		if u.brotli == nil {
			u.brotli = brotli.NewReader(&u.source)
		} else {
			err = u.brotli.Reset(&u.source)
		}
		if err == nil {
			n, err = fill(dst, u.brotli)
		}
	case codecLZ4Raw:
		n, err = lz4.UncompressBlock(src, dst)
	case codecLZ4:
		n, err = unpackHadoop(dst, src)
	default:
		return unsupported(fixCodec, "%s is not supported", c)
	}
	if err != nil {
		return broken("a page compressed with %s cannot be unpacked: %v", c, err)
	}
	if n != len(dst) {
		return broken("a page compressed with %s unpacks to %d bytes, its header says %d", c, n, len(dst))
	}
	return nil
}

// fill reads all that r has into dst and gives its length, or one more than len(dst) when it has more.
func fill(dst []byte, r io.Reader) (int, error) {
	n, err := io.ReadFull(r, dst)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	var one [1]byte
	switch k, err := io.ReadFull(r, one[:]); {
	case k > 0:
		return n + 1, nil
	case err != io.EOF:
		return n, err
	}
	return n, nil
}

// unpackHadoop reads frames: the length unpacked and the length packed, 4 bytes each, big endian, then an LZ4 block.
func unpackHadoop(dst, src []byte) (int, error) {
	at, rest := 0, src
	for len(rest) >= 8 {
		unpacked, packed := int64(binary.BigEndian.Uint32(rest)), int64(binary.BigEndian.Uint32(rest[4:]))
		if unpacked > int64(len(dst)-at) || packed > int64(len(rest)-8) {
			break
		}
		n, err := lz4.UncompressBlock(rest[8:8+packed], dst[at:at+int(unpacked)])
		if err != nil || int64(n) != unpacked {
			break
		}
		at, rest = at+n, rest[8+packed:]
	}
	if len(rest) == 0 && at == len(dst) {
		return at, nil
	}
	return lz4.UncompressBlock(src, dst)
}
