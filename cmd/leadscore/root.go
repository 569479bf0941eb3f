package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"leadscore/jobs"
)

//go:embed doc.go
var manualSource string

// manual is the package comment of doc.go as plain text: the manual is written once.
func manual() string {
	comment, _, _ := strings.Cut(manualSource, "\npackage main")
	var lines []string
	for line := range strings.Lines(comment) {
		line = strings.TrimPrefix(strings.TrimPrefix(strings.TrimRight(line, "\r\n"), "//"), " ")
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			line = strings.ToUpper(heading)
		}
		lines = append(lines, strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// newRoot builds the command line.
func newRoot(ui *ui) *cobra.Command {
	root := &cobra.Command{
		Use:           "leadscore",
		Short:         "Scores a whole base of contacts by rules over what they are and what they did",
		Long:          manual(),
		SilenceErrors: true, // run says what is wrong, once
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			fix := "leadscore --help lists the commands"
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				fix = "did you mean " + strings.Join(near, " or ") + "?"
			}
			return &jobs.Usage{What: fmt.Sprintf("unknown command %q", args[0]), Fix: fix}
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(ui.stdin)
	root.SetOut(ui.stdout)
	root.SetErr(ui.stderr)
	root.SetFlagErrorFunc(flagFault)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return emptyFlags(cmd) }
	root.AddCommand(newScore(ui), newCheck(ui), newInit(ui), newSchema(ui), newRuns(ui), newVerify(ui), newClean(ui), newContact(ui),
		newList(ui), newReport(ui), newDiff(ui), newDemo(ui), newVersion(ui), newCompletion(ui))
	root.SetHelpCommand(newHelp())
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpTemplate("{{.Long | trimTrailingWhitespaces}}\n\n{{.UsageString}}")
	return root
}

// newHelp is the long way to write --help.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "tell all about a command",
		Long:  "Tells all about a command, or about leadscore.",
		RunE: func(cmd *cobra.Command, args []string) error {
			of, left, err := cmd.Root().Find(args)
			if err != nil || len(left) > 0 {
				return &jobs.Usage{What: fmt.Sprintf("there is no help on %q", strings.Join(args, " ")), Fix: "leadscore --help lists the commands"}
			}
			return of.Help()
		},
	}
}

// usageTemplate is what stands below the text of every help: how to call the command, its parts, its flags.
const usageTemplate = `USAGE
{{if .Runnable}}    {{.UseLine}}
{{end}}{{if .HasAvailableSubCommands}}    {{.CommandPath}} COMMAND

COMMANDS{{range .Commands}}{{if .IsAvailableCommand}}
    {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}
{{end}}{{if .HasExample}}
EXAMPLES
{{.Example}}
{{end}}{{if .HasAvailableLocalFlags}}
FLAGS
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableSubCommands}}
leadscore COMMAND --help tells all about a command.
{{end}}`

// wants gives a check of the arguments that says what it wants.
func wants(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if fault := strayArgument(args); fault != nil {
			return fault
		}
		if len(args) >= least && len(args) <= most {
			return nil
		}
		found := fmt.Sprintf("%d arguments", len(args))
		if len(args) == 1 {
			found = "1 argument"
		}
		fix := "leadscore " + cmd.Use
		if len(args) > most && slices.ContainsFunc([]string{"contacts", "engagements", "lists"}, cmd.Flags().Changed) {
			fix = quoteFix
		}
		return &jobs.Usage{What: fmt.Sprintf("%s takes %s, not %s", cmd.CommandPath(), what, found), Fix: fix}
	}
}
