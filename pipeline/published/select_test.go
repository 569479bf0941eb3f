package published_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"leadscore/pipeline"
	"leadscore/pipeline/published"
	"leadscore/transforms/filter"
	"leadscore/transforms/model"
)

// What another reader reads of the tables.
type (
	scoreRow struct {
		ID    int64   `parquet:"contact_id"`
		Score int64   `parquet:"score"`
		In30  int64   `parquet:"score_in_30d"`
		Band  *string `parquet:"band,optional"`
		Next  *int64  `parquet:"next_change_at,optional,timestamp(microsecond)"`
	}
	setRow struct {
		ID    int64  `parquet:"contact_id"`
		Set   string `parquet:"set"`
		Score int64  `parquet:"score"`
	}
	ledgerRow struct {
		ID     int64   `parquet:"contact_id"`
		Rule   *string `parquet:"rule,optional"`
		Points int64   `parquet:"points"`
	}
	leadRow struct {
		ID      int64    `parquet:"contact_id"`
		Company *string  `parquet:"company,optional"`
		Reasons []string `parquet:"reasons,list"`
	}
)

func all[T any](t testing.TB, out, table string) []T {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(out, table, "dt=*", "*.parquet"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no parts", err)
	}
	var rows []T
	for _, path := range paths {
		more, err := parquet.ReadFile[T](path)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, more...)
	}
	return rows
}

