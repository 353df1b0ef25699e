package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// question is an audit that takes a filter and answers in text, JSON or CSV.
type question struct {
	use, short, long string
	// ask answers; lines are the CSV, and n is how much there is: 0 is followed by the coverage.
	ask func(ctx context.Context, s *session, f model.Filter) (reply, error)
}

type reply struct {
	value any // as JSON
	names []string
	lines [][]string
	says  []string // sentences above the lines
	text  func()
	n     int64
	// caution is what an answer is to be held against; it goes to standard error, and below the lines of a screen.
	caution []string
	// adverse answers end the command with exit code 1.
	adverse bool
	// filter lists the requests behind a line; nil: it has none.
	filter func(line int) (model.Filter, bool)
}

// inquiries are the audits that need nothing but a filter.
func (p *program) inquiries() []*cobra.Command {
	var out []*cobra.Command
	for _, q := range []question{
		{"exfiltration CASE [FILTER]", "Estimate what reads took away, between two bounds",
			"Traffic is told as each log tells it and never added together. Content lies between two bounds: one read took at least what it was sent;\n" +
				"several took at most the object's size. Reads that only the access log tells are counted where its lines are kept or tell the same requests.\n" +
				"Text names the 50 objects with the most bytes, JSON and CSV all of them.", p.exfiltration},
		{"exposure CASE [FILTER]", "When buckets and objects were open to everybody, and the anonymous requests inside",
			"By recorded changes of bucket policies, access control lists and public access blocks, those of the account too, and by access control lists\n" +
				"that objects were written with. Changes are looked for in the whole case; FILTER says which intervals and which anonymous requests are told.\n" +
				"What was set before the evidence begins is not known and taken for closed. Changes that only the access log tells are named apart, since it\n" +
				"does not tell what was set; so are anonymous requests that worked while nothing recorded had opened their bucket.", p.exposure},
		{"links CASE [FILTER]", "Pre-signed links: who signed them, when, for how long, and from where they were used",
			"Signatures are never told; [redacted sha256:...] tells two apart.", p.links},
		{"witnesses CASE [FILTER]", "Requests that the two logs tell differently",
			"CloudTrail records and access-log lines of one request that differ in address, bytes, key or outcome.", p.witnesses},
		{"tampering CASE [FILTER]", "What changed the recording, and what touched the buckets that logs lie in",
			"A change coincides with what follows; it is not said to have caused it. The text is followed by the days that have gaps or hours which were\n" +
				"not selected, as trailsift case coverage draws them. Log buckets are those that records, digests or kept answers of trailsift doctor name as\n" +
				"such, that a log service writes into, or that log files of the case were fetched from.", p.tampering},
		{"delivery CASE [FILTER]", "Files that CloudTrail delivered, by the records of its writes, against the files of the case",
			"Where the bucket of a trail is itself recorded, every delivered log file and digest is named with its size. Told are files that are missing here, have\n" +
				"another size, were never delivered, or were written by somebody else; log files of which one is missing, other or foreign end with exit code 1.\n" +
				"Digests are counted apart: a copy often leaves them out.", p.delivery},
		{"keyreads CASE [FILTER]", "Reads of objects that only a use of their KMS key tells of",
			"Every Decrypt call that names an object is held against the reads that the logs tell, one to one within five seconds. What is left was read\n" +
				"while nothing recorded reads of that bucket, or its record is missing. Terms on bucket, key and object mean the object that the call names.", p.keyReads},
	} {
		var format string
		c := &cobra.Command{Use: q.use, Short: q.short, Long: q.long, Args: cobra.MinimumNArgs(1)}
		c.RunE = func(c *cobra.Command, args []string) error {
			if err := oneOf(format, "text", "json", "csv"); err != nil {
				return err
			}
			return p.withCase(args[0], func(s *session) error {
				f, err := s.parseFilter(c.Context(), args[1:])
				if err != nil {
					return err
				}
				a, err := q.ask(c.Context(), s, f)
				if err != nil {
					return fmt.Errorf("audit %s: %w", c.Name(), err)
				}
				return p.tellReply(c.Context(), s, f, a, format)
			})
		}
		c.Flags().StringVar(&format, "format", "text", "text, json or csv")
		out = append(out, c)
	}
	return out
}

func (p *program) tellReply(ctx context.Context, s *session, f model.Filter, a reply, format string) error {
	var err error
	switch format {
	case "json":
		err = p.writeJSON(a.value)
	case "csv":
		err = writeCSV(p.stdout, a.names, a.lines)
	default:
		a.text()
	}
	p.tellCautions(a)
	if err == nil && a.n == 0 {
		return p.tellCoverage(ctx, s, queryOf(f))
	}
	if err == nil && a.adverse {
		return silent(exitAdverse)
	}
	return err
}

// cautions are the hours in which the logs could not, or may not, have recorded what an answer compares.
func (r reply) cautions() []string {
	if len(r.caution) == 0 {
		return nil
	}
	out := []string{"not all of it could have been recorded: what is new or gone may only not have been recorded in the other window"}
	for _, l := range r.caution {
		out = append(out, "  "+l)
	}
	return out
}

// tellCautions tells them.
func (p *program) tellCautions(r reply) {
	for _, l := range r.cautions() {
		fmt.Fprintln(p.stderr, p.printable(l))
	}
}

func (p *program) exfiltration(ctx context.Context, s *session, f model.Filter) (reply, error) {
	x, err := inquiry.Exfiltration(ctx, s.engine, f)
	r := reply{value: x, n: x.Objects, names: strings.Split("bucket,key,least,most,reads,object_size,bytes_cloudtrail,bytes_access,partial,first,last", ",")}
	for _, o := range x.Largest {
		r.lines = append(r.lines, []string{o.Bucket, o.Key, fmt.Sprint(o.Least), fmt.Sprint(o.Most), fmt.Sprint(o.Reads), numberText(o.Size), fmt.Sprint(o.CloudTrailBytes), fmt.Sprint(o.AccessBytes), fmt.Sprint(o.Partial), csvTime(o.First), csvTime(o.Last)})
	}
	r.says = []string{
		fmt.Sprintf("%d objects, %d reads: between %d and %d bytes of content", x.Objects, x.Reads, x.Least, x.Most),
		fmt.Sprintf("CloudTrail tells %d reads and %d bytes (%d reads tell no bytes)", x.CloudTrailReads, x.CloudTrailBytes, x.ReadsWithoutBytes),
		fmt.Sprintf("the access log tells %d reads and %d bytes, %d reads and %d bytes of them alone", x.AccessReads, x.AccessBytes, x.AccessOnlyReads, x.AccessOnlyBytes),
		fmt.Sprintf("%d objects were read in part at most; of %d no line tells the size", x.PartialObjects, x.SizeUnknown),
	}
	if x.Unbounded > 0 {
		r.says = append(r.says, fmt.Sprintf("of %d of these nothing tells what a read was sent either: more of them may have been taken", x.Unbounded))
	}
	r.text = func() {
		for _, s := range r.says {
			fmt.Fprintln(p.stdout, s)
		}
		lines := [][]string{{"  LEAST", "MOST", "READS", "FIRST", "OBJECT"}}
		for _, o := range x.Largest[:min(len(x.Largest), 50)] {
			lines = append(lines, []string{"  " + fmt.Sprint(o.Least), fmt.Sprint(o.Most), fmt.Sprint(o.Reads), stamp(o.First), o.Bucket + "/" + o.Key})
		}
		p.columns(lines)
		if more := x.Objects - int64(len(lines)-1); more > 0 {
			fmt.Fprintf(p.stdout, "  and %d more objects; --format csv and json tell all\n", more)
		}
	}
	return r, err
}

