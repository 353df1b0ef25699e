package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// noon is a time in the answers of audits, so many minutes after noon.
func noon(minutes int) *time.Time {
	t := time.Date(2026, 3, 6, 12, minutes, 0, 0, time.UTC)
	return &t
}

const (
	leakedKey = "AKIAQ7DEMOLEAKEDKEY1"
	legacy    = "arn:aws:iam::111122223333:user/svc-backup-legacy"
	hostileID = "evil\x1b[2J\u202eactor"
)

// atOnceAnswered is an answer in one part.
func atOnceAnswered[T any](do func() (T, error)) []model.Part[T] {
	return []model.Part[T]{{Do: func(context.Context) (T, error) { return do() }}}
}

func (a *audits) Actors(f model.Filter) []model.Part[answer.Actors] {
	return atOnceAnswered(func() (answer.Actors, error) { return a.actors(f) })
}

func (a *audits) Actor(f model.Filter, value string) []model.Part[answer.Card] {
	return atOnceAnswered(func() (answer.Card, error) { return a.card(value) })
}

func (a *audits) Object(name string, _ int) []model.Part[answer.ObjectStory] {
	return atOnceAnswered(func() (answer.ObjectStory, error) { return a.object(name) })
}

func (a *audits) Deletes(model.Filter) []model.Part[answer.Deletes] {
	all := atOnceAnswered(a.deletes)
	if !a.halfway {
		return all
	}
	return append([]model.Part[answer.Deletes]{{Doing: "the first ones", Peek: true, Do: func(context.Context) (answer.Deletes, error) {
		d, err := a.deletes()
		d.Entries, d.UnknownKeys, d.Refused, d.Fates, d.KeyFates, d.VersionFates, d.Hanging, d.Objects = d.Entries[:1], nil, model.NotYet, nil, nil, nil, 0, 0
		d.Entries[0].Fate = ""
		return d, err
	}}}, model.Part[answer.Deletes]{Doing: "the rest", Do: func(context.Context) (answer.Deletes, error) { return answer.Deletes{}, context.Canceled }})
}

