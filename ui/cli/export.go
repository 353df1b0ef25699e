package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/queries/export"
)

func (p *program) exportCommand() *cobra.Command {
	var columns, sort, format, output string
	var force, csvRaw bool
	c := &cobra.Command{
		Use:     "export CASE [FILTER] -o FILE",
		Short:   "Write the requests that a filter keeps to a file, with a manifest others can check",
		Long:    "Writes FILE and FILE.manifest.json: the command, the filter, both hashes of every file the rows rest on, and the\nSHA-256 of the output. CSV cells a spreadsheet could run are guarded and counted; --csv-raw leaves them.\nSignatures and tokens stand as [redacted sha256:...] in every format but jsonl, whose raw records hold them as they are.",
		Example: "  trailsift export acme.case 'bucket:acme-finance op:GetObject' -o reads.csv",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if output == "" {
				return usage("as -o FILE.csv", "name the file to write")
			}
			order, err := parseSort(sort)
			if err != nil {
				return err
			}
			fields := model.Columns()
			if columns != "" && columns != "all" {
				if fields, err = parseFields("--columns", columns); err != nil {
					return err
				}
			}
			return p.withCase(args[0], func(s *session) error {
				f, err := s.parseFilter(c.Context(), args[1:])
				if err != nil {
					return err
				}
				job := export.Job{Path: output, Format: export.Format(orDefault(format, formatOf(output))), Fields: fields, Query: model.Query{Filter: f, Sort: order}, Force: force, CSVRaw: csvRaw}
				m, unnoted, err := p.export(c.Context(), s, job)
				if err != nil {
					return fmt.Errorf("export to %s: %w", output, err)
				}
				if unnoted != nil {
					p.warn(unnoted.Error(), "")
				}
				if m.RawSecrets > 0 {
					p.warn(fmt.Sprintf("the raw records hold %d signatures or tokens as they are; the other formats hold none", m.RawSecrets), "")
				}
				if !p.quiet {
					fmt.Fprintf(p.stderr, "%d rows to %s, sha256 %s\nmanifest %s.manifest.json, ledger head %s\n", m.Rows, p.printable(output), m.SHA256, p.printable(output), m.LedgerHead)
				}
				if m.Rows == 0 {
					return p.tellCoverage(c.Context(), s, job.Query)
				}
				return nil
			})
		},
	}
	fl := c.Flags()
	fl.StringVarP(&output, "output", "o", "", "the `FILE` to write")
	fl.StringVar(&format, "format", "", either(exportFormats())+" (default: by the file's ending, else csv)")
	fl.StringVar(&columns, "columns", "", "fields, joined by commas (default: all); member, record and integrity are always there")
	fl.StringVar(&sort, "sort", "", "field to sort by; a leading - turns the order round")
	fl.BoolVar(&force, "force", false, "replace FILE when it is there")
	fl.BoolVar(&csvRaw, "csv-raw", false, "do not guard cells that a spreadsheet could run")
	return c
}

// exportFormats are what an export can be written as, on screen and by the command.
func exportFormats() []string {
	return []string{string(export.CSV), string(export.JSONL), string(export.JSON), string(export.Parquet)}
}

// either is a choice in words.
func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func formatOf(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl", ".ndjson":
		return "jsonl"
	case ".json":
		return "json"
	case ".parquet":
		return "parquet"
	}
	return "csv"
}

// export fills in what only an open case knows and runs the job. unnoted says why the case's ledger
// does not tell of a complete export: a case on a medium that cannot be written to still gives its
// answers out.
func (p *program) export(ctx context.Context, s *session, job export.Job) (m export.Manifest, unnoted, err error) {
	if formats := exportFormats(); !slices.Contains(formats, string(job.Format)) {
		return m, nil, usage(either(formats), "no such format: %s", job.Format)
	}
	window, err := s.Window(ctx)
	if err != nil {
		return m, nil, err
	}
	known, err := s.Verification(ctx)
	if err != nil {
		return m, nil, err
	}
	_, head := s.Head()
	b := thisBuild()
	if job.Sources, err = s.protected(ctx); err != nil {
		return m, nil, err
	}
	job.About = export.About{
		Command: append([]string{"trailsift"}, p.args...), Filter: filter.Print(job.Query.Filter), Window: window, LedgerHead: head,
		Tool: fmt.Sprintf("trailsift %s %s %s sha256 %s", b.Version, b.Go, b.Platform, b.SHA256),
	}
	if len(known.Report) > 0 {
		job.About.Verification = &known.Counts
	}
	m, err = export.Write(ctx, s.engine, job)
	if err != nil {
		return m, nil, writeFailure(err)
	}
	if err := s.Record(ctx, "export", map[string]any{"file": m.File, "sha256": m.SHA256, "rows": m.Rows, "filter": m.Filter}); err != nil {
		return m, fmt.Errorf("the export is complete, but the case's ledger does not tell of it: %w", err), nil
	}
	return m, nil, nil
}
