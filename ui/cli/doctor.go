package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/loaders/s3"
	"trailsift/model/integrity"
	"trailsift/model/recording"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	remote  s3.Options
	trails  []string
	caseDir string
	saved   []string
	policy  bool
	script  bool
	format  string
}

func (p *program) doctorCommand() *cobra.Command {
	var o doctorOptions
	c := &cobra.Command{
		Use:   "doctor [s3://BUCKET...] [--trail ARN] [--case CASE]",
		Short: "What an account records now, read from AWS, and what that means for the evidence",
		Long: "Read, and only read, what the account records: trails with status, validation and selectors; a bucket's access logging\n" +
			"with its target; default encryption and blocked types, versioning, MFA delete, Object Lock, public access; state and\n" +
			"policy of the KMS keys. What may not be read is a line, not an end.\n\n" +
			"An answer is true of the moment it was given. It is never projected backwards: what was set at the time of the\n" +
			"incident, only the changes in the evidence tell. With --case the answers are kept in the case with their date and hash, and\n" +
			"coverage counts them from that date on; without buckets and trails, those that the case's evidence names are asked about.\n\n" +
			"--saved takes output of the AWS CLI in place of asking: files or folders, as BUCKET.get-bucket-logging.json; --script\n" +
			"prints the commands that make them. They count as of the time of the file. Nothing is asked of AWS then.\n\n" +
			"Exit code 0: everything was read. 3: something could not be. 4: nothing of it. 5: AWS could not be asked.",
		Example: "  trailsift doctor s3://acme-finance --case acme.case\n  trailsift doctor --trail arn:aws:cloudtrail:us-east-1:111122223333:trail/audit\n" +
			"  trailsift doctor --policy s3://acme-audit-logs/AWSLogs/ > least-privilege.json\n  trailsift doctor s3://acme-finance --saved ./answers --case acme.case",
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf(o.format, "text", "json"); err != nil {
				return err
			}
			return p.doctor(c.Context(), &o, args)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.trails, "trail", nil, "the `ARN` of a trail; may be repeated")
	f.StringVar(&o.caseDir, "case", "", "keep the answers in this `CASE`")
	f.StringArrayVar(&o.saved, "saved", nil, "a `FILE` or folder of saved answers, instead of asking AWS; may be repeated")
	f.BoolVar(&o.policy, "policy", false, "print the IAM policy that loading and asking needs, and ask nothing")
	f.BoolVar(&o.script, "script", false, "print the AWS CLI commands whose output --saved takes, and ask nothing")
	f.StringVar(&o.format, "format", "text", "text or json")
	registerRemote(c, &o.remote, "region")
	return c
}

func (p *program) doctor(ctx context.Context, o *doctorOptions, args []string) error {
	places, subjects, err := subjectsOf(p, args, o.trails)
	if err != nil {
		return err
	}
	named := len(args)+len(o.trails) > 0
	switch {
	case !named && (o.policy || o.script):
		return usage("as trailsift doctor --policy s3://BUCKET, or --trail ARN", "--policy and --script want the names of buckets or trails")
	case !named && o.caseDir == "":
		return usage("trailsift doctor s3://BUCKET, --trail ARN, or --case CASE for what its evidence names", "nothing to ask about")
	case o.policy:
		text, err := recording.LeastPrivilege(places, subjects)
		if err == nil {
			_, err = fmt.Fprintf(p.stdout, "%s\n", text)
		}
		return err
	case o.script:
		_, err := fmt.Fprint(p.stdout, recording.Script(subjects))
		return err
	case o.caseDir == "":
		return p.examine(ctx, nil, o, subjects)
	}
	return p.withCase(o.caseDir, func(s *session) error {
		if !named {
			if subjects, err = p.subjectsIn(ctx, s); err != nil {
				return err
			}
		}
		return p.examine(ctx, s, o, subjects)
	})
}

// subjectsOf reads what the command line names.
func subjectsOf(p *program, args, trails []string) ([]recording.Place, recording.Subjects, error) {
	var places []recording.Place
	var out recording.Subjects
	for _, a := range args {
		bucket, prefix, err := s3.ParseURL(a)
		if err != nil {
			return nil, out, usage("as s3://BUCKET; a trail follows --trail, a case --case, saved answers --saved", "%s names no bucket", p.printable(a))
		}
		places = append(places, recording.Place{Bucket: bucket, Prefix: prefix})
		if !slices.Contains(out.Buckets, bucket) {
			out.Buckets = append(out.Buckets, bucket)
		}
	}
	for _, t := range trails {
		if region, _, _, ok := recording.ParseTrail(t); !ok || !s3.IsRegion(region) {
			return nil, out, usage("as arn:aws:cloudtrail:us-east-1:111122223333:trail/NAME", "%s is no ARN of a trail", p.printable(t))
		}
		if !slices.Contains(out.Trails, t) {
			out.Trails = append(out.Trails, t)
		}
	}
	return places, out, nil
}

// mostBuckets bounds the buckets that a case's evidence makes us ask about: some fifteen requests each.
const mostBuckets = 40

// trailsOf are the trails that the digests of a case name. The trail of an organization has digests in
// each account, and which of them owns it they do not tell: it comes with its Region's trails.
func trailsOf(r *integrity.Report) (arns []string) {
	if r == nil {
		return nil
	}
	type trail struct{ home, name string }
	owners := map[trail][]string{}
	for _, c := range r.Chains {
		id := trail{c.Home, c.Trail}
		if !slices.Contains(owners[id], c.Account) {
			owners[id] = append(owners[id], c.Account)
		}
	}
	for id, accounts := range owners {
		arn := recording.TrailARN(id.home, accounts[0], id.name)
		if arn != "" && s3.IsRegion(id.home) && len(accounts) == 1 {
			arns = append(arns, arn)
		}
	}
	slices.Sort(arns)
	return arns
}

