// Package cli holds the commands, one verb a file, and is the only place that wires loaders, queries
// and the terminal interface together. It must not parse evidence or build SQL itself.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/queries/store"
)

// program is what every command needs of the world outside: its streams and its clock.
type program struct {
	args   []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time
	after  func(time.Duration) <-chan time.Time
	getenv func(string) string

	terminal string // of this process, to ask somebody on whatever the streams are

	log       string // --log: where the program's own diary goes, off when empty
	quiet     bool
	verbose   bool
	color     string
	progress  string
	wait      time.Duration
	memory    string
	threads   int
	logCloser io.Closer
	near      func(typed string) []string // names of commands like it
	wrong     error                       // what was asked help about and is nothing
	told      func(text, hint string)     // takes warnings while a screen owns the terminal; nil: they go to stderr
}

// warn tells what somebody should know and what work goes on without, with what to do where that is known.
func (p *program) warn(text, hint string) {
	if p.told != nil {
		p.told(text, hint)
		return
	}
	fmt.Fprintf(p.stderr, "trailsift: warning: %s\n", p.printable(text))
	if hint != "" {
		fmt.Fprintf(p.stderr, "hint: %s\n", p.printable(hint))
	}
}

// Main runs one command line and returns the exit code. A panic anywhere below is a bug: it is told
// in one sentence, with the stack in the log file when there is one, and exits 70.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	out := &watched{Writer: stdout}
	p := &program{args: args, stdin: stdin, stdout: out, stderr: stderr, now: time.Now, after: time.After, getenv: os.Getenv, terminal: "/dev/tty"}
	defer func() {
		if r := recover(); r != nil {
			code = p.bug(model.Caught(r))
		}
	}()
	root := p.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = p.wrong
	}
	var said silent
	if out.err != nil && (err == nil || errors.As(err, &said) || errors.Is(err, out.err)) {
		err = access(fmt.Errorf("write the answer: %w", out.err), "the answer is not complete where it was sent")
	}
	if p.logCloser != nil {
		_ = p.logCloser.Close()
	}
	if err != nil && ctx.Err() != nil && codeOf(err) != exitBug && !errors.As(err, &said) {
		err = context.Canceled // whatever the work that was interrupted made of it
	}
	p.report(err)
	if err != nil && ctx.Err() != nil && codeOf(err) != exitBug {
		return exitInterrupted
	}
	return codeOf(err)
}

// report tells the user what went wrong: one sentence and a hint.
func (p *program) report(err error) {
	var s silent
	if err == nil || errors.As(err, &s) {
		return
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(p.stderr, "trailsift: interrupted; what was committed is kept")
		return
	}
	text := err.Error()
	sentence, hint := store.Shortage(err)
	if sentence != "" {
		text = sentence
	}
	fmt.Fprintf(p.stderr, "trailsift: %s\n", p.printable(text))
	var f *failure
	if hint != "" {
		fmt.Fprintf(p.stderr, "hint: %s\n", hint)
	} else if errors.As(err, &f) && f.hint != "" {
		fmt.Fprintf(p.stderr, "hint: %s\n", p.printable(f.hint))
	} else if store.IsDamage(err) {
		fmt.Fprintf(p.stderr, "hint: %s\n", damagedHint)
	}
}

// printable makes a text that may quote evidence fit for a terminal.
func (p *program) printable(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = safe.New(l).String()
	}
	return strings.Join(lines, "\n  ")
}

// bug tells a bug in a sentence.
func (p *program) bug(b *model.Bug) int {
	fmt.Fprintf(p.stderr, "trailsift: a bug: %s\nhint: the case is intact and opens again; run with --log FILE to keep the details for a report\n", p.printable(b.Error()))
	p.keep(b)
	return exitBug
}

// keep writes the stack of a bug into the log.
func (p *program) keep(b *model.Bug) {
	if p.log == "" {
		return
	}
	if f, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		fmt.Fprintf(f, "panic: %v\n%s\n", b.Value, b.Stack)
		_ = f.Close()
	}
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "trailsift [CASE | EVIDENCE...]",
		Short: "Explore AWS S3 activity: CloudTrail and server access logs, with what is proven about them",
		Long: "trailsift takes AWS S3 activity logs in, tells which of them are cryptographically proven, and answers\n" +
			"the questions of an S3 incident. It works offline and never writes to evidence.\n" +
			"Without a command it does what open does.",
		Example:           "  trailsift open testdata/demo\n  trailsift load --case acme.case ./logs\n  trailsift query acme.case 'op:GetObject outcome:ok' --group-by actor,ip",
		Args:              cobra.ArbitraryArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := p.checkShared(); err != nil {
				return err
			}
			return p.openLog()
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&p.log, "log", p.getenv("TRAILSIFT_LOG"), "write what the program does to `FILE`")
	flags.BoolVarP(&p.quiet, "quiet", "q", false, "no progress and no summary")
	flags.BoolVarP(&p.verbose, "verbose", "v", false, "say more: notices, every skipped file")
	flags.StringVar(&p.color, "color", orDefault(p.getenv("TRAILSIFT_COLOR"), "auto"), "colours: auto, always, never")
	flags.StringVar(&p.progress, "progress", "auto", "progress on standard error: auto (on a terminal), json, none")
	flags.DurationVar(&p.wait, "wait", 5*time.Second, "how long to wait for a case that another process holds")
	flags.StringVar(&p.memory, "memory", p.getenv("TRAILSIFT_MEMORY"), "memory for the database, as 2GB (default: half of the machine's, at most 4GB)")
	flags.IntVar(&p.threads, "threads", 0, "workers that read evidence (default: one a core)")
	root.SetFlagErrorFunc(flagsAreUsage)
	open := p.openCommand()
	root.RunE = open.RunE
	root.Flags().AddFlagSet(open.Flags())
	root.AddCommand(open, p.loadCommand(), p.queryCommand(), p.facetsCommand(), p.showCommand(), p.presetCommand(), p.exportCommand(),
		p.caseCommand(), p.verifyCommand(), p.auditCommand(), p.objectCommand(), p.actorCommand(), p.doctorCommand(), p.versionCommand(), p.manCommand())
	root.AddCommand(topics()...)
	root.SetOut(p.stdout) // completion asks for it when it is made
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	argumentsAreUsage(root)
	p.helpIsUsage(root)
	root.SuggestionsMinimumDistance = 2
	p.near = root.SuggestionsFor
	return root
}

func orDefault(s, d string) string {
	if s == "" {
		return d
	}
	return s
}
