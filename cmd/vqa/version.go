package main

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3". Where it is
// not, the version is what the go command knows of it.
var version string

// tool says what makes the results.
func tool() report.Tool {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = info.Main.Version
	}
	if v == "" {
		v = "(devel)"
	}
	return report.Tool{Name: "vqa", Version: v, Libraries: media.Versions()}
}

func newVersionCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the versions of vqa, Go and FFmpeg's libraries",
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("", "version takes no arguments")
			}
			t, w := tool(), cmd.OutOrStdout()
			fmt.Fprintf(w, "vqa %s\n%s %s/%s\n", t.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, name := range slices.Sorted(maps.Keys(t.Libraries)) {
				fmt.Fprintf(w, "%s %s\n", name, t.Libraries[name])
			}
			return nil
		},
	}
}