func (p *program) exposure(ctx context.Context, s *session, f model.Filter) (reply, error) {
	x, err := inquiry.Exposures(ctx, s.engine, f)
	r := reply{value: x, n: int64(len(x.Intervals)), names: strings.Split("bucket,from,to,how,opened_by,closed_by,anonymous_ok,anonymous_denied,objects,addresses,bytes_out_cloudtrail,bytes_out_access_only,key", ",")}
	for _, e := range x.Intervals {
		by := ""
		if e.Closed != nil {
			by = e.Closed.Actor
		}
		r.lines = append(r.lines, []string{e.Bucket, csvTime(e.From), csvTime(e.To), e.How, e.Opened.Actor, by, fmt.Sprint(e.Requests), fmt.Sprint(e.Denied), fmt.Sprint(e.Objects), fmt.Sprint(e.Addresses), fmt.Sprint(e.CloudTrailOut), fmt.Sprint(e.AccessOnlyOut), e.Key})
	}
	r.text = func() { p.exposureText(x) }
	return r, err
}

func (p *program) exposureText(x answer.Exposures) {
	for _, e := range x.Intervals {
		end := "still open when the evidence ends"
		if e.Closed != nil {
			end = fmt.Sprintf("to %s, closed by %s of %s", stamp(e.To), e.Closed.Op, e.Closed.Actor)
		}
		fmt.Fprintln(p.stdout, p.printable(fmt.Sprintf("%s: open from %s, by %s: %s of %s", strings.TrimSuffix(e.Bucket+"/"+e.Key, "/"), stamp(e.From), e.How, e.Opened.Op, e.Opened.Actor)))
		fmt.Fprintln(p.stdout, p.printable("  "+end))
		fmt.Fprintf(p.stdout, "  anonymous requests inside: %d ok, %d denied; %d objects, %d addresses; %d bytes out by CloudTrail, %d in requests that only the access log tells\n",
			e.Requests, e.Denied, e.Objects, e.Addresses, e.CloudTrailOut, e.AccessOnlyOut)
		fmt.Fprintf(p.stdout, "  %s\n", p.printable(e.Filter))
	}
	if x.MoreObjects > 0 {
		fmt.Fprintf(p.stdout, "and %d objects more that a list of their own opened, among:\n  %s\n", x.MoreObjects, p.printable(x.MoreFilter))
	}
	if len(x.Possible) > 0 {
		fmt.Fprintln(p.stdout, "\nmay have opened or closed something")
		p.causes(x.Possible)
	}
	if len(x.Outside) > 0 {
		fmt.Fprintln(p.stdout, "\nanonymous requests that worked while nothing recorded had opened their bucket")
	}
	for _, o := range x.Outside {
		line := fmt.Sprintf("  %s: %d", o.Bucket, o.Requests)
		if o.OfOpenObjects > 0 {
			line += fmt.Sprintf(", %d of them of objects that a list of their own had opened", o.OfOpenObjects)
		}
		fmt.Fprintln(p.stdout, p.printable(line))
		fmt.Fprintln(p.stdout, p.printable("    "+o.Filter))
	}
}

func (p *program) links(ctx context.Context, s *session, f model.Filter) (reply, error) {
	all, err := inquiry.SignedLinks(ctx, s.engine, f)
	r := reply{value: all, n: int64(len(all)), names: strings.Split("access_key,bucket,key,signed,expires,signatures,uses,refused,addresses,stranger,bytes_out,first,last", ",")}
	for _, l := range all {
		r.lines = append(r.lines, []string{l.AccessKey, l.Bucket, l.Key, csvTime(l.Signed), csvTime(l.Expires), strings.Join(l.Signatures, "|"), fmt.Sprint(l.Uses), fmt.Sprint(l.Refused), strings.Join(l.Addresses, "|"), fmt.Sprint(l.Stranger), fmt.Sprint(l.Bytes), csvTime(l.First), csvTime(l.Last)})
	}
	r.text = func() {
		fmt.Fprintf(p.stdout, "%d pre-signed links\n", len(all))
		lines := [][]string{}
		for _, l := range all {
			note := ""
			if l.Stranger {
				note = "from an address the signer never used"
			}
			until := "no end told"
			if l.Expires != nil {
				until = "until " + stamp(l.Expires)
			}
			lines = append(lines, []string{l.AccessKey, "signed " + stamp(l.Signed), until, fmt.Sprint(l.Uses) + " uses", strings.Join(l.Addresses, " "), l.Bucket + "/" + l.Key, note})
		}
		p.columns(lines)
	}
	return r, err
}

