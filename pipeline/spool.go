package pipeline

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/klauspost/compress/s2"
)

const (
	largestBlock  = 16 << 10 // of a bucket's stream: a quarter of it took 1 to 2 % more time, twice as much no less
	smallestBlock = 512      // blocks grow from this, so that a run with many buckets and little data stays small
)

// memory is the budget that all spools of a run share. What goes over it is written to disk.
type memory struct {
	limit   int64
	used    atomic.Int64
	spilled atomic.Int64 // bytes written
	folder  string       // of temporary files; empty: the system's
}

func newMemory(limit int64, folder string) *memory { return &memory{limit: limit, folder: folder} }

// spillFile makes a temporary file that only its owner can read. Where the system lets an open file go, its name is gone
// from the start, so that a run that is killed leaves nothing; elsewhere it goes when the file is closed.
func (m *memory) spillFile(name string) (f *os.File, remove func() error, err error) {
	f, err = os.CreateTemp(m.folder, "leadscore-"+name+"-")
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a file for spilled %s: %w; set TMPDIR to a folder that can be written", name, err)
	}
	if os.Remove(f.Name()) == nil {
		return f, func() error { return nil }, nil
	}
	return f, func() error { return os.Remove(f.Name()) }, nil
}

// spool is a stream of bytes for each bucket. Blocks are appended by many goroutines and read when all are in; beyond the
// memory budget they go to one temporary file, all buckets in one sweep, so that each finds its own in few long pieces.
type spool struct {
	name      string
	memory    *memory
	blockSize int
	buckets   []spoolBucket
	held      atomic.Int64 // bytes in memory

	spilling sync.Mutex
	file     *os.File
	remove   func() error // of the file, once it is closed
	end      int64
}

type spoolBucket struct {
	sync.Mutex
	blocks [][]byte
	pieces []piece
}

// piece is a stretch of the spill file: one compressed run of blocks.
type piece struct {
	offset     int64
	length     int
	rawLengths []int
}

// newSpool makes a spool. Each of the threads that fill it has a block a bucket under way, which should not take more than
// a small share of the memory.
func newSpool(name string, buckets, threads int, m *memory) *spool {
	size := m.limit / int64(16*buckets*threads)
	return &spool{
		name: name, memory: m, buckets: make([]spoolBucket, buckets),
		blockSize: int(min(max(size, smallestBlock), largestBlock)) &^ 7,
	}
}

