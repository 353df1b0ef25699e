package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/ui/widget/value"
)

func (p *program) caseCommand() *cobra.Command {
	c := &cobra.Command{Use: "case", Short: "Tell what a case holds; set its incident window; keep its public keys; print its notebook"}
	var asJSON, members bool
	info := &cobra.Command{
		Use: "info CASE", Short: "What a case holds", Args: cobra.ExactArgs(1),
		Example: "  trailsift case info acme.case\n  trailsift case info acme.case --members --json",
		RunE: func(c *cobra.Command, args []string) error {
			return p.withCase(args[0], func(s *session) error {
				if members {
					return p.caseMembers(c.Context(), s, asJSON)
				}
				return p.caseInfo(c.Context(), s, asJSON)
			})
		},
	}
	info.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	info.Flags().BoolVar(&members, "members", false, "everything that was taken in, and what was left out and why")
	var off bool
	window := &cobra.Command{
		Use: "window CASE [SINCE UNTIL]", Short: "Show or set the incident window: the span under investigation",
		Args: cobra.RangeArgs(1, 3),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withCase(args[0], func(s *session) error { return p.caseWindow(c.Context(), s, args[1:], off) })
		},
	}
	window.Flags().BoolVar(&off, "clear", false, "forget the window")
	c.AddCommand(info, window, p.coverageCommand(), p.keysCommand(), p.notebookCommand())
	return c
}

func (p *program) caseInfo(ctx context.Context, s *session, asJSON bool) error {
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return fmt.Errorf("look at the case: %w", err)
	}
	seq, head := s.Head()
	if asJSON {
		byLog, badges := map[string]int64{}, map[string]int64{}
		for l, n := range o.ByLog {
			byLog[l.String()] = n
		}
		for i, n := range o.ByIntegrity {
			badges[i.String()] = n
		}
		if o.Verification != nil {
			o.Verification.Evidence = "" // the case's own note
		}
		return json.NewEncoder(p.stdout).Encode(map[string]any{
			"case": s.Dir(), "requests": o.Requests, "rows": o.Listed, "records": map[string]int64{"seen": o.Seen, "stored": o.Stored, "duplicate": o.Duplicate, "rejected": o.Rejected},
			"by_log": byLog, "integrity": badges, "members": o.Members, "accounts": o.Accounts, "buckets": o.Buckets, "data_events": o.DataEvents,
			"unfinished": append([]model.Unfinished{}, o.Unfinished...), "provisional": o.Provisional, "verification": o.Verification, "span": spanJSON(o.Span), "window": spanJSON(o.Window), "ledger": map[string]any{"acts": seq, "head": head},
		})
	}
	line := func(name, format string, args ...any) {
		fmt.Fprintf(p.stdout, "%-10s %s\n", name, p.printable(fmt.Sprintf(format, args...)))
	}
	line("case", "%s", s.Dir())
	line("requests", "%d%s", o.Requests, inRows(o))
	line("records", "%d seen = %d stored + %d duplicate + %d rejected", o.Seen, o.Stored, o.Duplicate, o.Rejected)
	line("logs", "%d CloudTrail, %d access log", o.ByLog[model.CloudTrail], o.ByLog[model.AccessLog])
	if !o.Span.From.IsZero() {
		line("span", "%s to %s", utc(o.Span.From), utc(lastOf(o.Span)))
	}
	if !o.Window.IsZero() {
		line("window", "%s", spanText(o.Window))
	}
	line("accounts", "%s", strings.Join(o.Accounts, ", "))
	line("buckets", "%s", strings.Join(o.Buckets, ", "))
	for i := model.Verified; i <= model.IntegrityNA; i++ {
		if n := o.ByIntegrity[i]; n > 0 {
			line("integrity", "%d %s", n, i)
		}
	}
	if o.Verification != nil {
		line("verified", "%s: %s", o.Verification.Result, verificationLine(*o.Verification))
	}
	for _, u := range o.Unfinished {
		line("notice", "%s; load again to go on: trailsift load --case %s", u, value.Quote(s.Dir()))
	}
	if o.Provisional {
		line("notice", "counts are provisional: the last load was not settled; load again")
	}
	if !o.DataEvents && o.ByLog[model.CloudTrail] > 0 {
		line("notice", "the evidence holds no CloudTrail data events")
	}
	line("ledger", "%d acts, head %s", seq, head)
	return nil
}

func spanJSON(s model.Span) map[string]*string {
	out := map[string]*string{"from": nil, "to": nil}
	if !s.From.IsZero() {
		t := utc(s.From)
		out["from"] = &t
	}
	if !s.To.IsZero() {
		t := utc(s.To)
		out["to"] = &t
	}
	return out
}

func spanText(s model.Span) string {
	from, to := "the beginning", "the end"
	if !s.From.IsZero() {
		from = utc(s.From)
	}
	if !s.To.IsZero() {
		to = utc(s.To)
	}
	return from + " to " + to
}

func (p *program) caseWindow(ctx context.Context, s *session, args []string, off bool) error {
	switch {
	case off:
		return s.SetWindow(ctx, model.Span{})
	case len(args) == 1:
		return usage("give both ends: trailsift case window CASE SINCE UNTIL", "a window has two ends")
	case len(args) == 2:
		var ends [2]time.Time
		for i, a := range args {
			t, err := moment("an end of the window", a)
			if err != nil {
				return err
			}
			if t.IsZero() {
				return usage("give both ends: trailsift case window CASE SINCE UNTIL", "a window has two ends")
			}
			ends[i] = t
		}
		if !ends[0].Before(ends[1]) {
			return usage("the earlier time comes first", "%s is not before %s", args[0], args[1])
		}
		if err := s.SetWindow(ctx, model.Span{From: ends[0], To: ends[1]}); err != nil {
			return caseFailure(s.Dir(), err)
		}
	}
	w, err := s.Window(ctx)
	if err != nil {
		return err
	}
	if w.IsZero() {
		_, err = fmt.Fprintln(p.stdout, "no incident window is set; the evidence's own span is used")
		return err
	}
	_, err = fmt.Fprintln(p.stdout, spanText(w))
	return err
}
