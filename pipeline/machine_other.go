//go:build !linux

package pipeline

// machineMemory is the memory of the machine in bytes, 0 when it is not known.
func machineMemory() int64 { return 0 }
