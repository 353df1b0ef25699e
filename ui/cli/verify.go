package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"trailsift/loaders"
	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/integrity"
	"trailsift/queries/store"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	keys     []string
	metadata []string
	since    string
	until    string
	format   string
}

func (p *program) verifyCommand() *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify CASE | DIR...",
		Short: "Verify CloudTrail digests and the log files they list, offline, in a case or in plain copies",
		Long: "Verify tells which log files are exactly what CloudTrail delivered, which are not, which cannot be known,\n" +
			"and which time nothing vouches for. All accounts, Regions, trails and kinds of digests in one run. It\n" +
			"needs no network. Folders are read once, file by file, and need no case. A case is judged by the hashes\n" +
			"that were taken when it was loaded; its records get their badges, and the act stands in the ledger.\n\n" +
			"Without --since and --until a case is judged over its incident window, if it has one. Keys given with\n" +
			"--keys count for this run; trailsift case keys add keeps them.\n\n" +
			"A hash proves delivery, not truth: an unaltered file says what CloudTrail recorded, not what happened,\n" +
			"and a mismatch may be a re-save as well as tampering.\n\n" +
			"Exit code 0: verified. 1: an adverse finding. 3: not everything could be checked. 4: nothing to verify.",
		Example: "  trailsift verify acme.case\n  trailsift verify ./copy --keys keys.json\n  aws cloudtrail list-public-keys --start-time 2026-03-01 --region us-east-1 > keys.json",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name a case, or the folder that holds the digests and the logs", "nothing to verify")
			}
			return p.verify(c.Context(), &o, args)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.keys, "keys", nil, "public keys from a source you trust: `FILE` of aws cloudtrail list-public-keys; may be repeated")
	f.StringArrayVar(&o.metadata, "metadata", nil, "`FILE` with one JSON object \"bucket/key\": {\"signature\", \"signature-algorithm\"}; may be repeated")
	f.StringVar(&o.since, "since", "", "judge from this `TIME` on (RFC 3339, UTC without a zone)")
	f.StringVar(&o.until, "until", "", "judge up to this `TIME`, exclusive")
	f.StringVar(&o.format, "format", "text", "text or json")
	return c
}

