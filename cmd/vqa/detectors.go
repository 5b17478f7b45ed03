package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vqa-project/vqa/detectors"
)

func newDetectorsCmd(dets []*detectors.Detector) *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:   "detectors [NAME]",
		Short: "List the detectors, or explain one with its options",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			names, _ := completeNames(dets)(cmd, args, typed)
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			w, choices := cmd.OutOrStdout(), configure(dets)
			switch {
			case len(args) > 1:
				return usagef("name one, or none to list all", "too many arguments")
			case len(args) == 1 && markdown:
				return usagef("leave out the name: the table is of all", "--markdown and %q do not go together", args[0])
			case len(args) == 1:
				if err := checkNames("detectors", choices, args); err != nil {
					return err
				}
				for _, c := range choices {
					if c.Name == args[0] {
						return explain(w, c)
					}
				}
			case markdown:
				return listMarkdown(w, choices)
			}
			return list(w, choices)
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the table of the README")
	return cmd
}

func list(w io.Writer, choices []configured) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "NAME\tTITLE\tNEEDS")
	for _, c := range choices {
		fmt.Fprintf(tab, "%s\t%s\t%s\n", c.Name, c.Title(), c.Needs)
	}
	return tab.Flush()
}

func explain(w io.Writer, c configured) error {
	_, err := fmt.Fprintf(w, "%s: %s\n\nNeeds: %s\n", c.Name, strings.TrimSpace(c.Doc), c.Needs)
	if err != nil || !c.flags.HasFlags() {
		return err
	}
	_, err = fmt.Fprintf(w, "\nOptions:\n%s", c.flags.FlagUsagesWrapped(helpWidth))
	return err
}

func listMarkdown(w io.Writer, choices []configured) error {
	var b strings.Builder
	b.WriteString("| detector | what it reports | options and their defaults |\n|---|---|---|\n")
	for _, c := range choices {
		var options []string
		c.flags.VisitAll(func(f *pflag.Flag) {
			options = append(options, fmt.Sprintf("`--%s %s`", f.Name, f.DefValue))
		})
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.Title(), strings.Join(options, "<br>"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
