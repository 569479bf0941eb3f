package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/export"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
	"leadscore/transforms/diag"
	"leadscore/transforms/filter"
	"leadscore/transforms/handoff"
)

// An extract with add_to_list publishes who is on a list: who newly matches, and those that were on it by the newest earlier date and
// still are contacts. One with remove_from_list publishes who it took off. So the snapshot is all that the next run needs.
//
//	members of an earlier date ─▶ before ─┬──────────────▶ who is taken off ─▶ file of remove_from_list
//	                              by part │                  └─▶ off, by part ─┐
//	                                      └────────────────────────────────────┴─▶ file of add_to_list
type lists struct {
	run    *run
	names  []string // as they compare
	added  []bool   // the job puts contacts on the list; of others nobody knows who is on them
	before *spool
	off    *spool
	takes  *appender // to off
}

// checkExtractLists finds extracts that do to a list what cannot be done.
func (r *run) checkExtractLists() []diag.Diagnostic {
	var found []diag.Diagnostic
	wrong := func(x *extract, key, what, why, fix string) {
		found = append(found, diag.Diagnostic{Severity: diag.Error, Position: x.at(key, "", diag.Position{}), What: what, Why: why, Fix: fix})
	}
	seen := map[string]*extract{}
	for _, x := range r.extracts {
		key := "add_to_list " + listKey(x.AddToList)
		switch {
		case x.RemoveFromList != "":
			key = "remove_from_list " + listKey(x.RemoveFromList)
			if x.Limit > 0 {
				wrong(x, "limit", "remove_from_list has a limit", "whoever matches is not to be on the list", "take the limit out, or make where narrower")
			}
		case x.AddToList == "":
			continue
		}
		if first := seen[key]; first != nil {
			wrong(x, "extract", "two extracts "+key, "one of them could not tell what the other does", "join the where of "+first.Name+" and "+x.Name+" with or")
		}
		seen[key] = x
	}
	return found
}

// openLists reads who was on the lists.
func (r *run) openLists(ctx context.Context) error {
	var l *lists
	for _, x := range r.extracts {
		name := listKey(x.AddToList + x.RemoveFromList) // of which one is empty
		if name == "" {
			continue
		}
		if l == nil {
			l = &lists{run: r, before: r.spool("members", r.layout.parts()), off: r.spool("removed", r.layout.parts())}
			r.listed, l.takes = l, l.off.appender()
		}
		at := slices.Index(l.names, name)
		if at < 0 {
			at, l.names, l.added = len(l.names), append(l.names, name), append(l.added, false)
		}
		l.added[at] = l.added[at] || x.AddToList != ""
	}
	for _, of := range r.lineage.lists {
		if err := l.load(ctx, of); err != nil {
			return r.damagedBase("who is on the list "+of.list, of.run, err)
		}
	}
	return nil
}

