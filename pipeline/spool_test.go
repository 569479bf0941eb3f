package pipeline

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"unsafe"
)

// record is a record of a test's stream: length, writer, number, and filling that follows from them.
func testRecord(writer, number int) []byte {
	b := make([]byte, 12+(writer*31+number*7)%200)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	binary.LittleEndian.PutUint32(b[4:], uint32(writer))
	binary.LittleEndian.PutUint32(b[8:], uint32(number))
	for i := 12; i < len(b); i++ {
		b[i] = byte(i * (number + 1))
	}
	return b
}

// What many goroutines append to a bucket comes back whole, whether it went to disk or not, and nothing stays behind.
func TestSpool(t *testing.T) {
	const writers, buckets, records = 4, 8, 3000
	for _, limit := range []int64{1 << 30, 64 << 10, 1} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			parent := t.TempDir()
			m := newMemory(limit, parent)
			s := newSpool("test", buckets, writers, m)
			var all sync.WaitGroup
			for w := range writers {
				all.Go(func() {
					a := s.appender()
					for i := range records {
						if err := a.append(i%buckets, testRecord(w, i)); err != nil {
							t.Error(err)
						}
					}
					if err := a.flush(); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if spilled := m.spilled.Load() > 0; spilled != (limit < 1<<30) {
				t.Errorf("%d bytes were spilled", m.spilled.Load())
			}
			for bucket := range buckets {
				seen, size := map[[2]int]bool{}, int64(0)
				if s.bytes(bucket) == 0 {
					t.Errorf("bucket %d holds nothing", bucket)
				}
				want := s.bytes(bucket)
				err := s.take(bucket, nil, func(block []byte) error {
					size += int64(len(block))
					for len(block) > 0 {
						n := binary.LittleEndian.Uint32(block)
						w, i := int(binary.LittleEndian.Uint32(block[4:])), int(binary.LittleEndian.Uint32(block[8:]))
						if !bytes.Equal(block[:n], testRecord(w, i)) || i%buckets != bucket || seen[[2]int{w, i}] {
							t.Fatalf("bucket %d: record %d of writer %d is wrong", bucket, i, w)
						}
						seen[[2]int{w, i}] = true
						block = block[n:]
					}
					return nil
				})
				if err != nil || len(seen) != writers*records/buckets || size != want {
					t.Errorf("bucket %d: %d records in %d bytes, not %d: %v", bucket, len(seen), size, want, err)
				}
				if err := s.take(bucket, nil, func([]byte) error { return errors.New("there is more") }); err != nil || s.bytes(bucket) != 0 {
					t.Errorf("bucket %d was taken, and %v", bucket, err)
				}
			}
			if m.used.Load() != 0 || s.held.Load() != 0 {
				t.Errorf("%d bytes in use, %d held", m.used.Load(), s.held.Load())
			}
			if err := errors.Join(s.close()); err != nil {
				t.Error(err)
			}
			if left, _ := os.ReadDir(parent); len(left) > 0 {
				t.Errorf("%s was left behind", left[0].Name())
			}
		})
	}
}

// Blocks of 64-bit words stay aligned on their way through a spool, so that they can be read as words.
func TestBlocksAreAligned(t *testing.T) {
	for _, limit := range []int64{1 << 30, 1} {
		m := newMemory(limit, t.TempDir())
		s := newSpool("test", 1, 1, m)
		for n := 1; n <= 40; n++ {
			block := newBlock(n * 8)
			for i := range n {
				block = binary.LittleEndian.AppendUint64(block, uint64(i))
			}
			if err := s.add(0, block); err != nil {
				t.Fatal(err)
			}
		}
		blocks := 0
		err := s.take(0, nil, func(block []byte) error {
			blocks++
			if uintptr(unsafe.Pointer(unsafe.SliceData(block)))%8 != 0 || len(block)%8 != 0 {
				t.Errorf("a block of %d bytes lies at %p", len(block), block)
			}
			return nil
		})
		if err := errors.Join(err, s.close()); err != nil || blocks != 40 {
			t.Errorf("%d blocks: %v", blocks, err)
		}
	}
}

// A record larger than a block gets a block of its own.
func TestSpoolOfLargeRecords(t *testing.T) {
	m := newMemory(1<<20, t.TempDir())
	s := newSpool("test", 2, 1, m)
	a := s.appender()
	sizes := []int{1, 3 * largestBlock, 2, 0, 5 * largestBlock}
	for i, n := range sizes {
		if err := a.append(1, bytes.Repeat([]byte{byte(i)}, n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.flush(); err != nil {
		t.Fatal(err)
	}
	got := map[byte]int{}
	if err := s.take(1, nil, func(block []byte) error {
		for _, b := range block {
			got[b]++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i, n := range sizes {
		if got[byte(i)] != n {
			t.Errorf("record %d has %d bytes, not %d", i, got[byte(i)], n)
		}
	}
	if err := errors.Join(s.close()); err != nil {
		t.Error(err)
	}
}

// What goes wrong on the disk is told with the file and a way out.
func TestSpillFileErrors(t *testing.T) {
	m := newMemory(1, t.TempDir())
	s := newSpool("things", 1, 1, m)
	if err := s.add(0, []byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := s.file.Truncate(1); err != nil {
		t.Fatal(err)
	}
	err := s.take(0, nil, func([]byte) error { return nil })
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte("leadscore-things")) {
		t.Errorf("a spill file that was cut: %v", err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	err = s.add(0, []byte("def"))
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte("free that disk")) {
		t.Errorf("a spill file that cannot be written: %v", err)
	}
}

// Spilled data is its owner's alone, whatever the umask is.
func TestSpillFileIsPrivate(t *testing.T) {
	f, remove, err := newMemory(1, t.TempDir()).spillFile("test")
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := errors.Join(f.Close(), remove()); err != nil {
		t.Error(err)
	}
}
