package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"trailsift/model"
)

// memberJSON is a member as `case info --members --json` prints it.
type memberJSON struct {
	Name      string   `json:"name"`
	Locator   string   `json:"locator"`
	Kind      string   `json:"kind"`
	Form      string   `json:"form"`
	Reason    string   `json:"reason"`
	Seen      int64    `json:"seen"`
	Stored    int64    `json:"stored"`
	Duplicate int64    `json:"duplicate"`
	Rejected  int64    `json:"rejected"`
	Size      int64    `json:"size"`
	File      string   `json:"sha256_file"`
	Content   string   `json:"sha256_content"`
	Integrity string   `json:"integrity"`
	Flags     []string `json:"flags"`
}

// caseMembers lists everything that was taken in, and what was left out and why.
func (p *program) caseMembers(ctx context.Context, s *session, asJSON bool) error {
	members, err := s.engine.Members(ctx)
	if err != nil {
		return fmt.Errorf("list the members: %w", err)
	}
	if asJSON {
		out := make([]memberJSON, len(members))
		for i, m := range members {
			out[i] = memberJSON{
				Name: m.Name, Locator: m.Locator, Kind: string(m.Kind), Form: m.Form, Reason: m.Reason,
				Seen: m.Seen, Stored: m.Stored(), Duplicate: m.Duplicate, Rejected: m.Rejected, Size: m.SizeFile,
				File: hex.EncodeToString(m.SHA256File[:]), Content: hex.EncodeToString(m.SHA256Content[:]),
				Integrity: m.Integrity.String(), Flags: append([]string{}, m.Flags.Names()...),
			}
		}
		return json.NewEncoder(p.stdout).Encode(out)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tSEEN\tSTORED\tDUPLICATE\tREJECTED\tINTEGRITY\tMEMBER\tREASON")
	var sum model.Member
	for _, m := range members {
		sum.Seen, sum.Duplicate, sum.Rejected = sum.Seen+m.Seen, sum.Duplicate+m.Duplicate, sum.Rejected+m.Rejected
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", m.Kind, m.Seen, m.Stored(), m.Duplicate, m.Rejected, m.Integrity, p.printable(m.Name), p.printable(m.Reason))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "records: %d seen = %d stored + %d duplicate + %d rejected\n", sum.Seen, sum.Stored(), sum.Duplicate, sum.Rejected)
	return err
}
