//go:build !linux

package jobs

// peakMemory is the most memory, in bytes, that this process held at once; 0 where it is not known.
func peakMemory() int64 { return 0 }
