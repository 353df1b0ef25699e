package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/export"
	"trailsift/queries/inquiry"
	"trailsift/queries/policy"
)

func (p *program) auditCommand() *cobra.Command {
	c := &cobra.Command{Use: "audit", Short: "Audit what the evidence tells: encryption, deletes, what left, exposure, links, tampering"}
	c.AddCommand(p.auditEncryptionCommand(), p.auditDeletesCommand(), p.compareCommand())
	c.AddCommand(p.inquiries()...)
	return c
}

type encryptionOptions struct {
	by, over, format, policy string
	records                  bool
	limit                    int
}

func (p *program) auditEncryptionCommand() *cobra.Command {
	var o encryptionOptions
	c := &cobra.Command{
		Use:   "encryption CASE [FILTER]",
		Short: "How object-creating writes were encrypted, against a policy when one is given",
		Long: "Counts the outcomes of every object-creating write, by bucket, prefix, actor or key, and over time. Failed writes stand apart:\n" +
			"nothing was written. With --policy the writes that break its rules are alarms (exit code 1), and bucket policy statements are drafted.\n" +
			"With --records every request is listed with object_enc: the encryption its object had by the last write before it. That is derived.",
		Example: "  trailsift audit encryption acme.case bucket:acme-finance --by prefix --over day\n  trailsift audit encryption acme.case --policy policy.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return p.withCase(args[0], func(s *session) error {
				f, err := s.parseFilter(c.Context(), args[1:])
				if err != nil {
					return err
				}
				switch {
				case o.records:
					return p.objectEncryption(c.Context(), s, f, &o)
				case o.policy != "":
					return p.checkPolicy(c.Context(), s, f, &o)
				}
				return p.auditEncryption(c.Context(), s, f, &o)
			})
		},
	}
	fl := c.Flags()
	fl.StringVar(&o.by, "by", "bucket", "group by bucket, prefix, actor, key, kms_key or access_key")
	fl.StringVar(&o.over, "over", "", "also over time: hour or day")
	fl.StringVar(&o.format, "format", "text", "text, json or csv")
	fl.StringVar(&o.policy, "policy", "", "judge the writes by the rules in `FILE`")
	fl.BoolVar(&o.records, "records", false, "list the requests with the derived encryption of their objects")
	fl.IntVar(&o.limit, "limit", 0, "with --records: at most so many; 0 for all")
	return c
}

func (o *encryptionOptions) check() error {
	if _, ok := inquiry.Groupings[o.by]; !ok {
		return usage("bucket, prefix, actor, key, kms_key or access_key", "--by: nothing is grouped by %q", o.by)
	}
	if _, ok := inquiry.Stretches[o.over]; !ok {
		return usage("hour or day", "--over: there is no stretch of time %q", o.over)
	}
	if err := oneOf(o.format, "text", "json", "csv"); err != nil {
		return err
	}
	if o.records && o.policy != "" {
		return usage("leave one of them out", "--records and --policy do not go together")
	}
	return nil
}

// oneOf checks a --format.
func oneOf(format string, known ...string) error {
	if !slices.Contains(known, format) {
		return usage(strings.Join(known, ", "), "no such format: %s", format)
	}
	return nil
}

// writeJSON writes v indented, without the escapes meant for HTML.
func (p *program) writeJSON(v any) error {
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(v)
}

func (p *program) auditEncryption(ctx context.Context, s *session, f model.Filter, o *encryptionOptions) error {
	a, err := inquiry.Encryption(ctx, s.engine, f, o.by, o.over)
	if err != nil {
		return fmt.Errorf("audit encryption: %w", err)
	}
	switch o.format {
	case "json":
		err = p.writeJSON(a)
	case "csv":
		err = p.encryptionCSV(a)
	default:
		p.encryptionText(a)
	}
	if err == nil && a.Writes+a.Failed == 0 {
		return p.tellCoverage(ctx, s, model.Query{Filter: f})
	}
	return err
}

// outcomesOf are the outcomes that occur, in the order of the enum.
func outcomesOf(c answer.Counts) []string {
	var out []string
	for _, name := range model.EncNames {
		if c[name] > 0 {
			out = append(out, name)
		}
	}
	return out
}

// encShown is an outcome in words for people.
func encShown(name string) string {
	if name == model.EncNone.String() {
		return "no server-side encryption recorded"
	}
	return name
}

func (p *program) encryptionText(a answer.Encryption) {
	names := outcomesOf(a.Total)
	fmt.Fprintf(p.stdout, "%d successful object-creating writes, %d failed (nothing was written)\n", a.Writes, a.Failed)
	p.encTable(strings.ToUpper(a.By), a.Groups, names, false)
	if a.Time != nil {
		fmt.Fprintf(p.stdout, "\nby %s\n", a.Over)
		p.encTable(strings.ToUpper(a.By), a.Time, names, true)
	}
	u := a.Uploads
	if u.Started+u.Completed+u.WithoutStart > 0 {
		fmt.Fprintf(p.stdout, "\nmultipart uploads: %d started = %d completed + %d aborted + %d unfinished; %d completed whose start is not among them\n",
			u.Started, u.Completed, u.Aborted, u.Unfinished, u.WithoutStart)
		for _, e := range u.UnfinishedStart {
			fmt.Fprintf(p.stdout, "  unfinished %s %s\n", stamp(e.Time), p.printable(e.Bucket+"/"+e.Key))
		}
	}
	p.findings(a.Findings)
}

