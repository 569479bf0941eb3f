package jobs

import (
	"fmt"
	"os"
	"strings"
)

// peakMemory is the most memory, in bytes, that this process held at once; 0 where it is not known. What the system counts for
// the process that started this one (ru_maxrss does) is no part of it.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, text, _ := strings.Cut(string(status), "\nVmHWM:")
	kib := int64(0)
	if _, err := fmt.Sscan(text, &kib); err != nil {
		return 0
	}
	return kib << 10
}
