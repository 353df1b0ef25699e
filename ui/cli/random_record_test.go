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

// signedAt is when a request was signed, by the parameters of either log.
func (p *plain) signedAt() time.Time {
	date, _ := p.params["X-Amz-Date"].(string)
	if uri, ok := p.params["request_uri"].(string); ok {
		_, date, _ = strings.Cut(uri, "X-Amz-Date=")
		date, _, _ = strings.Cut(date, "&")
	}
	at, _ := time.Parse("20060102T150405Z", date)
	return at
}

// randomLinks holds the uses of pre-signed links against the raw records.
func randomLinks(t *testing.T, w *world, f plainFilter) {
	all, err := inquiry.SignedLinks(context.Background(), w.engine, w.filter(t, f))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	text := func(name string, n, refused, bytes int64, addresses, signers, signatures int, stranger bool) string {
		return fmt.Sprintf("%s: %d uses, %d refused, %d bytes, %d addresses, %d signers, %d signatures, stranger %v", name, n, refused, bytes, addresses, signers, signatures, stranger)
	}
	for _, l := range all {
		name := strings.Join([]string{l.AccessKey, l.Bucket, l.Key, clock(l.Signed)}, " ")
		got = append(got, text(name, l.Uses, l.Refused, l.Bytes, len(l.Addresses), len(l.Signers), len(l.Signatures), l.Stranger))
	}
	home := map[string]map[string]bool{}
	for _, p := range w.shown(plainFilters[0]) {
		if p.auth != "query" && p.ip != "" && p.signer() != "" {
			if home[p.signer()] == nil {
				home[p.signer()] = map[string]bool{}
			}
			home[p.signer()][p.ip] = true
		}
	}
	uses := slices.DeleteFunc(w.shown(f), func(p *plain) bool { return p.auth != "query" })
	for name, rows := range group(uses, func(p *plain) string {
		at := p.signedAt()
		return strings.Join([]string{p.signer(), p.bucket, p.key, clock(&at)}, " ")
	}) {
		uses, refused, bytes, addresses, signatures, stranger := int64(0), int64(0), int64(0), map[string]bool{}, map[string]bool{}, false
		for _, p := range rows {
			if p.log == "access" && slices.ContainsFunc(rows, func(e *plain) bool { return e.log == "cloudtrail" && oneRequest(e, p) }) {
				bytes -= atLeast0(p.sent()) // its event tells of the same use
				if uses--; p.outcome != "ok" {
					refused--
				}
			}
			uses++
			if bytes += atLeast0(p.sent()); p.outcome != "ok" {
				refused++
			}
			if p.ip != "" {
				addresses[p.ip] = true
				stranger = stranger || len(home[p.signer()]) > 0 && !home[p.signer()][p.ip]
			}
			uri, _ := p.params["request_uri"].(string)
			if _, signature, ok := strings.Cut(uri, "X-Amz-Signature="); ok {
				signatures[signature] = true
			}
		}
		want = append(want, text(name, uses, refused, bytes, len(addresses), len(home[rows[0].signer()]), len(signatures), stranger))
	}
	differ(t, "links", f, got, want)
}

// opens tells whether a bucket is open to everybody after a change, given what was set before.
type opens struct{ policy, acl, restrict, ignore bool }

func (o *opens) turn(p *plain) bool {
	block, _ := p.params["PublicAccessBlockConfiguration"].(map[string]any)
	text := fmt.Sprint(p.params)
	switch p.op {
	case "PutBucketPolicy":
		o.policy = strings.Contains(text, "Principal:*")
	case "DeleteBucketPolicy":
		o.policy = false
	case "PutBucketAcl":
		o.acl = strings.Contains(text, "public-read")
	case "PutBucketPublicAccessBlock":
		o.restrict, o.ignore = block["RestrictPublicBuckets"] == true, block["IgnorePublicAcls"] == true
	case "DeleteBucketPublicAccessBlock":
		o.restrict, o.ignore = false, false
	}
	return o.policy && !o.restrict || o.acl && !o.ignore
}

