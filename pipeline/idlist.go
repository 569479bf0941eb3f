package pipeline

// idList is ids one after the other. Mostly all have the same length, which says where each of them is.
type idList struct {
	bytes  []byte
	length int      // of each, as long as start is nil
	start  []uint32 // where each begins, and the end of the last
}

func (l *idList) at(i int) []byte {
	if l.start == nil {
		return l.bytes[i*l.length:][:l.length:l.length]
	}
	return l.bytes[l.start[i]:l.start[i+1]:l.start[i+1]]
}

// len is the number of ids.
func (l *idList) len() int {
	switch {
	case l.start != nil:
		return len(l.start) - 1
	case l.length == 0:
		return 0
	}
	return len(l.bytes) / l.length
}

// add appends an id; none is empty.
func (l *idList) add(id []byte) {
	if len(l.bytes) == 0 {
		l.length = len(id)
	}
	if l.start == nil && len(id) != l.length {
		n := l.len()
		l.start = make([]uint32, n+1, max(n+2, cap(l.bytes)/l.length+1))
		for i := range l.start {
			l.start[i] = uint32(i * l.length)
		}
	}
	l.bytes = append(l.bytes, id...)
	if l.start != nil {
		l.start = append(l.start, uint32(len(l.bytes)))
	}
}
