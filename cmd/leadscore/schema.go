package main

import (
	"github.com/spf13/cobra"

	"leadscore/jobs"
)

const schemaText = `Prints the JSON Schema of the model file or of the job file.

Editors complete and explain keys with it. In VS Code with the YAML extension, and in other editors that use its language
server, keep the schema beside the file and begin the file with

    # yaml-language-server: $schema=model.schema.json`

const schemaExamples = `  leadscore schema model > model.schema.json
  leadscore schema job > job.schema.json`

func newSchema(ui *ui) *cobra.Command {
	return &cobra.Command{
		Use:       "schema model|job",
		Short:     "print the JSON Schema of model or job files, for editors",
		Long:      schemaText,
		Example:   schemaExamples,
		Args:      wants(1, 1, "model or job"),
		ValidArgs: []string{"model", "job"},
		RunE: func(_ *cobra.Command, args []string) error {
			schema, err := jobs.Schema(args[0])
			if err != nil {
				return err
			}
			_, err = ui.stdout.Write(schema)
			return err
		},
	}
}
