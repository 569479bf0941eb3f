//go:build !linux && !darwin && !freebsd

package main

// freeDisk is not known here.
func freeDisk(string) int64 { return 0 }
