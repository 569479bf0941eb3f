package storage

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// tune sets up the HTTP transport of a client: a connection on which nothing moves for as long as stall is lost, so that
// a store that has stopped to answer is found out whatever it was asked. There is one connection for each request under way
// (HTTP/1.1), since the ranges of one file come faster on several.
func tune(t *http.Transport, stall time.Duration) {
	dialer := &net.Dialer{Timeout: stall, KeepAlive: 30 * time.Second}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &movingConn{Conn: c, stall: stall}, nil
	}
	t.ForceAttemptHTTP2 = false
	t.DisableCompression = true // bytes are counted and compared as they lie in the store
	t.MaxIdleConnsPerHost = 64
	t.TLSHandshakeTimeout = stall
}

// newTransport gives a transport for the clients that bring none of their own.
func newTransport(stall time.Duration) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	tune(t, stall)
	return t
}

// movingConn fails when neither direction has moved for a while. A write also puts off the end of the read that waits for
// its answer.
type movingConn struct {
	net.Conn
	stall time.Duration
}

func (c *movingConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c *movingConn) Write(b []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// letGo is a transport that lets go of a request's body once there is an answer, for clients that hand over memory which is used
// again then: where a server answers before it has read everything, net/http goes on reading from a goroutine of its own.
type letGo struct{ http.RoundTripper }

func (t letGo) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return t.RoundTripper.RoundTrip(r)
	}
	body := &heldBody{ReadCloser: r.Body}
	held := *r
	held.Body = body
	if r.GetBody != nil { // the connection was lost before anything was sent
		held.GetBody = func() (io.ReadCloser, error) {
			body.end()
			again, err := r.GetBody()
			body = &heldBody{ReadCloser: again}
			return body, err
		}
	}
	answer, err := t.RoundTripper.RoundTrip(&held)
	body.end()
	return answer, err
}

// heldBody is a request's body that is not read any more after its end.
type heldBody struct {
	io.ReadCloser
	mu    sync.Mutex // held while the body is read, which is in memory: nobody waits long
	ended bool
}

func (b *heldBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return 0, io.ErrClosedPipe
	}
	return b.ReadCloser.Read(p)
}

func (b *heldBody) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
}

// kindOfStatus gives the kind of an HTTP status.
func kindOfStatus(status int) Kind {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return ErrPermission
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusPreconditionFailed:
		return ErrPrecondition
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return ErrUnavailable
	case http.StatusInsufficientStorage:
		return ErrNoSpace
	case http.StatusNotImplemented: // such as a condition that the store does not know
		return ErrUnsupported
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusMovedPermanently:
		return ErrInvalid
	}
	if status >= 500 {
		return ErrUnavailable
	}
	return ErrOther
}

// kindOfNetwork gives the kind of an error that has no HTTP status: the connection could not be made, or was lost.
func kindOfNetwork(err error) Kind {
	if _, ok := errors.AsType[net.Error](err); ok {
		return ErrUnavailable
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return ErrUnavailable
	}
	for _, lost := range []error{io.ErrUnexpectedEOF, io.EOF, net.ErrClosed, http.ErrServerClosed} {
		if errors.Is(err, lost) {
			return ErrUnavailable
		}
	}
	return ErrOther
}

// reason gives the text of an error without the addresses that a client asked for, in which signatures and tokens stand.
func reason(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// cause is what a client said, in words that tell no secrets.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }
