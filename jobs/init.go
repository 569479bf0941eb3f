package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"leadscore/pipeline/parquetio"
	"leadscore/transforms/match"
)

// InitOptions says which data to write a model and a job file for, and where to.
type InitOptions struct {
	Contacts, Engagements, Lists []string // paths or globs
	Folder                       string   // to write to
	Force                        bool     // write over files that exist
}

// Written is what Init wrote.
type Written struct {
	Model string   `json:"model"` // file
	Job   string   `json:"job"`   // file
	Rules int      `json:"rules"`
	Left  int      `json:"rules_left_out"` // written as comments
	Notes []string `json:"notes,omitempty"`
}

// Init looks at real files and writes a model and a job file to start from. Both are in order as they are.
func Init(ctx context.Context, o InitOptions) (*Written, error) {
	if len(o.Contacts) == 0 || len(o.Engagements) == 0 {
		return nil, usagef("give both --contacts and --engagements, each a path or a glob in quotes", "init needs to see contacts and engagements")
	}
	if strings.Contains(o.Folder, "://") {
		return nil, usagef("name a folder of this machine", "--folder: what init writes is to be read and changed by people, so it does not go to an object store")
	}
	w := &Written{Model: filepath.Join(o.Folder, "model.yaml"), Job: filepath.Join(o.Folder, "job.yaml")}
	if !o.Force {
		for _, file := range []string{w.Model, w.Job} {
			if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
				return nil, usagef("name another --folder, or write over it with --force", "%s exists", file)
			}
		}
	}
	g, err := guess(ctx, o)
	if err != nil {
		return nil, err
	}
	var text string
	text, w.Rules, w.Left = g.model()
	w.Notes = g.notes
	if err := os.MkdirAll(o.Folder, 0o777); err != nil {
		return nil, fmt.Errorf("cannot write to the folder: %w", err)
	}
	if err := writeWhole(w.Model, []byte(text)); err != nil {
		return nil, err
	}
	return w, writeWhole(w.Job, []byte(g.job(o)))
}

// writeWhole writes a small file in one step: it is there whole, or as it was before. Who may read it is as the umask has it.
func writeWhole(file string, text []byte) error {
	name := filepath.Join(filepath.Dir(file), ".leadscore-"+rand.Text()[:10])
	temporary, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", file, err)
	}
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(name, file)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", file, errors.Join(err, os.Remove(name)))
	}
	return nil
}

// guessed is what the data seems to be.
type guessed struct {
	contacts, engagements, lists *looked                      // lists: nil where there are none
	columns                      map[string]map[string]string // by table: ours → theirs
	constants                    map[string]string            // of engagements: ours → the value for every row
	values                       map[string][][2]string       // of engagements: ours → theirs and what they mean
	others                       map[string][]string          // of engagements: ours → values that stay what they are
	kinds                        []kind                       // of engagements, most frequent first
	swapped                      bool                         // contacts and engagements seem to have been given for each other
	updated                      string                       // the contacts' column of the last change
	ids                          *idSet                       // of the contacts; nil: not known
	notes                        []string
}

func (g *guessed) note(format string, args ...any) {
	g.notes = append(g.notes, fmt.Sprintf(format, args...))
}

// guess looks at the data.
func guess(ctx context.Context, o InitOptions) (*guessed, error) {
	g := &guessed{columns: map[string]map[string]string{"contacts": {}, "engagements": {}, "lists": {}},
		constants: make(map[string]string), values: make(map[string][][2]string), others: make(map[string][]string)}
	var err error
	if g.contacts, err = look(ctx, "contacts", o.Contacts); err != nil {
		return nil, err
	}
	if g.engagements, err = look(ctx, "engagements", o.Engagements); err != nil {
		return nil, err
	}
	if len(o.Lists) > 0 {
		if g.lists, err = look(ctx, "lists", o.Lists); err != nil {
			return nil, err
		}
	}
	if err := g.guessIDs(ctx); err != nil {
		return nil, err
	}
	g.updated = g.contacts.find(updatedNames, nil, isTime)
	if err := g.guessEngagements(o.Engagements); err != nil {
		if fault := (*Usage)(nil); g.swapped && errors.As(err, &fault) {
			fault.Fix = swappedNote
		}
		return nil, err
	}
	if err := g.guessKindsSeen(ctx); err != nil {
		return nil, err
	}
	return g, g.guessLists()
}