func schemaOf(t testing.TB, r *published.Run) *filter.Schema {
	t.Helper()
	m, found := model.Parse("model", []byte(r.Manifest.Model.Text))
	if m == nil {
		t.Fatal(found)
	}
	s, err := r.Schema(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask gives the ids that a filter finds, in the order of the answer.
func ask(t testing.TB, r *published.Run, where string) []int64 {
	t.Helper()
	f, found := filter.Parse("where", where, schemaOf(t, r))
	if f == nil {
		t.Fatal(where, found)
	}
	var ids []int64
	err := r.Select(context.Background(), published.Query{Where: f, Columns: []filter.Ref{{Column: "contact_id"}}, Threads: 3}, func(columns []*published.Column, rows int) error {
		if rows != columns[0].Len() || rows == 0 {
			return fmt.Errorf("%d rows, the column has %d", rows, columns[0].Len())
		}
		ids = append(ids, columns[0].Ints...)
		return nil
	})
	if err != nil {
		t.Fatal(where, err)
	}
	return ids
}

// TestSelect holds that filters over every table find the contacts that another reader finds by reading everything.
func TestSelect(t *testing.T) {
	out := numbered()
	r := open(t, out, pipeline.PartOf)
	scores, sets, ledger, leads := map[int64]scoreRow{}, map[int64]map[string]int64{}, map[int64]map[string]int64{}, map[int64]leadRow{}
	for _, row := range all[scoreRow](t, out, "scores") {
		scores[row.ID], sets[row.ID], ledger[row.ID] = row, map[string]int64{}, map[string]int64{}
	}
	for _, row := range all[setRow](t, out, "set_scores") {
		sets[row.ID][row.Set] = row.Score
	}
	for _, row := range all[ledgerRow](t, out, "breakdown") {
		if row.Rule != nil {
			ledger[row.ID][*row.Rule] = row.Points
		}
	}
	for _, row := range all[leadRow](t, out, "mql") {
		leads[row.ID] = row
	}
	for where, holds := range map[string]func(id int64) bool{
		`score >= 20`:                   func(id int64) bool { return scores[id].Score >= 20 },
		`band == "HOT"`:                 func(id int64) bool { return *scores[id].Band == "hot" },
		`score > score_in_30d`:          func(id int64) bool { return scores[id].Score > scores[id].In30 },
		`next_change_at == nil`:         func(id int64) bool { return scores[id].Next == nil },
		`set["Profile"] == 5`:           func(id int64) bool { return sets[id]["Profile"] == 5 },
		`fulfilled("Silent")`:           func(id int64) bool { return ledger[id]["Silent"] != 0 },
		`rule["Clicked"].points >= 30`:  func(id int64) bool { return ledger[id]["Clicked"] >= 30 },
		`company == "company 7"`:        func(id int64) bool { l, ok := leads[id]; return ok && *l.Company == "Company 7" },
		`company == nil`:                func(id int64) bool { _, ok := leads[id]; return !ok },
		`reasons startsWith "Clicked;"`: func(id int64) bool { l := leads[id]; return len(l.Reasons) > 1 && l.Reasons[0] == "Clicked" },
		`set["Behaviour"] >= 20 and fulfilled("Big") and not (company in ["Company 1", "Company 2"])`: func(id int64) bool {
			l, ok := leads[id]
			return sets[id]["Behaviour"] >= 20 && ledger[id]["Big"] != 0 && !(ok && (*l.Company == "Company 1" || *l.Company == "Company 2"))
		},
		`score > 1000`:         func(int64) bool { return false },
		`contact_id == 100007`: func(id int64) bool { return id == 100007 },
	} {
		got := ask(t, r, where)
		if again := ask(t, r, where); !slices.Equal(got, again) {
			t.Errorf("%s: another order the second time", where)
		}
		var want []int64
		for id := range scores {
			if holds(id) {
				want = append(want, id)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d contacts, want %d", where, len(got), len(want))
		}
		if len(want) == 0 && where != `score > 1000` {
			t.Errorf("%s finds nobody and so proves nothing", where)
		}
	}
	before, _ := r.Cost()
	ask(t, r, `score > 1000 and company == "x"`)
	ask(t, r, `mql_since < "1980-01-01"`)
	if after, _ := r.Cost(); after-before > 400_000 {
		t.Errorf("a filter that no bounds admit reads %d bytes", after-before)
	}
	if stop := errors.New("stop"); !errors.Is(r.Select(context.Background(), published.Query{Columns: []filter.Ref{{Column: "score"}}}, func([]*published.Column, int) error { return stop }), stop) {
		t.Error("an error of the receiver got lost")
	}
}

// TestSorted holds the order, with limits that are cut on the way, and the bound on memory.
func TestSorted(t *testing.T) {
	out := numbered()
	r := open(t, out, nil)
	columns := []filter.Ref{{Column: "contact_id"}, {Column: "score"}, {Column: "next_change_at"}, {Column: "band"}}
	// inOrder gives the rows of a Sorted, and how many pieces they came in.
	inOrder := func(s *published.Sorted) (whole []*published.Column, pieces int, err error) {
		for _, name := range []string{"contact_id", "score", "next_change_at", "band"} {
			whole = append(whole, published.NewColumn(name, map[string]arrow.DataType{"next_change_at": arrow.FixedWidthTypes.Timestamp_us, "band": arrow.BinaryTypes.String}[name]))
			if whole[len(whole)-1].Type == nil {
				whole[len(whole)-1].Type = arrow.PrimitiveTypes.Int64
			}
		}
		if err := r.Select(context.Background(), published.Query{Columns: columns}, s.Add); err != nil {
			return nil, 0, err
		}
		err = s.Finish(func(columns []*published.Column, rows int) error {
			all := make([]int32, rows)
			for i := range all {
				all[i] = int32(i)
			}
			for i, c := range columns {
				whole[i].AppendRows(c, all)
			}
			pieces++
			return nil
		})
		return whole, pieces, errors.Join(err, s.Close())
	}
	keys := []published.Key{{Column: 2}, {Column: 3, Descending: true}, {Column: 1, Descending: true}, {Column: 0}}
	whole, pieces, err := inOrder(published.NewSorted(keys, 0, 1<<30, nil))
	if err != nil || pieces != 1 || whole[0].Len() != 34_000 {
		t.Fatalf("%d rows in %d pieces: %v", whole[0].Len(), pieces, err)
	}
	next, score := whole[2], whole[1]
	for i := 1; i < 34_000; i++ {
		if next.IsNull(i-1) && !next.IsNull(i) {
			t.Fatalf("row %d: no value comes last", i)
		}
		if !next.IsNull(i) && next.Ints[i] < next.Ints[i-1] || next.IsNull(i-1) && whole[3].Texts[i] == whole[3].Texts[i-1] && score.Ints[i] > score.Ints[i-1] {
			t.Fatalf("row %d is out of order", i)
		}
	}
	nothing := func([]*published.Column, int) error { t.Error("rows of none"); return nil }
	if err := published.NewSorted(keys, 10, 1<<30, nil).Finish(nothing); err != nil {
		t.Error(err)
	}
	first, _, err := inOrder(published.NewSorted(keys, 10, 1<<30, nil))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(whole[0].Ints[:10], first[0].Ints); d != "" {
		t.Error(d)
	}
	many := (*published.TooMany)(nil)
	if _, _, err := inOrder(published.NewSorted(keys, 0, 100<<10, nil)); !errors.As(err, &many) {
		t.Errorf("no bound: %v", err)
	}

	// What goes to disk comes back in the same order, and leaves nothing.
	folder := t.TempDir()
	create := func() (*os.File, func() error, error) {
		f, err := os.CreateTemp(folder, "rows")
		return f, func() error { return os.Remove(f.Name()) }, err
	}
	for _, limit := range []int{0, 20_000} {
		spilled := published.NewSorted(keys, limit, 100<<10, create)
		got, pieces, err := inOrder(spilled)
		if err != nil || pieces < 3 || spilled.Spilled() == 0 {
			t.Fatalf("limit %d: %d bytes spilled, %d pieces: %v", limit, spilled.Spilled(), pieces, err)
		}
		for i := range got {
			n := 34_000
			if limit > 0 {
				n = limit
			}
			if !slices.Equal(whole[i].Ints[:min(n, len(whole[i].Ints))], got[i].Ints) || !slices.Equal(whole[i].Texts[:min(n, len(whole[i].Texts))], got[i].Texts) || got[i].Len() != n {
				t.Errorf("limit %d: column %d differs", limit, i)
			}
			for row := range n {
				if whole[i].IsNull(row) != got[i].IsNull(row) {
					t.Fatalf("limit %d: column %d, row %d: null or not", limit, i, row)
				}
			}
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
