package cli

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// testCoverage holds the recorded hours against the times of the raw records.
func testCoverage(t *testing.T, d *demo) {
	a, err := d.coverage(context.Background(), model.Span{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]bool{}
	add := func(name, hour string) {
		if want[name] == nil {
			want[name] = map[string]bool{}
		}
		want[name][hour] = true
	}
	for _, e := range d.events {
		hour := at(e, "eventTime")
		if hour == "" || at(e, "eventCategory") == "Insight" {
			continue
		}
		bucket, kind := at(e, "requestParameters.bucketName"), "data"
		if at(e, "eventCategory") == "Management" {
			bucket, kind = "", "management"
		}
		add(strings.Join([]string{kind, at(e, "recipientAccountId"), at(e, "awsRegion"), bucket}, " "), hour[:13])
	}
	for _, l := range d.lines {
		at, err := time.Parse("[02/Jan/2006:15:04:05 -0700]", l[2])
		if err != nil {
			t.Fatal(err)
		}
		add("access "+l[1], at.UTC().Format("2006-01-02T15"))
	}
	// No record tells of this one, but the digests of 14 days do.
	want["management 444455556666 us-east-1 "] = map[string]bool{}
	if len(a.Strips) != len(want) {
		t.Errorf("%d strips, want %d", len(a.Strips), len(want))
	}
	for _, s := range a.Strips {
		name := strings.Join([]string{s.Events, s.Account, s.Region, s.Bucket}, " ")
		if s.Log == "access" {
			name = "access " + s.Bucket
		}
		if len(s.Hours) != int(a.To.Sub(a.From)/time.Hour) || len(s.Proof) != len(s.Hours) {
			t.Errorf("%s: %d cells", name, len(s.Hours))
		}
		for i := range len(s.Hours) {
			hour := a.From.Add(time.Duration(i) * time.Hour).Format("2006-01-02T15")
			has := want[name][hour]
			if s.Hours[i] == answer.HourRecorded != has && s.Hours[i] != answer.HourGap {
				t.Errorf("%s at %s: %c, records %v", name, hour, s.Hours[i], has)
			}
		}
		// README: the trail in eu-west-1 of production was stopped from 01:26 to 06:41 on 8 March.
		gap := s.Log == "cloudtrail" && s.Region == "eu-west-1" && s.Account == "111122223333"
		from := int(time.Date(2026, 3, 8, 1, 0, 0, 0, time.UTC).Sub(a.From) / time.Hour)
		if got := strings.Count(s.Hours[from:from+6], "!"); gap && got != 6 || !gap && got != 0 {
			t.Errorf("%s: %d gaps while the trail was stopped", name, got)
		}
	}
}

// testCoverageOfSilence asks about hours of which most strips have no record: what is known of them is the same
// as when the whole time is asked about.
func testCoverageOfSilence(t *testing.T, d *demo) {
	whole, err := d.coverage(context.Background(), model.Span{})
	if err != nil {
		t.Fatal(err)
	}
	hours := map[string]string{}
	for _, s := range whole.Strips {
		hours[stripName(s)] = s.Hours
	}
	day := time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC)
	for _, span := range []model.Span{
		{From: day.Add(2 * time.Hour), To: day.Add(6 * time.Hour)}, // inside the hole
		{From: day.Add(3 * time.Hour), To: day.Add(4 * time.Hour)},
		{From: day.AddDate(0, 0, -6), To: day.AddDate(0, 0, -3)},
	} {
		a, err := d.coverage(context.Background(), span)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Strips) != len(whole.Strips) {
			t.Errorf("%v: %d strips of %d", span, len(a.Strips), len(whole.Strips))
		}
		from := int(span.From.Sub(whole.From) / time.Hour)
		for _, s := range a.Strips {
			if want := hours[stripName(s)][from : from+int(span.To.Sub(span.From)/time.Hour)]; s.Hours != want {
				t.Errorf("%v %s: %q, of the whole time %q", span, stripName(s), s.Hours, want)
			}
		}
		if stopped := span.From.After(day); stopped != (len(a.Causes) == 1 && a.Causes[0].Before && a.Causes[0].Op == "StopLogging") {
			t.Errorf("%v: in force %v", span, a.Causes)
		}
	}
}

