package pipeline

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
)

// eachRow visits the rows of a part: contact ids as keys, and the columns that are named, in that order, with the row's place in them.
func (v *verifier) eachRow(ctx context.Context, output publish.Output, names []string, visit func(id idKind, key []byte, columns []arrow.Array, row int) error) error {
	return v.open(ctx, output, func(f *sourceFile) error {
		columns := make([]arrow.Array, len(names))
		var key []byte
		return f.batches(ctx, f.reader, append([]string{"contact_id"}, names...), func(column func(name string) arrow.Array, rows int) error {
			ids, err := keysOf(column("contact_id"))
			if err != nil {
				return &parquetio.Error{File: output.Path, Column: "contact_id", RowGroup: -1, Row: -1, What: err.Error()}
			}
			for i, name := range names {
				columns[i] = column(name)
			}
			kind := kindOfID(f.file.Columns()[f.columns["contact_id"]].Type)
			for i := range rows {
				var ok bool
				if key, ok = ids.of(key[:0], i); !ok {
					continue
				}
				if err := visit(kind, key, columns, i); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// eachPoints visits the rows of a part: contact ids as keys, and a column of whole numbers.
func (v *verifier) eachPoints(ctx context.Context, output publish.Output, column string, visit func(id idKind, key []byte, points int64)) error {
	return v.eachRow(ctx, output, []string{column}, func(id idKind, key []byte, columns []arrow.Array, row int) error {
		values, err := typed[*array.Int64](columns[0], column)
		if err == nil {
			visit(id, key, values.Value(row))
		}
		return err
	})
}

// mostContacts is how many contacts of a part are named whose ledger does not balance.
const mostContacts = 10

// balance adds up the breakdown of every contact of a part and takes its score off.
func (v *verifier) balance(ctx context.Context, n int, sound map[string]publish.Output) error {
	left, kind := map[string]int64{}, textID // what the score is more than the breakdown
	scores, published := sound[scoresTable]
	if published {
		err := v.eachPoints(ctx, scores, "score", func(id idKind, key []byte, score int64) {
			if _, twice := left[string(key)]; twice {
				v.fault(n, "%s has contact %s twice", scores.Path, showID(id, key))
			}
			left[string(key)], kind = score, id
		})
		if err != nil {
			return v.unread(n, err)
		}
	}
	contacts := int64(len(left))
	strangers := map[string]bool{}
	if breakdown, published := sound[breakdownTable]; published {
		err := v.eachPoints(ctx, breakdown, "points", func(id idKind, key []byte, points int64) {
			if _, known := left[string(key)]; !known {
				strangers[string(key)], kind = true, id
				left[string(key)] = 0
			}
			left[string(key)] -= points
		})
		if err != nil {
			return v.unread(n, err)
		}
	}
	var unbalanced []string
	for key, rest := range left {
		if rest != 0 || strangers[key] {
			unbalanced = append(unbalanced, key)
		}
	}
	slices.Sort(unbalanced)
	for i, key := range unbalanced {
		switch id := showID(kind, []byte(key)); {
		case i == mostContacts:
			v.fault(n, "part %d: the ledger of %d more contacts does not balance", n, len(unbalanced)-i)
		case i > mostContacts:
		case strangers[key]:
			v.fault(n, "part %d: contact %s has a breakdown of %d points and no score", n, id, -left[key])
		default:
			v.fault(n, "part %d: the score of contact %s is %d more than the points of its breakdown", n, id, left[key])
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.result.Contacts += contacts
	if len(unbalanced) > 0 {
		v.result.Ledger = LedgerBroken
	}
	return nil
}

// unread makes a fault of a part that cannot be decoded.
func (v *verifier) unread(n int, err error) error {
	if !unreadable(err) {
		return err
	}
	v.fault(n, "%v", err)
	v.unadded()
	return nil
}

// unadded notes that the ledger of a part cannot be added up.
func (v *verifier) unadded() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.result.Ledger == LedgerBalances {
		v.result.Ledger = LedgerUnread + "parts of it are damaged"
	}
}