func (a *audits) actors(f model.Filter) (answer.Actors, error) {
	a.asked = append(a.asked, fmt.Sprint("actors ", len(f.Terms)))
	if a.err != nil || a.empty {
		return answer.Actors{}, a.err
	}
	line := func(name, kind string, n, denied int64) answer.ActorLine {
		return answer.ActorLine{Name: name, Kind: kind, Card: name, Totals: answer.Totals{Requests: n, Rows: n, Denied: denied, Objects: n / 2, CloudTrailOut: n * 99_999, CloudTrailIn: n, AccessOnlyOut: n * 7, First: noon(1), Last: noon(int(n % 60))}, Filter: "actor:" + strings.ReplaceAll(name, ":", "?")}
	}
	role := line("arn:aws:iam::111122223333:role/BackupRole", "role", 300, 0)
	role.Below = []answer.ActorLine{line("arn:aws:sts::111122223333:assumed-role/BackupRole/nightly", "session", 196, 0), line("arn:aws:sts::111122223333:assumed-role/BackupRole/awscli-session", "session", 104, 0)}
	many := line("arn:aws:iam::111122223333:role/WebAppRole", "role", 77, 1)
	for i := range 9 {
		many.Below = append(many.Below, line(fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/WebAppRole/i-%d", i), "session", 8, 0))
	}
	joined := line("arn:aws:iam::111122223333:user/joined", "user", 50, 0)
	joined.Below = []answer.ActorLine{line("111122223333:AIDAQ7DEMOLEGACY00001", "name", 50, 0)}
	joined.Below[0].Why = "principal id AIDAQ7DEMOLEGACY00001 is that of arn:aws:iam::111122223333:user/joined in other records"
	return answer.Actors{Lines: []answer.ActorLine{line(legacy, "user", 655, 32), role, line("anonymous", "anonymous", 175, 19), many, joined, line(hostileID, "name", 3, 0)}, Absent: 4}, nil
}

func (a *audits) card(value string) (answer.Card, error) {
	a.asked = append(a.asked, "card "+value)
	c := answer.Card{Value: value, Kind: "access key", Filter: "access_key:" + leakedKey}
	if a.err != nil || a.empty || value == "nobody" {
		return c, a.err
	}
	c.Requests, c.Rows, c.Denied, c.Objects, c.First, c.Last = 313, 383, 32, 226, noon(0), noon(50)
	c.CloudTrailOut, c.AccessOnlyOut = 93_244_476, 6_649_051
	c.Aliases = []string{"111122223333, owner of bucket acme-finance in both logs"}
	share := func(v string, n, denied int64) answer.Share {
		return answer.Share{Value: v, Requests: n, Rows: n + n/300*70, Denied: denied, First: noon(0), Last: noon(9)}
	}
	c.Actors = answer.Shares{Values: []answer.Share{share(legacy, 313, 32)}}
	c.AccessKeys = answer.Shares{Values: []answer.Share{share(leakedKey, 313, 32)}}
	c.Addresses = answer.Shares{Values: []answer.Share{share("203.0.113.66", 303, 32), share("10.20.3.21", 10, 0)}, More: 7}
	c.Agents = answer.Shares{Values: []answer.Share{share("aws-cli/1.18.136", 300, 30), share("evil\x1b]0;x\aagent", 13, 2)}}
	c.Operations = answer.Shares{Values: []answer.Share{share("GetObject", 213, 25), share("CopyObject", 64, 3)}}
	c.Homes = []answer.Home{
		{AccessKey: leakedKey, IP: "203.0.113.66", Agent: "aws-cli/1.18.136", TLS: "TLSv1.2", Requests: 303, First: noon(0), Last: noon(40)},
		{AccessKey: leakedKey, IP: "10.20.3.21", Agent: "aws-cli/1.18.136", Requests: 10, First: noon(41), Last: noon(42), Changed: []string{"address"}},
	}
	c.Steps = []answer.Step{
		{Kind: "recon", Ops: []string{"ListBuckets", "HeadBucket"}, Count: 4, Denied: 4, First: noon(0), Last: noon(1)},
		{Kind: "read", Ops: []string{"GetObject"}, Count: 213, Denied: 25, First: noon(2), Last: noon(20)},
		{Kind: "write", Ops: []string{"CopyObject"}, Count: 64, First: noon(30), Last: noon(33)},
	}
	c.Lineage = []answer.Link{{AccessKey: leakedKey, Actor: legacy, Requests: 313, Note: "a long-term key; its creation is not in evidence",
		Issues: []answer.Link{{AccessKey: "ASIAQ7DEMOCHAINEDKEY", Actor: "arn:aws:sts::111122223333:assumed-role/BackupRole/awscli-session", Via: "AssumeRole", By: "issued-key", Issued: noon(25), Requests: 34}}}}
	return c, nil
}

func (a *audits) object(name string) (answer.ObjectStory, error) {
	a.asked = append(a.asked, "object "+name)
	o := answer.ObjectStory{Object: name}
	if a.err != nil || a.empty {
		return o, a.err
	}
	bytes := int64(496_000)
	event := func(at int, op, outcome string) answer.Event {
		return answer.Event{Time: noon(at), Log: "cloudtrail", Op: op, Outcome: outcome, Bucket: "acme-finance", Key: "finance/2025/q1/report-0000.xlsx", Actor: legacy, IP: "203.0.113.66", EventID: fmt.Sprint("e", at), Integrity: "verified"}
	}
	read := event(2, "GetObject", "ok")
	read.BytesOut = &bytes
	o.Lines = []answer.StoryLine{
		{Event: event(0, "PutObject", "ok"), Act: "written", ObjectEnc: "sse-kms"}, {Event: event(1, "GetObject", "denied"), Act: "read, denied", ObjectEnc: "sse-kms"},
		{Event: read, Act: "read", ObjectEnc: "sse-kms"}, {Event: event(3, "Decrypt", "ok"), Act: "read, told by KMS alone", Note: "Decrypt for this object, and no log tells of a read within 5s"},
		{Event: event(30, "CopyObject", "ok"), Act: "copied onto itself"}, {Event: event(24*60, "DeleteObject", "ok"), Act: "deleted"},
	}
	o.Lines[4].Enc = "sse-c"
	o.Total = int64(len(o.Lines)) + 12
	o.Readers = []answer.Party{{Actor: legacy, AccessKey: leakedKey, IP: "203.0.113.66", Requests: 2, CloudTrailOut: bytes, First: noon(1), Last: noon(2)}}
	var err error
	o.Deletes, err = a.deletes()
	return o, err
}

func (a *audits) deletes() (answer.Deletes, error) {
	d := answer.Deletes{Kinds: map[string]int64{}, Fates: map[string]int64{}, VersionFates: map[string]int64{}, KeyFates: map[string]int64{}}
	if a.err != nil || a.empty {
		return d, a.err
	}
	for i, fate := range []string{answer.Lost, answer.Restorable, answer.CannotTell, answer.Restored} {
		e := answer.Delete{Time: noon(i), Bucket: "acme-finance", Key: fmt.Sprintf("backups/db-%d.dump", i), Kind: answer.VersionRemoved, Fate: fate, Why: "this version was removed; other versions may be left",
			Op: "DeleteObject", Actor: legacy, Sources: []string{"cloudtrail", "access"}, RequestID: fmt.Sprint("R", i)}
		if fate == answer.Restorable {
			e.Kind, e.Why, e.If = answer.PlainDelete, "versioning was suspended", answer.IfVersionsWereKept
			d.KeyFates[fate], d.Hanging = 1, 1
		} else {
			d.VersionFates[fate]++
		}
		d.Entries = append(d.Entries, e)
		d.Fates[fate]++
	}
	d.Entries = append(d.Entries, answer.Delete{Time: noon(5), Bucket: "acme-finance", Key: "backups/db-0.dump", Kind: answer.VersionRemoved, Fate: answer.Contradicted, Read: noon(30),
		Why: "read again at 2026-03-06T12:30:00Z, this very version; else: this version was removed", Op: "DeleteObject", Actor: legacy, Sources: []string{"access"}})
	d.VersionFates[answer.Contradicted], d.Fates[answer.Contradicted], d.Objects = 1, 1, 4
	d.Entries[1].Key, d.Entries[1].Again = "evil\x1b[2Jkey", noon(50)
	d.Calls, d.Refused = 4, 2
	d.UnknownKeys = []answer.Event{{Time: noon(9), Op: "DeleteObjects", Bucket: "acme-web", Actor: legacy, RequestID: "R9"}}
	return d, nil
}

func startAudit(t testing.TB, w, h int, a *audits) *program {
	return startAt(t, newMemory(600), w, h, func(o *Options) { o.Auditor = a })
}

func TestTheScreensOfActorsAndObjectsAtEverySize(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			p := startAudit(t, size.w, size.h, &audits{})
			p.press("esc", "4")
			p.golden("actors-" + size.name)
			p.press("enter")
			p.golden("actor-" + size.name)
			p.press("q", "1", "O")
			p.golden("story-" + size.name)
			p.press("D")
			p.golden("deletes-" + size.name)
		})
	}
}

