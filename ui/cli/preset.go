package cli

import (
	"bufio"
	"cmp"
	"context"

	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/queries/export"
	"trailsift/queries/preset"
	"trailsift/ui/screen/presets"
)

func (p *program) presetCommand() *cobra.Command {
	c := &cobra.Command{Use: "preset", Short: "List, show, run and save questions"}
	var counts bool
	list := &cobra.Command{
		Use: "list CASE", Short: "Every preset, and why the case cannot answer some", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withCase(args[0], func(s *session) error { return p.presetList(c.Context(), s, counts) })
		},
	}
	list.Flags().BoolVar(&counts, "counts", false, "count what each one finds")
	show := &cobra.Command{
		Use: "show CASE NAME", Short: "What a preset asks and how to read its answer", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withCase(args[0], func(s *session) error { return p.presetShow(c.Context(), s, args[1]) })
		},
	}
	var params []string
	var o queryOptions
	run := &cobra.Command{
		Use: "run CASE NAME [--param k=v]", Short: "Answer a preset", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withCase(args[0], func(s *session) error { return p.presetRun(c.Context(), s, args[1], params, &o) })
		},
	}
	run.Flags().StringArrayVar(&params, "param", nil, "a parameter as `NAME=VALUE`; may be repeated")
	if err := run.RegisterFlagCompletionFunc("param", p.completeParam); err != nil {
		panic(err) // the flag is defined on the line above
	}
	run.Flags().StringVar(&o.columns, "columns", "", "fields, joined by commas")
	run.Flags().StringVar(&o.format, "format", "", "table, csv, jsonl or json")
	run.Flags().Int64Var(&o.limit, "limit", 0, "at most so many rows")
	run.Flags().BoolVar(&o.count, "count", false, "only the number of requests")
	var title, question string
	var user, force bool
	save := &cobra.Command{
		Use: "save CASE NAME FILTER", Short: "Save a filter as a preset of the case, or of yours", Args: cobra.MinimumNArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withCase(args[0], func(s *session) error {
				f, err := s.parseFilter(c.Context(), args[2:])
				if err != nil {
					return err
				}
				path, err := p.presetSave(s, args[1], orDefault(title, args[1]), orDefault(question, title), f, user, force)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(p.stdout, path)
				return err
			})
		},
	}
	save.Flags().StringVar(&title, "title", "", "title")
	save.Flags().StringVar(&question, "question", "", "what it asks, in words")
	save.Flags().BoolVar(&user, "user", false, "for every case of yours, instead of this one")
	save.Flags().BoolVar(&force, "force", false, "replace a preset of that name")
	c.AddCommand(list, show, run, save)
	return c
}

// allPresets are the built-in ones, the user's and the case's; the later ones win a name.
func (p *program) allPresets(s *session) []preset.Preset {
	all, errs := p.readPresets(s)
	for _, err := range errs {
		p.warn(err.Error(), "")
	}
	return all
}

// readPresets is allPresets without a word, for a screen.
func (p *program) readPresets(s *session) ([]preset.Preset, []error) {
	all, wrong := preset.Builtin(), []error(nil)
	for _, dir := range p.presetFolders(s) {
		more, errs := preset.Load(dir)
		wrong = append(wrong, errs...)
		for _, q := range more {
			if i := slices.IndexFunc(all, func(b preset.Preset) bool { return b.Name == q.Name }); i >= 0 {
				all[i] = q
			} else {
				all = append(all, q)
			}
		}
	}
	return all, wrong
}

func (p *program) presetFolders(s *session) []string {
	dirs := []string{filepath.Join(s.Dir(), "presets")}
	if config := p.configDir(); config != "" {
		dirs = append([]string{filepath.Join(config, "presets")}, dirs...)
	}
	return dirs
}

func (p *program) findPreset(s *session, name string) (preset.Preset, error) {
	all := p.allPresets(s)
	if i := slices.IndexFunc(all, func(q preset.Preset) bool { return q.Name == name }); i >= 0 {
		return all[i], nil
	}
	return preset.Preset{}, usage("trailsift preset list "+s.Dir(), "there is no preset %q", name)
}

