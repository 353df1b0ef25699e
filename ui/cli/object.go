package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

func (p *program) objectCommand() *cobra.Command {
	var format string
	var limit int
	c := &cobra.Command{
		Use:   "object CASE BUCKET/KEY",
		Short: "Tell the story of an object: who wrote, read, copied, changed and deleted it",
		Long: "BUCKET/KEY is taken literally; a star at its end makes it a prefix. Reads are told with the bytes that left, writes with their encryption,\n" +
			"deletes with what became of what they deleted. object_enc is derived: the encryption by the last write before.",
		Example: "  trailsift object acme.case 'acme-finance/reports/2026 q1/statement-001.xlsx'\n  trailsift object acme.case 'acme-finance/backups/*' --format json",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf(format, "text", "json", "csv"); err != nil {
				return err
			}
			if bucket, key, ok := strings.Cut(args[1], "/"); !ok || bucket == "" || key == "" {
				return usage("as BUCKET/KEY; BUCKET/* is all of a bucket", "%q names no object", args[1])
			}
			return p.withCase(args[0], func(s *session) error { return p.object(c.Context(), s, args[1], format, limit) })
		},
	}
	c.AddCommand(p.objectVerifyCommand())
	c.Flags().StringVar(&format, "format", "text", "text, json or csv")
	c.Flags().IntVar(&limit, "limit", 10_000, "tell at most so many events; 0 for all")
	return c
}

func (p *program) object(ctx context.Context, s *session, name, format string, limit int) error {
	o, err := inquiry.Object(ctx, s.engine, name, limit)
	if err != nil {
		return fmt.Errorf("tell the story of %s: %w", name, err)
	}
	switch format {
	case "json":
		err = p.writeJSON(o)
	case "csv":
		var lines [][]string
		for _, l := range o.Lines {
			lines = append(lines, []string{csvTime(l.Time), l.Act, l.Note, l.Outcome, l.Op, l.Bucket, l.Key, l.Version, l.Actor, l.AccessKey, l.IP, numberText(l.BytesOut), numberText(l.BytesIn), l.Enc, l.ObjectEnc, l.Log, l.Witness, l.Integrity, l.Record})
		}
		err = writeCSV(p.stdout, strings.Split("time,act,note,outcome,op,bucket,key,version,actor,access_key,ip,bytes_out,bytes_in,enc,object_enc,log,witness,integrity,record", ","), lines)
	default:
		p.objectText(o)
	}
	if err == nil && o.Total == 0 && len(o.Deletes.Entries) == 0 {
		return p.tellCoverage(ctx, s, model.Query{Filter: model.Filter{Terms: []model.Term{inquiry.ObjectTerm(name)}}})
	}
	return err
}

func numberText(n *int64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

func (p *program) objectText(o answer.ObjectStory) {
	fmt.Fprintf(p.stdout, "%s: %d events\n", p.printable(o.Object), o.Total)
	prefix := strings.HasSuffix(o.Object, "*")
	for _, l := range o.Lines {
		detail := []string{}
		add := func(format string, v string) {
			if v != "" {
				detail = append(detail, fmt.Sprintf(format, p.printable(v)))
			}
		}
		if prefix {
			add("%s", l.Bucket+"/"+l.Key)
		}
		add("%s", l.Note)
		add("by %s", l.Actor)
		add("from %s", l.IP)
		add("%s bytes out", numberText(l.BytesOut))
		add("version %s", l.Version)
		if l.Enc != "" && l.Enc != model.EncNA.String() {
			add("enc %s", l.Enc)
		} else {
			add("object_enc %s", l.ObjectEnc)
		}
		add("%s", l.Error)
		fmt.Fprintf(p.stdout, "%s │ %-20s %s  [%s, %s]\n", stamp(l.Time), p.printable(l.Act), strings.Join(detail, ", "), l.Log, l.Integrity)
	}
	if more := o.Total - int64(len(o.Lines)); more > 0 {
		fmt.Fprintf(p.stdout, "and %d more; --limit 0 tells all\n", more)
	}
	p.parties("readers", o.Readers)
	p.parties("writers", o.Writers)
	if len(o.Deletes.Entries)+len(o.Deletes.UnknownKeys) > 0 {
		fmt.Fprintln(p.stdout)
		p.deletesText(o.Deletes)
	}
}

func (p *program) parties(title string, all []answer.Party) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(p.stdout, "\n"+title)
	lines := [][]string{{"  REQUESTS", "BYTES OUT", "ONLY IN ACCESS LOG", "FIRST", "LAST", "IP", "ACCESS KEY", "ACTOR"}}
	for _, a := range all {
		lines = append(lines, []string{"  " + fmt.Sprint(a.Requests), fmt.Sprint(a.CloudTrailOut), fmt.Sprint(a.AccessOut), stamp(a.First), stamp(a.Last), a.IP, a.AccessKey, a.Actor})
	}
	p.columns(lines)
}