func TestActorsOpenTheirCardsAndRequests(t *testing.T) {
	a := &audits{}
	p := startAudit(t, 120, 40, a)
	p.press("esc", "4")
	p.shows("Actors", "6 actors", "4.9 %", "▼ role/BackupRole 111122223333", "   nightly ", "▸ role/WebAppRole 111122223333 (9", "4 rows name nobody")
	p.hides("   i-3 ")
	p.press("j", "j", "j", "j", "j", "space")
	p.shows("   i-3 ")
	p.press("space", "+")
	p.shows("Events: arn")
	p.press("q")
	p.shows("▸ ▸ role/WebAppRole")
	p.press("g", "enter")
	p.shows("313 requests in 383 rows, 32 denied (8.4 %)", "Sequence", "n!rrr!ww", "Homes")
	p.press("q")
	p.shows("6 actors")
	if got := a.asked[len(a.asked)-1]; got != "card "+legacy {
		t.Errorf("asked last: %q", got)
	}
	p.press("s")
	p.shows("ACTOR▲")
	p.press("1", "l", "l", "+", "4")
	p.shows("under the filter op:GetObject")
	p.press("0")
	p.shows("enter: card")
}

func TestEveryLineOfACardLeadsToItsRequests(t *testing.T) {
	p := startAudit(t, 120, 60, &audits{})
	p.press("esc", "A")
	p.shows("Lineage", "issued by AssumeRole", "CHANGED address", "also known as 111122223333")
	p.press("enter")
	p.shows("access_key:" + leakedKey)
	p.press("q")
	p.shows("Sequence")
	p.press("j", "j", "enter")
	p.shows("op:GetObject", "since:2026-03-06T12:02:00Z", "until:2026-03-06T12:20:01Z")
	p.press("q", "tab", "tab", "tab", "tab", "tab", "enter")
	p.shows("ip:203.0.113.66")
	p.press("q", "-")
	p.shows("-ip:203.0.113.66")
	p.press("q", "A")
	p.shows("─203.0.113.66")
	p.press("q", ":")
	p.typeText("cmd")
	p.press("enter")
	p.shows("trailsift actor acme-2026-03")
}