func (p *program) encTable(by string, groups []answer.EncGroup, names []string, timed bool) {
	head := []string{by}
	if timed {
		head = append([]string{"START"}, head...)
	}
	for _, n := range names {
		head = append(head, encShown(n))
	}
	lines := [][]string{append(head, "failed")}
	for _, g := range groups {
		line := []string{orDefault(g.Name, "(none)")}
		if timed {
			line = append([]string{stamp(g.Start)}, line...)
		}
		for _, n := range names {
			line = append(line, fmt.Sprint(g.Outcomes[n]))
		}
		lines = append(lines, append(line, fmt.Sprint(g.Failed)))
	}
	p.columns(lines)
}

// columns writes lines of cells under each other; numbers stand on the right.
func (p *program) columns(lines [][]string) {
	var widths []int
	for _, l := range lines {
		for i := range l {
			l[i] = p.printable(l[i])
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(l[i])))
		}
	}
	for _, l := range lines {
		var b strings.Builder
		for i, cell := range l {
			if i > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if cell != "" && strings.Trim(cell, "0123456789.") == "" {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		fmt.Fprintln(p.stdout, strings.TrimRight(b.String(), " "))
	}
}

func stamp(t *time.Time) string {
	if t == nil {
		return "(no time)"
	}
	return utc(*t)
}

func (p *program) findings(all []answer.Finding) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(p.stdout, "\nfindings")
	for _, f := range all {
		fmt.Fprintf(p.stdout, "  %-22s %6d  %s: %s", f.Code, f.Count, p.printable(orDefault(f.Scope, "(no name)")), p.printable(f.Text))
		if f.First != nil {
			fmt.Fprintf(p.stdout, " (%s to %s)", stamp(f.First), stamp(f.Last))
		}
		fmt.Fprintln(p.stdout)
		if f.Integrity != "" {
			fmt.Fprintf(p.stdout, "  %-22s         %s; worst badge of its records: %s\n", "", p.printable(orDefault(strings.Join(f.Actors, ", "), "(nobody named)")), f.Integrity)
		}
		if f.Filter != "" {
			fmt.Fprintf(p.stdout, "  %-22s         %s\n", "", f.Filter)
		}
	}
}

// encryptionCSV writes one line for each group, outcome and, when asked, stretch of time.
func (p *program) encryptionCSV(a answer.Encryption) error {
	groups, names := a.Groups, []string{a.By, "outcome", "writes", "first", "last"}
	if a.Time != nil {
		groups, names = a.Time, []string{"start", a.By, "outcome", "writes", "first", "last"}
	}
	var lines [][]string
	for _, g := range groups {
		add := func(outcome string, n int64) {
			line := []string{g.Name, outcome, fmt.Sprint(n), csvTime(g.First), csvTime(g.Last)}
			if a.Time != nil {
				line = append([]string{csvTime(g.Start)}, line...)
			}
			lines = append(lines, line)
		}
		for _, e := range outcomesOf(g.Outcomes) {
			add(e, g.Outcomes[e])
		}
		if g.Failed > 0 {
			add(model.EncNotWritten.String(), g.Failed)
		}
	}
	return writeCSV(p.stdout, names, lines)
}

func csvTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return utc(*t)
}

// objectEncryption lists requests with what is derived about their objects.
func (p *program) objectEncryption(ctx context.Context, s *session, f model.Filter, o *encryptionOptions) error {
	all, err := s.engine.ObjectEncryption(ctx, model.Query{Filter: f}, o.limit)
	if err != nil {
		return fmt.Errorf("audit encryption: %w", err)
	}
	names := []string{"time", "log", "op", "outcome", "bucket", "key", "actor", "ip", "enc", "object_enc", "object_kms_key", "object_written"}
	fields := []model.Field{model.FieldTime, model.FieldLog, model.FieldOp, model.FieldOutcome, model.FieldBucket, model.FieldKey, model.FieldActor, model.FieldIP, model.FieldEnc}
	lines := make([][]string, len(all))
	for i, r := range all {
		for _, field := range fields {
			lines[i] = append(lines[i], export.Text(r.Row.Values[slices.Index(s.engine.ObjectEncFields(), field)]))
		}
		written := ""
		if !r.Written.IsZero() {
			written = utc(r.Written)
		}
		lines[i] = append(lines[i], r.Enc.String(), r.KMSKey, written)
	}
	switch o.format {
	case "csv":
		err = writeCSV(p.stdout, names, lines)
	case "json":
		out := make([]map[string]any, len(lines))
		for i, l := range lines {
			out[i] = map[string]any{}
			for j, n := range names {
				if out[i][n] = nil; l[j] != "" {
					out[i][n] = l[j]
				}
			}
		}
		err = p.writeJSON(out)
	default:
		fmt.Fprintln(p.stdout, "object_enc is derived from the last write of the object before the request; it is not in the evidence")
		p.columns(append([][]string{names}, lines...))
	}
	if err == nil && len(all) == 0 {
		return p.tellCoverage(ctx, s, model.Query{Filter: f})
	}
	return err
}

