package parquetio

import "io"

// window gives slices of a stretch of a file. A stretch up to the window's width is fetched with one read; a longer one
// in as many as it takes, so that memory stays bounded whatever the length.
type window struct {
	src        io.ReaderAt
	width      int64
	begin, end int64  // the stretch
	at         int64  // offset of buf in the file
	buf        []byte // capacity exceeds the length by padding
}

func (w *window) reset(src io.ReaderAt, begin, length, width int64) {
	w.src, w.begin, w.end, w.width = src, begin, begin+length, width
	w.at, w.buf = begin, w.buf[:0]
}

// slice gives the n bytes at offset, which must lie in the stretch. They are good until the next call.
func (w *window) slice(offset int64, n int) ([]byte, error) {
	if offset < w.at || offset+int64(n) > w.at+int64(len(w.buf)) {
		length := min(max(int64(n), w.width), w.end-offset)
		w.buf = grow(w.buf, int(length))
		w.at = offset
		if err := readFull(w.src, w.buf, offset); err != nil {
			w.buf = w.buf[:0]
			return nil, err
		}
	}
	from := int(offset - w.at)
	return w.buf[from : from+n], nil
}

// header reads the page header at offset and gives its length.
func (w *window) header(offset int64) (header, int64, error) {
	for guess := int64(4 << 10); ; guess *= 8 {
		n := min(guess, w.end-offset)
		b, err := w.slice(offset, int(n))
		if err != nil {
			return header{}, 0, err
		}
		h, length, err := parseHeader(b)
		if err == errShort && n < w.end-offset && n < maxHeaderBytes {
			continue
		}
		if err != nil {
			return h, 0, broken("the page header at offset %d cannot be read: %v", offset, err)
		}
		return h, int64(length), nil
	}
}

// grow gives a slice of length n, reusing s where it can. Its contents are undefined and its capacity exceeds n by at
// least the padding that bit unpacking wants.
func grow[T any](s []T, n int) []T {
	if cap(s) < n+padding {
		return make([]T, n, n+n/4+padding)
	}
	return s[:n]
}
