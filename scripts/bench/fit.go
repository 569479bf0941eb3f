package main

import (
	"fmt"
	"path/filepath"
)

// machine is what a case has to fit into, in bytes; 0 is unknown, into which everything fits.
type machine struct {
	disk   int64 // free where the bench keeps its data
	memory int64 // that programs can still take
}

// machineAt looks at the machine as it is now. The folder need not exist yet.
func machineAt(dir string) machine {
	free := freeDisk(dir)
	for parent := filepath.Dir(dir); free == 0 && parent != dir; parent = filepath.Dir(dir) {
		dir = parent
		free = freeDisk(dir)
	}
	return machine{disk: free, memory: availableMemory()}
}

// unfit tells why a case does not fit the machine, or nothing where it does.
func (c benchCase) unfit(m machine, generated, peers bool) string {
	if need := c.diskNeed(generated, peers); m.disk > 0 && need > m.disk {
		return fmt.Sprintf("it takes up to %s of disk, and %s are free", gibibytes(need), gibibytes(m.disk))
	}
	if need := c.memoryNeed(peers); m.memory > 0 && need > m.memory {
		return fmt.Sprintf("it takes up to %s of memory, and %s are free", gibibytes(need), gibibytes(m.memory))
	}
	return ""
}

// The estimates err on the side of skipping. At 2 million engagements, 13 bytes each were generated (29 with UUIDs) and 14
// published for a row.
const (
	engagementDisk     = 16 // bytes, generated, with a twentieth of a contact and two memberships of it
	engagementDiskUUID = 32
	spilledEngagement  = 16 // bytes, of a run that does not fit its memory
	publishedRow       = 20 // bytes, of scores and breakdown
	caseMemory         = 512 << 20
	engagementMemory   = 20 // bytes, of a run that is not bounded
	defaultMemory      = 4 << 30
)

// diskNeed is what a case adds to the disk: its data where it is missing, what a run spills and what it publishes.
func (c benchCase) diskNeed(generated, peers bool) int64 {
	perEngagement := int64(spilledEngagement)
	if !generated {
		perEngagement += engagementDisk
		if c.Data.IDs == uuids {
			perEngagement += engagementDiskUUID - engagementDisk
		}
	}
	published := c.Data.Contacts * int64(2+c.Rules/8) * publishedRow
	need := perEngagement*c.Data.Engagements + published
	if peers { // which publish it again, and spill what they do not have the memory for
		need += published + c.peerMemory()
	}
	return need
}

// memoryNeed is what has to be free for a case to be measured without the machine swapping. A peer can do with half of
// what it takes where it gets it: it spills the rest.
func (c benchCase) memoryNeed(peers bool) int64 {
	need := caseMemory + min(c.Data.Engagements*engagementMemory, defaultMemory)
	if c.Memory != "" {
		need = caseMemory // its own, beside a budget that is far below
	}
	if peers {
		need = max(need, c.peerMemory()/2)
	}
	return need
}

// peerMemory is about what DuckDB holds: 1.5, 3.3 and 7.5 GB at 25, 100 and 300 rules and 20 million engagements.
func (c benchCase) peerMemory() int64 {
	return c.Data.Engagements * int64(45+c.Rules*11/10)
}

func gibibytes(bytes int64) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30)) }
