package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/queries/export"
)

func (p *program) facetsCommand() *cobra.Command {
	var list, format string
	var top int
	c := &cobra.Command{
		Use:   "facets CASE [FILTER] --fields a,b",
		Short: "Count the values of fields among the requests that a filter keeps",
		Example: "  trailsift facets acme.case outcome:denied --fields actor,ip --top 20\n" +
			"  trailsift facets acme.case --fields object   # bucket/key; a copy counts for its source too",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			fields, err := parseFields("--fields", list, model.FieldObject)
			if err != nil {
				return err
			}
			if len(fields) == 0 {
				return usage("as --fields actor,ip", "name the fields to count")
			}
			if format != "" && format != "table" && format != "json" {
				return usage("table or json", "no such format: %s", format)
			}
			return p.withCase(args[0], func(s *session) error {
				f, err := s.parseFilter(c.Context(), args[1:])
				if err != nil {
					return err
				}
				return p.facets(c.Context(), s, model.Query{Filter: f}, fields, top, format)
			})
		},
	}
	c.Flags().StringVar(&list, "fields", "", "fields, or object, joined by commas")
	c.Flags().IntVar(&top, "top", 20, "at most so many values of each; 0 for all")
	c.Flags().StringVar(&format, "format", "", "table or json (default: table on a terminal, else json)")
	return c
}

func (p *program) facets(ctx context.Context, s *session, q model.Query, fields []model.Field, top int, format string) error {
	facets, err := s.engine.Facets(ctx, q, fields, top)
	if err != nil {
		return fmt.Errorf("count values: %w", err)
	}
	rows := int64(0)
	if format == "json" || format == "" && !isTerminal(p.stdout) {
		for _, f := range facets {
			for _, v := range f.Values {
				rows += v.Count
			}
			rows += f.Absent
		}
		if err := export.WriteFacets(p.stdout, export.JSON, facets); err != nil {
			return err
		}
	} else {
		for i, f := range facets {
			if i > 0 {
				fmt.Fprintln(p.stdout)
			}
			fmt.Fprintf(p.stdout, "%s (%d values)\n", f.Field, f.Distinct)
			for _, v := range f.Values {
				fmt.Fprintf(p.stdout, "%12d  %s\n", v.Count, p.printable(export.Text(v.Value)))
				rows += v.Count
			}
			if f.Other > 0 {
				fmt.Fprintf(p.stdout, "%12d  (other values)\n", f.Other)
			}
			if f.Absent > 0 {
				fmt.Fprintf(p.stdout, "%12d  (absent)\n", f.Absent)
				rows += f.Absent
			}
		}
	}
	if rows == 0 {
		return p.tellCoverage(ctx, s, q)
	}
	return nil
}
