package main

// vigile version.

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "version",
		Args: a.noArgs,
		RunE: func(*cobra.Command, []string) error { return a.printVersion() },
	}
	a.describe(cmd, "version")
	a.ownFormats(cmd, fileFormats...)
	return cmd
}

func (a *app) printVersion() error {
	format, err := a.format(fileFormats...)
	if err != nil {
		return err
	}
	return a.print(func(w io.Writer) error {
		platform := runtime.GOOS + "/" + runtime.GOARCH
		if format == "json" {
			return writeJSON(w, map[string]string{"version": release(), "go": runtime.Version(), "platform": platform})
		}
		_, err := fmt.Fprintln(w, a.text.Text("version.line", "version", release(), "go", runtime.Version(), "platform", platform))
		return err
	})
}

// release is the version the linker stamped, or else the one the module system
// knows, or "devel".
func release() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
