package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"trailsift/loaders"
	"trailsift/model"
	"trailsift/ui/widget/value"
)

// loadSummary is the shape of load --format json.
type loadSummary struct {
	Case    string `json:"case"`
	Members struct {
		Seen     int64 `json:"seen"`
		Loaded   int64 `json:"loaded"`
		Skipped  int64 `json:"skipped"`
		Rejected int64 `json:"rejected"`
		Already  int64 `json:"already"`
	} `json:"members"`
	Records struct {
		Seen      int64 `json:"seen"`
		Stored    int64 `json:"stored"`
		Duplicate int64 `json:"duplicate"`
		Rejected  int64 `json:"rejected"`
	} `json:"records"`
	Requests int64 `json:"requests"`
	Bytes    struct {
		Read     int64 `json:"read"`
		Expanded int64 `json:"expanded"`
	} `json:"bytes"`
	Span struct {
		From *time.Time `json:"from"`
		To   *time.Time `json:"to"`
	} `json:"span"`
	ByLog    map[string]int64 `json:"by_log"`
	Skipped  []skippedNote    `json:"skipped"`
	Rejected []rejectedNote   `json:"rejected"`
	Seconds  float64          `json:"seconds"`
}

type skippedNote struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

type rejectedNote struct {
	Name   string `json:"name"`
	Record uint32 `json:"record"`
	Reason string `json:"reason"`
}

// summarise adds what only the settled case knows: duplicates of this load's members, requests, span.
func (s *session) summarise(sum loaders.Summary) (loadSummary, model.Overview, error) {
	ctx := context.Background()
	out := loadSummary{Case: s.Dir(), ByLog: map[string]int64{"cloudtrail": 0, "access": 0}, Skipped: []skippedNote{}, Rejected: []rejectedNote{}, Seconds: sum.Seconds}
	m := sum.Members
	out.Members.Seen, out.Members.Loaded, out.Members.Skipped, out.Members.Rejected, out.Members.Already = m.Seen, m.Loaded, m.Skipped, m.Rejected, m.Already
	out.Records.Seen, out.Records.Rejected = sum.Records.Seen, sum.Records.Rejected
	out.Bytes.Read, out.Bytes.Expanded = sum.Read, sum.Expanded
	for _, n := range sum.Skipped {
		out.Skipped = append(out.Skipped, skippedNote{n.Name, n.Reason})
	}
	for _, n := range sum.Rejected {
		out.Rejected = append(out.Rejected, rejectedNote{n.Name, n.Record, n.Reason})
	}
	members, err := s.engine.Members(ctx)
	if err != nil {
		return out, model.Overview{}, fmt.Errorf("count what was loaded: %w", err)
	}
	for _, mem := range members {
		if sum.Members.Loaded == 0 || mem.ID < sum.First {
			continue
		}
		out.Records.Duplicate += mem.Duplicate
		switch mem.Kind {
		case model.KindCloudTrail:
			out.ByLog["cloudtrail"] += mem.Stored()
		case model.KindAccess:
			out.ByLog["access"] += mem.Stored()
		}
	}
	out.Records.Stored = out.Records.Seen - out.Records.Duplicate - out.Records.Rejected
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return out, o, fmt.Errorf("count the requests: %w", err)
	}
	out.Requests = o.Requests
	if !o.Span.From.IsZero() {
		from, to := o.Span.From.UTC().Truncate(time.Second), lastOf(o.Span).UTC()
		out.Span.From, out.Span.To = &from, &to
	}
	return out, o, nil
}

// lastOf is the time of the last record of a half-open span of whole seconds.
func lastOf(s model.Span) time.Time { return s.To.Add(-time.Second) }

func (p *program) tellLoad(s *session, format string, sum loaders.Summary) error {
	if p.quiet && format != "json" {
		return nil
	}
	out, o, err := s.summarise(sum)
	if err != nil {
		return err
	}
	if format == "json" {
		return json.NewEncoder(p.stdout).Encode(out)
	}
	p.printLoad(out, o, sum)
	_, head := s.Head()
	fmt.Fprintf(p.stdout, "ledger head %s\n", head)
	return nil
}

// inRows says how many rows lists have, where requests are told in several.
func inRows(o model.Overview) string {
	if o.Listed <= o.Requests {
		return ""
	}
	return fmt.Sprintf(" in %d rows", o.Listed)
}

func (p *program) printLoad(l loadSummary, o model.Overview, sum loaders.Summary) {
	line := func(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }
	line("files    %d seen = %d loaded + %d skipped + %d rejected + %d already in the case", l.Members.Seen, l.Members.Loaded, l.Members.Skipped, l.Members.Rejected, l.Members.Already)
	line("records  %d seen = %d stored + %d duplicate + %d rejected", l.Records.Seen, l.Records.Stored, l.Records.Duplicate, l.Records.Rejected)
	line("         %d CloudTrail, %d access log; %s read, %s expanded, %.1f s", l.ByLog["cloudtrail"], l.ByLog["access"], value.Bytes(l.Bytes.Read), value.Bytes(l.Bytes.Expanded), l.Seconds)
	if l.Span.From != nil {
		line("case     %d requests%s, %s to %s", l.Requests, inRows(o), utc(*l.Span.From), utc(*l.Span.To))
	}
	if v := o.Verification; v != nil && v.Digests+v.Logs > 0 {
		line("verified %s", verificationLine(*v))
	}
	for _, n := range l.Rejected {
		if n.Record > 0 {
			line("rejected %s record %d: %s", p.printable(n.Name), n.Record, p.printable(n.Reason))
		} else {
			line("rejected %s: %s", p.printable(n.Name), p.printable(n.Reason))
		}
	}
	for _, n := range sum.Damaged {
		line("damaged  %s: %s", p.printable(n.Name), p.printable(n.Reason))
	}
	for _, n := range sum.Skipped {
		if n.Unread {
			line("unread   %s: %s", p.printable(n.Name), p.printable(n.Reason))
		}
	}
	shown := 0
	for _, n := range sum.Skipped {
		if n.Unread {
			continue
		}
		if shown++; shown > 5 && !p.verbose {
			line("skipped  … and %d more (-v lists them)", sum.Members.Skipped-sum.Members.Unreadable-5)
			break
		}
		line("skipped  %s: %s", p.printable(n.Name), p.printable(n.Reason))
	}
	if l.Records.Seen > 0 && l.ByLog["cloudtrail"] > 0 && !o.DataEvents {
		line("notice   the evidence holds no CloudTrail data events: reads and writes of objects are not recorded in it")
	}
	if sum.Elsewhere > 0 {
		line("notice   raw bytes of %d files stay where they were loaded from; keep them there", sum.Elsewhere)
	}
}