func (p *program) tampering(ctx context.Context, s *session, f model.Filter) (reply, error) {
	all, err := s.tampered(ctx, f)
	r := reply{value: all, n: int64(len(all)), names: strings.Split("time,text,op,outcome,bucket,key,actor,access_key,ip,event_id,record", ",")}
	for _, c := range all {
		r.lines = append(r.lines, []string{csvTime(c.Time), c.Text, c.Op, c.Outcome, c.Bucket, c.Key, c.Actor, c.AccessKey, c.IP, c.EventID, c.Record})
	}
	r.text = func() {
		p.causes(all)
		asked := askedOf(f)
		c, err := s.coverage(ctx, asked.span)
		if err != nil {
			fmt.Fprintf(p.stderr, "trailsift: warning: tell the coverage: %s\n", p.printable(err.Error()))
			return
		}
		p.holes(c, asked)
	}
	r.filter = func(i int) (model.Filter, bool) {
		e := all[i].Event
		for _, id := range []struct {
			field model.Field
			text  string
		}{{model.FieldEventID, e.EventID}, {model.FieldRequestID, e.RequestID}} {
			if id.text != "" {
				return model.Filter{}.With(model.Term{Field: id.field, Values: []model.Value{{Text: id.text}}}), true
			}
		}
		return model.Filter{}, false
	}
	return r, err
}

// holes draws the days in which strips that are asked about have gaps or hours that were not selected.
func (p *program) holes(c answer.Coverage, asked hoursAsked) {
	head := "\nhours in the same time that have a gap or were not selected; a change coincides with them, it is not said to have caused them"
	for _, s := range c.Strips {
		if s.Counts["gap"]+s.Counts["not selected"] == 0 || !asked.about(s) {
			continue
		}
		if head != "" {
			fmt.Fprintln(p.stdout, head+"\n"+signs)
			head = ""
		}
		fmt.Fprintf(p.stdout, "\n%s: of %d hours %s\n", p.printable(stripName(s)), len(s.Hours), stripStates(s))
		p.days(c.From, s.Hours, func(hours string) bool { return strings.ContainsAny(hours, "!-") })
	}
	if head != "" && len(c.Strips) > 0 {
		fmt.Fprintln(p.stdout, "\nno hour in the same time is known to have a gap or not to have been selected")
	}
}

