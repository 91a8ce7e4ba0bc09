package main

// vigile completion SHELL.

import (
	"io"

	"github.com/spf13/cobra"
)

func newCompletion(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	cmd := &cobra.Command{
		Use:       "completion SHELL",
		Args:      a.oneArg,
		ValidArgs: shells,
		Example:   "  source <(vigile completion bash)",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.oneOf("SHELL", args[0], shells...); err != nil {
				return err
			}
			root := cmd.Root()
			return a.print(func(w io.Writer) error {
				switch args[0] {
				case "bash":
					return root.GenBashCompletionV2(w, true)
				case "zsh":
					return root.GenZshCompletion(w)
				case "fish":
					return root.GenFishCompletion(w, true)
				default:
					return root.GenPowerShellCompletionWithDesc(w)
				}
			})
		},
	}
	a.describe(cmd, "completion")
	return cmd
}
