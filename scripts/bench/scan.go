package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline/parquetio"
)

// scanCommand is the bare page scan: it decodes all pages of the files that are named and forgets them. It prints the
// number of rows, so that a scan that read too little shows.
func scanCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench scan", flag.ContinueOnError)
	flags.SetOutput(stderr)
	goroutines := flags.Int("goroutines", runtime.GOMAXPROCS(0), "row groups to read at a time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *goroutines < 1 || flags.NArg() == 0 {
		return errors.New("name the files: bench scan [-goroutines N] FILE [FILE …]")
	}
	rows, err := scan(ctx, flags.Args(), *goroutines)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, rows)
	return err
}

// part is what one goroutine reads at a time: a row group of a file.
type part struct {
	file     *parquetio.File
	source   io.ReaderAt
	rowGroup int
}

// scan gives the number of rows whose pages it decoded.
func scan(ctx context.Context, paths []string, goroutines int) (int64, error) {
	var parts []part
	for _, path := range paths {
		source, err := os.Open(path)
		if err != nil {
			return 0, err
		}
		defer source.Close()
		info, err := source.Stat()
		if err != nil {
			return 0, err
		}
		file, err := parquetio.Open(path, source, info.Size(), parquetio.DefaultLimits(1<<30))
		if err != nil {
			return 0, err
		}
		for rowGroup := range file.RowGroups() {
			parts = append(parts, part{file, source, rowGroup})
		}
	}
	var next, rows atomic.Int64
	readers := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range goroutines {
		readers.Go(func(ctx context.Context) error {
			reader := parquetio.NewReader()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(parts) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				n, err := parts[i].decode(reader)
				if err != nil {
					return err
				}
				rows.Add(n)
			}
		})
	}
	err := readers.Wait()
	return rows.Load(), err
}

// decode reads all columns of the row group and gives the number of its rows.
func (p part) decode(reader *parquetio.Reader) (int64, error) {
	columns := p.file.Columns()
	values := int64(0)
	for column := range columns {
		err := reader.Pages(p.file, p.source, p.rowGroup, column, func(page *parquetio.Page) error {
			values += int64(page.Rows)
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return values / int64(len(columns)), nil
}
