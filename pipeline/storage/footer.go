package storage

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
)

// FooterDigest gives "footer:" and a digest of the end of an object, for Object.Checksum where the store keeps no
// checksum: the whole footer of a Parquet file (which names offset, size and statistics of every column chunk), else
// the last 64 KiB. It reads in pieces, whatever length the footer claims to have.
func FooterDigest(r Reader) (string, error) {
	size := r.Size()
	length := min(size, 64<<10)
	var tail [8]byte // length of the footer, "PAR1"
	if size >= 12 {
		if _, err := r.ReadAt(tail[:], size-8); err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		footer := int64(binary.LittleEndian.Uint32(tail[:4])) + 8
		if string(tail[4:]) == "PAR1" && footer <= size {
			length = footer
		}
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, io.NewSectionReader(r, size-length, length)); err != nil {
		return "", err
	}
	return "footer:" + hex.EncodeToString(digest.Sum(nil)[:16]), nil
}
