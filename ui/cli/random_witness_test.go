package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// randomWitnesses holds match rates and disagreements against every pair of an event and a line.
func randomWitnesses(t *testing.T, w *world, f plainFilter) {
	rates, err := inquiry.MatchRates(context.Background(), w.engine, w.filter(t, f))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, part := range [][]answer.MatchRate{rates.Buckets, rates.Hours} {
		for _, r := range part {
			hour := ""
			if r.Start != nil {
				hour = r.Start.Format(time.RFC3339)
			}
			for name, n := range map[string]int64{"both": r.Both, "cloudtrail-only": r.CloudTrailOnly, "access-only": r.AccessOnly, "other-log-absent": r.OtherAbsent, "n/a": r.NotExpected} {
				for range n {
					got = append(got, r.Bucket+" "+hour+" "+name)
				}
			}
		}
	}
	pairs := map[string][]*plain{}
	for _, p := range w.shown(f) {
		whole, hour := p.bucket+"  "+p.witness, p.bucket+" "+p.at.Truncate(time.Hour).Format(time.RFC3339)+" "+p.witness
		if p.witness == "both" && p.part() {
			continue
		}
		pairs[whole] = append(pairs[whole], p)
		if !p.at.IsZero() {
			pairs[hour] = append(pairs[hour], p)
		}
	}
	for name, rows := range pairs {
		want = append(want, slices.Repeat([]string{name}, int(plainTotals(rows).Requests))...)
	}
	differ(t, "witnesses", f, got, want)

	told, err := w.engine.Differences(context.Background(), model.Query{Filter: w.filter(t, f)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, want = nil, nil
	for _, d := range told {
		got = append(got, fmt.Sprintf("%s %s %s/%s %s %q %q", d.RequestID, d.Op, d.Bucket, d.Key, strings.Join(d.What, "|"), d.CloudTrailSays, d.AccessSays))
	}
	for _, e := range w.shown(f) {
		for _, l := range e.own {
			if l.op != e.op {
				continue
			}
			if what := disagreement(e, l); what != "" {
				says := func(p *plain, bytes string) [4]string { return [4]string{p.ip, bytes, p.key, p.outcome} }
				want = append(want, fmt.Sprintf("%s %s %s/%s %s %q %q", e.id, e.op, e.bucket, e.key, what, says(e, plainBytes(e)), says(l, plainBytes(l))))
			}
		}
	}
	differ(t, "disagreements", f, got, want)
}

func plainBytes(p *plain) string {
	if p.out < 0 {
		return ""
	}
	return fmt.Sprint(p.out)
}

// disagreement names what an event and its line tell differently. A dash of the access log is no
// bytes; what one of the two does not tell cannot differ, but for the key, which only a line about a
// multi-object delete never tells.
func disagreement(e, l *plain) string {
	var what []string
	if isAddress(e.ip) && l.ip != "" && e.ip != l.ip {
		what = append(what, "address")
	}
	if e.out >= 0 && e.out != atLeast0(l.out) {
		what = append(what, "bytes")
	}
	if e.key != l.key && e.op != "DeleteObjects" {
		what = append(what, "key")
	}
	if e.outcome != l.outcome {
		what = append(what, "outcome")
	}
	return strings.Join(what, "|")
}
