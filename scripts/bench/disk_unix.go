//go:build linux || darwin || freebsd

package main

import "golang.org/x/sys/unix"

// freeDisk is what is free to this user where a folder lies, in bytes; 0 when it is not known.
func freeDisk(dir string) int64 {
	var at unix.Statfs_t
	if unix.Statfs(dir, &at) != nil {
		return 0
	}
	return int64(at.Bavail) * int64(at.Bsize)
}