// testEmptyAnswersTellOfGaps asks for nothing in hours with gaps, as every empty list and command does.
func testEmptyAnswersTellOfGaps(t *testing.T, d *demo) {
	for filter, want := range map[string][]string{
		"op:DeleteTrail since:2026-03-08T02:00Z until:2026-03-08T06:00Z":                                               {"CloudTrail management events, account 111122223333, eu-west-1: of 4 hours 4 gap"},
		"bucket:acme-web op:GetObject log:cloudtrail region:eu-west-1 since:2026-03-08T02:00Z until:2026-03-08T06:00Z": {"CloudTrail data events, account 111122223333, eu-west-1, bucket acme-web: of 4 hours 4 gap"},
		"bucket:acme-finance op:DeleteObject since:2026-03-06T02:00Z until:2026-03-06T03:00Z":                          {"CloudTrail data events, account 111122223333, us-east-1, bucket acme-finance: of 1 hours 1 gap"},
		"bucket:acme-fin* op:DeleteObject since:2026-03-06T02:00Z until:2026-03-06T03:00Z":                             {"bucket acme-finance: of 1 hours 1 gap"},
		"object:acme-finance/nothing since:2026-03-06T02:00Z until:2026-03-06T03:00Z":                                  {"bucket acme-finance: of 1 hours 1 gap"},
	} {
		f, err := d.parseFilter(context.Background(), []string{filter})
		if err != nil {
			t.Fatal(err)
		}
		c, err := covering{d.engine, d.session}.Coverage(context.Background(), model.Query{Filter: f})
		if err != nil {
			t.Fatal(err)
		}
		told := strings.Join(c.Blind, "\n")
		for _, w := range want {
			if !strings.Contains(told, w) {
				t.Errorf("%s: %q is not told in\n%s", filter, w, told)
			}
		}
		if strings.Contains(filter, "bucket:acme-fin") && strings.Contains(told, "acme-lake") || strings.Contains(filter, "log:cloudtrail") && strings.Contains(told, "access log") {
			t.Errorf("%s: what was not asked about is told:\n%s", filter, told)
		}
	}
}

