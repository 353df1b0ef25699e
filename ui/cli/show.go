package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/queries/export"
)

func (p *program) showCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "show CASE RECORD",
		Short: "Show one record: parsed, raw, every place it was found, and its badge",
		Long:  "RECORD is MEMBER:RECORD as lists print it, an event id or a request id. The raw bytes are read from the evidence and checked against its hash.",
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usage("text or json", "no such format: %s", format)
			}
			if args[1] == "" {
				return usage("MEMBER:RECORD as lists print it, an event id or a request id", "the name of the record is empty")
			}
			return p.withCase(args[0], func(s *session) error { return p.show(c.Context(), s, args[1], format) })
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func (p *program) show(ctx context.Context, s *session, name, format string) error {
	ids, err := s.engine.Find(ctx, name)
	if err != nil {
		return fmt.Errorf("find record %s: %w", name, err)
	}
	if len(ids) == 0 {
		fmt.Fprintf(p.stderr, "no record %s\n", p.printable(name))
		return p.tellCoverage(ctx, s, model.Query{})
	}
	for i, id := range ids {
		d, err := s.engine.Record(ctx, id)
		if err != nil {
			return fmt.Errorf("read record %s: %w", name, err)
		}
		if format == "json" {
			err = p.showJSON(d)
		} else {
			if i > 0 {
				fmt.Fprintln(p.stdout)
			}
			p.showText(d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *program) showText(d model.Detail) {
	for i, f := range model.Columns() {
		if v := d.Row.Values[i]; v != nil {
			fmt.Fprintf(p.stdout, "%-15s %s\n", f, p.printable(export.Text(v)))
		}
	}
	for _, o := range d.Origins {
		note := ""
		if o.Duplicate {
			note = "  (duplicate)"
		}
		if o.Folded {
			note = "  (the other log's record of the same request)"
		}
		fmt.Fprintf(p.stdout, "%-15s %s:%d bytes %d+%d%s\n", "origin", p.printable(o.Member.Name), o.ID.Number, o.Offset, o.Length, note)
		if o.Verdict.Why != "" {
			fmt.Fprintf(p.stdout, "%-15s %s\n", "", p.printable(verdictText(o.Verdict)))
		}
		fmt.Fprintf(p.stdout, "%-15s file %s content %s\n", "", hex.EncodeToString(o.Member.SHA256File[:]), hex.EncodeToString(o.Member.SHA256Content[:]))
	}
	if d.RawErr != nil {
		fmt.Fprintf(p.stdout, "%-15s %s\n", "raw", p.printable("NOT AS LOADED: "+d.RawErr.Error()))
	}
	if len(d.Raw) > 0 {
		note := ""
		if d.Redacted > 0 {
			note = fmt.Sprintf("  (%d signatures or tokens redacted; an export of JSON lines holds the bytes as they are)", d.Redacted)
		}
		fmt.Fprintf(p.stdout, "raw%s\n%s\n", note, p.printable(string(d.Raw)))
	}
}

// verdictText is why a member has its badge: what was found, and the digest that says so.
func verdictText(v model.Verdict) string {
	text := v.Badge.String()
	if v.Demo {
		text += " (DEMO KEY, proves nothing)"
	}
	text += ": " + v.Why
	if v.Digest != "" {
		text += "; listed by " + v.Digest
	}
	return text
}

func (p *program) showJSON(d model.Detail) error {
	fields := map[string]any{}
	for i, f := range model.Columns() {
		info, _ := model.Lookup(f)
		fields[string(f)] = export.JSONOf(info.Kind, d.Row.Values[i])
	}
	type originJSON struct {
		Member        string `json:"member"`
		Record        uint32 `json:"record"`
		Log           string `json:"log"`
		Offset        int64  `json:"offset"`
		Length        uint32 `json:"length"`
		SHA256File    string `json:"sha256_file"`
		SHA256Content string `json:"sha256_content"`
		Integrity     string `json:"integrity"`
		Why           string `json:"integrity_why"`
		Digest        string `json:"integrity_digest"`
		Demo          bool   `json:"integrity_demo_key"`
		Duplicate     bool   `json:"duplicate"`
		Folded        bool   `json:"folded"`
	}
	origins := []originJSON{}
	for _, o := range d.Origins {
		origins = append(origins, originJSON{o.Member.Name, o.ID.Number, o.ID.Log.String(), o.Offset, o.Length,
			hex.EncodeToString(o.Member.SHA256File[:]), hex.EncodeToString(o.Member.SHA256Content[:]), o.Member.Integrity.String(),
			o.Verdict.Why, o.Verdict.Digest, o.Verdict.Demo, o.Duplicate, o.Folded})
	}
	out := map[string]any{"record": fields, "origins": origins, "changed": errors.Is(d.RawErr, model.ErrChanged)}
	if d.RawErr != nil {
		out["raw_error"] = d.RawErr.Error()
	}
	out["raw_redacted"] = d.Redacted
	name, raw := export.RawOf(d.Raw)
	out[name] = raw
	return json.NewEncoder(p.stdout).Encode(out)
}