func (p *program) presetList(ctx context.Context, s *session, counts bool) error {
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return fmt.Errorf("look at the case: %w", err)
	}
	out := bufio.NewWriter(p.stdout)
	topic := ""
	for _, q := range p.allPresets(s) {
		if q.Topic != topic {
			topic = q.Topic
			fmt.Fprintf(out, "%s\n", p.printable(topic))
		}
		note := q.Missing(o)
		if note == "" && counts {
			n, err := p.presetNumber(ctx, s, q, nil)
			if err != nil {
				return fmt.Errorf("count preset %s: %w", q.Name, err)
			}
			if note = fmt.Sprint(n); q.Counts() != "requests" {
				note = plural(n, strings.TrimSuffix(q.Counts(), "s"), q.Counts())
			}
		}
		fmt.Fprintf(out, "  %-27s %s", p.printable(q.Name), p.printable(q.Title))
		if note != "" {
			fmt.Fprintf(out, "  [%s]", note)
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// presetNumber is the number that the screen, the list and the card show for a preset.
func (p *program) presetNumber(ctx context.Context, s *session, q preset.Preset, params map[string]string) (int64, error) {
	if tabled(q) {
		r, err := p.card(ctx, s, q, params)
		return r.n, err
	}
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return 0, err
	}
	mq, err := q.Query(params, o.Span.To)
	if err != nil {
		return 0, err
	}
	return s.engine.Count(ctx, mq)
}

func (p *program) presetShow(ctx context.Context, s *session, name string) error {
	q, err := p.findPreset(s, name)
	if err != nil {
		return err
	}
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return fmt.Errorf("look at the case: %w", err)
	}
	answer := q.Missing(o)
	if answer == "" {
		n, err := p.presetNumber(ctx, s, q, nil)
		if err != nil {
			return fmt.Errorf("count preset %s: %w", q.Name, err)
		}
		answer = plural(n, strings.TrimSuffix(q.Counts(), "s"), q.Counts())
	}
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(p.stdout, "%-10s %s\n", name, p.printable(text))
		}
	}
	line("name", q.Name)
	line("title", q.Title)
	line("question", q.Question)
	line("filter", q.Filter)
	line("group by", strings.Join(q.Group, ", "))
	line("over", q.Over)
	line("at least", strings.Join(q.Least, ", or "))
	for _, a := range q.Params {
		line("parameter", fmt.Sprintf("%s: %s (default %s)", a.Name, a.Help, a.Default))
	}
	line("needs", strings.Join(q.Words(), " or "))
	line("answer", answer)
	line("command", "trailsift "+q.Command())
	line("reading", q.Reading)
	line("if empty", q.Empty)
	line("ask next", q.Next)
	return nil
}

func (p *program) presetRun(ctx context.Context, s *session, name string, pairs []string, o *queryOptions) error {
	q, err := p.findPreset(s, name)
	if err != nil {
		return err
	}
	params := map[string]string{}
	for _, pair := range pairs {
		k, v, ok := strings.Cut(pair, "=")
		if !ok {
			return usage("as --param object=bucket/key", "--param wants NAME=VALUE, not %q", pair)
		}
		params[k] = v
	}
	overview, err := s.engine.Overview(ctx)
	if err != nil {
		return fmt.Errorf("look at the case: %w", err)
	}
	if why := q.Missing(overview); why != "" {
		p.warn(fmt.Sprintf("preset %s %s", q.Name, why), "")
	}
	mq, err := q.Query(params, overview.Span.To)
	if err != nil {
		return usage("trailsift preset show "+s.Dir()+" "+name, "preset %s: %w", name, err)
	}
	if tabled(q) {
		return p.presetTable(ctx, s, q, params, mq, o)
	}
	if len(q.Group) == 0 || o.count {
		run := *o
		if mq.Sort.Field != "" {
			run.sort = map[bool]string{true: "-"}[mq.Sort.Desc] + string(mq.Sort.Field)
		}
		err = p.query(ctx, s, &run, mq.Filter)
	} else {
		terminal := isTerminal(p.stdout)
		format, ferr := chooseFormat(o.format, terminal)
		if ferr != nil {
			return ferr
		}
		err = p.groups(ctx, s, mq, q.Fields(), int(o.limit), format, p.stdout, terminal)
	}
	if err != nil {
		return err
	}
	if n, err := s.engine.Count(ctx, mq); err == nil && n == 0 && q.Empty != "" {
		fmt.Fprintln(p.stderr, p.printable(q.Empty))
	}
	return nil
}

