package publish

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Manifest says what a run read, was, and wrote. Commit fills in RunID, ContentKey, Date, Attempt and Outputs.
type Manifest struct {
	RunID         string                      `json:"run_id"`
	ContentKey    string                      `json:"content_key"`
	EngineVersion string                      `json:"engine_version"`
	AsOf          time.Time                   `json:"as_of"`
	Date          string                      `json:"date"`
	Attempt       string                      `json:"attempt"`            // names the run's staging folder
	Previous      *Previous                   `json:"previous,omitempty"` // nil: there was none, or no table speaks of it
	Model         Model                       `json:"model"`
	Inputs        []Input                     `json:"inputs"`
	Outputs       []Output                    `json:"outputs"`              // by table and part
	Counts        map[string]map[string]int64 `json:"counts"`               // table → problem → rows
	Suppressed    []Suppressed                `json:"suppressed,omitempty"` // in the order of the model
	Events        map[string]int64            `json:"events,omitempty"`     // of the MQL life cycle: event → rows
	Warnings      []string                    `json:"warnings"`             // of the model and of the run
	Timings       []Timing                    `json:"timings"`              // no part of the content key: they differ from run to run
}

// Previous is the run of an earlier date that a run compares itself with.
type Previous struct {
	Date  string `json:"date"`
	RunID string `json:"run_id"`
}

// Suppressed is how many contacts, and how many MQLs among them, a reason keeps out of every hand-off.
type Suppressed struct {
	Reason   string `json:"reason"`
	Contacts int64  `json:"contacts"`
	MQLs     int64  `json:"mqls"`
}

// Model is the model that a run evaluated.
type Model struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"digest"` // of Text
	Text    string `json:"text"`
}

// Input is one object that a run read, as it was pinned.
type Input struct {
	Table    string `json:"table"`
	Address  string `json:"address"` // without credentials
	Size     int64  `json:"size"`
	Version  string `json:"version"`  // generation, ETag or modification time
	Checksum string `json:"checksum"` // "crc32c:…", "footer:…"
	Rows     int64  `json:"rows"`
}

// Output is one part of a table.
type Output struct {
	Table  string `json:"table"`
	Path   string `json:"path"` // relative to OUT
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	CRC32C string `json:"crc32c"` // Castagnoli, 8 hexadecimal digits
}

// Timing is how long a stage took.
type Timing struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
}

// Pointer is the small object that names the run published for a date.
type Pointer struct {
	Date        string    `json:"date"`
	RunID       string    `json:"run_id"`
	ContentKey  string    `json:"content_key"`
	Manifest    string    `json:"manifest"` // relative to OUT
	Attempt     string    `json:"attempt"`
	Replaces    string    `json:"replaces,omitempty"` // the attempt that was published before it
	PublishedAt time.Time `json:"published_at"`
}

// encode writes JSON for people and machines: indented, in a stable order, < and > as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// decodePointer reads a pointer and holds it to what its names become part of.
func decodePointer(address string, data []byte) (Pointer, error) {
	var p Pointer
	err := json.Unmarshal(data, &p)
	if err == nil {
		err = checkDate(p.Date)
	}
	if err == nil && (p.Attempt == "" || p.Manifest != manifestName(p.Date, p.Attempt)) {
		err = fmt.Errorf("its attempt and manifest do not fit together")
	}
	// What the run id does not name may be cleaned away, so one wrong byte of it must not pass.
	if err == nil && (p.RunID != RunID(p.ContentKey) || !strings.HasPrefix(p.Attempt, p.RunID+"-")) {
		err = fmt.Errorf("its run id, content key and attempt do not fit together")
	}
	if err != nil {
		return Pointer{}, fmt.Errorf("%w: %s is no pointer of leadscore: %w; restore it, or delete it and publish the date again", ErrDamaged, address, err)
	}
	return p, nil
}

func decodeManifest(address string, data []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %s is no manifest of leadscore: %w", ErrDamaged, address, err)
	}
	return m, nil
}
