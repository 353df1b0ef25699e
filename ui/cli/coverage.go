package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/integrity"
	"trailsift/queries/inquiry"
)

func (p *program) coverageCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "coverage CASE [SINCE UNTIL]",
		Short: "Hour by hour what each log recorded, and what it could not have recorded",
		Long: "One strip for each account, region, bucket and log, one cell an hour: # recorded, . nothing recorded while the log ran, - not selected,\n" +
			"? unknown, ! gap. Without SINCE and UNTIL the case's incident window, else the evidence's own span. The access log is best effort:\n" +
			"an hour without lines is no proof that nothing happened. Answers that trailsift doctor --case kept count from their date on.",
		Example: "  trailsift case coverage acme.case\n  trailsift case coverage acme.case 2026-03-07 2026-03-09 --format csv",
		Args:    cobra.RangeArgs(1, 3),
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf(format, "text", "json", "csv"); err != nil {
				return err
			}
			if len(args) == 2 {
				return usage("give both ends: trailsift case coverage CASE SINCE UNTIL", "a span has two ends")
			}
			return p.withCase(args[0], func(s *session) error { return p.coverage(c.Context(), s, args[1:], format) })
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text, json or csv")
	return c
}

func (p *program) coverage(ctx context.Context, s *session, args []string, format string) error {
	var span model.Span
	for i, a := range args {
		t, err := moment("an end of the span", a)
		if err != nil {
			return err
		}
		if i == 0 {
			span.From = t
		} else {
			span.To = t
		}
	}
	if _, problems, err := s.settings(ctx); err == nil {
		p.tellProblems(problems)
	}
	a, err := s.coverage(ctx, span)
	if err != nil {
		return fmt.Errorf("tell the coverage: %w", err)
	}
	switch format {
	case "json":
		err = p.writeJSON(a)
	case "csv":
		err = p.coverageCSV(a)
	default:
		p.coverageText(a)
	}
	if err == nil && len(a.Strips) == 0 {
		return p.tellCoverage(ctx, s, model.Query{})
	}
	return err
}

// coverage asks for the hours of span; an open end is the case's window's, else the evidence's.
func (s *session) coverage(ctx context.Context, span model.Span) (answer.Coverage, error) {
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return answer.Coverage{}, err
	}
	for _, from := range []model.Span{o.Window, o.Span} {
		if span.From.IsZero() {
			span.From = from.From
		}
		if span.To.IsZero() {
			span.To = from.To
		}
	}
	settings, _, err := s.settings(ctx)
	if err != nil {
		return answer.Coverage{}, err
	}
	return inquiry.Coverage(ctx, s.engine, span, chainsOf(s.Verdict()), settings)
}

// chainsOf is what a verification's report says of time: standard chains whose digests are all proven.
func chainsOf(r *integrity.Report) []inquiry.Chain {
	if r == nil {
		return nil
	}
	var out []inquiry.Chain
	for _, c := range r.Chains {
		if c.Kind != integrity.Standard || c.Digests.Invalid+c.Digests.Missing+c.Digests.Unverifiable > 0 {
			continue
		}
		chain := inquiry.Chain{Account: c.Account, Region: c.Region, Span: model.Span{From: c.From, To: c.To}}
		for _, g := range c.Gaps {
			chain.Gaps = append(chain.Gaps, model.Span{From: g.From, To: g.To})
		}
		out = append(out, chain)
	}
	for _, f := range r.Findings {
		if m := logName.FindStringSubmatch(f.Object); m != nil && f.Code == "log-missing" {
			if at, err := time.Parse("20060102T1504Z", m[3]); err == nil {
				out = append(out, inquiry.Chain{Account: m[1], Region: m[2], Gaps: []model.Span{{From: at.Add(-deliveredWithin), To: at.Add(time.Minute)}}})
			}
		}
	}
	return out
}

// logName is the delivered name of a log file: account, region and minute of delivery.
var logName = regexp.MustCompile(`(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{8}T\d{4}Z)_`)

// deliveredWithin is how long before its delivery the events of a log file may lie (CloudTrail User
// Guide: typically within about five minutes; ten were seen in real logs).
const deliveredWithin = 15 * time.Minute

func stripName(s answer.Strip) string {
	name := "CloudTrail " + s.Events + " events"
	if s.Log == model.AccessLog.String() {
		name = "access log"
	}
	for _, part := range []struct{ word, value string }{{"account ", s.Account}, {"", s.Region}, {"bucket ", s.Bucket}} {
		if part.value != "" {
			name += ", " + part.word + part.value
		}
	}
	return name
}

