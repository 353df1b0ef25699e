package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"trailsift/model/answer"
	"trailsift/queries/inquiry"
	"trailsift/ui/widget/value"
)

// shownSteps bounds the runs of calls that the text tells; JSON tells more.
const shownSteps = 40

func (p *program) actorCommand() *cobra.Command {
	var format string
	var list bool
	c := &cobra.Command{
		Use:   "actor CASE [VALUE] [FILTER]",
		Short: "List the actors, or draw the card of one: an ARN, role, access key, session, address or account",
		Long: "A role stands for its sessions. The card tells first and last use, addresses, agents, operations and bytes, where each credential was used\n" +
			"from and when that changed, the calls in their order with runs folded, and the lineage of the credentials: who asked for them, what they asked for.\n" +
			"Requests are calls; a DeleteObjects may have a row for each of its keys too, in either log, and a copy one for its source.\n" +
			"Denied is of the rows.\n" +
			"Without VALUE, or with --list and a filter, every actor is listed: roles with their sessions below, and the names of one owner joined.",
		Example: "  trailsift actor acme.case\n  trailsift actor acme.case --list bucket:acme-finance outcome:denied\n  trailsift actor acme.case AKIAQ7DEMOLEAKEDKEY1\n" +
			"  trailsift actor acme.case arn:aws:iam::111122223333:role/BackupRole since:2026-03-07",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if list || len(args) == 1 {
				if err := oneOf(format, "text", "json", "csv"); err != nil {
					return err
				}
				return p.withCase(args[0], func(s *session) error { return p.actors(c.Context(), s, args[1:], format) })
			}
			if err := oneOf(format, "text", "json"); err != nil {
				return err
			}
			if args[1] == "" {
				return usage("an ARN, role, access key, session, address or account; without one all actors are listed", "the name of the actor is empty")
			}
			return p.withCase(args[0], func(s *session) error { return p.actor(c.Context(), s, args[1], args[2:], format) })
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json; csv for the list")
	c.Flags().BoolVar(&list, "list", false, "list the actors of the requests that the filter keeps")
	return c
}

func (p *program) actors(ctx context.Context, s *session, rest []string, format string) error {
	f, err := s.parseFilter(ctx, rest)
	if err != nil {
		return err
	}
	a, err := inquiry.Actors(ctx, s.engine, f)
	if err != nil {
		return fmt.Errorf("list the actors: %w", err)
	}
	r := reply{value: a, n: int64(len(a.Lines)) + a.Absent, names: strings.Split("name,kind,owner,requests,denied,failed,objects,bytes_out_cloudtrail,bytes_in_cloudtrail,bytes_out_access_only,first,last,why,rows", ",")}
	text := [][]string{{"REQUESTS", "DENIED", "OBJECTS", "OUT", "IN", "OUT, ACCESS LOG", "FIRST", "LAST", "ACTOR"}}
	var add func(l answer.ActorLine, owner string)
	add = func(l answer.ActorLine, owner string) {
		numbers := []string{fmt.Sprint(l.Requests), fmt.Sprint(l.Denied), fmt.Sprint(l.Failed), fmt.Sprint(l.Objects), fmt.Sprint(l.CloudTrailOut), fmt.Sprint(l.CloudTrailIn), fmt.Sprint(l.AccessOnlyOut)}
		r.lines = append(r.lines, append(append([]string{l.Name, l.Kind, owner}, numbers...), csvTime(l.First), csvTime(l.Last), l.Why, fmt.Sprint(l.Rows)))
		name := l.Name
		if owner != "" {
			name = "  " + name
		}
		if l.Why != "" {
			name += " (" + l.Why + ")"
		}
		text = append(text, []string{numbers[0], numbers[1], numbers[3], numbers[4], numbers[5], numbers[6], stamp(l.First), stamp(l.Last), name})
		for _, b := range l.Below {
			add(b, l.Name)
		}
	}
	for _, l := range a.Lines {
		add(l, "")
	}
	r.text = func() {
		p.columns(text)
		if a.Absent > 0 {
			fmt.Fprintf(p.stdout, "and %d rows that name nobody\n", a.Absent)
		}
		if a.More > 0 {
			fmt.Fprintf(p.stdout, "and %d more actors with fewer requests; narrow the filter\n", a.More)
		}
	}
	return p.tellReply(ctx, s, f, r, format)
}

func (p *program) actor(ctx context.Context, s *session, value string, rest []string, format string) error {
	f, err := s.parseFilter(ctx, rest)
	if err != nil {
		return err
	}
	card, err := inquiry.Actor(ctx, s.engine, f, value)
	if err != nil {
		return fmt.Errorf("draw the card of %s: %w", value, err)
	}
	if format == "json" {
		err = p.writeJSON(card)
	} else {
		p.cardText(card)
	}
	if err != nil || card.Requests > 0 {
		return err
	}
	fmt.Fprintf(p.stderr, "%s was taken for a kind of value: %s\n", p.printable(value), card.Kind)
	q, err := s.parseFilter(ctx, []string{card.Filter})
	if err != nil {
		return err
	}
	return p.tellCoverage(ctx, s, queryOf(q))
}

func (p *program) cardText(c answer.Card) {
	out := func(format string, args ...any) {
		fmt.Fprintln(p.stdout, p.printable(fmt.Sprintf(format, args...)))
	}
	out("%s (%s)", c.Value, c.Kind)
	requests := fmt.Sprintf("%d requests", c.Requests)
	if c.Rows > c.Requests {
		requests += fmt.Sprintf(" in %d rows", c.Rows)
	}
	out("%s, %d denied, %d failed, %d objects; %s to %s", requests, c.Denied, c.Failed, c.Objects, stamp(c.First), stamp(c.Last))
	if c.Rows > c.Requests {
		out(answer.RowsOfCalls)
	}
	out("bytes out %d and in %d by CloudTrail; %d out in requests that only the access log tells", c.CloudTrailOut, c.CloudTrailIn, c.AccessOnlyOut)
	for _, a := range c.Aliases {
		out("also known as %s", a)
	}
	for _, part := range []struct {
		name string
		all  answer.Shares
	}{{"actors", c.Actors}, {"access keys", c.AccessKeys}, {"addresses", c.Addresses}, {"agents", c.Agents}, {"regions", c.Regions}, {"operations", c.Operations}, {"buckets", c.Buckets}} {
		p.shares(part.name, part.all)
	}
	if len(c.Homes) > 0 {
		fmt.Fprintln(p.stdout, "\nhomes: where each credential was used from")
		lines := [][]string{}
		for _, h := range c.Homes {
			changed := ""
			if len(h.Changed) > 0 {
				changed = "CHANGED: " + strings.Join(h.Changed, ", ")
			}
			lines = append(lines, []string{"  " + h.AccessKey, stamp(h.First), stamp(h.Last), fmt.Sprint(h.Requests), h.IP, orDefault(h.Endpoint, "no endpoint"), h.TLS, h.Agent, changed})
		}
		p.columns(lines)
	}
	p.stepsText(c)
	if len(c.Lineage) > 0 {
		fmt.Fprintln(p.stdout, "\nlineage")
		for _, l := range c.Lineage {
			p.linkText(l, 1)
		}
	}
}

func (p *program) shares(name string, all answer.Shares) {
	if len(all.Values) == 0 {
		return
	}
	fmt.Fprintf(p.stdout, "\n%s\n", name)
	lines := [][]string{}
	for _, s := range all.Values {
		lines = append(lines, []string{" ", fmt.Sprint(s.Requests), stamp(s.First), stamp(s.Last), value.Remarks(s.Requests, s.Rows, s.Denied), s.Value})
	}
	p.columns(lines)
	if all.More > 0 {
		fmt.Fprintf(p.stdout, "  and %d rows with other values\n", all.More)
	}
}

func (p *program) stepsText(c answer.Card) {
	if len(c.Steps) == 0 {
		return
	}
	fmt.Fprintln(p.stdout, "\nsequence: runs of calls of one kind; within a second no order is known")
	lines := [][]string{}
	for _, s := range c.Steps[:min(len(c.Steps), shownSteps)] {
		denied := ""
		if s.Denied > 0 {
			denied = fmt.Sprintf("%d denied", s.Denied)
		}
		lines = append(lines, []string{"  " + stamp(s.First), stamp(s.Last), s.Kind, fmt.Sprint(s.Count), denied, strings.Join(s.Ops, ", ")})
	}
	p.columns(lines)
	if more := len(c.Steps) - shownSteps; more > 0 || c.StepsTruncated {
		fmt.Fprintf(p.stdout, "  and %d more runs; --format json tells them\n", max(more, 1))
	}
}

func (p *program) linkText(l answer.Link, depth int) {
	text := fmt.Sprintf("%s%s %s", strings.Repeat("  ", depth), orDefault(l.AccessKey, "(no key)"), l.Actor)
	if l.Via != "" {
		text += fmt.Sprintf(", issued by %s at %s (%s)", l.Via, stamp(l.Issued), l.By)
	}
	text += fmt.Sprintf(", %d requests", l.Requests)
	if l.Note != "" {
		text += ", " + l.Note
	}
	fmt.Fprintln(p.stdout, p.printable(text))
	if l.From != nil {
		fmt.Fprintf(p.stdout, "%sasked for by\n", strings.Repeat("  ", depth+1))
		p.linkText(*l.From, depth+2)
	}
	if len(l.Issues) > 0 {
		fmt.Fprintf(p.stdout, "%sasked for\n", strings.Repeat("  ", depth+1))
		for _, c := range l.Issues {
			p.linkText(c, depth+2)
		}
	}
}
