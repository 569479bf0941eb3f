package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"leadscore/jobs"
)

const versionText = `Prints the version of leadscore, of Go, and of the source that it was built from.`

func newVersion(ui *ui) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Long:  versionText,
		Args:  wants(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			v := jobs.Version()
			if ui.json {
				return ui.printJSON(v)
			}
			fmt.Fprintf(ui.stdout, "leadscore %s, %s, %s\n", v.Version, v.Go, v.Platform)
			if v.Revision != "" {
				fmt.Fprintf(ui.stdout, "built from %s\n", v.Revision)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&ui.json, "json", false, "print it as JSON")
	return cmd
}
