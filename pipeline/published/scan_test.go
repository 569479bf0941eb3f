package published_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/pipeline/published"
)

// TestScan holds that a scan gives all rows of the columns asked for, in their order, and reads no others.
func TestScan(t *testing.T) {
	out := numbered()
	r := open(t, out, nil)
	var got []ledgerRow
	err := r.Scan(context.Background(), "breakdown", []string{"points", "contact_id", "rule"}, func(c []*published.Column, rows int) error {
		for row := range rows {
			l := ledgerRow{ID: c[1].Ints[row], Points: c[0].Ints[row]}
			if !c[2].IsNull(row) {
				l.Rule = &c[2].Texts[row]
			}
			got = append(got, l)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := all[ledgerRow](t, out, "breakdown")
	if diff := cmp.Diff(want, got); diff != "" || len(want) != int(r.Rows("breakdown")) {
		t.Errorf("%d rows, want %d\n%.2000s", len(got), len(want), diff)
	}
	size := int64(0)
	for _, o := range r.Manifest.Outputs {
		if o.Table == "breakdown" {
			size += o.Bytes
		}
	}
	if read, _ := r.Cost(); read == 0 || read > size {
		t.Errorf("read %d bytes of %d", read, size)
	}

	none := func([]*published.Column, int) error {
		t.Error("there are rows")
		return nil
	}
	if err := r.Scan(context.Background(), "scores_of_old", []string{"score"}, none); err != nil {
		t.Error(err)
	}
	if err := r.Scan(context.Background(), "scores", []string{"scor"}, none); err == nil {
		t.Error("a column that there is not was read")
	}
	enough, calls := errors.New("enough"), 0
	err = r.Scan(context.Background(), "scores", []string{"score"}, func([]*published.Column, int) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}
