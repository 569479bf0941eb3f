package jobs

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"leadscore/pipeline"
)

// What the demo shows of the tables that were published. It reads them as any other program would, from the files.

// Lead is a row of the mql table.
type Lead struct {
	ContactID int64    `parquet:"contact_id" json:"contact_id"`
	Score     int64    `parquet:"score" json:"score"`
	Grade     *string  `parquet:"grade,optional" json:"grade,omitempty"`
	Since     *int64   `parquet:"mql_since,optional,timestamp(microsecond)" json:"since,omitempty"` // microseconds since 1970
	Status    *string  `parquet:"status,optional" json:"status,omitempty"`
	Reasons   []string `parquet:"reasons,list" json:"reasons"`
	FirstName *string  `parquet:"first_name,optional" json:"first_name,omitempty"`
	LastName  *string  `parquet:"last_name,optional" json:"last_name,omitempty"`
	Company   *string  `parquet:"company,optional" json:"company,omitempty"`
}

// topLeads gives the MQLs with the highest scores.
func topLeads(s *pipeline.Summary, most int) ([]Lead, error) {
	leads, err := readTable[Lead](s, "mql")
	slices.SortFunc(leads, func(a, b Lead) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ContactID, b.ContactID))
	})
	return leads[:min(len(leads), most)], err
}

// change is a row of the score_history table.
type change struct {
	At       int64  `parquet:"changed_at,timestamp(microsecond)"`
	Previous *int64 `parquet:"previous_score,optional"`
	IsMQL    *bool  `parquet:"is_mql,optional"`
}

// dailyMQLs counts back from today's MQLs: every change of a score says whether it made its contact one, or ended that.
func dailyMQLs(s *pipeline.Summary, threshold int64, days int) ([]float64, error) {
	changes, err := readTable[change](s, "score_history")
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(b.At, a.At) })
	daily, now, at := make([]float64, days), *s.MQLs, 0
	for day := range days {
		end := s.AsOf.Add(-time.Duration(day) * 24 * time.Hour).UnixMicro()
		for ; at < len(changes) && changes[at].At > end; at++ {
			was := changes[at].Previous != nil && *changes[at].Previous >= threshold
			is := changes[at].IsMQL != nil && *changes[at].IsMQL
			switch {
			case is && !was:
				now--
			case was && !is:
				now++
			}
		}
		daily[days-1-day] = float64(now)
	}
	return daily, nil
}

// readTable reads all parts of a published table.
func readTable[T any](s *pipeline.Summary, table string) ([]T, error) {
	parts, err := filepath.Glob(filepath.Join(s.Output, table, "dt="+s.Date, "*.parquet"))
	if err != nil {
		return nil, err
	}
	var rows []T
	for _, part := range parts {
		more, err := readPart[T](part)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s back: %w", part, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func readPart[T any](path string) ([]T, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return parquet.Read[T](file, info.Size())
}
