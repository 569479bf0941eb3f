package main

import (
	"github.com/spf13/cobra"

	"leadscore/jobs"
)

const completionText = `Prints a script that makes a shell complete the commands and flags of leadscore.

    bash         source <(leadscore completion bash)
    zsh          leadscore completion zsh > "${fpath[1]}/_leadscore"
    fish         leadscore completion fish > ~/.config/fish/completions/leadscore.fish
    powershell   leadscore completion powershell | Out-String | Invoke-Expression`

func newCompletion(ui *ui) *cobra.Command {
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "print a script that makes a shell complete commands and flags",
		Long:      completionText,
		Args:      wants(1, 1, "the name of a shell"),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(ui.stdout, true)
			case "zsh":
				return root.GenZshCompletion(ui.stdout)
			case "fish":
				return root.GenFishCompletion(ui.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(ui.stdout)
			}
			return &jobs.Usage{What: "there is no script for " + args[0], Fix: "the shells are bash, zsh, fish and powershell"}
		},
	}
}
