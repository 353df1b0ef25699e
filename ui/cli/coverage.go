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
			"an hour without lines is no proof that nothing happened. Answers that trailsift doctor --case kept count from their date on.\n" +
			"Every strip of the case is told, with or without records in the hours asked for, and what was set before them counts. Reads and writes\n" +
			"have strips of their own where event selectors keep only the one. Of more than ten years those with the most records are told.",
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
	if err == nil && !slices.ContainsFunc(a.Strips, func(s answer.Strip) bool { return s.Records > 0 }) {
		return p.tellCoverage(ctx, s, queryOf(between(span)))
	}
	return err
}

// between keeps what lies in a span.
func between(span model.Span) model.Filter {
	f := model.Filter{}
	for _, end := range []struct {
		field model.Field
		at    time.Time
	}{{model.FieldSince, span.From}, {model.FieldUntil, span.To}} {
		if !end.at.IsZero() {
			f = f.With(model.Term{Field: end.field, Values: []model.Value{{Text: end.at.UTC().Format(time.RFC3339)}}})
		}
	}
	return f
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
	return inquiry.Coverage(ctx, s.engine, span, o.Span, chainsOf(s.Verdict()), settings)
}

// chainsOf is what a verification's report says of time: the spans and gaps of standard chains whose digests
// are all proven, and that there are others.
func chainsOf(r *integrity.Report) []inquiry.Chain {
	if r == nil {
		return nil
	}
	var out []inquiry.Chain
	for _, c := range r.Chains {
		chain := inquiry.Chain{Account: c.Account, Region: c.Region}
		if c.Kind != integrity.Standard || c.Digests.Invalid+c.Digests.Missing+c.Digests.Unverifiable > 0 {
			out = append(out, chain)
			continue
		}
		chain.Span = model.Span{From: c.From, To: c.To}
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
	if s.Only != "" {
		name += ", " + s.Only
	}
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
	fmt.Fprintf(p.stdout, "%s to %s; %s\n", utc(a.From), utc(a.To), signs)
	for _, l := range outsideLines(a.Outside) {
		fmt.Fprintln(p.stdout, l)
	}
	for _, s := range a.Strips {
		fmt.Fprintf(p.stdout, "\n%s: %d records; %s\n", p.printable(stripName(s)), s.Records, stripStates(s))
		p.days(a.From, s.Hours, func(string) bool { return true })
	}
	var before, within []answer.Cause
	for _, c := range a.Causes {
		if c.Before {
			before = append(before, c)
		} else {
			within = append(within, c)
		}
	}
	if len(before) > 0 {
		fmt.Fprintln(p.stdout, "\nset before, and in force when these hours begin; gaps may coincide with it")
		p.causes(before)
	}
	if len(within) > 0 {
		fmt.Fprintln(p.stdout, "\nchanges of the recording; gaps may coincide with them")
		p.causes(within)
	}
}

// sameDays is how many days in a row that are all alike are told in one line.
const sameDays = 4

// signs are the states of an hour as they are drawn.
const signs = "# recorded  . nothing recorded  - not selected  ? unknown  ! gap"

// days draws the hours of days that are wanted, one day a line. Whole days that are all of one state share a
// line when there are many.
func (p *program) days(from time.Time, hours string, wanted func(day string) bool) {
	day, lead := from.Truncate(24*time.Hour), from.Hour()
	for len(hours) > 0 {
		n, days := min(24-lead, len(hours)), 1
		line := strings.Repeat(" ", lead) + hours[:n]
		if same := alike(hours); lead == 0 && same >= sameDays {
			n, days = 24*same, same
			line += fmt.Sprintf("  the same until %s, %d days", day.AddDate(0, 0, same-1).Format("2006-01-02"), same)
		}
		if wanted(hours[:n]) {
			fmt.Fprintf(p.stdout, "  %s  %s\n", day.Format("2006-01-02"), line)
		}
		day, lead, hours = day.AddDate(0, 0, days), 0, hours[n:]
	}
}

// alike is how many whole days at the beginning are of one state.
func alike(hours string) int {
	return (len(hours) - len(strings.TrimLeft(hours, hours[:1]))) / 24
}

// outsideLines tells what a long span leaves out.
func outsideLines(o *answer.Outside) []string {
	if o == nil {
		return nil
	}
	line := fmt.Sprintf("%s to %s is too long to be told hour by hour: these are the hours with the most records", utc(o.From), utc(o.To))
	if o.Records == 0 {
		return []string{line + "; no record lies outside them"}
	}
	return []string{line, fmt.Sprintf("records outside them: %d, %s to %s; name a span to see theirs", o.Records, stamp(o.First), stamp(o.Last))}
}

// stripStates are the hours of a strip in numbers.
func stripStates(s answer.Strip) string {
	out := countsText(s.Counts, hourStates...)
	if s.Partly > 0 {
		out += fmt.Sprintf("; in %d the selectors keep only a part, a prefix or some operations", s.Partly)
	}
	return out
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
			lines = append(lines, []string{utc(a.From.Add(time.Duration(i) * time.Hour)), s.Log, s.EventsNamed(), s.Account, s.Region, s.Bucket, answer.HourNames[s.Hours[i]], strings.TrimSpace(s.Proof[i : i+1])})
		}
	}
	return writeCSV(p.stdout, []string{"hour", "log", "events", "account", "region", "bucket", "state", "proof"}, lines)
}
