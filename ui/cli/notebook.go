package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/queries/notebook"
	"trailsift/ui/widget/value"
)

// notebook opens the notebook of a case and warns of what in it could not be read.
func (p *program) notebook(s *session) (*notebook.Book, error) {
	book, err := notebook.Open(s.Dir(), p.identity().Operator, p.now)
	if err != nil {
		return nil, access(err, "check that the case's notebook may be read")
	}
	for _, problem := range book.Problems() {
		p.warn(problem, "")
	}
	return book, nil
}

func (p *program) notebookCommand() *cobra.Command {
	var format, output string
	c := &cobra.Command{
		Use: "notebook CASE", Short: "Print the notebook of a case: marks, notes, tags and kept views", Args: cobra.ExactArgs(1),
		Example: "  trailsift case notebook acme.case --format csv -o findings.csv",
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(notebook.Formats, format) {
				return usage("formats are: "+strings.Join(notebook.Formats, ", "), "--format: there is no format %q", format)
			}
			return p.withCase(args[0], func(s *session) error {
				book, err := p.notebook(s)
				if err != nil {
					return err
				}
				if output == "" {
					return notebook.Print(p.stdout, book.State(), format)
				}
				says, err := exportNotebook(book)(c.Context(), output, format)
				if err != nil {
					return access(err, "choose another file name")
				}
				if !p.quiet {
					fmt.Fprintln(p.stderr, p.printable(says))
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&format, "format", "md", "md, csv or jsonl")
	c.Flags().StringVarP(&output, "output", "o", "", "write to a new `FILE`")
	return c
}

// exportNotebook writes a notebook to a new file: never over one that exists.
func exportNotebook(book *notebook.Book) func(ctx context.Context, path, format string) (string, error) {
	return func(_ context.Context, path, format string) (string, error) {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return "", errors.New("the file exists already; choose another name")
		}
		if err != nil {
			return "", fmt.Errorf("write the notebook: %w", err)
		}
		n := book.State()
		if err := errors.Join(writeNotebook(f, n, format), f.Close()); err != nil {
			return "", fmt.Errorf("write the notebook to %s: %w", path, err)
		}
		return fmt.Sprintf("%s and %s written to %s", value.Of(int64(len(n.Marks)), "mark", "marks"), value.Of(int64(len(n.Views)), "view", "views"), path), nil
	}
}

func writeNotebook(f *os.File, n model.Notebook, format string) error {
	if err := notebook.Print(io.Writer(f), n, format); err != nil {
		return err
	}
	return f.Sync()
}
