package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/loaders"
	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/queries/export"
	"trailsift/queries/preset"
	"trailsift/ui"
	"trailsift/ui/screen/explore"
	"trailsift/ui/screen/presets"
	"trailsift/ui/widget/value"
)

func (p *program) openCommand() *cobra.Command {
	var o loadOptions
	var ascii bool
	c := &cobra.Command{
		Use:     "open [CASE | EVIDENCE...]",
		Short:   "Explore a case, or evidence while it loads, on the terminal",
		Long:    "Open a case, or load evidence into one and look at it meanwhile. Without arguments, recent cases are listed.",
		Example: "  trailsift open testdata/demo\n  trailsift open acme.case\n  trailsift open s3://acme-logs/AWSLogs/111122223333/",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && o.caseDir == "" {
				return p.recentCases()
			}
			if err := o.wanted.check(args); err != nil {
				return err
			}
			return p.open(c.Context(), &o, args, ascii)
		},
	}
	o.register(c)
	c.Flags().BoolVar(&ascii, "ascii", false, "draw with ASCII characters only")
	return c
}

// recentCases lists the cases below the usual place, the latest first.
func (p *program) recentCases() error {
	dir, err := p.casesDir()
	if err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.case", databaseName))
	if err != nil {
		return access(err, "check XDG_DATA_HOME")
	}
	if len(found) == 0 {
		return usage("trailsift open EVIDENCE, for example: trailsift open testdata/demo", "there are no cases yet")
	}
	type recent struct {
		dir string
		at  time.Time
	}
	var cases []recent
	for _, f := range found {
		if info, err := os.Stat(f); err == nil {
			cases = append(cases, recent{filepath.Dir(f), info.ModTime()})
		}
	}
	slices.SortFunc(cases, func(a, b recent) int { return b.at.Compare(a.at) })
	for _, c := range cases {
		fmt.Fprintf(p.stdout, "%s  %s\n", c.at.UTC().Format("2006-01-02 15:04Z"), p.printable(c.dir))
	}
	fmt.Fprintln(p.stderr, "open one with: trailsift open NAME")
	return nil
}

func (p *program) open(ctx context.Context, o *loadOptions, args []string, ascii bool) error {
	dir, sources, err := p.openTarget(o, args)
	if err != nil {
		return err
	}
	if !isTerminal(p.stdin) || !isTerminal(p.stdout) {
		return usage("without one use: trailsift load EVIDENCE, then trailsift query CASE 'FILTER'", "open needs a terminal")
	}
	if term := p.getenv("TERM"); term == "dumb" {
		return usage("use: trailsift query CASE 'FILTER'", "the terminal cannot place text (TERM=dumb)")
	}
	var s *session
	if len(sources) > 0 {
		s, err = p.prepare(o, sources)
	} else {
		s, err = p.openSession(dir, false)
	}
	if err != nil {
		return err
	}
	defer s.close()
	if err := p.connectLoad(ctx, s, o, sources); err != nil {
		return loadFailure(err)
	}
	if err := p.waitForReader(ctx, s); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := &beside{p: p, s: s, o: o, sources: sources, ctx: ctx, cancel: cancel}
	var load *ui.Load
	if len(sources) > 0 && len(bucketsOf(sources)) == 0 {
		load = work.begin()
	}
	options, err := p.screenOptions(ctx, s, ascii)
	if err != nil {
		return err
	}
	options.Load, options.Bucket, options.Look = load, work.bucket(), work.look
	err = ui.Run(ctx, options)
	work.end()
	if !p.quiet {
		fmt.Fprintf(p.stderr, "case %s is kept\nopen it again with: trailsift open %s\n", p.printable(s.Dir()), p.printable(value.Quote(p.shortName(s.Dir()))))
	}
	if bug := new(model.Bug); errors.As(err, &bug) {
		panic(bug) // the terminal is restored: Main tells it
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return &failure{code: exitBug, err: fmt.Errorf("the terminal interface stopped: %w", err), hint: "the case is intact; run with --log FILE to keep the details"}
	}
	return nil
}

// screenOptions wires the interface to an open case.
func (p *program) screenOptions(ctx context.Context, s *session, ascii bool) (ui.Options, error) {
	book, err := p.notebook(s)
	if err != nil {
		return ui.Options{}, err
	}
	return ui.Options{
		Notebook: book.State(), Note: book.Append, ExportNotebook: exportNotebook(book), Tmux: p.getenv("TMUX") != "", Zone: p.getenv("TZ"), SQL: statement(s.engine),
		Backend: covering{s.engine, s}, Case: s.Dir(), Version: release, Presets: p.screenPresets(ctx, s, p.allPresets(s)), PresetsNow: func(ctx context.Context) []presets.Preset {
			now, _ := p.readPresets(s) // what cannot be read was told when the case opened
			return p.screenPresets(ctx, s, now)
		},
		Export: p.exportFor(s), ExportCheck: p.exportCheck(s), Formats: exportFormats(), RawFormat: string(export.JSONL), Save: p.saveFor(s), Named: preset.FileName, Custodian: s, Auditor: auditor{s}, SetWindow: s.SetWindow, Language: language(ascii), ASCII: ascii || !utf8Locale(p.getenv), NoColor: p.noColor(),
	}, nil
}

