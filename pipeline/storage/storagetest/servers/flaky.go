package servers

import (
	"net/http"
	"net/http/httptest"
)

// Trouble is what happens to a request on its way. The zero Trouble lets it pass.
type Trouble struct {
	Status int  // is answered and the request not performed; 0: the server's own answer
	Effect bool // with Status or Lost: it is performed all the same
	Lost   bool // the connection breaks without an answer
	Short  bool // the connection breaks in the middle of the answer
	Wrong  bool // a byte of the answer is another
	Hang   bool // nothing is answered until the client goes away
}

// Flaky stands before a server and brings requests into trouble. decide is asked once for each request, by many goroutines.
func Flaky(next http.Handler, decide func(*http.Request) Trouble) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trouble := decide(r)
		if trouble == (Trouble{}) {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		if trouble.Effect || trouble.Short || trouble.Wrong {
			next.ServeHTTP(answer, r)
		}
		body := answer.Body.Bytes()
		switch {
		case trouble.Hang:
			<-r.Context().Done()
			panic(http.ErrAbortHandler) // closes the connection
		case trouble.Lost:
			panic(http.ErrAbortHandler)
		case trouble.Status != 0:
			http.Error(w, http.StatusText(trouble.Status), trouble.Status)
			return
		case trouble.Wrong && len(body) > 0:
			body[len(body)/2] ^= 1
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		if trouble.Short {
			_, _ = w.Write(body[:len(body)/2]) // the client may be gone
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(body)
	})
}
