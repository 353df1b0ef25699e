package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// ownerOfName is for whom a name of random evidence acts: a session for its role.
func ownerOfName(name string) string {
	if account, rest, ok := strings.Cut(strings.TrimPrefix(name, "arn:aws:sts::"), ":assumed-role/"); ok {
		role, _, _ := strings.Cut(rest, "/")
		return "arn:aws:iam::" + account + ":role/" + role
	}
	return name
}

// randomOwners holds the list of actors, with the sessions below their roles, against the raw records.
func randomOwners(t *testing.T, w *world, f plainFilter) {
	a, err := inquiry.Actors(context.Background(), w.engine, w.filter(t, f))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	text := func(owner string, l answer.ActorLine) string {
		return owner + " > " + l.Kind + " " + totalsText(l.Name, l.Totals)
	}
	for _, l := range a.Lines {
		got = append(got, text("", l))
		for _, b := range l.Below {
			got = append(got, text(l.Name, b))
		}
		if n, err := w.countOf(l.Filter); err != nil || n != l.Rows && f.text != "log:access" {
			t.Errorf("%q: %s: its filter %q lists %d rows of %d, %v", f.text, l.Name, l.Filter, n, l.Rows, err)
		}
	}
	kinds := map[string]string{"anonymous": "anonymous", "AmazonS3": "service", "backup.amazonaws.com": "service", "cloudtrail.amazonaws.com": "service"}
	absent := int64(0)
	for owner, rows := range group(w.shown(f), func(p *plain) string { return ownerOfName(p.actor) }) {
		names := group(rows, func(p *plain) string { return p.actor })
		if owner == "" {
			absent += int64(len(rows))
			continue
		}
		kind := kinds[owner]
		switch {
		case strings.Contains(owner, ":role/"):
			kind = "role"
		case strings.Contains(owner, ":user/"):
			kind = "user"
		}
		sum := plainTotals(rows)
		if names[owner] == nil {
			// A request of which two sessions tell parts is one of each.
			sum.Requests = 0
			for name, rows := range names {
				part := plainTotals(rows)
				sum.Requests += part.Requests
				want = append(want, text(owner, answer.ActorLine{Name: name, Kind: "session", Totals: part}))
			}
		}
		want = append(want, text("", answer.ActorLine{Name: owner, Kind: kind, Totals: sum}))
	}
	differ(t, "actors", f, got, want)
	if a.Absent != absent || a.More != 0 {
		t.Errorf("%q: %d rows name nobody, want %d; %d actors are not listed", f.text, a.Absent, absent, a.More)
	}
	for i := range a.Lines[:max(0, len(a.Lines)-1)] {
		if a.Lines[i].Requests < a.Lines[i+1].Requests {
			t.Errorf("%q: %s stands before %s", f.text, fmt.Sprint(a.Lines[i].Name), a.Lines[i+1].Name)
		}
	}
}
