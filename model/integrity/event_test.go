package integrity

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestChangesOfTrails(t *testing.T) {
	const arn = `"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"`
	for name, c := range map[string]struct {
		op, request string
		want        Event // Text without its actor; empty: no event
	}{
		"a trail stopped by its ARN":       {"StopLogging", `{"name":` + arn + `}`, Event{Account: "111122223333", Region: "eu-west-1", Trail: "main", Text: "StopLogging"}},
		"a trail stopped by its name":      {"StopLogging", `{"name":"main"}`, Event{Account: "444455556666", Region: "us-east-1", Trail: "main", Text: "StopLogging"}},
		"a request that cannot be read":    {"DeleteTrail", `{"name":`, Event{Account: "444455556666", Region: "us-east-1", Text: "DeleteTrail"}},
		"selectors, by the other member":   {"PutEventSelectors", `{"trailName":"main"}`, Event{Account: "444455556666", Region: "us-east-1", Trail: "main", Text: "PutEventSelectors"}},
		"validation switched off":          {"UpdateTrail", `{"name":"main","enableLogFileValidation":false}`, Event{Account: "444455556666", Region: "us-east-1", Trail: "main", Text: "UpdateTrail that switched validation off"}},
		"validation switched on":           {"UpdateTrail", `{"name":"main","enableLogFileValidation":true}`, Event{}},
		"an update of something else":      {"UpdateTrail", `{"name":"main","s3BucketName":"b"}`, Event{}},
		"an operation that changes no log": {"DescribeTrails", `{}`, Event{}},
	} {
		at := time.Date(2026, 3, 8, 1, 26, 33, 0, time.UTC)
		got, ok := TrailChange(c.op, "444455556666", "us-east-1", "arn:x", c.request, at)
		want := c.want
		if want.Text != "" {
			want.Text, want.Time = want.Text+" by arn:x", at
		}
		if got != want || ok != (want.Text != "") {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// A gap tells of what was done to its own trail about that time, in order and once.
func TestWhatAGapCoincidesWith(t *testing.T) {
	stopped := func(hours, minutes int, change func(*Event)) Event {
		e := Event{Time: at(hours, minutes), Account: "111122223333", Region: "us-east-1", Trail: "org-audit", Text: "StopLogging by ada"}
		change(&e)
		return e
	}
	same := func(*Event) {}
	s, _ := run(t, func(s *stage) { s.stop() }, nil)
	in := s.input()
	in.Events = []Event{
		stopped(4, 0, func(e *Event) { e.Text = "StopLogging by bob" }), stopped(1, 55, same), stopped(1, 55, same),
		stopped(1, 56, func(e *Event) { e.Trail = "another" }), stopped(1, 57, func(e *Event) { e.Account = "444455556666" }),
		stopped(1, 58, func(e *Event) { e.Region = "eu-west-1" }), stopped(9, 0, same),
	}
	r := Verify(in)
	want := []string{"StopLogging by ada at 2025-03-01T01:55:00Z", "StopLogging by bob at 2025-03-01T04:00:00Z"}
	if len(r.Chains) != 1 || len(r.Chains[0].Gaps) != 1 || !slices.Equal(r.Chains[0].Gaps[0].CoincidesWith, want) {
		t.Errorf("%+v, want %q", r.Chains[0].Gaps, want)
	}
	if i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == "gap" }); i < 0 || !strings.Contains(r.Findings[i].Detail, "; coincides with "+strings.Join(want, ", ")) {
		t.Errorf("%+v", r.Findings)
	}
}

func FuzzTrailChange(f *testing.F) {
	f.Add("StopLogging", `{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}`)
	f.Add("UpdateTrail", `{"enableLogFileValidation":false}`)
	f.Add("DeleteTrail", `[]`)
	f.Fuzz(func(t *testing.T, op, request string) {
		e, ok := TrailChange(op, "1", "r", "", request, time.Unix(0, 0))
		if ok && (!slices.Contains(TrailOps, op) || !strings.HasPrefix(e.Text, op)) {
			t.Errorf("%q makes %+v", op, e)
		}
	})
}