// newBlock gives an empty block, aligned for 64-bit words.
func newBlock(size int) []byte {
	words := make([]uint64, (size+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)[:0]
}

// add gives a block to a bucket, which owns it from now on.
func (s *spool) add(bucket int, block []byte) error {
	if len(block) == 0 {
		return nil
	}
	b := &s.buckets[bucket]
	b.Lock()
	b.blocks = append(b.blocks, block)
	b.Unlock()
	s.memory.used.Add(int64(cap(block)))
	s.held.Add(int64(cap(block)))
	if s.over() {
		return s.spill()
	}
	return nil
}

// over tells whether it is time to spill: memory is short, and this spool holds enough of it to be worth a sweep.
func (s *spool) over() bool {
	return s.memory.used.Load() > s.memory.limit && s.held.Load() > s.memory.limit/4
}

// spill writes what is in memory to disk, unless another goroutine has just done so.
func (s *spool) spill() error {
	s.spilling.Lock()
	defer s.spilling.Unlock()
	if !s.over() {
		return nil
	}
	if s.file == nil {
		f, remove, err := s.memory.spillFile(s.name)
		if err != nil {
			return err
		}
		s.file, s.remove = f, remove
	}
	var raw, packed []byte
	for i := range s.buckets {
		b := &s.buckets[i]
		b.Lock()
		blocks := b.blocks
		b.blocks = nil
		b.Unlock()
		if len(blocks) == 0 {
			continue
		}
		raw = raw[:0]
		p := piece{offset: s.end}
		freed := int64(0)
		for _, block := range blocks {
			raw = append(raw, block...)
			p.rawLengths = append(p.rawLengths, len(block))
			freed += int64(cap(block))
		}
		packed = s2.Encode(packed[:cap(packed)], raw)
		if _, err := s.file.WriteAt(packed, s.end); err != nil {
			return fmt.Errorf("cannot spill %s to %s: %w; free that disk, set TMPDIR to a folder on another, or give more --memory", s.name, s.file.Name(), err)
		}
		p.length = len(packed)
		s.end += int64(len(packed))
		b.Lock()
		b.pieces = append(b.pieces, p)
		b.Unlock()
		s.memory.used.Add(-freed)
		s.held.Add(-freed)
		s.memory.spilled.Add(int64(len(packed)))
	}
	return nil
}

// bytes is how much a bucket holds, in memory and on disk.
func (s *spool) bytes(bucket int) int64 {
	b := &s.buckets[bucket]
	total := int64(0)
	for _, block := range b.blocks {
		total += int64(len(block))
	}
	for _, p := range b.pieces {
		for _, n := range p.rawLengths {
			total += int64(n)
		}
	}
	return total
}

// take visits the blocks of a bucket, in no particular order, and forgets them. It is called when no more is added to the bucket.
// Blocks that were spilled are unpacked into unpacked, one after the other, so they are good for the visit only; where it is
// nil all blocks are the visitor's.
func (s *spool) take(bucket int, unpacked *[]byte, visit func(block []byte) error) error {
	if err := s.visit(bucket, unpacked, visit); err != nil {
		return err
	}
	b := &s.buckets[bucket]
	freed := int64(0)
	for _, block := range b.blocks {
		freed += int64(cap(block))
	}
	s.memory.used.Add(-freed)
	s.held.Add(-freed)
	b.blocks, b.pieces = nil, nil
	return nil
}

// visit does the same for blocks that stay, and must not be changed.
func (s *spool) visit(bucket int, unpacked *[]byte, visit func(block []byte) error) error {
	b := &s.buckets[bucket]
	var packed []byte
	for _, p := range b.pieces {
		packed = grown(packed, p.length)
		if _, err := s.file.ReadAt(packed, p.offset); err != nil {
			return fmt.Errorf("cannot read spilled %s back from %s: %w", s.name, s.file.Name(), err)
		}
		total := 0
		for _, n := range p.rawLengths {
			total += n
		}
		var into []byte
		if unpacked != nil {
			*unpacked = grown(*unpacked, total)
			into = *unpacked
		} else {
			into = make([]byte, total)
		}
		raw, err := s2.Decode(into, packed)
		if err != nil {
			return fmt.Errorf("spilled %s in %s cannot be read back: %w", s.name, s.file.Name(), err)
		}
		rest := raw
		for _, n := range p.rawLengths {
			if err := visit(rest[:n:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
	}
	for _, block := range b.blocks {
		if err := visit(block); err != nil {
			return err
		}
	}
	return nil
}

// close gives the spill file back.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), s.remove())
}

// appender fills blocks of one goroutine and gives full ones to a spool.
type appender struct {
	spool  *spool
	blocks [][]byte
}

func (s *spool) appender() *appender { return &appender{s, make([][]byte, len(s.buckets))} }

// room gives the bucket's block with at least n bytes free, to append to and to hand back with put.
func (a *appender) room(bucket, n int) ([]byte, error) {
	block := a.blocks[bucket]
	if cap(block)-len(block) >= n {
		return block, nil
	}
	size := min(max(2*cap(block), smallestBlock), a.spool.blockSize)
	if err := a.spool.add(bucket, block); err != nil {
		return nil, err
	}
	return newBlock(max(size, n)), nil
}

// append adds a record to the bucket's stream. A record never straddles blocks.
func (a *appender) append(bucket int, record []byte) error {
	block, err := a.room(bucket, len(record))
	if err != nil {
		return err
	}
	a.put(bucket, append(block, record...))
	return nil
}

func (a *appender) put(bucket int, block []byte) { a.blocks[bucket] = block }

// flush hands over what is left.
func (a *appender) flush() error {
	for bucket := range a.blocks {
		if err := a.flushBucket(bucket); err != nil {
			return err
		}
	}
	return nil
}

func (a *appender) flushBucket(bucket int) error {
	block := a.blocks[bucket]
	a.blocks[bucket] = nil
	return a.spool.add(bucket, block)
}

// grown gives a slice of length n that reuses s where it can; its contents are undefined.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
