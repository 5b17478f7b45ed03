package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/all"
)

func newDetectorsCmd(groups []all.Group) *cobra.Command {
	var markdown bool
	var dets []*detectors.Detector
	for _, g := range groups {
		dets = append(dets, g.Detectors...)
	}
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
				return listMarkdown(w, groups)
			}
			return list(w, groups)
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the table of the README")
	return cmd
}

func list(w io.Writer, groups []all.Group) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "NAME\tTITLE\tNEEDS")
	for _, g := range groups {
		fmt.Fprintf(tab, "\t\t\n%s\t\t\n", strings.ToUpper(g.Name))
		for _, d := range g.Detectors {
			fmt.Fprintf(tab, "%s\t%s\t%s\n", d.Name, d.Title(), d.Needs)
		}
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

func listMarkdown(w io.Writer, groups []all.Group) error {
	var b strings.Builder
	b.WriteString("| detector | what it reports | options and their defaults |\n|---|---|---|\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "| **%s** | | |\n", g.Name)
		for _, c := range configure(g.Detectors) {
			var options []string
			c.flags.VisitAll(func(f *pflag.Flag) {
				options = append(options, strings.TrimRight(fmt.Sprintf("`--%s %s", f.Name, f.DefValue), " ")+"`")
			})
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.Title(), strings.Join(options, "<br>"))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
