package cli

import (
	"cmp"
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

// someones are the values that a card can be drawn of, by the raw record.
var someones = []plainFilter{
	{randomPeople[0].requester, func(p *plain) bool { return p.actor == randomPeople[0].requester }},
	{"arn:aws:iam::111122223333:role/App", func(p *plain) bool { return strings.HasPrefix(p.actor, "arn:aws:sts::111122223333:assumed-role/App/") }},
	{"ASIARANDOMAPPROLE002", func(p *plain) bool { return p.signer() == "ASIARANDOMAPPROLE002" }},
	{"203.0.113.66", func(p *plain) bool { return p.ip == "203.0.113.66" }},
	{"eve", func(p *plain) bool { return p.session == "eve" }},
	{foreignAccount, func(p *plain) bool { return p.account == foreignAccount }},
}

// clock is a time of day; nothing where there is none.
func clock(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return t.UTC().Format("15:04:05")
}

// plainTotals adds requests up.
func plainTotals(rows []*plain) (out answer.Totals) {
	objects, own, parts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range rows {
		own[p.id] = own[p.id] || !p.part()
	}
	for _, p := range rows {
		out.Rows++
		if p.id == "" || !p.part() || !own[p.id] && !parts[p.id] {
			out.Requests++
		}
		parts[p.id] = true
		switch p.outcome {
		case "denied":
			out.Denied++
		case "failed":
			out.Failed++
		}
		if p.key != "" {
			objects[p.bucket+"/"+p.key] = true
		}
		if p.log == "cloudtrail" {
			out.CloudTrailOut, out.CloudTrailIn = out.CloudTrailOut+atLeast0(p.sent()), out.CloudTrailIn+atLeast0(p.received())
		} else {
			out.AccessOnlyOut += atLeast0(p.out)
		}
		if at := p.at; !at.IsZero() {
			if out.First == nil || at.Before(*out.First) {
				out.First = &at
			}
			if out.Last == nil || at.After(*out.Last) {
				out.Last = &at
			}
		}
	}
	out.Objects = int64(len(objects))
	return out
}

func totalsText(name string, t answer.Totals) string {
	return fmt.Sprintf("%s: %d requests, %d rows, %d denied, %d failed, %d objects, %d out and %d in, %d out, %s to %s", name, t.Requests, t.Rows, t.Denied, t.Failed, t.Objects,
		t.CloudTrailOut, t.CloudTrailIn, t.AccessOnlyOut, clock(t.First), clock(t.Last))
}

func group(rows []*plain, by func(p *plain) string) map[string][]*plain {
	out := map[string][]*plain{}
	for _, p := range rows {
		out[by(p)] = append(out[by(p)], p)
	}
	return out
}

// randomCards holds the cards of some, among the requests of some filters, against the raw records.
func randomCards(t *testing.T, w *world, f plainFilter) {
	n := slices.IndexFunc(plainFilters, func(o plainFilter) bool { return o.text == f.text })
	if n%3 != 0 {
		return
	}
	who := someones[(n/3+w.chaos.made)%len(someones)]
	rows := slices.DeleteFunc(w.shown(f), func(p *plain) bool { return !who.keeps(p) })
	c, err := inquiry.Actor(context.Background(), w.engine, w.filter(t, f), who.text)
	if err != nil {
		t.Fatal(err)
	}
	got, want := []string{totalsText(who.text, c.Totals)}, []string{totalsText(who.text, plainTotals(rows))}
	if len(rows) == 0 && c.Requests == 0 {
		return
	}
	for _, part := range []struct {
		name string
		told answer.Shares
		of   func(p *plain) string
	}{
		{"actor", c.Actors, func(p *plain) string { return p.actor }}, {"key", c.AccessKeys, func(p *plain) string { return p.signer() }},
		{"address", c.Addresses, func(p *plain) string { return p.ip }}, {"agent", c.Agents, func(p *plain) string { return p.agent }},
		{"region", c.Regions, func(p *plain) string { return p.region }}, {"op", c.Operations, func(p *plain) string { return p.op }},
		{"bucket", c.Buckets, func(p *plain) string { return p.bucket }},
	} {
		for _, s := range part.told.Values {
			got = append(got, fmt.Sprintf("%s %s %d %d %d %s %s", part.name, s.Value, s.Requests, s.Rows, s.Denied, clock(s.First), clock(s.Last)))
		}
		for value, rows := range group(rows, part.of) {
			if value != "" {
				sum := plainTotals(rows)
				want = append(want, fmt.Sprintf("%s %s %d %d %d %s %s", part.name, value, sum.Requests, sum.Rows, sum.Denied, clock(sum.First), clock(sum.Last)))
			}
		}
	}
	differ(t, "card of "+who.text, f, got, want)
	testHomes(t, f, c.Homes, rows)
	testSteps(t, f, c.Steps, rows)
	w.testLineages(t, f, who.text, c.Lineage, rows)
}

// testHomes holds where keys were used from; what changed is held where the order of the homes is known.
func testHomes(t *testing.T, f plainFilter, homes []answer.Home, rows []*plain) {
	t.Helper()
	type home struct {
		key, ip, agent, tls string
		totals              answer.Totals
	}
	var all []home
	for _, rows := range group(rows, func(p *plain) string { return strings.Join([]string{p.signer(), p.ip, p.agent, p.tls}, "\x00") }) {
		if rows = slices.DeleteFunc(rows, func(p *plain) bool { return p.signer() == "" || p.invokedBy != "" }); len(rows) > 0 {
			all = append(all, home{rows[0].signer(), rows[0].ip, rows[0].agent, rows[0].tls, plainTotals(rows)})
		}
	}
	slices.SortFunc(all, func(a, b home) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(clock(a.totals.First), clock(b.totals.First)))
	})
	seen, tied := map[string]bool{}, map[string]bool{}
	for _, h := range all {
		at := h.key + clock(h.totals.First)
		tied[h.key] = tied[h.key] || seen[at] || h.totals.First == nil
		seen[at] = true
	}
	var got, want []string
	text := func(key, ip, agent, tls string, n int64, first *time.Time, changed []string) string {
		if tied[key] {
			changed = nil
		}
		return fmt.Sprintf("%s %s %s %s %d %s %v", key, ip, agent, tls, n, clock(first), changed)
	}
	for _, h := range homes {
		got = append(got, text(h.AccessKey, h.IP, h.Agent, h.TLS, h.Requests, h.First, h.Changed))
	}
	for i, h := range all {
		var changed []string
		for _, part := range []struct {
			name string
			of   func(h home) string
		}{{"address", func(h home) string { return h.ip }}, {"agent", func(h home) string { return h.agent }}, {"tls", func(h home) string { return h.tls }}} {
			known, told := part.of(h) == "", false
			for _, before := range all[:i] {
				if before.key == h.key {
					known = known || part.of(before) == part.of(h)
					told = told || part.of(before) != ""
				}
			}
			if !known && told {
				changed = append(changed, part.name)
			}
		}
		want = append(want, text(h.key, h.ip, h.agent, h.tls, h.totals.Requests, h.totals.First, changed))
	}
	differ(t, "homes", f, got, want)
}