// askedAbout tells that a change of a bucket is among those that f asks about, whose terms on requests concern
// none: an object lies in its bucket.
func askedAbout(f plainFilter, p *plain) bool {
	switch f.text {
	case "object:fin/a.txt":
		return p.bucket == "fin"
	case "object:web/in/*":
		return p.bucket == "web"
	}
	return strings.HasPrefix(f.text, "since") || strings.HasPrefix(f.text, "until") || strings.HasPrefix(f.text, "log") || f.keeps(p)
}

// randomExposures holds the intervals in which buckets were open, and who came, against the raw records.
func randomExposures(t *testing.T, w *world, f plainFilter) {
	all, err := inquiry.Exposures(context.Background(), w.engine, w.filter(t, f))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	text := func(bucket string, from, to *time.Time, ok, denied int64, objects, addresses int64, out, only int64) string {
		return fmt.Sprintf("%s %s to %s: %d anonymous, %d denied, %d objects, %d addresses, %d and %d bytes", bucket, clock(from), clock(to), ok, denied, objects, addresses, out, only)
	}
	in, out := int64(0), int64(0)
	for _, e := range all.Intervals {
		got = append(got, text(e.Bucket, e.From, e.To, e.Requests, e.Denied, e.Objects, e.Addresses, e.CloudTrailOut, e.AccessOnlyOut))
		in += e.Requests
	}
	for _, o := range all.Outside {
		out += o.Requests
	}
	if n := int64(len(slices.DeleteFunc(w.shown(f), func(p *plain) bool {
		return p.actor != "anonymous" || p.outcome != "ok" || p.bucket == "" || p.at.IsZero()
	}))); in+out < n {
		t.Errorf("%q: %d anonymous requests worked, %d in intervals and %d outside are told", f.text, n, in, out)
	}
	asked := plainSpan(f)
	for _, bucket := range randomBuckets {
		doors, opener := opens{}, (*plain)(nil)
		visit := func(closer *plain) {
			since, to := opener.at, time.Time{}
			if closer != nil {
				to = closer.at
			}
			visitors := slices.DeleteFunc(w.shown(f), func(p *plain) bool {
				return p.bucket != bucket || p.actor != "anonymous" || p.at.IsZero() && !(since.IsZero() && to.IsZero()) || p.at.Before(since) || !to.IsZero() && !p.at.Before(to)
			})
			denied, addresses := int64(0), map[string]bool{}
			for _, p := range visitors {
				if p.outcome == "denied" {
					denied++
				}
				if p.outcome == "ok" && p.ip != "" {
					addresses[p.ip] = true
				}
			}
			sum := plainTotals(slices.DeleteFunc(visitors, func(p *plain) bool { return p.outcome != "ok" }))
			if !to.IsZero() && !asked.From.IsZero() && !to.After(asked.From) || !asked.To.IsZero() && !since.Before(asked.To) {
				return
			}
			if askedAbout(f, opener) || closer != nil && askedAbout(f, closer) || sum.Rows+denied > 0 {
				want = append(want, text(bucket, &since, &to, sum.Rows, denied, sum.Objects, int64(len(addresses)), sum.CloudTrailOut, sum.AccessOnlyOut))
			}
		}
		for _, p := range w.shown(plainFilters[0]) {
			if p.log != "cloudtrail" || p.bucket != bucket || p.outcome != "ok" {
				continue
			}
			switch now := doors.turn(p); {
			case now && opener == nil:
				opener = p
			case !now && opener != nil:
				visit(p)
				opener = nil
			}
		}
		if opener != nil {
			visit(nil)
		}
	}
	differ(t, "exposures", f, got, want)
}

// plainSpan is the time that a filter asks about.
func plainSpan(f plainFilter) (s model.Span) {
	switch {
	case strings.HasPrefix(f.text, "since"):
		s.From = randomStart.Add(time.Hour)
	case strings.HasPrefix(f.text, "until"):
		s.To = randomStart.Add(time.Hour + 2*time.Second)
	}
	return s
}

