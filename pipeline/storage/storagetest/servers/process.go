package servers

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// output collects what a server says.
type output struct {
	sync.Mutex
	bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.Lock()
	defer o.Unlock()
	return o.Buffer.Write(p)
}

func (o *output) String() string {
	o.Lock()
	defer o.Unlock()
	return o.Buffer.String()
}

// start runs a server until the test ends, and waits until it listens.
func start(t testing.TB, address string, cmd *exec.Cmd) {
	t.Helper()
	said := &output{}
	cmd.Stdout, cmd.Stderr = said, said
	// Should the test be killed, the end of this pipe tells the server, if it listens to it.
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // how it ends is of no interest
	}()
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill() // it may have ended
		<-ended
	})
	if err := waitFor(address, ended, said); err != nil {
		t.Fatal(err)
	}
}

// self is the test binary, to be run again as a server.
func self(t testing.TB) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}