// subjectsIn are the buckets that the records of a case name, and the trails of its digests.
func (p *program) subjectsIn(ctx context.Context, s *session) (recording.Subjects, error) {
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return recording.Subjects{}, fmt.Errorf("find the buckets of the case: %w", err)
	}
	out := recording.Subjects{Trails: trailsOf(s.Verdict())}
	for _, b := range o.Buckets {
		if _, _, err := s3.ParseURL("s3://" + b); err == nil {
			out.Buckets = append(out.Buckets, b)
		}
	}
	if len(out.Buckets)+len(out.Trails) == 0 {
		return out, usage("name one: trailsift doctor s3://BUCKET --case "+s.Dir(), "the evidence of the case names no bucket and no trail")
	}
	if len(out.Buckets) > mostBuckets {
		p.warn(fmt.Sprintf("%d buckets are in the evidence; the first %d are asked about, name the others", len(out.Buckets), mostBuckets), "")
		out.Buckets = out.Buckets[:mostBuckets]
	}
	return out, nil
}

// examine asks, tells, and keeps the answers when there is a case.
func (p *program) examine(ctx context.Context, s *session, o *doctorOptions, subjects recording.Subjects) error {
	ask, err := p.answersFrom(ctx, s, o, &subjects)
	if err != nil {
		return err
	}
	if s != nil {
		defer s.endRequests(p)
	}
	report, err := recording.Examine(subjects, ask)
	if err != nil {
		return loadFailure(err)
	}
	var kept keptAnswers
	read := slices.ContainsFunc(report.Replies, func(r recording.Reply) bool { return !r.Unread() && r.Call != "GetCallerIdentity" })
	if s != nil && read {
		if kept, err = s.keepAnswers(ctx, p, report, subjects); err != nil {
			return access(fmt.Errorf("keep the answers: %w", err), "check that the case's folder may be written to")
		}
	}
	code := exitDone
	switch {
	case !read:
		code = exitNothing
	case slices.ContainsFunc(report.Lines, func(l recording.Line) bool { return l.Level == recording.Unread }):
		code = exitIncomplete
	}
	if o.format == "json" {
		err = p.writeJSON(doctorJSON(report, kept, code))
	} else {
		p.printDoctor(report, kept)
	}
	if err == nil && code != exitDone {
		return silent(code)
	}
	return err
}

// answersFrom is where replies come from: AWS, or saved files, which never make us ask AWS.
func (p *program) answersFrom(ctx context.Context, s *session, o *doctorOptions, subjects *recording.Subjects) (recording.Ask, error) {
	if len(o.saved) > 0 {
		replies, err := p.readSaved(o.saved, *subjects)
		if err != nil {
			return nil, err
		}
		return recording.Replay(replies), nil
	}
	client, err := p.connect(ctx, s, o.remote)
	if err != nil {
		return nil, loadFailure(err)
	}
	return func(call, about string) (recording.Reply, error) { return client.Setting(ctx, call, about) }, nil
}

// doctorReport is the shape of doctor --format json.
type doctorReport struct {
	Caller   string           `json:"caller"`
	Account  string           `json:"account"`
	Lines    []recording.Line `json:"lines"`
	Counts   map[string]int   `json:"counts"`
	Kept     string           `json:"kept,omitempty"`
	SHA256   string           `json:"sha256,omitempty"`
	ExitCode int              `json:"exit_code"`
}

func doctorJSON(r recording.Report, kept keptAnswers, code int) doctorReport {
	out := doctorReport{Caller: r.Caller, Account: r.Account, Lines: append([]recording.Line{}, r.Lines...), Kept: kept.File, SHA256: kept.SHA256, ExitCode: code,
		Counts: map[string]int{string(recording.Good): 0, string(recording.Note): 0, string(recording.Bad): 0, string(recording.Unread): 0}}
	for _, l := range r.Lines {
		out.Counts[string(l.Level)]++
	}
	return out
}

func (p *program) printDoctor(r recording.Report, kept keptAnswers) {
	line := func(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }
	var first, last time.Time
	for _, q := range r.Replies {
		if first.IsZero() || q.Asked.Before(first) {
			first = q.Asked
		}
		if q.Asked.After(last) {
			last = q.Asked
		}
	}
	line("AWS's answers of %s to %s, asked by %s. They say nothing of the time before.", utc(first), utc(last), p.printable(orDefault(r.Caller, "somebody unknown")))
	told := map[string]bool{}
	for _, about := range r.Lines {
		if told[about.About] {
			continue
		}
		told[about.About] = true
		line("\n%s", p.printable(about.About))
		for _, l := range r.Lines {
			if l.About == about.About {
				line("  %-7s %s: %s", l.Level, p.printable(l.Topic), p.printable(l.Value))
				line("          %s", p.printable(l.Means))
			}
		}
	}
	if kept.File != "" {
		line("\nkept as %s, sha256 %s", kept.File, kept.SHA256)
	}
}

// noAnswers tells that files were named and none of them is an answer.
func noAnswers(refused []string) error {
	if len(refused) == 0 {
		refused = []string{"there are no files"}
	}
	return &failure{code: exitNothing, err: errors.New("none of the saved files is an answer of AWS: " + strings.Join(refused, "; ")), hint: "trailsift doctor --script s3://BUCKET prints the commands that make them"}
}
