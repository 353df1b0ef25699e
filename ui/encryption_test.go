package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// audits answers with two buckets whose writes turn to SSE-C, and remembers what was asked.
type audits struct {
	asked      []string
	empty      bool
	err        error
	hours      answer.Coverage
	askedHours int
	halfway    bool // the ledger of deletes and the audit stop half-way
}

func (a *audits) Encryption(f model.Filter, by, over string) []model.Part[answer.Encryption] {
	a.asked = append(a.asked, fmt.Sprint(by, " ", over, " ", len(f.Terms)))
	return []model.Part[answer.Encryption]{
		{Doing: "outcomes", Peek: true, Do: func(context.Context) (answer.Encryption, error) {
			so, err := a.encryption(by, over)
			so.Time, so.Findings, so.Uploads = nil, nil, answer.Uploads{Started: model.NotYet}
			for i := range so.Groups {
				so.Groups[i].Last = nil
			}
			return so, err
		}},
		{Doing: "everything", Do: func(context.Context) (answer.Encryption, error) {
			if a.halfway {
				return answer.Encryption{}, context.Canceled
			}
			return a.encryption(by, over)
		}},
	}
}

// Bounded has a read of every second request take all it was sent, of a size that nothing bounds.
func (a *audits) Bounded(_ context.Context, f model.Filter, bucket, prefix string, nodes []model.Node) ([]model.Node, error) {
	a.asked = append(a.asked, fmt.Sprint("bounds ", bucket, "/", prefix, " ", len(f.Terms)))
	out := slices.Clone(nodes)
	for i := range out {
		out[i].Least, out[i].Most, out[i].Unbounded = out[i].BytesOut/2, out[i].BytesOut, out[i].Kind == model.NodeBucket && i > 0
	}
	return out, a.err
}

func (a *audits) encryption(by, over string) (answer.Encryption, error) {
	if a.err != nil {
		return answer.Encryption{}, a.err
	}
	out := answer.Encryption{By: by, Over: over, Total: answer.Counts{}}
	if a.empty {
		return out, nil
	}
	t0 := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	at := func(h int) *time.Time { t := t0.Add(time.Duration(h) * time.Hour); return &t }
	out.Writes, out.Failed = 927, 14
	out.Total = answer.Counts{"sse-s3-default": 363, "sse-kms": 128, "sse-kms-default": 143, "dsse-kms": 2, "sse-c": 63, "not-reported": 2, "unknown": 3}
	out.Groups = []answer.EncGroup{
		{Name: "acme-finance", Outcomes: answer.Counts{"sse-kms": 128, "sse-kms-default": 143, "sse-c": 63}, Failed: 14, Last: at(330)},
		{Name: "acme-web", Outcomes: answer.Counts{"sse-s3-default": 363, "unknown": 3}, Last: at(331)},
		{Name: "evil\x1b[2J\u202ebucket", Outcomes: answer.Counts{"dsse-kms": 2, "not-reported": 2}, Last: at(9)},
		{Name: "", Outcomes: answer.Counts{"sse-s3-default": 1}},
	}
	for h := range 336 {
		g := answer.EncGroup{Start: at(h), Outcomes: answer.Counts{"sse-kms": int64(h % 24), "sse-s3-default": 1}}
		if h == 219 {
			g.Outcomes["sse-c"] = 63
		}
		out.Time = append(out.Time, g)
	}
	out.Uploads = answer.Uploads{Started: 14, Completed: 13, Unfinished: 1}
	out.Findings = []answer.Finding{
		{Code: "sse-c-writes", Scope: "acme-finance", Count: 63, First: at(219), Text: "63 objects written with keys that only the writer holds (SSE-C)", Filter: "enc:sse-c bucket:acme-finance",
			Integrity: "unlisted", Actors: []string{"arn:aws:iam::111122223333:user/svc-backup-legacy", "evil\x1b[2J"}},
		{Code: "kms-key-foreign", Scope: "acme-finance", Count: 1, First: at(219), Text: "1 objects encrypted with a KMS key of account 999900001111", Filter: "enc:sse-kms", Integrity: "verified"},
	}
	return out, nil
}

func TestTheEncryptionScreenAtEverySize(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			p := startAt(t, newMemory(600), size.w, size.h, func(o *Options) { o.Auditor = &audits{} })
			p.press("esc", "5")
			p.golden("encryption-" + size.name)
		})
	}
}

func TestEncryptionGroupsAndFindingsOpenTheirWrites(t *testing.T) {
	a := &audits{}
	p := startAt(t, newMemory(600), 120, 40, func(o *Options) { o.Auditor = a })
	p.press("esc", "5")
	p.shows("Writes by bucket", "acme-finance", "927 written, 14 failed", "SSE-C", "sse-c-writes")
	p.press("o")
	p.shows("Writes by prefix")
	p.press("o", "o", "o")
	p.shows("Writes by bucket")
	if len(a.asked) != 5 || a.asked[1] != "prefix hour 0" {
		t.Errorf("asked %q", a.asked)
	}
	p.press("enter")
	p.shows("bucket:acme-finance", "enc:*")
	p.press("q")
	p.press("tab", "enter")
	p.shows("enc:sse-c")
	p.press("q", "q")
	p.shows("Writes by bucket")
}

func TestAPartOfAnAuditDoesNotLookLikeTheWhole(t *testing.T) {
	p := startAt(t, newMemory(600), 160, 40, func(o *Options) { o.Auditor = &audits{halfway: true} })
	p.press("esc", "5")
	p.shows("927 written, 14 failed; uploads are not told yet, 0 findings so far", "Writes by bucket", "acme-finance")
	p.hides("0 started", "sse-c-writes", "Over time")
}

func TestTheEncryptionScreenSaysWhatItCannotShow(t *testing.T) {
	for want, auditor := range map[string]*audits{
		"no object-creating write is recorded here":    {empty: true},
		"could not audit the writes: the disk is gone": {err: errors.New("the disk is gone")},
	} {
		p := startAt(t, newMemory(50), 80, 24, func(o *Options) { o.Auditor = auditor })
		p.press("esc", "5")
		p.shows(want)
	}
	p := startAt(t, newMemory(50), 80, 24, func(o *Options) { o.Auditor = nil })
	p.press("esc", "5")
	p.shows("this session cannot audit")
}
