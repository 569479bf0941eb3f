package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// hidden says which tables of the date a replacing run would take out of sight, because it was asked for fewer than are published; empty
// where there are none. What cannot be looked at here the run will meet, and say.
func hidden(ctx context.Context, spec pipeline.Spec) string {
	if !spec.Replace || len(spec.Tables) == 0 {
		return ""
	}
	store, folder, err := storage.Open(ctx, spec.Output)
	if err != nil {
		return ""
	}
	date := spec.AsOf.In(spec.Model.Zone).Format(time.DateOnly)
	published, err := publish.Open(ctx, store, folder, date)
	if err != nil {
		return ""
	}
	var lost []string
	for _, name := range outputTables {
		if !slices.Contains(spec.Tables, name) && len(published.Parts(name)) > 0 {
			lost = append(lost, name)
		}
	}
	if len(lost) == 0 {
		return ""
	}
	return fmt.Sprintf("%s has %s published; this run replaces it without them, and they are gone from the date", date, listed(lost))
}
