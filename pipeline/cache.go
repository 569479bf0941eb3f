package pipeline

import "bytes"

const (
	cachedValues = 32 << 10 // values that a goroutine remembers the classes of, for each column
	cachedBytes  = 4 << 20
	longestValue = 512 // bytes of a value that is worth remembering
)

// classCache remembers the classes of values. Row groups repeat their dictionaries, so the same values come up again and
// again; a look-up is an index by hash and a comparison, half of what a map of strings takes. When it is full it begins anew.
type classCache struct {
	slots []cachedClass
	bytes []byte
	n     int
}

// cachedClass is a value, by where it stands in the cache's bytes, and its class plus 1; 0 is an empty slot.
type cachedClass struct {
	hash   uint64
	from   uint32
	length uint32
	class  uint32
}

func newClassCache() classCache { return classCache{slots: make([]cachedClass, 1<<8)} }

func (c *classCache) find(hash uint64, value []byte) (class uint32, ok bool) {
	mask := len(c.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		s := &c.slots[at]
		if s.class == 0 {
			return 0, false
		}
		if s.hash == hash && bytes.Equal(c.bytes[s.from:s.from+s.length], value) {
			return s.class - 1, true
		}
	}
}

func (c *classCache) put(hash uint64, value []byte, class uint32) {
	if len(value) > longestValue {
		return
	}
	if c.n >= cachedValues || len(c.bytes)+len(value) > cachedBytes {
		clear(c.slots)
		c.bytes, c.n = c.bytes[:0], 0
	}
	if 2*c.n >= len(c.slots) {
		old := c.slots
		c.slots = make([]cachedClass, 2*len(old))
		for _, s := range old {
			if s.class != 0 {
				c.enter(s)
			}
		}
	}
	c.enter(cachedClass{hash, uint32(len(c.bytes)), uint32(len(value)), class + 1})
	c.bytes = append(c.bytes, value...)
	c.n++
}

func (c *classCache) enter(s cachedClass) {
	mask := len(c.slots) - 1
	at := int(s.hash) & mask
	for c.slots[at].class != 0 {
		at = (at + 1) & mask
	}
	c.slots[at] = s
}