var tampering = []string{"StopLogging", "StartLogging", "PutEventSelectors", "PutBucketLogging"}

// randomTampering holds what changed the recording, and what touched the buckets that logs lie in,
// against the raw records.
func randomTampering(t *testing.T, w *world, f plainFilter) {
	told, logs := map[string]string{}, map[string]bool{}
	if f.text == "" {
		told["web"], logs["web"] = "an answer of AWS names it", true
	}
	all, err := inquiry.Tamper(context.Background(), w.engine, w.filter(t, f), told)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, c := range all {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", clock(c.Time), c.Log, c.Op, c.Bucket, c.Outcome))
	}
	for _, p := range w.shown(plainFilters[0]) {
		if p.op == "PutBucketLogging" && strings.Contains(fmt.Sprint(p.params), "TargetBucket:arch") {
			logs["arch"] = true
		}
		if p.op == "PutObject" && (p.actor == "cloudtrail.amazonaws.com" || strings.HasPrefix(p.key, trailFolder)) {
			logs[p.bucket] = true
		}
	}
	for _, p := range w.shown(f) {
		touched := logs[p.bucket] && slices.Contains([]string{"DeleteObject", "DeleteObjects", "BATCH.DELETE.OBJECT", "S3.EXPIRE.OBJECT", "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketVersioning"}, p.op)
		if slices.Contains(tampering, p.op) || touched {
			want = append(want, fmt.Sprintf("%s %s %s %s %s", clock(&p.at), p.log, p.op, p.bucket, p.outcome))
		}
	}
	differ(t, "tampering", f, got, want)
}

