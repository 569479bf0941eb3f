package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestUnfit(t *testing.T) {
	const gib = int64(1) << 30
	twenty, hundred := million(20, byTime, text8), million(100, byTime, text8)
	tests := []struct {
		name      string
		c         benchCase
		m         machine
		generated bool
		peers     bool
		want      string // empty: it fits
	}{
		{name: "nothing is known", c: benchCase{Data: hundred, Rules: 300}, peers: true},
		{name: "a laptop", c: benchCase{Data: twenty, Rules: 100}, m: machine{disk: 10 * gib, memory: 4 * gib}, peers: true},
		{name: "a laptop, much data", c: benchCase{Data: hundred, Rules: 100}, m: machine{disk: 10 * gib, memory: 4 * gib}},
		{name: "a full disk", c: benchCase{Data: hundred, Rules: 100}, m: machine{disk: 3 * gib, memory: 4 * gib}, want: "of disk, and 3.0 GiB are free"},
		{name: "a full disk with the data on it", c: benchCase{Data: hundred, Rules: 100}, m: machine{disk: 5 * gib, memory: 4 * gib}, generated: true},
		{name: "a peer that spills to it", c: benchCase{Data: hundred, Rules: 100}, m: machine{disk: 10 * gib, memory: 30 * gib}, peers: true, want: "of disk"},
		{name: "little memory", c: benchCase{Data: hundred, Rules: 100}, m: machine{disk: 100 * gib, memory: gib}, want: "of memory, and 1.0 GiB are free"},
		{name: "little memory for a run that is content with it", c: benchCase{Data: hundred, Rules: 100, Memory: "512MiB"}, m: machine{disk: 100 * gib, memory: gib}},
		{name: "a peer that is not", c: benchCase{Data: hundred, Rules: 100, Memory: "512MiB"}, m: machine{disk: 100 * gib, memory: 4 * gib}, peers: true, want: "of memory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.c.unfit(test.m, test.generated, test.peers)
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestMachine looks at this one, from a folder that does not exist yet.
func TestMachine(t *testing.T) {
	m := machineAt(filepath.Join(t.TempDir(), "not", "there"))
	if m.disk < 0 || m.memory < 0 || runtime.GOOS == "linux" && (m.disk == 0 || m.memory == 0) {
		t.Errorf("%+v", m)
	}
}