func (p *program) auditDeletesCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "deletes CASE [FILTER]",
		Short: "Every deleted key from whichever log has it, and whether it can be had back",
		Long: "One line a key. Keys of multi-object deletes come from the access log's lines with the same request id, from events of their own or from the\n" +
			"call's record; a call whose keys neither log tells stands alone.\n\n" +
			"Fates: restorable (versions were kept; \"if\" marks what hangs on more than the evidence tells), restored (the marker was removed), lost\n" +
			"(removed for good), contradicted (it would be lost, but was read again later, of the same version where both name one, and no write is\n" +
			"recorded in between) and cannot-tell. Keys are counted apart from removed versions.",
		Example: "  trailsift audit deletes acme.case bucket:acme-finance\n  trailsift audit deletes acme.case --format csv -- 'since:2026-03-11'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf(format, "text", "json", "csv"); err != nil {
				return err
			}
			return p.withCase(args[0], func(s *session) error {
				f, err := s.parseFilter(c.Context(), args[1:])
				if err != nil {
					return err
				}
				return p.deletes(c.Context(), s, f, format)
			})
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text, json or csv")
	return c
}

func (p *program) deletes(ctx context.Context, s *session, f model.Filter, format string) error {
	d, err := inquiry.Deletes(ctx, s.engine, f)
	if err != nil {
		return fmt.Errorf("list deletes: %w", err)
	}
	switch format {
	case "json":
		err = p.writeJSON(d)
	case "csv":
		var lines [][]string
		for _, e := range d.Entries {
			lines = append(lines, []string{csvTime(e.Time), e.Bucket, e.Key, e.Version, e.Kind, e.Fate, e.If, e.Why, csvTime(e.Again), csvTime(e.Read), e.Op, e.Actor, e.AccessKey, e.IP, strings.Join(e.Sources, "|"), e.RequestID, e.Record})
		}
		err = writeCSV(p.stdout, strings.Split("time,bucket,key,version,kind,fate,if,why,written_again,read_again,op,actor,access_key,ip,sources,request_id,record", ","), lines)
	default:
		p.deletesText(d)
	}
	if err == nil && len(d.Entries)+len(d.UnknownKeys) == 0 {
		return p.tellCoverage(ctx, s, model.Query{Filter: f})
	}
	return err
}

func (p *program) deletesText(d answer.Deletes) {
	fmt.Fprintf(p.stdout, "%d deletes of %d keys: %s\n", len(d.Entries), d.Objects, countsText(d.Kinds, answer.DeleteMarker, answer.PlainDelete, answer.VersionRemoved, answer.Expired, answer.MarkerRemoved))
	if len(d.KeyFates) > 0 {
		fmt.Fprintf(p.stdout, "keys: %s\n", countsText(d.KeyFates, answer.FateNames...))
	}
	if d.Hanging > 0 {
		fmt.Fprintf(p.stdout, "of the restorable keys %d only if %s, which nothing tells\n", d.Hanging, answer.IfVersionsWereKept)
	}
	if len(d.VersionFates) > 0 {
		fmt.Fprintf(p.stdout, "versions removed: %s\n", countsText(d.VersionFates, answer.FateNames...))
	}
	if d.Fates[answer.Contradicted] > 0 {
		fmt.Fprintln(p.stdout, "contradicted: it would be lost, but was read again, and no write is recorded in between")
	}
	fmt.Fprintf(p.stdout, "%d multi-object calls, %d whose keys neither log tells; %d deletes refused\n", d.Calls, len(d.UnknownKeys), d.Refused)
	lines := [][]string{}
	for _, e := range d.Entries {
		again := ""
		if e.Again != nil {
			again = ", written again " + stamp(e.Again)
		}
		fate := e.Fate
		if e.If != "" {
			fate += ", if"
		}
		lines = append(lines, []string{stamp(e.Time), e.Kind, fate, e.Bucket + "/" + e.Key, e.Actor, "key from " + strings.Join(e.Sources, " and "), e.Why + again})
	}
	p.columns(lines)
	for _, e := range d.UnknownKeys {
		fmt.Fprintf(p.stdout, "%s  keys unknown: %s on %s by %s, request %s\n", stamp(e.Time), e.Op, p.printable(e.Bucket), p.printable(e.Actor), p.printable(e.RequestID))
	}
}

// countsText is counts in a fixed order, zeros left out.
func countsText(counts map[string]int64, names ...string) string {
	var out []string
	for _, n := range names {
		if counts[n] > 0 {
			out = append(out, fmt.Sprintf("%d %s", counts[n], n))
		}
	}
	if out == nil {
		return "none"
	}
	return strings.Join(out, ", ")
}