func (l *lists) load(ctx context.Context, of listLineage) error {
	out := l.before.appender()
	number := slices.Index(l.names, of.list)
	var key, record []byte
	for _, output := range of.run.Parts(of.table) {
		f, src, err := l.run.reread(ctx, of.run, output)
		if err != nil {
			return err
		}
		err = f.batches(ctx, src, []string{"contact_id", "added_at"}, func(column func(name string) arrow.Array, rows int) error {
			ids, err := keysOf(column("contact_id"))
			if err != nil {
				return err
			}
			kind := kindOfValues(column("contact_id"))
			added, err := typed[*array.Timestamp](column("added_at"), "added_at")
			if err != nil {
				return err
			}
			for row := range rows {
				var ok bool
				if key, ok = ids.of(key[:0], row); !ok {
					continue
				}
				id := showID(kind, key)
				record = appendText(binary.AppendUvarint(record[:0], uint64(number)), id)
				record = binary.AppendVarint(record, int64(added.Value(row)))
				if err := out.append(l.run.partOfID(id), record); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return out.flush()
}

// partOfList is what is known of a list's contacts in a part.
type partOfList struct {
	part    int // -1: none yet
	members map[string]handoff.Member
	off     map[string]bool
}

// of moves on to the part of a contact, and gives how it stood to the list and whether it is taken off.
func (p *partOfList) of(l *lists, list int, id string) (m handoff.Member, off bool, err error) {
	part := l.run.partOfID(id)
	if part != p.part {
		p.part, p.members, p.off = part, map[string]handoff.Member{}, map[string]bool{}
		err = l.before.visit(part, nil, func(block []byte) error {
			for len(block) > 0 {
				of, n := binary.Uvarint(block)
				id, rest := takeText(block[n:])
				added, n := binary.Varint(rest)
				if block = rest[n:]; int(of) == list {
					p.members[id] = handoff.Member{On: true, Added: added}
				}
			}
			return nil
		})
		if err == nil {
			err = l.off.visit(part, nil, func(block []byte) error {
				for len(block) > 0 {
					of, n := binary.Uvarint(block)
					id, rest := takeText(block[n:])
					if block = rest; int(of) == list {
						p.off[id] = true
					}
				}
				return nil
			})
		}
	}
	return p.members[id], p.off[id], err
}

// close gives back the files that members are in.
func (l *lists) close() error {
	if l == nil {
		return nil
	}
	return errors.Join(l.before.close(), l.off.close())
}

// membership is what addition and removal have in common.
type membership struct {
	run    *run
	x      *extract
	lists  *lists
	staged *published.Run
	name   string // of the list, as the job writes it
	list   int    // among the lists
	at     int64  // the as-of instant, microseconds since 1970
	part   partOfList
	typ    arrow.DataType // of contact_id
	n      int64
}

func (r *run) newMembership(x *extract, name string) membership {
	return membership{run: r, x: x, lists: r.listed, name: name, list: slices.Index(r.listed.names, listKey(name)), at: r.spec.AsOf.UnixMicro(), part: partOfList{part: -1}}
}

// header describes the file: the columns of the lists input, the last of which is named.
func (d *membership) header(ctx context.Context, staged *published.Run, instant string, asked export.Header) (export.Header, string, error) {
	types, err := staged.Types(ctx, []filter.Ref{contactRef})
	if err != nil {
		return asked, "", err
	}
	d.typ = types[0]
	asked.Names = []string{"contact_id", "list", instant}
	asked.Types = []arrow.DataType{d.typ, arrow.BinaryTypes.String, arrow.FixedWidthTypes.Timestamp_us}
	return asked, publish.Parquet, nil
}

// rows gives rows of the file.
func (d *membership) rows(ids *published.Column, rows []int32, at func(row int32) int64) []*published.Column {
	contacts, names, instants := published.NewColumn("contact_id", d.typ), published.NewColumn("list", arrow.BinaryTypes.String),
		published.NewColumn("at", arrow.FixedWidthTypes.Timestamp_us)
	contacts.AppendRows(ids, rows)
	for _, row := range rows {
		names.AppendText(d.name)
		instants.AppendInt(at(row))
	}
	return []*published.Column{contacts, names, instants}
}

// deliver writes contacts whose membership begins or ends now.
func (d *membership) deliver(batch *extractRows, _ []*published.Column) error {
	all := make([]int32, batch.rows)
	for row := range all {
		all[row] = int32(row)
	}
	batch.out = d.rows(batch.ids, all, func(int32) int64 { return d.at })
	d.n += int64(batch.rows)
	return nil
}

// addition puts contacts on a list.
type addition struct{ membership }

func (r *run) newAddition(x *extract) *addition {
	return &addition{r.newMembership(x, x.AddToList)}
}

func (d *addition) begin(ctx context.Context, staged *published.Run, asked export.Header, _ string) (export.Header, string, error) {
	d.staged = staged
	return d.header(ctx, staged, "added_at", asked)
}

func (d *addition) admit(batch *extractRows) ([]bool, error) {
	may := make([]bool, batch.rows)
	for row := range may {
		m, off, err := d.part.of(d.lists, d.list, batch.ids.Text(row))
		if err != nil {
			return nil, err
		}
		next, _ := m.Next(handoff.Now{Present: true, Added: true, Removed: off, At: d.at})
		may[row] = next.On && !m.On
	}
	return may, nil
}

// end writes those that were on the list before and stay.
func (d *addition) end(ctx context.Context, write func(columns []*published.Column, rows int) error) error {
	d.x.summary.Delivered = &d.n
	refs := []filter.Ref{contactRef}
	hidden := d.x.suppressed >= 0
	if hidden {
		refs = append(refs, suppressedRef)
	}
	return d.staged.Select(ctx, published.Query{Columns: refs, Threads: d.run.threads}, func(columns []*published.Column, rows int) error {
		var stay []int32
		since := map[int32]int64{}
		for row := range rows {
			m, off, err := d.part.of(d.lists, d.list, columns[0].Text(row))
			if err != nil {
				return err
			}
			next, _ := m.Next(handoff.Now{Present: !hidden || columns[1].IsNull(row), Removed: off, At: d.at})
			if next.On {
				stay = append(stay, int32(row))
				since[int32(row)] = next.Added
			}
		}
		return write(d.rows(columns[0], stay, func(row int32) int64 { return since[row] }), len(stay))
	})
}

// removal takes contacts off a list.
type removal struct{ membership }

func (r *run) newRemoval(x *extract) *removal {
	return &removal{r.newMembership(x, x.RemoveFromList)}
}

func (d *removal) begin(ctx context.Context, staged *published.Run, asked export.Header, _ string) (export.Header, string, error) {
	return d.header(ctx, staged, "removed_at", asked)
}

func (d *removal) admit(batch *extractRows) ([]bool, error) {
	may := make([]bool, batch.rows)
	for row := range may {
		id := batch.ids.Text(row)
		m, _, err := d.part.of(d.lists, d.list, id)
		if err != nil {
			return nil, err
		}
		_, may[row] = m.Next(handoff.Now{Present: true, Removed: true, At: d.at})
		may[row] = may[row] || !d.lists.added[d.list]
		record := appendText(binary.AppendUvarint(nil, uint64(d.list)), id)
		if err := d.lists.takes.append(d.run.partOfID(id), record); err != nil {
			return nil, err
		}
	}
	return may, nil
}

func (d *removal) end(context.Context, func([]*published.Column, int) error) error {
	d.x.summary.Delivered = &d.n
	return d.lists.takes.flush()
}