// plainKinds are what the operations of random evidence are for.
var plainKinds = map[string]string{
	"GetObject": "read", "HeadObject": "read", "REST.COPY.OBJECT_GET": "read", "PutObject": "write", "CopyObject": "write", "CreateMultipartUpload": "write",
	"CompleteMultipartUpload": "write", "AbortMultipartUpload": "write", "DeleteObject": "delete", "DeleteObjects": "delete", "BATCH.DELETE.OBJECT": "delete",
	"ListObjects": "recon", "ListBuckets": "recon", "PutBucketVersioning": "delete", "PutBucketPolicy": "permissions", "DeleteBucketPolicy": "permissions",
	"PutBucketAcl": "permissions", "PutBucketPublicAccessBlock": "permissions", "DeleteBucketPublicAccessBlock": "permissions", "PutBucketLogging": "logging",
	"StopLogging": "logging", "StartLogging": "logging", "PutEventSelectors": "logging", "AssumeRole": "identity", "Decrypt": "keys",
}

func testSteps(t *testing.T, f plainFilter, steps []answer.Step, rows []*plain) {
	t.Helper()
	var want []answer.Step
	with := group(rows, func(p *plain) string { return p.id })
	for _, p := range rows {
		// The rows of one request: its own, and what tells of a part of it. They are told where its own first
		// one stands; where there is none, the first.
		first, ops, denied := p, []string{p.op}, p.outcome == "denied"
		if same := with[p.id]; p.id != "" {
			if i := slices.IndexFunc(same, func(o *plain) bool { return !o.part() }); i >= 0 {
				first = same[i]
			} else {
				first = same[0]
			}
			if p.part() && p != first {
				continue
			}
			for _, o := range same {
				if o.part() && p == first {
					ops, denied = append(ops, o.op), denied || o.outcome == "denied"
				}
			}
		}
		kind := plainKinds[p.op]
		if n := len(want); p.op == "Decrypt" && n > 0 && (want[n-1].Kind == "read" || want[n-1].Kind == "write") {
			kind = want[n-1].Kind // S3 uses the key for that
		}
		if len(want) == 0 || want[len(want)-1].Kind != kind {
			want = append(want, answer.Step{Kind: kind})
		}
		s := &want[len(want)-1]
		if s.Count++; denied {
			s.Denied++
		}
		for _, op := range ops {
			if !slices.Contains(s.Ops, op) {
				s.Ops = append(s.Ops, op)
			}
		}
	}
	if len(steps) != len(want) {
		t.Errorf("%q: %d steps, want %d", f.text, len(steps), len(want))
		return
	}
	for i, s := range want {
		if g := steps[i]; g.Kind != s.Kind || g.Count != s.Count || g.Denied != s.Denied || !slices.Equal(g.Ops, s.Ops) {
			t.Errorf("%q: step %d is %+v, want %+v", f.text, i, g, s)
			return
		}
	}
}

