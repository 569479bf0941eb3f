package publish

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Content is everything that decides what a run publishes. Threads, memory, temporary folders and the clock are no
// part of it: they never change a byte.
type Content struct {
	Inputs []Input         // in the order in which the run reads them; Rows does not count
	Model  string          // digest of the model's text
	Job    json.RawMessage // facts of the job that change results: tables, history, mappings, MQL columns, limits, zone …
	Engine string          // version
	AsOf   time.Time
}

// ContentKey digests the content: 64 hexadecimal digits, the same for the same work. White space and the order of
// keys in Job do not matter. The only error is a Job that is no JSON.
func ContentKey(c Content) (string, error) {
	job, err := canonical(c.Job)
	if err != nil {
		return "", fmt.Errorf("job facts: %w", err)
	}
	h := sha256.New()
	field(h, "leadscore content 1")
	field(h, c.Engine)
	field(h, c.AsOf.UTC().Format(time.RFC3339Nano))
	field(h, c.Model)
	field(h, string(job))
	for _, in := range c.Inputs {
		field(h, in.Table)
		field(h, in.Address)
		field(h, fmt.Sprint(in.Size))
		field(h, in.Version)
		field(h, in.Checksum)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// RunID is the short name of a content key: its first 16 digits.
func RunID(contentKey string) string { return contentKey[:min(16, len(contentKey))] }

// field writes a length before each text, so that no two lists of texts give the same bytes.
func field(w io.Writer, text string) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(text)))
	// A hash never fails to take bytes.
	_, _ = w.Write(length[:])
	_, _ = io.WriteString(w, text)
}

// canonical writes JSON with sorted keys and without white space; numbers stay as they are written.
func canonical(data json.RawMessage) ([]byte, error) {
	if len(data) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one value")
	}
	return json.Marshal(v)
}
