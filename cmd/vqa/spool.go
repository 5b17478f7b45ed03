package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/store"
)

const spoolHelp = `List the results that wait to be sent to a bucket, because it could not be reached
or written when they were made. The next vqa analyze --out with the same bucket sends
them, and so does --send. Each is sent to the server it was meant for, and to no other:
set AWS_ENDPOINT_URL_S3 to what is listed under SERVER.

To give one up, remove its two files.`

func newSpoolCmd() *cobra.Command {
	var dir string
	var send bool
	cmd := &cobra.Command{
		Use:     "spool [flags]",
		Short:   "List or send results that wait for their bucket",
		Long:    spoolHelp,
		Example: "  vqa spool\n  vqa spool --send",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("", "spool takes no arguments")
			}
			if dir == "" {
				var err error
				if dir, err = store.DefaultSpool(); err != nil {
					return err
				}
			}
			out := cmd.OutOrStdout()
			var failed error
			if send {
				sent, err := store.SendWaiting(cmd.Context(), dir)
				fmt.Fprintf(out, "sent: %d\n", sent)
				failed = err
			}
			waiting, err := store.Waiting(dir)
			if failed == nil { // or it was said
				failed = err
			}
			if len(waiting) == 0 {
				return failed
			}
			tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tab, "SINCE\tFOR\tSERVER\tIN")
			for _, e := range waiting {
				server := e.Endpoint
				if server == "" {
					server = "AWS"
				}
				fmt.Fprintf(tab, "%s\t%s\t%s\t%s\n", e.Since.Format(time.RFC3339), report.Printable(e.URL()), report.Printable(server), e.Name)
			}
			return errors.Join(failed, tab.Flush())
		},
	}
	cmd.Flags().StringVar(&dir, "spool", "", "they wait in `DIR` (default ~/.local/state/vqa/spool)")
	cmd.Flags().BoolVar(&send, "send", false, "send them now, to the server that the environment names")
	return cmd
}
