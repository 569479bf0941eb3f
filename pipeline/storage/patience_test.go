package storage

import (
	"testing"
	"time"
)

// A connection that hangs is given up in time for further tries.
func TestStallLeavesTimeToTryAgain(t *testing.T) {
	for bound, want := range map[time.Duration]time.Duration{
		0: 30 * time.Second, time.Second: time.Second, 20 * time.Second: 5 * time.Second, DefaultRetryFor: 30 * time.Second, time.Hour: 30 * time.Second,
	} {
		if got := (&patience{bound: bound}).stall(); got != want {
			t.Errorf("trying for %v a connection may stand still for %v, want %v", bound, got, want)
		}
	}
}