func TestTheStoryAndTheLedgerLeadOn(t *testing.T) {
	a := &audits{}
	p := startAudit(t, 120, 40, a)
	p.press("esc", "O")
	p.shows("finance/2025/q1/report-0000.xlsx", "18 events", "2026-03-06", "12:01:00 ✗ read, denied", "? read, told by KMS alone", "and 12 more", "Readers")
	if got := a.asked[len(a.asked)-1]; got != "object acme-finance/finance/2025/q1/report-0000.xlsx" {
		t.Errorf("asked last: %q", got)
	}
	p.press("A")
	p.shows("─" + legacy)
	p.press("q", "D")
	p.shows("5 deletes of 4 keys", "keys: 1 restorable (1 only if versions were kept then)", "versions removed: 1 lost, 1 contradicted, 1 cannot-tell, 1 restored", "1 with unknown keys", "2 refused", "keys unknown", "restorable, if", "contradicted")
	p.press("O")
	p.shows("─acme-finance/backups/db-0.dump")
	p.press("q", "enter")
	p.shows("bucket:acme-finance", "key:backups/db-0.dump")
	p.press("q", "q", "q", "3", "O")
	if got := a.asked[len(a.asked)-1]; got != "object acme-finance/*" {
		t.Errorf("asked last: %q", got)
	}
	p.press("q", "1", ":")
	p.typeText("deletes")
	p.press("enter")
	p.shows("5 deletes of 4 keys")
}

func TestEmptyAnswersAreHeldAgainstTheCoverage(t *testing.T) {
	a := &audits{empty: true}
	p := startAudit(t, 80, 24, a)
	for _, keys := range [][]string{{"4"}, {"5"}, {"A"}, {"O"}} {
		p.press("esc", "1")
		p.press(keys...)
		p.shows("no access logs for bucket acme-finance are loaded", "111122223333")
	}
	p = startAt(t, newMemory(50), 80, 24, nil)
	for key, want := range map[string]string{"4": "this session cannot add up actors", "A": "this session cannot draw cards", "O": "this session cannot tell stories"} {
		p.press("esc", "1", key)
		p.shows(want)
	}
}

func TestAPartOfALedgerDoesNotLookLikeTheWhole(t *testing.T) {
	p := startAudit(t, 120, 40, &audits{halfway: true})
	p.press("esc", "O", "D")
	p.shows("1 delete by key so far", "fates, multi-object calls and refused deletes are not told yet", "db-0.dump")
	p.hides("refused,", "0 refused", "lost", "unknown keys")
}