// presetTable answers a preset by its table.
func (p *program) presetTable(ctx context.Context, s *session, q preset.Preset, params map[string]string, mq model.Query, o *queryOptions) error {
	r, err := p.card(ctx, s, q, params)
	if err != nil {
		return fmt.Errorf("preset %s: %w", q.Name, err)
	}
	if o.limit > 0 && o.limit < int64(len(r.lines)) {
		fmt.Fprintf(p.stderr, "%d of %d lines; --limit shows more\n", o.limit, len(r.lines))
		r.lines = r.lines[:o.limit]
	}
	format, err := chooseFormat(o.format, isTerminal(p.stdout))
	switch {
	case err != nil:
		return err
	case o.count && format == export.JSON:
		err = p.writeJSON(map[string]int64{"count": r.n})
	case o.count:
		_, err = fmt.Fprintln(p.stdout, r.n)
	case format == export.JSON:
		err = p.writeJSON(r.value)
	case format == export.JSONL:
		err = p.writeLines(r.screenTable())
	case format == export.CSV:
		err = writeCSV(p.stdout, r.names, r.lines)
	default:
		r.text()
	}
	p.tellCautions(r)
	if err != nil || r.n > 0 {
		return err
	}
	if q.Empty != "" {
		fmt.Fprintln(p.stderr, p.printable(q.Empty))
	}
	return p.tellCoverage(ctx, s, mq)
}

func (p *program) presetSave(s *session, name, title, question string, f model.Filter, user, force bool) (string, error) {
	dirs := p.presetFolders(s)
	dir := dirs[len(dirs)-1]
	if user {
		dir = dirs[0]
	}
	path, err := preset.Save(dir, preset.Preset{
		Name: name, Title: title, Topic: "saved", Question: orDefault(question, title), Filter: filter.Print(f),
		Empty: "Nothing matches; see what the evidence covers.",
	}, force)
	switch {
	case errors.Is(err, preset.ErrExists):
		return "", usage("choose another name, or --force to replace it", "%w", err)
	case preset.FileName(name) == "":
		return "", usage("as exposed-reads", "%w", err)
	case errors.Is(err, fs.ErrPermission):
		return "", access(err, "check that you may write there")
	}
	return path, err
}

// saveFor saves a screen's filter as a preset of the case.
func (p *program) saveFor(s *session) func(ctx context.Context, name, question string, f model.Filter) error {
	return func(_ context.Context, name, question string, f model.Filter) error {
		_, err := p.presetSave(s, name, name, question, f, false, false)
		return err
	}
}

// usualWeight is that of a lead that tells none.
const usualWeight = 5

// screenPresets are the presets as the screen shows them.
func (p *program) screenPresets(ctx context.Context, s *session, all []preset.Preset) []presets.Preset {
	var out []presets.Preset
	for _, q := range all {
		sp := presets.Preset{
			Name: q.Name, Topic: q.Topic, Title: q.Title, Question: q.Question, Needs: []string{strings.Join(q.Words(), " or ")}, Reading: q.Reading, Empty: q.Empty, Next: q.Next, Lead: q.Lead != "", Weight: cmp.Or(q.Weight, usualWeight), Group: q.Fields(), Missing: q.Missing,
			Filter: func(params map[string]string) (model.Filter, error) {
				end := time.Time{}
				if now, err := s.engine.Overview(context.WithoutCancel(ctx)); err == nil {
					end = now.Span.To
				}
				mq, err := q.Query(params, end)
				return mq.Filter, err
			},
		}
		for _, a := range q.Params {
			sp.Params = append(sp.Params, presets.Param{Name: a.Name, Question: a.Help, Default: a.Default, Field: model.Field(a.Field), Complete: a.Complete})
		}
		if tabled(q) {
			sp.Noun = q.Counts()
			sp.Table = func(ctx context.Context, params map[string]string) (presets.Table, error) {
				r, err := p.card(ctx, s, q, params)
				return r.screenTable(), err
			}
		}
		if q.Audit != "" {
			sp.Command = "trailsift " + q.Command()
		}
		out = append(out, sp)
	}
	return out
}