func (p *program) coverageText(a answer.Coverage) {
	fmt.Fprintf(p.stdout, "%s to %s; # recorded  . nothing recorded  - not selected  ? unknown  ! gap\n", utc(a.From), utc(a.To))
	for _, s := range a.Strips {
		fmt.Fprintf(p.stdout, "\n%s: %d records; %s\n", p.printable(stripName(s)), s.Records, countsText(s.Counts, hourStates...))
		day, line := a.From.Truncate(24*time.Hour), strings.Repeat(" ", a.From.Hour())
		for i := range len(s.Hours) {
			line += string(s.Hours[i])
			if at := a.From.Add(time.Duration(i+1) * time.Hour); at.Hour() == 0 || i == len(s.Hours)-1 {
				fmt.Fprintf(p.stdout, "  %s  %s\n", day.Format("2006-01-02"), line)
				day, line = at.Truncate(24*time.Hour), ""
			}
		}
	}
	if len(a.Causes) > 0 {
		fmt.Fprintln(p.stdout, "\nchanges of the recording; gaps may coincide with them")
		p.causes(a.Causes)
	}
}

var hourStates = []string{"recorded", "nothing recorded", "not selected", "unknown", "gap"}

func (p *program) causes(all []answer.Cause) {
	lines := [][]string{}
	for _, c := range all {
		by := "by " + orDefault(c.Actor, "nobody named")
		if c.Record == "" {
			by = "" // no call of anybody: what AWS answered
		}
		lines = append(lines, []string{"  " + stamp(c.Time), c.Text, by, c.IP, c.Record})
	}
	p.columns(lines)
}

func (p *program) coverageCSV(a answer.Coverage) error {
	var lines [][]string
	for _, s := range a.Strips {
		for i := range len(s.Hours) {
			lines = append(lines, []string{utc(a.From.Add(time.Duration(i) * time.Hour)), s.Log, s.Events, s.Account, s.Region, s.Bucket, answer.HourNames[s.Hours[i]], strings.TrimSpace(s.Proof[i : i+1])})
		}
	}
	return writeCSV(p.stdout, []string{"hour", "log", "events", "account", "region", "bucket", "state", "proof"}, lines)
}

// blindStrips bounds how many strips an empty answer is stated against.
const blindStrips = 12

// blindHours tells in which hours of a question's span the logs in question could not, or may not,
// have recorded an answer.
func (s *session) blindHours(ctx context.Context, q model.Query) ([]string, error) {
	span, buckets := askedOf(q.Filter)
	a, err := s.coverage(ctx, span)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, strip := range a.Strips {
		if blind(strip) == 0 || !concerns(strip, buckets) {
			continue
		}
		if len(out) == blindStrips {
			return append(out, "and more: trailsift case coverage"), nil
		}
		out = append(out, fmt.Sprintf("%s: of %d hours %s", stripName(strip), len(strip.Hours), countsText(strip.Counts, hourStates...)))
	}
	return out, nil
}

// blind is how many hours of a strip could not, or may not, have recorded anything.
func blind(s answer.Strip) int64 {
	return s.Counts["gap"] + s.Counts["unknown"] + s.Counts["not selected"]
}

// concerns tells that a strip is of one of the buckets, of none in particular, or that none is asked for.
func concerns(s answer.Strip, buckets []string) bool {
	return s.Bucket == "" || len(buckets) == 0 || slices.Contains(buckets, s.Bucket)
}

// askedOf is the span and the buckets that a filter names.
func askedOf(f model.Filter) (span model.Span, buckets []string) {
	for _, t := range f.Terms {
		if t.Off || t.Not || len(t.Values) == 0 {
			continue
		}
		switch t.Field {
		case model.FieldSince:
			span.From, _ = time.Parse(time.RFC3339, t.Values[0].Text)
		case model.FieldUntil:
			span.To, _ = time.Parse(time.RFC3339, t.Values[0].Text)
		case model.FieldBucket:
			for _, v := range t.Values {
				buckets = append(buckets, v.Text)
			}
		case model.FieldObject:
			for _, v := range t.Values {
				name, _, _ := strings.Cut(strings.TrimPrefix(v.Text, "s3://"), "/")
				buckets = append(buckets, name)
			}
		}
	}
	return span, buckets
}