func (p *program) verify(ctx context.Context, o *verifyOptions, args []string) error {
	a, err := p.asking(o)
	if err != nil {
		return err
	}
	if o.format != "text" && o.format != "json" {
		return usage("text or json", "no such format: %s", o.format)
	}
	dir, err := p.verifyTarget(args)
	if err != nil {
		return err
	}
	var report *integrity.Report
	if dir != "" {
		report, err = p.verifyCase(ctx, dir, a)
	} else {
		report, err = p.verifyFolders(ctx, args, a)
	}
	if err != nil {
		return err
	}
	if o.format == "json" {
		enc := json.NewEncoder(p.stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	} else {
		p.printReport(report)
	}
	if report.ExitCode != 0 {
		return silent(report.ExitCode)
	}
	return nil
}

// asking reads what the flags give.
func (p *program) asking(o *verifyOptions) (a asking, err error) {
	if a.since, err = moment("--since", o.since); err != nil {
		return a, err
	}
	if a.until, err = moment("--until", o.until); err != nil {
		return a, err
	}
	if !a.since.IsZero() && !a.until.IsZero() && !a.since.Before(a.until) {
		return a, usage("give the earlier time to --since", "--since %s is not before --until %s", o.since, o.until)
	}
	if a.keys, err = p.examinerKeys(o.keys); err != nil {
		return a, err
	}
	a.metadata, err = p.examinerMetadata(o.metadata)
	return a, err
}

// verifyTarget tells a case from evidence: dir is empty for evidence. The two do not go together,
// since a case is judged by what it holds.
func (p *program) verifyTarget(args []string) (dir string, err error) {
	for _, arg := range args {
		at := ""
		if isCase(arg) {
			at = arg
		} else if _, err := os.Stat(arg); err != nil {
			var ok bool
			if at, ok = p.caseByName(arg); !ok {
				return "", access(fmt.Errorf("look at %s: %w", arg, err), "check the name and that you may read it")
			}
		}
		switch {
		case at == "":
		case len(args) > 1:
			return "", usage("verify the case by itself, or load the folders into it first: trailsift load --case "+arg+" FOLDER", "a case is judged by what it holds; it cannot be named together with others")
		default:
			dir = at
		}
	}
	return dir, nil
}

// verifyCase judges a case by the hashes taken when it was loaded, and gives its records their badges.
func (p *program) verifyCase(ctx context.Context, dir string, a asking) (report *integrity.Report, err error) {
	s, err := p.openSession(dir, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	progress := &model.Progress{}
	stop := p.showProgress(progress)
	q, err := s.verify(ctx, a, progress)
	stop()
	switch {
	case q != nil && unwritable(err):
		p.tellProblems([]string{"the case cannot be written to: its records keep the badges they had, and the ledger does not tell of this"})
	case err != nil:
		return nil, caseFailure(s.Dir(), err)
	}
	p.tellProblems(q.problems)
	left, _, err := s.unfinished(ctx)
	if err != nil {
		return nil, caseFailure(s.Dir(), err)
	}
	for _, u := range left {
		p.warn(u.String()+"; what is missing may only not be taken yet", "")
	}
	if len(a.keys) > 0 && !p.quiet {
		fmt.Fprintf(p.stderr, "the badges rest on keys given for this run; keep them with: trailsift case keys add %s FILE\n", p.printable(dir))
	}
	return q.report, nil
}

// unwritable tells that a case lies where nothing can be written: what is in it can be judged all the same.
func unwritable(err error) bool {
	return errors.Is(err, store.ErrReadOnly) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// verifyFolders judges plain files, each read once.
func (p *program) verifyFolders(ctx context.Context, dirs []string, a asking) (*integrity.Report, error) {
	progress := &model.Progress{}
	stop := p.showProgress(progress)
	found, err := loaders.Inspect(ctx, dirs, loaders.Options{Workers: p.threads}, progress)
	stop()
	if err != nil {
		return nil, fmt.Errorf("read the evidence: %w", err)
	}
	in := integrity.Input{Since: a.since, Until: a.until, Source: "asked", Keys: a.keys, Metadata: a.metadata}
	p.tellProblems(append(found.Unread, found.AddTo(&in)...))
	return integrity.Verify(in), nil
}

// moment reads a time of the command line, in the forms the filter language has. Empty is none.
func moment(what, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := filter.ParseTime(s)
	if err != nil {
		return t, usage("as 2026-03-01T02:00:00Z or 2026-03-01, whole seconds, UTC without a zone", "%s wants a time, not %q", what, s)
	}
	return t, nil
}

// examinerKeys reads the key files the examiner vouches for.
func (p *program) examinerKeys(names []string) ([]integrity.Key, error) {
	var keys []integrity.Key
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, access(fmt.Errorf("read public keys: %w", err), "check the name given to --keys")
		}
		more, err := integrity.ParseKeys(content, integrity.TrustExaminer, "", name)
		if err != nil {
			return nil, usage("use the output of: aws cloudtrail list-public-keys --start-time … --end-time … --region …", "%w", err)
		}
		keys = append(keys, more...)
	}
	return keys, nil
}

func (p *program) examinerMetadata(names []string) (map[string]integrity.Metadata, error) {
	all := map[string]integrity.Metadata{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, access(fmt.Errorf("read metadata: %w", err), "check the name given to --metadata")
		}
		more, err := integrity.ParseMetadata(content)
		if err != nil {
			return nil, usage(`one JSON object: "bucket/key": {"signature": "…", "signature-algorithm": "SHA256withRSA"}`, "read metadata from %s: %w", name, err)
		}
		for place, m := range more {
			all[place] = m
		}
	}
	return all, nil
}

// tellProblems warns of documents that could not be used.
func (p *program) tellProblems(problems []string) {
	for _, problem := range problems {
		p.warn(problem, "")
	}
}

// printReport writes findings first, then the chains, then summary lines in the form of
// `aws cloudtrail validate-logs`, which people search for.
func (p *program) printReport(r *integrity.Report) {
	out := p.stdout
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	for _, f := range r.Findings {
		if f.Severity == integrity.Notice && !p.verbose {
			continue
		}
		line("%-10s %-28s %s\n           %s", f.Severity, f.Code, p.printable(f.Object), p.printable(f.Detail))
		for _, r := range f.Records {
			line("           %s: %s", counted(r.Count, "record"), p.printable(r.Filter))
		}
	}
	if len(r.Findings) > 0 {
		line("")
	}
	for _, c := range r.Chains {
		line("chain      %s %s %s (%s)  %s to %s", p.printable(c.Account), c.Region, p.printable(c.Trail), c.Kind, utc(c.From), utc(c.To))
		line("           %d digests: %s; %d logs: %s", c.Digests.Total, digestWords(c.Digests), c.Logs.Total,
			words("valid", c.Logs.Valid, "INVALID", c.Logs.Invalid, "missing", c.Logs.Missing, "unverifiable", c.Logs.Unverifiable, "unreadable", c.Logs.Unreadable))
	}
	for _, k := range r.Keys {
		p.printKey(line, k)
	}
	line("")
	line("Results requested for %s", rangeWords(r))
	line("covered %s, gaps %s, holes %s", seconds(r.Coverage.Covered), seconds(r.Coverage.Gap), seconds(r.Coverage.Hole))
	line("")
	proven := r.Digests.Valid + r.Digests.ValidBySuccessor + r.Digests.HashLinked
	summary(line, "digest", proven, r.Digests.Total, "INVALID", r.Digests.Invalid+r.Digests.Missing, "unverifiable", r.Digests.Unverifiable)
	if b, any := backfillDigests(r); any {
		summary(line, "backfill digest", b.Valid+b.ValidBySuccessor+b.HashLinked, b.Total, "INVALID", b.Invalid+b.Missing, "unverifiable", b.Unverifiable)
	}
	summary(line, "log", r.Logs.Valid, r.Logs.Total, "INVALID", r.Logs.Invalid+r.Logs.Missing, "unlisted", r.Logs.Unlisted,
		"unverifiable", r.Logs.Unverifiable, "unreadable", r.Logs.Unreadable, "pending", r.Logs.Pending, "outside coverage", r.Logs.OutsideCoverage)
	line("")
	if why := unsettledWords(r); why != "" {
		line("%s", why)
	}
	line("result: %s", resultWords(r))
	line("A hash proves delivery, not truth: it says what CloudTrail delivered, not what happened.")
}