// issuedKey is the key that a call issued, if it told one.
func (p *plain) issuedKey() string {
	c, _ := p.response["credentials"].(map[string]any)
	key, _ := c["accessKeyId"].(string)
	return key
}

// issued tells that a call began the session in which a key was used: by the key, or where the call
// tells none by the session's id and time.
func (p *plain) issued(key string, first *plain) (string, bool) {
	if told := p.issuedKey(); told != "" {
		return "issued-key", told == key
	}
	user, _ := p.response["assumedRoleUser"].(map[string]any)
	same := first != nil && user["assumedRoleId"] == first.principal && !first.created.IsZero() && !p.at.IsZero()
	return "session-time", same && p.at.Sub(first.created).Abs() <= 2*time.Second
}

// testLineages holds for each key that events tell of where it comes from and what it asked for. Where they tell
// of none, the value may be what a call issued.
func (w *world) testLineages(t *testing.T, f plainFilter, value string, links []answer.Link, rows []*plain) {
	t.Helper()
	first := map[string]*plain{}
	var calls []*plain
	for _, p := range w.shown(plainFilters[0]) {
		if p.log == "cloudtrail" && first[p.signer()] == nil {
			first[p.signer()] = p
		}
		if p.op == "AssumeRole" && p.outcome == "ok" {
			calls = append(calls, p)
		}
	}
	var got, want []string
	for _, l := range links {
		from := ""
		if l.From != nil {
			from = l.From.AccessKey
		}
		got = append(got, fmt.Sprintf("%s from %q by %s", l.AccessKey, from, l.By))
		for _, i := range l.Issues {
			got = append(got, fmt.Sprintf("%s issues %q by %s", l.AccessKey, i.AccessKey, i.By))
		}
	}
	keys := group(slices.DeleteFunc(slices.Clone(rows), func(p *plain) bool { return p.log != "cloudtrail" || p.signer() == "" }), (*plain).signer)
	for _, c := range calls {
		user, _ := c.response["assumedRoleUser"].(map[string]any)
		if key := c.issuedKey(); len(keys) == 0 && key != "" && (key == value || user["arn"] == value) {
			keys[key] = nil
		}
	}
	for key := range keys {
		if key == "" {
			continue
		}
		from, by := "", ""
		for _, wanted := range []string{"issued-key", "session-time"} {
			for _, c := range calls {
				if how, ok := c.issued(key, first[key]); ok && how == wanted && by == "" {
					from, by = c.accessKey, how
				}
			}
		}
		want = append(want, fmt.Sprintf("%s from %q by %s", key, from, by))
		for _, c := range calls {
			if c.accessKey != key {
				continue
			}
			child, by := c.issuedKey(), "issued-key"
			if child == "" {
				by = ""
				for _, p := range randomPeople {
					if _, ok := c.issued(p.accessKey, first[p.accessKey]); ok && p.accessKey != "" && first[p.accessKey] != nil {
						child, by = p.accessKey, "session-time"
					}
				}
			}
			want = append(want, fmt.Sprintf("%s issues %q by %s", key, child, by))
		}
	}
	differ(t, "lineage", f, got, want)
}

