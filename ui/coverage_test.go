package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// Hours are the ones of the test, else recorded in both logs.
func (a *audits) Hours(_ context.Context, span model.Span) (answer.Coverage, error) {
	a.askedHours++
	if a.hours.Strips != nil || a.err != nil {
		return a.hours, a.err
	}
	out := answer.Coverage{From: span.From.Truncate(time.Hour), To: span.To.Add(time.Hour).Truncate(time.Hour)}
	hours := strings.Repeat("#", int(out.To.Sub(out.From)/time.Hour))
	for _, log := range []string{"cloudtrail", "access"} {
		out.Strips = append(out.Strips, answer.Strip{Log: log, Events: "data", Bucket: "acme-finance", Hours: hours})
	}
	return out, nil
}

// Recording has a trail that is stopped for six hours, another bucket that is not selected for a day, an
// access log, and deliveries of which one is missing.
func (a *audits) Recording(context.Context) (answer.Recording, error) {
	a.asked = append(a.asked, "recording")
	var out answer.Recording
	if a.err != nil || a.empty {
		return out, a.err
	}
	out.From = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	out.To = out.From.AddDate(0, 0, 5)
	strip := func(log, events, region, bucket, hours, proof string) answer.Strip {
		s := answer.Strip{Log: log, Events: events, Account: "111122223333", Region: region, Bucket: bucket, Hours: hours, Proof: proof, Counts: map[string]int64{}}
		if log == "access" {
			s.Account = ""
		}
		for i := range len(hours) {
			s.Counts[answer.HourNames[hours[i]]]++
			s.Records += int64(strings.Count(hours[i:i+1], "#")) * 12
		}
		return s
	}
	day := strings.Repeat("#.", 12)
	proofs := strings.NewReplacer("#", "v", ".", " ").Replace
	web := day + day[:1] + "!!!!!!" + strings.Repeat("#", 17) + day + strings.Repeat("-", 24) + day[:20] + "????"
	out.Strips = []answer.Strip{
		strip("cloudtrail", "management", "eu-west-1", "", strings.Repeat(day, 5), proofs(strings.Repeat(day, 5))),
		strip("cloudtrail", "data", "eu-west-1", "acme-web", web, strings.Replace(strings.NewReplacer("#", "v", ".", " ", "!", " ", "-", " ", "?", " ").Replace(web), "v", "x", 1)),
		strip("access", "data", "", "evil\x1b[2J-bucket", strings.Repeat(day, 5), strings.Repeat(" ", 120)),
	}
	at := func(h, m int) *time.Time {
		t := out.From.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
		return &t
	}
	out.Causes = []answer.Cause{
		{Event: answer.Event{Time: at(25, 26), Op: "StopLogging", Actor: legacy, IP: "203.0.113.66", EventID: "e1"}, Text: "trail acme-eu was stopped"},
		{Event: answer.Event{Time: at(30, 41), Op: "StartLogging", Actor: legacy, IP: "203.0.113.66", EventID: "e2"}, Text: "trail acme-eu was started"},
		{Event: answer.Event{Time: at(72, 0)}, Text: "AWS answered: acme-eu leaves out acme-web"},
	}
	size, here := int64(512), int64(500)
	out.Delivery = answer.Delivery{Buckets: []string{"acme-logs"}, Logs: map[string]int64{"present": 90, "missing": 1, "other-size": 1}, Digests: map[string]int64{"missing": 24}, Files: []answer.Delivered{
		{State: "missing", Kind: "log", Bucket: "acme-logs", Key: "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/03/111122223333_CloudTrail_eu-west-1_20260303T0125Z_aaaaaaaaaaaaaaaa.json.gz", Time: at(25, 25), Size: &size},
		{State: "other-size", Kind: "log", Bucket: "acme-logs", Key: "AWSLogs/evil\x1b[2J.json.gz", Time: at(26, 25), Size: &size, SizeHere: &here},
		{State: "not-recorded", Kind: "log", Key: "x/111122223333_CloudTrail_eu-west-1_20260303T0125Z_bbbbbbbbbbbbbbbb.json.gz", Time: at(27, 25), SizeHere: &here, Note: "no write of it is recorded"},
	}}
	return out, nil
}

func TestTheCoverageScreenAtEverySize(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			p := startAudit(t, size.w, size.h, &audits{})
			p.press("esc", "7", "c")
			p.golden("coverage-" + size.name)
			p.press("t")
			p.golden("coverage-changes-" + size.name)
			p.press("a")
			p.golden("coverage-files-" + size.name)
		})
	}
}

func TestHoursLeadToWhatWasRecordedInThem(t *testing.T) {
	p := startAudit(t, 120, 40, &audits{})
	p.press("esc", "7", "c")
	p.shows("Coverage 2026-03-02 00:00:00Z to 2026-03-07 00:00:00Z", "3 strips", "3 changes of the recording", "log files 90 present, 1 missing, 1 other-size")
	p.shows("CloudTrail data events, 111122223333 eu-west-1 acme-web", "█v·n", "!g!g", "!g gap, 01:26 StopLogging, 06:41 StartLogging", "–s not selected", "?u unknown", "█x recorded, altered")
	p.press("tab", "e")
	p.shows("gap: the trail was stopped", "coincides with 2026-03-03 01:26:00Z trail acme-eu was stopped by "+legacy)
	p.hides("caused by arn")
	p.press("enter")
	p.shows("log:cloudtrail", "category:data", "bucket:acme-web", "since:2026-03-03T01:00", "+2")
	p.press("q", "q")
	p.shows("Coverage 2026")
	p.press("enter")
	p.shows("bucket:acme-web", "since:2026-03-02T00:00")
	p.press("q", "t")
	p.shows("Changes of the recording", "AWS answered: acme-eu leaves out")
	p.press("enter")
	p.shows("event_id:e1")
	p.press("q", "G", "enter")
	p.shows("this is an answer of AWS's")
	p.press("a")
	p.shows("Delivered files", "3 files not as delivered", "digests: 24 missing", "not-recorded")
	p.press("enter")
	p.shows("bucket:acme-logs")
	p.press("q", "q", "q")
	p.shows("Sources", "c coverage")
	p.press("1", ":")
	p.typeText("hour by hour")
	p.press("enter")
	p.shows("Coverage 2026")
	p.press(":")
	p.typeText("cmd")
	p.press("enter")
	p.shows("trailsift case coverage acme-2026-03")
}

func TestTheCoverageScreenSaysWhatItCannotShow(t *testing.T) {
	p := startAudit(t, 80, 24, &audits{empty: true})
	p.press("esc", "7", "c")
	p.shows("nothing is recorded in this time")
	p = startAt(t, newMemory(50), 80, 24, nil)
	p.press("esc", "7", "c")
	p.shows("this session cannot tell the coverage")
}
