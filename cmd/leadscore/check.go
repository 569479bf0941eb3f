package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"leadscore/jobs"
	"leadscore/transforms/diag"
)

const checkText = `Finds everything that is wrong or suspicious in a model, and in a job file where one is given.

Each finding names the file, the line and the column, shows the line, and says what is wrong, why, and what to type instead.
With a job file, or with --contacts and --engagements, the data is looked at too: its columns, so that unknown ones and
operators that do not fit their type are found, and where nothing is wrong its values, so that channels, actions, assets and
lists that never occur are. Nothing is scored, and nothing is written.

Errors make the command end with exit code 2; warnings alone do not.`

const checkExamples = `  leadscore check model.yaml
  leadscore check model.yaml --job job.yaml
  leadscore check model.yaml --contacts 'contacts/*.parquet' --engagements 'events/*.parquet' --json`

func newCheck(ui *ui) *cobra.Command {
	var o jobs.Options
	cmd := &cobra.Command{
		Use:     "check MODEL [--job JOB | --contacts FILES --engagements FILES]",
		Short:   "find everything that is wrong with a model and a job file",
		Long:    checkText,
		Example: checkExamples,
		Args:    wants(0, 1, "one model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.Model = args[0]
			}
			found, err := jobs.Check(cmd.Context(), o)
			if err != nil && len(found) == 0 {
				return err
			}
			if err := errors.Join(ui.findings(found), err); err != nil {
				return err
			}
			if found.HasErrors() {
				return silent{code: jobs.ExitUsage}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Job, "job", "", "job `FILE`; its model and inputs count where no others are named")
	inputFlags(flags, &o)
	retryFlag(flags, &o)
	flags.BoolVar(&ui.json, "json", false, "write the findings as a JSON array")
	flags.BoolVar(&ui.quiet, "quiet", false, "leave out warnings")
	return cmd
}

// findings writes what a check found to stdout: that is its result.
func (u *ui) findings(found diag.List) error {
	if u.quiet {
		found = found.Errors()
	}
	if u.json {
		return diag.WriteJSON(u.stdout, found)
	}
	u.diagnostics(u.stdout, found)
	errors, warnings := len(found.Errors()), len(found.Warnings())
	switch {
	case u.quiet:
	case errors == 0 && warnings == 0:
		fmt.Fprintln(u.stdout, "no errors, no warnings")
	default:
		fmt.Fprintf(u.stdout, "\n%s, %s\n", counted(errors, "error"), counted(warnings, "warning"))
	}
	return nil
}

// silent ends a command with a code when all has been said.
type silent struct{ code int }

func (s silent) Error() string { return "" }

func (s silent) ExitCode() int { return s.code }

// counted writes a number of things.
func counted(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing + "s"
	case 1:
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