func (p *program) compareCommand() *cobra.Command {
	var format, before, after, actor, with string
	c := &cobra.Command{
		Use:   "compare CASE [FILTER] (--before SINCE/UNTIL --after SINCE/UNTIL | --actor A --with B)",
		Short: "What is new, gone, grown or shrunk from one window or actor to another",
		Long: "Two windows by actor, operation, prefix, address and agent; grown and shrunk are by a factor of two, counted by the length of the windows.\n" +
			"Hours in which a log could not, or may not, have recorded anything are told for each window: what is gone may only not have been recorded.\n" +
			"Two actors, named as the actor command takes them, by the same but the actor; counted by the share of each one's own requests.",
		Example: "  trailsift audit compare acme.case --before 2026-03-02/2026-03-06 --after 2026-03-06/2026-03-12\n" +
			"  trailsift audit compare acme.case --actor dana.reyes --with AKIAQ7DEMOLEAKEDKEY1 bucket:acme-finance",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf(format, "text", "json", "csv"); err != nil {
				return err
			}
			if windows, actors := before+after != "", actor+with != ""; windows == actors || actors && (actor == "" || with == "") {
				return usage("two windows, or two actors", "--before goes with --after, --actor with --with")
			}
			return p.withCase(args[0], func(s *session) error {
				f, err := s.parseFilter(c.Context(), args[1:])
				if err != nil {
					return err
				}
				var r reply
				if actor != "" {
					r, err = p.compareActors(c.Context(), s, f, actor, with)
				} else {
					r, err = p.compareWindows(c.Context(), s, f, before, after)
				}
				if err != nil {
					return fmt.Errorf("compare: %w", err)
				}
				return p.tellReply(c.Context(), s, f, r, format)
			})
		},
	}
	c.Flags().StringVar(&before, "before", "", "the first window, as 2026-03-02/2026-03-06")
	c.Flags().StringVar(&after, "after", "", "the second window")
	c.Flags().StringVar(&actor, "actor", "", "the first actor: ARN, role, access key, session, address or account")
	c.Flags().StringVar(&with, "with", "", "the actor it is compared with")
	c.Flags().StringVar(&format, "format", "text", "text, json or csv")
	return c
}

func (p *program) compareWindows(ctx context.Context, s *session, f model.Filter, before, after string) (reply, error) {
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return reply{}, err
	}
	var spans [2]model.Span
	for i, text := range []string{before, after} {
		if spans[i], err = windowOf(text, o.Span); err != nil {
			return reply{}, err
		}
	}
	all, err := inquiry.Compare(ctx, s.engine, f, spans[0], spans[1])
	if err != nil {
		return reply{}, err
	}
	r := p.deltas(all, "BEFORE", "AFTER")
	for i, name := range []string{"before", "after"} {
		blind, err := s.blindHours(ctx, queryOf(inWindow(f, spans[i])))
		if err != nil {
			return r, err
		}
		for _, l := range blind {
			r.caution = append(r.caution, name+": "+l)
		}
	}
	return r, nil
}

// inWindow keeps what f keeps of a window.
func inWindow(f model.Filter, w model.Span) model.Filter {
	for _, t := range between(w).Terms {
		f = f.With(t)
	}
	return f
}

func (p *program) compareActors(ctx context.Context, s *session, f model.Filter, one, other string) (reply, error) {
	all, err := inquiry.CompareActors(ctx, s.engine, f, one, other)
	return p.deltas(all, one, other), err
}

func (p *program) deltas(all []answer.Delta, before, after string) reply {
	r := reply{value: all, n: int64(len(all)), names: []string{"field", "change", "value", "before", "after"}}
	for _, d := range all {
		r.lines = append(r.lines, []string{d.Field, d.Change, d.Value, fmt.Sprint(d.Before), fmt.Sprint(d.After)})
	}
	r.text = func() {
		p.columns(append([][]string{{"FIELD", "CHANGE", "VALUE", before, after}}, r.lines...))
	}
	return r
}

// windowOf reads SINCE/UNTIL, or which half of the evidence is meant.
func windowOf(text string, all model.Span) (model.Span, error) {
	from, to, ok := strings.Cut(text, "/")
	var w model.Span
	half := all.From.Add(all.To.Sub(all.From) / 2).Truncate(time.Second)
	switch text {
	case "first-half":
		return model.Span{From: all.From, To: half}, nil
	case "second-half":
		return model.Span{From: half, To: all.To.Add(time.Second)}, nil
	}
	if !ok {
		return w, usage("as --before 2026-03-02/2026-03-06 --after 2026-03-06/2026-03-12", "a window is SINCE/UNTIL, first-half or second-half, not %q", text)
	}
	var err error
	if w.From, err = moment("the beginning of a window", from); err != nil {
		return w, err
	}
	if w.To, err = moment("the end of a window", to); err != nil {
		return w, err
	}
	if w.From.IsZero() || !w.From.Before(w.To) {
		return w, usage("the earlier time comes first", "%s is no window", text)
	}
	return w, nil
}