// guessIDs finds the columns of contacts and engagements that say who it is: of all pairs that could be the same, the one in which
// most engagements find their contact.
func (g *guessed) guessIDs(ctx context.Context) error {
	best := -1.0
	for _, ours := range g.contacts.candidates(ownIDNames, isID(nil)) {
		c, _ := g.contacts.column(ours)
		theirs := g.engagements.candidates(idNames, isID(&c))
		if len(theirs) == 0 {
			continue
		}
		ids, err := g.contacts.ids(ctx, ours)
		if err != nil {
			return err
		}
		for _, e := range theirs {
			share := 0.0
			if ids != nil {
				if share, err = ids.shared(ctx, g.engagements, e); err != nil {
					return err
				}
			}
			if share > best {
				best, g.ids = share, ids
				g.columns["contacts"]["contact_id"], g.columns["engagements"]["contact_id"] = ours, e
			}
		}
	}
	if best < 0 {
		return usagef("rename the columns, or write a job file by hand with columns: {contact_id: its name} under both inputs",
			"no column of the engagements (%s) seems to hold the ids that a column of the contacts (%s) holds", listed(g.engagements.theirs()), listed(g.contacts.theirs()))
	}
	if best < 0.5 && g.ids != nil && len(g.ids.met) > 0 && g.engagements.rows > 0 {
		g.note("only %.0f%% of the engagements looked at have a contact id that the contacts know; is %s the same as %s?", 100*best,
			g.columns["engagements"]["contact_id"], g.columns["contacts"]["contact_id"])
	}
	return g.guessSwapped(ctx)
}

const swappedNote = "--contacts and --engagements look swapped: the ids of the contacts repeat, those of the engagements do not"

// guessSwapped tells whether the contacts look like engagements and the engagements like contacts.
func (g *guessed) guessSwapped(ctx context.Context) error {
	if g.ids == nil || g.ids.twice*2 <= g.contacts.rows {
		return nil
	}
	others, err := g.engagements.ids(ctx, g.columns["engagements"]["contact_id"])
	if err != nil || others == nil || others.twice*2 > g.engagements.rows {
		return err
	}
	g.swapped = true
	g.note("%s", swappedNote)
	return nil
}

// candidates gives all columns that go by one of the names, in the order of the names.
func (l *looked) candidates(names []string, fits func(parquetio.Column) bool) []string {
	var found []string
	taken := make(map[string]bool)
	for _, name := range names {
		if c := l.find([]string{name}, taken, fits); c != "" {
			found, taken[c] = append(found, c), true
		}
	}
	return found
}

// guessLists finds the columns of the list memberships, or a column of the contacts that stands in for them.
func (g *guessed) guessLists() error {
	id, _ := g.contacts.column(g.columns["contacts"]["contact_id"])
	if g.lists == nil {
		names := []string{"lists", "list_names", "list_memberships", "segments"}
		column := g.contacts.find(names, nil, func(c parquetio.Column) bool {
			return c.Type.Kind == match.List && c.Type.Elem != nil && c.Type.Elem.Kind == match.Text
		})
		if column != "" {
			g.columns["contacts"]["lists"] = column
		}
		return nil
	}
	columns := g.columns["lists"]
	columns["contact_id"] = g.lists.find(append([]string{g.columns["engagements"]["contact_id"], g.columns["contacts"]["contact_id"]}, idNames...), nil, isID(&id))
	taken := map[string]bool{columns["contact_id"]: true}
	columns["list"] = g.lists.find(otherNames["list"], taken, func(c parquetio.Column) bool {
		return isText(c) || c.Type.Kind == match.Int || c.Type.Kind == match.Uint
	})
	if columns["contact_id"] == "" || columns["list"] == "" {
		return usagef("rename the columns, leave --lists out, or write the job file by hand with columns: {contact_id: its name, list: its name}",
			"no columns of the lists (%s) seem to say who is in which list", listed(g.lists.theirs()))
	}
	taken[columns["list"]] = true
	if added := g.lists.find(otherNames["added_at"], taken, isTime); added != "" {
		columns["added_at"] = added
	}
	return nil
}