// randomStories holds the story of an object and of a folder against the raw records.
func randomStories(t *testing.T, w *world, f plainFilter) {
	name, ok := strings.CutPrefix(f.text, "object:")
	if !ok {
		return
	}
	o, err := inquiry.Object(context.Background(), w.engine, name, 0)
	if err != nil {
		t.Fatal(err)
	}
	prefix, folder := strings.CutSuffix(name, "*")
	about := func(object string) bool { return object == name || folder && strings.HasPrefix(object, prefix) }
	copies := map[string]bool{}
	for _, p := range w.shown(f) {
		copies[p.id] = copies[p.id] || p.source != "" && p.id != ""
	}
	var got, want []string
	readers, writers := map[string][]*plain{}, map[string][]*plain{}
	for _, p := range w.shown(f) {
		who := strings.Join([]string{p.actor, p.signer(), p.ip}, " ")
		if p.op == "GetObject" && p.outcome == "ok" {
			readers[who] = append(readers[who], p)
		}
		if slices.Contains([]string{"PutObject", "CopyObject", "CompleteMultipartUpload"}, p.op) && p.outcome == "ok" {
			writers[who] = append(writers[who], p)
		}
		if p.raw == "REST.COPY.OBJECT_GET" && copies[p.id] {
			continue
		}
		here, act := p.bucket+"/"+p.key, ""
		switch {
		case p.source == "":
		case p.source == here && strings.Contains(fmt.Sprint(p.params["x-amz-copy-source"]), "?versionId="): // a version copied back
		case p.source == here:
			act = "copied onto itself"
		case about(p.source) && !about(here):
			act = "copied out"
		default:
			act = "copied in"
		}
		if act != "" && p.outcome != "ok" {
			act += ", " + p.outcome
		}
		want = append(want, fmt.Sprintf("%s %s %s %s %s %q", clock(&p.at), p.log, p.op, here, p.outcome, act))
	}
	for _, l := range o.Lines {
		act := l.Act
		if !strings.HasPrefix(act, "copied") {
			act = ""
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %s %q", clock(l.Time), l.Log, l.Op, l.Bucket+"/"+l.Key, l.Outcome, act))
	}
	untold := w.untold(f)
	for _, u := range untold {
		bucket, key, _ := u.unlocked()
		line := fmt.Sprintf("%s %s %s %s %s %q", clock(&u.at), u.log, u.op, bucket+"/"+key, u.outcome, "")
		i := slices.IndexFunc(want, func(s string) bool {
			at, _, _ := strings.Cut(s, " ")
			return at == "-" || !u.at.IsZero() && at > clock(&u.at)
		})
		if i < 0 || u.at.IsZero() {
			i = len(want)
		}
		want = slices.Insert(want, i, line)
	}
	differ(t, "story", f, got, want)
	if !slices.Equal(got, want) && !t.Failed() {
		t.Errorf("%q: the story is in another order", f.text)
	}
	for _, part := range []struct {
		told []answer.Party
		of   map[string][]*plain
	}{{o.Readers, readers}, {o.Writers, writers}} {
		got, want = nil, nil
		for _, p := range part.told {
			got = append(got, totalsText(strings.Join([]string{p.Actor, p.AccessKey, p.IP}, " "), answer.Totals{Requests: p.Requests, CloudTrailOut: p.CloudTrailOut, AccessOnlyOut: p.AccessOut, First: p.First, Last: p.Last}))
		}
		for who, rows := range part.of {
			sum := plainTotals(rows)
			want = append(want, totalsText(who, answer.Totals{Requests: sum.Requests, CloudTrailOut: sum.CloudTrailOut, AccessOnlyOut: sum.AccessOnlyOut, First: sum.First, Last: sum.Last}))
		}
		differ(t, "parties", f, got, want)
	}
	if n, err := w.engine.Count(context.Background(), model.Query{Filter: w.filter(t, f)}); err != nil || o.Total > n+int64(len(untold)) || o.KMSOnly != int64(len(untold)) || o.Total != int64(len(o.Lines)) {
		t.Errorf("%q: %d events of %d requests, %v", f.text, o.Total, n, err)
	}
}