// openTarget tells a case from evidence.
func (p *program) openTarget(o *loadOptions, args []string) (dir string, sources []string, err error) {
	if len(args) == 0 {
		return o.caseDir, nil, p.existingCase(o.caseDir)
	}
	if len(args) == 1 && o.caseDir == "" {
		if isCase(args[0]) {
			return args[0], nil, nil
		}
		if absent(args[0]) {
			if dir, ok := p.caseByName(args[0]); ok {
				return dir, nil, nil
			}
		}
	}
	for _, a := range args {
		if absent(a) {
			hint := "name a case or evidence: a folder, files, an archive, s3://bucket/prefix; trailsift --help lists the commands"
			if like := p.near(a); len(like) > 0 && !slices.Contains(p.args, "open") {
				hint = "did you mean the command trailsift " + like[0] + "?"
			}
			return "", nil, usage(hint, "there is no command, case or evidence %s", a)
		}
	}
	for _, a := range args {
		if a == "-" {
			return "", nil, usage("load it first: … | trailsift load --case NAME.case -", "open cannot read standard input: the keyboard is there")
		}
	}
	return "", args, nil
}

// absent tells that name can only be a file and is none.
func absent(name string) bool {
	_, err := os.Stat(name)
	return errors.Is(err, fs.ErrNotExist) && name != source.Stdin && !isS3(name) && !strings.ContainsAny(name, "*?[")
}

// leftOut says what of the evidence could not be taken.
func leftOut(sum loaders.Summary) string { return "not all could be loaded: " + lost(sum) }

// lost is what of the evidence could not be taken, in numbers.
func lost(sum loaders.Summary) string {
	var parts []string
	for _, x := range []struct {
		n              int64
		one, many, was string
	}{
		{sum.Members.Rejected, "file", "files", "rejected"}, {sum.Records.Rejected, "record", "records", "rejected"},
		{sum.Members.Unreadable, "file", "files", "unreadable"},
	} {
		switch {
		case x.n == 1:
			parts = append(parts, "1 "+x.one+" "+x.was)
		case x.n > 1:
			parts = append(parts, fmt.Sprintf("%d %s %s", x.n, x.many, x.was))
		}
	}
	return strings.Join(parts, ", ")
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func language(ascii bool) explore.Language {
	return explore.Language{
		Parse: func(text string, end time.Time) (model.Filter, error) {
			return filter.Parse(text, filter.Context{End: end})
		},
		Print:    filter.Print,
		Describe: func(t model.Term) string { return filter.Describe(t, ascii) },
	}
}

func (p *program) noColor() bool {
	return p.color == "never" || p.color != "always" && p.getenv("NO_COLOR") != ""
}

func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

// exportFor writes what a screen shows. A bare name goes to the folder the program was started in.
func (p *program) exportFor(s *session) func(ctx context.Context, r explore.ExportRequest) (string, error) {
	return func(ctx context.Context, r explore.ExportRequest) (string, error) {
		fields := r.Columns
		if len(fields) == 0 {
			fields = model.Columns()
		}
		m, unnoted, err := p.export(ctx, s, export.Job{Path: r.Path, Format: export.Format(r.Format), Fields: fields, Query: r.Query})
		if err != nil {
			return "", anotherName(err)
		}
		said := fmt.Sprintf("%d rows written to %s, manifest beside it", m.Rows, r.Path)
		if m.RawSecrets > 0 {
			said += fmt.Sprintf("; it holds %d signatures or tokens unredacted", m.RawSecrets)
		}
		if unnoted != nil {
			said += "; " + unnoted.Error()
		}
		return said, nil
	}
}

// exportCheck tells whether what a screen asks to be written could be.
func (p *program) exportCheck(s *session) func(ctx context.Context, path string) error {
	return func(ctx context.Context, path string) error {
		sources, err := s.protected(ctx)
		if err != nil {
			return err
		}
		return anotherName(export.Check(ctx, s.engine, export.Job{Path: path, Sources: sources}))
	}
}

// anotherName says in the words of a dialog that something stands where a file was to go.
func anotherName(err error) error {
	if errors.Is(err, export.ErrExists) {
		return errors.New("the file or its manifest exists already; choose another name")
	}
	return err
}