// randomCoverage holds every hour of every log against the raw records: of the whole time, and of spans of
// which most logs have no record.
func randomCoverage(t *testing.T, w *world, f plainFilter) {
	if f.text != "" {
		return
	}
	over, err := w.engine.Overview(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, hours := range [][2]int{{-1, 4}, {1, 2}, {0, 1}, {-9, -7}, {5, 8}} {
		span := model.Span{From: randomStart.Add(time.Duration(hours[0]) * time.Hour), To: randomStart.Add(time.Duration(hours[1]) * time.Hour)}
		c, err := inquiry.Coverage(context.Background(), w.engine, span, over.Span, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range c.Strips {
			got = append(got, fmt.Sprint(strings.Join([]string{s.Log, s.Events, s.Account, s.Region, s.Bucket, s.Only, s.Hours}, " "), " ", s.Records))
		}
		differ(t, fmt.Sprint("coverage of hours ", hours), f, got, w.strips(span))
		causes := 0
		for _, p := range w.shown(f) {
			if slices.Contains(tampering, p.op) && p.outcome == "ok" && !p.at.Before(span.From) && p.at.Before(span.To) {
				causes++
			}
		}
		told := slices.DeleteFunc(c.Causes, func(x answer.Cause) bool { return x.Before })
		if len(told) != causes {
			t.Errorf("%d changes of the recording in hours %v, want %d", len(told), hours, causes)
		}
	}
}

// strips are those of the whole case, told over a span.
func (w *world) strips(span model.Span) (want []string) {
	lanes := map[string][]*plain{}
	for _, p := range w.all {
		name := []string{p.log, p.category, p.recipient, p.region, p.bucket}
		switch {
		case p.log == "access":
			name[2], name[3] = "", ""
		case p.category == "management":
			name[4] = ""
		}
		if !p.dup {
			lanes[strings.Join(name, " ")] = append(lanes[strings.Join(name, " ")], p)
		}
	}
	for _, p := range w.shown(plainFilters[0]) { // a bucket whose logging was set has a strip
		if name := "access data   " + p.bucket; p.op == "PutBucketLogging" && p.outcome == "ok" && !p.at.IsZero() && lanes[name] == nil {
			lanes[name] = []*plain{{log: "access", category: "data", bucket: p.bucket}}
		}
	}
	for name, rows := range lanes {
		told := map[string]string{}
		for _, only := range []string{"", "reads", "writes"} {
			hours, n := "", 0
			for at := span.From; at.Before(span.To); at = at.Add(time.Hour) {
				hours += string(w.hour(rows, only, at))
			}
			for _, p := range rows {
				if !p.at.IsZero() && !p.at.Before(span.From) && p.at.Before(span.To) && (only == "" || p.reads == (only == "reads")) {
					n++
				}
			}
			told[only] = fmt.Sprint(name, " ", only, " ", hours, " ", n)
		}
		if w.parted(rows, span) {
			want = append(want, told["reads"], told["writes"])
		} else {
			want = append(want, told[""])
		}
	}
	return want
}

// parted tells that in some hour the selectors keep only writes of the log, account and bucket of rows.
func (w *world) parted(rows []*plain, span model.Span) bool {
	for at := span.From; at.Before(span.To); at = at.Add(time.Hour) {
		if w.unselected(rows[0], "reads", at) != w.unselected(rows[0], "writes", at) {
			return true
		}
	}
	return false
}

// unselected tells that the one trail's selectors leave the events of an hour out, or the reads or writes.
func (w *world) unselected(like *plain, only string, from time.Time) (out bool) {
	for _, p := range w.shown(plainFilters[0]) {
		if p.op != "PutEventSelectors" || p.outcome != "ok" || p.at.IsZero() || p.recipient != like.recipient || !p.at.Before(from.Add(time.Hour)) || like.log != "cloudtrail" {
			continue
		}
		text := fmt.Sprint(p.params)
		keeps := (like.category == "management" || like.bucket == "fin" || !strings.Contains(text, "s3:::fin/")) && !(only == "reads" && strings.Contains(text, "WriteOnly"))
		if early := !p.at.After(from); keeps || early {
			out = !keeps
		}
	}
	return out
}

// hour is the state of one hour of the log, account, region and bucket of rows, or of the reads or writes of it.
func (w *world) hour(rows []*plain, only string, from time.Time) rune {
	to, like := from.Add(time.Hour), rows[0]
	within := func(p *plain) bool { return !p.at.Before(from) && p.at.Before(to) }
	recorded := slices.ContainsFunc(rows, func(p *plain) bool { return within(p) && (only == "" || p.reads == (only == "reads")) })
	inside := slices.ContainsFunc(rows, func(p *plain) bool { return !p.at.IsZero() && p.at.Before(to) }) && slices.ContainsFunc(rows, func(p *plain) bool { return !p.at.Before(from) })
	stopped, gap, off := time.Time{}, false, false
	ran := false
	for _, p := range w.shown(plainFilters[0]) {
		if p.log == "cloudtrail" && like.log == "cloudtrail" && p.recipient == like.recipient && p.region == like.region {
			ran = ran || within(p)
		}
		if p.outcome != "ok" || p.at.IsZero() {
			continue
		}
		mine := p.recipient == like.recipient && p.region == like.region
		switch {
		case p.op == "StopLogging" && mine && stopped.IsZero():
			stopped = p.at
		case p.op == "StartLogging" && mine && !stopped.IsZero():
			gap = gap || stopped.Before(to) && from.Before(p.at)
			stopped = time.Time{}
		case p.op == "PutBucketLogging" && p.bucket == like.bucket && p.at.Before(to):
			on := strings.Contains(fmt.Sprint(p.params), "TargetBucket")
			if early := !p.at.After(from); on || early {
				off = !on
			}
		}
	}
	gap = gap || !stopped.IsZero() && stopped.Before(to)
	switch data := like.category == "data"; {
	case like.log == "access" && recorded:
		return answer.HourRecorded
	case like.log == "access" && off:
		return answer.HourNotSelected
	case like.log == "access" && inside:
		return answer.HourNothing
	case like.log == "access":
		return answer.HourUnknown
	case gap:
		return answer.HourGap
	case recorded:
		return answer.HourRecorded
	case w.unselected(like, only, from):
		return answer.HourNotSelected
	case ran && (inside || !data):
		return answer.HourNothing
	}
	return answer.HourUnknown
}