func (p *program) checkPolicy(ctx context.Context, s *session, f model.Filter, o *encryptionOptions) error {
	text, err := readLimited(o.policy)
	if err != nil {
		return access(fmt.Errorf("read policy: %w", err), "check that the file is there and may be read")
	}
	rules, err := policy.Parse(o.policy, text)
	if err != nil {
		return usage("docs/policy.md shows a policy", "%w", err)
	}
	told, err := s.logBuckets(ctx)
	if err != nil {
		return err
	}
	r, err := inquiry.CheckPolicy(ctx, s.engine, f, rules, told)
	if err != nil {
		return fmt.Errorf("audit encryption: %w", err)
	}
	switch o.format {
	case "json":
		err = p.writeJSON(r)
	case "csv":
		err = p.policyCSV(r)
	default:
		err = p.policyText(r)
	}
	if err != nil {
		return err
	}
	if r.Writes == 0 {
		if err := p.tellCoverage(ctx, s, model.Query{Filter: f}); err != nil {
			return err
		}
	}
	if r.Alarms > 0 {
		return silent(exitAdverse)
	}
	return nil
}

// policyFileLimit is more than any policy needs; what is longer is refused by its reader.
const policyFileLimit = 1 << 20

func readLimited(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, policyFileLimit))
}

func (p *program) policyCSV(r inquiry.PolicyReport) error {
	var lines [][]string
	for _, rule := range r.Rules {
		for _, w := range rule.Writes {
			lines = append(lines, []string{rule.Rule.Name, w.Why, csvTime(w.Time), w.Log, w.Op, w.Bucket, w.Key, w.Actor, w.AccessKey, w.IP, w.Enc, w.KMSKey, w.EventID, w.RequestID, w.Record})
		}
	}
	return writeCSV(p.stdout, []string{"rule", "why", "time", "log", "op", "bucket", "key", "actor", "access_key", "ip", "enc", "kms_key", "event_id", "request_id", "record"}, lines)
}

func (p *program) policyText(r inquiry.PolicyReport) error {
	fmt.Fprintf(p.stdout, "%d successful object-creating writes, %d under no rule; %d of %d rules raise an alarm\n", r.Writes, r.NoRule, r.Alarms, len(r.Rules))
	for _, rule := range r.Rules {
		state := "kept"
		if rule.Alarm {
			state = "ALARM"
		} else if rule.Broken > 0 {
			state = "below its threshold"
		}
		fmt.Fprintf(p.stdout, "\n%s: %s\n", p.printable(rule.Rule.Name), state)
		fmt.Fprintf(p.stdout, "  %d allowed, %d broken, %d cannot be told, %d before the rule\n", rule.Allowed, rule.Broken, rule.CannotTell, rule.NotJudged)
		lines := [][]string{}
		for _, w := range rule.Writes {
			lines = append(lines, []string{"  " + stamp(w.Time), w.Op, w.Bucket + "/" + w.Key, w.Actor, w.Why, w.Record})
		}
		p.columns(lines)
		if more := rule.Broken - int64(len(rule.Writes)); more > 0 {
			fmt.Fprintf(p.stdout, "  and %d more, among: %s\n", more, rule.Filter)
		}
		if err := p.draftText(rule); err != nil {
			return err
		}
	}
	fmt.Fprintln(p.stdout)
	for _, c := range r.Caution {
		fmt.Fprintln(p.stdout, "caution: "+c)
	}
	return nil
}

func (p *program) draftText(rule inquiry.RuleReport) error {
	if rule.Refused != "" {
		fmt.Fprintln(p.stdout, "  no statement is drafted: "+rule.Refused)
		return nil
	}
	text, err := json.MarshalIndent(map[string]any{"Statement": rule.Draft}, "  ", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "  DRAFT bucket policy:\n  %s\n", p.printable(string(text)))
	x := rule.Replay
	fmt.Fprintf(p.stdout, "  replay: of %d writes it would have denied %d: %d of actors who broke the rule, %d of others; %d cannot be told\n",
		x.Writes, x.Denied, x.ByBreakers, x.ByOthers, x.CannotTell)
	for _, a := range x.OtherActors {
		fmt.Fprintf(p.stdout, "    %6d  %s\n", a.Count, p.printable(a.Actor))
	}
	return nil
}

// queryOf is the question for everything f keeps.
func queryOf(f model.Filter) model.Query { return model.Query{Filter: f} }