// unsettledWords explains what no finding tells: log files of which nothing can be said.
func unsettledWords(r *integrity.Report) string {
	n := int64(r.Logs.Unverifiable)
	if n == 0 {
		return ""
	}
	return counted(n, "log file") + " could not be verified: only digests that are absent or not proven list them, or could list them, or the name does not tell when it was delivered"
}

// backfillDigests are those of the backfill chains, which are in the counts of all digests too.
func backfillDigests(r *integrity.Report) (sum integrity.DigestCounts, any bool) {
	for _, c := range r.Chains {
		if c.Kind != integrity.Backfill {
			continue
		}
		any = true
		sum.Total += c.Digests.Total
		sum.Valid += c.Digests.Valid
		sum.ValidBySuccessor += c.Digests.ValidBySuccessor
		sum.HashLinked += c.Digests.HashLinked
		sum.Unverifiable += c.Digests.Unverifiable
		sum.Invalid += c.Digests.Invalid
		sum.Missing += c.Digests.Missing
	}
	return sum, any
}

func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (p *program) printKey(line func(string, ...any), k integrity.KeySummary) {
	label := string(k.Trust)
	if k.Trust == integrity.TrustDemo {
		label = "DEMO KEY, proves nothing"
	}
	line("key        %s (%s) from %s sha256 %s", p.printable(k.Fingerprint), label, p.printable(k.Origin), k.SHA256)
}

func summary(line func(string, ...any), what string, valid, total int, rest ...any) {
	if total == 0 {
		line("no %s files found", what)
		return
	}
	s := fmt.Sprintf("%d/%d %s files valid", valid, total, what)
	for i := 0; i+1 < len(rest); i += 2 {
		if n := rest[i+1].(int); n > 0 {
			s += fmt.Sprintf(", %d/%d %s files %s", n, total, what, rest[i])
		}
	}
	line("%s", s)
}

func digestWords(c integrity.DigestCounts) string {
	return words("valid", c.Valid, "valid by successor", c.ValidBySuccessor, "hash-linked", c.HashLinked,
		"unverifiable", c.Unverifiable, "INVALID", c.Invalid, "missing", c.Missing)
}

// words joins the non-zero counts with their names.
func words(pairs ...any) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if n := pairs[i+1].(int); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, pairs[i]))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func rangeWords(r *integrity.Report) string {
	from, to := "the beginning", "the end"
	if r.Range.From != nil {
		from = utc(*r.Range.From)
	}
	if r.Range.To != nil {
		to = utc(*r.Range.To)
	}
	if r.Range.Source == "evidence" {
		return fmt.Sprintf("the evidence itself, %s to %s; nothing is proven before or after", from, to)
	}
	return from + " to " + to
}

func resultWords(r *integrity.Report) string {
	explain := map[integrity.Result]string{
		integrity.ResultVerified:       "verified: every digest and log file of the range is proven and the range is covered",
		integrity.ResultVerifiedWithin: "verified within its own span: nothing is proven before or after",
		integrity.ResultSelfConsistent: "self-consistent: the proof rests on keys that lay among the evidence or on demo keys",
		integrity.ResultIncomplete:     "incomplete: not everything could be checked",
		integrity.ResultAdverse:        "adverse: something does not match what CloudTrail delivered",
		integrity.ResultNothing:        "nothing could be verified: no digest is proven",
	}
	return explain[r.Result]
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func seconds(n int64) string {
	if n == 0 {
		return "none"
	}
	if n > math.MaxInt64/int64(time.Second) {
		return fmt.Sprintf("%dh%dm%ds", n/3600, n/60%60, n%60) // a time.Duration ends at 292 years
	}
	return (time.Duration(n) * time.Second).String()
}
