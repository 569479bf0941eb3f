package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"

	"leadscore/pipeline/published"
)

// jsonLines writes one JSON object a row, its members in the order of the columns.
type jsonLines struct {
	out  *bufio.Writer
	keys [][]byte
}

func newJSONLines(w io.Writer, h Header) *jsonLines {
	j := &jsonLines{out: bufio.NewWriterSize(w, 64<<10)}
	for i, name := range h.Names {
		key := append(encoded(name), ':')
		if i > 0 {
			key = append([]byte{','}, key...)
		}
		j.keys = append(j.keys, key)
	}
	return j
}

// Write writes rows.
func (j *jsonLines) Write(columns []*published.Column, rows int) error {
	for row := range rows {
		j.out.WriteByte('{') // a bufio.Writer keeps its first error
		for i, c := range columns {
			j.out.Write(j.keys[i])
			switch v := c.Cell(row).(type) {
			case published.Number:
				j.out.WriteString(string(v))
			case float64:
				if math.IsNaN(v) || math.IsInf(v, 0) {
					j.out.WriteString("null")
				} else {
					j.out.Write(encoded(v))
				}
			case nil, bool, int64, uint64:
				j.out.Write(encoded(v))
			default:
				j.out.Write(encoded(c.Text(row)))
			}
		}
		if _, err := j.out.WriteString("}\n"); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is left.
func (j *jsonLines) Close() error { return j.out.Flush() }

// encoded writes a value as JSON; none of those given here can fail.
func encoded(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
