package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// availableMemory is what programs can take before the machine swaps, in bytes; 0 when it is not known.
func availableMemory() int64 {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "MemAvailable:" {
			continue
		}
		kibibytes, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return 0
		}
		return kibibytes << 10
	}
	return 0
}
