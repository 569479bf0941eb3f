package pipeline

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// tracked is a store that notes which bytes of objects were read.
type tracked struct {
	storage.Store
	mu   sync.Mutex
	read map[string][][2]int64 // path → ranges
}

type trackedReader struct {
	storage.Reader
	store *tracked
}

func (s *tracked) Open(ctx context.Context, o storage.Object) (storage.Reader, error) {
	r, err := s.Store.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &trackedReader{r, s}, nil
}

func (r *trackedReader) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.Reader.ReadAt(b, off)
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	path := r.Object().Path
	r.store.read[path] = append(r.store.read[path], [2]int64{off, off + int64(n)})
	if err == io.EOF && n == len(b) {
		err = nil
	}
	return n, err
}

type outlookContact struct {
	ID      int64  `parquet:"contact_id"`
	Country string `parquet:"country"`
	Size    *int32 `parquet:"size,optional"`
	Updated int64  `parquet:"updated_at,timestamp(millisecond)"`
	Email   string `parquet:"email"`
	Unread  string `parquet:"unread"`
}

type outlookEvent struct {
	ID      int64  `parquet:"contact_id"`
	At      int64  `parquet:"occurred_at,timestamp(millisecond)"`
	Event   string `parquet:"event_id"`
	Channel string `parquet:"channel"`
	Action  string `parquet:"action"`
	URL     string `parquet:"url"`
	Value   int64  `parquet:"value"`
	Unread  string `parquet:"unread"`
}

type outlookMember struct {
	ID     int64  `parquet:"contact_id"`
	List   string `parquet:"list"`
	Added  int64  `parquet:"added_at,timestamp(millisecond)"`
	Unread string `parquet:"unread"`
}

func writeRows[T any](t *testing.T, rows []T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rows.parquet")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[T](out, parquet.MaxRowsPerRowGroup(300))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// What an outlook says that a run needs is what a run reads: every chunk of it, and no byte beside it.
func TestOutlookIsWhatIsRead(t *testing.T) {
	const n = 1000
	var contacts []outlookContact
	var events []outlookEvent
	var members []outlookMember
	for i := range n {
		id, text := int64(i), string(rune('a'+i%26))
		contacts = append(contacts, outlookContact{ID: id, Country: text, Updated: id, Email: text, Unread: text})
		events = append(events, outlookEvent{ID: id, At: id, Event: text, Channel: "email", Action: "clicked", URL: text, Value: id, Unread: text})
		members = append(members, outlookMember{ID: id, List: "Partners", Unread: text})
	}
	m, found := model.Parse("m.yaml", []byte(`
name: m
score: {mql: 1}
sets:
  - set: s
    rules:
      - {rule: a, points: 1, when: {email: clicked, url: a, within: 30d}}
      - {rule: b, points: 1, when: {engagement: any, where: {value: {above: 3}}}}
      - {rule: c, points: 1, when: [{field: country, in: [a, b]}, {field: size, above: 3}, {list: Partners}]}
`))
	if diag.List(found).HasErrors() {
		t.Fatal(found)
	}
	spec := Spec{
		Model: m, AsOf: time.Unix(10000, 0).UTC(), Contacts: Input{Paths: []string{writeRows(t, contacts)}, KeepLatest: "updated_at"},
		Engagements: Input{Paths: []string{writeRows(t, events)}}, Lists: &Input{Paths: []string{writeRows(t, members)}},
		Output: filepath.Join(t.TempDir(), "out"), MQLColumns: []string{"email"}, Threads: 1, Memory: 1 << 30, History: time.Hour,
	}
	o, err := Foresee(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(spec.Output); !os.IsNotExist(err) {
		t.Errorf("the output folder: %v", err)
	}
	r, err := open(t.Context(), spec, Unwatched{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if _, err := r.check(); err != nil {
		t.Fatal(err)
	}
	if err := r.prepare(); err != nil {
		t.Fatal(err)
	}
	store := &tracked{Store: storage.NewLocal(), read: map[string][][2]int64{}}
	for _, s := range r.sources {
		for _, f := range s.files {
			f.store = store
		}
	}
	for _, read := range []func(context.Context) error{r.readContacts, r.readLists, r.assembleAll, r.readEngagements} {
		if err := read(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string][]string{
		"contacts":    {"contact_id", "country", "email", "size", "updated_at"},
		"engagements": {"action", "channel", "contact_id", "event_id", "occurred_at", "url", "value"},
		"lists":       {"added_at", "contact_id", "list"},
	}
	for i, s := range r.sources {
		in := o.Inputs[i]
		if diff := cmp.Diff(want[in.Input], in.Columns); diff != "" || in.Rows != n || in.RowGroups != 4 || in.Files != 1 || in.Needed >= in.Bytes {
			t.Errorf("%+v: %s", in, diff)
		}
		f := s.files[0]
		var chunks [][2]int64
		needed := int64(0)
		for g := range f.file.RowGroups() {
			for _, at := range f.places(in.Columns) {
				offset, length := f.file.ChunkRange(g, at)
				chunks = append(chunks, [2]int64{offset, offset + length})
				needed += length
			}
		}
		if needed != in.Needed {
			t.Errorf("%s needs %d bytes, not %d", in.Input, needed, in.Needed)
		}
		untouched := slices.Clone(chunks)
		for _, read := range store.read[f.object.Path] {
			within := func(c [2]int64) bool { return c[0] <= read[0] && read[1] <= c[1] }
			if !slices.ContainsFunc(chunks, within) {
				t.Errorf("%s: bytes %v were read, which were not said to be needed: %v", in.Input, read, chunks)
			}
			untouched = slices.DeleteFunc(untouched, within)
		}
		if len(untouched) > 0 {
			t.Errorf("%s: %v were said to be needed, and not read", in.Input, untouched)
		}
	}
}
