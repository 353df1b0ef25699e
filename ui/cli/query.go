package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/queries/export"
)

// gridColumns are the columns of a query nobody chose columns for.
var gridColumns = []model.Field{
	model.FieldTime, model.FieldLog, model.FieldOp, model.FieldStatus, model.FieldOutcome, model.FieldIP, model.FieldActor,
	model.FieldBucket, model.FieldKey, model.FieldEnc, model.FieldIntegrity,
}

type queryOptions struct {
	columns string
	sort    string
	limit   int64
	count   bool
	groupBy string
	format  string
	output  string
	force   bool
}

func (p *program) queryCommand() *cobra.Command {
	var o queryOptions
	c := &cobra.Command{
		Use:   "query CASE [FILTER]",
		Short: "List, count or group the requests that a filter keeps",
		Long:  "Lists, counts or groups what a filter keeps. Signatures and tokens stand as [redacted sha256:...], which tells two apart;\ntrailsift export -o FILE.jsonl writes the raw records with them as they are.",
		Example: "  trailsift query acme.case 'op:GetObject ip:203.0.113.0/24' --columns time,actor,key\n" +
			"  trailsift query acme.case outcome:denied --group-by actor,op\n  trailsift query acme.case -- -ip:10.0.0.0/8",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withCase(args[0], func(s *session) error {
				f, err := s.parseFilter(c.Context(), args[1:])
				if err != nil {
					return err
				}
				return p.query(c.Context(), s, &o, f)
			})
		},
	}
	fl := c.Flags()
	fl.StringVar(&o.columns, "columns", "", "fields, joined by commas; all for every field")
	fl.StringVar(&o.sort, "sort", "", "field to sort by; a leading - turns the order round")
	fl.Int64Var(&o.limit, "limit", 0, "at most so many rows (default: 1000 on a terminal, else all)")
	fl.BoolVar(&o.count, "count", false, "only the number of rows")
	fl.StringVar(&o.groupBy, "group-by", "", "count the rows by these fields, joined by commas")
	fl.StringVar(&o.format, "format", "", "table, csv, jsonl or json (default: table on a terminal, else csv)")
	fl.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of standard output")
	fl.BoolVar(&o.force, "force", false, "replace FILE when it is there")
	return c
}

func (p *program) query(ctx context.Context, s *session, o *queryOptions, f model.Filter) (err error) {
	sort, err := parseSort(o.sort)
	if err != nil {
		return err
	}
	q := model.Query{Filter: f, Sort: sort}
	out, done, err := p.output(ctx, s, o.output, o.force)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done(err == nil)) }()
	terminal := o.output == "" && isTerminal(p.stdout)
	format, err := chooseFormat(o.format, terminal)
	if err != nil {
		return err
	}
	if o.groupBy != "" && o.columns != "" {
		p.warn("--columns means nothing with --group-by: its fields are the columns", "")
	}
	if o.groupBy != "" && o.count {
		p.warn("--group-by means nothing with --count: one number is told", "")
	}
	switch {
	case o.count:
		return p.count(ctx, s, q, format, out)
	case o.groupBy != "":
		fields, err := parseFields("--group-by", o.groupBy)
		if err != nil {
			return err
		}
		return p.groups(ctx, s, q, fields, int(o.limit), format, out, terminal)
	}
	fields := gridColumns
	if o.columns == "all" {
		fields = model.Columns()
	} else if o.columns != "" {
		if fields, err = parseFields("--columns", o.columns); err != nil {
			return err
		}
	}
	limit := o.limit
	if limit == 0 && terminal {
		limit = 1000
	}
	return p.rows(ctx, s, q, fields, limit, format, out, terminal)
}

func chooseFormat(format string, terminal bool) (export.Format, error) {
	switch f := export.Format(format); f {
	case "":
		if terminal {
			return export.Table, nil
		}
		return export.CSV, nil
	case export.Table, export.CSV, export.JSONL, export.JSON:
		return f, nil
	}
	return "", usage("table, csv, jsonl or json", "no such format: %s", format)
}

// output is where a command's data goes. done(true) keeps what was written, done(false) removes it.
func (p *program) output(ctx context.Context, s *session, path string, force bool) (io.Writer, func(keep bool) error, error) {
	if path == "" {
		return p.stdout, func(bool) error { return nil }, nil
	}
	sources, err := s.protected(ctx)
	if err != nil {
		return nil, nil, err
	}
	f, err := export.Begin(ctx, s.engine, export.Job{Path: path, Force: force, Sources: sources})
	if err != nil {
		return nil, nil, writeFailure(err)
	}
	return f, func(keep bool) error {
		defer f.Remove()
		if !keep {
			return nil
		}
		return writeFailure(f.Publish())
	}, nil
}

// writeFailure adds what to do when a result cannot be written to its file.
func writeFailure(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, export.ErrExists):
		return usage("choose another name, or --force to replace it", "%w", err)
	}
	hint := "nothing was left under the final name"
	if isFull(err) {
		hint = "free some space or write to another disk; " + hint
	}
	return access(err, hint)
}

func (p *program) count(ctx context.Context, s *session, q model.Query, format export.Format, out io.Writer) error {
	n, err := s.engine.Count(ctx, q)
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	if format == export.JSON || format == export.JSONL {
		err = export.WriteCount(out, format, n)
	} else {
		_, err = fmt.Fprintln(out, n)
	}
	if err == nil && n == 0 {
		err = p.tellCoverage(ctx, s, q)
	}
	return err
}

// onTerminal makes every text of a row printable; what goes to a pipe or a file is verbatim.
func onTerminal(r model.Row) model.Row {
	for i, v := range r.Values {
		if t, ok := v.(string); ok {
			r.Values[i] = safe.New(t).String()
		}
	}
	return r
}

func (p *program) rows(ctx context.Context, s *session, q model.Query, fields []model.Field, limit int64, format export.Format, out io.Writer, terminal bool) error {
	buf := bufio.NewWriterSize(out, 1<<18)
	w, err := export.NewWriter(buf, format, fields, export.Options{})
	if err != nil {
		return err
	}
	n := int64(0)
	err = s.engine.Stream(ctx, q, fields, limit, func(r model.Row) error {
		n++
		if terminal {
			r = onTerminal(r)
		}
		return w.Row(r)
	})
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = buf.Flush()
	}
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	if n == 0 {
		return p.tellCoverage(ctx, s, q)
	}
	if limit > 0 && n == limit {
		if all, err := s.engine.Count(ctx, q); err == nil && all > n {
			fmt.Fprintf(p.stderr, "%d of %d rows; --limit shows more\n", n, all)
		}
	}
	return nil
}

func (p *program) groups(ctx context.Context, s *session, q model.Query, fields []model.Field, limit int, format export.Format, out io.Writer, terminal bool) error {
	groups, err := s.engine.GroupBy(ctx, q, fields, limit)
	if err != nil {
		return fmt.Errorf("group: %w", err)
	}
	if terminal {
		for i := range groups {
			groups[i].Values = onTerminal(model.Row{Values: groups[i].Values}).Values
		}
	}
	buf := bufio.NewWriter(out)
	if err := errors.Join(export.WriteGroups(buf, format, fields, groups), buf.Flush()); err != nil {
		return err
	}
	if len(groups) == 0 {
		return p.tellCoverage(ctx, s, q)
	}
	return nil
}