func testExfiltration(t *testing.T, d *demo) {
	ask := func(text string) answer.Exfiltration {
		f, err := d.parseFilter(context.Background(), []string{text})
		if err != nil {
			t.Fatal(err)
		}
		x, err := inquiry.Exfiltration(context.Background(), d.engine, f)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	var lines, sent int64
	for _, l := range d.lines {
		if l[3] == "203.0.113.66" && l[1] == "acme-finance" && l[6] == "REST.GET.OBJECT" && l[9] == "200" {
			n, _ := strconv.ParseInt(l[11], 10, 64)
			lines, sent = lines+1, sent+n
		}
	}
	var events, told int64
	for _, e := range d.events {
		if at(e, "userIdentity.accessKeyId") == "AKIAQ7DEMOLEAKEDKEY1" && at(e, "eventName") == "GetObject" && at(e, "errorCode") == "" {
			n, _ := strconv.ParseFloat(at(e, "additionalEventData.bytesTransferredOut"), 64)
			events, told = events+1, told+int64(n)
		}
	}
	x := ask("ip:203.0.113.66 bucket:acme-finance")
	if x.AccessReads != lines || x.AccessBytes != sent || sent != 93244476 || x.CloudTrailReads != events || x.CloudTrailBytes != told || x.AccessOnlyReads != 12 {
		t.Errorf("by address: %+v, want %d lines of %d bytes, %d events of %d", x, lines, sent, events, told)
	}
	if x.Least > x.Most || x.Least != sent || x.Objects != 200 {
		t.Errorf("by address: between %d and %d of %d objects", x.Least, x.Most, x.Objects)
	}
	// The access log does not know the key, but it tells the same requests.
	if y := ask("access_key:AKIAQ7DEMOLEAKEDKEY1"); y.CloudTrailReads != events || y.AccessReads != events || y.AccessOnlyReads != 0 {
		t.Errorf("by key: %+v", y)
	}
	// The question names who is asked about in the same words, and no line of the answer is left out.
	for text, params := range map[string][]string{
		"access_key:AKIAQ7DEMOLEAKEDKEY1": {"key=AKIAQ7DEMOLEAKEDKEY1"}, "ip:203.0.113.66": {"ip=203.0.113.66"}, "ip:203.0.113.0/24": {"ip=203.0.113.0/24"}, "": nil,
	} {
		all := ask(text)
		var out bytes.Buffer
		run := *d.p
		run.stdout = &out
		if err := run.presetRun(context.Background(), d.session, "exfiltration", params, &queryOptions{format: "csv"}); err != nil {
			t.Fatal(err)
		}
		if rows := int64(strings.Count(out.String(), "\n")) - 1; rows != all.Objects || int64(len(all.Largest)) != rows {
			t.Errorf("%v: %d lines of %d objects", params, rows, all.Objects)
		}
	}
}

func testExposure(t *testing.T, d *demo) {
	all, err := inquiry.Exposures(context.Background(), d.engine, model.Filter{})
	if err != nil || len(all.Intervals) != 1 {
		t.Fatalf("%d intervals, %v", len(all.Intervals), err)
	}
	e := all.Intervals[0]
	gets, lists := int64(0), int64(0)
	for _, r := range d.events {
		who := at(r, "userIdentity.accountId")
		if who != "anonymous" || at(r, "errorCode") != "" {
			continue
		}
		switch at(r, "eventName") {
		case "GetObject":
			gets++
		case "ListObjects":
			lists++
		}
	}
	if e.Bucket != "acme-web" || !e.From.Equal(time.Date(2026, 3, 10, 9, 12, 16, 0, time.UTC)) || !e.To.Equal(time.Date(2026, 3, 10, 17, 40, 7, 0, time.UTC)) {
		t.Errorf("%s from %v to %v", e.Bucket, e.From, e.To)
	}
	if gets != 153 || e.Requests != gets+lists || e.Denied != 0 {
		t.Errorf("%d anonymous requests inside, want %d and %d; %d denied", e.Requests, gets, lists, e.Denied)
	}
	// The door was opened before the hour that is asked about, and not by what the filter keeps.
	for filter, want := range map[string]int{
		"since:2026-03-10T12:00Z until:2026-03-10T13:00Z": 1, "since:2026-03-10T18:00Z": 0, "until:2026-03-10T09:00Z": 0, "object:acme-web/img/*": 1,
		"bucket:acme-finance": 0, "actor:*dana.reyes": 1, "log:access": 1, "access_key:NOBODY": 0,
	} {
		f, err := d.parseFilter(context.Background(), []string{filter})
		if err != nil {
			t.Fatal(err)
		}
		x, err := inquiry.Exposures(context.Background(), d.engine, f)
		if err != nil || len(x.Intervals) != want || want == 1 && !x.Intervals[0].From.Equal(*e.From) {
			t.Errorf("%s: %d intervals, %v", filter, len(x.Intervals), err)
		}
		if want == 1 && strings.HasPrefix(filter, "since") && x.Intervals[0].Requests >= e.Requests {
			t.Errorf("%s: %d anonymous requests of %d", filter, x.Intervals[0].Requests, e.Requests)
		}
	}
}

func testLinks(t *testing.T, d *demo) {
	all, err := inquiry.SignedLinks(context.Background(), d.engine, model.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	uses, friends, want := int64(0), int64(0), int64(0)
	for _, l := range all {
		uses += l.Uses
		if l.Stranger && strings.Join(l.Addresses, "") == "198.51.100.41" {
			friends += l.Uses
		}
		for _, s := range l.Signatures {
			if !strings.HasPrefix(s, "[redacted sha256:") {
				t.Errorf("a signature is told: %s", s)
			}
		}
		if l.Signed == nil || l.Expires == nil || l.Expires.Sub(*l.Signed) <= 0 {
			t.Errorf("%s %s: signed %v, expires %v", l.AccessKey, l.Key, l.Signed, l.Expires)
		}
	}
	for _, e := range d.events {
		if at(e, "additionalEventData.AuthenticationMethod") == "QueryString" {
			want++
		}
	}
	known := map[string]bool{}
	for _, e := range d.events {
		known[at(e, "requestID")] = true
	}
	for _, l := range d.lines {
		if len(l) > 21 && l[21] == "QueryString" && !known[l[5]] {
			want++
		}
	}
	// README: four reads by pre-signed links that 198.51.100.41 opens.
	if uses != want || friends != 4 {
		t.Errorf("%d uses, want %d; %d by the friend", uses, want, friends)
	}
}

func testWitnesses(t *testing.T, d *demo) {
	all, err := d.engine.Differences(context.Background(), model.Query{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string][]string{}
	for _, l := range d.lines {
		if strings.HasPrefix(l[6], "REST.") && l[6] != "REST.COPY.OBJECT_GET" {
			byID[l[5]] = l
		}
	}
	want := 0
	for _, e := range d.events {
		l, ok := byID[at(e, "requestID")]
		if !ok || l[6] == "REST.POST.MULTI_OBJECT_DELETE" && at(e, "eventName") == "DeleteObject" {
			continue // a key's own event is not the call that the line tells
		}
		sent := l[11]
		if sent == "-" {
			sent = "0"
		}
		n, err := strconv.ParseFloat(at(e, "additionalEventData.bytesTransferredOut"), 64)
		if l[3] != at(e, "sourceIPAddress") || err == nil && sent != strconv.FormatInt(int64(n), 10) {
			want++
		}
	}
	// README: ten records of the altered file have another address.
	altered := 0
	for _, x := range all {
		if x.CloudTrailSays[0] == "10.20.3.21" && x.AccessSays[0] == "203.0.113.66" {
			altered++
		}
	}
	if len(all) != want || altered != 10 {
		t.Errorf("%d differences, want %d; %d altered addresses", len(all), want, altered)
	}
}

func testComparison(t *testing.T, d *demo) {
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	all, err := inquiry.Compare(context.Background(), d.engine, model.Filter{Terms: []model.Term{{Field: model.FieldLog, Values: []model.Value{{Text: "cloudtrail"}}}}},
		model.Span{From: day(2), To: day(6)}, model.Span{From: day(6), To: day(7)})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string][2]int64{}
	for _, e := range d.events {
		i := 0
		switch when := at(e, "eventTime"); {
		case when >= "2026-03-06" && when < "2026-03-07":
			i = 1
		case when < "2026-03-02" || when >= "2026-03-06":
			continue
		}
		c := counts[at(e, "eventName")]
		c[i]++
		counts[at(e, "eventName")] = c
	}
	found := false
	for _, x := range all {
		if x.Field == "op" && (counts[x.Value] != [2]int64{x.Before, x.After}) {
			t.Errorf("%+v, want %v", x, counts[x.Value])
		}
		found = found || x.Field == "actor" && x.Change == "new" && strings.HasSuffix(x.Value, "user/svc-backup-legacy")
	}
	if !found {
		t.Error("the leaked key's user is not new")
	}
	two, err := inquiry.CompareActors(context.Background(), d.engine, model.Filter{}, "arn:aws:iam::111122223333:user/dana.reyes", "AKIAQ7DEMOLEAKEDKEY1")
	if err != nil {
		t.Fatal(err)
	}
	var want, got int64
	for _, e := range d.events {
		if at(e, "userIdentity.accessKeyId") == "AKIAQ7DEMOLEAKEDKEY1" && at(e, "eventName") == "CopyObject" {
			want++
		}
	}
	for _, x := range two {
		if x.Field == "op" && x.Value == "CopyObject" && x.Change != "gone" {
			got = x.After
		}
		if x.Field == "actor" || x.Change == "new" && x.Before != 0 || x.Change == "gone" && x.After != 0 {
			t.Errorf("%+v", x)
		}
	}
	if got != want || want == 0 {
		t.Errorf("the key copied %d times, want %d", got, want)
	}
}
