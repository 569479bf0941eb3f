package pipeline

import (
	"bytes"
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/parquetio"
	"leadscore/pipeline/publish"
)

// reread opens a part that an earlier run published, whole and held against its checksum: a wrong byte that decodes would tell this run
// something else than was published.
func (r *run) reread(ctx context.Context, from *publish.Published, output publish.Output) (f *sourceFile, src io.ReaderAt, err error) {
	data, err := from.ReadPart(ctx, output)
	if err != nil {
		return nil, nil, err
	}
	src = bytes.NewReader(data)
	file, err := parquetio.Open(output.Path, src, int64(len(data)), r.limits)
	if err != nil {
		return nil, nil, err
	}
	return &sourceFile{file: file, columns: (&Input{}).columnsOf(file)}, src, nil
}

// batches reads named columns of a part that leadscore wrote, some rows at a time. *parquetio.Error where one is missing.
func (f *sourceFile) batches(ctx context.Context, src io.ReaderAt, names []string, give func(column func(name string) arrow.Array, rows int) error) error {
	need := map[int]bool{}
	for _, name := range names {
		at, ok := f.columns[name]
		if !ok {
			return &parquetio.Error{File: f.file.Name(), Column: name, RowGroup: -1, Row: -1, What: "the column is missing"}
		}
		need[at] = true
	}
	columns, places := ascending(need, f)
	for g := range f.file.RowGroups() {
		err := f.file.Records(ctx, src, columns, g, batchRows, func(batch arrow.RecordBatch) error {
			return give(func(name string) arrow.Array { return batch.Column(places[name]) }, int(batch.NumRows()))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
