package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"trailsift/model/filter"
)

// manual writes one page for the program and all of its commands. The date in its header is fixed:
// the same program prints the same page.
func manual(root *cobra.Command, w io.Writer) error {
	date := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	header := &doc.GenManHeader{Title: "TRAILSIFT", Section: "1", Source: "trailsift " + release, Manual: "trailsift", Date: &date}
	if err := doc.GenMan(root, header, w); err != nil {
		return fmt.Errorf("write the manual page: %w", err)
	}
	for _, c := range root.Commands() {
		if c.Hidden || c.Name() == "help" || c.IsAdditionalHelpTopicCommand() {
			continue
		}
		if _, err := fmt.Fprintf(w, ".SH %s\n%s\n.PP\n\\fB%s\\fP\n.nf\n%s.fi\n", strings.ToUpper(c.Name()), roff(c.Short), roff(c.UseLine()), roff(c.LocalFlags().FlagUsages())); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, ".SH FILTERS\n.nf\n"+roff(filter.Guide())+".fi\n"+exitStatus)
	return err
}

const exitCodes = `0    done; no rows is done
1    an adverse finding (verify, audit)
2    wrong usage, or no terminal for open
3    done, but some evidence was rejected or unreadable, or could not be checked
4    nothing recognised to load, nothing verifiable
5    access or environment
70   a bug
130  interrupted; what was committed is kept
`

const exitStatus = ".SH EXIT STATUS\n.nf\n" + exitCodes + ".fi\n"

// topics are pages of help that belong to no command.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "filter", Short: "The filter language and its fields", Long: filter.Guide()},
		{Use: "buckets", Short: "How logs are found in a bucket and what of them is taken", Long: aboutBuckets},
		{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodes},
	}
}

// roff keeps text from being read as a roff request.
func roff(s string) string {
	s = strings.ReplaceAll(s, `\`, `\e`)
	s = strings.ReplaceAll(s, "-", `\-`)
	return strings.ReplaceAll("\n"+s, "\n.", "\n\\&.")[1:]
}
