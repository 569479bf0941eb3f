package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"leadscore/jobs"
)

const initText = `Writes a model and a job file to start from, made for the data at hand.

It looks at the columns and the values of real files, guesses which column is which, which names the channels and actions go
by, and writes model.yaml with the rules that most scoring models begin with, and job.yaml. Both are commented and pass
leadscore check as they are. Where something could not be guessed, a comment says so. Where the data has none of the
engagements that those rules are about, rules for what it has most of take their place.

Files that exist are left alone unless --force is given.`

const initExamples = `  leadscore init --contacts contacts.parquet --engagements 'events/*.parquet'
  leadscore init --contacts 'crm/*.parquet' --engagements 'web/*.parquet' --lists members.parquet --folder scoring`

func newInit(ui *ui) *cobra.Command {
	var o jobs.InitOptions
	cmd := &cobra.Command{
		Use:     "init --contacts FILES --engagements FILES [flags]",
		Short:   "write a model and a job file for your own data",
		Long:    initText,
		Example: initExamples,
		Args:    wants(0, 0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			written, err := jobs.Init(cmd.Context(), o)
			if err != nil {
				return err
			}
			if ui.json {
				return ui.printJSON(written)
			}
			if ui.quiet {
				return nil
			}
			fmt.Fprintf(ui.stdout, "wrote %s: %s, %d more as comments\nwrote %s\n", written.Model, counted(written.Rules, "rule"), written.Left, written.Job)
			for _, note := range written.Notes {
				fmt.Fprintf(ui.stdout, "note: %s\n", visible(note))
			}
			fmt.Fprintf(ui.stdout, "\nnext:\n  leadscore check %s --job %s\n  leadscore score %s\n", written.Model, written.Job, written.Job)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&o.Contacts, "contacts", nil, "`FILES` of the contacts, a path or glob; may be repeated")
	flags.StringArrayVar(&o.Engagements, "engagements", nil, "`FILES` of the engagements; may be repeated")
	flags.StringArrayVar(&o.Lists, "lists", nil, "`FILES` of the list memberships; may be repeated")
	flags.StringVar(&o.Folder, "folder", ".", "`FOLDER` to write to")
	flags.BoolVar(&o.Force, "force", false, "write over model.yaml and job.yaml")
	flags.BoolVar(&ui.json, "json", false, "say what was written as JSON")
	flags.BoolVar(&ui.quiet, "quiet", false, "say nothing but errors")
	return cmd
}
